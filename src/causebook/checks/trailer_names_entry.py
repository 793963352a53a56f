"""A commit of a change that names an incident in a trailer names one that exists.

`Incident: <id>` and `Fixes-Incident: <id>` tie a commit to its entry for ever, and a commit that is merged cannot be
mended any more; before that it can.

Good:
    Fixes-Incident: 2026-11-21-pool-bound-to-loop-3f9a
Bad:
    Fixes-Incident: pool problem
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from causebook.change import Change
from causebook.errors import Place
from causebook.findings import Finding
from causebook.kb import KnowledgeBase


def check(change: Change, kb: KnowledgeBase) -> Iterator[Finding]:
    """Trailers of the change whose id no entry has."""
    for commit, _ in change.commits:
        for key, identity in commit.trailers:
            if identity not in kb.ids:
                close = difflib.get_close_matches(identity, kb.ids, 1)
                fix = f"did you mean {close[0]}? " if close else ""
                message = f"commit {commit.sha[:12]} says {key}: {identity}, and there is no such entry"
                yield Finding(
                    message, Place("."), f"{fix}`git rebase --interactive` changes a message before it is merged"
                )
