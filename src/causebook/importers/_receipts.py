"""Which lines a part of a field was read from: of those of the whole field, the ones that hold its words."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from causebook.importers import Receipt

Ranges = Sequence[tuple[int, int]]
_WORD = re.compile(r"\w+")


def receipts_of(data: Mapping[str, Any], used: Mapping[str, Ranges], lines: Sequence[str]) -> Iterator[Receipt]:
    """A receipt for each text of an entry and each item of its lists; ``used`` has the lines of its top-level keys."""
    for key, ranges in used.items():
        places = sorted(set(ranges))
        held = [pairs("\n".join(lines[first - 1 : last])) for first, last in places]
        where: dict[tuple[str, ...], list[int]] = {}
        for index, found in enumerate(held):
            for pair in found:
                where.setdefault(pair, []).append(index)
        for name, value in _parts(key, data.get(key)):
            wanted = pairs(text_of(value))
            shared = Counter(index for pair in wanted for index in where.get(pair, ()))
            # the lines are in the value, or the value in the lines, by half of their word pairs
            own = sorted(index for index, n in shared.items() if n * 2 >= min(len(wanted), len(held[index])))
            yield from (Receipt(data["id"], name, *places[index]) for index in own or range(len(places)))


def _parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _parts(f"{name}.{key}", one)
    elif isinstance(value, list):
        yield from ((f"{name}[{index}]", one) for index, one in enumerate(value))
    elif value is not None:
        yield name, value


def text_of(value: Any) -> str:
    """All text in a value."""
    if isinstance(value, dict):
        return "\n".join(text_of(one) for one in value.values())
    return "\n".join(text_of(one) for one in value) if isinstance(value, list) else str(value)


def pairs(text: str) -> set[tuple[str, ...]]:
    """The pairs of words that follow each other, or the only word."""
    words = _WORD.findall(text.lower())
    return set(itertools.pairwise(words)) if len(words) > 1 else {(word,) for word in words}
