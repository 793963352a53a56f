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
from collections import Counter, defaultdict
from collections.abc import Iterator

from causebook.findings import Finding
from causebook.kb import KnowledgeBase
from causebook.traits import Traits

LEVEL = "warning"
_ALIKE = 0.8
"""Share of words in common from which two titles mean the same."""


def check(kb: KnowledgeBase) -> Iterator[Finding]:
    """Pairs without a relation, told at the younger of the two."""
    by_error: dict[str, list[tuple[Traits, int]]] = defaultdict(list)
    incidents = [one for one in kb.traits if one.incident]
    for one in incidents:
        for number, error in enumerate(one.errors):
            by_error[error].append((one, number))
    by_error.pop("", None)  # too short to say anything
    told: set[frozenset[str]] = set()
    for same in by_error.values():
        for older, (younger, number) in itertools.pairwise(same):
            way = ("symptom", "errors", number)
            yield from _unless_related(kb, older[0], younger, way, "has the same error line", told)
    paths = {record.path for record in kb.asked}
    asked = [one for one in incidents if one.path in paths and one.words]
    often = Counter(itertools.chain.from_iterable(one.words for one in incidents))
    rarest = {one.path: min(one.words, key=lambda word: (often[word], word)) for one in asked}
    by_word = _by_word(incidents, frozenset(rarest.values()))
    for one in asked:
        mine = frozenset(one.words)
        for other, words in by_word[rarest[one.path]]:
            if other.id < one.id and _alike(mine, words):
                yield from _unless_related(kb, other, one, ("title",), "has nearly the same title", told)


def _by_word(incidents: list[Traits], wanted: frozenset[str]) -> dict[str, list[tuple[Traits, frozenset[str]]]]:
    """Incidents, each with the words of its title, by those of them that are ``wanted``."""
    found: dict[str, list[tuple[Traits, frozenset[str]]]] = {word: [] for word in wanted}
    for one in incidents:
        if held := wanted.intersection(one.words):
            words = frozenset(one.words)
            for word in held:
                found[word].append((one, words))
    return found


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    short, long = sorted((len(one), len(other)))  # which tell most of them apart, and more quickly
    return len(one) >= 4 and short >= _ALIKE * long and len(one & other) >= _ALIKE * len(one | other)


def _unless_related(
    kb: KnowledgeBase, older: Traits, younger: Traits, way: tuple[str | int, ...], how: str, told: set[frozenset[str]]
) -> Iterator[Finding]:
    pair = frozenset({older.id, younger.id})
    record = kb.by_path.get(younger.path)
    if record is None or len(pair) < 2 or pair in told:
        return
    told.add(pair)
    related = {link.target for link in kb.links.get(younger.id, ())}
    shared = related & {link.target for link in kb.links.get(older.id, ())}
    if older.id not in related and not shared:
        fix = f"add `- {{type: recurrence_of, target: {older.id}}}` or `related` under relations:"
        yield Finding(f"{older.id} {how}", record.place(*way), fix)
