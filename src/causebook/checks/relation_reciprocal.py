"""A relation stands in both entries.

Whoever opens the other entry must find this one. The site shows both sides even when one is missing, but the file does
not, and people and coding agents read files.

Good:
    relations: []
Bad:
    relations: [{type: related, target: 2026-01-02-the-other-entry-0b0b}]
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook.findings import Edit, Finding
from causebook.kb import KnowledgeBase, Record

LEVEL = "warning"
HISTORY = True
MENDS = True


def check(record: Record, kb: KnowledgeBase) -> Iterator[Finding]:
    """Relations that only the other entry holds."""
    for link in kb.links.get(record.entry.id, ()):
        if not link.written and link.target in kb.by_id:
            message = f"{kb.by_id[link.target].path} names this entry, but not the other way round"
            hint = f"add `- {{type: {link.type}, target: {link.target}}}` under relations:"
            edit = Edit(record.path, ("relations",), {"type": link.type, "target": link.target}, "append")
            yield Finding(message, record.place("relations", key=True), hint, field="relations", edit=edit)
