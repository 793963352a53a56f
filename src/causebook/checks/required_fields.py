"""An entry holds what its status promises.

A draft may be rough. What calls itself resolved names its severity, a cause, a fix, where the fix landed, and how it
was shown to work; otherwise the next reader trusts a guess.

Good:
    status: investigating
    attempts: [{action: Restarted the pool, outcome: failed}]
Bad:
    status: resolved
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook.findings import Finding
from causebook.kb import Record
from causebook.model.requirements import unmet

HISTORY = True


def check(record: Record) -> Iterator[Finding]:
    """One finding for each field that is missing."""
    for need in unmet(record.entry):
        held = f"status {record.entry.status}" + (f" and confidence {need.confidence}" if need.confidence else "")
        place = (
            record.place(*need.field.split("."))
            if need.field.split(".")[0] in _keys(record)
            else record.place("status")
        )
        yield Finding(f"{held} needs {need.field}", place, need.fix, field=need.field)


def _keys(record: Record) -> dict[str, object]:
    data = record.document.data
    return data if isinstance(data, dict) else {}
