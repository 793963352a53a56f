"""What the server answers over the Model Context Protocol, and how an answer is made short enough."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic_core import to_json

from causebook.errors import UsageError
from causebook.findings import printable
from causebook.markdown import headings
from causebook.playbook import Playbook
from causebook.search import Hit, shortened

MOST = 2400
"""Characters of an answer, about 600 tokens."""
_LINE = 160
"""Characters of a line of evidence."""
Answered = TypeVar("Answered", bound=BaseModel)


class Evidence(BaseModel):
    """A line of the output that shows the cause."""

    line: int
    text: str


class Past(BaseModel):
    """An incident of the project."""

    id: str
    title: str
    date: str
    status: str


class Cause(BaseModel):
    """A known cause that fits the output."""

    playbook: str | None
    incident: str | None
    title: str
    confidence: str
    score: float
    count: int
    evidence: list[Evidence]
    fix: list[str]
    incidents: list[Past]
    follows: list[str]
    rather: list[str]


class Diagnosed(BaseModel):
    """Known causes of an output, the likeliest first, and failures of which nothing is known."""

    known: bool
    matches: list[Cause]
    unknown: list[Evidence]
    note: str


class Found(BaseModel):
    """What a search found, the best first."""

    hits: list[Hit]
    total: int
    note: str


class EntryText(BaseModel):
    """A stretch of an entry's YAML."""

    id: str
    kind: str
    title: str
    date: str
    status: str
    path: str
    text: str
    next_offset: int | None
    note: str


class PlaybookText(BaseModel):
    """A stretch of a playbook's Markdown."""

    id: str
    title: str
    section: str
    sections: list[str]
    text: str
    next_offset: int | None
    note: str


class Why(BaseModel):
    """Whether a cause fits an output, and why or why not."""

    id: str
    fits: bool
    reasons: list[str]
    note: str


class Draft(BaseModel):
    """A draft that was written."""

    id: str
    path: str
    note: str


def fitted(candidates: Iterable[Answered]) -> Answered:
    """The first of ``candidates``, from long to short, that is no longer than ``MOST``; else the last."""
    for candidate in candidates:
        # As the SDK writes it into the text that a model reads.
        if len(to_json(candidate, indent=2).decode()) <= MOST:
            break
    return candidate


def diagnosed(data: dict[str, Any]) -> Iterator[Diagnosed]:
    """The answer, shorter each time: first the lesser causes lose detail, then they go, then the first loses some."""
    matches = data["matches"]
    rest = max(0, len(matches) - 1)
    for many, long in ((5, 300), (2, _LINE)):
        unknown = [evidence(failure, long) for failure in data["unknown"][:many]]
        yield answer([cause(match, 3, long, fix=360) for match in matches], unknown)
        first = [cause(match, 3, long, fix=360) for match in matches[:1]]
        for count in range(rest, -1, -1):
            brief = [cause(match, 1, _LINE, fix=0) for match in matches[1 : count + 1]]
            yield answer([*first, *brief], unknown, left=rest - count)
    for fix in (360, 200, 80):
        yield answer([cause(match, 1, fix // 2, fix=fix) for match in matches[:1]], unknown[:1], left=rest)


def answer(matches: list[Cause], unknown: list[Evidence], *, left: int = 0) -> Diagnosed:
    """Causes and unknown failures with a note on what to ask next; ``left`` causes were left out."""
    notes = []
    if not matches:
        notes.append("No playbook or incident fits; search may find something alike.")
    elif matches[0].playbook:
        notes.append(f"Why, and the fix as code: get_playbook({matches[0].playbook!r}).")
    if len(matches) > 1:
        notes.append("The others are less likely; where no fix stands, get_playbook has it.")
    if left:
        notes.append(f"{left} less likely left out: give a shorter part of the output.")
    return Diagnosed(known=bool(matches), matches=matches, unknown=unknown, note=" ".join(notes))


def evidence(found: dict[str, Any], long: int) -> Evidence:
    """A line of at most ``long`` characters."""
    return Evidence(line=found["line"], text=shortened(found["text"], long))


def cause(match: dict[str, Any], many: int, long: int, *, fix: int) -> Cause:
    """``many`` of each and ``long`` characters of a line; of each step of the fix ``fix`` characters."""
    return Cause(
        playbook=match["playbook"],
        incident=match.get("incident"),
        title=shortened(match["title"], 120),
        confidence=match["confidence"],
        score=match["score"],
        count=match["count"],
        evidence=[evidence(one, long) for one in match["evidence"][:many]],
        fix=[shortened(line, fix) for line in match["fix"][:3]] if fix else [],
        incidents=[
            Past(id=one["id"], title=shortened(one["title"], 120), date=one["date"], status=one["status"])
            for one in (match["incidents"][:many] if fix else ())
        ],
        follows=match.get("follows", [])[:5],
        rather=[
            shortened(f"{one['playbook']} if {one['when']}", long)
            for one in match.get("tell", ())[: many if fix else 0]
        ],
    )


def found(hits: Sequence[Hit], limit: int) -> Iterator[Found]:
    """At most ``limit`` of ``hits``, fewer each time."""
    for count in range(min(limit, len(hits)), -1, -1):
        shown = list(hits[:count])
        note = "get_entry and get_playbook read them." if hits else "Nothing found: try fewer or other words."
        if count < len(hits):
            more = "raise limit, or " if count == limit else ""
            note += f" {len(hits) - count} more left out: {more}add words."
        yield Found(hits=shown, total=len(hits), note=note)
        if count == 1:
            break


def pieces(text: str, offset: int, made: Callable[[str, int | None, str], Answered]) -> Iterator[Answered]:
    """A piece of ``text`` from ``offset``, shorter each time, up to the end of a line where one is near."""
    if offset and offset >= len(text):
        raise UsageError(f"the text has {len(text)} characters, offset is {offset}")
    for most in range(MOST - 200, 100, -100):
        piece = text[offset : offset + most]
        end = offset + len(piece)
        if end < len(text) and (newline := piece.rfind("\n")) > most // 2:
            end = offset + newline + 1
        after = end if end < len(text) else None
        note = f"Characters {offset} to {end} of {len(text)}; offset={end} gives what follows." if after else ""
        yield made(printable(text[offset:end]), after, note)


def section(playbook: Playbook, wanted: str) -> tuple[list[str], str, str]:
    """The names of the sections, and name and text of the one that is wanted.

    Raises:
        UsageError: there is no such section.
    """
    lines = playbook.body.strip().splitlines(keepends=True)
    found = [(h.text, h.line - 1) for h in headings("".join(lines)) if h.level == 2]
    names = [name for name, _ in found]
    asked = " ".join(wanted.lstrip("#").split()).casefold()
    if asked in {"", "all"}:
        return names, "all", "".join(lines)
    ends = [start for _, start in found[1:]] + [len(lines)]
    for (name, start), end in zip(found, ends, strict=True):
        if name.casefold() == asked:
            return names, name, "".join(lines[start:end]).rstrip() + "\n"
    raise UsageError(
        f"{playbook.id} has no section {shortened(wanted, 80)!r}", hint=f"sections: all, {', '.join(names)}"
    )


def why(name: str, told: Sequence[str], *, fits: bool) -> Iterator[Why]:
    """What speaks for or against a cause, fewer lines each time."""
    told = list(dict.fromkeys(told))  # two signatures may differ in the same way
    for count in range(len(told), 0, -1):
        reasons = [shortened(line, 300) for line in told[:count]]
        note = f"{len(told) - count} more reasons left out: give a shorter part of the output." if told[count:] else ""
        yield Why(id=name, fits=fits, reasons=reasons, note=note)
