"""Reads the output of failures from files and standard input, whatever bytes they hold and however many.

A small input is read whole. Of a large one only the surroundings of lines that can matter are: literal texts of the
signatures are looked for in the bytes, as a search tool does, and what stands around a find is decoded. With the extra
``fast`` hyperscan looks for all of them at once, with the same result.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from causebook import decode
from causebook.decode import Line
from causebook.errors import Place
from causebook.files import Unreadable
from causebook.matcher import Matcher

WHOLE = 512 * 1024
"""Bytes up to which an input is read as a whole."""
CHUNK = 8 * 1024 * 1024
"""Bytes of a large input that are looked at together."""
BEFORE, AFTER = 24 * 1024, 4 * 1024
"""Bytes around a find that are decoded: a traceback of a hundred frames before its message, and what follows it."""
_FEW = 4
"""How often the same line is read with its surroundings; after that by itself, to be counted."""
_NOTHING = -1
"""Instead of a count: the line says nothing."""
_MOST_LINES = 400_000
"""Lines of a large input that are kept."""
Finder = Callable[[bytes], Iterable[int]]


def lines(name: str, matcher: Matcher) -> list[Line]:
    """The lines of the file ``name``, or of standard input for ``-``, that can matter to ``matcher``.

    Raises:
        Unreadable: there is no such file, or it is no text.
    """
    if name == "-":
        return _lines(sys.stdin.buffer, name, matcher)
    try:
        with Path(name).open("rb") as file:
            return _lines(file, name, matcher)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}", place=Place(name), hint="give a file, or -") from error
    except ValueError as error:  # a null byte in the name
        raise Unreadable("is no name of a file", place=Place(name), hint="give a file, or -") from error


def _lines(file: BinaryIO, name: str, matcher: Matcher) -> list[Line]:
    start = file.read(WHOLE + 1)
    if len(start) <= WHOLE:
        return decode.lines(text(start, name))
    if start[:2] in {b"\xff\xfe", b"\xfe\xff"} or start.lstrip()[:10].startswith((b"<?xml", b"<testsuite")):
        return decode.lines(text(start + file.read(), name))
    text(start[:WHOLE], name)  # refuses what is no text
    return list(_Regions(matcher, finder(matcher)).read(start, file))


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


def finder(matcher: Matcher) -> Finder:
    """What finds the places in bytes at which a line that can matter may stand, in their order."""
    anchors = sorted({anchor.encode() for anchor in (*matcher.anchors, *matcher.marks)})
    return _hyperscan(anchors) or _plain(anchors)


def _plain(anchors: list[bytes]) -> Finder:
    """With the standard library alone: a few short texts, at least one of which every anchor holds."""
    tokens = _tokens(anchors)

    def find(data: bytes) -> list[int]:
        places: list[int] = []
        for token in tokens:
            at = data.find(token)
            while at >= 0:
                places.append(at)
                # One find a line is enough.
                end = data.find(b"\n", at)
                at = data.find(token, end) if end >= 0 else -1
        places.sort()
        return places

    return find


_LENGTHS = (10, 14, 20, 28, 40)
"""Bytes of a token: shorter ones stand in too many lines; the longer one is, the more of the text is skipped."""


def _tokens(anchors: list[bytes]) -> list[bytes]:
    """Substrings that cover all anchors: the one that is long and in many of those left, again and again."""
    left = set(anchors)
    found: list[bytes] = []
    count: dict[bytes, set[bytes]] = {}
    for anchor in anchors:
        for length in {min(length, len(anchor)) for length in _LENGTHS}:
            for at in range(len(anchor) - length + 1):
                count.setdefault(anchor[at : at + length], set()).add(anchor)
    while left:
        # Measured: looking for a token takes 2 + 170 / its length, so that is what each anchor covered has to be worth.
        best = max(count, key=lambda piece: (len(count[piece]) * len(piece) / (2 * len(piece) + 170), piece))
        found.append(best)
        covered = count.pop(best)
        left -= covered
        for piece in [piece for piece, held in count.items() if held & covered]:
            count[piece] -= covered
            if not count[piece]:
                del count[piece]
    return found


def _hyperscan(anchors: list[bytes]) -> Finder | None:
    """All anchors at once, where the extra ``fast`` is installed."""
    try:
        import hyperscan
    except ImportError:
        return None
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=anchors, ids=list(range(len(anchors))), elements=len(anchors), flags=0, literal=True)

    def find(data: bytes) -> list[int]:
        places: list[int] = []
        database.scan(data, match_event_handler=lambda _id, _start, end, _flags, _context: places.append(end - 1))
        places.sort()
        return places

    return find


@dataclass
class _Regions:
    """Goes through a large input chunk by chunk and yields the lines around what is found."""

    matcher: Matcher
    find: Finder

    def __post_init__(self) -> None:
        self.seen: dict[bytes, int] = {}
        self.kept = 0

    def read(self, start: bytes, file: BinaryIO) -> Iterator[Line]:
        """The lines that can matter, with their numbers."""
        carried, number = b"", 1  # the end of the last chunk, and the number of its first line
        data = start
        while data or carried:
            more = file.read(CHUNK)
            cut = data.rfind(b"\n") + 1 if more else len(data)
            chunk, rest = data[: cut or len(data)], data[cut or len(data) :]
            whole = carried + chunk
            yield from self._chunk(whole, len(carried), number)
            if not more:
                return
            keep = whole.rfind(b"\n", 0, max(0, len(whole) - BEFORE)) + 1
            number += whole.count(b"\n", 0, keep)
            carried, data = whole[keep:], rest + more

    def _chunk(self, data: bytes, fresh: int, number: int) -> Iterator[Line]:
        """The lines around what is found from ``fresh`` on; the first line of ``data`` has ``number``."""
        done, counted = 0, 0
        for begin, end, alone in self._spans(data, fresh):
            from_ = max(begin, done)
            if end <= from_ or self.kept > _MOST_LINES:
                continue
            number += data.count(b"\n", counted, from_)
            counted = from_
            if alone:
                yield Line(_HEAD, number)
            for line in decode.lines(data[from_:end].decode("utf-8", "replace")):
                self.kept += 1
                yield Line(line.text, line.number + number - 1)
            yield Line("", number)  # what follows has nothing to do with it
            done = end

    def _spans(self, data: bytes, fresh: int) -> Iterator[tuple[int, int, bool]]:
        """Where the lines begin and end that are to be decoded, and whether it is the end of a traceback alone."""
        last = -1
        for at in self.find(data):
            if at < fresh or at <= last:
                continue
            begin, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
            end = len(data) if end < 0 else end
            last = end
            line = data[begin : min(end, begin + decode.MOST_ON_A_LINE)]
            key = _VALUES.sub(b"", line[:400])
            times = self.seen.get(key, 0)
            if times == 0 and not self.matcher.says_something(line.decode("utf-8", "replace")):
                times = _NOTHING
            if len(self.seen) < _MOST_LINES:
                self.seen[key] = times + (times >= 0)
            if times == _NOTHING:
                continue
            if times >= _FEW:
                yield begin, end, bool(_LAST.match(line))
            else:
                first = data.rfind(b"\n", 0, max(0, begin - BEFORE)) + 1
                until = data.find(b"\n", min(len(data), end + AFTER))
                yield first, len(data) if until < 0 else until, False


_HEAD = "Traceback (most recent call last):"
_LAST = re.compile(rb"[A-Za-z_][A-Za-z0-9_.]*(?:Error|Exception|Group|Operation|Greenlet): ")
"""The last line of a traceback: its like has been read with all of it before, so its head is taken for granted."""
_VALUES = re.compile(rb"0x[0-9a-fA-F]+|[0-9]+")
