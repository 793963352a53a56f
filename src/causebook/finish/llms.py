"""llms.txt and llms-full.txt (https://llmstxt.org): what a language model should read first, and all of it in one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from causebook import files, markdown
from causebook.finish.built import Site
from causebook.finish.head import described, titled
from causebook.kb import Record
from causebook.pages import home
from causebook.pages.playbooks import home as playbook_home

MOST = 100
"""Entries of a kind that llms.txt names: the latest; api/entries.json names all."""
LONGEST = 2_000_000
"""Characters of llms-full.txt."""


def write(site: Site) -> None:
    """Write both files to the root of the site, unless the project has its own under kb/."""
    for name, lines in (("llms.txt", _overview(site)), ("llms-full.txt", _everything(site))):
        if not (site.folder / name).exists():
            files.write_text(site.folder / name, "\n".join(lines) + "\n")


def _overview(site: Site) -> Iterator[str]:
    kb = site.kb
    yield f"# {markdown.escape(site.published.name)}\n"
    counts = f"{len(kb.incidents)} incidents, {len(kb.sessions)} work sessions, {len(kb.library)} playbooks"
    yield f"> A knowledge base of failures: what was seen, why, what ended it, what was learned. {counts}.\n"
    yield "The addresses are of Markdown; with / for .md, of web pages. Given the output of a failure, look"
    yield "for its playbook first: it tells the fix, and how to tell it from failures that look alike.\n"
    playbooks = ((p.title, playbook_home(name), p.front.summary) for name, p in sorted(kb.library.items()))
    yield from _section(site, "Playbooks", ((title, f"records/{path}", about) for title, path, about in playbooks))
    for title, pairs in (("Incidents", kb.incidents), ("Work sessions", kb.sessions)):
        latest = [record for record, _ in pairs[:MOST]]
        found = ((r.entry.title, f"records/{home(r)}", f"{r.entry.status}, {r.date}. {_summary(r)}") for r in latest)
        yield from _section(site, title, found)
    yield from _section(site, "Data", _DATA)
    own = (page for page in site.pages if page.twin and not page.twin.startswith("records/"))
    yield from _section(site, "Optional", ((titled(p.text), p.twin, described(p.text)) for p in own))


_DATA = (
    ("Entries", "api/entries.json", "all entries, each with the address of its data"),
    ("Playbooks", "api/playbooks.json", "signatures, entries, and what running them showed"),
    ("Schema", "api/schema.json", "JSON Schema of an entry"),
    ("Feed", "api/feeds/all.xml", "what changed last"),
)


def _section(site: Site, title: str, items: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    lines = [f"- {markdown.link(name, site.published.address + path)}: {_line(about)}" for name, path, about in items]
    if lines:
        yield f"## {title}\n"
        yield "\n".join(lines) + "\n"


def _line(text: str) -> str:
    return markdown.escape(" ".join(text.split()))


def _summary(record: Record) -> str:
    return described(record.entry.summary or "")


def _everything(site: Site) -> Iterator[str]:
    """Playbooks, then entries, the latest first, as far as they fit; then what was left out."""
    wanted = [f"records/{playbook_home(name)}" for name in sorted(site.kb.library)]
    wanted += [f"records/{home(record)}" for record in site.kb.records]
    room, left = LONGEST, 0
    for twin in dict.fromkeys(wanted):
        page = site.by_twin.get(twin)
        if page and len(page.text) <= room:
            room -= len(page.text)
            yield f"<!-- {twin} -->\n\n{page.text}"
        else:
            left += page is not None
    if left:
        yield f"{left} more pages are left out here; api/entries.json names all entries."
