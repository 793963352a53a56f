"""Every commit that an entry names exists and is a commit.

A sha that names nothing, several commits, a tag or a tree leads nowhere. What cannot be told (a shallow clone, a
repository that is not at hand) is unknown, with the reason, and never counts as passed.

Good:
    a full sha of a commit of this repository
Bad:
    commits: [{sha: 0123456789abcdef0123456789abcdef01234567, role: fixed}]
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook import links
from causebook.findings import Finding, dotted
from causebook.kb import Record
from causebook.links import CommitFact, GitFacts


def check(record: Record, facts: GitFacts) -> Iterator[Finding]:
    """Commits that are missing, ambiguous, no commits, or not to be checked here."""
    for fact in facts.commits.get(record.entry.id, ()):
        if fact.state != "verified":
            message, fix = _explain(fact)
            verdict = "unknown" if fact.state == "unverified" else "fail"
            yield Finding(message, links.place(record, fact), fix, verdict, field=dotted(fact.field))  # type: ignore[arg-type]


def _explain(fact: CommitFact) -> tuple[str, str]:
    if fact.state == "unverified":
        return f"commit {fact.text} could not be checked: {fact.reason}", _settle(fact)
    if fact.state == "ambiguous":
        names = ", ".join(c[:12] for c in fact.candidates[:5])
        return f"{fact.text} can be any of {len(fact.candidates)} commits: {names}", "write more digits"
    if fact.state == "not_a_commit":
        fix = f"write {fact.peeled}" if fact.peeled else "write the sha of a commit"
        return f"{fact.text} is a {fact.object_type}, expected a commit", fix
    return f"there is no commit {fact.text} in this repository", _proposal(fact)


def _settle(fact: CommitFact) -> str:
    return f"set [tool.causebook.repos.{fact.repo}] path to a local clone" if fact.repo else ""


def _proposal(fact: CommitFact) -> str:
    if not fact.proposals:
        return "git log --all --grep finds it by its message; for a squashed branch write `fix: {pr: …}` instead"
    best = fact.proposals[0]
    return f"perhaps {best.proposed[:12]} ({', '.join(best.evidence)})"
