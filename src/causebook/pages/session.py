"""The page of a work session."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from causebook.kb import Record
from causebook.model import Session
from causebook.pages import Page, Site, home
from causebook.pages._entry import context


def pages(site: Site) -> Iterator[Page]:
    """One page for each session."""
    for record, entry in site.kb.sessions:
        yield Page(home(record), "pages/session.md.j2", partial(_context, site, record, entry), record.path)


def _context(site: Site, record: Record, entry: Session) -> dict[str, Any]:
    return {**context(site, record), "steps_done": sum(step.state == "done" for step in entry.plan)}
