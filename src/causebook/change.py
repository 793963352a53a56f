"""What a change brings: its files and commits since it left the base, and the pull request that asks for it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from causebook import config as settings
from causebook.errors import UsageError
from causebook.git import Commit, FileChange, GitUnavailable, Repository
from causebook.pull_request import PullRequest

AUTO = "auto"
"""As a base: what the CI says, else the main branch."""
Scope = Literal["base", "staged"]
_SHA = re.compile(rb"\b[0-9a-f]{40}\b")
_MAIN = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
"""Where a change probably goes when nobody says so, the surest first."""


@dataclass(frozen=True)
class Change:
    """A change to this repository. Paths are from the project's root; files outside it are left out."""

    base: str = ""
    """Full sha of the commit where the change left its base (the merge base); empty when it could not be told."""
    files: tuple[FileChange, ...] = ()
    """Added, changed, renamed and deleted files, those not committed yet included."""
    commits: tuple[tuple[Commit, tuple[FileChange, ...]], ...] = ()
    """From the base to HEAD, the oldest first, each with its files (paths from the root of the repository)."""
    request: PullRequest = field(default_factory=PullRequest)
    unknown: str = ""
    """Why the change could not be told; then ``files`` and ``commits`` are empty."""
    settle: str = ""
    """The command that would settle it."""
    staged: bool = False
    """Only what is in the index is looked at."""

    @cached_property
    def present(self) -> frozenset[str]:
        """Files that the change adds or touches and that are still there."""
        return frozenset(f.path for f in self.files if f.status != "D")

    @cached_property
    def gone(self) -> frozenset[str]:
        """Paths where a file was and is no longer: deleted, or moved away."""
        moved = {f.old_path for f in self.files if f.status == "R" and f.old_path}
        return frozenset(moved | {f.path for f in self.files if f.status == "D"}) - self.present

    @cached_property
    def added(self) -> frozenset[str]:
        """New files; a renamed one is not new."""
        return frozenset(f.path for f in self.files if f.status in {"A", "C"})


def read(
    root: Path, base: str, *, scope: Scope, request: PullRequest, variables: Mapping[str, str],
    repo: Repository | None = None,
) -> Change:  # fmt: skip
    """The change of the repository that ``root`` lies in against ``base`` (a revision, or ``auto``).

    ``repo`` is that repository, where it is open already. With the scope ``staged`` what is in the index against HEAD,
    and no base is needed.

    Raises:
        UsageError: no such revision in a complete clone.
    """
    try:
        repo = Repository.open(root) if repo is None else repo
        if scope == "staged":
            return Change(repo.head or "", _files(repo, root, repo.staged()), request=request, staged=True)
        return _since(repo, root, base, request, variables)
    except GitUnavailable as error:
        return Change(request=request, unknown=error.message, settle="git status")


def with_repository(
    root: Path, base: str, *, scope: Scope, request: PullRequest, variables: Mapping[str, str]
) -> tuple[Change, Repository | None]:
    """As ``read``, and the repository, which has read what is probably asked next; None where git cannot be asked.

    Both can be handed over by another process.
    """
    try:
        repo = Repository.open(root)
    except GitUnavailable:
        return read(root, base, scope=scope, request=request, variables=variables), None
    change = read(root, base, scope=scope, request=request, variables=variables, repo=repo)
    if change.base and scope == "base":
        with contextlib.suppress(GitUnavailable, OSError):
            _foresee(repo, root, change)
    return change, repo


def _foresee(repo: Repository, root: Path, change: Change) -> None:
    """Have ``repo`` read what is probably asked: the entries' folder where the change began, the commits they name."""
    folder = settings.load(root).entries
    repo.tree(change.base, repo.inside(root, folder))
    texts = ((root / name).read_bytes() for name in change.present if name.startswith(f"{folder}/"))
    repo.changes({sha.decode() for text in texts for sha in _SHA.findall(text)})
    repo.web  # noqa: B018 - read now


def _since(repo: Repository, root: Path, base: str, request: PullRequest, variables: Mapping[str, str]) -> Change:
    if repo.head is None:
        return Change("", _files(repo, root, repo.changed(None)), request=request)
    meant = _candidates(base, request, variables)
    name = meant[0][0]
    known = repo.commits_at([one for same in meant for one in same])
    found = next((shas for same in meant if (shas := [known[one] for one in same if one in known])), None)
    if found is None:
        if repo.shallow:
            why = f"the base {name} is not in this shallow clone"
            return Change(request=request, unknown=why, settle=f"git fetch --unshallow origin {_branch(name)}")
        hint = f"git fetch origin {_branch(name)}, or name another with --base"
        raise UsageError(f"git knows no base: {', '.join(one for same in meant for one in same)}", hint=hint)
    fork = repo.merge_base(found)
    if fork is None:
        why = f"HEAD and {name} have no commit in common"
        fetch = f"git fetch --unshallow origin {_branch(name)}" if repo.shallow else f"git merge-base HEAD {name}"
        return Change(request=request, unknown=why + (" in this shallow clone" if repo.shallow else ""), settle=fetch)
    commits = repo.commits_since(fork)
    return Change(fork, _files(repo, root, repo.changed(fork)), tuple(commits), request)


def _branch(name: str) -> str:
    return name.removeprefix("origin/")


def _candidates(base: str, request: PullRequest, variables: Mapping[str, str]) -> list[list[str]]:
    """Revisions to try as the base, the best first; those in one list name the same branch, older or newer."""
    if base != AUTO:
        return [[base]]
    said = (
        request.base_ref,
        variables.get("GITHUB_BASE_REF", ""),
        variables.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", ""),
    )
    branches = [branch for branch in said if branch]
    shas = [sha for sha in (request.base_sha, variables.get("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")) if sha]
    # A forge tells where the branch stood when the pull request was opened, and checks out a merge with where it stands
    # now; a clone may be as much behind. What either of the two knows already is not the change.
    named = [[*(f"origin/{branch}" for branch in branches), *shas], branches]
    # Who names a base means that one; the main branch is a guess for where nobody does. What was pushed last comes
    # after it: a hook before a push has to say the same as the CI that follows.
    guessed = [[name] for name in (*_MAIN, variables.get("PRE_COMMIT_FROM_REF", "")) if name]
    return [same for same in named if same] or guessed


def _files(repo: Repository, root: Path, changes: list[FileChange]) -> tuple[FileChange, ...]:
    """``changes`` with paths from the project's root; a file that moved into it is added, one that left is deleted."""
    found = []
    for change in changes:
        new = repo.outside(root, change.path)
        old = repo.outside(root, change.old_path) if change.old_path else None
        if new is not None:
            renamed = change.old_path is not None and old is not None
            status = change.status if renamed or change.old_path is None else "A"
            found.append(FileChange(status, new, old))
        elif old is not None and change.status == "R":
            found.append(FileChange("D", old))
    return tuple(found)
