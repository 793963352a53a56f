"""What became of a fix since: reverted or not, its files as it left them, changed or gone, its guards still there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from causebook.links import CommitFact, GitFacts, guard_file
from causebook.model import Incident

State = Literal["as the fix left it", "changed since", "gone", "there", "not here"]
"""``there`` and ``not here`` where no commit says how the fix left the file."""


@dataclass(frozen=True, slots=True)
class FileStanding:
    """What a file that a fix changed is today."""

    path: str
    state: State
    sha: str
    """The commit of the fix that last changed it; empty when none is known."""
    status: str
    """What that commit did to it, as git's letter; empty when none is known."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of a fix."""

    commit: CommitFact | None
    """The fixing commit that git knows and that stands, or else was reverted; None when it knows none."""
    files: tuple[FileStanding, ...]
    """Those that the entry names, else those that its commits changed, which is often more than the fix."""
    more: int
    """Files of the commits that the entry does not name, where it names some."""
    missing_guards: tuple[str, ...]
    """Tests and enforcers, as written, whose file is not here."""

    def count(self, state: State) -> int:
        """Files in one state."""
        return sum(file.state == state for file in self.files)

    @property
    def reverted(self) -> bool:
        """Whether the fix was taken back."""
        return self.commit is not None and self.commit.reverted_by is not None

    @property
    def doubtful(self) -> bool:
        """Whether a fact speaks against the fix being in force."""
        return self.reverted or bool(self.missing_guards) or any(file.state == "gone" for file in self.files)


def of(entry: Incident, facts: GitFacts) -> Standing:
    """What became of the fix of ``entry``, from what git said."""
    fixes = [f for f in facts.commits.get(entry.id, ()) if f.role in {"fixed", "mitigated"} and not f.repo and f.commit]
    left: dict[str, tuple[str, str, str]] = {}
    for fact in sorted(fixes, key=lambda f: f.commit.committed if f.commit else "") if len(fixes) > 1 else fixes:
        for change in fact.files:
            if change.old_path and change.status == "R":
                left.pop(change.old_path, None)
            left[change.path] = (change.blob, fact.sha, change.status)
    # Of an entry whose fix is not in this repository, nothing here tells anything.
    ours = bool(fixes) or (entry.fix is not None and entry.fix.landed_with == "self" and not facts.unavailable)
    named = [file.path for file in entry.fix.files] if entry.fix and ours else []
    files = tuple(_file(path, left.get(path), facts) for path in dict.fromkeys(named or left))
    stands = next((f for f in reversed(fixes) if f.reverted_by is None), fixes[-1] if fixes else None)
    more = len(left.keys() - set(named)) if named else 0
    return Standing(stands, files, more, tuple(dict.fromkeys(_missing(entry, facts))) if ours else ())


def _file(path: str, left: tuple[str, str, str] | None, facts: GitFacts) -> FileStanding:
    now = facts.at_head.get(path, "")
    if left is None:
        return FileStanding(path, "there" if now else "not here", "", "")
    blob, sha, status = left
    if status == "D":
        return FileStanding(path, "changed since" if now else "as the fix left it", sha, status)
    return FileStanding(
        path, "gone" if not now else "as the fix left it" if now == blob else "changed since", sha, status
    )


def _missing(entry: Incident, facts: GitFacts) -> Iterator[str]:
    references = [*(entry.fix.regression_tests if entry.fix else ())]
    references += [lesson.enforced_by.ref for lesson in entry.lessons if lesson.enforced_by and lesson.enforced_by.ref]
    for reference in references:
        path = guard_file(reference)
        if path and not facts.at_head.get(path, ""):
            yield reference
