"""The page of a work session."""

from __future__ import annotations

from collections.abc import Iterator

from causebook.pages import Page, Site, home
from causebook.pages._entry import context


def pages(site: Site) -> Iterator[Page]:
    """One page for each session."""
    for record, entry in site.kb.sessions:
        done = sum(step.state == "done" for step in entry.plan)
        yield Page(home(record), "pages/session.md.j2", {**context(site, record), "steps_done": done}, record.path)
