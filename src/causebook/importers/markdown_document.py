"""Markdown and plain text that people and assistants wrote: post-mortems, debugging logs, session summaries.

Headings, labels and the evidence in the text say which field a line belongs to; what fits none is kept verbatim in
``notes``. Nothing is invented: a field the document does not speak of stays absent.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from causebook import __version__
from causebook.errors import Place
from causebook.importers import Imported, NothingToImport, Skipped, Source, _entries, _prose
from causebook.importers._account import Held, holds_told, merged, reason_of, texts_of, words_of
from causebook.importers._dates import day_in
from causebook.importers._draft import Draft
from causebook.importers._judge import UNTOLD, Verdict, gather, judge, names_failure, title_of, units
from causebook.importers._labels import label_of
from causebook.importers._pieces import Piece
from causebook.importers._reading import read
from causebook.importers._receipts import receipts_of
from causebook.importers._record_entry import convert_page, is_page
from causebook.importers._sections import Section, promoted, tree, unit_of
from causebook.importers._stamps import stamped
from causebook.importers._standing import lacking
from causebook.importers._standing import told as told_status
from causebook.importers._structure import Block, blocks
from causebook.importers._unnamed import inferred, rescued
from causebook.importers._vocabulary import vocabulary
from causebook.markdown import slug
from causebook.model.words import MAX_ID
from causebook.redaction import redact, told

ENDINGS = frozenset({".md", ".markdown", ".mdown", ".mkd", ".txt", ".text"})


def accepts(path: Path) -> bool:
    """Whether it is Markdown or text by its name."""
    return path.suffix.lower() in ENDINGS


def convert(source: Source, kind: str | None = None) -> Imported:
    """The draft entries of a document.

    Raises:
        NothingToImport: it is neither an incident nor a session, and ``kind`` does not say otherwise.
        CausebookError: it is no text.
    """
    if is_page(source.data):
        clean = redact(source.data.decode("utf-8", "replace").replace("\r\n", "\n"), source.allow)
        return replace(convert_page(source, clean.text), remarks=tuple(told(clean)), redacted=len(clean.marks))
    return _Document(source).imported(kind)


class _Document:
    """One document on its way to entries."""

    def __init__(self, source: Source) -> None:
        self.source = source
        reading = read(source.data, source.name)
        self.remarks = list(reading.remarks)
        self.redacted = redact(reading.text, source.allow)
        self.text = self.redacted.text
        self.lines = self.text.split("\n")
        self.blocks = promoted(blocks(self.text), names_failure)
        self.root = tree(self.blocks)
        self.pieces: list[Piece] = []
        self.labels: dict[int, list[str]] | None = None
        self.sha = hashlib.sha256(source.data).hexdigest()

    def imported(self, kind: str | None) -> Imported:
        several = units(self.root)
        verdict = self._judged(several, kind)
        pieces = self.pieces
        title = _one_line(title_of(self.root, pieces)) or _from_name(self.source.name)
        day = self._day(pieces, title)
        if day is None and (day := self._told_day()):
            self.remarks.append(f"the document bears no date: {day}, the first day it speaks of, was taken")
        drafts = self._drafts(verdict, pieces, several, title, day)
        if told_status(drafts[0]) == "done":
            for draft in drafts[1:]:
                draft.stated = "done"
        self._date(drafts, day)
        self._conflicts(pieces)
        for draft in drafts:
            (_entries.incident if draft.kind == "incident" else _entries.session)(draft)
        self._identify(drafts, day or self.source.day.isoformat())
        if day is None:
            self.remarks.append(
                f"no date with a year in it: filed under {self.source.day.isoformat()}, the day of the file"
            )
        skipped, account = self._account(drafts)
        entries = tuple(self._settled(ordered(draft.data)) for draft in drafts)
        receipts = tuple(found for draft in drafts for found in receipts_of(draft.data, draft.used, self.lines))
        remarks = (*self.remarks, *told(self.redacted))
        return Imported(entries, tuple(skipped), receipts, remarks, account, len(self.redacted.marks))

    def _judged(self, several: list[Section], kind: str | None) -> Verdict:
        """What the document is; its pieces are gathered on the way."""
        for section in several:
            section.own, section.unit = None, True
        self.pieces = gather(self.root)
        verdict = judge(self.root, self.pieces, self.source.name, several)
        if kind is not None:
            verdict = Verdict("several" if several else kind, with_incident=verdict.with_incident)
        elif verdict.reason == UNTOLD and (more := rescued(self.root, self.pieces, self.source.name)):
            self.pieces, verdict = more
        elif verdict.kind == "none":
            raise NothingToImport(
                f"is not imported: {verdict.reason}",
                place=Place(self.source.name),
                hint="--kind incident or --kind session overrides",
            )
        if not several:
            self.pieces, verdict = inferred(self.root, self.pieces, verdict, self.source.name)
        return verdict

    def _settled(self, data: dict[str, Any]) -> dict[str, Any]:
        missing = lacking(data)
        if not missing:
            return data
        told = f"the {data['kind']} is a draft: its document says {data['status']}, which requires {', '.join(missing)}"
        self.remarks += [told] if told not in self.remarks else []
        return {**data, "status": "draft"}

    def _day(self, pieces: list[Piece], title: str) -> str | None:
        """The day it is about: a label, the title, the file's name, a line of its own at the top, the last update."""
        american = not any(re.search("[^\x00-\x7f]", line) for line in self.lines[:3])
        labelled = [p.text for p in pieces if p.field == "date"]
        top = [line for line in self.lines[:12] if len(line) < 40]
        updated = [p.text for p in pieces if p.field == "updated"]
        name = re.split(r"[/\\]", self.source.name)[-1]
        for text in (*labelled, title, *(s.title for s in self.root.walk() if s.level <= 2), name, *top, *updated):
            if found := day_in(text, month_first=american):
                return found
        return None

    def _told_day(self) -> str | None:
        """The first day that the text speaks of, for a document that bears no date."""
        return next((found for line in self.lines if (found := day_in(line))), None)

    def _drafts(
        self, verdict: Verdict, pieces: list[Piece], several: list[Section], title: str, day: str | None
    ) -> list[Draft]:
        if verdict.kind == "several":
            return self._several(pieces, several, title, day)
        if verdict.kind == "incident" or not verdict.with_incident:
            draft = Draft(verdict.kind, title, pieces, day)
            _prose.fill(draft)
            return [draft]
        whole = Draft("session", title, pieces, day)
        _prose.prepared(whole)
        _prose.shown(whole)
        _prose.introduced(whole)
        inner = [p for p in pieces if p.field in OF_INCIDENT]
        session = Draft("session", title, [p for p in pieces if p.field not in OF_INCIDENT], day)
        incident = Draft("incident", title, inner, day, path=("incident",))
        _prose.lend(session, incident)
        _prose.titled(session, incident)
        return [session, incident]

    def _several(self, pieces: list[Piece], several: list[Section], title: str, day: str | None) -> list[Draft]:
        drafts = []
        taken: set[int] = set()
        for section in several:
            inside = {id(one) for one in section.walk()}
            own = [p for p in pieces if id(p.section) in inside]
            taken |= {id(p) for p in own}
            labelled = next((found for p in own if p.field == "date" and (found := day_in(p.text))), None)
            told = labelled or day_in(section.title) or day
            drafts.append(Draft("incident", unit_title(section.title), own, told, path=section.path))
            if section.heading:
                drafts[-1].used["title"] = [(section.heading.first, section.heading.last)]
        for draft in drafts:
            _prose.fill(draft)
        rest = [p for p in pieces if id(p) not in taken]
        return [Draft("session", title, rest, day), *drafts]

    def _date(self, drafts: list[Draft], day: str | None) -> None:
        """Say in the entry when it was: a session began then; of an incident a moment of its timeline."""
        for draft in drafts:
            told = draft.day or day
            if told is None:
                continue
            if draft.kind == "session":
                draft.data["started_at"] = told
                continue
            if len(drafts) > 1 and draft.day == day and not any(p.field == "date" for p in draft.pieces):
                continue  # the session says it for all of them
            lines = [p for p in draft.pieces if p.field in {"date", "updated"} and day_in(p.text) == told]
            note = (
                lines[0].raw.strip()
                if lines
                else next((line.strip() for line in self.lines if day_in(line) == told), "")
            )
            draft.put("timeline", [{"at": told, "event": "note", **({"note": note[:400]} if note else {})}], lines[:1])
            bare = [p for p in draft.pieces if note and not p.field and p.raw.strip() == note]
            for piece in [*lines[:1], *bare]:
                piece.field = "placed"

    def _conflicts(self, pieces: list[Piece]) -> None:
        told = [(found, p) for p in pieces if p.field == "status" and (found := vocabulary().best("status", p.text))]
        if told and told[0][0] != told[-1][0]:
            first, last = told[0][1], told[-1][1]
            self.remarks.append(
                f"the status disagrees: {first.text!r} on line {first.first}, "
                f"{last.text!r} on line {last.first}; the later one was taken"
            )

    def _identify(self, drafts: list[Draft], day: str) -> None:
        for index, draft in enumerate(drafts):
            key = "\0".join([self.sha, *draft.path, str(index)])
            digits = hashlib.sha256(key.encode()).hexdigest()[:4]
            words = slug(draft.title, limit=40) or draft.kind
            draft.data["id"] = f"{draft.day or day}-{words}-{digits}"[:MAX_ID]
            draft.data |= {"kind": draft.kind, "title": draft.title, "confidence": "not_validated"}
            draft.data["provenance"] = {
                "method": "imported", "source": self.source.name[-480:], "source_sha256": self.sha,
                "imported_by": f"causebook {__version__}",
            }  # fmt: skip
        if len(drafts) > 1:
            session, incidents = drafts[0], drafts[1:]
            session.data["incidents"] = [one.data["id"] for one in incidents]
            for one in incidents:
                one.data["relations"] = [{"type": "session", "target": session.data["id"]}]
            for one, other in itertools.pairwise(incidents):
                one.data["relations"].append({"type": "related", "target": other.data["id"]})
                other.data["relations"].append({"type": "related", "target": one.data["id"]})

    def _account(self, drafts: list[Draft]) -> tuple[list[Skipped], dict[str, int]]:
        """Every line of words is in an entry, kept in notes, or skipped with a reason; what is in none is kept now."""
        kept = Held(text for draft in drafts for text in texts_of(draft.data))
        skipped: list[Skipped] = []
        lost: list[int] = []
        redacted = {mark.line: mark.kind for mark in self.redacted.marks}
        by_line = {n: block for block in self.blocks for n in range(block.first, block.last + 1)}
        account = {"placed": 0, "kept": 0, "skipped": 0}
        for number, line in enumerate(self.lines, 1):
            if not line.strip():
                continue
            if number in redacted:
                skipped.append(
                    Skipped(number, number, f"holds a redacted {redacted[number]}; the rest stands in the entry")
                )
            if words_of(line) and kept.holds(line):
                account["placed"] += 1
            elif reason := reason_of(by_line.get(number), line) or self._label_reason(number, line, kept):
                skipped.append(Skipped(number, number, reason))
                account["skipped"] += 1
            else:
                lost.append(number)
                account["kept"] += 1
        self._keep_lost(drafts, lost, by_line)
        noted = sum(last - first + 1 for draft in drafts for first, last in set(draft.used.get("notes", ())))
        account["kept"] += min(noted, account["placed"])
        account["placed"] -= min(noted, account["placed"])
        return merged(skipped), account

    def _label_reason(self, number: int, line: str, kept: Held) -> str:
        """Why a line need not stand as it is: its label or list mark was read, and the rest is in an entry."""
        if self.labels is None:
            self.labels = {}
            for piece in self.pieces:
                if piece.label:
                    for n in range(piece.first, piece.last + 1):
                        self.labels.setdefault(n, []).append(piece.label)
        labels = self.labels.get(number, [])
        bare = re.sub(r"^[ \t]*(?:[-*+>]|\d{1,4}[.)、])?[ \t]*(?:\[[ xX]\])?", "", line)
        numbered = len(words_of(bare)) < len(words_of(line))
        plain = label_of(bare)
        for label in [*labels, *([plain[0]] if plain and not labels and len(plain[0].split()) <= 3 else [])]:
            bare = bare.replace(label, " ", 1)
        if not words_of(bare):
            return "label or mark of a list"
        labelled = numbered or bool(labels or (plain and plain[1]))
        if labelled and kept.holds(bare):
            return "its label or list mark was read; the rest stands in the entry"
        stamp, told = stamped(line.lstrip(" \t-*+>"))
        return "its time was read; the rest stands in the entry" if stamp and holds_told(kept, told) else ""

    def _keep_lost(self, drafts: list[Draft], lost: list[int], by_line: dict[int, Block]) -> None:
        sections = {block.first: section for section in self.root.walk() for block in section.blocks}
        held: dict[tuple[int, tuple[str, ...]], list[int]] = {}
        for number in lost:
            block = by_line.get(number)
            section = sections.get(block.first) if block else None
            path = section.path if section else ()
            owner = next((n for n, d in enumerate(drafts) if n and d.path and path[: len(d.path)] == d.path), 0)
            held.setdefault((owner, path), []).append(number)
        for (owner, path), numbers in held.items():
            heading = " > ".join(path[-3:])[:480].strip()
            text = "\n".join(self.lines[n - 1] for n in numbers).strip()
            note = {**({"heading": heading} if heading else {}), "text": text}
            drafts[owner].data.setdefault("notes", []).append(note)
            drafts[owner].used.setdefault("notes", []).extend((n, n) for n in numbers)


OF_INCIDENT = frozenset({
    "symptom", "errors", "cause", "contributing", "whys", "attempts", "attempt", "fix", "workaround", "impact",
    "detection", "trigger", "timeline", "reproduction", "verification", "severity", "went_well", "went_poorly", "lucky",
})  # fmt: skip
"""Fields that a session's document tells of the failure worked on."""
_ORDER = (
    "schema_version", "id", "kind", "title", "status", "severity", "confidence", "summary", "objective", "outcome",
    "started_at", "symptom", "trigger", "impact", "timeline", "detection", "five_whys", "causes", "attempts", "fix",
    "workarounds", "lessons",
)  # fmt: skip


def ordered(data: dict[str, Any]) -> dict[str, Any]:
    """The fields in the order in which people read them; provenance and notes last."""
    last = ("provenance", "notes")
    names = (
        [n for n in _ORDER if n in data]
        + [n for n in data if n not in _ORDER and n not in last]
        + [n for n in last if n in data]
    )
    return {name: data[name] for name in names}


def unit_title(text: str) -> str:
    """A heading without the number that counts it among its kind."""
    told = unit_of(text)
    bare = told or re.sub(r"^\W*\d{1,3}[.):、]\s*", "", text)
    bare = re.sub(r"^\W*\d{4}[-/.]\d{2}[-/.]\d{2}(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?\W+(?=\w)", "", bare)
    return _one_line(bare.strip(" :-–—")) or _one_line(text) or "Incident"


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _prose.MOST_TITLE else f"{line[: _prose.MOST_TITLE - 2]} …"


def _from_name(name: str) -> str:
    stem = re.split(r"[/\\]", name)[-1].rsplit(".", 1)[0]
    return _one_line(re.sub(r"[_-]+", " ", stem)) or "Imported document"
