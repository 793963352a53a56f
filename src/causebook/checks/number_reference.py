"""The pull request that a fix names is the one that its commits came with.

Merge and squash commits name their pull request, so history can confirm or contradict what an entry says without asking
the forge. A number that history does not mention is unknown.

Good:
    fix: {kind: fix, description: Pool per loop}
Bad:
    `pr: 7` where every fixing commit came with pull request 12
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook.findings import Finding
from causebook.git import Repository
from causebook.kb import KnowledgeBase, Record
from causebook.links import GitFacts
from causebook.model import Incident

LEVEL = "warning"
_OVER = frozenset({"resolved", "closed", "completed"})


def check(kb: KnowledgeBase, facts: GitFacts, repo: Repository | None) -> Iterator[Finding]:
    """Numbers that the fixing commits contradict, and numbers that history does not know."""
    named = [(r, way, pr) for r in kb.asked for way, pr in _numbers(r) if pr.isdigit() and not r.entry.repo]
    if not named or repo is None:
        return
    known = repo.pull_requests()
    for record, way, number in named:
        fixes = [f for f in facts.commits.get(record.entry.id, ()) if f.role == "fixed" and f.commit and not f.repo]
        came = {f.commit.pull_request for f in fixes if f.commit and f.commit.pull_request}
        field = ".".join(way)
        if came and int(number) not in came:
            others = ", ".join(f"#{n}" for n in sorted(came))
            message = f"{field} is {number}, and its fixing commits came with {others}"
            yield Finding(message, record.place(*way), f"write {min(came)}, or correct the commits", field=field)
        elif known and int(number) not in known and record.entry.status in _OVER:
            message = f"whether pull request {number} was merged cannot be told: no commit names it"
            fix = "git fetch --unshallow" if facts.shallow else "name the fixing commit under commits:"
            yield Finding(message, record.place(*way), fix, "unknown", field=field)


def _numbers(record: Record) -> Iterator[tuple[tuple[str, ...], str]]:
    entry = record.entry
    if isinstance(entry, Incident):
        if entry.fix is not None and entry.fix.pr:
            yield ("fix", "pr"), entry.fix.pr
    elif entry.pr:
        yield ("pr",), entry.pr
