"""Documents -> entries on disk: what an import writes the first time, and what it changes when it comes again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from causebook import config as settings
from causebook import drafts, files, receipts, yamlio
from causebook.config import Config
from causebook.errors import CausebookError
from causebook.importers import Document, Imported, NothingToImport
from causebook.merge import CannotMerge, merge


@dataclass(frozen=True, slots=True)
class Change:
    """What an import does to one entry."""

    entry: str
    what: Literal["new", "updated", "unchanged", "left", "gone"]
    """``left``: its source has changed, and it cannot be updated. ``gone``: its source speaks of it no more."""
    name: str
    """The entry's file, from the root."""
    before: str = ""
    after: str = ""
    fields: tuple[str, ...] = ()
    """The fields that are updated."""
    kept: tuple[tuple[str, str], ...] = ()
    """Fields that the source tells otherwise now and that stay, each with the reason."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one document."""

    name: str
    said: str = ""
    imported: Imported | None = None
    changes: tuple[Change, ...] = ()
    broken: bool = False
    """Whether it could not be read or its entries could not be written, unlike one that is refused."""


@dataclass(frozen=True, slots=True)
class Held:
    """An entry that an earlier import wrote."""

    document: yamlio.Document
    data: Mapping[str, Any]

    @property
    def origin(self) -> Mapping[str, Any]:
        """Its provenance."""
        found: Mapping[str, Any] = self.data["provenance"]
        return found

    @property
    def identity(self) -> str:
        """Its id."""
        return str(self.data.get("id"))


@dataclass(slots=True)
class Library:
    """The entries that are there: all ids, and what earlier imports wrote."""

    root: Path
    config: Config
    ids: set[str] = field(default_factory=set)
    imported: list[Held] = field(default_factory=list)

    def of(self, source: str) -> list[Held]:
        """What was imported from the document of this name."""
        return [one for one in self.imported if one.origin.get("source") == source]

    def same(self, sha: str) -> list[Held]:
        """What was imported from a document that read just so."""
        return [one for one in self.imported if one.origin.get("source_sha256") == sha]

    def add(self, name: str, text: str) -> None:
        """Take in the text of an entry's file."""
        self.ids.add(Path(name).stem)
        if "method: imported" not in text and "method: 'imported'" not in text and '"imported"' not in text:
            return  # most entries; parsing them all is most of the time of a second import
        try:
            document = yamlio.parse(text, name)
        except CausebookError:
            return  # `causebook check` tells of it
        data = document.data
        origin = data.get("provenance") if isinstance(data, dict) else None
        if isinstance(data, dict) and isinstance(origin, dict) and origin.get("method") == "imported":
            self.ids.add(str(data.get("id")))
            self.imported = [one for one in self.imported if one.document.name != name]
            self.imported.append(Held(document, data))


def library(root: Path, config: Config) -> Library:
    """What lies under the entries folder, in whatever file: an entry is known by what it holds, not by its name."""
    found = Library(root, config)
    for path in settings.entry_paths(root, config):
        try:
            found.add(path.relative_to(root).as_posix(), files.read_text(path, name=path.name))
        except CausebookError:
            continue  # `causebook check` tells of it
    return found


def take(name: str, read: Callable[[], Iterable[Document]], shelf: Library, *, write: bool) -> Iterator[Row]:
    """Import the documents that ``read`` gives: see what their entries are now, and (with ``write``) write the changes.

    What cannot be read is a row as well; it never stops the others.
    """
    try:
        found = list(read())
    except NothingToImport as error:
        found = [Document(name, None, error.message)]
    except CausebookError as error:
        found = []
        yield Row(name, str(error).removeprefix(f"{name}: "), broken=True)
    for one in found:
        if one.imported is None or not one.imported.entries:
            yield Row(one.name, one.reason, one.imported)
            continue
        try:
            yield _taken(planned(one.name, one.imported, shelf), shelf, write=write)
        except CausebookError as error:
            yield Row(one.name, str(error), broken=True)


def _taken(row: Row, shelf: Library, *, write: bool) -> Row:
    for change in row.changes:
        if write:
            _write(change, shelf)
        if change.after:
            shelf.add(change.name, change.after)
    return row


def _write(change: Change, shelf: Library) -> None:
    if change.what == "new":
        files.create_text(shelf.root / change.name, change.after)
    elif change.after:
        files.write_text(shelf.root / change.name, change.after)


def planned(name: str, imported: Imported, shelf: Library) -> Row:
    """What importing ``imported`` does to the entries that are there."""
    sha = str(imported.entries[0]["provenance"]["source_sha256"])
    ids = {one["id"] for one in imported.entries}
    same = [one for one in shelf.same(sha) if one.origin.get("source") == name or one.identity in ids]
    if same:
        return _again(name, imported, same, shelf)
    earlier = shelf.of(name)
    if not earlier:
        entries = _renamed(imported.entries, _free(imported.entries, shelf.ids))
        changes = tuple(_new(one, imported, shelf) for one in _incidents_first(entries))
        return Row(name, "new", replace(imported, entries=tuple(entries)), changes)
    return _updated(name, imported, earlier, shelf)


def _again(name: str, imported: Imported, same: list[Held], shelf: Library) -> Row:
    """The document was imported as it is: nothing to do, but for what an interrupted import did not come to write."""
    source = str(same[0].origin.get("source"))
    moved = source != name and "#" not in source and not (shelf.root / source).exists()
    changes = []
    for one in same:
        update = merge(one.document, {**one.data, "provenance": {"source": name}}).text if moved else ""
        changes.append(Change(one.identity, "updated" if moved else "unchanged", one.document.name,
                              one.document.text, update, ("provenance.source",) if moved else ()))  # fmt: skip
    said = "unchanged: imported before" if source == name else f"unchanged: imported before as {source}"
    if moved:
        said = f"imported before as {source}, and moved since"
    wanted = {target for one in same for target in _named(one.data)}
    missing = [one for one in imported.entries if one["id"] not in shelf.ids]
    while restored := [one for one in missing if one["id"] in wanted]:
        changes += [_new(one, imported, shelf) for one in restored]
        wanted |= {target for one in restored for target in _named(one)}
        missing = [one for one in missing if one not in restored]
        said = "an earlier import was interrupted; what it had not written is added"
    return Row(name, said, imported, tuple(changes))


def _named(data: Mapping[str, Any]) -> set[str]:
    """Ids of the entries that an entry names."""
    return {str(one) for one in data.get("incidents", ())} | {
        str(one.get("target")) for one in data.get("relations", ()) if isinstance(one, dict)
    }


def _new(data: Mapping[str, Any], imported: Imported, shelf: Library) -> Change:
    identity = str(data["id"])
    name = drafts.path_of(Path(), shelf.config, identity).as_posix()
    text = f"{drafts.SCHEMA_LINE}\n{yamlio.dump(_receipted(data, imported))}"
    return Change(identity, "new", name, "", text)


def _receipted(data: Mapping[str, Any], imported: Imported) -> dict[str, Any]:
    """An entry as it is written: its receipts with it."""
    own = [(one.field, one.first, one.last) for one in imported.receipts if one.entry == data["id"] and not one.at]
    return {**data, "provenance": {**data["provenance"], "receipts": receipts.taken(data, own)}}


def _incidents_first(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The session last: when an import is interrupted, the incidents name it, and the next import adds it."""
    return sorted(entries, key=lambda one: one["kind"] == "session")


def _free(entries: Sequence[dict[str, Any]], ids: set[str]) -> dict[str, str]:
    """Other ids for those that are taken: titles and days can be the same, and four digits are few."""
    found: dict[str, str] = {}
    for one in entries:
        new = old = str(one["id"])
        while new in ids or new in found.values():
            new = f"{new[:-4]}{hashlib.sha256(new.encode()).hexdigest()[:4]}"
        if new != old:
            found[old] = new
    return found


def _renamed(value: Any, ids: Mapping[str, str]) -> Any:
    """``value`` with ids exchanged."""
    if not ids:
        return value
    if isinstance(value, dict):
        return {key: _renamed(one, ids) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(one, ids) for one in value]
    return ids.get(value, value) if isinstance(value, str) else value


def _updated(name: str, imported: Imported, earlier: list[Held], shelf: Library) -> Row:
    """The document has changed since it was imported."""
    pairs = _pairs(imported.entries, earlier)
    ids = {str(imported.entries[index]["id"]): held.identity for index, held in pairs.items()}
    ids |= _free([one for n, one in enumerate(imported.entries) if n not in pairs], shelf.ids)
    entries = [dict(one) for one in _renamed(list(imported.entries), ids)]
    lines = tuple(replace(one, entry=ids.get(one.entry, one.entry)) for one in imported.receipts)
    imported = replace(imported, entries=tuple(entries), receipts=lines)
    gone = [one for one in earlier if one not in pairs.values()]
    for one in entries:
        if "incidents" in one:  # an incident that the source dropped still names its session
            one["incidents"] = [*one["incidents"], *(h.identity for h in gone if h.data.get("kind") == "incident")]
    changes = [_merged(_receipted(entries[n], imported), held) for n, held in pairs.items()]
    changes += [_new(one, imported, shelf) for n, one in enumerate(entries) if n not in pairs]
    changes += [Change(one.identity, "gone", one.document.name, reason=f"{name} speaks of it no more") for one in gone]
    return Row(name, "the source has changed since it was imported", imported, tuple(changes))


def _merged(data: dict[str, Any], held: Held) -> Change:
    document = held.document
    if not held.origin.get("receipts"):
        reason = "its import left no receipts, so what a person has edited since cannot be told"
        return Change(held.identity, "left", document.name, reason=reason)
    try:
        merged = merge(document, data)
    except CannotMerge as error:
        return Change(held.identity, "left", document.name, reason=error.message)
    what: Literal["updated", "unchanged"] = "updated" if merged.changed else "unchanged"
    return Change(held.identity, what, document.name, document.text, merged.text, merged.changed, merged.kept)


def _pairs(entries: Sequence[dict[str, Any]], earlier: list[Held]) -> dict[int, Held]:
    """Which entry of the document is which of those imported before: by title as imported, else by what they share."""
    found: dict[int, Held] = {}
    for alike in (_same_title, _most_shared):
        for number, one in enumerate(entries):
            if number in found:
                continue
            free = [h for h in earlier if h not in found.values() and h.data.get("kind") == one["kind"]]
            if (match := alike(one, free)) is not None:
                found[number] = match
    for kind in ("incident", "session"):
        new = [n for n, one in enumerate(entries) if one["kind"] == kind]
        old = [h for h in earlier if h.data.get("kind") == kind]
        if len(new) == len(old) == 1:
            found[new[0]] = old[0]
    return found


def _same_title(one: dict[str, Any], free: list[Held]) -> Held | None:
    wanted = receipts.digest(one["title"])
    return next((held for held in free if receipts.held(held.data).get("title") == wanted), None)


def _most_shared(one: dict[str, Any], free: list[Held]) -> Held | None:
    own = _digests({name: value for name, value in one.items() if name not in {"incidents", "relations"}})
    best = max(free, key=lambda held: len(own & _recorded(held)), default=None)
    return best if best is not None and len(own & _recorded(best)) * 3 >= max(len(own), 1) else None


def _digests(data: Mapping[str, Any]) -> set[str]:
    """Digests of what is long enough not to stand in any entry."""
    values = [one for _, unit in receipts.units(data) for one in (unit if isinstance(unit, list) else [unit])]
    return {receipts.digest(one) for one in values if len(str(one)) > 20}


def _recorded(held: Held) -> set[str]:
    return {str(one.get("digest")) for one in held.origin.get("receipts", ()) if isinstance(one, dict)}
