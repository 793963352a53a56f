"""Findings that somebody acknowledged: read from entries/acknowledged.yaml, with reason and last day."""

from __future__ import annotations

import datetime as dt
import fnmatch
from dataclasses import dataclass
from pathlib import Path

from causebook import files, yamlio
from causebook.config import Config
from causebook.errors import CausebookError, Place
from causebook.findings import Finding
from causebook.pull_request import MIN_REASON

NAME = "acknowledged.yaml"
_KEYS = ("rule", "place", "reason", "until", "field")
_NEEDED = ("rule", "place", "reason", "until")


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """One finding, or several of one rule, that somebody decided to live with for a while."""

    rule: str
    place: str
    """Path from the project's root, perhaps with ``*``; or the id of an entry."""
    reason: str
    until: dt.date
    """The last day it holds."""
    at: Place
    """Where it is written."""
    field: str = ""
    """The way to the value, when only that one is meant."""

    def covers(self, finding: Finding) -> bool:
        """Whether it is about ``finding``."""
        if finding.rule != self.rule or (self.field and finding.field != self.field):
            return False
        return self.place == finding.subject or fnmatch.fnmatchcase(finding.place.path, self.place)


def load(root: Path, config: Config) -> tuple[tuple[Acknowledgement, ...], tuple[Finding, ...]]:
    """What is acknowledged in the project, and what is wrong with the file; nothing where there is none."""
    path = root / config.entries / NAME
    if not path.is_file():
        return (), ()
    name = f"{config.entries}/{NAME}"
    try:
        text = files.read_text(path, name=name)
        if yamlio.only_comments(text):
            return (), ()  # the last one was deleted
        document = yamlio.parse(text, name)
    except CausebookError as error:
        return (), (Finding(error.message, error.place or Place(name), error.hint, rule="acknowledgement"),)
    data = document.data
    if not isinstance(data, list):
        return (), (_wrong(document, (), "expected a list", "start each with `- rule: …`"),)
    read: list[Acknowledgement] = []
    problems: list[Finding] = []
    for number in range(len(data)):
        found = _one(document, number)
        (read if isinstance(found, Acknowledgement) else problems).append(found)  # type: ignore[arg-type]
    return tuple(read), tuple(problems)


def _one(document: yamlio.Document, number: int) -> Acknowledgement | Finding:
    item = document.data[number]  # type: ignore[index]
    if not isinstance(item, dict):
        return _wrong(document, (number,), "expected keys and values", f"write {', '.join(_NEEDED)}")
    for key, value in item.items():
        if key not in _KEYS or not isinstance(value, str):
            return _wrong(document, (number, key), f"found {key!r}, expected {', '.join(_KEYS)}", "each with a text")
    if missing := [key for key in _NEEDED if not item.get(key)]:
        return _wrong(document, (number,), f"{', '.join(missing)} is missing", "add it")
    if len(item["reason"].strip()) < MIN_REASON:
        found = f"the reason {item['reason']!r} is shorter than {MIN_REASON} characters"
        return _wrong(document, (number, "reason"), found, "say why it stays")
    try:
        until = dt.date.fromisoformat(item["until"])
    except ValueError:
        return _wrong(document, (number, "until"), f"found {item['until']!r}, expected a day", "such as 2027-01-31")
    rule = item["rule"].replace("-", "_")
    at = document.place((number,))
    return Acknowledgement(rule, item["place"], item["reason"].strip(), until, at, item.get("field", ""))


def _wrong(document: yamlio.Document, path: yamlio.Path, message: str, fix: str) -> Finding:
    return Finding(message, document.place(path), fix, rule="acknowledgement")
