"""What was shown by running the playbooks: the record that stands beside them in verified.json."""

from __future__ import annotations

import hashlib
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
        held = json.loads(files.read_text(path, name=name))["playbooks"]
        whole = all(isinstance(slot["of"], str) for p in held.values() for c in p.values() for slot in c.values())
    except (ValueError, KeyError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise BadRecord("is not a record of verify", place=Place(name), hint="`causebook verify --record` writes one")
    return dict(held)


def save(folder: Path, held: Held, playbooks: Mapping[str, Playbook]) -> None:
    """Write the record, without cases and playbooks that are gone."""
    cases = {name: {case.name for case in playbook.cases} for name, playbook in playbooks.items()}
    kept = {
        name: {case: dict(sorted(slots.items())) for case, slots in sorted(found.items()) if case in cases[name]}
        for name, found in sorted(held.items())
        if name in cases
    }
    text = json.dumps({"version": 1, "playbooks": kept}, indent=1, ensure_ascii=False)
    files.write_text(folder / NAME, text + "\n")


def digest(playbook: Playbook, case: Case) -> str:
    """What a result stands for: when files, options, packages or signatures change, it is stale."""
    signatures = [pattern.model_dump() for pattern in playbook.front.signatures]
    parts = [case.files, case.options.model_dump(), signatures, playbook.front.requirements]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


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
