"""An index for search in the browser, in many small files of which a query reads a few; it knows no entries.

Every file is a script that hands over one text, since a page that is opened from a folder may load only scripts. A term
stands in the file whose name is the longest prefix of it that the manifest lists, so that a query for a term or for the
beginning of one knows where to look, and an edit changes only the files of its terms.
"""

from __future__ import annotations

import bisect
import itertools
import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from causebook import tokens

LIMIT = 12_288
"""Characters from which a file is divided, if its terms can be."""
_SMALL = 4_096
"""The same for files of words that a slip is looked for in, of which several are read for one word."""
_DEEPEST = 24
"""Characters of a term that files are divided by."""
_STARTS, _ENDS = 2, 5
"""The same for words that are looked for by how they begin or end; see ``close`` in the browser's engine."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = f"0123456789{_LETTERS}"
_SLOTS = 64
"""Numbers for the documents of a day, at least."""
NAME, ERROR = 9, 8
"""Weights from which word pairs are kept: those of what names a document, and of errors."""
_TRACE = 3
"""Weight of the lines of an error that say where it was."""
_SHOWN = 300
"""Characters of one text that are kept to show what was found."""
_CARD = 2_600
"""Characters of all texts of a document that are kept to be shown."""
LATEST = 10
"""Documents that are shown before anything is typed; one file has all that is shown of them."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text of a document."""

    weight: int
    """1 to 9."""
    label: str
    """What it is, in a word or two; ``error`` is known again line by line."""
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """What can be found."""

    id: str
    kind: str
    title: str
    date: str
    """A day, or empty."""
    facets: Mapping[str, Sequence[str]]
    """What results are narrowed by; of a facet that is missing it has no value."""
    said: tuple[Said, ...]
    """The weightiest first."""


@dataclass(frozen=True, slots=True)
class Built:
    """An index."""

    files: Mapping[str, str]
    """Text by file name; ``manifest.js`` is read first."""
    terms: int


def numbers(documents: Iterable[Document]) -> dict[str, int]:
    """A number for each document that others hardly change: its day, and within it a checksum of its id."""
    ordered = sorted(documents, key=lambda d: (d.date, d.id))
    fullest = max(Counter(document.date for document in ordered).values(), default=0)
    slots = max(_SLOTS, 1 << (2 * fullest).bit_length())
    found: dict[str, int] = {}
    used: set[int] = set()
    for document in ordered:
        number = _day(document.date) * slots + zlib.crc32(document.id.encode()) % slots
        while number in used:
            number += 1
        used.add(number)
        found[document.id] = number
    return found


def _day(text: str) -> int:
    """Days since 2000; 0 for earlier ones, and for what is no day."""
    try:
        return max(0, date.fromisoformat(text).toordinal() - 730_120)
    except ValueError:
        return 0


def build(documents: Sequence[Document], facets: Sequence[str]) -> Built:
    """The index of ``documents``, whose ids differ."""
    by_id = {document.id: document for document in documents}
    ordered = sorted(numbers(documents).items(), key=lambda item: item[1])
    postings = {weight: defaultdict[str, list[int]](list) for weight in range(NAME, 0, -1)}
    files: dict[str, str] = {}
    for name, number in ordered:
        for weight, terms in _weighed(by_id[name]):
            held_there = postings[weight]
            for term in terms:
                held_there[term].append(number)
        files[f"c-{_text(number)}.js"] = _script(_card(by_id[name]))
    held: dict[str, str] = defaultdict(str)
    steps = _Steps()
    for weight, found in postings.items():
        for term, places in found.items():
            held[term] += f"{weight}{_encoded(places, steps)}"
    common = sorted(term for term, text in held.items() if len(text) > LIMIT // 2)
    for term in common:
        files[f"x-{_safe(term)}.js"] = _taken(held[term])
    rest = sorted(held.keys() - set(common))
    words = sorted(term for term in held if 4 <= len(term) <= 24 and term.isalpha())
    files["n.js"] = _taken(_encoded([number for _, number in ordered], steps))
    files["l.js"] = _script([_summary(by_id[name]) for name, _ in ordered[: -LATEST - 1 : -1]])
    for facet in facets:
        files[f"f-{facet}.js"] = _script(_column(facet, [by_id[name] for name, _ in ordered]))
    manifest = {
        "documents": len(ordered),
        "common": common,
        "terms": _divided("t", [(term, f"{term};{held[term]}") for term in rest], _DEEPEST, files),
        "starts": _divided("a", [(word, word) for word in words], _STARTS, files),
        "ends": _divided("z", sorted((word[::-1], word) for word in words), _ENDS, files),
        "facets": list(facets),
        "version": _digest(files),
    }
    files["manifest.js"] = _script(manifest)
    return Built(files, len(held))


def _digest(files: Mapping[str, str]) -> str:
    """Part of the addresses of all files, so that a browser's cache never mixes an old one with new ones."""
    held = 0
    for text in files.values():
        held = zlib.crc32(text.encode(), held)
    return _text(held)


def _weighed(document: Document) -> Iterator[tuple[int, set[str]]]:
    """The terms of ``document`` by the weight of the weightiest text that holds them, the weightiest first."""
    texts: dict[int, list[str]] = defaultdict(list)
    more: dict[int, set[str]] = defaultdict(set)
    for said in document.said:
        text = tokens.plain(said.text)
        if said.label == "error":
            texts[_TRACE].append(text)
            lines = list(error_lines(text))
            more[said.weight].update(*map(tokens.keys, lines), *map(tokens.pairs, lines))
            texts[said.weight] += lines
        else:
            texts[said.weight].append(text)
            if said.weight == NAME:
                more[NAME] |= tokens.pairs(text)
    seen_tokens: set[str] = set()
    seen: set[str] = set()
    for weight in sorted(texts, reverse=True):
        fresh = set(tokens.TOKEN.findall("\n".join(texts[weight]))) - seen_tokens
        seen_tokens |= fresh
        terms = more[weight].union(*map(tokens.terms, fresh)) - seen
        seen |= terms
        yield weight, terms


def error_lines(text: str) -> Iterator[str]:
    """The lines of an error that say what it is; not those that say where."""
    lines = [line for line in text.splitlines() if line.strip()]
    for line in lines:
        inner = line.strip()
        framed = line[:2] == "  " and len(lines) > 1 and not inner.startswith(("E ", "|"))
        if not framed and not inner.startswith(("Traceback (", 'File "')):
            yield line


def _card(document: Document) -> dict[str, object]:
    left = _CARD
    lines: list[list[str]] = []
    for said in document.said:
        texts = said.text.splitlines() if said.label == "error" else [" ".join(said.text.split())]
        for text in texts:
            shown = text.strip()[: min(_SHOWN, left)]
            if shown and shown != document.title:
                lines.append([said.label, shown])
                left -= len(shown)
    facets = {name: list(values) for name, values in document.facets.items() if name in {"status", "severity"}}
    return {
        "id": document.id, "kind": document.kind, "title": document.title, "date": document.date,
        **{name: values[0] for name, values in facets.items() if values}, "lines": lines,
    }  # fmt: skip


def _summary(document: Document) -> dict[str, object]:
    """The card with the one line that is shown where nothing was asked; the browser chooses it in the same way."""
    card = _card(document)
    lines = cast("list[list[str]]", card["lines"])
    return {**card, "lines": [line for line in lines if line[0] == "summary"][:1] or lines[:1]}


def _column(facet: str, documents: Sequence[Document]) -> list[object]:
    """The values of a facet, and for each document the places of its own among them."""
    held = [document.facets.get(facet, ()) for document in documents]
    values = sorted({value for values in held for value in values})
    at = {value: _text(place) for place, value in enumerate(values)}
    return [values, ",".join(" ".join(at[value] for value in values) for values in held)]


def _divided(kind: str, items: list[tuple[str, str]], deepest: int, files: dict[str, str]) -> str:
    """Write ``items``, sorted by their key, to files of some ``LIMIT`` characters.

    Returns the prefixes; of each how much it shares with the one before, as a digit, and the rest.
    """
    keys = [key for key, _ in items]
    ends = list(itertools.accumulate((len(text) + 1 for _, text in items), initial=0))
    found = []
    for prefix, spans in _leaves(keys, ends, (0, len(keys)), 0, deepest, LIMIT if kind == "t" else _SMALL):
        texts = (text for start, end in spans for _, text in items[start:end])
        files[f"{kind}-{_safe(prefix)}.js"] = _taken(",".join(texts))
        found.append(prefix)
    found.sort()
    shared = [_shared(*two) for two in itertools.pairwise(["", *found])]
    return ",".join(f"{_DIGITS[count]}{prefix[count:]}" for count, prefix in zip(shared, found, strict=True))


def _shared(one: str, other: str) -> int:
    """How many characters they begin with in common."""
    return sum(1 for _ in itertools.takewhile(lambda signs: signs[0] == signs[1], zip(one, other, strict=False)))


_Span = tuple[int, int]


def _leaves(
    keys: Sequence[str], ends: Sequence[int], span: _Span, depth: int, deepest: int, limit: int
) -> Iterator[tuple[str, list[_Span]]]:
    """The spans of ``keys`` for each file, by its prefix.

    Where ``span``, whose keys share ``depth`` characters, is too much for one, its largest groups get their own.
    """
    size = ends[span[1]] - ends[span[0]]
    groups = list(_groups(keys, span, depth)) if size > limit and depth < deepest else [span]
    apart = []
    if len(groups) > 1 or size > limit:
        for start, end in sorted(groups, key=lambda group: ends[group[0]] - ends[group[1]]):
            if size <= limit or len(keys[start]) <= depth or depth >= deepest:
                break
            apart.append((start, end))
            size -= ends[end] - ends[start]
    kept = [group for group in groups if group not in apart]
    if kept:
        yield keys[span[0]][:depth], kept
    for group in apart:
        yield from _leaves(keys, ends, group, depth + 1, deepest, limit)


def _groups(keys: Sequence[str], span: _Span, depth: int) -> Iterator[_Span]:
    """The parts of ``span`` whose keys agree in one more character; a key that ends there comes first."""
    start, end = span
    while start < end:
        sign = keys[start][: depth + 1]
        after = bisect.bisect_right(keys, sign + chr(0x10FFFF), start, end) if len(sign) > depth else start + 1
        yield start, after
        start = after


class _Steps(dict[int, str]):
    """Numbers in base 26; the last digit is a capital, so that nothing has to stand between two of them."""

    def __missing__(self, number: int) -> str:
        rest, out = divmod(number, 26)
        text = _LETTERS[out].upper()
        while rest:
            rest, out = divmod(rest, 26)
            text = _LETTERS[out] + text
        self[number] = text
        return text


def _encoded(found: Sequence[int], steps: _Steps) -> str:
    """Rising numbers as text: the steps from each to the next."""
    if len(found) == 1:
        return steps[found[0]]
    return "".join([steps[b - a] for a, b in zip((0, *found), found)])  # noqa: B905 - the last has no next one


def _text(number: int) -> str:
    """``number`` in base 36."""
    out = _DIGITS[number % 36]
    while number := number // 36:
        out = _DIGITS[number % 36] + out
    return out


def _safe(prefix: str) -> str:
    """``prefix`` as part of a file name on any system."""
    return "".join(
        chr(byte) if chr(byte).isascii() and chr(byte).isalnum() else f"-{byte:02x}" for byte in prefix.encode()
    )


def _taken(text: str) -> str:
    """A file that hands over ``text``, in which there is nothing to escape."""
    return f'causebookSearch.take("{text}");\n'


def _script(data: object) -> str:
    return f"causebookSearch.take({json.dumps(data, ensure_ascii=False, separators=(',', ':'))});\n"
