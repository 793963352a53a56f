"""From files to entries: what broke here before?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from causebook.kb import Record
from causebook.model import Incident, Session
from causebook.pages import Page, Site, entry_link, key, to

INDEX = "files/index.md"


def pages(site: Site) -> Iterator[Page]:
    """An index by top-level folder, and a page for each of them."""
    folders: dict[str, dict[str, list[tuple[str, Record]]]] = defaultdict(lambda: defaultdict(list))
    names: dict[str, str] = {}
    for record in site.kb.records:
        for path, how in touched(site, record).items():
            top = path.split("/", 1)[0] if "/" in path else "(top level)"
            slug = key(top)
            names.setdefault(slug, top)
            folders[slug][path].append((how, record))
    index = [(names[k], to(INDEX, f"files/{k}.md"), len(paths)) for k, paths in sorted(folders.items())]
    yield Page(INDEX, "pages/files.md.j2", {"folders": index, "files": None, "title": "Files"}, "the files")
    for slug, paths in folders.items():
        yield _folder(f"files/{slug}.md", names[slug], index, paths)


def _folder(
    here: str, name: str, index: list[tuple[str, str, int]], paths: dict[str, list[tuple[str, Record]]]
) -> Page:
    def context() -> dict[str, Any]:
        files = [(path, [(how, entry_link(here, r)) for how, r in found]) for path, found in sorted(paths.items())]
        return {"folders": index, "files": files, "title": f"Files in {name}"}

    return Page(here, "pages/files.md.j2", context, here)


def touched(site: Site, record: Record) -> dict[str, str]:
    """Files that an entry names or that its fixing commits changed, and how it came by them."""
    entry = record.entry
    found: dict[str, str] = {}
    if isinstance(entry, Incident) and entry.fix:
        found.update({f.path: "fixed" for f in entry.fix.files})
    for fact in site.facts.commits.get(entry.id, ()):
        if fact.role in {"fixed", "mitigated", "introduced"} and not fact.repo:
            for change in fact.files:
                found.setdefault(change.path, fact.role)
    if isinstance(entry, Session):
        found.update({f.path: "worked on" for f in entry.files})
    for attempt in entry.attempts:
        for file in attempt.files:
            found.setdefault(file.path, "attempted")
    return found
