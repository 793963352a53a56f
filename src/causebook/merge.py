"""An entry that was imported, and what its changed source says now: takes over what no person has edited since."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from causebook import receipts, yamledit, yamlio
from causebook.errors import CausebookError, Place, YamlError
from causebook.findings import dotted
from causebook.model import requirements
from causebook.model.entry import ENTRY
from causebook.yamledit import Fresh
from causebook.yamlio import Document, Path

EDITED = "edited since the import"
TAKEN_OUT = "taken out since the import"


class CannotMerge(CausebookError):
    """An entry that the changes of its source would spoil; it is left as it is."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The new text of an entry."""

    text: str
    changed: tuple[str, ...]
    """The fields that were updated."""
    kept: tuple[tuple[str, str], ...]
    """Fields whose source has changed and that were left as they are, each with the reason."""


@dataclass(slots=True)
class _Work:
    """An entry on its way to its new text."""

    document: Document
    changed: list[str] = field(default_factory=list)
    kept: list[tuple[str, str]] = field(default_factory=list)

    def edit(self, name: str, text: str) -> None:
        self.document = yamlio.parse(text, self.document.name)
        self.changed.append(name)


def merge(document: Document, wanted: Mapping[str, Any]) -> Merged:
    """``document`` with the fields of ``wanted`` that the source has changed and no person has.

    A list is compared item by item: an item that was edited, added or removed by a person stays so.

    Raises:
        CannotMerge: with the changes the entry would break the schema, or lack what its status requires.
    """
    work = _merged(document, wanted)
    if work.changed and "status" in work.changed and _lacks(work.document):
        present = document.data["status"] if isinstance(document.data, dict) else "draft"
        work = _merged(document, {**wanted, "status": present})
        work.kept.append(("status", f"{wanted['status']} requires more than is here"))
    missing = _lacks(work.document)
    if missing and missing != _lacks(document):
        raise CannotMerge(missing, place=Place(document.name))
    return Merged(work.document.text, tuple(work.changed), tuple(work.kept))


def _merged(document: Document, wanted: Mapping[str, Any]) -> _Work:
    work = _Work(document)
    base = receipts.held(_data(document))
    mine, theirs = dict(receipts.units(_data(document))), dict(receipts.units(wanted))
    names = {dotted(path): path for path in (*mine, *theirs)}
    names |= {name: tuple(name.split(".")) for name in base if name not in names}
    gone = _gone(work, base, mine, theirs)
    for name, path in names.items():
        if path[0] in gone:
            continue
        lists = (
            isinstance(mine.get(path), list) or isinstance(theirs.get(path), list) or isinstance(base.get(name), list)
        )
        (_list if lists else _value)(work, name, path, base.get(name), theirs.get(path))
    for key, value in (wanted.get("provenance") or {}).items():
        before = work.changed
        work.changed = []
        work.edit(key, yamledit.put(work.document, ("provenance", key), value, whole=True))
        work.changed = before
    return work


def _gone(work: _Work, base: receipts.Base, mine: dict[Path, Any], theirs: dict[Path, Any]) -> set[str | int]:
    """Keys such as ``fix`` that a person took out, or edited before the source dropped them: they stay so, whole."""
    parts = {name: name.split(".")[0] for name in base if "." in name}
    here, there = {path[0] for path in mine}, {path[0] for path in theirs}
    texts = {dotted(path): receipts.digest(value) for path, value in mine.items() if not isinstance(value, list)}
    found: set[str | int] = set()
    for name, key in parts.items():
        if key not in here and key in there and key not in found:
            work.kept.append((key, TAKEN_OUT))
            found.add(key)
        elif key not in there and name in texts and texts[name] != base[name] and key not in found:
            work.kept.append((key, EDITED))
            found.add(key)
    return found


def _data(document: Document) -> dict[str, Any]:
    return document.data if isinstance(document.data, dict) else {}


def _lacks(document: Document) -> str:
    """Why the text is no sound entry; empty where it is."""
    try:
        entry = ENTRY.validate_python(document.data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        return f"with its source's changes {dotted(first['loc'][1:])} would break the schema: {first['msg']}"
    unmet = [one for one in requirements.unmet(entry) if one.statuses]
    return (
        f"with its source's changes it would lack {unmet[0].field}, as its status {entry.status} requires"
        if unmet
        else ""
    )


def _value(work: _Work, name: str, path: Path, base: str | None, theirs: Any) -> None:
    """Take over a text, unless a person has edited it."""
    node = work.document.find(path)
    mine = node.data if node else None
    now, then = (None if value is None else receipts.digest(value) for value in (mine, theirs))
    if then in (now, base):
        return
    if now != base:
        work.kept.append((name, EDITED if mine is not None else TAKEN_OUT))
        return
    if theirs is None and yamledit.commented(work.document, path):
        work.kept.append((name, "a comment stands beside it"))
        return
    _try(work, name, path, theirs)


def _try(work: _Work, name: str, path: Path, theirs: Any) -> None:
    try:
        if theirs is None:
            work.edit(name, _without(work.document, path))
        elif work.document.find(path[:-1]) is None:
            holder: Any = theirs
            for step in reversed(path[1:]):
                holder = {step: holder}
            work.edit(name, yamledit.put(work.document, path[:1], holder))
        else:
            work.edit(name, yamledit.put(work.document, path, theirs))
    except YamlError:
        work.kept.append((name, "it cannot be changed here without touching its neighbours"))


def _without(document: Document, path: Path) -> str:
    """The text without a key, and without the mapping that it was the last one of."""
    parent = document.find(path[:-1])
    return yamledit.drop(document, path[:-1] if parent and len(parent.children) == 1 and path[1:] else path)


def _list(work: _Work, name: str, path: Path, base: Any, theirs: Any) -> None:
    """Take over the items of a list that no person has edited."""
    node = work.document.find(path)
    mine = node.data if node and isinstance(node.data, list) else []
    wanted = theirs if isinstance(theirs, list) else []
    now = [
        f"# {index}" if yamledit.commented(work.document, (*path, index), above=True) else receipts.digest(one)
        for index, one in enumerate(mine)
    ]
    then = [receipts.digest(one) for one in wanted]
    held = base if isinstance(base, list) else []
    if then == held or then == [receipts.digest(one) for one in mine]:
        return
    items, conflicts = three_way(held, now, then)
    work.kept += [(dotted((*path, at)) if at < len(mine) else name, EDITED) for at in conflicts]
    if items == list(range(len(mine))):
        return
    made = [item if isinstance(item, int) else Fresh(wanted[item.index]) for item in items]
    try:
        if not made:
            work.edit(name, _without(work.document, path))
        elif not mine:
            _try(work, name, path, [item.value for item in made if isinstance(item, Fresh)])
        else:
            work.edit(name, yamledit.arrange(work.document, path, made))
    except YamlError:
        work.kept.append((name, "it cannot be changed here without touching its neighbours"))


@dataclass(frozen=True, slots=True)
class New:
    """An item that only the new source has."""

    index: int


def three_way(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> tuple[list[int | New], list[int]]:
    """The items of a list after both sides changed it: indexes into ``mine``, and ``New`` ones of ``theirs``.

    As ``diff3`` does it: between items that all three have, the side that changed something is taken; where both did,
    ``mine`` stays, and the second answer holds where that is.
    """
    items: list[int | New] = []
    conflicts: list[int] = []
    points = [(-1, -1, -1), *_common(base, mine, theirs), (len(base), len(mine), len(theirs))]
    for (b0, m0, t0), (b1, m1, t1) in pairwise(points):
        chunk = (list(base[b0 + 1 : b1]), list(mine[m0 + 1 : m1]), list(theirs[t0 + 1 : t1]))
        for one in _chunk(*chunk):
            if isinstance(one, New):
                items.append(New(one.index + t0 + 1))
            elif one < 0:
                conflicts.append(m0 + 1 + ~one)
            else:
                items.append(one + m0 + 1)
        if m1 < len(mine):
            items.append(m1)
    return items, conflicts


def _common(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Where an item stands in all three."""
    there, here = _matches(base, theirs), _matches(base, mine)
    yield from ((index, here[index], there[index]) for index in sorted(here.keys() & there.keys()))


def _matches(base: Sequence[str], other: Sequence[str]) -> dict[int, int]:
    matcher = difflib.SequenceMatcher(None, base, other, autojunk=False)
    return {m.a + n: m.b + n for m in matcher.get_matching_blocks() for n in range(m.size)}


def _chunk(base: list[str], mine: list[str], theirs: list[str]) -> Iterator[int | New]:
    """Items between two common ones; ``~n`` beside them says that ``mine[n]`` stays although both sides changed."""
    if mine == base:
        spare = {one: index for index, one in enumerate(mine)}
        yield from (spare.pop(one) if one in spare else New(index) for index, one in enumerate(theirs))
    elif theirs in (base, mine):
        yield from range(len(mine))
    elif not base:
        yield from range(len(mine))
        yield from (New(index) for index, one in enumerate(theirs) if one not in mine)
    elif len(base) == len(mine) == len(theirs):
        for index, (was, now, then) in enumerate(zip(base, mine, theirs, strict=True)):
            yield New(index) if now == was != then else index
            if now != was != then != now:
                yield ~index
    else:
        yield from range(len(mine))
        yield ~0
