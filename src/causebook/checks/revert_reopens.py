"""A change that takes back an incident's fix reopens the incident.

With its fix gone, a resolved incident says what is no longer true, and whoever meets the failure again reads that it
is over. So the same change sets it to `reopened` and says what was taken back (an attempt with `outcome: reverted`), or
names the fix that takes the place of the old one.

Good:
    Revert "fix: close the pool" together with `status: reopened` in the incident
Bad:
    Revert "fix: close the pool" while the incident stays resolved
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook import links
from causebook.change import Change
from causebook.findings import Finding, dotted
from causebook.git import Commit
from causebook.kb import KnowledgeBase
from causebook.links import CommitFact, GitFacts

DONE = frozenset({"mitigated", "resolved", "closed"})


def check(change: Change, kb: KnowledgeBase, facts: GitFacts) -> Iterator[Finding]:
    """Incidents that still count as done though this change reverts their fix."""
    taken = {sha: commit for commit, _ in change.commits for sha in commit.reverts}
    again = {sha for commit in taken.values() for sha in (commit.sha,) if sha in taken}  # reverts that were reverted
    gone = {sha: commit for sha, commit in taken.items() if commit.sha not in again}
    for record, incident in kb.incidents if gone else ():
        if incident.status not in DONE:
            continue
        fixes = [f for f in facts.commits.get(incident.id, ()) if f.role in {"fixed", "mitigated"} and not f.repo]
        for fact in fixes:
            if fact.sha in gone and not _another(fixes, gone):
                message = (
                    f"{gone[fact.sha].sha[:12]} reverts the fix {fact.text}, and the incident is {incident.status}"
                )
                fix = "set `status: reopened` and add an attempt with `outcome: reverted`, or name the fix after it"
                yield Finding(message, links.place(record, fact), fix, field=dotted(fact.field))


def _another(fixes: list[CommitFact], gone: dict[str, Commit]) -> bool:
    """Whether a later fix than the one taken back is named."""
    ends = max(commit.authored for commit in gone.values())
    return any(f.sha and f.sha not in gone and f.commit and f.commit.authored >= ends for f in fixes)
