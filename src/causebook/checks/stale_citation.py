"""An entry does not build on one that was withdrawn or superseded.

Whoever follows the relation reads what its own authors no longer stand by. Point at the successor instead; where the
old one is meant, acknowledge it with the reason.

Good:
    relations: [{type: related, target: <the successor>}]
Bad:
    relations: [{type: caused_by, target: <an entry with the status superseded>}]
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook.findings import Finding
from causebook.kb import KnowledgeBase, Record

LEVEL = "warning"
_OVER = frozenset({"superseded", "withdrawn"})
_TELLS = frozenset({"supersedes", "superseded_by", "duplicate_of", "duplicated_by", "session", "incident"})
"""Relations that say themselves how the two stand, or only where they come from."""


def check(record: Record, kb: KnowledgeBase) -> Iterator[Finding]:
    """Relations to entries that are over, written in entries that are not."""
    if record.entry.status in _OVER:
        return
    for number, relation in enumerate(record.entry.relations):
        other = kb.by_id.get(relation.target)
        if other is None or other.entry.status not in _OVER or relation.type in _TELLS:
            continue
        successors = [link.target for link in kb.links.get(relation.target, ()) if link.type == "superseded_by"]
        fix = (
            f"point at {successors[0]}"
            if successors
            else "point at what holds now, or acknowledge this with the reason"
        )
        message = f"{relation.target} is {other.entry.status}"
        yield Finding(message, record.place("relations", number, "target"), fix, field=f"relations[{number}].target")
