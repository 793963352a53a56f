"""A commit that an entry names is part of the history that is checked out.

After a squash or a rebase the old commit is left behind and vanishes some day. The commit that probably replaced it is
proposed with its evidence; nothing is rewritten by itself.

Good:
    a commit that `git merge-base --is-ancestor SHA HEAD` accepts
Bad:
    a commit of a branch that was squashed into main
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook import links
from causebook.findings import Finding, dotted
from causebook.kb import Record
from causebook.links import GitFacts

LEVEL = "warning"
MENDS = True


def check(record: Record, facts: GitFacts) -> Iterator[Finding]:
    """Commits that exist but are not ancestors of HEAD."""
    for fact in facts.commits.get(record.entry.id, ()):
        if fact.state == "verified" and fact.reachable is None:
            reason = f"whether {fact.text} is part of this history cannot be told in a shallow clone"
            yield Finding(
                reason, links.place(record, fact), "git fetch --unshallow", "unknown", field=dotted(fact.field)
            )
        if fact.reachable is False:
            best = fact.proposals[0] if fact.proposals else None
            fix = (
                f"perhaps {best.proposed[:12]} ({', '.join(best.evidence)})"
                if best
                else "name the pull request as well"
            )
            message, edit = f"{fact.text} is not part of the history of HEAD", links.replacement(record, fact)
            yield Finding(message, links.place(record, fact), fix, field=dotted(fact.field), edit=edit)
