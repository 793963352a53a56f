"""Text that no heading or label places: sentences that tell of a cause, a fix or a failure by their own words."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

from causebook.importers._attempts import DID_NOT_DO, changes
from causebook.importers._draft import Draft
from causebook.importers._evidence import SOURCES, fenced_errors, shas, told_errors
from causebook.importers._pieces import Piece
from causebook.importers._sections import Section, attempt_of
from causebook.importers._stamps import apart, stamp_of
from causebook.importers._vocabulary import vocabulary
from causebook.importers._whys import QUESTION, WHY_WORD

_END = re.compile(r"(?<=[.!?])[ \t\n]+(?=[^\s\d])|(?<=[。！？])\s*")
_ORDER = ("fix", "cause", "symptom")


def fill(draft: Draft) -> None:
    """Give an incident the cause, fix and symptom that only its prose tells of; sentences move, none is copied."""
    prepared(draft)
    if draft.kind == "incident":
        concluded(draft)
        _from_sentences(draft)
    introduced(draft)


def prepared(draft: Draft) -> None:
    """What is told by its shape rather than by a heading: logs, chains of whys, what was tried, where one is stuck."""
    draft.pieces = list(apart(draft.pieces))
    logged(draft)
    asked(draft)
    reasoned(draft)
    stated(draft)
    tried(draft)
    taught(draft)
    stuck(draft)


def logged(draft: Draft) -> None:
    """Lines that begin with a time, under no heading that names a field, are a log of what was tried."""
    told = [p for p in draft.pieces if p.field == "timeline" and stamp_of(p)]
    if any(attempt_of(_behind(p).lstrip("* ")) is not None for p in told):
        for piece in told:
            piece.field = "attempts"  # a history that counts attempts
    log = [p for p in draft.pieces if p.field in {"", "summary", "notes"} and stamp_of(p)]
    if len(log) < 3:
        return
    works = any(vocabulary().holds("hypothesis", p.text[:80]) or changes(_behind(p)) for p in log)
    for piece in log:
        piece.field = "attempts" if works else "timeline"
    if works and not any(p.field in {"symptom", "errors"} for p in draft.pieces):
        seen = next((p for p in log if vocabulary().holds("cues.symptom", p.text) or list(told_errors(p.text))), None)
        if seen is not None and not changes(_behind(seen)):
            seen.field = "symptom"


def _behind(piece: Piece) -> str:
    """What a log's line says behind its time."""
    return piece.text.removeprefix("**").split(stamp_of(piece), 1)[-1].lstrip("*_:：–—-|]) ")


def asked(draft: Draft) -> None:
    """Two or more questions in a row that begin with "why", each with its answer, are a chain of whys."""
    for section in {id(p.section): p.section for p in draft.pieces}.values():
        inside = [p for p in draft.pieces if p.section is section and p.field in {"cause", "", "summary"}]
        chain = [p for p in inside if p.kind in {"item", "paragraph"} and _asks_why(p.text)]
        if len(chain) >= 2:
            first = inside.index(chain[0])
            for piece in inside[first:]:
                if piece.kind in {"item", "paragraph"} and not (piece.label and not _asks_why(piece.text)):
                    piece.field = "whys"


def _asks_why(text: str) -> bool:
    return WHY_WORD.search(text[:24]) is not None and re.search("[?？]", text) is not None


def reasoned(draft: Draft) -> None:
    """A note of a session that asks why something is so, and answers, gives the reason of a decision."""
    for piece in draft.pieces:
        asked = QUESTION.match(piece.text) if draft.kind == "session" and piece.field == "notes" else None
        if asked and piece.kind in {"item", "paragraph"} and WHY_WORD.search(asked[1][:24]):
            piece.field = "decisions"


def stated(draft: Draft) -> None:
    """A heading such as "status" with sentences below it sums up; a status is a word or two."""
    for piece in draft.pieces:
        if piece.field == "status" and not piece.label and len(piece.text.split()) + len(piece.text) // 12 > 10:
            piece.field = "summary"


def taught(draft: Draft) -> None:
    """In a file of lessons each section that names no field of its own is a lesson."""
    match = vocabulary().field_of(draft.title)
    if match is None or match.field != "lessons" or not (match.exact or match.start or match.share > 0.5):
        return
    for piece in draft.pieces:
        section = piece.section
        if not piece.field and section is not None and section.heading and section.parent and section.parent.heading:
            piece.field = "lessons"
    draft.pieces = list(_with_heads(draft.pieces))


def _with_heads(pieces: list[Piece]) -> Iterator[Piece]:
    """Pieces with the heading of each section of lessons before its first one."""
    headed: set[int] = {id(p.section) for p in pieces if p.kind == "head"}
    for piece in pieces:
        section = piece.section
        if piece.field == "lessons" and section is not None and section.own is None and section.level > 1:
            heading = section.heading
            if heading is not None and id(section) not in headed:
                headed.add(id(section))
                head = Piece("lessons", section.title, heading.first, heading.last, piece.path, "head")
                head.raw, head.section = heading.source, section
                yield head
        yield piece


def stuck(draft: Draft) -> None:
    """A blocker that shows an error is the symptom, where nothing else is."""
    if any(p.field in {"symptom", "errors"} for p in draft.pieces):
        return
    shown = {id(p.section) for p in draft.pieces if p.field == "questions" and any(map(_shows, p.code))}
    for piece in draft.pieces:
        if piece.field == "questions" and id(piece.section) in shown:
            piece.field = "symptom"


def _shows(code: str) -> bool:
    return any(True for _ in fenced_errors(code))


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
        elif "fix" in missing and piece.field == "outcome" and any(True for _ in shas(piece.text)):
            out.append(replace(piece, field="fix"))  # what was done, with the commit that did it
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
    prompted(draft)
    if any(p.field in {"symptom", "summary"} and p.text.strip() for p in draft.pieces):
        return
    for piece in draft.pieces:
        above = len(piece.path) <= 1 and not piece.field and piece.kind == "paragraph" and not piece.label
        if above and vocabulary().holds("cues.symptom", piece.text):
            piece.field = "symptom"
    if draft.kind == "incident" and not any(p.field == "symptom" for p in draft.pieces):
        first = next((p for p in draft.pieces if len(p.path) <= 1 and not p.field and _is_told(p)), None)
        if first is not None and first is next((p for p in draft.pieces if _is_told(p)), None):
            first.field = "symptom"


def _is_told(piece: Piece) -> bool:
    """Whether a piece is a paragraph of prose, rather than a date, a name, a moment or what stands under a label."""
    words = len(re.findall(r"\w+", piece.text)) + len(re.findall("[぀-鿿]", piece.text)) // 2
    return (
        piece.kind == "paragraph"
        and not piece.label
        and not stamp_of(piece)
        and words >= 8
        and piece.text[:1] not in "*_"
    )


def prompted(draft: Draft) -> None:
    """Where nothing is headed as the symptom, what set the work off and tells of a failure is it."""
    told = [p for p in draft.pieces if p.field == "trigger"]
    if any(p.field == "symptom" and p.text.strip() for p in draft.pieces):
        return
    shows = {id(p.section) for p in draft.pieces if p.field in {"errors", "trigger"} and any(map(_shows, p.code))}
    if any(vocabulary().holds("cues.symptom", p.text) or id(p.section) in shows for p in told):
        for piece in told:
            piece.field = "symptom"


def shown(draft: Draft) -> None:
    """In a document of a failure, fenced text that no heading places and that shows errors is theirs."""
    for piece in draft.pieces:
        placed = piece.kind != "fence" or piece.field not in {"", "summary", "notes"} or piece.language in SOURCES
        if not placed and any(map(_shows, piece.code)):
            piece.field = "errors"


def concluded(draft: Draft) -> None:
    """Where nothing is headed as the cause, an item that draws a conclusion tells it, else the section that does."""
    if any(p.field == "cause" and p.text.strip() for p in draft.pieces):
        _summed_up(draft)
        return
    if listed := _found_wrong(draft):
        for piece in listed:
            piece.field = "cause"
        return
    drawn = [
        p
        for p in draft.pieces
        if p.field in {"attempts", "symptom"}
        and p.kind == "item"
        and vocabulary().holds("cues.conclusion", p.text[:48])
    ]
    ending = [p for p in draft.pieces if p.field == "outcome" and _concludes(p)]
    for piece in drawn or ending:
        piece.field = "cause"


def _found_wrong(draft: Draft) -> list[Piece]:
    """The items below a label such as "issues found", where another label has told the symptom and a fix follows."""
    seen = [p for p in draft.pieces if p.field == "symptom" and p.text.strip() and p.label]
    if not seen or not any(p.field == "fix" for p in draft.pieces):
        return []
    for piece in draft.pieces:
        match = vocabulary().field_of(piece.label) if piece.label and not piece.text.strip() else None
        if match and match.exact and match.wording in vocabulary().problems and piece.first > seen[0].last:
            below = [p for p in draft.pieces if p.section is piece.section and p.first > piece.last]
            return list(itertools.takewhile(lambda p: p.kind == "item" and p.field == "symptom", below))
    return []


def _concludes(piece: Piece) -> bool:
    return any(vocabulary().holds("conclusion", title) for title in [*piece.path[1:], piece.label])


def _summed_up(draft: Draft) -> None:
    """A conclusion beside a cause sums up, where nothing else does."""
    has = {p.field for p in draft.pieces if p.text.strip()}
    if "fix" in has and "summary" not in has:
        for piece in draft.pieces:
            if piece.field == "outcome" and _concludes(piece):
                piece.field = "summary"


def _split(piece: Piece, missing: list[str]) -> list[Piece]:
    """A piece as runs of sentences with the field each tells of."""
    made: list[Piece] = []
    for sentence in _END.split(piece.text):
        if not sentence.strip():
            continue
        name = next((n for n in missing if vocabulary().holds(f"cues.{n}", sentence)), piece.field)
        if DID_NOT_DO.search(sentence):
            name = "attempts"
        if made and made[-1].field == name != "attempts":
            made[-1].text += f" {sentence}"
            made[-1].raw = made[-1].text
        else:
            made.append(replace(piece, field=name, text=sentence, raw=sentence, kind="paragraph"))
    names = {p.field for p in made} - {piece.field}
    if names == {"symptom"}:
        return [replace(piece, field="symptom")]  # what leads to a failure belongs to it
    return made if names else [piece]


def _return_work(session: Draft, incident: Draft, about: set[tuple[str, ...]]) -> None:
    """Give the session what was mended elsewhere than in the chapters of a failure that is still open."""
    other = [p for p in incident.pieces if p.field == "fix" and p.path[:2] not in about]
    for piece in other:
        piece.field = "outcome"
    session.pieces = sorted([*session.pieces, *other], key=lambda p: p.first)
    incident.pieces = [p for p in incident.pieces if p.field != "outcome"]


def titled(session: Draft, incident: Draft) -> None:
    """Call the incident of a session by the heading over its failure, else by an aim that speaks of one.

    A title that speaks of a failure itself stays.
    """
    if vocabulary().holds("incident", incident.title):
        return
    seen = next((p.section for p in incident.pieces if p.field in {"symptom", "errors", "cause"} and p.section), None)
    while seen is not None and not _names_failure(seen):
        seen = seen.parent
    if seen is not None and seen.heading is not None and seen.parent is not None and seen.parent.heading is not None:
        incident.title = " ".join(seen.title.split())[:MOST_TITLE]
        incident.used["title"] = [(seen.heading.first, seen.heading.last)]
        return
    aims = [p for p in session.pieces if p.field == "objective" and vocabulary().holds("incident", p.text)]
    if aims and len(aims[0].text.strip()) <= MOST_TITLE and "\n" not in aims[0].text.strip():
        incident.title = aims[0].text.strip()


def _names_failure(section: Section) -> bool:
    """Whether a heading says more than the name of a field."""
    return section.heading is not None and (
        section.own is None or (not section.exact and (len(section.title.split()) > 3 or not section.title.isascii()))
    )


MOST_TITLE = 118


def lend(session: Draft, incident: Draft) -> None:
    """Give the incident of a session what it did as the fix, where nothing else is said to be one."""
    incident.beside = session.pieces
    about = {p.path[:2] for p in incident.pieces if p.field in {"symptom", "errors", "cause"} and len(p.path) > 2}
    inside = [p for p in session.pieces if p.field == "criteria" and len(p.path) > 2 and p.path[:2] in about]
    incident.unsolved = any(p.checked is False for p in inside)
    if incident.unsolved:
        _return_work(session, incident, about)
    has = {p.field for p in incident.pieces if p.text.strip()}
    if "fix" in has or incident.unsolved or not has & {"cause", "symptom", "errors"}:
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
