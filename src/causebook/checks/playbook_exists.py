"""The playbook that an entry names exists, and so does the case that a correction names.

Good:
    tags: [asyncio]
Bad:
    playbook: no-such-playbook
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from causebook import pack
from causebook.findings import Finding
from causebook.kb import KnowledgeBase, Record


def check(record: Record, kb: KnowledgeBase) -> Iterator[Finding]:
    """The names against the files in kb/playbooks, and those that come with Causebook."""
    known = {*kb.playbooks, *pack.names()}
    if (name := record.entry.playbook) and name not in known:
        yield _unknown(record, ("playbook",), f"there is no playbook {name}", name, known, f"--id {name}")
    for n, correction in enumerate(record.entry.corrections):
        playbook, case = correction.playbook, correction.case
        if playbook and playbook not in known:
            place = ("corrections", n, "playbook")
            yield _unknown(record, place, f"there is no playbook {playbook}", playbook, known, f"--id {playbook}")
        elif case and not playbook:
            message = f"the case {case} belongs to no playbook"
            yield Finding(message, record.place("corrections", n, "case"), "add `playbook:`", field="corrections")
        elif case and playbook:
            cases = {c.name for c in kb.library[playbook].cases}
            if case not in cases:
                message = f"the playbook {playbook} has no case {case}"
                yield _unknown(record, ("corrections", n, "case"), message, case, cases, "")


def _unknown(
    record: Record, path: tuple[str | int, ...], message: str, name: str, known: Iterable[str], new: str
) -> Finding:
    close = difflib.get_close_matches(name, sorted(known), 1)
    hint = f"did you mean {close[0]}?" if close else ""
    if not hint and new:
        hint = f"`causebook new playbook {new}` makes one"
    elif not hint:
        hint = f"there are: {', '.join(sorted(known))}"
    return Finding(message, record.place(*path), hint, field=str(path[0]))
