"""An entry does not hold another's evidence by oversight.

An entry that was begun as a copy keeps what nobody changed: a branch, a pull request, a quote, a session's objective.
Identical long texts, or one pull request or branch in entries that are not related, are told.

Good:
    two entries of one pull request that name each other
Bad:
    two entries that are not related, with the same quote as evidence
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook.findings import Finding, dotted
from causebook.kb import KnowledgeBase, Record
from causebook.model import Incident
from causebook.named import Way

LEVEL = "warning"
_LONG = 60
"""Texts of fewer characters agree by chance."""


def check(kb: KnowledgeBase) -> Iterator[Finding]:
    """Texts that stand in several entries, told at the younger."""
    held: dict[tuple[str, str], tuple[Record, Way]] = {}
    told: set[tuple[str, str]] = set()
    for record in reversed(kb.records):
        for kind, text, way in _own(record):
            first, _ = held.setdefault((kind, text), (record, way))
            pair = (first.entry.id, record.entry.id)
            if first is record or pair in told or _related(kb, *pair):
                continue
            told.add(pair)
            message = f"{kind} is the same as in {first.entry.id}"
            fix = "correct it, or relate the two entries"
            yield Finding(message, record.place(*way), fix, field=dotted(way))


def _own(record: Record) -> Iterator[tuple[str, str, Way]]:
    """What is this entry's alone, when nobody copied it."""
    entry = record.entry
    repo = entry.repo or ""
    for number, evidence in enumerate(entry.evidence):
        if evidence.quote and len(evidence.quote) >= _LONG:
            yield "the quote", evidence.quote, ("evidence", number, "quote")
    if entry.summary and len(entry.summary) >= _LONG:
        yield "the summary", entry.summary, ("summary",)
    if isinstance(entry, Incident):
        if entry.symptom and len(entry.symptom.description) >= _LONG:
            yield "the symptom", entry.symptom.description, ("symptom", "description")
        if entry.fix and len(entry.fix.description) >= _LONG:
            yield "the fix", entry.fix.description, ("fix", "description")
        return
    if entry.branch:
        yield "the branch", f"{repo}:{entry.branch}", ("branch",)
    if entry.objective and len(entry.objective) >= _LONG:
        yield "the objective", entry.objective, ("objective",)


def _related(kb: KnowledgeBase, one: str, other: str) -> bool:
    return other in {link.target for link in kb.links.get(one, ())}
