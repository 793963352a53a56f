"""A test that an entry names is there.

An incident says which tests keep the failure from coming back, and a lesson that counts as encoded names what enforces
it. A test that was renamed or deleted guards nothing, and nobody notices.

Good:
    lessons: [{rule: "Make the pool in the loop", state: accepted}]
Bad:
    fix: {kind: fix, description: Pool per loop, regression_tests: ["tests/test_gone.py::test_pool"]}
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from pathlib import Path

from causebook import links
from causebook.errors import Place
from causebook.findings import Finding, dotted
from causebook.kb import KnowledgeBase, Record
from causebook.model import Entry, Incident

_RUNNABLE = frozenset({"test", "lint", "hook", "ci"})
"""What can enforce a lesson by running; all of them are files."""
_MOST_BYTES = 2 * 1024 * 1024


def check(record: Record, kb: KnowledgeBase) -> Iterator[Finding]:
    """Tests that are named and not there, and encoded lessons that name nothing."""
    entry = record.entry
    root = links.home(kb, entry)
    named = _named(entry)
    if root is None:
        if named:
            yield Finding(*links.not_at_hand(kb, record), "unknown", field="repo")
        return
    if isinstance(entry, Incident) and entry.fix is not None:
        for number, ref in enumerate(entry.fix.regression_tests):
            path: tuple[str | int, ...] = ("fix", "regression_tests", number)
            yield from _missing(root, ref, record.place(*path), dotted(path), sure=True)
    for number, lesson in enumerate(entry.lessons):
        if lesson.state != "encoded":
            continue
        path = ("lessons", number, "enforced_by", "ref")
        held = lesson.enforced_by
        if held is None or held.kind == "none" or not held.ref:
            message = "a lesson that is encoded names what enforces it"
            fix = "add `enforced_by: {kind: test, ref: tests/…::test_…}`, or set `state: accepted`"
            yield Finding(message, record.place("lessons", number), fix, field=dotted(path[:2]))
        elif held.kind in _RUNNABLE:
            yield from _missing(root, held.ref, record.place(*path), dotted(path), sure=held.kind == "test")


def _named(entry: Entry) -> bool:
    return bool(
        (isinstance(entry, Incident) and entry.fix and entry.fix.regression_tests)
        or any(lesson.state == "encoded" for lesson in entry.lessons)
    )


def _missing(root: Path, ref: str, place: Place, field: str, *, sure: bool) -> Iterator[Finding]:
    """What is not there of ``ref``: ``path::Class::test[param]`` or ``path``; words that name no file pass."""
    name, *inner = ref.split("[", 1)[0].split("::")
    path = root / name.strip()
    if not (name.endswith(".py") or sure or "/" in name) or " " in name.strip():
        return
    if ".." in Path(name).parts or Path(name).is_absolute() or not path.is_file():
        yield Finding(f"there is no {name}", place, "name the test that guards it now", field=field)
    elif inner and name.endswith(".py"):
        known = _names(path)
        wanted = "::".join(inner)
        if known is not None and wanted not in known:
            close = difflib.get_close_matches(wanted, known, 1)
            fix = f"did you mean {close[0]}?" if close else "name the test that guards it now"
            yield Finding(f"{name} has no {wanted}", place, fix, field=field)


def _names(path: Path) -> list[str] | None:
    """Functions and classes of a test file, as pytest names them; None where this Python cannot read it."""
    try:
        with path.open("rb") as file:
            tree = ast.parse(file.read(_MOST_BYTES))
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None
    return list(_inside(tree, ""))


def _inside(node: ast.Module | ast.ClassDef, prefix: str) -> Iterator[str]:
    for one in node.body:
        if isinstance(one, ast.ClassDef):
            yield f"{prefix}{one.name}"
            yield from _inside(one, f"{prefix}{one.name}::")
        elif isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{one.name}"
