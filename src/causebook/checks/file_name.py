"""The file is called as its id says and lies in the folder of its year.

Links, relations and commit trailers name the id; a file that is called otherwise is not found by it.

Good:
    entries/2026/2026-11-21-pool-bound-to-loop-3f9a.yaml with the id 2026-11-21-pool-bound-to-loop-3f9a
Bad:
    entries/pool.yaml with the id 2026-11-21-pool-bound-to-loop-3f9a
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from causebook.findings import Finding
from causebook.kb import KnowledgeBase, Record

HISTORY = True


def check(record: Record, kb: KnowledgeBase) -> Iterator[Finding]:
    """The path against the id."""
    identity = record.entry.id
    expected = f"{kb.config.entries}/{identity[:4]}/{identity}.yaml"
    if record.path != expected:
        yield Finding(
            f"expected this file to be {expected}", record.place("id"), f"git mv {record.path} {expected}", field="id"
        )
    try:
        date.fromisoformat(identity[:10])
    except ValueError:
        yield Finding(
            f"{identity[:10]} is not a day of the calendar",
            record.place("id"),
            "correct the id and the file's name",
            field="id",
        )
