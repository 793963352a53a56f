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
from causebook.kb import KnowledgeBase
from causebook.traits import Traits

LEVEL = "warning"


def check(kb: KnowledgeBase) -> Iterator[Finding]:
    """Texts that stand in several entries, told at the younger."""
    held: dict[tuple[str, str], Traits] = {}
    told: set[tuple[str, str]] = set()
    for one in kb.traits:
        for kind, mark, way in one.own:
            first = held.setdefault((kind, mark), one)
            if first is one:
                continue
            pair, record = (first.id, one.id), kb.by_path.get(one.path)
            if record is None or pair in told or _related(kb, *pair):
                continue
            told.add(pair)
            message = f"{kind} is the same as in {first.id}"
            fix = "correct it, or relate the two entries"
            yield Finding(message, record.place(*way), fix, field=dotted(way))


def _related(kb: KnowledgeBase, one: str, other: str) -> bool:
    return other in {link.target for link in kb.links.get(one, ())}
