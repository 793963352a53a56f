"""What a program's output says happened: exceptions, warnings, loop messages; never source lines or plain prints.

The rules stand in the same words in the page that diagnoses in the browser; see ``decode``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from causebook import decode as wrapping
from causebook import places
from causebook.decode import Line
from causebook.event import Event, Origin
from causebook.places import frame, tail

_ID = "[A-Za-z_][A-Za-z0-9_]*"
_HEAD = re.compile(r"([ |+]*)([^'\"`]{0,120}?)(Exception Group )?[Tt]raceback \(most recent call last\):?[ ─╮]*$")
_EXCEPTION = re.compile(rf"({_ID}(?:\.(?:<locals>|{_ID}))*)(?::(?: (.*))?)?$")
_WARNING = re.compile(
    r" *(?:<?[A-Za-z0-9_.][^ :\t]*>?|/[^:]*|[A-Za-z]:\\[^:]*):[0-9]+: ([A-Za-z0-9_.]*Warning)(?:: (.*))?$"
)
_PYTEST_ERROR = re.compile(r"E {3,}(.*)$")
_PYTEST_LINE = re.compile(rf"(?:[A-Za-z]:)?[^ :]+\.py:[0-9]+: ({_ID}(?:\.{_ID})*): (.*)$")
_SUMMARY = re.compile(
    rf"(?:FAILED|ERROR) [^ ]+(?: .*?)?(?:::[^ ]+| )(?:.*?) - ((?:{_ID}\.)*[A-Z][A-Za-z0-9_]*)(?:: (.*))?$"
)
_LEVEL = "(?:CRITICAL|ERROR|WARNING|WARN|FATAL|error|warning)"
_LOG = re.compile(
    rf"{_LEVEL} {{1,5}}[A-Za-z0-9_.]+:[A-Za-z0-9_.]+\.py:[0-9]+ (.*)$|{_LEVEL}:[A-Za-z0-9_.]+:(.*)$"
    rf"|{_LEVEL} {{1,5}}\[[^\]]*\]:? (.*)$"
)
_RECORD = re.compile(rf".{{0,90}}?(?:^|[ \[(:|]){_LEVEL}(?:/[A-Za-z0-9_-]+)?[\])]?(?:[ :|-]|$)[ :|-]*(.*)$")
_LOGGER = re.compile(
    r"(?:\([^()]*\) *)?"
    r"(?:\[[^\]]*\]|[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)+(?::[A-Za-z0-9_<>]+)*(?::[0-9]+)?)(?: *[-:|]+ *| +)"
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
_IN_REPR = re.compile(r"(?:future|task): <.*exception=([A-Za-z_][A-Za-z0-9_]*)\((.*)\)(?: created at .*)?>$")
_IGNORED = re.compile(r"(?:.*: PytestUnraisableExceptionWarning: )?Exception ignored (?:in|on|while)\b")
_MEMBER = re.compile(r"( *(?:\| *)*\+(?:-\+)?)-{4,} [0-9.]+ -{4,}$")
_TITLE = re.compile(r"_{3,} .* _{3,}")
_NO_FAIL = re.compile(rf"file |[^ ]+:[0-9]+|{_ID} += |\[gw[0-9]+\]|[>E] |[-=_]{{3,}}|\+ ")
"""How a line under the title begins that is a place, a value of the traceback's head, or a traceback."""
_RULE = re.compile(r"[=_\-!]{3,}|[=_-]+ .* [=_-]+$")
_CHAINED = re.compile(r"During handling of the above exception|The above exception was the direct cause")
_ENABLE = re.compile(r"(?:[A-Za-z]*Warning: )?Enable tracemalloc")
_SOURCE = re.compile(r"(?:-+> *[0-9]+| *[0-9]+ | *❱|[ \t])")
_ARROW = re.compile(r"-+> *[0-9]+ ")
IPYTHON = "IPython:traceback"
"""Stands among the frames of a traceback that is drawn as IPython draws them."""
_CUT = re.compile(r" *(?:\.\.\.|…|<[a-z ]*(?:cut|omitted|snip)[a-z ]*>|\[Previous line repeated|\[\.\.\.\])")
_SURE = re.compile(
    r"(?:Error|Exception|Warning|Group|Interrupt|Exit|Greenlet|Operation|Closed|Refused|Timeout|Cancelled|Failed)$"
)
_REPR = re.compile(rf"\b({_ID}(?:Error|Exception|Operation|Greenlet|Warning|Failure|Exit))\((['\"])(.*)\2,?\)")
_PARENS = re.compile(rf"\b({_ID}(?:Error|Exception|Operation|Greenlet)) \((.*)\)$")
CODE = re.compile(
    r"\b(?:raise|assert|def|return|class|import|lambda|in str)\b|\bmatch=|==|\"\"\"|^ *[#>]|\bprint\("
    r"|\b(?:pytest|log|logger|logging|warnings|self)\.[a-z_]+\("
)
"""A line of source: it quotes a message, and does not say it."""
_MOST_LINES = 30
"""Lines of a message that are kept."""
_LOST_SOURCE = 80
"""Lines of a traceback without indentation that are read in search of its last line."""
_MOSTFRAMES = 400


def decode(text: str) -> tuple[Event, ...]:
    """The events of ``text``, in its order; the same event said again right away counts once.

    Lines that may just as well have been printed are none.
    """
    return tuple(event for event in read(text) if event.origin not in {"text", "summary"})


def read(text: str, loose: Callable[[str], bool] | None = None) -> tuple[Event, ...]:
    """As ``decode``, and what a line says by itself; of lines that say nothing else, those that ``loose`` asks for."""
    return read_lines(wrapping.lines(text), loose)


def read_lines(lines: Sequence[Line], loose: Callable[[str], bool] | None = None) -> tuple[Event, ...]:
    """The events of lines that have lost their wrapping."""
    found: list[Event] = []
    for event in _Reader(lines, loose).events():
        last = found[-1] if found else None
        if last is None or not _same(last, event):
            found.append(event)
        elif not last.frames:
            found[-1] = replace(last, frames=event.frames, header=last.header or event.header, chain=event.chain)
    return tuple(found)


def _same(last: Event, event: Event) -> bool:
    """Whether ``event`` says again what the one before it said: a handler first, then the traceback it is about."""
    told = (event.type, event.message) == (last.type, last.message) and bool(event.type or event.message)
    again = last.origin == "handler" and event.origin == "exception"
    return told and (again or (event.origin == last.origin and event.line - last.line <= _RIGHT_AWAY))


_RIGHT_AWAY = 2
"""Lines between an event and the same said again."""


class _Reader:
    """Goes through lines once."""

    def __init__(self, lines: Sequence[Line], loose: Callable[[str], bool] | None) -> None:
        self.lines = lines
        self.loose = loose
        self.at = 0
        self.header = ""
        self.header_at = 0
        self.chain = 0
        self.chained = False

    def events(self) -> Iterator[Event]:
        while self.at < len(self.lines):
            line = self.lines[self.at].text
            start = self.at
            self.at += 1
            yield from self._line(line, start)
        yield from self._ignored()

    def _line(self, line: str, start: int) -> Iterator[Event]:
        if head := _HEAD.match(line):
            yield from self._head(head)
        elif match := _PYTEST_ERROR.match(line):
            yield self._pytest(match[1], start)
        elif member := _MEMBER.match(line):
            self.chained = True
            yield from self._bare_member(member[1])
        elif _TITLE.fullmatch(line):
            self.chained = False
            yield from self._failed()
        elif _IGNORED.match(line.strip(" ")):
            yield from self._ignored()
            self.header, self.header_at = line.strip(" "), start
        elif _CHAINED.search(line):
            self.chained = True
        elif not places.FRAMES[6].match(line) and frame(line):
            self.at = start
            yield from self._traceback(_box(line), lost=not line.startswith((" ", "|")))
        elif line:
            yield from self._single(line, start)

    def _ignored(self) -> Iterator[Event]:
        """What was ignored, where nothing more is told of it."""
        if _IGNORED.match(self.header):
            yield Event("unraisable", "", "", self._number(self.header_at), header=self.header)
        self.header = ""

    def _number(self, at: int) -> int:
        return self.lines[min(at, len(self.lines) - 1)].number if self.lines else 1

    def _link(self) -> int:
        """The number of the chain of the next exception."""
        if not self.chained:
            self.chain += 1
        self.chained = False
        return self.chain

    def _head(self, head: re.Match[str]) -> Iterator[Event]:
        """A traceback; its head may follow a log's prefix, or the exception's name as in a notebook."""
        prefix = head[2].strip(" :╭─")
        if prefix and not _IGNORED.match(self.header):
            self.header = prefix
        yield from self._traceback(head[1])

    def _traceback(self, box: str, *, lost: bool = False) -> Iterator[Event]:
        """The exception that ends a traceback whose lines start with ``box``, an indent or the edge of a group."""
        edge = box.replace("+", "|")
        frames: list[str] = []
        source = unread = 0
        while self.at < len(self.lines) and (rest := self._inside(edge)) is not None:
            line = rest
            if place := frame(line):
                if len(frames) < _MOSTFRAMES:
                    frames.append(place)
                lost = lost or not line.startswith(" ")
                source = 2 if not line.startswith(" ") else 0
            elif not line or _SOURCE.match(line) or _CUT.match(line):
                if _ARROW.match(line) and IPYTHON not in frames:
                    frames.append(IPYTHON)
            elif (event := self._end(edge, line, frames, sure=source != 2)) is not None:
                yield event
                return
            elif (
                _HEAD.match(line)
                or _ends(line)
                or _PYTEST_ERROR.match(line)
                or (not lost and not source)
                or unread > _LOST_SOURCE
            ):
                break
            else:
                unread += 1
            source = max(0, source - 1) if not place else source
            self.at += 1
        self.header = "" if not _IGNORED.match(self.header) else self.header

    def _end(self, edge: str, line: str, frames: list[str], *, sure: bool) -> Event | None:
        """The exception that ``line`` tells, at the end of a traceback."""
        match = _EXCEPTION.match(line)
        if match is None or not (sure or (match[2] is not None and _SURE.search(match[1]))):
            return None
        if not _type_like(match[1], told=match[2] is not None):
            return None
        number = self._number(self.at)
        self.at += 1
        message = [match[2] or ""]
        while len(message) < _MOST_LINES and (more := self._inside(edge)) and not _ends(more):
            message.append(more)
            self.at += 1
        if message == [""] and line.endswith(":"):
            self._skip_blank()
            if (more := self._inside(edge)) and not _ends(more) and not _EXCEPTION.match(more):
                message.append(more)
                self.at += 1
        origin: Origin = "unraisable" if _IGNORED.match(self.header) else "exception"
        header, self.header = self.header, ""
        return Event(
            origin, _last(match[1]), "\n".join(message).strip(" \n"), number, tuple(frames), header, self._link()
        )

    def _skip_blank(self) -> None:
        if self.at + 1 < len(self.lines) and not self.lines[self.at].text.strip(" "):
            self.at += 1

    def _bare_member(self, box: str) -> Iterator[Event]:
        """A member of an exception group that has no traceback of its own, or none where one follows."""
        edge = " " * (len(box) - 1) + "| "
        rest = self._inside(edge)
        match = _EXCEPTION.match(rest) if rest and not _HEAD.match(self.lines[self.at].text) else None
        if match:
            self.at += 1
            yield Event("exception", _last(match[1]), match[2] or "", self._number(self.at - 1), chain=self._link())

    def _failed(self) -> Iterator[Event]:
        """What ``pytest.fail`` says without a traceback: it stands right under the title of the test."""
        line = self._inside("") or ""
        if line[:1] in {" ", "\t", ""} or _HEAD.match(line) or _NO_FAIL.match(line):
            return
        start = self.at
        message: list[str] = []
        while len(message) < _MOST_LINES and (more := self._inside("")) and not _ends(more):
            message.append(more)
            self.at += 1
        yield Event("exception", "Failed", "\n".join(message), self._number(start), chain=self._link())

    def _inside(self, edge: str) -> str | None:
        """The next line without the edge; None at the end of the text, or outside of the box."""
        if self.at >= len(self.lines):
            return None
        line = self.lines[self.at].text
        if line.startswith(edge):
            return line[len(edge) :]
        return "" if not line.strip(" |") else None

    def _pytest(self, first: str, start: int) -> Event:
        """A block of ``E`` lines: the first line tells class and message."""
        block = [first]
        while self.at < len(self.lines) and (more := _PYTEST_ERROR.match(self.lines[self.at].text)):
            block.append(more[1])
            self.at += 1
        text = "\n".join(block[:_MOST_LINES])
        match = re.match(rf"((?:{_ID}\.)*[A-Z][A-Za-z0-9_]*)(?:: ?((?:.|\n)*)|$)", text)
        number, frames, chain = self._number(start), self._around(start), self._link()
        if match and (":" in first or not match[2]):
            return Event("exception", _last(match[1]), (match[2] or "").strip(" \n"), number, frames, "", chain)
        kind = "AssertionError" if first.startswith("assert ") else ""
        return Event("exception", kind, text.strip(" \n"), number, frames, "", chain)

    def _around(self, start: int) -> tuple[str, ...]:
        """The places that pytest's long style tells before and after the ``E`` lines of one failure."""
        found: list[str] = []
        for at in range(max(0, start - 120), start):
            line = self.lines[at].text
            if _TITLE.fullmatch(line) or line.startswith("E  "):
                found = []
            elif match := places.PLACE.match(line):
                found.append(f"{tail(match[1])}:")
            elif match := places.FRAMES[6].match(line):
                found.append(f"{tail(match[1])}:{match[2]}")
        for at in range(self.at, min(len(self.lines), self.at + 3)):
            if match := places.PLACE.match(self.lines[at].text):
                found.append(f"{tail(match[1])}:")
        return tuple(found)

    def _single(self, line: str, start: int) -> Iterator[Event]:
        """The events of lines that stand by themselves."""
        number = self._number(start)
        if match := _WARNING.match(line):
            yield Event("warning", _last(match[1]), match[2] or "", number)
            return
        text, log = _record(line)
        if _HANDLER.match(text):
            self.header, self.header_at = text, start
            yield Event("handler", "", text, number)
        elif inner := _IN_REPR.match(text):
            yield Event("handler", inner[1], _plain(inner[2]), number)
        elif log and (match := _LOG.match(line)):
            yield Event("log", "", match[1] or match[2] or match[3] or "", number)
        elif (match := _PYTEST_LINE.match(line)) and _type_like(match[1], told=True):
            yield Event("text", _last(match[1]), match[2], number)
        elif line.startswith(("FAILED ", "ERROR ")) and (match := _SUMMARY.match(line)):
            yield Event("summary", _last(match[1]), match[2] or "", number)
        else:
            yield from self._text(line, text, start)

    def _text(self, line: str, text: str, start: int) -> Iterator[Event]:
        """What a line says that may just as well have been printed."""
        number = self._number(start)
        match = _EXCEPTION.match(text.lstrip(" |"))
        if match and match[2] is not None and _type_like(match[1], told=True) and "." not in match[1].rstrip("."):
            match = match if _SURE.search(match[1]) else None
        if match and (_SURE.search(match[1]) or "." in match[1]) and _type_like(match[1], told=match[2] is not None):
            message = match[2] or ""
            if not message and text.endswith(":") and (more := self._next()):
                message = more
            if message or ":" in text:
                follow = self._inside("") or ""
                whole = f"{message}\n{follow}" if follow and not _ends(follow) and not frame(follow) else message
                yield Event("text", _last(match[1]), whole, number)
                return
        if CODE.search(line):
            return
        if match := _REPR.search(text):
            yield Event("text", match[1], _plain(match[2] + match[3] + match[2]), number)
        elif match := _PARENS.search(text):
            yield Event("text", match[1], match[2], number)
        if self.loose is not None and self.loose(text):
            yield Event("log", "", text.strip(" |"), number)

    def _next(self) -> str:
        """The next line that is not empty."""
        for at in range(self.at, min(self.at + 2, len(self.lines))):
            if plain := self.lines[at].text.strip(" |"):
                return plain
        return ""


def _box(line: str) -> str:
    """The edge of the group that a line stands in, with the indent of what is inside."""
    match = re.match(r"((?: *\|)*) *", line)
    return f"{match[1]} " if match and "|" in match[1] else ""


def _record(line: str) -> tuple[str, bool]:
    """The message of a log record, and whether it is one; of any other line itself."""
    if match := _LOG.match(line):
        return match[1] or match[2] or match[3] or "", True
    plain = line.strip(" ")
    match = _RECORD.match(plain)
    if match is None:
        return plain, False
    text = match[1]
    while logger := _LOGGER.match(text):
        text = text[logger.end() :]
    return text, False


def _ends(line: str) -> bool:
    """Whether ``line`` cannot belong to the message above it."""
    patterns = (_HEAD, _CHAINED, _ENABLE, _RULE, _WARNING, _HANDLER, _IGNORED, _LOG, _IN_REPR, _PYTEST_ERROR)
    return any(pattern.match(line) for pattern in patterns) or bool(_STAMPED.match(line))


_STAMPED = re.compile(r"\[?[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}|(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)[ :]")


def _type_like(name: str, *, told: bool) -> bool:
    """Whether ``name`` can be a class: by convention they start with a capital, a few of the library's do not."""
    last = _last(name).lstrip("_")
    return last[:1].isupper() or ("." in name and told) or last in {"timeout", "error", "gaierror", "herror"}


def _last(name: str) -> str:
    return name.rsplit(".", 1)[-1]


def _plain(text: str) -> str:
    """The message inside the ``repr`` of an exception: of one string; anything else as it is."""
    if len(text) < 2 or text[0] not in "'\"" or text[-1] != text[0]:
        return text
    inner = text[1:-1]
    if re.search(rf"(?:^|[^\\])(?:\\\\)*{text[0]}", inner):
        return text  # more than one argument
    return re.sub(r"\\(['\"\\nt])", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), inner)
