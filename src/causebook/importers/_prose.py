"""Text that no heading or label places: sentences that tell of a cause, a fix or a failure by their own words."""

from __future__ import annotations

import re
from dataclasses import replace

from causebook.importers._draft import Draft
from causebook.importers._pieces import Piece
from causebook.importers._vocabulary import vocabulary

_END = re.compile(r"(?<=[.!?])[ \t\n]+(?=[^\s\d])|(?<=[。！？])\s*")
_ORDER = ("fix", "cause", "symptom")


def fill(draft: Draft) -> None:
    """Give an incident the cause, fix and symptom that only its prose tells of; sentences move, none is copied."""
    tried(draft)
    concluded(draft)
    if draft.kind == "incident":
        _from_sentences(draft)
    introduced(draft)


def _from_sentences(draft: Draft) -> None:
    """Give fields that are empty the sentences that speak of them."""
    missing = [name for name in _ORDER if not any(p.field == name and p.text.strip() for p in draft.pieces)]
    if "cause" not in missing and "fix" not in missing:
        return
    out: list[Piece] = []
    for piece in draft.pieces:
        if (
            piece.field not in {"", "summary", "notes", "outcome"}
            or piece.kind not in {"paragraph", "item"}
            or piece.label
        ):
            out.append(piece)
        else:
            out.extend(_split(piece, missing))
    draft.pieces = out


def tried(draft: Draft) -> None:
    """Items that begin by saying that something was tried are attempts, where nothing names their field."""
    for piece in draft.pieces:
        if (
            piece.field in {"", "summary"}
            and piece.kind in {"item", "paragraph"}
            and vocabulary().holds("tried", piece.text[:24])
        ):
            piece.field = "attempts"


def introduced(draft: Draft) -> None:
    """Where nothing is headed as the symptom, what stands above the first section and tells of a failure is it."""
    if any(p.field in {"symptom", "summary"} and p.text.strip() for p in draft.pieces):
        return
    for piece in draft.pieces:
        above = len(piece.path) <= 1 and not piece.field and piece.kind == "paragraph" and not piece.label
        if above and vocabulary().holds("cues.symptom", piece.text):
            piece.field = "symptom"


def concluded(draft: Draft) -> None:
    """Where nothing is headed as the cause, an item among what was tried that draws a conclusion tells it."""
    if any(p.field == "cause" for p in draft.pieces):
        return
    for piece in draft.pieces:
        if (
            piece.field in {"attempts", "symptom"}
            and piece.kind == "item"
            and vocabulary().holds("cues.conclusion", piece.text[:48])
        ):
            piece.field = "cause"


def _split(piece: Piece, missing: list[str]) -> list[Piece]:
    """A piece as runs of sentences with the field each tells of."""
    made: list[Piece] = []
    for sentence in _END.split(piece.text):
        if not sentence.strip():
            continue
        name = next((n for n in missing if vocabulary().holds(f"cues.{n}", sentence)), piece.field)
        if made and made[-1].field == name:
            made[-1].text += f" {sentence}"
            made[-1].raw = made[-1].text
        else:
            made.append(replace(piece, field=name, text=sentence, raw=sentence, kind="paragraph"))
    return made if any(p.field != piece.field for p in made) else [piece]


def lend(session: Draft, incident: Draft) -> None:
    """Give the incident of a session what it did as the fix, where nothing else is said to be one."""
    has = {p.field for p in incident.pieces if p.text.strip()}
    if "fix" in has or not has & {"cause", "symptom", "errors"}:
        return
    done = [p for p in session.pieces if p.field == "outcome"]
    told = [
        p for p in done if any("fix" in title.lower() or vocabulary().holds("cues.fix", title) for title in p.path[1:])
    ]
    moved = {id(p) for p in told}
    for piece in told:
        piece.field = "fix"
    incident.pieces += told
    session.pieces = [p for p in session.pieces if id(p) not in moved]
