"""Reads and writes the files of a project: bounded reads with clear errors, atomic writes; only this file writes."""

from __future__ import annotations

import codecs
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from causebook.errors import CausebookError, Place, WriteRefused

MAX_BYTES = 1024 * 1024
"""Largest file we read as text, in bytes. The longest entry in two thousand read by hand had 60 KB."""


class Unreadable(CausebookError):
    """A file that cannot be read as text."""


def read_text(path: Path, *, name: str, limit: int = MAX_BYTES) -> str:
    """The text of the UTF-8 file ``path``, without a byte order mark; ``name`` is how messages call it.

    Raises:
        Unreadable: missing, a folder, a link loop, no permission, over ``limit`` bytes, or not UTF-8.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(limit + 1)
    except OSError as error:
        raise Unreadable(f"cannot be read: {_reason(error)}", place=Place(name), hint=_remedy(error)) from error
    if len(raw) > limit:
        size = path.stat().st_size
        raise Unreadable(
            f"is {size:,} bytes, more than the {limit:,} that are read",
            place=Place(name),
            hint="keep long logs in a file of their own and refer to it under evidence:",
        )
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode()  # columns count characters
        place = Place(name, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
        bad = raw[error.start : error.start + 1].hex()
        raise Unreadable(f"is not UTF-8: byte 0x{bad}", place=place, hint="save the file as UTF-8") from error


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _remedy(error: OSError) -> str:
    if isinstance(error, IsADirectoryError):
        return "a folder has the name of a file here: rename it"
    if isinstance(error, PermissionError):
        return "make it readable, or move it away"
    return "restore or remove it"


def line_count(data: bytes) -> int:
    """Lines of a file, as editors count them; the last one need not be ended."""
    return data.count(b"\n") + (not data.endswith(b"\n") if data else 0)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 to ``path`` at once: readers see the old file or the new one, never a part.

    Raises:
        WriteRefused: the folder cannot be written to, or ``path`` is a folder.
    """
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """As ``write_text``, for bytes."""
    try:
        with _beside(path, data) as temporary:
            os.replace(temporary, path)  # noqa: PTH105 - Path.replace is the same call, named less clearly
    except OSError as error:
        raise WriteRefused(f"cannot be written: {_reason(error)}", place=Place(str(path))) from error


def append_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 at the end of the file ``path``, in one piece.

    Raises:
        WriteRefused: it cannot be written to.
    """
    try:
        with path.open("ab") as file:
            file.write(text.encode("utf-8"))
    except OSError as error:
        raise WriteRefused(f"cannot be written: {_reason(error)}", place=Place(str(path))) from error


def create_text(path: Path, text: str) -> None:
    """Write a new file; refuse when something of that name is there, also when it came a moment ago.

    Raises:
        WriteRefused: ``path`` exists or cannot be written.
    """
    try:
        with _beside(path, text.encode("utf-8")) as temporary:
            os.link(temporary, path)  # unlike rename, link fails when the name is taken
    except FileExistsError as error:
        raise WriteRefused("exists already and is left as it is", place=Place(str(path))) from error
    except OSError as error:
        raise WriteRefused(f"cannot be written: {_reason(error)}", place=Place(str(path))) from error


@contextlib.contextmanager
def _beside(path: Path, data: bytes) -> Iterator[str]:
    """A complete temporary file in the folder of ``path``, with its permissions; gone at the end, if still there."""
    folder = os.path.dirname(path) or "."  # noqa: PTH120 - called once a page: Path.parent is four times as slow
    temporary = f"{folder}/.causebook-{os.getpid()}.tmp"
    try:
        handle = _open(temporary)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = _open(temporary)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - a file handle has no Path
            file.write(data)
        if os.path.exists(path):  # noqa: PTH110 - as above
            os.chmod(temporary, os.stat(path).st_mode & 0o777)  # noqa: PTH101, PTH116 - as above
        yield temporary
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)  # noqa: PTH108 - as above


def _open(temporary: str) -> int:
    # One process writes one file at a time, so a file of this name is what an earlier process of that number left.
    return os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o666)
