"""All playbooks: from the first line of the error to the page, and what was shown by running them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from causebook import verified
from causebook.markdown import Md, code, escape, link
from causebook.pages import Page, Site, facet

HERE = "playbooks.md"
_SHOWN: dict[str, str] = {"passed": "passed", "failed": "FAILED", "stale": "changed since", "missing": "not run"}


def pages(site: Site) -> Iterator[Page]:
    """One page, where there are playbooks."""
    if site.kb.playbooks:
        yield Page(HERE, "pages/playbooks.md.j2", lambda: _context(site), "the playbooks")


def _context(site: Site) -> dict[str, Any]:
    versions = verified.pythons(site.kb.verified)
    messages: list[tuple[str, str, Md]] = []
    rows = []
    for playbook in sorted(site.kb.playbooks.values(), key=lambda p: p.title.lower()):
        title = link(playbook.title, f"../playbooks/{playbook.id}.md")
        seen = sum(record.entry.playbook == playbook.id for record in site.kb.records)
        there = link(str(seen), facet("playbook", playbook.id)) if seen else escape("0")
        states = [verified.state(site.kb.verified, playbook, version) for version in versions]
        rows.append((title, playbook.summary, there, [_state(*state) for state in states]))
        signatures = playbook.front.signatures
        messages.extend((p.type, p.signature.message.shown, title) for p in signatures)
    told = [(kind, code(text), title) for kind, text, title in sorted(set(messages))]
    return {"rows": rows, "versions": versions, "messages": told}


def _state(state: str, day: str) -> str:
    return f"{_SHOWN[state]} {day}".strip() if state in _SHOWN else "–"
