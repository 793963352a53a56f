"""Numbers before and after, as pieces tell them: ``from 14 s to 2 s``, ``900ms → 120ms``, or a table of both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from causebook.importers._draft import Draft
from causebook.importers._lists import rows
from causebook.importers._pieces import Piece
from causebook.importers._vocabulary import vocabulary

_NUMBER = r"[~≈<>$€£]?\d[\d.,  ']{0,12}(?:/\d[\d.,]{0,8})?(?: ?(?:%|[^\W\d_]{1,12}))?"
_ARROW = re.compile(rf"({_NUMBER})\s*(?:→|->|=>|➜|⟶)\s*({_NUMBER})")
_WORDS = re.compile(
    rf"(?:\bfrom|\bvon|\bde|\bс|\bсо|从|由)\s*({_NUMBER})\s*(?:\bto|\bdown to|\bup to|\bauf|\bà|\ba|\bpara|\bдо"
    rf"|[升降提增减縮缩]?[升降高加少短至到为]{{1,2}})\s*({_NUMBER})|({_NUMBER})\s*から\s*({_NUMBER})",
    re.IGNORECASE,
)
_MOST = 12


def figures(text: str) -> Iterator[tuple[str, str, str]]:
    """Measure, value before and value after of each line that gives both; the measure is what stands before them."""
    for line in text.split("\n"):
        match = _ARROW.search(line[:300]) or _WORDS.search(line[:300])
        if match is None:
            continue
        before, after = (one.strip(" ,.") for one in match.groups() if one)
        head = re.sub(r"[*_`]+|^\W+|[\s:：(,，—–-]+$", "", line[: match.start()]).strip(" :：,，(-–—|")
        head = re.sub(r"[\s:：(,，—–-]+$", "", head)
        if (
            re.search(r"[^\W\d]", head)
            and len(head) < 120
            and before != after
            and not re.search(r"\d{4}-\d\d|:\d\d", match[0])
        ):
            yield head, before, after


def _of_table(piece: Piece) -> list[tuple[str, str, str]]:
    """Rows of a table whose head says before and after."""
    head, *body = rows(piece.text) or [[]]
    before = next((n for n, c in enumerate(head) if n and vocabulary().holds("before", c)), None)
    after = next((n for n, c in enumerate(head) if n and vocabulary().holds("after", c)), None)
    if before is None or after is None or before == after:
        return []
    wide = [row for row in body if len(row) > max(before, after) and row[0] and row[before] and row[after]]
    return [(row[0], row[before], row[after]) for row in wide]


def _found(pieces: list[Piece]) -> list[tuple[Piece, tuple[str, str, str]]]:
    out = []
    for piece in pieces:
        if piece.kind == "fence":
            continue
        told = (
            _of_table(piece)
            if piece.kind == "table"
            else list(figures(f"{piece.label}: {piece.text}" if piece.label else piece.text))
        )
        out += [(piece, one) for one in told]
    return out[:_MOST]


def progress(draft: Draft) -> None:
    """Set what a session moved from where to where."""
    found = _found(draft.of("outcome", "", "notes", "summary", "verification"))
    made = [
        {"measure": measure[:400], "before": before[:400], "after": after[:400]}
        for _, (measure, before, after) in found
    ]
    draft.put("progress", made, [])
    _take(found)


def evidence(draft: Draft) -> None:
    """Set the measurements that show what an incident's fix changed."""
    found = _found(draft.of("", "notes", "outcome", "verification"))
    made: list[dict[str, Any]] = [
        {"id": f"E{n}", "kind": "measurement", "note": measure, "before": before, "after": after}
        for n, (_, (measure, before, after)) in enumerate(found, 1)
    ]
    draft.put("evidence", made, [])
    _take(found)


def _take(found: list[tuple[Piece, tuple[str, str, str]]]) -> None:
    """A piece that says nothing more than its figures need not be kept in notes."""
    for piece, (measure, before, after) in found:
        said = len(re.findall(r"\w+", f"{measure} {before} {after}"))
        if (
            piece.kind != "table"
            and piece.field in {"", "notes"}
            and said * 5 >= len(re.findall(r"\w+", piece.raw)) * 4
        ):
            piece.field = "placed"
