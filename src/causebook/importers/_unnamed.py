"""Sections whose heading names no field: what they hold, and where they stand, says what they tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from causebook.importers._attempts import fruitless, outcome_of
from causebook.importers._evidence import fenced_errors, paths, references, shas, told_errors
from causebook.importers._judge import Verdict, gather, judge
from causebook.importers._lists import rows
from causebook.importers._pieces import Piece
from causebook.importers._sections import Section
from causebook.importers._stamps import is_moment
from causebook.importers._structure import Block
from causebook.importers._vocabulary import vocabulary

_LATER = frozenset({"cause", "fix", "attempts", "attempt", "lessons", "actions", "verification", "whys", "timeline"})
"""Fields that are told of after the failure itself."""
_ENDINGS = frozenset({"cause", "fix", "outcome", "workaround", "verification"})
"""Fields behind which an author looks back."""
_DATED = frozenset({"date", "updated", "status", "severity"})
_FOUND = frozenset({"cause", "whys", "attempts"})
"""Fields behind which what was done for good is told."""
_SENTENCE = 4
"""Words, or a third of as many CJK signs, that a lesson has at least."""


def inferred(root: Section, pieces: list[Piece], verdict: Verdict, name: str) -> tuple[list[Piece], Verdict]:
    """Pieces and verdict of a document once the sections that no word names are read as well.

    A document that was refused stays so; a session may turn out to tell of a failure, and then is read once more.
    """
    for _ in range(2):
        if not _infer(root, pieces, failing=verdict.kind == "incident" or verdict.with_incident):
            break
        pieces = gather(root)
        known = verdict.with_incident
        verdict = replace(verdict, with_incident=known or judge(root, pieces, name, []).with_incident)
        if known or not verdict.with_incident:
            break
    return pieces, verdict


def rescued(root: Section, pieces: list[Piece], name: str) -> tuple[list[Piece], Verdict] | None:
    """Pieces and verdict of a document that no heading speaks for, where failure, cause and fix stand in it in order.

    None where they do not. Its title has to speak of a failure, and a date, a status or a commit has to show that it
    tells of something that happened.
    """
    known = {section.own for section in root.walk()}
    dated = any(piece.field in _DATED for piece in pieces) or any(True for p in pieces for _ in shas(p.text))
    title = root.children[0].title if root.children else ""
    if not dated or not vocabulary().holds("incident", title) or not _infer(root, pieces, failing=True):
        return None
    found = {section.own for section in root.walk()}
    if not ({"symptom", "cause", "fix"} <= found or "attempts" in found - known):
        return None
    pieces = gather(root)
    verdict = judge(root, pieces, name, [])
    return None if verdict.kind == "none" else (pieces, verdict)


def _infer(root: Section, pieces: list[Piece], *, failing: bool) -> bool:
    """Name sections by what they hold, and say whether any was; ``failing``: the document tells of a failure.

    Each field is inferred only where no heading or label of the document names it; boxes to tick are work to do
    under any heading that is no wording as a whole.
    """
    boxed = {id(section) for section in _leaves(root) if _is_loose(section) and _boxed(_words_of(section))}
    told = {piece.field for piece in pieces if piece.text.strip() and id(piece.section) not in boxed}
    vague = [one for one in _leaves(root) if one.own in {"notes", "summary"} and not one.exact]
    for section in vague:
        section.own = None  # "sticky notes" or "what shipped" may be anything
    placed = {id(p.section) for p in pieces if p.field and p.field not in {"date", "status", "notes"}}
    placed -= {id(section) for section in vague}
    if _teaches_throughout(root):
        return False
    named = False
    before: set[str] = set()
    for section in _leaves(root):
        unnamed = section.fieldname is None and id(section) not in placed
        found = "actions" if id(section) in boxed else _read(section, told, before, failing=failing, unnamed=unnamed)
        if found:
            section.own = found
            named = True
            told.add(found)
        before.add(section.fieldname or "")
    return named


def _teaches_throughout(root: Section) -> bool:
    """Whether the title says that the document holds lessons: then each section is one."""
    match = vocabulary().field_of(root.children[0].title) if root.children else None
    return match is not None and match.field == "lessons" and match.start


def _read(section: Section, told: set[str], before: set[str], *, failing: bool, unnamed: bool) -> str | None:
    """The field that a section tells of, where its heading names none or no more than what came out."""
    blocks = _words_of(section)
    if unnamed:
        held = _held(blocks, told, before, failing=failing)
        explains = held is None and failing and "cause" not in told and _explains(section, before)
        return "cause" if explains else held
    if not failing or section.own != "outcome":
        return None
    if "attempts" not in told and _tried(blocks):
        return "attempts"
    if _diagnoses(section, told):
        return "cause"
    return "fix" if "fix" not in told and before & _FOUND and _landed(blocks) else None


def _leaves(root: Section) -> Iterator[Section]:
    """The sections with text of their own below the title, in order; what stands below a time is a log's."""
    title = root.children[0] if len(root.children) == 1 else None
    for section in root.walk():
        if section.heading and section.blocks and section is not title and not is_moment(section.title):
            yield section


def _words_of(section: Section) -> list[Block]:
    return [block for block in section.blocks if block.kind not in {"blank", "rule"}]


def _is_loose(section: Section) -> bool:
    """Whether no heading says what a section tells, or says it as vaguely as "next time"."""
    return section.fieldname is None or (section.own == "lessons" and not section.exact)


def _diagnoses(section: Section, told: set[str]) -> bool:
    """Whether a conclusion tells the cause: nothing else does, and what was done about it follows."""
    if "cause" in told or not vocabulary().holds("conclusion", section.title) or not section.parent:
        return False
    beside = section.parent.children
    return any(one.own in {"fix", "workaround"} for one in beside[beside.index(section) + 1 :])


def _held(blocks: list[Block], told: set[str], before: set[str], *, failing: bool) -> str | None:
    """The field that blocks tell of by themselves, where nothing in ``told`` does already."""
    if not blocks:
        return None
    shows = any(_errors(block) for block in blocks)
    if failing and "attempts" not in told and _tried(blocks):
        return "attempts"
    if "symptom" not in told and not before & _LATER and (failing or shows) and _is_prose(blocks):
        return "symptom"
    if "fix" not in told and before & _FOUND and _landed(blocks):
        return "fix"
    if "lessons" not in told and before & _ENDINGS and _teaches(blocks):
        return "lessons"
    return None


def _explains(section: Section, before: set[str]) -> bool:
    """Whether prose stands where the cause does: behind the failure or what was tried, before what mended it."""
    if section.parent is None or not before & {"symptom", "attempts", "timeline"}:
        return False
    blocks, beside = _words_of(section), section.parent.children
    after = beside[beside.index(section) + 1 :]
    mended = any(one.own in {"fix", "workaround"} or _landed(_words_of(one)) for one in after)
    return mended and bool(blocks) and blocks[0].kind == "paragraph" and _is_prose(blocks) and not _landed(blocks)


def _boxed(blocks: list[Block]) -> bool:
    items = [block for block in blocks if block.kind == "item"]
    return bool(items) and all(block.checked is not None for block in items) and len(items) * 2 >= len(blocks)


def _is_prose(blocks: list[Block]) -> bool:
    return blocks[0].kind in {"paragraph", "item"} and len(re.findall(r"\w", blocks[0].source)) >= 20


def _errors(block: Block) -> bool:
    if block.kind == "fence":
        return any(True for _ in fenced_errors("\n".join(block.lines[1:-1])))
    if block.kind == "quote":
        return any(True for _ in fenced_errors(re.sub(r"(?m)^\s*>\s?", "", block.source)))
    return any(True for _ in told_errors(block.source))


def _tried(blocks: list[Block]) -> bool:
    """Whether most items, or rows of a table, say what was done and that it was of no use."""
    for block in blocks:
        if block.kind == "table":
            body = rows(block.source)[1:]
            ended = [outcome_of(row[-1]) for row in body if len(row) in {2, 3, 4}]
            return len(ended) >= 2 and sum(one in {"failed", "partial", "reverted"} for one in ended) * 2 >= len(ended)
    items = [block.text for block in blocks if block.kind == "item" and block.checked is None]
    useless = sum(fruitless(text) is not None for text in items)
    changed = sum(fruitless(text) is not None or vocabulary().begins("change", text[:60]) for text in items)
    return len(items) >= 2 and useless >= 1 and changed * 3 >= len(items) * 2


def _landed(blocks: list[Block]) -> bool:
    """Whether prose names the commit, or the file and the change, that mended it."""
    text = "\n".join(block.source for block in blocks if block.kind in {"paragraph", "item"})
    told = any(True for _ in references(text)) or vocabulary().holds("cues.fix", text)
    return any(True for _ in shas(text)) or (told and any(True for _ in paths(text)))


def _teaches(blocks: list[Block]) -> bool:
    """Whether blocks are a few general sentences: no boxes, bold labels, numbers, files, commits or tickets."""
    texts = [block.text or block.source for block in blocks]
    plain = all(block.kind in {"item", "paragraph"} and block.checked is None for block in blocks)
    if not plain or len(blocks) > 12 or (blocks[0].kind == "paragraph" and len(blocks) > 1):
        return False
    return all(_is_sentence(text) and not text.startswith(("**", "__")) and not _names_things(text) for text in texts)


def _is_sentence(text: str) -> bool:
    words = re.findall(r"\w+", text)
    return sum(1 + len(word) // 3 if re.search("[぀-鿿]", word) else 1 for word in words) >= _SENTENCE


def _names_things(text: str) -> bool:
    outside = any(True for _ in shas(text)) or any(True for _ in references(text)) or any(True for _ in paths(text))
    return outside or re.search(r"\d{2,}[:./-]\d|→|(?<!\w)\d+(?:[.,]\d+)? ?(?:%|ms|s|MB|GB|Mo|Go)\b", text) is not None
