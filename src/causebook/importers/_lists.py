"""Pieces -> the lists of an entry: lessons, timeline, steps, files."""

from __future__ import annotations

import itertools
import re
import textwrap
from typing import Any

from causebook.importers._dates import day_in, moment_in
from causebook.importers._evidence import file_refs
from causebook.importers._pieces import Piece
from causebook.importers._sections import Section
from causebook.importers._stamps import stamped
from causebook.importers._vocabulary import normal, vocabulary

_NUMBERED = re.compile(r"^\W{0,3}(?:\d{1,2}[.):、]|#\d)\s*|^[①-⑳]")


def groups(pieces: list[Piece]) -> list[list[Piece]]:
    """Pieces as the things they tell of: an item, paragraph or numbered heading with the fences and so on below it."""
    out: list[list[Piece]] = []
    for piece in pieces:
        inside = bool(out) and out[-1][0].kind == "head" and piece.path[: len(out[-1][0].path)] == out[-1][0].path
        follows = bool(out) and piece.kind in {"fence", "quote", "table"} and piece.section is out[-1][-1].section
        if piece.kind != "head" and (inside or follows):
            out[-1].append(piece)
        else:
            out.append([piece])
    return out


def text_of(pieces: list[Piece]) -> str:
    """The text of a group as it stands, marks of its own list aside."""
    return "\n".join(textwrap.dedent(p.text).strip("\n") for p in pieces if p.text.strip()).strip()


def rows(text: str) -> list[list[str]]:
    """The cells of a table, its rule left out."""
    found = []
    for line in text.split("\n"):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if not all(re.fullmatch(r":?-*:?", cell) for cell in cells):
            found.append(cells)
    return found


def lessons(pieces: list[Piece]) -> list[dict[str, Any]]:
    """Lessons: a numbered heading with what stands below it, else each item and paragraph."""
    numbered = {
        id(p.section) for p in pieces if p.kind == "head" and (_NUMBERED.match(p.text) or len(p.text.split()) > 6)
    }
    numbered |= {id(p.section) for p in pieces if p.kind == "paragraph"}  # headings over lists only sort them
    kept = [p for p in pieces if p.kind != "head" or id(p.section) in numbered]
    beside = _beside(kept)
    made: list[dict[str, Any]] = []
    for group in _joined_singles(groups(kept)):
        section = group[0].section
        if id(group[0]) in beside:
            continue
        if group[0].kind == "head" or (section is not None and _is_single(section) and group[0].kind == "paragraph"):
            one = {"rule": group[0].text}
            if len(group) > 1:
                one["because"] = text_of(group[1:])
            made.append(one)
        elif group[0].kind == "table":
            made += [{"rule": " — ".join(cell for cell in row if cell)} for row in rows(text_of(group))[1:] if any(row)]
        else:
            made.append({"rule": text_of(group)})
    return [one for one in made if one["rule"]]


def _is_single(section: Section) -> bool:
    """Whether a heading says that one lesson stands below it: "The final lesson"."""
    return section.own == "lessons" and normal(section.title) in vocabulary().words.get("one_lesson", ())


def _joined_singles(told: list[list[Piece]]) -> list[list[Piece]]:
    """Groups, those of a section that holds one lesson and begins in prose as one."""
    out: list[list[Piece]] = []
    for group in told:
        first = out[-1][0] if out else None
        section = group[0].section
        if (
            first
            and first.kind == "paragraph"
            and section is first.section
            and section is not None
            and _is_single(section)
        ):
            out[-1].extend(group)
        else:
            out.append(list(group))
    return out


def _beside(pieces: list[Piece]) -> set[int]:
    """Paragraphs that lead to the items of a list, or close it without teaching anything themselves."""
    sections: dict[int, list[Piece]] = {}
    for piece in pieces:
        sections.setdefault(id(piece.section), []).append(piece)
    found: set[int] = set()
    for inside in sections.values():
        items = [n for n, p in enumerate(inside) if p.kind == "item"]
        if not items or (
            inside[0].section is not None and inside[0].kind == "paragraph" and _is_single(inside[0].section)
        ):
            continue
        for n, piece in enumerate(inside):
            listed = n + 1 < len(inside) and inside[n + 1].kind == "item"
            closes = n > items[-1] > items[0] and not piece.label and not _teaches(piece.text)
            if piece.kind == "paragraph" and (closes or (listed and leads(piece))):
                found.add(id(piece))
    return found


def _teaches(text: str) -> bool:
    return vocabulary().holds("cues.lessons", text) or vocabulary().holds("teaches", text)


def leads(piece: Piece) -> bool:
    """Whether a paragraph ends by announcing what follows it."""
    return piece.kind == "paragraph" and piece.text.rstrip(" *_").endswith((":", "："))


def timeline(pieces: list[Piece], day: str | None) -> tuple[list[dict[str, Any]], list[Piece]]:
    """Moments with a date, in the order of the document; and what has none."""
    made: list[dict[str, Any]] = []
    rest: list[Piece] = []
    context = day
    for group in groups(pieces):
        first = group[0]
        if first.kind == "table":
            told = [(_moment_of(row, context), row) for row in rows(first.text)]
            if sum(at is not None for at, _ in told) * 2 < len(told):
                rest += group
                continue
            made += [{"at": at, "event": "note", "note": " | ".join(c for c in row if c)} for at, row in told if at]
            continue
        text = text_of(group)
        at = moment_in(stamped(text.lstrip("`- "))[0] or text.lstrip("*_[(`- "), context)
        if at and at == text.strip("* :"):
            context = at[:10]
            rest.append(first)
        elif at:
            context = at[:10]
            made.append({"at": at, "event": "note", "note": text})
        elif first.kind == "head" and day_in(first.text):
            context = day_in(first.text)
            rest += group
        elif made and first.kind in {"paragraph", "fence", "quote"}:
            made[-1]["note"] += f"\n{text}"
        else:
            rest += group
    return made, rest


def _moment_of(row: list[str], day: str | None) -> str | None:
    return moment_in(row[0].lstrip("*_[( "), day) if row else None


def steps(pieces: list[Piece]) -> list[tuple[str, bool | None]]:
    """What is to be done, and whether it is: each item, numbered heading, paragraph or row."""
    made: list[tuple[list[str], bool | None]] = []
    measured = False
    boxed = {id(p.section) for p in pieces if p.checked is not None}
    kept = [p for p in pieces if p.kind != "head" or (_NUMBERED.match(p.text) and id(p.section) not in boxed)]
    told = groups(kept)
    for group, after in itertools.zip_longest(told, told[1:]):
        first, text = group[0], text_of(group)
        listed = bool(after) and after[0].kind == "item" and after[0].section is first.section
        if first.kind != "item":
            measured = False
        label = bool(first.label) and leads(first) and first.text.strip(" *_:：") == first.label.strip(" *_:：")
        if label and (listed or len(group) > 1):  # what it says is said by the list below it
            measured = bool(made) and listed and _measures(first.label)
            if measured:
                made[-1][0].append(text)
        elif measured:
            made[-1][0].append(f"- {text}")
        elif first.kind == "table":
            made += [
                ([" | ".join(cell for cell in row if cell)], _done(" ".join(row))) for row in rows(text)[1:] if any(row)
            ]
        elif made and first.kind not in {"item", "paragraph"}:
            made[-1][0].append(text)
        elif text:
            made.append(([text], first.checked if first.checked is not None else _done(first.text[:12])))
    return [("\n".join(parts), done) for parts, done in made]


def _measures(label: str) -> bool:
    """Whether a label stands over what shows that a step is done."""
    match = vocabulary().field_of(label)
    return match is not None and match.exact and match.field in {"criteria", "verification"}


def _done(text: str) -> bool | None:
    return True if re.search("[✅✔☑]", text) else False if re.search("[❌⬜☐⏳]", text) else None


def _file_rows(text: str, made: dict[str, dict[str, Any]]) -> None:
    """Files of a table, each with the other cells of its row."""
    for row in rows(text):
        refs = file_refs(" ".join(row))
        for ref in refs:
            made.setdefault(ref["path"], ref)
        said = " | ".join(cell for cell in row if cell)
        if refs and len(row) > 1:
            made[refs[0]["path"]].setdefault("note", said)


def files(pieces: list[Piece]) -> tuple[list[dict[str, Any]], list[Piece]]:
    """Files with what is said of each, and the pieces that name none."""
    made: dict[str, dict[str, Any]] = {}
    rest: list[Piece] = []
    for group in groups(pieces):
        if group[0].kind == "table":
            _file_rows(text_of(group), made)
            continue
        if not text_of(group):
            continue  # a label that stands over the files
        named = file_refs(text_of(group).split("\n", 1)[0]) or file_refs(text_of(group))
        if not named:
            rest += group
            continue
        text = text_of(group)
        for ref in named[1:]:
            made.setdefault(ref["path"], ref)
        held = made.setdefault(named[0]["path"], named[0])
        if text.strip("`*- ") not in {held["path"], held.get("note")}:
            held["note"] = f"{held['note']}\n{text}" if "note" in held else text
        for ref in file_refs(text):
            made.setdefault(ref["path"], ref)
    return list(made.values()), rest
