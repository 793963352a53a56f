"""The entry that a pull request adds names that pull request.

The number outlives squash and rebase, which no sha of the branch does. Where the number is known, it is filled in by
`check --fix`; one that names another pull request is probably a copy of another entry's.

Good:
    fix: {kind: fix, description: Pool per loop, pr: "123"} in pull request 123
Bad:
    fix: {kind: fix, description: Pool per loop, pr: "7"} in pull request 123
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook.change import Change
from causebook.findings import Edit, Finding
from causebook.kb import KnowledgeBase, Record
from causebook.model import Incident

LEVEL = "warning"
MENDS = True


def check(change: Change, kb: KnowledgeBase) -> Iterator[Finding]:
    """Entries that the pull request adds and that name another, or none."""
    number = change.request.number
    for path in sorted(change.added if number is not None else ()):
        if path in kb.by_path:
            yield from _compare(kb.by_path[path], str(number), change.request.repo)


def _compare(record: Record, number: str, repo: str) -> Iterator[Finding]:
    entry = record.entry
    way: tuple[str, ...] = ("fix", "pr") if isinstance(entry, Incident) else ("pr",)
    if isinstance(entry, Incident):
        # Without a fix there is nothing yet that the pull request could have brought.
        if entry.fix is None or entry.fix.kind not in {"fix", "configuration", "rollback", "mitigation", "workaround"}:
            return
        held = entry.fix.pr
    else:
        held = entry.pr
    if held is None:
        edit = Edit(record.path, way, number)
        message = f"{'.'.join(way)} is missing; this is pull request {number}"
        yield Finding(message, record.place(*way), f"add `pr: {number}`", field=".".join(way), edit=edit)
    elif held.removeprefix("#") != number and held != f"{repo}#{number}":
        message = f"{'.'.join(way)} is {held}, and this is pull request {number}"
        fix = f"write {number}, or leave it where the fix came with that other one"
        yield Finding(message, record.place(*way), fix, field=".".join(way))
