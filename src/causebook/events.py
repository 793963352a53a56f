"""What a program's output says happened: exceptions, warnings, loop messages; never source lines or plain prints."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Origin = Literal["exception", "warning", "handler", "unraisable", "log"]
ORIGINS: tuple[Origin, ...] = ("exception", "warning", "handler", "unraisable", "log")

_HEAD = re.compile(r"([ |+]*)(?:Exception Group )?Traceback \(most recent call last\):")
_EXCEPTION = re.compile(r"([A-Za-z_][\w.]*)(?::(?: (.*))?)?$")
_WARNING = re.compile(r"\s*(?:<?\w[^\s:]*>?|/[^:]*|[A-Za-z]:\\[^:]*):\d+: (\w*Warning)(?:: (.*))?$")
_PYTEST_ERROR = re.compile(r"E {3,}(.*)$")
_LOG = re.compile(
    r"(?:CRITICAL|ERROR|WARNING) {1,5}[\w.]+:[\w.]+\.py:\d+ (.*)$|(?:CRITICAL|ERROR|WARNING):[\w.]+:(.*)$"
)
_HANDLER = re.compile(
    r"(?:Task was destroyed but it is pending!"
    r"|(?:Task|Future|Future/Task|_GatheringFuture) exception was never retrieved"
    r"|Unclosed (?:client session|connector|connection|response)"
    r"|Executing <.* took [0-9.]+ seconds"
    r"|Exception in callback .*"
    r"|unhandled exception during asyncio\.run\(\) shutdown"
    r"|an error occurred during closing of asynchronous generator .*"
    r"|Error on transport creation .*|Fatal (?:read|write) error on .*)$"
)
_IN_REPR = re.compile(r"(?:future|task): <.*exception=(\w+)\((.*)\)(?: created at .*)?>$")
_IGNORED = re.compile(r"(?:.*: PytestUnraisableExceptionWarning: )?Exception ignored in[: ]")
_MEMBER = re.compile(r"( *(?:\| *)*\+(?:-\+)?)-{4,} [0-9.]+ -{4,}$")
_TITLE = re.compile(r"_{3,} .* _{3,}")
_NO_FAIL = re.compile(r"file |\S+:\d+|[A-Za-z_]\w* += |\[gw\d+\]|[>E] |[-=_]{3,}|\+ ")
"""How a line under the title begins that is a place, a value of the traceback's head, or a traceback."""
_RULE = re.compile(r"[=_\-!]{3,}|[=_-]+ .* [=_-]+$")
_END = re.compile(r"During handling of the above exception|The above exception was the direct cause|Enable tracemalloc")
_MOST_LINES = 30
"""Lines of a message that are kept."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    origin: Origin
    type: str
    """Class of the exception or warning by its last name; empty where there is none."""
    message: str
    """Its text, perhaps of several lines."""
    line: int
    """Line of the output where it stands, from 1."""

    def __str__(self) -> str:
        """As Python would print it."""
        return f"{self.type}: {self.message}" if self.type and self.message else self.type or self.message


def decode(text: str) -> tuple[Event, ...]:
    """The events of ``text``, in its order; the same event said again right away counts once."""
    found: list[Event] = []
    for event in _Reader(text.splitlines()).events():
        if not found or (event.type, event.message) != (found[-1].type, found[-1].message):
            found.append(event)
    return tuple(found)


class _Reader:
    """Goes through lines once."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.at = 0
        self.ignored = False

    def events(self) -> Iterator[Event]:
        while self.at < len(self.lines):
            line, start = self.lines[self.at], self.at
            self.at += 1
            if head := _HEAD.match(line):
                yield from self._traceback(head[1])
            elif match := _PYTEST_ERROR.match(line):
                yield self._pytest(match[1], start)
            elif member := _MEMBER.match(line):
                yield from self._bare_member(member[1])
            elif _TITLE.fullmatch(line):
                yield from self._failed()
            elif _IGNORED.match(line.strip()):
                self.ignored = True
            else:
                yield from _single(line, start + 1)

    def _traceback(self, box: str) -> Iterator[Event]:
        """The exception that ends a traceback whose lines start with ``box``, an indent or the edge of a group."""
        origin: Origin = "unraisable" if self.ignored else "exception"
        self.ignored = False
        edge = box.replace("+", "|")
        while self.at < len(self.lines) and (rest := self._inside(edge)) is not None and rest.startswith((" ", "\t")):
            self.at += 1
        rest = self._inside(edge)
        match = _EXCEPTION.match(rest) if rest is not None else None
        if match is None:
            return
        start = self.at + 1
        self.at += 1
        message = [match[2] or ""]
        while len(message) < _MOST_LINES and (more := self._inside(edge)) and not _ends(more):
            message.append(more)
            self.at += 1
        yield Event(origin, match[1].rsplit(".", 1)[-1], "\n".join(message).strip(), start)

    def _bare_member(self, box: str) -> Iterator[Event]:
        """A member of an exception group that has no traceback of its own, or none where one follows."""
        edge = " " * (len(box) - 1) + "| "
        rest = self._inside(edge)
        match = _EXCEPTION.match(rest) if rest and not _HEAD.match(self.lines[self.at]) else None
        if match:
            self.at += 1
            yield Event("exception", match[1].rsplit(".", 1)[-1], match[2] or "", self.at)

    def _failed(self) -> Iterator[Event]:
        """What ``pytest.fail`` says without a traceback: it stands right under the title of the test."""
        line = self._inside("") or ""
        if line[:1].isspace() or not line or _HEAD.match(line) or _NO_FAIL.match(line):
            return
        start = self.at + 1
        message: list[str] = []
        while len(message) < _MOST_LINES and (more := self._inside("")) and not _ends(more):
            message.append(more)
            self.at += 1
        yield Event("exception", "Failed", "\n".join(message), start)

    def _inside(self, edge: str) -> str | None:
        """The next line without the edge; None at the end of the text, or outside of the box."""
        if self.at >= len(self.lines):
            return None
        line = self.lines[self.at]
        if line.startswith(edge):
            return line[len(edge) :]
        return "" if not line.strip() else None

    def _pytest(self, first: str, start: int) -> Event:
        """A block of ``E`` lines: the first line tells class and message."""
        block = [first]
        while self.at < len(self.lines) and (more := _PYTEST_ERROR.match(self.lines[self.at])):
            block.append(more[1])
            self.at += 1
        text = "\n".join(block[:_MOST_LINES])
        match = re.match(r"((?:[\w]+\.)*[A-Z]\w*)(?:: ?(.*)|$)", text, re.DOTALL)
        if match and (":" in first or not match[2]):
            return Event("exception", match[1].rsplit(".", 1)[-1], (match[2] or "").strip(), start + 1)
        return Event("exception", "AssertionError" if first.startswith("assert ") else "", text.strip(), start + 1)


def _ends(line: str) -> bool:
    """Whether ``line`` cannot belong to the message above it."""
    patterns = (_HEAD, _END, _RULE, _WARNING, _HANDLER, _IGNORED, _LOG)
    return any(pattern.match(line) for pattern in patterns)


def _single(line: str, number: int) -> Iterator[Event]:
    """The events of lines that stand by themselves."""
    if match := _WARNING.match(line):
        yield Event("warning", match[1], match[2] or "", number)
        return
    log = _LOG.match(line)
    text = (log[1] or log[2]) if log else line.strip()
    if _HANDLER.match(text):
        yield Event("handler", "", text, number)
    elif inner := _IN_REPR.match(text):
        yield Event("handler", inner[1], _plain(inner[2]), number)
    elif log:
        yield Event("log", "", text, number)


def _plain(text: str) -> str:
    """The message inside the ``repr`` of an exception."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return value if isinstance(value, str) else text
