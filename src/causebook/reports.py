"""Reads the output of failures from files and standard input, whatever bytes they hold."""

from __future__ import annotations

import sys
from pathlib import Path

from causebook import decode
from causebook.decode import Line
from causebook.errors import Place
from causebook.files import Unreadable
from causebook.matcher import Matcher


def lines(name: str, matcher: Matcher) -> list[Line]:
    """The lines of the file ``name``, or of standard input for ``-``, that can matter to ``matcher``.

    Raises:
        Unreadable: there is no such file, or it is no text.
    """
    del matcher
    return decode.lines(text(_bytes(name), name))


def _bytes(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}", place=Place(name), hint="give a file, or -") from error
    except ValueError as error:  # a null byte in the name
        raise Unreadable("is no name of a file", place=Place(name), hint="give a file, or -") from error


def text(data: bytes, name: str) -> str:
    """``data`` as text: UTF-8 with what is not replaced, or UTF-16 where its mark says so.

    Raises:
        Unreadable: it is no text.
    """
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    if data[:65536].count(0) > len(data[:65536]) // 20:
        hint = "give the output of a program: a traceback, a log, a JUnit file"
        raise Unreadable("is no text: it holds null bytes", place=Place(name), hint=hint)
    return data.decode("utf-8", "replace")
