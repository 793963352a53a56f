"""A component is one of those that the settings name, where they name any.

Good:
    components: []
Bad:
    components: [databse]
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from causebook.findings import Finding, dotted
from causebook.kb import KnowledgeBase, Record


def check(record: Record, kb: KnowledgeBase) -> Iterator[Finding]:
    """The components against ``components`` of [tool.causebook]."""
    known = kb.config.components
    for index, name in enumerate(record.entry.components):
        if known and name not in known:
            path = ("components", index)
            close = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}; add it to the settings"
            yield Finding(f"there is no component {name!r}", record.place(*path), hint, field=dotted(path))
