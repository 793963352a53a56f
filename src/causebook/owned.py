"""A folder that the program owns: compares what it should hold with what it holds, writes that, deletes the rest."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from causebook import files
from causebook.errors import Place, WriteRefused

HEAD = 64
"""Bytes of a stale file that are read to tell whose it is."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What writing would do: paths from the folder."""

    write: Mapping[str, bytes]
    """New or changed files."""
    delete: tuple[str, ...]
    """Files of ours that are no longer wanted."""
    unchanged: int
    foreign: tuple[str, ...]
    """Files in the folder that are someone else's; they are left alone."""

    @property
    def up_to_date(self) -> bool:
        """Whether there is nothing to do."""
        return not self.write and not self.delete

    def keeping(self) -> Plan:
        """The same without deleting anything."""
        return replace(self, delete=())


def plan(folder: Path, wanted: Mapping[str, bytes], ours: Callable[[str, bytes], bool], *, shown: str, by: str) -> Plan:
    """Compare ``wanted`` with what is in ``folder``; writes nothing.

    ``ours`` tells from a file's path and how it begins (``HEAD`` bytes at least) whether we wrote it. ``shown`` is how
    messages call the folder, ``by`` who writes it.

    Raises:
        WriteRefused: someone else's file stands where one has to go.
    """
    present = _present(folder)
    write: dict[str, bytes] = {}
    foreign: list[str] = []
    delete: list[str] = []
    for path, data in wanted.items():
        old = _read(folder / path) if path in present else None
        if old is not None and old != data and not ours(path, old):
            place = Place(f"{shown}/{path}")
            raise WriteRefused(
                f"was not written by {by}, and its own file has to go there", place=place, hint="move it"
            )
        if old != data:
            write[path] = data
    for path in sorted(present - set(wanted)):
        (delete if ours(path, _head(folder / path)) else foreign).append(path)
    return Plan(write, tuple(delete), len(wanted) - len(write), tuple(foreign))


def apply(folder: Path, todo: Plan) -> None:
    """Write and delete what ``todo`` says; each file changes at once, and an interrupted run leaves whole files.

    Raises:
        WriteRefused: a file cannot be written.
    """
    if folder.is_symlink():
        raise WriteRefused("is a link to another folder", place=Place(str(folder)), hint="make it a folder")
    for path, data in todo.write.items():
        files.write_bytes(folder / path, data)
    for path in todo.delete:
        with contextlib.suppress(FileNotFoundError):
            (folder / path).unlink()
    for parent in sorted({(folder / path).parent for path in todo.delete}, reverse=True):
        with contextlib.suppress(OSError):  # not empty: fine
            parent.rmdir()


def _present(folder: Path) -> set[str]:
    """Files on disk below ``folder``; leftovers of an interrupted write are removed on the way."""
    found: set[str] = set()
    for parent, folders, names in os.walk(folder):
        for name in folders:
            if (Path(parent) / name).is_symlink():
                raise WriteRefused("is a link to another folder", place=Place(f"{parent}/{name}"), hint="remove it")
        for name in names:
            path = Path(parent) / name
            if name.startswith(".causebook-") and name.endswith(".tmp"):
                path.unlink(missing_ok=True)
            elif not name.startswith("."):
                found.add(path.relative_to(folder).as_posix())
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WriteRefused(f"cannot be read: {error.strerror}", place=Place(str(path)), hint="move it") from error


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)
