"""What of an entry others are compared with: its relations, its title's words, its errors, its long texts.

It is plain data, so that an entry that did not change need not be read again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import NamedTuple

from causebook.model import Entry, Incident, Session
from causebook.model.words import moment

_VARIES = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{8,}\b|\d+|'[^'\n]*'|\"[^\"\n]*\"", re.IGNORECASE)
"""What differs from one occurrence of an error to the next: addresses, numbers, what is quoted."""
_GENERAL = 24
"""Error lines shorter than this, such as ``TimeoutError``, are shared by failures that have nothing in common."""
_WORD = re.compile(r"\w{3,}")
_LONG = 60
"""Texts of fewer characters agree by chance."""


class Traits(NamedTuple):
    """Of one entry; as a list it can be kept as JSON."""

    id: str
    path: str
    incident: bool
    started: float
    """When its session began, in seconds; 0 where that is not told."""
    relations: list[tuple[str, str, str]]
    """Type, target and note, as ``relations`` gives them."""
    cited: list[str]
    """Ids of other entries that it names, in relations or elsewhere."""
    words: list[str]
    """Of an incident's title, in lower case."""
    errors: list[str]
    """A mark for the last line of each error of an incident; empty for one that is too general."""
    own: list[tuple[str, str, list[str | int]]]
    """What is this entry's alone, when nobody copied it: what it is, a mark for its text, the way to it."""

    @property
    def order(self) -> tuple[str, float, str]:
        """From the oldest entry to the latest."""
        return self.id[:10], self.started, self.id


def of(entry: Entry, path: str) -> Traits:
    """Those of the entry in the file ``path``."""
    written = list(relations(entry))
    incident = isinstance(entry, Incident)
    return Traits(
        entry.id, path, incident, started(entry), written,
        list(dict.fromkeys([*(target for _, target, _ in written), *_closed_by(entry)])),
        sorted(set(_WORD.findall(entry.title.casefold()))) if incident else [],
        list(_errors(entry)) if isinstance(entry, Incident) else [],
        [(kind, _mark(text), way) for kind, text, way in _own(entry)],
    )  # fmt: skip


def relations(entry: Entry) -> Iterator[tuple[str, str, str]]:
    """Type, target and note of each relation that ``entry`` writes down; a session's ``incidents`` are relations."""
    seen: set[tuple[str, str]] = set()
    for relation in entry.relations:
        seen.add((relation.type, relation.target))
        yield relation.type, relation.target, relation.note or ""
    if isinstance(entry, Session):
        for target in entry.incidents:
            if ("incident", target) not in seen:
                yield "incident", target, ""


def started(entry: Entry) -> float:
    """When a session began, in seconds; 0 for what does not tell."""
    if isinstance(entry, Session) and entry.started_at:
        return moment(entry.started_at).earliest.timestamp()
    return 0.0


def _closed_by(entry: Entry) -> Iterator[str]:
    if isinstance(entry, Session):
        yield from (step.closed_by for steps in (entry.plan, entry.next_steps) for step in steps if step.closed_by)


def _errors(incident: Incident) -> Iterator[str]:
    for error in incident.symptom.errors if incident.symptom else ():
        last = error.text.strip().rsplit("\n", 1)[-1].strip()
        yield _mark(_VARIES.sub("?", last)) if len(last) >= _GENERAL else ""


def _own(entry: Entry) -> Iterator[tuple[str, str, list[str | int]]]:
    repo = entry.repo or ""
    for number, evidence in enumerate(entry.evidence):
        if evidence.quote and len(evidence.quote) >= _LONG:
            yield "the quote", evidence.quote, ["evidence", number, "quote"]
    if entry.summary and len(entry.summary) >= _LONG:
        yield "the summary", entry.summary, ["summary"]
    if isinstance(entry, Incident):
        if entry.symptom and len(entry.symptom.description) >= _LONG:
            yield "the symptom", entry.symptom.description, ["symptom", "description"]
        if entry.fix and len(entry.fix.description) >= _LONG:
            yield "the fix", entry.fix.description, ["fix", "description"]
        return
    if entry.branch:
        yield "the branch", f"{repo}:{entry.branch}", ["branch"]
    if entry.objective and len(entry.objective) >= _LONG:
        yield "the objective", entry.objective, ["objective"]


def _mark(text: str) -> str:
    """The same for the same text, and short."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()
