"""What was shown by running the playbooks: the record that stands beside them in verified.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from causebook import files
from causebook.errors import CausebookError, Place
from causebook.playbook import Case, Playbook, applies

NAME = "verified.json"
Held = dict[str, dict[str, dict[str, dict[str, Any]]]]
"""Playbook -> case -> Python (with ``-X dev`` where so run) -> what was shown."""
State = Literal["passed", "failed", "stale", "missing", "not for it"]
_WORST_FIRST: tuple[State, ...] = ("failed", "stale", "missing", "passed")


class BadRecord(CausebookError):
    """A verified.json that cannot be read."""


def load(folder: Path, *, name: str = NAME) -> Held:
    """What is recorded in ``folder``, called ``name`` in messages; nothing where there is no record.

    Raises:
        BadRecord: not what `verify --record` writes.
    """
    path = folder / NAME
    if not path.is_file():
        return {}
    try:
        data = json.loads(files.read_text(path, name=name))
        held: Held = data["playbooks"]
        for slot in (slot for cases in held.values() for slots in cases.values() for slot in slots.values()):
            str.strip(slot["of"])  # a TypeError for anything else
            if "packages" in slot:
                slot["packages"] = data["packages"][slot["packages"]]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        hint = "`causebook verify --record` writes one"
        raise BadRecord("is not a record of verify", place=Place(name), hint=hint) from error
    return held


def save(folder: Path, held: Held, playbooks: Mapping[str, Playbook]) -> None:
    """Write the record, without cases and playbooks that are gone."""
    cases = {name: {case.name for case in playbook.cases} for name, playbook in playbooks.items()}
    kept = {
        name: {case: dict(sorted(slots.items())) for case, slots in sorted(found.items()) if case in cases[name]}
        for name, found in sorted(held.items())
        if name in cases
    }
    files.write_text(folder / NAME, _text(kept))


def _text(held: Held) -> str:
    """The record: a line for each result, so that a change reads well, and each set of packages once."""
    sets: list[list[str]] = []
    lines: list[str] = []
    for name, cases in held.items():
        lines.append(f"  {json.dumps(name)}: {{")
        for case, slots in cases.items():
            lines.append(f"   {json.dumps(case)}: {{")
            for python, slot in slots.items():
                shown = dict(slot)
                if packages := slot.get("packages"):
                    if packages not in sets:
                        sets.append(packages)
                    shown["packages"] = sets.index(packages)
                lines.append(f"    {json.dumps(python)}: {json.dumps(shown, ensure_ascii=False)},")
            lines[-1] = lines[-1].removesuffix(",") if slots else lines[-1]
            lines.append("   },")
        lines[-1] = lines[-1].removesuffix(",") if cases else lines[-1]
        lines.append("  },")
    lines[-1:] = [line.removesuffix(",") for line in lines[-1:]]
    packages_ = ",\n".join(f"  {json.dumps(one)}" for one in sets)
    body = "\n".join(lines)
    return f'{{\n "version": 2,\n "packages": [\n{packages_}\n ],\n "playbooks": {{\n{body}\n }}\n}}\n'


def digest(playbook: Playbook, case: Case) -> str:
    """What a result stands for: when files, options, packages or signatures change, it is stale."""
    return playbook.digests[case.name]


def pythons(held: Held) -> tuple[str, ...]:
    """The Pythons that the record knows, in their order."""
    found = {slot.split(" ", 1)[0] for cases in held.values() for slots in cases.values() for slot in slots}
    return tuple(sorted(found, key=lambda version: [int(part) for part in version.split(".")]))


def state(held: Held, playbook: Playbook, python: str) -> tuple[State, str]:
    """How all cases of ``playbook`` did on ``python``, the worst first, and the oldest day of their results."""
    states: set[State] = set()
    days: list[str] = []
    for case in playbook.cases:
        if applies(playbook.front.python, python) and applies(case.options.python, python):
            found, day = case_state(held.get(playbook.id, {}).get(case.name, {}), playbook, case, python)
            states.add(found)
            days += [day] if day else []
    return next((s for s in _WORST_FIRST if s in states), "not for it"), min(days, default="")


def case_state(slots: dict[str, dict[str, Any]], playbook: Playbook, case: Case, python: str) -> tuple[State, str]:
    """How one case did on ``python``, the worst of its runs, and the oldest day of them."""
    results = [result for slot, result in slots.items() if slot.split(" ", 1)[0] == python]
    if not results:
        return "missing", ""
    of = digest(playbook, case)
    states = {"stale" if result["of"] != of else result["verdict"] for result in results}
    return next(s for s in _WORST_FIRST if s in states), min(result.get("date", "") for result in results)
