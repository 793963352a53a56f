"""The files and addresses that entries name, each with the place where it is named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from causebook.model import Entry, Incident
from causebook.model.parts import FileRef

Way = tuple[str | int, ...]
_WEB = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|mailto:|www\.", re.IGNORECASE)
_PATH = re.compile(r"([\w.@+-]+(?:/[\w.@+ -]+)*/?)(?:#L(\d{1,7})(?:-L?(\d{1,7}))?)?")
"""A path with, as forges write them, the lines meant: ``src/app.py#L10-L20``."""
_LOOKS_LIKE_A_FILE = re.compile(r"[^/]+\.[A-Za-z][A-Za-z0-9]{0,9}$")


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that an entry names."""

    path: str
    way: Way
    """The way to it in the entry."""
    lines: tuple[int, int] | None = None
    lines_way: Way = ()
    fix: bool = False
    """Named as part of the fix: its lines are those of the fixing commit."""
    gone: bool = False
    """Said to have been deleted."""


def files(entry: Entry) -> Iterator[NamedFile]:
    """Files that ``entry`` names: of the fix, of attempts, of a session, and references and evidence that are paths."""
    if isinstance(entry, Incident):
        if entry.fix is not None:
            yield from _refs(entry.fix.files, ("fix", "files"), fix=True)
    else:
        yield from _refs(entry.files, ("files",), fix=False)
    for number, attempt in enumerate(entry.attempts):
        yield from _refs(attempt.files, ("attempts", number, "files"), fix=False)
    for number, reference in enumerate(entry.references):
        yield from _text(reference.ref, ("references", number, "ref"))
    for number, evidence in enumerate(entry.evidence):
        for found in _text(evidence.ref or "", ("evidence", number, "ref")):
            lines = evidence.lines or found.lines
            yield NamedFile(
                found.path, found.way, lines, ("evidence", number, "lines") if evidence.lines else found.way
            )


def _refs(refs: tuple[FileRef, ...], way: Way, *, fix: bool) -> Iterator[NamedFile]:
    for number, ref in enumerate(refs):
        here = (*way, number)
        path = ref.path.replace("\\", "/").removeprefix("./")
        yield NamedFile(path, (*here, "path"), ref.lines, (*here, "lines"), fix, ref.change == "deleted")


def _text(text: str, way: Way) -> Iterator[NamedFile]:
    """``text`` when it is a path of this repository; a word, a title of a book or an address is none."""
    match = _PATH.fullmatch(text.strip())
    if not match or _WEB.match(text) or "/" not in match[1] or not _LOOKS_LIKE_A_FILE.search(match[1]):
        return
    first, last = match[2], match[3]
    lines = (int(first), int(last or first)) if first else None
    yield NamedFile(match[1].removeprefix("./"), way, lines, way)


def addresses(entry: Entry) -> Iterator[tuple[str, Way]]:
    """Web addresses that ``entry`` names as such: in references, evidence, actions, builds."""
    for number, reference in enumerate(entry.references):
        yield reference.ref, ("references", number, "ref")
    for number, evidence in enumerate(entry.evidence):
        yield evidence.ref or "", ("evidence", number, "ref")
    for number, action in enumerate(entry.actions):
        yield action.ref or "", ("actions", number, "ref")
    if not isinstance(entry, Incident):
        for number, build in enumerate(entry.builds):
            yield build.url or "", ("builds", number, "url")


def is_address(text: str) -> bool:
    """Whether ``text`` is meant as a web address."""
    return _WEB.match(text.strip()) is not None
