"""A commit that names an incident in a trailer names one that exists.

Commits say `Incident: <id>` or `Fixes-Incident: <id>` in their last paragraph, and harvest links them. History
cannot be edited, so this is a note: the entry may have been renamed or never written.

Good:
    Fixes-Incident: 2026-11-21-pool-bound-to-loop-3f9a
Bad:
    Fixes-Incident: pool problem
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook.errors import Place
from causebook.findings import Finding
from causebook.kb import KnowledgeBase
from causebook.links import GitFacts

LEVEL = "note"


def check(kb: KnowledgeBase, facts: GitFacts) -> Iterator[Finding]:
    """Trailers whose id no entry has."""
    for identity, mentions in facts.mentions.items():
        if identity not in kb.ids:
            for mention in mentions:
                message = f"commit {mention.commit.sha[:12]} names the incident {identity!r}, which does not exist"
                yield Finding(message, Place(kb.config.entries), "write the entry, or leave it")
