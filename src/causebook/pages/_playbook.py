"""What the page of a playbook adds to its text: how to tell it from others, what entries tried, what was run."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any

from causebook import verified
from causebook.markdown import Md, code, escape, link
from causebook.model.parts import Attempt
from causebook.pages import Site, entry_link
from causebook.patterns import Clause, Pattern
from causebook.playbook import Playbook, applies
from causebook.signature import Template

SHOWN: dict[str, str] = {"passed": "passed", "failed": "FAILED", "stale": "changed since", "missing": "not run"}
"""What the state of a case is called."""
_STEPS_BEFORE, _TRIED_BEFORE = "## Why it happens", "## Prevent"
"""Sections before which something is added."""
_IN_VAIN = ("failed", "reverted")
"""Outcomes of attempts that did not work."""
LONGEST, LONGEST_LINE = 320, 120
"""Characters of what was tried, and of a line of output."""
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_NAMED = re.compile(r"(?<![`\[])`([a-z0-9-]+)`(?!`)")
_TARGET = re.compile(r"(?<=\]\()(?![#/]|[a-z+.-]+:)([^()\s]+)(?=\))")
_NAME = re.compile(r"(?<![\w/&-])([a-z0-9]+(?:-[a-z0-9]+)+)(?![\w/-])")
_MARGIN = re.compile(r"^E +")
_PACKAGE = re.compile(r"[A-Za-z0-9._-]+")


# --- its text


def parts(body: str, names: Collection[str]) -> tuple[Md, Md, Md]:
    """``body`` up to where steps are added, up to where attempts are, and the rest.

    Relative links are as they have to be one folder deeper; other playbooks' names become links.
    """
    found: list[list[str]] = [[], [], []]
    at, fence = 0, ""
    for line in body.split("\n"):
        mark = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        if not fence and not mark:
            at = {_STEPS_BEFORE: 1, _TRIED_BEFORE: 2}.get(line.rstrip(), at)
            if "](" in line:
                line = _TARGET.sub(_target, line)  # noqa: PLW2901 - the line as it has to be
            if "`" in line:
                line = _NAMED.sub(lambda m: f"[{m[0]}]({m[1]}.md)" if m[1] in names else m[0], line)  # noqa: PLW2901
        found[at].append(line)
    first, second, rest = (Md("\n".join(lines)) for lines in found)
    return first, second, rest


def _target(match: re.Match[str]) -> str:
    """A link to another playbook stays; what leads out of the folder has one more folder to leave."""
    path = PurePosixPath(match[1].split("#", 1)[0]).parts
    if len(path) == 1 and path[0].endswith(".md"):
        return match[1]
    return f"../{match[1]}" if path[:1] == ("..",) else f"../../playbooks/{match[1]}"


# --- is it this one?


@dataclass(frozen=True, slots=True)
class Steps:
    """What tells a playbook from the others, out of what `diagnose` goes by."""

    shows: tuple[tuple[Md, str], ...]
    """Messages, each with what else must be so."""
    needs: tuple[Md, ...]
    """What the output must hold beside, any of them."""
    likelier: tuple[Md, ...]
    unlikelier: tuple[Md, ...]
    alike: tuple[tuple[Md, Md], ...]
    """Output that is another failure, and why."""
    near: tuple[tuple[str, Md], ...]
    """Playbooks of the same group, each with what tells it."""
    follows: tuple[Md, ...]
    """Playbooks whose failures bring this one about."""
    leads: tuple[Md, ...]
    """Playbooks whose failures follow from this one."""


def steps(site: Site, playbook: Playbook) -> Steps:
    """The steps for one class of failure."""
    library, front = site.kb.library, playbook.front
    near = (
        (other.when, _link(other))
        for other in library.values()
        if other.group and other.group == playbook.group and other.when and other.id != playbook.id
    )
    return Steps(
        tuple(dict.fromkeys(_shows(pattern) for pattern in front.signatures)),
        tuple(_clauses(front.require)),
        tuple(_clauses(front.support)),
        tuple(_clauses(front.refute)),
        tuple((code(_line(one.text)), _named(one.why, library)) for one in playbook.negative),
        tuple(sorted(near)),
        tuple(_link(library[name]) for name in sorted(library) if playbook.id in library[name].front.cascades),
        tuple(_link(library[name]) for name in front.cascades if name in library),
    )


def _link(playbook: Playbook) -> Md:
    return link(playbook.title, f"{playbook.id}.md")


def _shows(pattern: Pattern) -> tuple[Md, str]:
    """A signature as it is read, and what else must be so."""
    text = ": ".join(filter(None, (pattern.type, pattern.shown if pattern.message else ""))) or pattern.shown
    notes = [f"on Python {pattern.python}"] if pattern.python else []
    if pattern.header and text != pattern.shown:
        notes.append("below a line with " + " or ".join(Template(one, 0).shown for one in pattern.header))
    if pattern.frame and text != pattern.shown:
        notes.append("raised in " + " or ".join(Template(one, 0).shown for one in pattern.frame))
    return code(text), "; ".join(notes)


def _clauses(clauses: tuple[Clause, ...]) -> Iterator[Md]:
    for clause in clauses:
        yield from (code(Template(text, 0).shown) for text in clause.text)
        yield from (Md(f"a place such as {code(Template(text, 0).shown)}") for text in clause.frame)


def _line(text: str) -> str:
    """The last line of some output, which says most, after what stands above its traceback; cut where it is long."""
    lines = [_MARGIN.sub("", line).strip() for line in text.splitlines() if line.strip()]
    first, last = lines[0] if lines else "", lines[-1] if lines else ""
    above = "" if first == last or first.startswith("Traceback") else f"{first[: LONGEST_LINE // 2].rstrip()} … "
    return above + _cut(last, LONGEST_LINE)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 2].rsplit(' ', 1)[0]} …"


def _named(text: str, library: Collection[str]) -> Md:
    """``text`` with the names of playbooks as links."""
    found = _NAME.sub(lambda m: f"[{m[1]}]({m[1]}.md)" if m[1] in library else m[0], escape(text))
    return Md(found)


# --- what entries tried


@dataclass(frozen=True, slots=True)
class Tried:
    """What an entry tried in vain."""

    entry: Md
    date: str
    attempts: tuple[tuple[str, str], ...]
    """What was done, and why it did not work."""


def tried(site: Site, here: str, name: str) -> Iterator[Tried]:
    """What was tried in vain by the entries that name the playbook, the latest first."""
    for record in site.kb.by_playbook.get(name, ()):
        vain = (attempt for attempt in record.entry.attempts if attempt.outcome in _IN_VAIN)
        if told := tuple((_told(attempt.action), _told(_why(attempt))) for attempt in vain):
            yield Tried(entry_link(here, record), record.date, told)


def _why(attempt: Attempt) -> str:
    return attempt.learned or attempt.result or ""


def _told(text: str) -> str:
    line = _cut(" ".join(text.split()), LONGEST)
    return line if not line or line[-1] in ".!?…" else f"{line}."


# --- what was run

_Slots = dict[str, dict[str, dict[str, Any]]]
"""Case -> Python -> what was shown."""


@dataclass(frozen=True, slots=True)
class Run:
    """What was shown on one Python, or alike on several."""

    python: str
    cases: str
    """How many cases did what."""
    packages: str
    """The packages that the cases ask for, with the versions they got."""
    days: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What running the cases of a playbook showed."""

    versions: tuple[str, ...]
    """The Pythons on which they were run."""
    runs: tuple[Run, ...]
    cases: tuple[tuple[Md, tuple[str, ...]], ...]
    """Each case with what it showed, by Python; the day only where it is not that of all."""


def ran(site: Site, playbook: Playbook) -> Verified:
    """What was run of a playbook, by Python and by case."""
    held = site.kb.shown.get(playbook.id, {})
    found = ((on, dict(_states(playbook, held, on))) for on in verified.pythons({playbook.id: held}))
    states = {version: told for version, told in found if told}
    rows = tuple(_run(playbook, held, version, told) for version, told in states.items())
    cases = ((code(c.name), tuple(_cell(states[row.python], c.name, row.days) for row in rows)) for c in playbook.cases)
    return Verified(tuple(states), tuple(_alike(rows)), tuple(cases))


def _alike(rows: tuple[Run, ...]) -> Iterator[Run]:
    """One row for Pythons that follow each other and showed the same with the same."""
    for _, found in groupby(rows, key=lambda row: (row.cases, row.packages, row.days)):
        held = list(found)
        yield replace(held[0], python=", ".join(row.python for row in held))


def _states(playbook: Playbook, held: _Slots, version: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """State and day of each case that is for a Python."""
    if applies(playbook.front.python, version):
        for case in playbook.cases:
            if applies(case.options.python, version):
                yield case.name, verified.case_state(held.get(case.name, {}), playbook, case, version)


def _run(playbook: Playbook, held: _Slots, version: str, found: dict[str, tuple[str, str]]) -> Run:
    counts = Counter(SHOWN[state] for state, _ in found.values())
    days = sorted({day for _, day in found.values() if day})
    told = ", ".join(f"{count} {'case' if count == 1 else 'cases'} {state}" for state, count in counts.items())
    return Run(version, told, _packages(playbook, held, version), " to ".join(dict.fromkeys([*days[:1], *days[-1:]])))


def _cell(found: dict[str, tuple[str, str]], case: str, days: str) -> str:
    if case not in found:
        return "–"
    state, day = found[case]
    return f"{SHOWN[state]} {'' if day == days else day}".strip()


def _packages(playbook: Playbook, held: _Slots, version: str) -> str:
    asked = [*playbook.front.requirements, *(r for c in playbook.cases for r in c.options.requirements or ())]
    wanted = {_key(match[0]) for one in asked if (match := _PACKAGE.match(one))}
    slots = (slot for case in held.values() for on, slot in case.items() if on.split(" ", 1)[0] == version)
    # Cases that ran with the same packages hold the same list.
    sets = {id(slot["packages"]): slot["packages"] for slot in slots if "packages" in slot}
    got = {package for one in sets.values() for package in one if _key(package.partition("==")[0]) in wanted}
    return ", ".join(one.replace("==", " ") for one in sorted(got, key=lambda one: (one.lower(), one)))


@functools.cache  # the same few packages stand in hundreds of results
def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
