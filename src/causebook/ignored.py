"""``entries/ignored.yaml``: what is never to be imported or proposed again, and why; edited by position."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from causebook import files, yamledit, yamlio
from causebook.config import Config
from causebook.errors import CausebookError, Place, UsageError

NAME = "ignored.yaml"
KEYS = ("commit", "source", "pattern")
"""What a rule can name; each rule has one of them."""
_SHA = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)
_HEAD = "# What `causebook import` leaves out, and why. See kb/guide/import.md.\n"


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that is left out."""

    key: str
    """``commit``, ``source`` or ``pattern``."""
    value: str
    reason: str
    place: Place
    until: date | None = None
    """The last day on which it holds; None: for good."""

    def covers(self, source: str, titles: Iterable[str], commits: Iterable[str]) -> bool:
        """Whether it speaks of this source, of one of these titles, or of one of these full shas."""
        if self.key == "commit":
            return any(sha.startswith(self.value) for sha in commits)
        if self.key == "source":
            return source == self.value
        return any(fnmatch.fnmatchcase(title.casefold(), self.value.casefold()) for title in titles)


@dataclass(frozen=True, slots=True)
class Ignored:
    """The rules of a project."""

    rules: tuple[Rule, ...] = ()

    def reason(
        self, day: date, *, source: str = "", titles: Iterable[str] = (), commits: Iterable[str] = ()
    ) -> str | None:
        """Why this is left out on ``day``; None when it is not."""
        told, shas = tuple(titles), tuple(commits)
        held = (rule for rule in self.rules if rule.until is None or rule.until >= day)
        return next((rule.reason for rule in held if rule.covers(source, told, shas)), None)


def path_of(root: Path, config: Config) -> Path:
    """Where the rules lie."""
    return root / config.entries / NAME


def load(root: Path, config: Config) -> Ignored:
    """The rules of the project; none where there is no file.

    Raises:
        CausebookError: the file cannot be read, or holds what is no rule; with its line and column.
    """
    path = path_of(root, config)
    if not path.exists():
        return Ignored()
    name = path.relative_to(root).as_posix()
    text = files.read_text(path, name=name)
    if yamlio.only_comments(text):
        return Ignored()
    document = yamlio.parse(text, name)
    if not isinstance(document.data, list):
        raise CausebookError(
            "expected a list of rules", place=document.place(), hint="write `- {commit: SHA, reason: why}`"
        )
    return Ignored(tuple(_rules(document)))


def _rules(document: yamlio.Document) -> Iterator[Rule]:
    data: Any = document.data
    for index, one in enumerate(data):
        place = document.place((index,))
        if not isinstance(one, dict):
            raise CausebookError("a rule is no mapping", place=place, hint="write `- {commit: SHA, reason: why}`")
        for key, value in one.items():
            _known(document, index, key, value)
        named = [key for key in KEYS if key in one]
        if len(named) != 1:
            said = " and ".join(named) if named else "none of them"
            raise CausebookError(f"a rule names {said}", place=place, hint=f"give one of {', '.join(KEYS)}")
        if "reason" not in one:
            raise CausebookError("a rule has no reason", place=place, hint="add `reason: why it is left out`")
        value = one[named[0]]
        if named[0] == "commit" and not _SHA.fullmatch(value):
            raise CausebookError(
                f"commit is {value!r}, expected 7 to 64 hexadecimal digits",
                place=document.place((index, "commit")),
                hint="git log --format=%H shows them",
            )
        value = value.lower() if named[0] == "commit" else value
        yield Rule(named[0], value, one["reason"], place, _day(document, index, one.get("until")))


def _known(document: yamlio.Document, index: int, key: str, value: Any) -> None:
    known = (*KEYS, "reason", "until")
    if key not in known:
        place = document.place((index, key), key=True)
        raise CausebookError(f"unknown key {key!r}", place=place, hint=f"known here: {', '.join(known)}")
    if not isinstance(value, str) or not value.strip():
        raise CausebookError(f"{key} is no text", place=document.place((index, key)), hint="write it on one line")


def _day(document: yamlio.Document, index: int, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        place = document.place((index, "until"))
        raise CausebookError(f"until is {text!r}, expected a day", place=place, hint="such as 2027-01-31") from error


def key_of(text: str) -> str:
    """What ``text`` names: a commit by its digits, a pattern by its wildcards, else a source."""
    if _SHA.fullmatch(text):
        return "commit"
    return "pattern" if any(mark in text for mark in "*?[") else "source"


def add(root: Path, config: Config, value: str, reason: str, until: str | None = None) -> Path:
    """Add a rule at the end of the file, which is made if need be; comments and all else in it stay. The file's path.

    Raises:
        UsageError: the day is none, there is no reason, or the rule is there already.
        CausebookError: the file cannot be read or written.
    """
    value, reason = value.strip(), " ".join(reason.split())
    if not value or not reason:
        raise UsageError("a rule needs what it leaves out and a reason", hint='--ignore SHA --reason "only a typo"')
    key = key_of(value)
    value = value.lower() if key == "commit" else value
    held = next((rule for rule in load(root, config).rules if (rule.key, rule.value) == (key, value)), None)
    if held is not None:
        raise UsageError(f"{value} is ignored already: {held.reason} ({held.place})")
    rule = {key: value, "reason": reason, **({"until": until} if until else {})}
    path = path_of(root, config)
    name = path.relative_to(root).as_posix()
    text = files.read_text(path, name=name) if path.exists() else _HEAD
    if yamlio.only_comments(text):
        text = f"{text.rstrip()}\n" if text.strip() else ""
        new = text + yamlio.dump([rule])
    else:
        new = yamledit.append(yamlio.parse(text, name), (), rule)
    try:
        list(_rules(yamlio.parse(new, name)))
    except CausebookError as error:
        raise UsageError(error.message, hint=error.hint) from error
    files.write_text(path, new)
    return path
