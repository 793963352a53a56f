"""What is acknowledged is still there, is due to end, and says why.

`entries/acknowledged.yaml` names findings that a team lives with for a while. Each has a rule, a place, a reason and a
last day; after that day it fails, so that nothing is put off for ever. One that covers nothing any more is to be
deleted.

Good:
    - {rule: date_order, place: entries/2026/*.yaml, reason: "as the old tracker had it", until: 2027-01-31}
Bad:
    - {rule: date_order, place: entries/2026/*.yaml, reason: wip, until: 2020-01-31}
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook.findings import Finding
from causebook.kb import KnowledgeBase

HISTORY = True


def check(kb: KnowledgeBase) -> Iterator[Finding]:
    """What is wrong with the file itself; what has ended or covers nothing is found where findings are sorted out."""
    from causebook import acknowledged

    yield from acknowledged.load(kb.root, kb.config)[1]
