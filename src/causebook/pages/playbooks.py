"""Playbooks: the page that leads from the first line of an error to one, and a page for each with its proof."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from causebook import diagram, verified
from causebook.markdown import Md, code, escape, link
from causebook.pages import Page, Site, entry_link, facet, to
from causebook.playbook import Playbook, applies

HERE = "playbooks.md"
_OTHERS = "It says something else"
_DRAWN = "From what the first line of the error is about to what tells the playbooks apart; it stands above as text"
_SHOWN: dict[str, str] = {"passed": "passed", "failed": "FAILED", "stale": "changed since", "missing": "not run"}
_NAMED = re.compile(r"(?<![`\[])`([a-z0-9-]+)`(?!`)")
_TARGET = re.compile(r"(?<=\]\()(?![#/]|[a-z+.-]+:)([^()\s]+)(?=\))")


def home(name: str) -> str:
    """Path of a playbook's page."""
    return f"playbooks/{name}.md"


def pages(site: Site) -> Iterator[Page]:
    """A page that leads to them, and one for each: the project's own, and ours that it does not replace."""
    yield Page(HERE, "pages/playbooks.md.j2", partial(_overview, site), "the playbooks")
    for name in sorted(site.kb.library):
        yield Page(home(name), "pages/playbook.md.j2", partial(_page, site, name), f"the playbook {name}")


def _page(site: Site, name: str) -> dict[str, Any]:
    playbook = site.kb.library[name]
    here = home(name)
    seen = [(entry_link(here, record), record) for record in site.kb.by_playbook.get(name, ())]
    versions = verified.pythons({name: site.kb.shown.get(name, {})})
    return {
        "playbook": playbook,
        "title": playbook.title,
        "body": Md(_relinked(playbook.body.strip(), set(site.kb.library) - {name})),
        "seen": seen,
        "shows": list(_shows(site, here, name)),
        "all_seen": link("all of them", to(here, facet("playbook", name))) if seen else None,
        "versions": versions,
        "proof": list(_proof(site, playbook, versions)),
        "packages": _packages(site, name),
    }


def _shows(site: Site, here: str, name: str) -> Iterator[tuple[str, str, str, Md]]:
    """(case, claim, finding, entry) of the corrections that a case of this playbook shows."""
    for record, correction in site.kb.corrected:
        if correction.playbook == name:
            yield correction.case or "", correction.claim, correction.finding, entry_link(here, record)


def _proof(site: Site, playbook: Playbook, versions: tuple[str, ...]) -> Iterator[tuple[Md, list[str]]]:
    """Each case with what it showed, by Python."""
    held = site.kb.shown.get(playbook.id, {})
    for case in playbook.cases:
        states = []
        for version in versions:
            if not applies(playbook.front.python, version) or not applies(case.options.python, version):
                states.append("–")
            else:
                state, day = verified.case_state(held.get(case.name, {}), playbook, case, version)
                states.append(f"{_SHOWN[state]} {day}".strip())
        yield code(case.name), states


def _packages(site: Site, name: str) -> list[str]:
    """The packages, with versions, that the results were got with."""
    slots = (slot for case in site.kb.shown.get(name, {}).values() for slot in case.values())
    return sorted({package for slot in slots for package in slot.get("packages", ())}, key=str.lower)


def _relinked(body: str, names: set[str]) -> str:
    """``body`` with its relative links as they have to be one folder deeper; other playbooks' names become links."""
    lines, fence = [], ""
    for line in body.split("\n"):
        mark = re.match(r" {0,3}(`{3,}|~{3,})", line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        if not fence and not mark:
            line = _TARGET.sub(_target, line)  # noqa: PLW2901 - the line as it has to be
            line = _NAMED.sub(lambda m: f"[{m[0]}]({m[1]}.md)" if m[1] in names else m[0], line)  # noqa: PLW2901
        lines.append(line)
    return "\n".join(lines)


def _target(match: re.Match[str]) -> str:
    """A link to another playbook stays; what leads out of the folder has one more folder to leave."""
    parts = PurePosixPath(match[1].split("#", 1)[0]).parts
    if len(parts) == 1 and parts[0].endswith(".md"):
        return match[1]
    return f"../{match[1]}" if parts[:1] == ("..",) else f"../../playbooks/{match[1]}"


def _overview(site: Site) -> dict[str, Any]:
    versions = verified.pythons(site.kb.shown)
    library = sorted(site.kb.library.values(), key=lambda p: p.title.lower())
    messages: set[tuple[str, str, Md]] = set()
    libraries: dict[str, list[Md]] = defaultdict(list)
    by_version: list[tuple[str, Md, Md]] = []
    rows = []
    groups = _groups(library)
    for playbook in (p for p in library if p.front.kind == "playbook"):
        title = link(playbook.title, home(playbook.id))
        seen = len(site.kb.by_playbook.get(playbook.id, ()))
        there = link(str(seen), facet("playbook", playbook.id)) if seen else escape("0")
        states = [verified.state(site.kb.shown, playbook, version) for version in versions]
        rows.append((title, playbook.summary, there, [_state(*state) for state in states]))
        for pattern in playbook.front.signatures:
            messages.add((pattern.type, pattern.shown, title))
            if pattern.python:
                by_version.append((pattern.python, code(pattern.shown), title))
        for library_name in playbook.front.libraries:
            libraries[library_name].append(title)
    return {
        "rows": rows,
        "versions": versions,
        "messages": [(kind, code(text), title) for kind, text, title in sorted(messages)],
        "libraries": [(code(name), titles) for name, titles in sorted(libraries.items(), key=lambda i: i[0].lower())],
        "by_version": sorted(by_version),
        "tree": [(name, [(p.when or p.summary, link(p.title, home(p.id))) for p in held]) for name, held in groups],
        "drawn": diagram.tree([(name, [p.when or p.title for p in held]) for name, held in groups], title=_DRAWN),
        "rules": [link(p.title, home(p.id)) for p in library if p.front.kind == "rules"],
    }


def _groups(library: list[Playbook]) -> list[tuple[str, list[Playbook]]]:
    """Playbooks by what the first line of the error is about; those that do not say it come last."""
    found: dict[str, list[Playbook]] = defaultdict(list)
    for playbook in library:
        if playbook.front.kind == "playbook":
            found[playbook.group or _OTHERS].append(playbook)
    return sorted(found.items(), key=lambda item: (item[0] == _OTHERS, item[0].lower()))


def _state(state: str, day: str) -> str:
    return f"{_SHOWN[state]} {day}".strip() if state in _SHOWN else "–"
