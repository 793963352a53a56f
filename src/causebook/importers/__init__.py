"""One file, one importer: the file's name is its name, its docstring says what it reads; ``_`` files are its parts.

An importer module has ``accepts(path)``, which says from the path alone whether it may read such a file, and
``convert(source, kind)``, which turns one source into draft entries and an account of its lines. Where many kinds of
file bear the same name, it has ``recognises(data)`` as well, which looks inside. Where one file holds several
documents, it has ``documents(source, kind)`` in place of ``convert``. Other packages add importers through the entry
point ``causebook.importers``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from causebook import plugins
from causebook.errors import CausebookError

PACKAGE = "causebook.importers"


class NothingToImport(CausebookError):
    """A document that is neither an incident nor a session; the message says why."""


@dataclass(frozen=True, slots=True)
class Source:
    """A document as it lies on disk."""

    name: str
    """How entries and messages call it: the path as the user knows it."""
    data: bytes
    day: date
    """The day it is filed under where it names none."""
    root: Path | None = None
    """The project it is imported into: what is known of failures and commits is read there."""
    allow: tuple[str, ...] = ()
    """Texts that redaction leaves as they are."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Lines that stand in no entry, and why."""

    first: int
    last: int
    reason: str
    at: str = ""
    """In what value of the source the lines are counted, such as ``$.comments[2].body``; empty: in the file."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where the text of a field was read."""

    entry: str
    field: str
    first: int
    last: int
    at: str = ""
    """As for ``Skipped``."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one document."""

    entries: tuple[dict[str, Any], ...]
    skipped: tuple[Skipped, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    remarks: tuple[str, ...] = ()
    """What a person should know: repaired characters, redactions, disagreeing statuses."""
    account: dict[str, int] = field(default_factory=dict)
    """How many non-blank lines were placed in a field, kept in notes, and skipped."""
    redacted: int = 0
    """How many texts were replaced by a mark."""


@dataclass(frozen=True, slots=True)
class Document:
    """One of the documents of a source: what became of it, or why nothing did."""

    name: str
    """What its entries call their source."""
    imported: Imported | None
    reason: str = ""


class Importer(Protocol):
    """What a module of this package offers."""

    def accepts(self, path: Path) -> bool:
        """Whether it may read files of this name."""

    def convert(self, source: Source, kind: str | None = None) -> Imported:
        """The draft entries of ``source``; ``kind`` overrides what it seems to be.

        Raises:
            NothingToImport: it is neither an incident nor a session.
        """


@functools.cache
def importers() -> dict[str, Any]:
    """Every importer by name: modules of this package, and plug-ins; looked for once."""
    return plugins.modules(PACKAGE)


def importer_of(path: Path, data: bytes | None = None) -> Any | None:
    """The first importer that reads files such as ``path``; None when there is none.

    With ``data``, what the file holds decides before its name.
    """
    modules = list(importers().values())
    if data is not None:
        inside = (module for module in modules if hasattr(module, "recognises") and module.recognises(data))
        if (found := next(inside, None)) is not None:
            return found
    return next((module for module in modules if module.accepts(path)), None)


def documents(importer: Any, source: Source, kind: str | None = None) -> Iterator[Document]:
    """What becomes of each document of ``source``.

    Raises:
        NothingToImport: it is a single document, and neither an incident nor a session.
        CausebookError: it cannot be read.
    """
    if hasattr(importer, "documents"):
        yield from importer.documents(source, kind)
    else:
        yield Document(source.name, importer.convert(source, kind))
