"""Lines that begin with a time: the time, the rest, and texts of several such lines taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from causebook.importers._dates import moment_in
from causebook.importers._pieces import Piece

_ANY_DAY = "2000-01-01"
"""Stands for the day of a time that has none, where only the time is asked for."""
_MOMENT = re.compile(
    r"[\d\s:./,+~–-]|UTC|GMT|CES?T|MES?Z|E[SD]T|P[SD]T|JST|MSK|МСК|Uhr|[ap]\.?m\.?|[hTZ年月日時时分点]", re.IGNORECASE
)


def is_moment(title: str) -> bool:
    """Whether a heading is a time and nothing else."""
    return bool(moment_in(title, _ANY_DAY)) and ":" in title and not _MOMENT.sub("", title).strip(" ()[]*`")


def stamp_of(piece: Piece) -> str:
    """The time that a log's line begins with, or that its heading is; empty where there is none."""
    if piece.kind not in {"item", "paragraph"}:
        return ""
    stamp, _ = stamped(piece.text)
    title = piece.path[-1] if piece.path else ""
    label = piece.label if is_moment(piece.label) else ""
    return stamp or label or (title if is_moment(title) else "")


def stamped(text: str) -> tuple[str, str]:
    """A log line's time and the rest."""
    match = re.match(
        r"^[*_\[( ]*([\d][^\n]{3,40}?)[\])]*(?:[:：]?\*\*[:：]?|[\])]|\s[-–—|]|[:：](?=\s))\s*(.*)", text, re.DOTALL
    )
    if match and moment_in(match[1], _ANY_DAY) and not _MOMENT.sub("", match[1]).strip(" ()[]*`,"):
        return match[1], match[2].strip()
    bare = _BARE_STAMP.match(text)
    return (bare[1], bare[2]) if bare and moment_in(bare[1], _ANY_DAY) else ("", text)


_BARE_STAMP = re.compile(
    r"^[*_\[( ]*((?:\d{4}-\d{2}-\d{2}[T ])?\d{1,2}:\d{2}(?::\d{2})?(?:\s?(?:UTC|GMT|CES?T|MES?Z|JST"
    r"|MSK|МСК|Uhr|[ap]m)\b)?)"
    r"[*_\])]*\s+(?![–—-]\s*\d)(.*)",
    re.DOTALL | re.IGNORECASE,
)


def apart(pieces: list[Piece]) -> Iterator[Piece]:
    """Pieces, a text of two or more lines that each begin with a time as one piece a moment."""
    for piece in pieces:
        lines = _lines(piece)
        starts = [n for n, line in enumerate(lines) if stamped(line.lstrip(" \t-*+>"))[0]]
        if len(starts) < 2 or starts[0] != 0:
            yield piece
            continue
        first = piece.first + (piece.kind == "fence")
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            text = "\n".join(line.strip() for line in lines[start:end]).strip()
            last = piece.last if end == len(lines) else first + end - 1
            at = piece.first if start == 0 else first + start
            yield replace(piece, text=text, raw=text, first=at, last=last, kind="paragraph", code=[])


def _lines(piece: Piece) -> list[str]:
    """The lines of a piece that may be a log: prose anywhere, fenced text only where a timeline is told."""
    if piece.kind == "paragraph" and not piece.label and "\n" in piece.text:
        return piece.text.split("\n")
    if piece.kind == "fence" and piece.field == "timeline" and len(piece.code) == 1:
        return piece.code[0].split("\n")
    return []
