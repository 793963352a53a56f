"""What a check found: findings as data, three verdicts, and their order; showing them is the formats' work."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from causebook.errors import Place

Level = Literal["error", "warning", "note"]
Verdict = Literal["fail", "unknown"]
LEVELS: tuple[Level, ...] = ("error", "warning", "note")
"""From worst to mildest."""
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """``text`` without characters that act on a terminal, turn its direction or are no text; shown as ``\\x1b``."""
    return _UNPRINTABLE.sub(lambda m: m[0].encode("unicode_escape").decode(), text)


@dataclass(frozen=True, slots=True)
class Edit:
    """What mends a finding that has one right answer: a value of a YAML file to set, or one to add to a list."""

    path: str
    """File, from the project's root."""
    field: tuple[str | int, ...]
    """The way to the value."""
    value: Any
    """What to write: text, or mappings and lists of text."""
    action: Literal["set", "append"] = "set"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or that could not be told."""

    message: str
    """What was found and what was expected, in one line."""
    place: Place
    """Where."""
    fix: str = ""
    """How to mend it, or for an unknown: the command that would settle it."""
    verdict: Verdict = "fail"
    """``unknown`` when the answer needs history, a repository or a network that is not at hand."""
    field: str = ""
    """The way to the value, such as ``commits[0].sha``."""
    rule: str = ""
    """Name of the check; stamped by the linter."""
    level: Level = "error"
    """How bad; stamped by the linter from the check's default and the settings."""
    edit: Edit | None = dataclasses.field(default=None, compare=False)  # may hold lists, which have no hash
    """What `check --fix` does about it; None where a person has to decide."""
    subject: str = ""
    """Id of the entry that it is about, so that a finding can be told again when its line or file has moved."""
    accepted: str = ""
    """Why it stays, as a comment at its place says; it then counts as acknowledged."""

    def sort_key(self) -> tuple[str, int, int, str, str]:
        """File, then position, then rule."""
        return (self.place.path, self.place.line, self.place.column, self.rule, self.message)


@dataclass(frozen=True, slots=True)
class Rule:
    """A check, for whoever shows what it found."""

    name: str
    level: Level
    """As the settings have it."""
    manual: str
    """What it is for, with a good and a bad example."""

    @property
    def summary(self) -> str:
        """The first line of the manual."""
        return self.manual.split("\n", 1)[0].rstrip(".")


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A finding that stays, with the reason that somebody gave."""

    finding: Finding
    reason: str
    until: str
    """The last day it holds; empty where a comment at the place itself says so."""


@dataclass(frozen=True, slots=True)
class Hint:
    """Something that history knows about what a change touches."""

    title: str
    """What was met there, in one line."""
    because: str
    """Why it is shown: the file, function or pattern that it has in common with the change."""
    target: str
    """Id of the entry or playbook."""
    place: Place
    """What of the change it is about."""
    advice: tuple[str, ...] = ()
    """Lessons, what failed when it was tried, tests that guard it; one line each."""


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of a run, and what was looked at."""

    findings: tuple[Finding, ...]
    entries: int
    """Number of entry files looked at."""
    rules: tuple[Rule, ...] = field(default=())
    """The checks that ran."""
    acknowledged: tuple[Acknowledged, ...] = field(default=())
    """Findings that somebody has acknowledged; they are shown and counted, and fail nothing."""
    summary: str = ""
    """What was looked at, in words: everything, or a change since a commit."""
    hints: tuple[Hint, ...] = field(default=())
    """What history knows about the files that a change touches."""

    def failing(self, level: Level = "error") -> tuple[Finding, ...]:
        """Findings with a verdict, at ``level`` or worse."""
        worst = LEVELS[: LEVELS.index(level) + 1]
        return tuple(f for f in self.findings if f.verdict == "fail" and f.level in worst)

    def unknown(self) -> tuple[Finding, ...]:
        """What could not be told."""
        return tuple(f for f in self.findings if f.verdict == "unknown")


def dotted(path: Iterable[str | int]) -> str:
    """``("commits", 0, "sha")`` as ``commits[0].sha``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
