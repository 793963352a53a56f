"""No entry is its own successor, cause or relative.

When A supersedes B and B supersedes A, nobody can tell which one holds.

Good:
    relations: []
Bad:
    relations: [{type: supersedes, target: 2026-01-01-the-entry-itself-0a0a}]
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook.findings import Finding, dotted
from causebook.kb import KnowledgeBase, Record

_DIRECTED = {
    "supersedes": "supersedes",
    "superseded_by": "supersedes",
    "causes": "causes",
    "caused_by": "causes",
    "duplicated_by": "duplicated_by",
    "duplicate_of": "duplicated_by",
}
"""Relations that may not run in a circle, each with the direction in which it is followed."""

HISTORY = True


def check(record: Record, kb: KnowledgeBase) -> Iterator[Finding]:
    """Relations to itself, and the first relation of a circle, told once at its smallest id."""
    for index, relation in enumerate(record.entry.relations):
        if relation.target == record.entry.id:
            path = ("relations", index, "target")
            yield Finding(
                "an entry cannot be related to itself", record.place(*path), "remove the relation", field=dotted(path)
            )
    for direction in sorted(set(_DIRECTED.values())):
        circle = _circle(record.entry.id, direction, kb)
        if len(circle) > 1 and record.entry.id == min(circle):
            way = " -> ".join([*circle, circle[0]])
            yield Finding(
                f"{direction} runs in a circle: {way}",
                record.place("relations", key=True),
                "remove one of them",
                field="relations",
            )


def _circle(start: str, direction: str, kb: KnowledgeBase) -> list[str]:
    """The entries on a way from ``start`` back to itself, or nothing; depth first, each entry once."""
    stack, seen = [[start]], {start}
    while stack:
        way = stack.pop()
        for link in kb.links.get(way[-1], ()):
            if link.type == direction:
                if link.target == start:
                    return way
                if link.target not in seen:
                    seen.add(link.target)
                    stack.append([*way, link.target])
    return []
