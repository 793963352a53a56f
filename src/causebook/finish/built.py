"""The pages of a built site, each with the Markdown that it was made from."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from causebook import files, markdown
from causebook.config import Published
from causebook.kb import KnowledgeBase, Record
from causebook.links import GitFacts
from causebook.pages import home

_DRAWING = re.compile(r"^<figure\b[^>]*>\s*<svg\b.*?</svg>\s*</figure>\n*", re.DOTALL | re.MULTILINE)
"""A diagram of ours; all that it shows stands on the page as text."""


@dataclass(frozen=True, slots=True)
class Built:
    """A page; paths are from the root of the site."""

    path: str
    twin: str = ""
    """Where its Markdown goes: where it lies under kb/, so that links between twins hold. Empty: it has none."""
    text: str = ""
    """That Markdown, without front matter and drawings."""

    @property
    def address(self) -> str:
        """Its address from the root of the site."""
        return self.path.removesuffix("index.html") if PurePosixPath(self.path).name == "index.html" else self.path


@dataclass(frozen=True)
class Site:
    """A site and what it was built from."""

    folder: Path
    kb: KnowledgeBase
    facts: GitFacts
    published: Published
    pages: tuple[Built, ...]

    @cached_property
    def by_twin(self) -> dict[str, Built]:
        """Pages by the path of their Markdown."""
        return {page.twin: page for page in self.pages if page.twin}

    @cached_property
    def records(self) -> dict[str, Record]:
        """Entries by the path of their Markdown."""
        return {f"records/{home(record)}": record for record in self.kb.by_id.values()}


def pages(folder: Path, kb: KnowledgeBase) -> Iterator[Built]:
    """All pages below ``folder``, sorted."""
    docs = kb.root / kb.config.kb
    for path in sorted(_html(folder)):
        twin = next((name for name in _sources(path) if (docs / name).is_file()), "")
        yield Built(path, twin, _plain(files.read_text(docs / twin, name=twin, limit=_LONGEST)) if twin else "")


_LONGEST = 64 * files.MAX_BYTES


def _html(folder: Path) -> Iterator[str]:
    for parent, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".html"):
                yield Path(parent, name).relative_to(folder).as_posix()


def _sources(page: str) -> Iterator[str]:
    """Where the Markdown of a page can lie under kb/."""
    path = PurePosixPath(page)
    if path.name == "index.html":
        yield (path.parent / "index.md").as_posix()
        yield (path.parent / "README.md").as_posix()
        if path.parent.name:
            yield f"{path.parent.as_posix()}.md"
    else:
        yield path.with_suffix(".md").as_posix()


def _plain(text: str) -> str:
    _, _, body = markdown.split_front_matter(text)
    return _DRAWING.sub("", body).strip("\n") + "\n"
