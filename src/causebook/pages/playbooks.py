"""All playbooks: from the first line of the error to the page, and what was shown by running them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from causebook import pack, verified
from causebook.markdown import Md, code, escape, link
from causebook.pages import Page, Site, facet

HERE = "playbooks.md"
_SHOWN: dict[str, str] = {"passed": "passed", "failed": "FAILED", "stale": "changed since", "missing": "not run"}


def pages(site: Site) -> Iterator[Page]:
    """A page that leads to them, and one for each of ours that the project has not in its own kb/playbooks."""
    yield Page(HERE, "pages/playbooks.md.j2", lambda: _context(site), "the playbooks")
    for name in sorted(pack.names() - set(site.kb.playbooks)):
        yield Page(f"playbooks/{name}.md", "pages/playbook.md.j2", partial(_ours, name), f"the playbook {name}")


def _ours(name: str) -> dict[str, Any]:
    playbook = pack.load(name)
    return {"title": playbook.title, "body": Md(playbook.body.strip())}


def _context(site: Site) -> dict[str, Any]:
    versions = verified.pythons(site.kb.shown)
    messages: list[tuple[str, str, Md]] = []
    rows = []
    for playbook in sorted(site.kb.library.values(), key=lambda p: p.title.lower()):
        up = "../" if playbook.id in site.kb.playbooks else ""
        title = link(playbook.title, f"{up}playbooks/{playbook.id}.md")
        seen = sum(record.entry.playbook == playbook.id for record in site.kb.records)
        there = link(str(seen), facet("playbook", playbook.id)) if seen else escape("0")
        states = [verified.state(site.kb.shown, playbook, version) for version in versions]
        rows.append((title, playbook.summary, there, [_state(*state) for state in states]))
        signatures = playbook.front.signatures
        messages.extend((p.type, p.signature.message.shown, title) for p in signatures)
    told = [(kind, code(text), title) for kind, text, title in sorted(set(messages))]
    return {"rows": rows, "versions": versions, "messages": told}


def _state(state: str, day: str) -> str:
    return f"{_SHOWN[state]} {day}".strip() if state in _SHOWN else "–"
