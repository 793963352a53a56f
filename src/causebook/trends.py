"""Figures over all entries: when, how long, how often again, what is left open; each with how many it rests on."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from causebook import durations, standing
from causebook.durations import Duration
from causebook.kb import KnowledgeBase, Record
from causebook.links import GitFacts, named
from causebook.model import Incident, Session
from causebook.model.parts import Action, Lesson

NO_CLASS = "no playbook named"
OTHERS = "other classes"
_NOT_COUNTED = frozenset({"duplicate", "withdrawn", "superseded"})
"""Statuses of incidents that stand for another one, or for none."""
_OVER = frozenset({"resolved", "closed", "reopened"})
_REMOVES_CAUSE = frozenset({"fix", "configuration", "rollback"})
_OPEN = frozenset({"draft", "investigating", "reopened", "identified", "mitigated"})
_UNFINISHED = frozenset({"draft", "planned", "in_progress", "blocked"})
OPEN_TOO_LONG, UNTOUCHED = 90, 365
"""Days without a change after which what is open, and what is not, counts as going stale."""
ENOUGH, PERIODS = 12, 8
"""Fewest incidents, and periods, of which a trend is told; below that the test of Mann and Kendall says nothing."""
SPREAD = 4
"""Fewest durations of which quartiles are told."""


def day(text: str) -> date | None:
    """The day a text begins with; None when it is none of the calendar."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def newest(kb: KnowledgeBase, facts: GitFacts) -> date | None:
    """The day of the latest entry or change to one: ages are counted from it, so that no clock changes a page."""
    texts = [r.date for r in kb.records] + [h.last.committed for h in facts.histories.values()]
    return max((found for text in texts if (found := day(text))), default=None)


def counted(kb: KnowledgeBase) -> tuple[tuple[Record, Incident], ...]:
    """The incidents that stand for themselves, the latest first."""
    return tuple((r, e) for r, e in kb.incidents if e.status not in _NOT_COUNTED and day(r.date))


# ---- over time


@dataclass(frozen=True, slots=True)
class OverTime:
    """Incidents by period and class."""

    unit: str
    """month, quarter or year"""
    periods: tuple[str, ...]
    classes: tuple[tuple[str, tuple[int, ...]], ...]
    """Name of the class and its number in each period, the most frequent class first."""

    @property
    def totals(self) -> tuple[int, ...]:
        """All of a period."""
        return tuple(sum(column) for column in zip(*(n for _, n in self.classes), strict=True))


def over_time(incidents: Sequence[tuple[Record, Incident]], until: date, *, most: int) -> OverTime:
    """Incidents from the first to ``until`` by the finest unit that gives at most 24 periods, in ``most`` classes."""
    days = [(found, e.playbook or NO_CLASS) for r, e in incidents if (found := day(r.date))]
    first = min((d for d, _ in days), default=until)
    unit, _, name = next((u for u in _UNITS if _month(until) // u[1] - _month(first) // u[1] < 24), _UNITS[-1])
    periods = tuple(dict.fromkeys(name(date(n // 12, n % 12 + 1, 1)) for n in range(_month(first), _month(until) + 1)))
    frequent = Counter(kind for _, kind in days if kind != NO_CLASS).most_common()
    kept = [kind for kind, _ in sorted(frequent, key=lambda item: (-item[1], item[0]))]
    kept = kept if len(kept) <= most - 1 else kept[: most - 2]
    numbers = Counter((kind if kind in kept or kind == NO_CLASS else OTHERS, name(d)) for d, kind in days)
    rows = ((kind, tuple(numbers[kind, period] for period in periods)) for kind in (*kept, OTHERS, NO_CLASS))
    return OverTime(unit, periods, tuple(row for row in rows if any(row[1])))


_UNITS: tuple[tuple[str, int, Callable[[date], str]], ...] = (
    ("month", 1, lambda d: f"{d.year}-{d.month:02}"),
    ("quarter", 3, lambda d: f"{d.year} Q{(d.month + 2) // 3}"),
    ("year", 12, lambda d: f"{d.year}"),
)
"""Name, months, and how a day's period is written."""


def _month(found: date) -> int:
    return found.year * 12 + found.month - 1


def trend(numbers: Sequence[int]) -> str:
    """What can honestly be said of ``numbers``, one a period, the last one perhaps not over.

    The test of Mann and Kendall with ties, at one in twenty: does the order of the periods matter at all?
    """
    total, whole = sum(numbers), numbers[:-1]
    if total < ENOUGH or len(whole) < PERIODS:
        return f"n = {total}: no trend; it takes {ENOUGH} incidents in {PERIODS} whole periods to tell one"
    p, sign = mann_kendall(whole)
    if p >= 0.05:
        return f"n = {total}: no trend (Mann-Kendall over {len(whole)} whole periods, p = {p:.2f})"
    shown = "p < 0.01" if p < 0.01 else f"p = {p:.2f}"
    return f"n = {total}: {'rising' if sign > 0 else 'falling'} (Mann-Kendall over {len(whole)} whole periods, {shown})"


def mann_kendall(numbers: Sequence[int]) -> tuple[float, int]:
    """Two-sided p of there being no trend, by the normal approximation with ties, and the sign of the trend."""
    n = len(numbers)
    s = sum((b > a) - (b < a) for i, a in enumerate(numbers) for b in numbers[i + 1 :])
    ties = sum(t * (t - 1) * (2 * t + 5) for t in Counter(numbers).values())
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
    if s == 0 or variance <= 0:
        return 1.0, 0
    z = (abs(s) - 1) / math.sqrt(variance)
    return math.erfc(z / math.sqrt(2)), (s > 0) - (s < 0)


# ---- how long


@dataclass(frozen=True, slots=True)
class Spread:
    """Durations of some incidents."""

    found: tuple[Duration, ...]
    of: int
    """How many incidents there are, with or without dates for it."""

    @property
    def seconds(self) -> tuple[float, ...]:
        """The durations, the shortest first."""
        return tuple(sorted(d.seconds for d in self.found))

    @property
    def to_the_day(self) -> int:
        """How many are right to the day only."""
        return sum(d.to_the_day for d in self.found)

    @property
    def median(self) -> str:
        """The middle one, in words."""
        return self._said(durations.median(self.seconds)) if self.found else "unknown"

    @property
    def quartiles(self) -> str:
        """Where the middle half lies; of few, that they are few."""
        if len(self.found) < SPREAD:
            return f"n = {len(self.found)}: too few"
        low, high = durations.quartiles(self.seconds)
        return f"{self._said(low)} to {self._said(high)}"

    @property
    def whole(self) -> str:
        """The shortest and the longest."""
        ends = [self._said(seconds) for seconds in (self.seconds[:1] + self.seconds[-1:])]
        return " to ".join(dict.fromkeys(ends))

    def _said(self, seconds: float) -> str:
        return str(Duration(seconds, self.to_the_day * 2 > len(self.found)))


def spreads(incidents: Sequence[tuple[Record, Incident]]) -> list[tuple[str, Spread, Spread]]:
    """Severity (``all`` first), time to notice, time to resolve; severities without an incident are left out."""
    times = [(entry.severity, durations.of(entry)) for _, entry in incidents]
    rows = []
    for severity in (None, "sev1", "sev2", "sev3", "sev4"):
        held = [found for name, found in times if severity is None or name == severity]
        if held or severity is None:
            notice = tuple(found.to_notice for found in held if found.to_notice)
            resolve = tuple(found.to_resolve for found in held if found.to_resolve)
            rows.append((severity or "all", Spread(notice, len(held)), Spread(resolve, len(held))))
    return rows


_HOUR, _DAY = 3600, 86400
LENGTHS = (
    ("under an hour", _HOUR), ("to 4 hours", 4 * _HOUR), ("to a day", _DAY), ("to a week", 7 * _DAY),
    ("to 30 days", 30 * _DAY), ("longer", math.inf),
)  # fmt: skip
"""Name and upper end, in seconds, of the classes in which durations are counted."""
AGES = (("to a week", 7), ("to a month", 30), ("to 3 months", 91), ("to a year", 365), ("older", math.inf))
"""The same for ages, in days."""


def histogram(values: Iterable[float], ends: Sequence[tuple[str, float]]) -> tuple[int, ...]:
    """How many of ``values`` are in each class, each with its upper end."""
    found = list(values)
    counts, below = [], 0
    for _, end in ends:
        upto = sum(v <= end for v in found)
        counts.append(upto - below)
        below = upto
    return tuple(counts)


# ---- again


@dataclass(frozen=True, slots=True)
class Again:
    """What became of the fixed incidents of a class."""

    kind: str
    incidents: int
    fixed: int
    came_back: int
    """How many of the fixed are said, by a relation, to have happened again."""
    later: int
    """Incidents of the class dated after the resolution of an earlier one, said to be the same or not."""


def fixed(entry: Incident) -> bool:
    """Whether it says that its cause was removed."""
    return entry.status in _OVER and entry.fix is not None and entry.fix.kind in _REMOVES_CAUSE


def recurrences(kb: KnowledgeBase) -> list[tuple[Record, Record, int]]:
    """A fixed incident, the later one that entries call its recurrence, and the days between; the latest first."""
    found = []
    for record, entry in kb.incidents:
        if not fixed(entry):
            continue
        for link in kb.links.get(entry.id, ()):
            later = kb.by_id.get(link.target) if link.type == "recurred_as" else None
            first, last = day(record.date), day(later.date) if later else None
            if later and first and last and last >= first:
                found.append((record, later, (last - first).days))
    return sorted(found, key=lambda row: (row[1].date, row[0].date), reverse=True)


def again(kb: KnowledgeBase, incidents: Sequence[tuple[Record, Incident]]) -> list[Again]:
    """Each class with a fixed incident, the most frequent first."""
    back = {record.entry.id for record, _, _ in recurrences(kb)}
    by: dict[str, list[tuple[Record, Incident]]] = defaultdict(list)
    for record, entry in incidents:
        by[entry.playbook or NO_CLASS].append((record, entry))
    rows = []
    for kind, held in by.items():
        ended = [(r, e) for r, e in held if fixed(e)]
        later = 0
        if kind != NO_CLASS and ended:
            first = min(durations.of(e).resolved or r.date for r, e in ended)[:10]
            later = sum(r.date > first for r, _ in held)
        rows.append(Again(kind, len(held), len(ended), sum(e.id in back for _, e in held), later))
    return sorted((row for row in rows if row.fixed), key=lambda row: (-row.incidents, row.kind))


def interval(hits: int, of: int) -> str:
    """A share with its 95 % interval, after Wilson: ``3 of 20 (15 %, 95 % interval 5 to 36 %)``."""
    if not of:
        return "0 of 0"
    z, share = 1.96, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return f"{hits} of {of} ({share * 100:.0f} %, 95 % interval {low * 100:.0f} to {high * 100:.0f} %)"


# ---- what is left


def lessons(kb: KnowledgeBase) -> tuple[tuple[str, int], ...]:
    """What keeps the lessons that still count, and how many: machines first, then words, then nothing."""
    found = Counter(guard(lesson) for r in kb.records for lesson in r.entry.lessons if lesson.state != "retired")
    return tuple((name, found[name]) for name in ("test", "lint rule", "hook", "CI", "documentation", "nothing"))


_GUARDS = {"test": "test", "lint": "lint rule", "hook": "hook", "ci": "CI", "documentation": "documentation"}
MACHINES = frozenset({"test", "lint rule", "hook", "CI"})
"""Guards that do not rely on anyone remembering."""


def guard(lesson: Lesson) -> str:
    """What keeps a lesson."""
    return _GUARDS.get(lesson.enforced_by.kind, "nothing") if lesson.enforced_by else "nothing"


def open_actions(kb: KnowledgeBase, now: date) -> list[tuple[Action, Record, int, int]]:
    """Open actions with the days since their entry's date and the days overdue, the oldest first."""
    found = []
    for record in kb.records:
        since = day(record.date)
        for action in record.entry.actions:
            if action.status not in {"complete", "cancelled"} and since:
                due = day(action.due) if action.due else None
                found.append((action, record, (now - since).days, max(0, (now - due).days) if due else 0))
    return sorted(found, key=lambda row: -row[2])


def hot(touched: Mapping[str, Sequence[Record]], *, most: int) -> list[tuple[str, int, str]]:
    """The files that most incidents have to do with, at least two: path, incidents, date of the last."""
    rows = [(path, len(held), max(r.date for r in held)) for path, held in touched.items() if len(held) > 1]
    return sorted(rows, key=lambda row: (-row[1], row[0]))[:most]


def ages(kb: KnowledgeBase, facts: GitFacts, now: date) -> dict[str, int]:
    """Days since each entry was last changed, by id: by its history, else by its date."""
    found = {}
    for record in kb.records:
        history = facts.histories.get(record.path)
        since = day(history.last.committed if history else record.date)
        if since:
            found[record.entry.id] = max(0, (now - since).days)
    return found


def is_open(record: Record) -> bool:
    """Whether an entry asks for more work."""
    return record.entry.status in (_UNFINISHED if isinstance(record.entry, Session) else _OPEN)


def stale(kb: KnowledgeBase, facts: GitFacts, now: date) -> Iterator[tuple[Record, int, str]]:
    """Entries to look at again: days since the last change, and why: a fact against them counts more than their age."""
    found = ages(kb, facts, now)
    gone = {path for path, content in facts.at_head.items() if not content}
    for record in kb.records:
        days = found.get(record.entry.id, 0)
        if record.entry.status in _NOT_COUNTED or record.entry.confidence == "archived":
            continue
        if any(f.reverted_by and f.role == "fixed" for f in facts.commits.get(record.entry.id, ())):
            yield record, days, "its fix was reverted"
        elif gone and isinstance(record.entry, Incident) and _lost(record.entry, facts, gone):
            yield record, days, "a file of its fix, or a test that guards it, is gone"
        elif is_open(record) and days >= OPEN_TOO_LONG:
            yield record, days, f"{record.entry.status.replace('_', ' ')}, and unchanged for {days} days"
        elif days >= UNTOUCHED:
            yield record, days, f"unchanged for {days} days"


def _lost(entry: Incident, facts: GitFacts, gone: set[str]) -> bool:
    """Whether what a fix left is no longer there; few entries name a file that is gone, so few are looked at."""
    if gone.isdisjoint(named(entry, facts.commits.get(entry.id, ()))):
        return False
    found = standing.of(entry, facts)
    return bool(found.missing_guards) or any(file.state in {"gone", "not here"} for file in found.files)
