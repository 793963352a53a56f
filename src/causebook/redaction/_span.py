"""A place in a text, and the lines where a pattern is worth trying."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Span(NamedTuple):
    """From ``start`` to before ``end``: something of a kind."""

    start: int
    end: int
    kind: str


def lower(text: str) -> str:
    """``text`` in lower case, each letter where it was; the few letters that become two stay."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def matches(pattern: re.Pattern[str], text: str, words: Iterable[str], among: str = "") -> Iterator[re.Match[str]]:
    """Matches of ``pattern`` in the lines that hold one of ``words``, which finding is ten times as fast.

    The words are looked for in ``among``, which is ``text`` in lower case where the pattern heeds none.
    """
    among = among or text
    lines: dict[int, int] = {}
    for word in words:
        at = among.find(word)
        while at >= 0:
            start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
            lines[start] = end = len(text) if end < 0 else end
            at = among.find(word, end)
    for start in sorted(lines):
        yield from pattern.finditer(text, start, lines[start])
