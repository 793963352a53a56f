"""The playbooks as data: how each class of failure shows, where it was met, and what running its cases showed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any

from causebook import verified
from causebook.outputs._addresses import Addresses
from causebook.pages import Data, Site
from causebook.pages.playbooks import home

PATH = "playbooks.json"
VERSION = 1
"""Of the form of this file; it grows when something that is there changes its name or its meaning."""


def files(site: Site) -> Iterator[Data]:
    """``playbooks.json``."""
    yield Data(PATH, partial(_text, site))


def _text(site: Site) -> str:
    addresses, seen = Addresses(site), _seen(site)
    lines = ",\n".join(
        json.dumps(_playbook(site, addresses, name, seen[name]), ensure_ascii=False) for name in sorted(site.kb.library)
    )
    return f'{{"version": {VERSION}, "playbooks": [\n{lines}\n]}}\n'


def _seen(site: Site) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for record in site.kb.records:
        if record.entry.playbook:
            found[record.entry.playbook].append(record.entry.id)
    return found


def _playbook(site: Site, addresses: Addresses, name: str, seen: list[str]) -> dict[str, Any]:
    playbook = site.kb.library[name]
    front, shown = playbook.front, site.kb.shown
    return {
        "id": name,
        "kind": front.kind,
        "title": front.title,
        "summary": front.summary,
        "group": front.group,
        "when": front.when,
        "libraries": list(front.libraries),
        "python": front.python,
        "requirements": list(front.requirements),
        "signatures": [signature.model_dump(exclude_defaults=True) for signature in front.signatures],
        "cascades": list(front.cascades),
        "owner": front.owner,
        "reviewed": front.reviewed,
        "own": name in site.kb.playbooks,
        "url": addresses.to(f"records/{home(name).removesuffix('.md')}/", PATH),
        "entries": seen,
        "cases": [{"name": case.name, "role": case.role} for case in playbook.cases],
        "verified": {
            python: dict(zip(("state", "since"), verified.state(shown, playbook, python), strict=True))
            for python in verified.pythons({name: shown.get(name, {})})
        },
    }
