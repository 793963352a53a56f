"""The receipts of an imported entry: for each field the lines it was read from, and a digest of what was written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from causebook.findings import dotted
from causebook.yamledit import plain
from causebook.yamlio import Inline, Path

_OWN = frozenset({"schema_version", "id", "kind", "confidence", "provenance"})
"""Keys that are the entry's, not the document's."""
Base = dict[str, Any]
"""What an import wrote: the digest of each field, or of a list those of its items."""


def units(data: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """The fields that are compared one by one: texts and lists, at any depth of mappings."""
    for key, value in data.items():
        if key not in _OWN:
            yield from _units((key,), value)


def _units(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _units((*path, key), one)
    elif value is not None and value != []:
        yield path, value


def digest(value: Any) -> str:
    """16 hexadecimal digits for a value, the same before it is written to a file and after it is read from there."""
    text = json.dumps(plain(value), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def taken(data: Mapping[str, Any], lines: Iterable[tuple[str, int, int]]) -> list[Inline]:
    """A receipt for each field of ``data`` and each item of its lists; ``lines`` are (field, first, last).

    Lines told for a whole count for each of its parts that none are told for.
    """
    told: dict[str, list[tuple[int, int]]] = {}
    for name, first, last in lines:
        told.setdefault(name, []).append((first, last))
    return [
        Inline(field=name, **_lines(name, told), digest=digest(value))
        for path, unit in units(data)
        for name, value in _items(path, unit)
    ]


def _items(path: Path, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        yield from ((dotted((*path, index)), one) for index, one in enumerate(value))
    else:
        yield dotted(path), value


def _lines(name: str, told: Mapping[str, list[tuple[int, int]]]) -> dict[str, Any]:
    whole = name
    while whole not in told and whole:
        whole = whole[: max(whole.rfind("."), whole.rfind("["), 0)]
    ranges: list[tuple[int, int]] = []
    for first, last in sorted(told.get(whole, ())):
        if ranges and first <= ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], max(last, ranges[-1][1]))
        else:
            ranges.append((first, last))
    return {"lines": [first if first == last else f"{first}-{last}" for first, last in ranges]} if ranges else {}


def held(data: Mapping[str, Any]) -> Base:
    """What the receipts of an entry say that its import wrote."""
    origin = data.get("provenance")
    found: Base = {}
    for receipt in (origin.get("receipts") if isinstance(origin, dict) else None) or ():
        if isinstance(receipt, dict) and (name := receipt.get("field")):
            whole, bracket, _ = str(name).rpartition("[")
            if bracket:
                found.setdefault(whole, []).append(receipt.get("digest"))
            else:
                found[str(name)] = receipt.get("digest")
    return found
