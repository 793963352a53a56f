"""What is to be imported: files, folders, patterns and ranges of commits, read into documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from causebook import importers
from causebook.errors import CausebookError, Place, UsageError
from causebook.ignored import Ignored
from causebook.importers import Document, Imported, Source

MOST_BYTES = 16 * 1024 * 1024


def files(paths: Sequence[str]) -> Iterator[Path]:
    """The documents that the arguments name, each once, in a stable order."""
    seen: set[Path] = set()
    for given in paths:
        path = Path(given)
        if path.is_dir():
            hits = [p for p in sorted(path.rglob("*")) if p.is_file() and not _hidden(p, path) and _readable(p)]
        elif path.exists():
            hits = [path]
        elif any(mark in given for mark in "*?["):
            base = Path(path.anchor) if path.is_absolute() else Path()
            pattern = path.relative_to(path.anchor).as_posix() if path.is_absolute() else given
            hits = [p for p in sorted(base.glob(pattern)) if p.is_file() and _readable(p)]
        else:
            raise UsageError(f"there is no file {given}", hint="check the path, or put a pattern in quotes")
        for hit in hits:
            if hit.resolve() not in seen:
                seen.add(hit.resolve())
                yield hit


def _readable(path: Path) -> bool:
    """Whether a file that nobody named is worth reading: of kinds that only their content tells, those that fit."""
    importer = importers.importer_of(path)
    if importer is None or not hasattr(importer, "recognises"):
        return importer is not None
    try:
        return path.stat().st_size <= MOST_BYTES and bool(importer.recognises(path.read_bytes()))
    except OSError:
        return False


def _hidden(path: Path, folder: Path) -> bool:
    return any(
        part.startswith(".") or part in {"node_modules", "site-packages"} for part in path.relative_to(folder).parts
    )


def name_of(path: Path, root: Path) -> str:
    """How entries call a document: from the root; of one that lies elsewhere its folder and name."""
    whole = path.resolve()
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else "/".join(whole.parts[-2:]).lstrip("/")


def documents(path: Path, root: Path, kind: str | None = None, allow: tuple[str, ...] = ()) -> list[Document]:
    """The documents of a file.

    Raises:
        NothingToImport: it is a single document, and neither an incident nor a session.
        CausebookError: it cannot be read.
    """
    name = name_of(path, root)
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        day = datetime.fromtimestamp(path.stat().st_mtime).astimezone().date()
    except OSError as error:
        raise CausebookError(f"cannot be read: {(error.strerror or str(error)).lower()}", place=Place(name)) from error
    importer = importers.importer_of(path, data)
    if importer is None:
        raise UsageError(
            f"{name}: no importer reads files that end in {path.suffix!r}",
            hint="read are Markdown, text, issues and pull requests as `gh ... --json` prints them, and JUnit reports",
        )
    if len(data) > MOST_BYTES:
        raise CausebookError(f"is more than {MOST_BYTES:,} bytes", place=Place(name), hint="split it")
    return list(importers.documents(importer, Source(name, data, day, root, allow), kind))


def proposed(revisions: str, root: Path, kind: str | None = None, allow: tuple[str, ...] = ()) -> list[Document]:
    """What the commits of a range propose.

    Raises:
        CausebookError: there is no repository, or no such range.
    """
    importer = importers.importers()["git_history"]
    source = Source(f"git:{revisions}", revisions.encode(), datetime.now().astimezone().date(), root, allow)
    return list(importers.documents(importer, source, kind))


def unless(left_out: Ignored, one: Document) -> Document:
    """``one``, unless the project ignores it: then nothing is made of it."""
    if one.imported is None or not one.imported.entries:
        return one
    titles = [data["title"] for data in one.imported.entries]
    links = [link for data in one.imported.entries for link in data.get("commits", ())]
    told = [link for link in links if one.name.startswith("git:") and link["role"] in {"fixed", "reverted"}]
    titles += [link["note"] for link in told if "note" in link]
    today = datetime.now().astimezone().date()
    reason = left_out.reason(today, source=one.name, titles=titles, commits=[link["sha"] for link in told])
    return one if reason is None else Document(one.name, Imported(()), f"ignored: {reason}")
