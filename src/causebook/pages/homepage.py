"""The start page: one box for words or a failure's output, then what is open, what comes back and what changed lately.

It stands at ``kb/index.md`` where the site's nav asks for that file and nobody has written one, else among the records.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from causebook import config, files
from causebook.config import Config
from causebook.kb import Record
from causebook.markdown import Md, code, escape, link
from causebook.model import Incident, Session
from causebook.pages import FOLDER, Page, Site, facet
from causebook.pages import home as entry_page
from causebook.pages.playbooks import home as playbook_page

START = "../index.md"
"""The start of the site, from the folder of the records."""
OWN = "home.md"
OPEN = ("investigating", "reopened", "identified", "mitigated")
"""Statuses of incidents that are not over; drafts are counted apart."""
MOST_OPEN, MOST_AGAIN, MOST_CHANGED, MOST_SESSIONS = 10, 8, 6, 5
_NOT_AGAIN = ("duplicate", "withdrawn")
"""Statuses of incidents that are no failure of their own."""
_MARK = b"---\ngenerated: causebook\n"
_SEAL = re.compile(rb"checksum: ([0-9a-f]{8})\n")
_NAV = re.compile(r"^[ \t]*-[ \t]+(?:[^#\n]*:[ \t]+)?[\"']?index\.md[\"']?[ \t]*(?:#.*)?$", re.MULTILINE)


def pages(site: Site) -> Iterator[Page]:
    """The one page."""
    here = START if wanted(site.kb.root, site.kb.config) else OWN
    yield Page(here, "pages/homepage.md.j2", partial(_context, site, here), "the start page")


# --- whose kb/index.md is


def wanted(root: Path, settings: Config) -> bool:
    """Whether ``kb/index.md`` is to be ours: mkdocs.yml names it, and there is none that somebody wrote."""
    folder = root / settings.kb
    if (folder / "README.md").exists():  # engines take it for the start, and complain where there are two
        return False
    held = written(root, settings)
    return _named(root) if held is None else sealed(held) and _named(root)


def written(root: Path, settings: Config) -> bytes | None:
    """What ``kb/index.md`` holds; None where there is none."""
    path = root / settings.kb / "index.md"
    return path.read_bytes() if path.is_file() else None


def _named(root: Path) -> bool:
    path = root / "mkdocs.yml"
    return path.is_file() and bool(_NAV.search(files.read_text(path, name=path.name)))


def seal(page: bytes) -> bytes:
    """A generated page with a checksum in its front matter, by which an edit is noticed."""
    return page.replace(_MARK, _MARK + b"checksum: %08x\n" % zlib.crc32(page), 1)


def sealed(page: bytes) -> bool:
    """Whether ``page`` is as ``seal`` gave it; one that somebody edited is theirs from then on."""
    found = _SEAL.match(page, len(_MARK)) if page.startswith(_MARK) else None
    return found is not None and int(found[1], 16) == zlib.crc32(page[: found.start()] + page[found.end() :])


def edited(page: bytes) -> bool:
    """Whether ``page`` was ours and somebody edited it."""
    return page.startswith(_MARK) and not sealed(page)


# --- what it shows


@dataclass(frozen=True, slots=True)
class Again:
    """A failure that happened more than once."""

    title: Md
    times: Md
    """Number of its incidents, as a link to their list where there is one."""
    recurred: int
    """How many of them came back after a fix, as entries say."""
    latest: Record
    link: Md


@dataclass(frozen=True, slots=True)
class Changed:
    """An entry that was written or edited of late."""

    day: str
    new: bool
    record: Record
    link: Md


@dataclass(frozen=True, slots=True)
class Week:
    """The seven days that end with the latest entry or commit: nothing here asks the clock."""

    first: str
    last: str
    new: int
    edited: int
    shown: tuple[Changed, ...]


def _context(site: Site, here: str) -> dict[str, Any]:
    waiting = [(record, entry) for record, entry in site.kb.incidents if entry.status in OPEN]
    waiting.sort(key=lambda pair: pair[1].severity or "sev9")  # of one severity the latest first, as they come
    again = list(_again(site, here))
    return {
        "name": config.published(site.kb.root).name,
        "empty": not site.kb.records,
        "to": partial(_to, here),
        "facet": lambda name, value: _to(here, facet(name, value)),
        "playbooks": len(site.kb.library),
        "open": [(record, entry, _entry(here, record)) for record, entry in waiting[:MOST_OPEN]],
        "open_count": len(waiting),
        "drafts": sum(entry.status == "draft" for _, entry in site.kb.incidents),
        "incidents": len(site.kb.incidents),
        "again": again[:MOST_AGAIN],
        "again_count": len(again),
        "week": _week(site, here),
        "sessions": [
            (record, session, _entry(here, record), *_plan(session))
            for record, session in site.kb.sessions[:MOST_SESSIONS]
        ],
        "session_count": len(site.kb.sessions),
    }


def _to(here: str, there: str) -> str:
    """A page of the records, as a link has to name it."""
    return f"{FOLDER}/{there}" if here == START else there


def _entry(here: str, record: Record) -> Md:
    return link(record.entry.title, _to(here, entry_page(record)))


def _plan(session: Session) -> tuple[int, int]:
    """Steps of the plan that were done, and those that were not dropped."""
    return sum(s.state == "done" for s in session.plan), sum(s.state != "dropped" for s in session.plan)


def _again(site: Site, here: str) -> Iterator[Again]:
    """Failures of two incidents or more, the most frequent first: those of a playbook, and those that came back."""
    families: dict[str, list[Record]] = defaultdict(list)
    counted = [(record, entry) for record, entry in site.kb.incidents if entry.status not in _NOT_AGAIN]
    back = {entry.id: _earlier(site, entry) for _, entry in counted}
    names = _families(counted, back)
    for record, entry in counted:
        families[names[entry.id]].append(record)
    found = [held for held in families.values() if len(held) > 1]
    found.sort(key=lambda held: -len(held))  # of equals the one that was seen last comes first, as they come
    for held in found:
        title, times = _called(site, here, held)
        latest, recurred = held[0], sum(bool(back[record.entry.id]) for record in held)
        yield Again(title, times, recurred, latest, _entry(here, latest))


def _earlier(site: Site, entry: Incident) -> tuple[str, ...]:
    """Ids of the incidents that ``entry`` is a recurrence of."""
    return tuple(one.target for one in site.kb.links.get(entry.id, ()) if one.type == "recurrence_of")


def _families(counted: list[tuple[Record, Incident]], back: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """By id of an incident what it shares with the others of its family."""
    above: dict[str, str] = {}

    def top(name: str) -> str:
        while (parent := above.get(name, name)) != name:
            above[name] = name = above.get(parent, parent)
        return name

    for _, entry in counted:
        kin = [one for one in back[entry.id] if one in back]
        for other in [*kin, *([f"playbook {entry.playbook}"] if entry.playbook else [])]:
            above[top(entry.id)] = top(other)
    return {entry.id: top(entry.id) for _, entry in counted}


def _called(site: Site, here: str, held: list[Record]) -> tuple[Md, Md]:
    """What a family is called, and how many incidents it has: a link where all of them name one playbook."""
    named = Counter(record.entry.playbook for record in held if record.entry.playbook)
    if not named:
        return escape(held[0].entry.title), escape(str(len(held)))
    name = named.most_common(1)[0][0]
    playbook = site.kb.library.get(name)
    title = link(playbook.title, _to(here, playbook_page(name))) if playbook else code(name)
    count = str(len(held))
    return title, link(count, _to(here, facet("playbook", name))) if named[name] == len(held) else escape(count)


def _week(site: Site, here: str) -> Week | None:
    """What was written and edited in the seven days that end with the latest entry or commit."""
    spans = [(*_span(site, record), record) for record in site.kb.records]
    if not spans:
        return None
    last = max(max(edited, record.date) for _, edited, record in spans)
    first = (date.fromisoformat(last) - timedelta(days=6)).isoformat()
    lately = [(edited, begun >= first, record) for begun, edited, record in spans if edited >= first]
    lately.sort(key=lambda one: one[0], reverse=True)
    shown = (Changed(day, new, record, _entry(here, record)) for day, new, record in lately[:MOST_CHANGED])
    new = sum(new for _, new, _ in lately)
    return Week(first, last, new, len(lately) - new, tuple(shown))


def _span(site: Site, record: Record) -> tuple[str, str]:
    """The days on which an entry was first and last written; its own where git does not tell, or tells half of it."""
    history = None if site.facts.shallow else site.facts.histories.get(record.path)
    return (history.first.authored[:10], history.last.authored[:10]) if history else (record.date, record.date)
