"""The base as data: every entry with what git adds, the schemas, and the style sheet of the pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from causebook import templating
from causebook.kb import Record
from causebook.links import CommitFact
from causebook.model.schema import DIALECT, entry_schema
from causebook.pages import Data, Site, home
from causebook.pages.files import touched

GENERATOR = "causebook"


def pages(site: Site) -> Iterator[Data]:
    """``index.json``, its schema, the schema of an entry, and the assets."""
    yield Data("index.json", partial(_index, site))
    yield Data("index.schema.json", lambda: _json(index_schema()))
    yield Data("entry.schema.json", lambda: _json(entry_schema()))
    for asset in sorted((templating.SHIPPED / "assets").iterdir()):
        yield Data(f"assets/{asset.name}", asset.read_text(encoding="utf-8"))


def _index(site: Site) -> str:
    """The index with one entry a line: readable in a diff, and json's quick encoder works only without indentation."""
    head = {"generator": GENERATOR, "version": 1, "repository": site.facts.web or None}
    lines = ",\n".join(whole(site, record) for record in site.kb.records)
    return f'{json.dumps(head)[:-1]}, "entries": [\n{lines}\n]}}\n'


def _json(data: object) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def whole(site: Site, record: Record) -> str:
    """An entry as JSON on one line: all that it holds, and under ``derived`` what git and the other entries add."""
    history = site.facts.histories.get(record.path)
    derived: dict[str, Any] = {
        "path": record.path,
        "page": home(record).removesuffix(".md") + "/",
        "date": record.date,
        "commits": [_commit(fact) for fact in site.facts.commits.get(record.entry.id, ())],
        "relations": [{"type": link.type, "target": link.target} for link in site.kb.links.get(record.entry.id, ())],
        "files": sorted(touched(site, record)),
        "trailers": [m.commit.sha for m in site.facts.mentions.get(record.entry.id, ())],
    }
    if history:
        derived |= {
            "landed_in": history.landed_in.sha,
            "pull_request": history.landed_in.pull_request,
            "first_change": history.first.authored,
            "last_change": history.last.authored,
            "authors": list(history.authors),
        }
    if former := site.facts.former(record):
        derived["former_ids"] = list(former)
    entry = record.entry.model_dump_json(exclude_defaults=True)
    added = json.dumps({**record.entry.extensions, "derived": derived}, ensure_ascii=False)
    return f"{entry[:-1]},{added[1:]}"


def _commit(fact: CommitFact) -> dict[str, Any]:
    known = {
        "sha": fact.sha or fact.text,
        "role": fact.role,
        "repo": fact.repo,
        "state": fact.state,
        "reason": fact.reason,
        "subject": fact.commit.subject if fact.commit else "",
        "reverted_by": fact.reverted_by.sha if fact.reverted_by else "",
        "proposed": fact.proposals[0].proposed if fact.proposals else "",
        "url": fact.url,
    }
    return {key: value for key, value in known.items() if value}


def index_schema() -> dict[str, Any]:
    """JSON Schema of ``index.json``."""
    text, texts = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    commit = {
        "sha": {**text, "description": "Full sha when verified, else as written."},
        "role": text,
        "repo": {**text, "description": "Another repository; absent for this one."},
        "state": {"enum": ["verified", "missing", "ambiguous", "not_a_commit", "unverified"]},
        "reason": {**text, "description": "Why it is unverified."},
        "subject": text,
        "reverted_by": {**text, "description": "Sha of the commit that reverted it."},
        "proposed": {**text, "description": "Sha of the commit that probably replaced it."},
        "url": text,
    }
    derived = {
        "path": {**text, "description": "The entry's file, from the root of the project."},
        "page": {**text, "description": "Its page, from the address of this file."},
        "date": {**text, "description": "The day it is filed under."},
        "commits": {
            "type": "array",
            "items": {"type": "object", "properties": commit, "required": ["sha", "role", "state"]},
        },
        "relations": {"type": "array", "items": {"type": "object", "properties": {"type": text, "target": text}}},
        "files": {**texts, "description": "Files it names or its fix changed."},
        "trailers": {**texts, "description": "Commits that name it in a trailer."},
        "landed_in": {**text, "description": "The commit that brought the entry into this branch."},
        "pull_request": {"type": ["integer", "null"]},
        "first_change": text,
        "last_change": text,
        "authors": texts,
        "former_ids": {**texts, "description": "Ids it had before its file was renamed; their addresses lead here."},
    }
    entry = {
        "type": "object",
        "description": "An entry as entry.schema.json describes it, empty values left out, and what was derived.",
        "required": ["id", "kind", "title", "status", "derived"],
        "properties": {"derived": {"type": "object", "properties": derived, "required": ["path", "page", "date"]}},
    }
    return {
        "$schema": DIALECT,
        "title": "Causebook index",
        "type": "object",
        "required": ["generator", "version", "entries"],
        "properties": {
            "generator": {"const": GENERATOR},
            "version": {"const": 1},
            "repository": {"type": ["string", "null"], "description": "Web address of the repository."},
            "entries": {"type": "array", "items": entry},
        },
    }
