"""Which lines a part of a field was read from: of those of the whole field, the ones that hold its words."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from causebook.importers import Receipt

Ranges = Sequence[tuple[int, int]]
_WORD = re.compile(r"\w+")


def receipts_of(data: Mapping[str, Any], used: Mapping[str, Ranges], lines: Sequence[str]) -> Iterator[Receipt]:
    """A receipt for each text of an entry and each item of its lists; ``used`` has the lines of its top-level keys."""
    for key, ranges in used.items():
        known = [(first, last, pairs("\n".join(lines[first - 1 : last]))) for first, last in sorted(set(ranges))]
        for name, value in _parts(key, data.get(key)):
            wanted = pairs(text_of(value))
            own = [(first, last) for first, last, held in known if _holds(wanted, held)]
            yield from (Receipt(data["id"], name, first, last) for first, last in own or sorted(set(ranges)))


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


def _holds(wanted: set[tuple[str, ...]], held: set[tuple[str, ...]]) -> bool:
    """Whether the lines are in the value, or the value in the lines, by half of their word pairs."""
    return bool(wanted and held) and len(wanted & held) * 2 >= min(len(wanted), len(held))
