"""Finds entries and playbooks by words: rare words in weighty places count most, an id and a phrase above all."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from causebook.findings import printable
from causebook.kb import KnowledgeBase
from causebook.model import Incident, Session

_MOST_WORDS = 40
"""Words of a query that are looked for."""
_LINE = 160
"""Characters of a line that is shown to tell why something was found."""


class Hit(BaseModel):
    """An entry or playbook that was found."""

    id: str
    kind: str
    title: str
    date: str
    status: str
    line: str


def shortened(text: str, most: int) -> str:
    """At most ``most`` characters of ``text``, nothing in it that acts on a terminal."""
    text = printable(text)
    return text if len(text) <= most else f"{text[: most - 2].rstrip()} …"


_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Page:
    """An entry or playbook as it is searched."""

    hit: Hit
    lines: tuple[tuple[int, str, str], ...]
    """Weight, words with a blank around each, and text of each line; the title is the first."""
    words: str
    """All words."""


def pages(base: KnowledgeBase) -> Iterator[Page]:
    """Everything of ``base`` that can be found."""
    for record in base.records:
        entry = record.entry
        hit = Hit(id=entry.id, kind=entry.kind, title=entry.title, date=record.date, status=entry.status, line="")
        yield _page(hit, [*_said(entry), (4, f"{entry.id} {entry.playbook or ''}")])
    for name, held in sorted(base.library.items()):
        front = held.front
        hit = Hit(id=name, kind="playbook", title=held.title, date=front.reviewed, status="", line="")
        said = [(3, f"{one.type}: {one.message}") for one in front.signatures]
        said += [(3, text) for text in held.positive]
        said += [(2, front.summary), (2, front.when), (3, " ".join((front.group, *front.libraries))), (4, name)]
        yield _page(hit, said)


def _said(entry: Incident | Session) -> Iterator[tuple[int, str]]:
    """What is searched of an entry, with its weight."""
    yield 4, " ".join((*entry.tags, *entry.components, *entry.keywords))
    yield 2, entry.summary or ""
    if isinstance(entry, Session):
        yield 2, entry.objective or ""
    elif entry.symptom:
        yield from ((3, error.text) for error in entry.symptom.errors)
        yield 2, entry.symptom.description


def _page(hit: Hit, said: Iterable[tuple[int, str]]) -> Page:
    texts = [(5, hit.title), *((weight, line) for weight, text in said for line in text.splitlines())]
    lines = tuple((weight, _spaced(line), line.strip()) for weight, line in texts if line.strip())
    return Page(hit, lines, "".join(words for _, words, _ in lines))


def _spaced(text: str) -> str:
    """The words of ``text`` with a blank before and after each, so that one is found by where it begins."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def ranked(pages: Sequence[Page], query: str, known_as: dict[str, int]) -> list[Hit]:
    """The pages that hold any word of ``query``, the best first: rare words in weighty places count most.

    ``known_as`` has points of causes whose signatures fit the query, so that an error is found by what it is, whatever
    stands in its gaps.
    """
    phrase = _spaced(query)
    # A long word is found by its beginning: `pool` in `pools`.
    words = [f" {w}" if len(w) > 2 else f" {w} " for w in list(dict.fromkeys(phrase.split()))[:_MOST_WORDS]]
    held = Counter(word for page in pages for word in words if word in page.words)
    worth = {word: math.log(1 + len(pages) / count) for word, count in held.items()}
    found: list[tuple[float, Hit]] = []
    for page in pages:
        here = [word for word in worth if word in page.words]
        score = sum(worth[w] * max(weight for weight, line, _ in page.lines if w in line) for w in here)
        if len(here) > 1 and phrase in page.words:
            score *= 2
        score += known_as.get(page.hit.id, 0)
        if page.hit.id == query.strip():
            score += 1000
        if score:
            hit = page.hit.model_copy(
                update={"line": _best_line(page, here, worth), "title": shortened(page.hit.title, 120)}
            )
            found.append((score, hit))
    found.sort(key=lambda one: (-one[0], one[1].kind, one[1].id))
    # What shares only a common word with the query would push the count up and help nobody.
    return [hit for score, hit in found if score >= found[0][0] / 4]


def _best_line(page: Page, words: Sequence[str], worth: dict[str, float]) -> str:
    """The line with the most of ``words``; the title only where no other has any, since it is shown anyway."""
    rated = [(sum(worth[w] for w in words if w in line), weight, text) for weight, line, text in page.lines]
    best = max(rated[1:], key=lambda one: one[:2], default=rated[0])
    return shortened((best if best[0] else rated[0])[2], _LINE)
