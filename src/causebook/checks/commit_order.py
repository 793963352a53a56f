"""The commit that introduced a failure comes before the one that fixed it.

Good:
    introduced by a commit that is an ancestor of the fix
Bad:
    the same commit, or a later one, as introduced and as fixed
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook import links
from causebook.findings import Finding, dotted
from causebook.kb import Record
from causebook.links import GitFacts


def check(record: Record, facts: GitFacts) -> Iterator[Finding]:
    """Pairs of introduced and fixed whose order history contradicts."""
    own = [f for f in facts.commits.get(record.entry.id, ()) if f.sha and not f.repo]
    for older in (f for f in own if f.role == "introduced"):
        for newer in (f for f in own if f.role in {"fixed", "mitigated"}):
            path = newer.field
            if older.sha == newer.sha:
                message = f"{newer.text} cannot both introduce the failure and end it"
            elif facts.ancestry.get((older.sha, newer.sha)) is False:
                message = f"{newer.text} ({newer.role}) does not come after {older.text} (introduced)"
            else:
                continue
            yield Finding(message, links.place(record, newer), "correct the roles or the shas", field=dotted(path))
