"""Mends findings that have one right answer: edits of entries by position, which keep comments and order."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from causebook import files, yamledit, yamlio
from causebook.errors import CausebookError
from causebook.findings import Edit, Finding


@dataclass(frozen=True, slots=True)
class Mended:
    """What edits make of the files."""

    before: Mapping[str, str]
    """Text of each changed file by path from the project's root."""
    after: Mapping[str, str]
    done: tuple[Finding, ...]
    left: tuple[tuple[Finding, str], ...]
    """Findings whose edit has no safe form where the value stands, with the reason."""

    def diff(self) -> str:
        """All changes as one unified diff that ``git apply`` and ``patch -p1`` accept."""
        parts = []
        for path, old in self.before.items():
            lines = difflib.unified_diff(
                old.splitlines(keepends=True), self.after[path].splitlines(keepends=True), f"a/{path}", f"b/{path}"
            )
            parts += [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]
        return "".join(parts)


def plan(root: Path, findings: Iterable[Finding]) -> Mended:
    """What the edits of ``findings`` would make of the files below ``root``; writes nothing."""
    wanted: dict[str, list[tuple[Finding, Edit]]] = defaultdict(list)
    for finding in findings:
        if finding.edit is not None:
            wanted[finding.edit.path].append((finding, finding.edit))
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    done: list[Finding] = []
    left: list[tuple[Finding, str]] = []
    for path, found in sorted(wanted.items()):
        text = before[path] = files.read_text(root / path, name=path)
        set_: set[tuple[str | int, ...]] = set()
        for finding, edit in found:
            if edit.action == "set" and edit.field in set_:
                left.append((finding, "another finding mends the same value"))
                continue
            try:
                text = _edited(text, edit)
            except CausebookError as error:
                left.append((finding, error.message))
                continue
            set_.add(edit.field)
            done.append(finding)
        after[path] = text
    changed = {path: old for path, old in before.items() if after[path] != old}
    return Mended(changed, {path: after[path] for path in changed}, tuple(done), tuple(left))


def _edited(text: str, edit: Edit) -> str:
    document = yamlio.parse(text, edit.path)
    if edit.action == "append":
        held = _value(document.data, edit.field)
        return (
            text if isinstance(held, list) and edit.value in held else yamledit.append(document, edit.field, edit.value)
        )
    return yamledit.put(document, edit.field, edit.value)


def _value(data: yamlio.Data, path: tuple[str | int, ...]) -> yamlio.Data:
    for step in path:
        if isinstance(data, dict) and isinstance(step, str):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def apply(root: Path, mended: Mended) -> None:
    """Write the changed files, each at once.

    Raises:
        WriteRefused: a file cannot be written.
    """
    for path, text in mended.after.items():
        files.write_text(root / path, text)
