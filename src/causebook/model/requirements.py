"""What each status requires: rough entries are welcome, entries that claim to be done must show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from causebook.model.entry import Entry, Incident, Session

_AT_WORK = ("investigating", "reopened", "identified", "mitigated", "resolved", "closed")
"""Statuses of an incident that is more than a draft and not at a side exit."""
_KNOWN = ("identified", "mitigated", "resolved", "closed")
_DONE = ("resolved", "closed")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A field that must be filled from some status on."""

    kind: str
    statuses: tuple[str, ...]
    """The statuses it holds for; empty: all of them."""
    field: str
    """The field, dotted, as people write it."""
    met: Callable[[Entry], bool]
    fix: str
    """What to add."""
    confidence: str = ""
    """Holds only for entries of this confidence."""


def _incident(condition: Callable[[Incident], object]) -> Callable[[Entry], bool]:
    return lambda entry: isinstance(entry, Incident) and bool(condition(entry))


def _session(condition: Callable[[Session], object]) -> Callable[[Entry], bool]:
    return lambda entry: isinstance(entry, Session) and bool(condition(entry))


def _has_cause(entry: Incident) -> bool:
    return any(cause.role in {"root", "contributory"} for cause in entry.causes)


def _has_landing(entry: Incident) -> bool:
    fix = entry.fix
    if fix is None or fix.kind in {"external", "wont_fix", "not_reproducible", "duplicate"}:
        return True
    return bool(fix.pr or fix.landed_with) or any(c.role in {"fixed", "mitigated", "reverted"} for c in entry.commits)


def _has_relation(*types: str) -> Callable[[Entry], bool]:
    return lambda entry: any(relation.type in types for relation in entry.relations)


def _says_why_again(entry: Entry) -> bool:
    """It came back, or what ended it was taken back; the commit that takes it back is not known before it is merged."""
    came_back = any(relation.type in {"recurred_as", "related", "recurrence_of"} for relation in entry.relations)
    return came_back or any(attempt.outcome == "reverted" for attempt in entry.attempts)


def _is_contained(entry: Incident) -> bool:
    return bool(entry.workarounds) or entry.fix is not None


def _nothing_open(entry: Incident) -> bool:
    return all(action.status in {"complete", "cancelled"} for action in entry.actions)


def _chain_ends(entry: Incident) -> bool:
    return len(entry.five_whys) >= 2 or entry.stopping_rule is not None


REQUIREMENTS: tuple[Requirement, ...] = (
    Requirement(
        "incident", (), "symptom", _incident(lambda e: e.symptom), "say what was seen: `symptom: {description: …}`"
    ),
    Requirement(
        "incident",
        _AT_WORK,
        "attempts",
        _incident(lambda e: e.attempts or e.five_whys or e.causes or e.fix),
        "add what was tried under `attempts:`, or a first `five_whys:`",
    ),
    Requirement("incident", _KNOWN, "causes", _incident(_has_cause), "add a cause with role `root` or `contributory`"),
    Requirement(
        "incident",
        ("mitigated",),
        "workarounds",
        _incident(_is_contained),
        "add `workarounds:`, or a fix that contains it",
    ),
    Requirement(
        "incident", _DONE, "severity", _incident(lambda e: e.severity), "add `severity:` by impact, sev1 to sev4"
    ),
    Requirement(
        "incident", _DONE, "fix", _incident(lambda e: e.fix), "say what ended it: `fix: {kind: …, description: …}`"
    ),
    Requirement(
        "incident",
        _DONE,
        "fix.pr",
        _incident(_has_landing),
        "name the pull request, or a commit with role `fixed`, or say `landed_with: self` or `unknown`",
    ),
    Requirement(
        "incident",
        _DONE,
        "fix.verification",
        _incident(lambda e: e.fix is None or e.fix.verification),
        "say how the fix was shown to work: `verification: {how: …, result: …}`",
    ),
    Requirement("incident", ("closed",), "actions", _incident(_nothing_open), "complete or cancel the open actions"),
    Requirement(
        "incident",
        ("reopened",),
        "relations",
        _says_why_again,
        "name the recurrence, `relations: [{type: recurred_as, target: …}]`, or what was taken back: an attempt with "
        "`outcome: reverted`",
    ),
    Requirement(
        "incident",
        ("duplicate",),
        "relations",
        _has_relation("duplicate_of"),
        "name the other entry: type `duplicate_of`",
    ),
    Requirement(
        "incident",
        ("superseded",),
        "relations",
        _has_relation("superseded_by"),
        "name the other entry: type `superseded_by`",
    ),
    Requirement(
        "incident",
        ("withdrawn",),
        "withdrawn",
        _incident(lambda e: e.withdrawn),
        "say when and why: `withdrawn: {at: …, reason: …}`",
    ),
    Requirement(
        "incident",
        _DONE,
        "five_whys",
        _incident(_chain_ends),
        "add whys, or say why the chain ends: `stopping_rule:`",
        "validated",
    ),
    Requirement(
        "incident",
        _DONE,
        "lessons",
        _incident(lambda e: e.lessons or e.no_lessons),
        "add a lesson, or say why there is none: `no_lessons:`",
        "validated",
    ),
    Requirement(
        "incident",
        _DONE,
        "actions",
        _incident(lambda e: all(a.owner for a in e.actions)),
        "give every action an `owner:`",
        "validated",
    ),
    Requirement(
        "session",
        ("planned", "in_progress", "completed", "partial", "abandoned", "blocked"),
        "objective",
        _session(lambda e: e.objective),
        "say what was wanted",
    ),
    Requirement(
        "session",
        ("completed", "partial", "abandoned", "blocked"),
        "outcome",
        _session(lambda e: e.outcome),
        "say what came of it",
    ),
)
"""All requirements, from the first status to the last."""


def unmet(entry: Entry) -> Iterator[Requirement]:
    """The requirements that ``entry`` does not meet at its status and confidence."""
    for requirement in REQUIREMENTS:
        applies = (
            requirement.kind == entry.kind
            and (not requirement.statuses or entry.status in requirement.statuses)
            and requirement.confidence in {"", entry.confidence}
        )
        if applies and not requirement.met(entry):
            yield requirement
