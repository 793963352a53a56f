"""The output that an agent hands over or names a file for: not too much of it, and no file outside the project."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from causebook import reports
from causebook.errors import Place, UsageError
from causebook.files import Unreadable

MOST_INPUT = 2 * 1024 * 1024
"""Bytes of output that are diagnosed."""


def read(root: Path | None, name: str) -> str:
    """The text of a file of the project at ``root``.

    Raises:
        Unreadable: it lies outside, also by way of a link, or is no file, too long or no text.
    """
    if root is None:
        raise UsageError("there is no project here, so no file is read", hint="give the output as text")
    try:
        real = (root / name).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a null byte
        raise Unreadable("is no name of a file", place=Place(name), hint="give the output as text") from error
    if not real.is_relative_to(root):
        hint = "give the output as text, or copy the file into the project"
        raise Unreadable("lies outside the project and is not read", place=Place(name), hint=hint)
    return reports.text(_bytes(real, name), name)


def _bytes(path: Path, name: str) -> bytes:
    """What the regular file ``path`` holds; a pipe or device is refused, since reading one may never end."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise Unreadable("is no file", place=Place(name), hint="give a file, or the output as text")
            with open(handle, "rb", closefd=False) as file:
                data = file.read(MOST_INPUT + 1)
        finally:
            os.close(handle)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}", place=Place(name), hint="give a file") from error
    if len(data) > MOST_INPUT:
        raise Unreadable(_too_long(found.st_size), place=Place(name), hint="give the part around the failure as text")
    return data


def bounded(text: str) -> str:
    """``text``, unless it is too long to be read."""
    size = len(text.encode("utf-8", "replace"))
    if size > MOST_INPUT:
        raise UsageError(f"the text {_too_long(size)}", hint="give the part around the failure")
    return text


def _too_long(size: int) -> str:
    return f"is {size:,} bytes, more than the {MOST_INPUT:,} that are read"
