"""An entry that a pull request's description names is there.

Reviewers follow the id in the description; one that leads nowhere (renamed, mistyped, forgotten to add) is found now or
never.

Good:
    "Ends 2026-11-21-pool-bound-to-loop-3f9a", which this change brings
Bad:
    "Ends 2026-11-21-pool-bound-to-loop-3f9b", which does not exist
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from causebook.change import Change
from causebook.errors import Place
from causebook.findings import Finding
from causebook.kb import KnowledgeBase

LEVEL = "warning"
_ID = re.compile(r"(?<![\w/-])\d{4}-\d\d-\d\d-[a-z0-9-]{1,80}-[0-9a-f]{4}(?![\w-])")


def check(change: Change, kb: KnowledgeBase) -> Iterator[Finding]:
    """Ids in title and description that no entry has."""
    for identity in dict.fromkeys(_ID.findall(change.request.text)):
        if identity not in kb.ids:
            close = difflib.get_close_matches(identity, kb.ids, 1)
            fix = f"did you mean {close[0]}?" if close else "correct the description, or add the entry"
            yield Finding(f"the pull request names {identity}, and there is no such entry", Place("."), fix)
