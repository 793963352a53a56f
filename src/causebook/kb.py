"""The knowledge base: loads a tree of entries and playbooks, indexes it, and keeps the problems met on the way."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from causebook import config as settings
from causebook import files, pack, playbook, redaction, traits, verified, yamlio
from causebook.ahead import Early, read_document
from causebook.config import Config, entry_paths
from causebook.errors import CausebookError, Place, YamlError
from causebook.findings import Finding, dotted
from causebook.model import KINDS, Entry, Incident, Session
from causebook.model.parts import Correction
from causebook.model.words import INVERSE
from causebook.traits import Traits


@dataclass(frozen=True, slots=True)
class Record:
    """An entry and the file it was read from."""

    entry: Entry
    document: yamlio.Document
    path: str
    """Path of the file from the project's root, with forward slashes."""

    @property
    def date(self) -> str:
        """The day it is filed under, as in its id: ``2026-11-21``."""
        return self.entry.id[:10]

    def place(self, *path: str | int, key: bool = False) -> Place:
        """Where the value at ``path`` stands in the file."""
        return self.document.place(path, key=key)


@dataclass(frozen=True, slots=True)
class Link:
    """One side of a relation, as seen from an entry: also those that only the other entry wrote down."""

    type: str
    target: str
    note: str
    written: bool
    """Whether this entry itself holds it."""


@dataclass(frozen=True)
class KnowledgeBase:
    """Everything read from one project."""

    root: Path
    config: Config
    records: tuple[Record, ...]
    """All valid entries, the latest first."""
    playbooks: dict[str, playbook.Playbook]
    """The project's own, by id."""
    problems: tuple[Finding, ...]
    """What could not be read, stamped with the name of the check that explains it."""
    files: int
    """Number of entry files found, readable or not."""
    unread: tuple[str, ...] = field(default=())
    """Ids (by file name) of entries that are there but could not be read."""
    recorded: verified.Held = field(default_factory=dict)
    """What running the project's own playbooks showed."""
    only: frozenset[str] | None = None
    """Paths of the entries that are asked about; None: all."""
    others: Mapping[str, Traits] = field(default_factory=dict)
    """Sound entries that were not read again, by path: only what others are compared with is known of them."""

    @cached_property
    def asked(self) -> tuple[Record, ...]:
        """The entries that are asked about, the latest first; the others are there to be named and compared with."""
        return self.records if self.only is None else tuple(r for r in self.records if r.path in self.only)

    @cached_property
    def library(self) -> dict[str, playbook.Playbook]:
        """All playbooks by id: the project's own, and those of ours that it does not replace."""
        return {name: pack.load(name) for name in pack.names() if name not in self.playbooks} | self.playbooks

    @cached_property
    def shown(self) -> verified.Held:
        """What running them showed."""
        return {name: held for name, held in pack.record().items() if name not in self.playbooks} | self.recorded

    @cached_property
    def by_id(self) -> dict[str, Record]:
        """Entries by id; of two with one id the first by path."""
        found: dict[str, Record] = {}
        for record in sorted(self.records, key=lambda r: r.path):
            found.setdefault(record.entry.id, record)
        return found

    @cached_property
    def by_path(self) -> dict[str, Record]:
        """Entries by path of their file."""
        return {record.path: record for record in self.records}

    @cached_property
    def traits(self) -> tuple[Traits, ...]:
        """Those of all entries, the oldest first."""
        own = [traits.of(record.entry, record.path) for record in self.records]
        return tuple(sorted(sorted([*own, *self.others.values()], key=lambda t: t.path), key=lambda t: t.order))

    @cached_property
    def ids(self) -> frozenset[str]:
        """Ids of all entries that are there, read or not."""
        return frozenset({*self.by_id, *self.unread, *(one.id for one in self.others.values())})

    @cached_property
    def incidents(self) -> tuple[tuple[Record, Incident], ...]:
        """The incidents, the latest first."""
        return tuple((r, r.entry) for r in self.records if isinstance(r.entry, Incident))

    @cached_property
    def sessions(self) -> tuple[tuple[Record, Session], ...]:
        """The sessions, the latest first."""
        return tuple((r, r.entry) for r in self.records if isinstance(r.entry, Session))

    @cached_property
    def by_playbook(self) -> dict[str, list[Record]]:
        """Entries by the playbook that they name, the latest first."""
        found: dict[str, list[Record]] = defaultdict(list)
        for record in self.records:
            if record.entry.playbook:
                found[record.entry.playbook].append(record)
        return dict(found)

    @cached_property
    def corrected(self) -> tuple[tuple[Record, Correction], ...]:
        """What entries say and was shown to be otherwise."""
        return tuple((record, correction) for record in self.records for correction in record.entry.corrections)

    @cached_property
    def links(self) -> dict[str, tuple[Link, ...]]:
        """Relations of every entry, both ways, in the order written; targets may be missing."""
        found: dict[str, dict[tuple[str, str], Link]] = defaultdict(dict)
        for one in self.traits:
            for type_, target, note in one.relations:
                found[one.id][type_, target] = Link(type_, target, note, written=True)
        for source, links in [(source, list(links.values())) for source, links in found.items()]:
            for link in links:
                if link.written:
                    back = (INVERSE[link.type], source)
                    found[link.target].setdefault(back, Link(*back, link.note, written=False))
        return {source: tuple(links.values()) for source, links in found.items()}

    @cached_property
    def _sensitive(self) -> dict[str, tuple[tuple[yamlio.Path, redaction.Found], ...]]:
        return {}

    def sensitive(self, record: Record) -> tuple[tuple[yamlio.Path, redaction.Found], ...]:
        """What of ``record`` must not be published, with the way to the text that holds it; searched once."""
        if record.path not in self._sensitive:
            found = list(redaction.find_among(record.document.texts, self.config.allow))
            ways = [way for way, _ in yamlio.strings(record.document.data)] if found else []
            self._sensitive[record.path] = tuple((ways[n], one) for n, ones in found for one in ones)
        return self._sensitive[record.path]

    def find(self, text: str) -> Record:
        """The entry whose id is, starts with or contains ``text``.

        Raises:
            CausebookError: none, or several.
        """
        if text in self.by_id:
            return self.by_id[text]
        hits = [r for i, r in self.by_id.items() if i.startswith(text)] or [
            r for i, r in self.by_id.items() if text in i
        ]
        if len(hits) == 1:
            return hits[0]
        if hits:
            raise CausebookError(f"{text!r} fits {len(hits)} entries", hint=", ".join(r.entry.id for r in hits[:5]))
        close = difflib.get_close_matches(text, list(self.by_id), 1, 0.3)
        raise CausebookError(f"no entry {text!r}", hint=f"did you mean {close[0]}?" if close else "`causebook list`")


def load(
    root: Path, config: Config | None = None, early: Early | None = None, only: Iterable[Path] | None = None
) -> KnowledgeBase:
    """Read all entries and playbooks of the project at ``root``; what cannot be read becomes a problem.

    ``early`` has read some of them. With ``only``, no other entries than these.
    """
    config = settings.load(root) if config is None else config
    records: list[Record] = []
    problems: list[Finding] = []
    unread: list[str] = []
    paths = list(entry_paths(root, config) if only is None else only)
    for path in paths:
        try:
            document = (early.document(path) if early else None) or read_document(root, path)
        except CausebookError as error:
            problems.append(_problem(error))
            unread.append(path.stem)
            continue
        entry = _validate(document, problems)
        if entry is None:
            unread.append(path.stem)
        else:
            records.append(Record(entry, document, document.name))
    records.sort(key=lambda r: (r.date, traits.started(r.entry), r.entry.id), reverse=True)
    playbooks = _playbooks(root, config, problems)
    shown = _verified(root, config, problems)
    return KnowledgeBase(root, config, tuple(records), playbooks, tuple(problems), len(paths), tuple(unread), shown)


def _problem(error: CausebookError) -> Finding:
    rule = "yaml_syntax" if isinstance(error, YamlError) else "file_readable"
    return Finding(error.message, error.place or Place(""), error.hint, rule=rule)


def _playbooks(root: Path, config: Config, problems: list[Finding]) -> dict[str, playbook.Playbook]:
    found: dict[str, playbook.Playbook] = {}
    for path in sorted((root / config.kb / "playbooks").glob("*.md")):
        if path.stem == "index":
            continue
        name = path.relative_to(root).as_posix()
        try:
            found[path.stem] = playbook.parse(files.read_text(path, name=name), name)
        except CausebookError as error:
            problems.append(_problem(error))
    return found


def _verified(root: Path, config: Config, problems: list[Finding]) -> verified.Held:
    try:
        return verified.load(root / config.kb / "playbooks", name=f"{config.kb}/playbooks/{verified.NAME}")
    except CausebookError as error:
        problems.append(_problem(error))
        return {}


def _validate(document: yamlio.Document, problems: list[Finding]) -> Entry | None:
    data = document.data
    if not isinstance(data, dict):
        message = f"expected keys and values, found {'a list' if isinstance(data, list) else 'text'}"
        problems.append(Finding(message, document.place(), "start with `kind: incident`", rule="schema"))
        return None
    if data.get("kind") not in list(KINDS):  # a list can be asked for what cannot be a key
        problems.append(_kind_problem(document, data.get("kind")))
        return None
    model = KINDS[data["kind"]]
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems.extend(_schema_problem(document, model, dict(e)) for e in error.errors(include_url=False))
        return None


def _kind_problem(document: yamlio.Document, kind: object) -> Finding:
    kinds = ", ".join(KINDS)
    if kind is None:
        return Finding(f"no kind; expected one of {kinds}", document.place(), "add `kind: incident`", rule="schema")
    close = difflib.get_close_matches(str(kind), list(KINDS), 1)
    hint = f"did you mean {close[0]}?" if close else f"one of {kinds}"
    return Finding(f"kind is {kind!r}, expected one of {kinds}", document.place(("kind",)), hint, rule="schema")


def _schema_problem(document: yamlio.Document, model: type[BaseModel], error: dict[str, Any]) -> Finding:
    location = tuple(step for step in error["loc"] if step != "[key]")
    is_key = error["type"] == "extra_forbidden" or "[key]" in error["loc"]
    place = document.place(location, key=is_key)
    shown = dotted(location)
    if error["type"] == "extra_forbidden":
        known = _fields(model, location[:-1])
        close = difflib.get_close_matches(str(location[-1]), known, 1)
        hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}; your own keys start with x-"
        return Finding(f"unknown key {shown}", place, hint, field=shown, rule="schema")
    if error["type"] == "missing":
        return Finding(f"{shown} is missing", place, f"add `{location[-1]}:`", field=shown, rule="schema")
    message, hint = _explain(error)
    return Finding(f"{shown}: {message}", place, hint, field=shown, rule="schema")


_KINDS_OF_VALUE = {
    "tuple_type": "a list: lines that start with `- `",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
    "string_type": "text",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "bool_parsing": "true or false",
    "string_too_short": "text, not an empty value",
}


def _explain(error: dict[str, Any]) -> tuple[str, str]:
    """Message and hint for an error of pydantic: what was found, what was expected."""
    value, kind, context = error["input"], error["type"], error.get("ctx", {})
    found = repr(value) if isinstance(value, str) and len(value) <= 60 else _nature(value)
    if kind == "literal_error":
        choices = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        close = difflib.get_close_matches(str(value).lower().replace("-", "_"), choices, 1)
        return f"found {found}, expected one of {', '.join(choices)}", f"did you mean {close[0]}?" if close else ""
    if kind in _KINDS_OF_VALUE:
        return f"found {found}, expected {_KINDS_OF_VALUE[kind]}", ""
    if kind == "string_too_long":
        return f"found {len(value)} characters, expected at most {context['max_length']}", "shorten it"
    if kind == "string_pattern_mismatch":
        return f"found {found}, expected the form {context['pattern']}", ""
    return f"found {found}, {error['msg'][:1].lower()}{error['msg'][1:]}", ""


def _nature(value: object) -> str:
    if isinstance(value, str):
        return f"text of {len(value)} characters"
    return {dict: "keys and values", list: "a list", type(None): "nothing"}.get(type(value), type(value).__name__)


def _fields(model: type[BaseModel], location: tuple[str | int, ...]) -> list[str]:
    """Names of the fields of the part of ``model`` that stands at ``location``."""
    for step in location:
        if isinstance(step, str) and step in model.model_fields:
            inner = _model_in(model.model_fields[step].annotation)
            if inner is not None:
                model = inner
    return [name for name in model.model_fields if name != "extensions"]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for a in get_args(annotation) if (m := _model_in(a))), None)
