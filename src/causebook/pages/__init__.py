"""One file, one kind of page: ``pages(site)`` yields the pages, found by file name.

All paths are from ``kb/records/``, the folder that harvest owns.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from causebook.kb import KnowledgeBase, Record
from causebook.links import GitFacts
from causebook.markdown import Md, code, link, slug

FOLDER = "records"
"""The folder under kb/ that harvest owns."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page to render: ``template`` with ``context`` becomes the file ``path``."""

    path: str
    template: str
    context: dict[str, Any] | Callable[[], dict[str, Any]]
    """The values, or what makes them when the page is rendered, perhaps in another process."""
    subject: str = ""
    """What it shows, for messages."""


@dataclass(frozen=True, slots=True)
class Data:
    """A file that needs no template."""

    path: str
    text: str | Callable[[], str]


@dataclass(frozen=True, slots=True)
class Site:
    """What pages are made from."""

    kb: KnowledgeBase
    facts: GitFacts


def home(record: Record) -> str:
    """Path of an entry's page."""
    return f"{record.entry.kind}s/{record.entry.id}.md"


def facet(name: str, value: str) -> str:
    """Path of the page that lists the entries with one value, such as ``by/tag/asyncio.md``."""
    return f"by/{name}/{key(value)}.md"


@functools.lru_cache(maxsize=4096)  # a tag stands in hundreds of entries
def key(value: str) -> str:
    """``value`` as a file name; what a slug would lose (``c++`` is not ``c``) is kept apart by a checksum."""
    plain = slug(value)
    if plain == value.lower().replace("_", "-").replace(" ", "-"):
        return plain
    return f"{plain or 'x'}-{zlib.crc32(value.encode()) & 0xFFFF:04x}"


def to(here: str, there: str) -> str:
    """``there`` as a link on the page ``here``."""
    return "../" * here.count("/") + there


def sha_code(sha: str) -> Md:
    """A sha as code: twelve digits to read, the rest only for search and copying."""
    shown, rest = sha[:12], sha[12:]
    if rest and sha.isascii() and sha.isalnum():  # as it nearly always is
        return Md(f'<code>{shown}<span class="cb-rest">{rest}</span></code>')
    return (
        Md(f'<code>{code(shown)[6:-7]}<span class="cb-rest">{code(rest)[6:-7]}</span></code>') if rest else code(shown)
    )


def entry_link(here: str, record: Record) -> Md:
    """A link on the page ``here`` to an entry, by its title."""
    return link(record.entry.title, to(here, home(record)))


@dataclass(frozen=True, slots=True)
class Row:
    """An entry in a list."""

    record: Record
    link: Md


def rows(here: str, records: Iterable[Record]) -> list[Row]:
    """Entries as rows of a list on the page ``here``."""
    return [Row(record, entry_link(here, record)) for record in records]
