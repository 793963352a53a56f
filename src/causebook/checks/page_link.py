"""A link of a page leads to a page, a heading or an image that is there.

Pages written by hand under kb/ are read as the site reads them: a path starts from the page, `#part` is a heading by
its own rule. What harvest makes (kb/records/, kb/api/) is looked up where it has been made, else it is unknown.

Good:
    [Settings](settings.md#levels)   in kb/guide/start.md
Bad:
    [Settings](setings.md)
"""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from causebook import files, markdown, named
from causebook.errors import CausebookError, Place
from causebook.findings import Finding
from causebook.kb import KnowledgeBase

_GENERATED = ("records/", "api/")
"""Folders under kb/ whose pages are made, not written."""


def check(kb: KnowledgeBase) -> Iterator[Finding]:
    """Links, anchors and images of the hand-written pages that lead nowhere."""
    folder = kb.root / kb.config.kb
    pages = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*.md")) if p.is_file()}
    own = {name: path for name, path in pages.items() if not name.startswith(_GENERATED)}
    texts: dict[str, frozenset[str] | None] = {}
    for name, path in own.items():
        if kb.only is not None and f"{kb.config.kb}/{name}" not in kb.only:
            continue
        try:
            text = files.read_text(path, name=f"{kb.config.kb}/{name}")
        except CausebookError as error:
            yield Finding(error.message, error.place or Place(name), error.hint)
            continue
        # The pages of playbooks are made by harvest from these files, and stand in another folder of the site.
        base = f"records/{name}" if name.startswith("playbooks/") else name
        for link in markdown.links(text):
            place = Place(f"{kb.config.kb}/{name}", link.line, link.column)
            yield from _follow(folder, name, base, link, place, pages, texts)


def _follow(
    folder: Path, name: str, base: str, link: markdown.Link, place: Place, pages: dict[str, Path],
    texts: dict[str, frozenset[str] | None],
) -> Iterator[Finding]:  # fmt: skip
    if named.is_address(link.target) or link.target.startswith(("/", "?")) or not link.target:
        return
    target, _, part = unquote(link.target).partition("#")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(base), target)) if target else name
    written = path.removeprefix("records/") if path.startswith("records/playbooks/") else path
    there = written if written in pages else path
    if path.startswith("../"):
        message = f"{link.target} leads out of the site"
        yield Finding(message, place, "name a page below kb/, or a web address")
    elif not (folder / there).is_file():
        yield from _lost(folder, path, link, place, pages)
    elif part and there.endswith(".md"):
        yield from _anchor(folder, there, part, place, texts)


def _lost(folder: Path, path: str, link: markdown.Link, place: Place, pages: dict[str, Path]) -> Iterator[Finding]:
    what = "image" if link.image else "page"
    if path.startswith(_GENERATED) and not (folder / path.split("/", 1)[0]).is_dir():
        message = f"whether the {what} {link.target} is made cannot be told: nothing has been harvested here"
        yield Finding(message, place, "causebook harvest", "unknown")
        return
    close = difflib.get_close_matches(path, list(pages), 1, 0.8)
    start = posixpath.dirname(path) or "."
    fix = f"did you mean {posixpath.relpath(close[0], start)}?" if close else "correct the path, or write that page"
    yield Finding(f"there is no {what} {link.target}", place, fix)


def _anchor(
    folder: Path, page: str, part: str, place: Place, texts: dict[str, frozenset[str] | None]
) -> Iterator[Finding]:
    if page not in texts:
        try:
            _, _, body = markdown.split_front_matter((folder / page).read_text("utf-8"))
            texts[page] = markdown.anchors(body)
        except (OSError, UnicodeDecodeError):
            texts[page] = None
    known = texts[page]
    if known is not None and part not in known and not part.startswith("__"):
        close = difflib.get_close_matches(part, sorted(known), 1)
        fix = f"did you mean #{close[0]}?" if close else "name a heading that is there"
        yield Finding(f"{page} has no heading #{part}", place, fix)
