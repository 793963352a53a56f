"""From exceptions at hand to events: what ``events`` reads out of a traceback's text, taken from the objects instead.

What goes from one process to another is plain data, for a test run may be spread over several.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from causebook.cause import Report
from causebook.decode import Line
from causebook.event import Event
from causebook.matcher import Matcher
from causebook.places import tail

Plain = tuple[str, str, tuple[str, ...]]
"""Class, message and frames of an exception."""
_MOST_LINKS = 200
_MOST_EVENTS = 400
_MOST_FRAMES = 400
_MOST_DEPTH = 20
_MOST_MESSAGE = 8192
_MOST_LINES = 30
_HARNESS = ("_pytest/", "pluggy/")
"""Where a traceback passes through pytest itself, which its own output leaves out too."""
_MOST_TEXT = 60_000
"""Characters that are read of what was said beside a failure."""


def plain(value: BaseException) -> list[Plain]:
    """``value`` and all it is made of: the root of the chain first, members of a group after the group."""
    found: list[Plain] = []
    for one in _walk(value, set(), 0):
        if len(found) >= _MOST_EVENTS:
            break
        # What pytest wraps around a failed import tells the same error again, as text.
        if type(one).__name__ != "CollectError" or one.__cause__ is None:
            found.append((*_said(one), tuple(_frames(one))))
    return found


def _walk(value: BaseException, seen: set[int], depth: int) -> Iterator[BaseException]:
    for one in reversed(_links(value, seen)):
        yield one
        if depth < _MOST_DEPTH:
            for member in _members(one):
                yield from _walk(member, seen, depth + 1)


def _links(value: BaseException, seen: set[int]) -> list[BaseException]:
    """The chain of ``value``, itself first; exceptions can be chained in a circle, and each is told once."""
    links: list[BaseException] = []
    link: BaseException | None = value
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        links.append(link)
        hidden = link.__suppress_context__
        link = link.__cause__ if link.__cause__ is not None or hidden else link.__context__
    half = _MOST_LINKS // 2
    return links if len(links) <= _MOST_LINKS else links[:half] + links[-half:]


def _members(value: BaseException) -> tuple[BaseException, ...]:
    """Of a group: Python's own, what stands in for it before Python 3.11, and what doctest wraps around an error."""
    if type(value).__name__ == "UnexpectedException":
        members: Any = getattr(value, "exc_info", ())[1:2]
    else:
        members = getattr(value, "exceptions", None)
    if not isinstance(members, (tuple, list)) or not all(isinstance(one, BaseException) for one in members):
        return ()
    return tuple(members)


def _said(value: BaseException) -> tuple[str, str]:
    """Class and message. A class may fail to make its own text, which is not the failure that is asked about."""
    kind = type(value).__name__
    try:
        if kind == "FixtureLookupError":  # its own text is a repr; pytest prints this, without a class
            told = value.formatrepr().errorstring  # type: ignore[attr-defined]
            return "", _sound(str(told).split("\n", 1)[0].strip())
        return kind, _sound(str(value)[:_MOST_MESSAGE].strip(" \n"))
    except Exception:  # noqa: BLE001 - whatever the code of a user raises here
        return kind, ""


def _sound(text: str) -> str:
    """``text`` that can be sent as UTF-8: messages made of bytes may hold halves of surrogate pairs."""
    return text.encode("utf-8", "backslashreplace").decode()


def _frames(value: BaseException) -> Iterator[str]:
    """Places from the outermost to the innermost, each once: an endless recursion repeats a few of them."""
    seen: dict[str, None] = {}
    names: dict[str, str] = {}
    link = value.__traceback__
    while link is not None and len(seen) < _MOST_FRAMES:
        code = link.tb_frame.f_code
        if code.co_filename not in names:
            names[code.co_filename] = _sound(tail(code.co_filename))
        place = names[code.co_filename]
        if not place.startswith(_HARNESS):
            seen[f"{place}:{code.co_name}"] = None
        link = link.tb_next
    yield from seen


def reports(
    matcher: Matcher, exceptions: Iterable[Sequence[Any]], beside: Iterable[tuple[str, str]]
) -> tuple[Report, Report]:
    """The exceptions by themselves, and together with what was said beside.

    ``exceptions`` are as ``plain`` gives them. ``beside`` holds pairs: the class of a warning and its message, or an
    empty class and any output. It comes after the exceptions, as in what pytest prints.
    """
    events: list[Event] = []
    lines: list[Line] = []
    for kind, message, frames in exceptions:
        # One failure is one chain: what is known of a part of it is known of the whole.
        event = Event("exception", kind, message, _last(lines) + 1, tuple(frames), "", 1)
        events.append(event)
        lines += _lines(str(event), _last(lines))
    alone = Report(tuple(events), tuple(lines))
    for kind, text in beside:
        if kind:
            events.append(Event("warning", kind, _sound(text), _last(lines) + 1))
            lines += _lines(str(events[-1]), _last(lines))
        else:
            more, start, chains = matcher.read(_cut(text)), _last(lines), max((e.chain for e in events), default=0)
            events += [replace(e, line=e.line + start, chain=e.chain and e.chain + chains) for e in more.events]
            lines += [Line(line.text, line.number + start) for line in more.lines]
    return alone, Report(tuple(events), tuple(lines))


def _last(lines: Sequence[Line]) -> int:
    return lines[-1].number if lines else 0


def _lines(text: str, start: int) -> list[Line]:
    return [Line(line, start + n) for n, line in enumerate(text.split("\n")[:_MOST_LINES], 1)]


def _cut(text: str) -> str:
    """The start and the end of a long text: the first thing that goes wrong, and the last."""
    if len(text) <= _MOST_TEXT:
        return text
    return f"{text[: _MOST_TEXT // 3]}\n…\n{text[-2 * _MOST_TEXT // 3 :]}"
