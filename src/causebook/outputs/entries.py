"""The entries: a list to choose from, each one wholly with what git and the other entries add, and the schemas."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from causebook.kb import Record
from causebook.model import Incident
from causebook.model.schema import entry_schema
from causebook.outputs._addresses import Addresses, page
from causebook.pages import Data, Site
from causebook.pages.data import whole

LIST = "entries.json"
VERSION = 1
"""Of the form of these files; it grows when something that is there changes its name or its meaning."""


def files(site: Site) -> Iterator[Data]:
    """``entries.json``, ``entries/<id>.json`` and ``schema.json``."""
    each = {name: f"{whole(site, record)}\n" for name, record in site.kb.by_id.items()}
    yield Data(LIST, partial(_list, site, each))
    for name, text in each.items():
        yield Data(f"entries/{name}.json", text)
    yield Data("schema.json", lambda: json.dumps(entry_schema(), indent=1, ensure_ascii=False) + "\n")


def _list(site: Site, each: dict[str, str]) -> str:
    """One entry a line: readable in a diff."""
    addresses = Addresses(site)
    lines = ",\n".join(_line(addresses, record, each[record.entry.id]) for record in records(site))
    head = json.dumps({"version": VERSION, "repository": site.facts.web or None})
    return f'{head[:-1]}, "entries": [\n{lines}\n]}}\n'


def records(site: Site) -> list[Record]:
    """Entries, the latest first; of two with one id the one that has the page."""
    return [record for record in site.kb.records if site.kb.by_id[record.entry.id] is record]


def _line(addresses: Addresses, record: Record, text: str) -> str:
    entry = record.entry
    line: dict[str, Any] = {
        "id": entry.id,
        "kind": entry.kind,
        "title": entry.title,
        "status": entry.status,
        "date": record.date,
        "severity": entry.severity if isinstance(entry, Incident) else None,
        "tags": list(entry.tags),
        "components": list(entry.components),
        "playbook": entry.playbook,
        "url": addresses.to(page(record), LIST),
        "data": f"entries/{entry.id}.json",
        "digest": hashlib.sha256(text.encode()).hexdigest(),
    }
    return json.dumps(line, ensure_ascii=False)
