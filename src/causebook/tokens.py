"""Text as the terms it is searched by: tokens, their parts, word pairs and error lines; the browser's engine agrees."""

from __future__ import annotations

import itertools
import re
import unicodedata
import zlib
from functools import cache

TOKEN = re.compile(r"\w+(?:[-.:/\\@#+]+\w+)*")
"""A word, or words joined by what joins names: ``pool.acquire``, ``src/app/db.py``, ``tests/t.py::test_x``."""
WORD = re.compile(r"\w+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]{2,}")
"""Runs of signs that are written without blanks between words."""
_LONG_SHA = re.compile(r"(?=[a-f]*[0-9])[0-9a-f]{13,64}")
_SHA = re.compile(r"(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{7,64}")
_MESSAGE = re.compile(r":\s+(?=\S)")
_MARGIN = re.compile(r"^[\s>|+]*(?:E\s+)?")
"""What pytest and exception groups print before a line."""
_NUMBER = re.compile("[0-9]")
SHA = 12
"""Digits of a sha that are kept: enough to tell commits apart, and a longer one in a query is cut alike."""
LONGEST = 80
"""Characters of a term that are kept."""
_SUFFIXES = 4
"""Ends of a path or dotted name that can be searched by themselves: ``db/pool.py`` of ``src/app/db/pool.py``."""
_STARTS = 4
"""Places in an error line from which it is known again."""
STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "did",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "no",
        "not",
        "of",
        "on",
        "or",
        "so",
        "that",
        "the",
        "their",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "was",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "why",
        "will",
        "with",
    ]
)
"""Words that nearly every text holds; they are found only in pairs."""


def plain(text: str) -> str:
    """``text`` with signs that mean the same made the same."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def parts(word: str) -> list[str]:
    """The words that a name is made of, in lower case: of ``SerializationFailure``, ``get_db_session``, ``py312``."""
    if _SHA.fullmatch(word):
        return [_kept(word)]
    if word.isascii():
        return [part.lower() for part in _PART.findall(word)]
    return [part.lower() for part in word.split("_") if part]


def _kept(term: str) -> str:
    return term[:SHA] if _LONG_SHA.fullmatch(term) else term[:LONGEST]


@cache
def terms(token: str) -> tuple[str, ...]:
    """The terms that find ``token``: itself, its ends, its words and their parts."""
    found: dict[str, None] = {}
    whole = token.lower().replace("\\", "/")
    found[_kept(whole)] = None
    words = WORD.findall(token)
    if len(words) > 1:
        for piece in whole.split(":"):
            found[_kept(piece)] = None
            ends = [at + 1 for at, sign in enumerate(piece) if sign in "./"]
            for end in ends[-_SUFFIXES:]:
                found[_kept(piece[end:])] = None
    for word in words:
        found[_kept(word.lower().strip("_"))] = None
        for part in parts(word):
            found[_kept(part)] = None
        for run in _CJK.findall(word):
            found.update((run[at : at + 2], None) for at in range(len(run) - 1))
    return tuple(term for term in found if len(term) > 1 and term not in STOP)


def flow(text: str) -> list[str]:
    """The parts of all words of ``text``, in their order."""
    return [part for word in WORD.findall(text) for part in parts(word)]


def pairs(text: str) -> set[str]:
    """Each two words of ``text`` that follow one another, with a blank between them."""
    words = flow(text)
    return {f"{a} {b}" for a, b in itertools.pairwise(words)}


def keys(line: str) -> tuple[str, ...]:
    """What an error line is known again by, the longest first: the line, and its message without what stands before.

    Numbers and addresses differ from run to run and do not count.
    """
    line = _MARGIN.sub("", line, count=1).lower()
    starts = [0, *(match.end() for match in _MESSAGE.finditer(line))][:_STARTS]
    found: dict[str, None] = {}
    for start in starts:
        words = ["0" if _NUMBER.search(word) else word for word in WORD.findall(line[start:])]
        if len(words) > 1:
            found[f"={zlib.crc32(' '.join(words).encode()):x}"] = None
    return tuple(found)
