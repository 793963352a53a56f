"""Every relation leads to an entry that exists.

Good:
    relations: []
Bad:
    relations: [{type: related, target: 2020-01-01-not-there-0000}]
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from causebook.findings import Finding, dotted
from causebook.kb import KnowledgeBase, Record
from causebook.model import Session

HISTORY = True


def check(record: Record, kb: KnowledgeBase) -> Iterator[Finding]:
    """Targets that are neither an entry nor a file that could not be read."""
    targets: list[tuple[tuple[str | int, ...], str]] = [
        (("relations", i, "target"), r.target) for i, r in enumerate(record.entry.relations)
    ]
    if isinstance(record.entry, Session):
        targets += [(("incidents", i), target) for i, target in enumerate(record.entry.incidents)]
        for key in ("plan", "next_steps"):
            steps = getattr(record.entry, key)
            targets += [((key, i, "closed_by"), s.closed_by) for i, s in enumerate(steps) if s.closed_by]
    for path, target in targets:
        if target not in kb.ids:
            close = difflib.get_close_matches(target, kb.ids, 1)
            hint = f"did you mean {close[0]}?" if close else "`causebook list` shows all ids"
            yield Finding(f"there is no entry {target}", record.place(*path), hint, field=dotted(path))
