"""All lessons, with what enforces them."""

from __future__ import annotations

from collections.abc import Iterator

from causebook.pages import Page, Site, entry_link

HERE = "lessons.md"


def pages(site: Site) -> Iterator[Page]:
    """One page: the enforced, the accepted, the rest, the retired."""
    found = [(lesson, entry_link(HERE, r), r.date) for r in site.kb.records for lesson in r.entry.lessons]
    order = ("encoded", "accepted", "proposed", "unassigned", "retired")
    groups = [(state, [row for row in found if row[0].state == state]) for state in order]
    yield Page(HERE, "pages/lessons.md.j2", {"groups": [g for g in groups if g[1]], "count": len(found)}, "the lessons")
