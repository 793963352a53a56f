"""A new entry that tells of a known failure says so.

The same error line or nearly the same title as an older entry's, and no relation between the two: then the older one's
attempts are made again, and neither reader learns that it came back. Relate them (`recurrence_of`, `duplicate_of`,
`related`), or tell them apart in the title.

Good:
    two entries with the same error line, one `recurrence_of` the other
Bad:
    two entries with the same error line that do not know of each other
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator

from causebook.findings import Finding
from causebook.kb import KnowledgeBase, Record
from causebook.model import Incident

LEVEL = "warning"
_VARIES = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{8,}\b|\d+|'[^'\n]*'|\"[^\"\n]*\"", re.IGNORECASE)
"""What differs from one occurrence of an error to the next: addresses, numbers, what is quoted."""
_GENERAL = 24
"""Error lines shorter than this, such as ``TimeoutError``, are shared by failures that have nothing in common."""
_WORD = re.compile(r"\w{3,}")
_ALIKE = 0.8
"""Share of words in common from which two titles mean the same."""


def check(kb: KnowledgeBase) -> Iterator[Finding]:
    """Pairs without a relation, told at the younger of the two."""
    by_error: dict[str, list[tuple[Record, int]]] = defaultdict(list)
    by_words: dict[str, list[Record]] = defaultdict(list)
    words: dict[str, frozenset[str]] = {}
    for record, incident in reversed(kb.incidents):  # the oldest first
        words[incident.id] = frozenset(_WORD.findall(incident.title.casefold()))
        for number, error in enumerate(_errors(incident)):
            if error:
                by_error[error].append((record, number))
        for word in words[incident.id]:
            by_words[word].append(record)
    told: set[frozenset[str]] = set()
    for same in by_error.values():
        for older, (younger, number) in itertools.pairwise(same):
            place = younger.place("symptom", "errors", number)
            yield from _unless_related(kb, older[0], younger, place, "has the same error line", told)
    for record, incident in reversed(kb.incidents):
        mine = words[incident.id]
        rare = min(mine, key=lambda w: (len(by_words[w]), w), default="")
        for other in by_words.get(rare, ()):
            if other.entry.id < incident.id and _alike(mine, words[other.entry.id]):
                yield from _unless_related(kb, other, record, record.place("title"), "has nearly the same title", told)


def _errors(incident: Incident) -> Iterator[str]:
    for error in incident.symptom.errors if incident.symptom else ():
        last = error.text.strip().rsplit("\n", 1)[-1].strip()
        yield _VARIES.sub("?", last) if len(last) >= _GENERAL else ""


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one) >= 4 and len(one & other) >= _ALIKE * len(one | other)


def _unless_related(
    kb: KnowledgeBase, older: Record, younger: Record, place: object, how: str, told: set[frozenset[str]]
) -> Iterator[Finding]:
    pair = frozenset({older.entry.id, younger.entry.id})
    if len(pair) < 2 or pair in told:
        return
    told.add(pair)
    related = {link.target for link in kb.links.get(younger.entry.id, ())}
    shared = related & {link.target for link in kb.links.get(older.entry.id, ())}
    if older.entry.id not in related and not shared:
        fix = f"add `- {{type: recurrence_of, target: {older.entry.id}}}` or `related` under relations:"
        yield Finding(f"{older.entry.id} {how}", place, fix)  # type: ignore[arg-type]
