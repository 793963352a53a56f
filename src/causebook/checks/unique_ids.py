"""No two files have the same id.

Of two entries with one id a link can reach only one. Ids end in four random digits so that two branches do not
invent the same one.

Good:
    2026-11-21-pool-bound-to-loop-3f9a and 2026-11-21-pool-bound-to-loop-b07c
Bad:
    a copied file whose id was not changed
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from causebook.findings import Finding
from causebook.kb import KnowledgeBase, Record

HISTORY = True


def check(kb: KnowledgeBase) -> Iterator[Finding]:
    """A finding for every file but the first of those that share an id."""
    holders: dict[str, list[Record]] = defaultdict(list)
    for record in sorted(kb.records, key=lambda r: r.path):
        holders[record.entry.id].append(record)
    for identity, records in holders.items():
        for record in records[1:]:
            message = f"the id {identity} is also that of {records[0].path}"
            yield Finding(message, record.place("id"), "give one of them four other digits at the end", field="id")
