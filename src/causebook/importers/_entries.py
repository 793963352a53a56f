"""Pieces of one scope -> the data of an entry."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from causebook.importers import _lists
from causebook.importers._attempts import attempts as attempts_of
from causebook.importers._attempts import failures, fruitless
from causebook.importers._draft import Draft
from causebook.importers._evidence import MOST_ERRORS, SOURCES, fenced_errors, file_refs, told_errors
from causebook.importers._figures import evidence, progress
from causebook.importers._mentions import commits, references, role_of
from causebook.importers._pieces import Piece, joined, runs
from causebook.importers._stamps import stamped
from causebook.importers._standing import finish, is_unknown
from causebook.importers._vocabulary import vocabulary
from causebook.importers._whys import QUESTION
from causebook.importers._whys import whys as whys_of

FAILURE = (
    "symptom", "errors", "cause", "contributing", "whys", "workaround", "impact", "detection", "trigger",
    "verification", "went_well", "went_poorly", "lucky", "reproduction",
)  # fmt: skip
"""Fields that a session has no place for."""


def incident(draft: Draft) -> None:
    """Fill the fields of an incident."""
    _symptom(draft)
    _causes(draft)
    whys = draft.of("whys")
    draft.put("five_whys", whys_of(whys), whys)
    _attempts(draft)
    evidence(draft)
    _fix(draft)
    for source, target in (("impact", "impact"), ("detection", "detection"), ("trigger", "trigger")):
        _text(draft, source, target)
    pieces = draft.of("workaround")
    draft.put("workarounds", [text for text, _ in _lists.steps(pieces)], pieces)
    for source, target in (
        ("went_well", "what_went_well"),
        ("went_poorly", "what_went_poorly"),
        ("lucky", "where_we_got_lucky"),
    ):
        pieces = draft.of(source)
        draft.put(target, [text for text, _ in _lists.steps(pieces)], pieces)
    _timeline(draft)
    for piece in draft.of("objective"):
        piece.field = "summary"
    pieces = draft.of("actions", "prevention")
    draft.put("actions", [_action(text, done) for text, done in _lists.steps(pieces)], pieces)
    _shared(draft)
    draft.keep(
        draft.of("outcome", "techniques", "plan", "options", "criteria", "decisions", "confusion", "commands", "branch")
    )
    finish(draft)


def session(draft: Draft) -> None:
    """Fill the fields of a session."""
    progress(draft)
    _text(draft, "objective", "objective")
    _text(draft, "outcome", "outcome", "fix", "verification")
    draft.put("commands", _commands(draft.of("commands")), draft.of("commands"))
    branch = next((p for p in draft.of("branch") if 0 < len(p.text.strip("`* ")) < 200 and "\n" not in p.text), None)
    if branch is not None:
        draft.put("branch", branch.text.strip("`* ").split("`")[0], [branch])
    _timeline(draft)
    for source, target in (("plan", "plan"), ("actions", "next_steps")):
        pieces = draft.of(source, "prevention") if source == "actions" else draft.of(source)
        draft.put(target, [_step(text, done) for text, done in _lists.steps(pieces)], pieces)
    pieces = draft.of("criteria")
    draft.put("success_criteria", [_criterion(text, done) for text, done in _lists.steps(pieces)], pieces)
    pieces = draft.of("decisions")
    draft.put("decisions", [_decision(text) for text, _ in _lists.steps(pieces)], pieces)
    pieces = draft.of("options")
    draft.put("options", [{"option": text} for text, _ in _lists.steps(pieces)], pieces)
    pieces = draft.of("confusion")
    draft.put("confusions", [{"believed": text} for text, _ in _lists.steps(pieces)], pieces)
    pieces = draft.of("techniques")
    worked = [
        {"activity": "debug", "description": text} for group in _lists.groups(pieces) if (text := _lists.text_of(group))
    ]
    draft.put("work", worked, pieces)
    attempts = draft.of("attempts", "attempt")
    made, rest = attempts_of(attempts)
    draft.put("attempts", made, attempts)
    draft.keep(rest)
    _files(draft, lambda refs: draft.data.setdefault("files", []).extend(refs))
    _shared(draft)
    draft.keep(draft.of("branch", *(name for name in FAILURE if name != "verification")))
    finish(draft)


def _commands(pieces: list[Piece]) -> list[dict[str, Any]]:
    """Commands with what is said of them, else the heading they stand under."""
    made = []
    for piece in pieces:
        whole = "\n".join(piece.code).strip() if piece.kind == "fence" else ""
        inline = re.search(r"`([^`\n]+)`", piece.text) if not whole else None
        command = whole or (inline[1] if inline else piece.text.strip())
        said = (
            piece.text.strip() if inline and piece.text.strip() != inline[0] else piece.path[-1] if piece.path else ""
        )
        if command:
            made.append({"cmd": command, **({"purpose": said} if said else {})})
    return made


def _text(draft: Draft, source: str, target: str, *more: str) -> None:
    pieces = draft.of(source, *more)
    text = joined(pieces)
    shape = {"impact": "description", "detection": "activity"}.get(target)
    draft.put(target, {shape: text} if shape and text else text, pieces)


def _symptom(draft: Draft) -> None:
    pieces, errors = draft.of("symptom"), draft.of("errors")
    told: list[str] = []
    prose: list[Piece] = []
    for piece in [*pieces, *errors]:
        whole = "\n".join(piece.code).strip("\n") if piece.kind == "fence" else ""
        if whole.strip() and (piece.field == "errors" or any(fenced_errors(whole))):
            told += _single(whole)
        elif piece.field == "errors" and len(piece.text) < 2000 and (bare := piece.text.strip(" \t\n`")):
            told.append(bare)
        else:
            prose.append(piece)
    whole_fences = {id(p) for p in pieces if p.kind == "fence" and p not in prose}
    _quoted(told, [p for p in draft.pieces if p.field != "errors" and id(p) not in whole_fences])
    if not told:
        _quoted(told, [p for p in draft.beside if p.field in {"", "notes", "summary", "outcome"}])
    description = joined(prose)
    if not description:
        description, prose = _stand_in(draft)
    reproduction = draft.of("reproduction")
    data: dict[str, Any] = {"description": description or draft.title}
    if told:
        data["errors"] = [{"text": text} for text in dict.fromkeys(told)]
    if reproduction and (text := joined(reproduction)):
        data["reproduction"] = text
    draft.put("symptom", data, [*pieces, *errors, *reproduction, *prose])


def _single(code: str) -> list[str]:
    """The errors of fenced text: each line where each is an error by itself, else the text as a whole."""
    lines = [line for line in code.split("\n") if line.strip()]
    apart = len(lines) > 1 and not any(line[:1].isspace() for line in lines)
    return lines if apart and list(fenced_errors(code)) == [line.strip() for line in lines] else [code]


def _quoted(told: list[str], pieces: list[Piece]) -> None:
    """Add the errors that other pieces quote: they are what people search by."""
    held = "\n".join(told)
    for piece in pieces:
        for error in _errors_of(piece):
            if error not in held and len(told) < MOST_ERRORS:
                told.append(error)
                held += "\n" + error


def _stand_in(draft: Draft) -> tuple[str, list[Piece]]:
    """Where nothing is headed as the symptom: what leads to an error, else the summary, else a unit's first words."""
    pairs = [(before, after) for before, after in itertools.pairwise(draft.pieces) if _leads(before, after)]
    told = [before for before, _ in pairs if before.field == "cause"] or [before for before, _ in pairs[:1]]
    told = told or [p for p in draft.of("summary") if p.kind in {"paragraph", "item", "front"}]
    if not told and draft.path:
        told = [p for p in draft.of("") if p.kind in {"paragraph", "item"}][:3]
    told = [_seen(draft, piece) for piece in told]
    return joined(told), told


def _seen(draft: Draft, piece: Piece) -> Piece:
    """``piece`` as the symptom; what it says of the cause before its last sentence stays there."""
    cause, last = _before_effect(piece.text) if piece.field == "cause" else ("", "")
    if not cause:
        piece.field = "symptom"
        return piece
    piece.text = piece.raw = cause
    seen = replace(piece, field="symptom", text=last, raw=last)
    draft.pieces.insert(draft.pieces.index(piece) + 1, seen)
    return seen


def _before_effect(text: str) -> tuple[str, str]:
    """Sentences that tell of a cause, and the last one where it says what came of it: "This caused …"."""
    *before, last = _SENTENCE.split(text.strip())
    told = any(True for wording in vocabulary().within("effect", last[:60]))
    return (" ".join(before), last) if before and told else ("", "")


_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])\s*(?=\S)")


def _leads(before: Piece, after: Piece) -> bool:
    """Whether what tells of the cause, a moment or nothing named ends by showing the error that follows it."""
    if after.kind != "fence" or before.kind not in {"paragraph", "item"}:
        return False
    if before.field not in {"cause", "timeline", ""}:
        return False
    shows = before.section is after.section and before.text.rstrip().endswith((":", "："))
    return shows and bool(_errors_of(after))


def _errors_of(piece: Piece) -> list[str]:
    found = [error for code in piece.code for error in fenced_errors(code)] if piece.language not in SOURCES else []
    if piece.kind == "quote":
        found += list(fenced_errors(re.sub(r"(?m)^\s*>\s?", "", piece.text)))
    elif piece.kind != "fence" and piece.field not in {"actions", "lessons", "prevention", "verification", "plan"}:
        found += list(told_errors(piece.text))
    return found


def _causes(draft: Draft) -> None:
    for name, role in (("cause", "root"), ("contributing", "contributory")):
        known = [p for p in draft.of(name) if not is_unknown(p)]
        known = _without_errors(draft, known)
        unknown = [p for p in draft.of(name) if is_unknown(p)]
        made = [{"role": role, "description": text} for run in runs(known) if (text := joined(run))]
        draft.put("causes", made, known)
        _open(draft, unknown)


def _without_errors(draft: Draft, pieces: list[Piece]) -> list[Piece]:
    """Pieces without fences that show nothing but errors of the symptom, where something else is said."""
    errors = {
        line.strip() for one in draft.data.get("symptom", {}).get("errors", ()) for line in one["text"].split("\n")
    }
    rest = [
        p
        for p in pieces
        if p.kind != "fence" or not all(line.strip() in errors for code in p.code for line in code.split("\n"))
    ]
    return rest if any(p.kind != "head" for p in rest) else [p for p in pieces if p.kind != "head"]


def _open(draft: Draft, pieces: list[Piece]) -> None:
    """What is said not to be known yet becomes an open question, under its heading."""
    for run in runs(pieces):
        heading = run[0].label or (run[0].path[-1] if run[0].path else "")
        draft.put("open_questions", [f"{heading}: {joined(run)}".strip(": ")], run)


def _attempts(draft: Draft) -> None:
    pieces = draft.of("attempts", "attempt")
    made, rest = attempts_of(pieces)
    draft.put("attempts", made, [p for p in pieces if p not in rest])
    told = [p for p in draft.of("fix") if p.kind == "paragraph"]
    draft.put("attempts", [one for p in told for one in failures(p.text)], [])
    for piece in rest:
        piece.field = "timeline"


def _fix(draft: Draft) -> None:
    pieces = draft.of("fix")
    known = [p for p in pieces if not is_unknown(p)]
    _open(draft, [p for p in pieces if is_unknown(p)])
    verification = [p for p in draft.of("verification") if not is_unknown(p)]
    _open(draft, [p for p in draft.of("verification") if is_unknown(p)])
    files = draft.of("files")
    text = joined(known)
    if not text:
        text = joined([p for p in draft.of("outcome") if not is_unknown(p)]) if draft.data.get("causes") else ""
        if text:
            known = draft.of("outcome")
            for piece in known:
                piece.field = "fix"
    if not text:
        text = "\n".join(p.text for p in draft.of("commits") if role_of(p.text) == "fixed")
    refs, rest = _lists.files(files)
    if not text and refs and draft.data.get("causes"):
        text, rest = joined(files), []  # what was changed where is all that is said of the fix
        refs = [{name: value for name, value in ref.items() if name != "note"} for ref in refs]
    if not text:
        draft.keep([*verification, *files])
        return
    data: dict[str, Any] = {"kind": "fix", "description": text, "landed_with": "unknown"}
    if refs:
        data["files"] = refs
    if verification and (how := joined(verification)):
        data["verification"] = {"how": how}
    draft.put("fix", data, [*known, *verification, *files])
    draft.keep(rest)


def _files(draft: Draft, put: Callable[[list[dict[str, Any]]], Any]) -> None:
    pieces = draft.of("files")
    if not pieces and (named := [ref for p in draft.of("outcome") for ref in file_refs(p.text)]):
        put(list({ref["path"]: ref for ref in named}.values()))
    refs, rest = _lists.files(pieces)
    if refs:
        put(refs)
        draft.used.setdefault("files", []).extend((p.first, p.last) for p in pieces)
    draft.keep(rest)


def _timeline(draft: Draft) -> None:
    pieces = draft.of("timeline")
    made, rest = _lists.timeline(pieces, draft.day)
    if draft.kind == "session":
        made = [{"at": one["at"], "activity": "run", "description": one["note"]} for one in made]
        draft.put("work", made, pieces)
    else:
        tried = [(one, _of_no_use(one)) for one in made]
        draft.put("attempts", [told for _, told in tried if told], pieces)
        draft.put("timeline", [one for one, told in tried if not told], pieces)
    draft.keep(rest)


def _of_no_use(moment: dict[str, Any]) -> dict[str, Any] | None:
    """The attempt that a moment of the timeline tells of; None where it tells of something else."""
    told = fruitless(stamped(moment["note"])[1].lstrip("| "))
    return {"at": moment["at"], **told} if told else None


def _action(text: str, done: bool | None) -> dict[str, Any]:  # noqa: FBT001 - as read from the box
    return {"description": text, "kind": "prevent", "status": "complete" if done else "open"}


def _step(text: str, done: bool | None) -> dict[str, Any]:  # noqa: FBT001 - as read from the box
    return {"step": text, "state": "done" if done else "open"}


def _decision(text: str) -> dict[str, Any]:
    asked = QUESTION.match(text)
    return {"choice": asked[1], "because": asked[2].strip()} if asked else {"choice": text}


def _criterion(text: str, done: bool | None) -> dict[str, Any]:  # noqa: FBT001 - as read from the box
    return {"criterion": text, "met": "unknown" if done is None else "yes" if done else "no"}


def _is_title(piece: Piece, draft: Draft) -> bool:
    """Whether a piece is the heading that the entry is called by."""
    return piece.kind == "value" and (piece.first, piece.last) in draft.used.get("title", ())


def _shared(draft: Draft) -> None:
    """What incidents and sessions have in common."""
    pieces = draft.of("lessons")
    draft.put("lessons", _lists.lessons(pieces), pieces)
    summary = draft.of("summary")
    draft.put("summary", joined(summary), summary)
    pieces = draft.of("questions")
    draft.put("open_questions", [text for text, _ in _lists.steps(pieces)], pieces)
    commits(draft)
    references(draft)
    draft.keep(draft.of("environment"))
    rest = draft.of("", "notes", "people", "updated", "date", "status", "severity", "title", "problems")
    draft.keep(sorted((p for p in rest if not _is_title(p, draft)), key=lambda p: p.first))
