"""A change does not re-create what a playbook warns of.

The rules are the playbooks' own, under `detect:` in their front matter. Only what is new in the change counts: what
stood there before, and what only moved or was indented, is not its author's. Where it is meant, say so on the line, or
acknowledge it in `entries/acknowledged.yaml`.

Good:
    queue = asyncio.Queue()  # causebook: ignore[different-loop-primitive] one loop a process, the server's
Bad:
    queue = asyncio.Queue()    at module level, in a file that the change touches
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook import recreated
from causebook.change import Change
from causebook.findings import Finding
from causebook.kb import KnowledgeBase
from causebook.touched import Touched

LEVEL = "warning"


def check(change: Change, touched: Touched, kb: KnowledgeBase) -> Iterator[Finding]:
    """Each place with a known pattern that the change brings."""
    if change.unknown or not any(file.text for file in touched.files):
        return
    for one in recreated.patterns(touched, kb.library.values()):
        how = f"; to keep it: # causebook: ignore[{one.playbook.id}] and the reason"
        message = f"{one.why} ({one.playbook.id}: {one.playbook.title})"
        if one.thin:
            message += "; the comment that lets it be gives no reason"
        yield Finding(message, one.place, f"{one.rule.fix}{how}", subject=one.playbook.id, accepted=one.reason)
