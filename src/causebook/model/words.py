"""The controlled words of an entry and the checked kinds of text: ids, dates, shas, paths, references."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

IncidentStatus = Literal[
    "draft",
    "investigating",
    "identified",
    "mitigated",
    "resolved",
    "closed",
    "reopened",
    "duplicate",
    "not_reproducible",
    "wont_fix",
    "superseded",
    "withdrawn",
]
SessionStatus = Literal["draft", "planned", "in_progress", "completed", "partial", "abandoned", "blocked"]
Confidence = Literal["work_in_progress", "not_validated", "validated", "archived"]
Severity = Literal["sev1", "sev2", "sev3", "sev4"]
ErrorSource = Literal["exception", "warning", "stderr", "stdout", "ci_log", "log", "ui", "metric"]
EventType = Literal["introduced", "started", "detected", "mitigated", "resolved", "closed", "note"]
DetectionMethod = Literal["ci", "test", "monitor", "user", "review", "manual", "external"]
CauseRole = Literal["root", "contributory", "trigger"]
Outcome = Literal["worked", "failed", "partial", "inconclusive", "reverted"]
FixKind = Literal[
    "fix",
    "workaround",
    "mitigation",
    "configuration",
    "rollback",
    "external",
    "wont_fix",
    "not_reproducible",
    "duplicate",
]
CommitRole = Literal["introduced", "fixed", "mitigated", "reverted", "mentioned"]
RelationType = Literal[
    "related",
    "duplicate_of",
    "duplicated_by",
    "recurrence_of",
    "recurred_as",
    "caused_by",
    "causes",
    "supersedes",
    "superseded_by",
    "session",
    "incident",
]
INVERSE: dict[str, str] = {
    "related": "related",
    "duplicate_of": "duplicated_by",
    "duplicated_by": "duplicate_of",
    "recurrence_of": "recurred_as",
    "recurred_as": "recurrence_of",
    "caused_by": "causes",
    "causes": "caused_by",
    "supersedes": "superseded_by",
    "superseded_by": "supersedes",
    "session": "incident",
    "incident": "session",
}
"""How the other side of a relation is called."""
ReferenceType = Literal[
    "advisory", "article", "detection", "discussion", "report", "fix", "introduced", "evidence", "documentation", "web"
]
EnforcedBy = Literal["test", "lint", "hook", "ci", "documentation", "none"]
LessonState = Literal["unassigned", "proposed", "accepted", "encoded", "retired"]
ActionKind = Literal["prevent", "mitigate", "detect", "process"]
ActionStatus = Literal["open", "in_progress", "delayed", "complete", "cancelled"]
StepState = Literal["open", "done", "dropped"]
Change = Literal["added", "modified", "deleted", "renamed"]
ProvenanceMethod = Literal["authored", "imported", "generated"]

ID_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}-[a-z0-9]+(?:-[a-z0-9]+)*-[0-9a-f]{4}"
_ID = re.compile(ID_PATTERN)
_SHA = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?")
_PULL = re.compile(r"#?[0-9]{1,9}|[A-Za-z0-9._-]+/[A-Za-z0-9._-]+#[0-9]{1,9}")
MAX_ID = 100
"""Longest id, in characters: a file name stays well under the 255 bytes of common file systems."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a date in an entry can mean: some instant from ``earliest`` to ``latest``.

    A date without a time, or a time without an offset, is honest but wide: it is compared as every instant it can
    be in any time zone (UTC-12 to UTC+14), so two dates contradict each other only when they must.
    """

    earliest: datetime
    latest: datetime

    def surely_after(self, other: Moment) -> bool:
        """True when this cannot be at or before ``other``."""
        return self.earliest > other.latest


@functools.lru_cache(maxsize=4096)  # checks, sorting and several pages ask for the same dates
def moment(text: str) -> Moment:
    """Read a valid ``When``.

    Raises:
        ValueError: not a date or time of the calendar.
    """
    if _DATE.fullmatch(text):
        day = date.fromisoformat(text)
        return _wide(datetime.combine(day, time.min), datetime.combine(day, time.max))
    if not _INSTANT.fullmatch(text):
        raise ValueError(text)
    parsed = datetime.fromisoformat(_python310(text))
    if parsed.tzinfo is None:
        return _wide(parsed, parsed)
    return Moment(parsed, parsed)


def _wide(first: datetime, last: datetime) -> Moment:
    east, west = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))
    return Moment(first.replace(tzinfo=east), last.replace(tzinfo=west))


def _python310(text: str) -> str:
    """``text`` in the narrower ISO 8601 that ``fromisoformat`` of Python 3.10 reads."""
    text = text.replace("Z", "+00:00")
    head, dot, tail = text.partition(".")
    if dot:
        digits = re.match(r"\d+", tail)
        fraction = digits[0] if digits else ""
        return f"{head}.{fraction.ljust(6, '0')}{tail[len(fraction) :]}"
    return text


def _when(text: str) -> str:
    try:
        moment(text)
    except (ValueError, OverflowError):
        raise PydanticCustomError(
            "when", "expected a date such as 2026-11-21, or a time with its offset such as 2026-11-21T09:30:00Z"
        ) from None
    return text


def is_id(text: str) -> bool:
    """Whether an entry may have this id."""
    return len(text) <= MAX_ID and _ID.fullmatch(text) is not None


def _entry_id(text: str) -> str:
    if not is_id(text):
        raise PydanticCustomError(
            "entry_id", "expected date-words-hex such as 2026-11-21-pool-bound-to-loop-3f9a (a-z, 0-9 and hyphens)"
        )
    return text


def _sha(text: str) -> str:
    if not _SHA.fullmatch(text):
        raise PydanticCustomError("sha", "expected a commit sha of 7 to 64 hexadecimal digits")
    return text.lower()


def _pull(text: str) -> str:
    if not _PULL.fullmatch(text):
        raise PydanticCustomError("pull", "expected a pull request such as 123, #123 or owner/name#123")
    return text.removeprefix("#")


def _path(text: str) -> str:
    parts = text.replace("\\", "/").split("/")
    if not text.isprintable() or text.startswith(("/", "~")) or ".." in parts or re.match(r"[A-Za-z]:", text):
        raise PydanticCustomError("path", "expected a path inside the repository, such as src/app/pool.py")
    return text


def _line(text: str) -> str:
    if "\n" in text:
        raise PydanticCustomError("line", "expected one line of text")
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
"""Text of one or more lines; shown as written, never as HTML or Markdown."""
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(_line)]
"""Text of one line, at most 500 characters."""
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), AfterValidator(_line)]
"""One line, at most 120 characters."""
# The length stands apart: in a pattern, sixty letters of any script take pydantic 20 ms to prepare, in each process.
Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60, pattern=r"^\w[\w .+#/@-]*$")]
"""A tag or component: letters, digits and `. + # / @ - _`, at most 60 characters."""
LocalId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,19}$")]
"""The id of a part inside its entry, such as `A1` or `E2`."""
When = Annotated[
    str,
    AfterValidator(_when),
    Field(json_schema_extra={"pattern": r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$"}),
]
"""A date `2026-11-21`, or an RFC 3339 time with offset `2026-11-21T09:30:00Z`; without offset the zone is unknown."""
EntryId = Annotated[str, AfterValidator(_entry_id), Field(json_schema_extra={"pattern": f"^{ID_PATTERN}$"})]
"""The id of an entry: date, words, four random hex digits, such as `2026-11-21-pool-bound-to-loop-3f9a`."""
Sha = Annotated[str, AfterValidator(_sha), Field(json_schema_extra={"pattern": "^[0-9A-Fa-f]{7,64}$"})]
"""A commit sha, at least 7 hexadecimal digits."""
PullRequest = Annotated[str, AfterValidator(_pull), Field(json_schema_extra={"pattern": f"^(?:{_PULL.pattern})$"})]
"""A pull request of this repository (`123`) or of another (`owner/name#123`)."""
RepoPath = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_path)]
"""A path inside the repository, with forward slashes."""
