"""The playbook that an entry names exists.

Good:
    tags: [asyncio]
Bad:
    playbook: no-such-playbook
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from causebook import pack
from causebook.findings import Finding
from causebook.kb import KnowledgeBase, Record


def check(record: Record, kb: KnowledgeBase) -> Iterator[Finding]:
    """The name against the files in kb/playbooks, and those that come with Causebook."""
    name = record.entry.playbook
    known = {*kb.playbooks, *pack.names()}
    if name and name not in known:
        close = difflib.get_close_matches(name, sorted(known), 1)
        hint = f"did you mean {close[0]}?" if close else f"`causebook new playbook --id {name}` makes one"
        yield Finding(f"there is no playbook {name}", record.place("playbook"), hint, field="playbook")
