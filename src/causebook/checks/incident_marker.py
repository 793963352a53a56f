"""A test that is marked with an incident names one that exists.

`@pytest.mark.incident("…")` ties a test to the failure it guards against; when it fails, the plug-in of pytest names
that incident first. An id that leads nowhere is found out on the worst day.

Good:
    @pytest.mark.incident("2026-11-21-pool-bound-to-loop-3f9a")
Bad:
    @pytest.mark.incident("2020-01-01-not-there-0000")
"""

from __future__ import annotations

import ast
import difflib
import os
from collections.abc import Iterator
from pathlib import Path

from causebook.errors import Place
from causebook.findings import Finding
from causebook.kb import KnowledgeBase

_SKIPPED = frozenset({"__pycache__", "build", "dist", "node_modules", "site-packages", "venv"})
"""Folders that hold the tests of others; so do those with a dot, and environments of other names."""
_MARK = b"mark.incident"
_MOST_BYTES = 2 * 1024 * 1024


def check(kb: KnowledgeBase) -> Iterator[Finding]:
    """Ids in markers that no entry has."""
    for path in _tests(kb.root):
        name = path.relative_to(kb.root).as_posix()
        if kb.only is not None and name not in kb.only:
            continue
        for node in _ids(path):
            target = str(node.value)
            if target not in kb.ids:
                close = difflib.get_close_matches(target, kb.ids, 1)
                hint = f"did you mean {close[0]}?" if close else "`causebook list` shows all ids"
                yield Finding(f"there is no entry {target}", Place(name, node.lineno, node.col_offset + 1), hint)


def _tests(root: Path) -> Iterator[Path]:
    """Python files in a folder ``tests``, and those named as pytest finds them; links are not followed."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _SKIPPED)
        if "pyvenv.cfg" in names:
            folders.clear()
            continue
        within = "tests" in Path(folder).relative_to(root).parts
        for name in sorted(names):
            if name.endswith(".py") and (within or name.startswith("test_") or name.endswith("_test.py")):
                yield Path(folder) / name


def _ids(path: Path) -> Iterator[ast.Constant]:
    """The literal ids in the markers of a file; what this Python cannot read is pytest's to complain about."""
    try:
        with path.open("rb") as file:
            source = file.read(_MOST_BYTES)
        if _MARK not in source:
            return
        tree = ast.parse(source)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _marks(node.func):
            yield from (one for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _marks(node: ast.expr) -> bool:
    """Whether it reads ``….mark.incident``, or ``mark.incident``."""
    if not isinstance(node, ast.Attribute) or node.attr != "incident":
        return False
    owner = node.value
    return (
        owner.attr == "mark" if isinstance(owner, ast.Attribute) else isinstance(owner, ast.Name) and owner.id == "mark"
    )
