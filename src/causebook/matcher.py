"""From events to known causes: which signatures fit, which failure is the root, how sure that is, and why.

The page that diagnoses in the browser reads the same data and has to give the same answer, so the arithmetic is of
whole numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from causebook import decode, events
from causebook.cause import Cause, Report
from causebook.event import Event
from causebook.signature import UNSURE, Signature, Template

Confidence = Literal["certain", "likely", "possible"]
TIER: dict[str, int] = {
    "exception": 97, "handler": 95, "warning": 95, "unraisable": 90, "summary": 85, "text": 82, "log": 66,
}  # fmt: skip
"""Points of a match by where its event was read: what may have been printed or quoted counts for less."""
_JOINED = 58
"""Points of a message that stands over several lines of a log."""
_SUPPORT, _REFUTE, _CUT, _SHORT = 2, 25, 30, 4
_CERTAIN, _LIKELY, _POSSIBLE = 90, 75, 50
_MOST_EVIDENCE = 5
_MOST_JOINED = 20_000
_FEWEST_JOINED = 24
"""Letters of literal text that a message over several lines must have."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A line that shows it."""

    line: int
    """Of the raw input, from 1."""
    origin: str
    text: str
    chain: int = 0


@dataclass(slots=True)
class Match:
    """A cause that fits."""

    cause: Cause
    points: int
    """From 0 to 100."""
    evidence: list[Evidence] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    """Events that show it, by origin."""
    chains: set[int] = field(default_factory=set)
    folded: list[str] = field(default_factory=list)
    """Ids of what follows from it."""
    support: list[str] = field(default_factory=list)
    refute: list[str] = field(default_factory=list)
    aside: bool = True
    """Whether all that shows it is said beside other failures as well."""
    alone: bool = False
    """Whether something shows it that needs nothing beside."""

    @property
    def count(self) -> int:
        """How often it happened; what a summary or a log says of failures that are shown as well is not counted."""
        sure = sum(n for origin, n in self.counts.items() if origin not in UNSURE)
        return sure or max(self.counts.values())

    @property
    def confidence(self) -> Confidence:
        """How sure it is, as a word."""
        return "certain" if self.points >= _CERTAIN else "likely" if self.points >= _LIKELY else "possible"

    @property
    def first(self) -> int:
        """The line on which it shows first."""
        return self.evidence[0].line


class Matcher:
    """Holds the known causes and matches reports against them."""

    def __init__(self, causes: Iterable[Mapping[str, Any]]) -> None:
        """Compile ``causes``, plain data as ``compiled`` gives it; of two with one id the first counts."""
        self.causes: dict[str, Cause] = {}
        for data in causes:
            self.causes.setdefault(str(data["id"]), Cause(data))
        anchors = {
            signature.message.anchor
            for cause in self.causes.values()
            for signature in cause.signatures
            if signature.message is not None
        }
        self.anchors = tuple(sorted(anchors, key=lambda a: (-len(a), a)))

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """Literal text by which failures without a message of their own are found: what stands above, or the class."""
        bare = [s for cause in self.causes.values() for s in cause.signatures if s.message is None]
        found = {t.anchor for s in bare for t in s.headers} | {s.type for s in bare if s.type and not s.headers}
        return tuple(sorted(mark for mark in found if mark))

    def says_something(self, line: str) -> bool:
        """Whether ``line`` holds literal text of any signature."""
        return any(map(line.__contains__, self.anchors)) or any(map(line.__contains__, self.marks))

    def read(self, text: str) -> Report:
        """The events of a failure's output."""
        return self.read_lines(decode.lines(text))

    def read_lines(self, lines: Sequence[decode.Line]) -> Report:
        """As ``read``, of lines that have lost their wrapping."""
        return Report(events.read_lines(lines, self.says_something), lines)

    def matches(self, report: Report) -> list[Match]:
        """The causes that fit, the likeliest root first; what follows from another is folded into that."""
        found: dict[str, Match] = {}
        for event in report.events:
            for cause, points, signature in self._fitting(event):
                self._add(found, cause, event, points, signature)
        if not found:
            found = self._over_lines(report)
        held = [m for m in found.values() if self._weigh(m, report)]
        return _ranked(_folded(held))

    def _fitting(self, event: Event) -> Iterator[tuple[Cause, int, Signature]]:
        """Causes of which a signature fits, with the points of the best, and which it is."""
        for cause in self.causes.values():
            found = [(points(s, event), s) for s in cause.signatures]
            if not found:
                continue
            best, signature = max(found, key=lambda one: (one[0], not one[1].aside, one[1].alone))
            if best:
                yield cause, best, signature

    @staticmethod
    def _add(
        found: dict[str, Match], cause: Cause, event: Event, points: int, signature: Signature | None = None
    ) -> None:
        match = found.setdefault(cause.id, Match(cause, 0))
        match.aside = match.aside and signature is not None and signature.aside
        match.alone = match.alone or (signature is not None and signature.alone)
        match.points = max(match.points, points)
        match.counts[event.origin] = match.counts.get(event.origin, 0) + 1
        match.chains.add(event.chain)
        if len(match.evidence) < _MOST_EVIDENCE:
            text = (str(event) if event.type or event.message else event.header).split("\n", 1)[0]
            match.evidence.append(Evidence(event.line, event.origin, text[:400], event.chain))

    def _over_lines(self, report: Report) -> dict[str, Match]:
        """Messages that a log has broken into several lines; looked for only where nothing else is known."""
        judged = {event.line for event in report.events if event.type}
        whole, starts = _joined([line for line in report.lines if line.number not in judged])
        found: dict[str, Match] = {}
        for cause in self.causes.values():
            for signature in cause.signatures:
                template = signature.message
                if template is None or template.weight < _FEWEST_JOINED or not signature_may_be_quoted(signature):
                    continue
                at = whole.find(template.anchor)
                if at >= 0 and template.found_in(whole):
                    line = next(number for start, number in reversed(starts) if start <= at)
                    text = whole[at : at + 200]
                    self._add(found, cause, Event("log", "", text, line), _JOINED, signature)
        return found

    @staticmethod
    def _weigh(match: Match, report: Report) -> bool:
        """Apply the clauses of the cause; False where it is not that one."""
        cause = match.cause
        met = any(clause.holds(report) for clause in cause.require)
        if cause.require and not met and not match.alone:
            return False
        match.support = [str(clause) for clause in cause.support if clause.holds(report)]
        match.refute = [str(clause) for clause in cause.refute if clause.holds(report)]
        points = match.points + _SUPPORT * (len(match.support) + met) - _REFUTE * len(match.refute)
        match.points = max(1, min(99, points))
        return match.points >= _POSSIBLE

    def why(self, report: Report, name: str, *, against: bool = False) -> list[str]:
        """What speaks for the cause ``name``, or with ``against`` what keeps it from fitting, as lines for reading."""
        match = next((m for m in self.matches(report) if m.cause.id == name), None)
        if match is None:
            over = next((m for m in self.matches(report) if name in m.folded), None)
            first = [f"{name} follows from {over.cause.id}, which fits"] if over else [f"{name} does not fit"]
            return first + self._against(report, self.causes[name])
        told = [f"{name} fits: {match.confidence}, {match.points} points of 100"]
        if against:
            return told
        told += [f"line {e.line}, read as {e.origin} ({TIER[e.origin]} points): {e.text}" for e in match.evidence]
        told += [f"+{_SUPPORT}: {clause}" for clause in match.support]
        told += [f"-{_REFUTE}: {clause}" for clause in match.refute]
        return told + [f"explains {name}" for name in match.folded]

    @staticmethod
    def _against(report: Report, cause: Cause) -> list[str]:
        """For each signature the first thing that fails, and the clauses that do not hold."""
        told = [f"{_shown(signature)}: {_reason(signature, report)}" for signature in cause.signatures]
        if cause.require and not any(clause.holds(report) for clause in cause.require):
            told.append("needs " + ", or ".join(str(clause) for clause in cause.require))
        told += [f"speaks against it: {clause}" for clause in cause.refute if clause.holds(report)]
        return told


def points(signature: Signature, event: Event) -> int:
    """How many points ``event`` gives for ``signature``; 0 where it does not fit."""
    elsewhere = bool(signature.origins) and event.origin not in signature.origins
    if elsewhere and (event.origin not in UNSURE or not signature_may_be_quoted(signature)):
        return 0
    if event.origin == "log":
        alone = not signature.headers and not signature.frames
        fits = signature.message is not None and alone and _said(signature.message, event.message)
    else:
        fits = signature.fits(event)
    if not fits:
        return _cut(signature, event)
    short = signature.message is not None and signature.message.weight < 12
    return TIER[event.origin] - (_SHORT if short else 0)


def signature_may_be_quoted(signature: Signature) -> bool:
    """Whether a line without a traceback can show it."""
    sure = {"exception", "warning", "handler"}
    return (
        not signature.headers and not signature.frames and (not signature.origins or bool(sure & {*signature.origins}))
    )


def _cut(signature: Signature, event: Event) -> int:
    """Points of a message that the output cuts off: of the summary of a test run, which is as wide as a terminal."""
    template = signature.message
    if (
        template is None
        or not event.message.endswith(("...", "…"))
        or (signature.type and signature.type != event.type)
    ):
        return 0
    said, start = event.message.rstrip(".…"), template.start
    told = start if said.startswith(start) else said if start.startswith(said) else ""
    return TIER[event.origin] - _CUT if sum(c.isalnum() for c in told) >= 12 else 0


_STARTS = re.compile(r"(?:: |\] | - |\| |\(|'|\"|> |^)")


def _said(template: Template, text: str) -> bool:
    """Whether a line of a log says it, from a separator on to its end or to what closes a quotation."""
    if not template.found_in(text):
        return False
    for match in _STARTS.finditer(text[:400]):
        rest = text[match.end() :]
        if template.matches(rest) or template.matches(rest.rstrip(")'\"., ;!")):
            return True
        closing = re.match(r"(.*?)['\")](?:[ ,)\]}>]|$)", rest)
        if closing and template.matches(closing[1]):
            return True
    return False


def _joined(lines: Sequence[decode.Line]) -> tuple[str, list[tuple[int, int]]]:
    """Lines as one line without indentation and levels, and where in it each begins."""
    parts: list[str] = []
    starts: list[tuple[int, int]] = [(0, 1)]
    length = 0
    for line in lines:
        text = re.sub(r"  +[A-Za-z_]+\.py:[0-9]+$", "", line.text).strip(" │|")
        text = re.sub(r"^(?:(?:\[[a-z ]+\] *)+|(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) +)+", "", text).strip(" ")
        if not text or events.CODE.search(line.text):
            continue
        starts.append((length, line.number))
        parts.append(text)
        length += len(text) + 1
        if length > _MOST_JOINED:
            break
    return " ".join(parts), starts


def _folded(held: list[Match]) -> list[Match]:
    """What follows from another failure of the same chain, or comes after it, becomes part of that."""
    by_id = {match.cause.id: match for match in held}
    gone: set[str] = set()
    for match in sorted(held, key=lambda m: m.first):
        for name in match.cause.cascades:
            other = by_id.get(name)
            if other is None or name in gone or match.cause.id in gone:
                continue
            if (match.chains & other.chains) - {0} or match.first <= other.first:
                match.folded.append(name)
                gone.add(name)
    return [match for match in held if match.cause.id not in gone]


def _ranked(held: list[Match]) -> list[Match]:
    """Roots before what mostly comes with another failure, then by points, then by place."""
    return sorted(held, key=lambda m: (m.cause.consequence or m.aside, -m.points, m.first, m.cause.id))


def _shown(signature: Signature) -> str:
    return f"{signature.type or 'any'}: {signature.message.shown if signature.message else '…'}"


def _reason(signature: Signature, report: Report) -> str:
    """The first thing that keeps any event from fitting, told of the event that comes closest."""
    best, told = -1, "there is no such event in the output"
    for event in report.events:
        step, why = _step(signature, event)
        if step > best:
            best, told = step, why
    return told


def _step(signature: Signature, event: Event) -> tuple[int, str]:
    where = f"line {event.line}"
    if signature.type and signature.type != event.type:
        return 0, f"no event of class {signature.type}"
    if signature.message is not None and not signature.message.matches(event.message):
        return 1, f"{where}: the message is {event.message.split(chr(10), 1)[0][:120]!r}"
    if signature.origins and event.origin not in signature.origins:
        return 2, f"{where}: read as {event.origin}, wanted {' or '.join(signature.origins)}"
    if signature.headers and not any(t.found_in(event.header) for t in signature.headers):
        return 3, f"{where}: above it stands {event.header!r}"
    if signature.frames and not any(t.found_in(f) for t in signature.frames for f in event.frames):
        return 4, f"{where}: none of its frames is {' or '.join(t.shown for t in signature.frames)}"
    return 5, f"{where}: fits"
