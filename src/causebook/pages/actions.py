"""Open actions with owner and due date, and the steps that sessions left open."""

from __future__ import annotations

from collections.abc import Iterator

from causebook.model.words import moment
from causebook.pages import Page, Site, entry_link

HERE = "actions.md"


def pages(site: Site) -> Iterator[Page]:
    """One page: what is due first stands first."""
    found = [
        (a, entry_link(HERE, r))
        for r in site.kb.records
        for a in r.entry.actions
        if a.status not in {"complete", "cancelled"}
    ]
    found.sort(key=lambda row: moment(row[0].due).earliest.timestamp() if row[0].due else float("inf"))
    left = [
        (step, entry_link(HERE, record), record.date)
        for record, session in site.kb.sessions
        for step in session.next_steps
        if step.state == "open" and not step.closed_by
    ]
    yield Page(HERE, "pages/actions.md.j2", {"actions": found, "left": left}, "the open actions")
