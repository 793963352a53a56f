"""A log of sessions by day: how far the plan came, what was left open, and whether a later session closed it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from causebook.kb import Record
from causebook.markdown import Md, code
from causebook.model import Session
from causebook.model.session_parts import Step
from causebook.pages import Page, Site, entry_link, to

HERE = "sessions/index.md"
LATEST = 40
"""Sessions of the first page; all of them stand on the pages of their years."""
MOST_LEFT = 6
"""Open steps of one session that the log shows."""
_SAME_LINE = frozenset(
    {"related", "supersedes", "superseded_by", "recurrence_of", "recurred_as", "causes", "caused_by"}
)


@dataclass(frozen=True, slots=True)
class Logged:
    """A session in the log."""

    record: Record
    link: Md
    entry: Session
    at: str
    """The time of day it began, where that is told."""
    done: int
    """Steps of its plan that were done."""
    planned: int
    """Steps of its plan that were not dropped."""
    left: tuple[Step, ...]
    """Steps that are open, in the plan and after it, and of which nothing says that they were closed."""
    closed: tuple[tuple[Step, Md], ...]
    """Steps that it left open, with the session that closed them."""
    later: tuple[Md, ...]
    """Later sessions of the same line of work, which may have closed more than entries say."""


def pages(site: Site) -> Iterator[Page]:
    """The latest sessions by day, and a page for each year."""
    later = _lines(site)
    years: dict[str, list[tuple[Record, Session]]] = defaultdict(list)
    for record, session in site.kb.sessions:
        years[record.date[:4]].append((record, session))
    index = [(year, to(HERE, f"sessions/{year}.md"), len(found)) for year, found in years.items()]
    yield _page(site, HERE, "Sessions", list(site.kb.sessions[:LATEST]), later, index)
    for year, found in years.items():
        yield _page(site, f"sessions/{year}.md", f"Sessions of {year}", found, later, [])


def _page(
    site: Site,
    here: str,
    title: str,
    found: list[tuple[Record, Session]],
    later: dict[str, list[Record]],
    years: list[tuple[str, str, int]],
) -> Page:
    def context() -> dict[str, Any]:
        logged = [_logged(site, here, record, session, later.get(session.id, [])) for record, session in found]
        days = [(day, list(rows)) for day, rows in groupby(logged, key=lambda row: row.record.date)]
        total = len(site.kb.sessions)
        return {"title": title, "days": days, "years": years, "shown": len(found), "total": total, "most": MOST_LEFT}

    return Page(here, "pages/sessions.md.j2", context, title)


def _logged(site: Site, here: str, record: Record, session: Session, later: list[Record]) -> Logged:
    steps = (*session.plan, *session.next_steps)
    return Logged(
        record,
        entry_link(here, record),
        session,
        _time(session.started_at),
        sum(step.state == "done" for step in session.plan),
        sum(step.state != "dropped" for step in session.plan),
        tuple(step for step in steps if step.state == "open" and not step.closed_by),
        tuple((step, _closer(site, here, step.closed_by)) for step in steps if step.closed_by),
        tuple(entry_link(here, other) for other in later),
    )


def _time(started: str | None) -> str:
    return started[11:16] if started and len(started) > 10 else ""


def _closer(site: Site, here: str, target: str) -> Md:
    other = site.kb.by_id.get(target)
    return entry_link(here, other) if other else code(target)


def _lines(site: Site) -> dict[str, list[Record]]:
    """Later sessions on the same branch or incident, or related by name, for each session: the latest last.

    That is all that entries tell for certain. It is not said of them that they closed anything.
    """
    order = {record.entry.id: n for n, (record, _) in enumerate(reversed(site.kb.sessions))}
    lines: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record, session in reversed(site.kb.sessions):
        for key in _keys(site, session):
            lines[key].append(record)
    found: dict[str, dict[str, Record]] = defaultdict(dict)
    for line in lines.values():
        for n, record in enumerate(line):
            found[record.entry.id].update((other.entry.id, other) for other in line[n + 1 :])
    for _, session in site.kb.sessions:
        for link in site.kb.links.get(session.id, ()):
            if link.type in _SAME_LINE and order.get(link.target, -1) > order[session.id]:
                found[session.id][link.target] = site.kb.by_id[link.target]
    return {i: sorted(held.values(), key=lambda r: order[r.entry.id]) for i, held in found.items()}


def _keys(site: Site, session: Session) -> Iterator[tuple[str, str]]:
    if session.branch and session.branch not in {"main", "master", "develop", "trunk"}:
        yield "branch", session.branch
    for link in site.kb.links.get(session.id, ()):
        if link.type == "incident":
            yield "incident", link.target
