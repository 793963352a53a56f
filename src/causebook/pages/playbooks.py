"""Playbooks: the page that leads from the first line of an error to one, and a page for each with its proof."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any

from causebook import config, diagram, pack, spots, verified
from causebook.detection import Detection
from causebook.diagram import Leaf
from causebook.markdown import Md, code, escape, fenced, link
from causebook.pages import Page, Site, _playbook, entry_link, facet, to
from causebook.pages._playbook import SHOWN
from causebook.pages.rules import prose
from causebook.playbook import Playbook

HERE = "playbooks.md"
_OTHERS = "It says something else"
_DRAWN = "The same, drawn. Dashed arrows lead to what can follow from a failure."


def home(name: str) -> str:
    """Path of a playbook's page."""
    return f"playbooks/{name}.md"


def pages(site: Site) -> Iterator[Page]:
    """A page that leads to them, and one for each: the project's own, and ours that it does not replace."""
    yield Page(HERE, "pages/playbooks.md.j2", partial(_overview, site), "the playbooks")
    for name in sorted(pack.names() | site.kb.playbooks.keys()):  # not the library: whoever renders one reads them
        yield Page(home(name), "pages/playbook.md.j2", partial(_page, site, name), f"the playbook {name}")


def _page(site: Site, name: str) -> dict[str, Any]:
    playbook = site.kb.library[name]
    here = home(name)
    seen = [(entry_link(here, record), record) for record in site.kb.by_playbook.get(name, ())]
    return {
        "playbook": playbook,
        "title": playbook.title,
        "parts": _playbook.parts(playbook.body.strip(), set(site.kb.library) - {name}),
        "steps": _playbook.steps(site, playbook) if playbook.front.kind == "playbook" else None,
        "tried": list(_playbook.tried(site, here, name)),
        "detected": [_detected(rule) for rule in playbook.front.detect],
        "seen": seen,
        "shows": list(_shows(site, here, name)),
        "all_seen": link("all of them", to(here, facet("playbook", name))) if seen else None,
        "ran": _playbook.ran(site, playbook),
        "packages": _packages(site, name),
    }


def _detected(rule: Detection) -> tuple[Md, Md, Md]:
    """What is wrong, what to do, and Python in which the rule finds it."""
    example = rule.samples.positive[0]
    source = spots.parse(example.encode())
    spot = next(rule.found(source), None) if source else None
    # A project's own rule may not find its sample, which is a check's business.
    return prose(rule.told(spot) if spot else rule.why), prose(rule.fix), fenced(example, "python")


def _shows(site: Site, here: str, name: str) -> Iterator[tuple[str, str, str, Md]]:
    """(case, claim, finding, entry) of the corrections that a case of this playbook shows."""
    for record, correction in site.kb.corrected:
        if correction.playbook == name:
            yield correction.case or "", correction.claim, correction.finding, entry_link(here, record)


def _packages(site: Site, name: str) -> list[str]:
    """The packages, with versions, that the results were got with."""
    slots = (slot for case in site.kb.shown.get(name, {}).values() for slot in case.values())
    sets = {id(slot["packages"]): slot["packages"] for slot in slots if "packages" in slot}
    return sorted({package for held in sets.values() for package in held}, key=lambda one: (one.lower(), one))


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
        "tree": [(name, [_choice(site, p) for p in held]) for name, held in groups],
        "drawn": diagram.tree(_leaves(site, groups), title=_DRAWN),
        "rules": [link(p.title, home(p.id)) for p in library if p.front.kind == "rules"],
    }


def _choice(site: Site, playbook: Playbook) -> tuple[str, Md, list[Md]]:
    """What tells a playbook from its neighbours, the link to it, and links to those that follow from it."""
    held = (site.kb.library[name] for name in playbook.front.cascades if name in site.kb.library)
    follow = [link(other.title, home(other.id)) for other in held]
    return playbook.when or playbook.summary, link(playbook.title, home(playbook.id)), follow


def _leaves(site: Site, groups: list[tuple[str, list[Playbook]]]) -> list[tuple[str, list[Leaf]]]:
    """The same to be drawn; an engine leaves addresses in a drawing alone, so they are those of the built site."""
    start, end = ("", "/") if config.published(site.kb.root).folders else ("playbooks/", ".html")
    return [
        (name, [Leaf(p.id, p.when or p.title, f"{start}{p.id}{end}", p.front.cascades) for p in held])
        for name, held in groups
    ]


def _groups(library: list[Playbook]) -> list[tuple[str, list[Playbook]]]:
    """Playbooks by what the first line of the error is about; those that do not say it come last."""
    found: dict[str, list[Playbook]] = defaultdict(list)
    for playbook in library:
        if playbook.front.kind == "playbook":
            found[playbook.group or _OTHERS].append(playbook)
    return sorted(found.items(), key=lambda item: (item[0] == _OTHERS, item[0].lower()))


def _state(state: str, day: str) -> str:
    return f"{SHOWN[state]} {day}".strip() if state in SHOWN else "–"
