"""Ids inside an entry are unique, and what refers to them exists.

A why that rests on evidence E2 is worth nothing when there is no E2.

Good:
    evidence: [{id: E1, kind: log}]
    five_whys: [{why: Why did it fail?, because: The loop was closed, evidence: [E1]}]
Bad:
    five_whys: [{why: Why did it fail?, because: The loop was closed, evidence: [E1]}]
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from causebook.findings import Finding, dotted
from causebook.kb import Record

_HOLDERS = ("evidence", "causes", "attempts", "lessons", "actions")


def check(record: Record) -> Iterator[Finding]:
    """Ids given twice, then references to nothing."""
    seen: dict[str, str] = {}
    for key in _HOLDERS:
        for index, part in enumerate(getattr(record.entry, key, ())):
            where = dotted((key, index))
            if part.id and part.id in seen:
                message = f"the id {part.id} is also that of {seen[part.id]}"
                yield Finding(message, record.place(key, index, "id"), "number it anew", field=f"{where}.id")
            elif part.id:
                seen[part.id] = where
    evidence = {e.id for e in record.entry.evidence}
    causes = {c.id for c in getattr(record.entry, "causes", ())}
    for path, name, known, what in _references(record, evidence, causes):
        if name not in known:
            hint = f"add it under {what}:, or remove the reference"
            yield Finding(f"there is no {what} {name} in this entry", record.place(*path), hint, field=dotted(path))


def _references(
    record: Record, evidence: set[str], causes: set[str | None]
) -> Iterator[tuple[tuple[str | int, ...], str, Container[str | None], str]]:
    entry = record.entry
    for key in ("five_whys", "causes", "attempts"):
        for index, part in enumerate(getattr(entry, key, ())):
            for n, name in enumerate(part.evidence):
                yield (key, index, "evidence", n), name, evidence, "evidence"
    fix = getattr(entry, "fix", None)
    if fix and fix.verification:
        for n, name in enumerate(fix.verification.evidence):
            yield ("fix", "verification", "evidence", n), name, evidence, "evidence"
    for index, action in enumerate(entry.actions):
        if action.cause:
            yield ("actions", index, "cause"), action.cause, causes, "causes"
