"""From a failure's output to an answer: known causes with evidence, fix and past incidents, or that it is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from causebook.cause import Report
from causebook.known import Known
from causebook.matcher import Match, Matcher

_MOST_INCIDENTS = 5
_MOST_UNKNOWN = 5
_MOST_TOLD = 300
"""Characters of a message in an answer."""


@dataclass(frozen=True)
class Answer:
    """What is known of one input."""

    input: str
    matches: tuple[dict[str, Any], ...]
    """The causes, the likeliest first; see ``Diagnosis.answer``."""
    unknown: tuple[dict[str, Any], ...]
    """Failures that no cause fits: ``line`` and ``text``."""
    events: int
    """How many things the output says happened."""

    def data(self) -> dict[str, Any]:
        """It as plain data, in the order in which it is printed."""
        return {
            "input": self.input,
            "known": bool(self.matches),
            "matches": list(self.matches),
            "unknown": list(self.unknown),
            "events": self.events,
        }


class Diagnosis:
    """Answers for reports, out of what is known."""

    def __init__(self, known: Known) -> None:
        """Use ``known``; its signatures are compiled when they are needed."""
        self.known = known

    @cached_property
    def matcher(self) -> Matcher:
        """The signatures, ready to match."""
        return Matcher(self.known.causes)

    def answer(self, text: str, name: str = "-") -> Answer:
        """What is known of the output ``text``.

        Each match has ``playbook`` (an id, or None), ``incident`` (an id, where an incident itself was recognised),
        ``title``, ``score`` from 0 to 1, ``confidence``, ``count`` of events, ``evidence`` (``line``, ``origin``,
        ``text``), ``fix`` (lines), ``incidents`` (past ones of this class), ``follows`` (ids of what follows from it)
        and ``tell`` (what would rather speak for another playbook that was close).
        """
        return self.of(self.matcher.read(text), name)

    def of(self, report: Report, name: str = "-") -> Answer:
        """As ``answer``, of a report that is read already."""
        found = self.matcher.matches(report)
        matches = self._without_doubles(found)
        told = tuple(self._told(match, matches, found) for match in matches)
        return Answer(name, told, tuple(_unknown(report, matches)), len(report.events))

    @staticmethod
    def _without_doubles(matches: list[Match]) -> list[Match]:
        """An incident whose playbook fits as well, or that only quotes the same error, is told with the playbook."""
        playbooks = {m.cause.id for m in matches} | {name for m in matches for name in m.folded}
        lines = {e.line for m in matches if not m.cause.data.get("incident") for e in m.evidence}
        return [
            m
            for m in matches
            if m.cause.data.get("playbook") not in playbooks
            and not (m.cause.data.get("remembered") and lines & {e.line for e in m.evidence})
        ]

    def _told(self, match: Match, matches: list[Match], every: list[Match]) -> dict[str, Any]:
        data: Mapping[str, Any] = match.cause.data
        incident = bool(data.get("incident"))
        lines = {e.line for e in match.evidence}
        same = [m for m in every if m not in matches and lines & {e.line for e in m.evidence}]
        found = [one for m in same for one in self.known.incidents.get(m.cause.id, ())]
        found += [one for one in self.known.incidents.get(match.cause.id, ()) if one not in found]
        told: dict[str, Any] = {
            "playbook": (data.get("playbook") or None) if incident else match.cause.id,
            "title": match.cause.title,
            "score": match.points / 100,
            "confidence": match.confidence,
            "count": match.count,
            "evidence": [{"line": e.line, "origin": e.origin, "text": e.text[:_MOST_TOLD]} for e in match.evidence],
            "fix": list(data.get("fix", ())),
            "incidents": found[:_MOST_INCIDENTS],
        }
        if incident:
            told["incident"] = match.cause.id
        if match.support:
            told["support"] = match.support
        if match.folded:
            told["follows"] = match.folded
        if tell := _tell(match, matches):
            told["tell"] = tell
        return told


def _tell(match: Match, matches: list[Match]) -> list[dict[str, str]]:
    """Other causes that the same line may mean, and what would speak for them."""
    lines = {e.line for e in match.evidence}
    near = [m for m in matches if m is not match and lines & {e.line for e in m.evidence}]
    return [{"playbook": m.cause.id, "when": str(m.cause.data.get("when", ""))} for m in near]


def _unknown(report: Report, matches: list[Match]) -> list[dict[str, Any]]:
    """Failures that nothing is known of, and that do not belong to a chain of which something is."""
    chains = {chain for match in matches for chain in match.chains} - {0}
    found: dict[str, dict[str, Any]] = {}
    for event in report.events:
        if event.origin == "exception" and event.chain not in chains and event.type:
            text = str(event).split("\n", 1)[0][:_MOST_TOLD]
            found.setdefault(text, {"line": event.line, "text": text})
    return list(found.values())[-_MOST_UNKNOWN:]
