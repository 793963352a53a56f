"""A fix that an entry relies on has not been reverted.

Good:
    a resolved incident whose fix is still in place
Bad:
    a resolved incident whose fix a later commit reverts
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook import links
from causebook.findings import Finding, dotted
from causebook.kb import Record
from causebook.links import GitFacts

LEVEL = "warning"


def check(record: Record, facts: GitFacts) -> Iterator[Finding]:
    """Fixes that a later commit took back, in entries that still count as done."""
    if record.entry.status not in {"mitigated", "resolved", "closed", "completed"}:
        return
    for fact in facts.commits.get(record.entry.id, ()):
        if fact.role in {"fixed", "mitigated"} and fact.reverted_by:
            message = f"{fact.text} was reverted by {fact.reverted_by.sha[:12]} ({fact.reverted_by.subject})"
            fix = "set `status: reopened`, or name the fix that holds"
            yield Finding(message, links.place(record, fact), fix, field=dotted(fact.field))
