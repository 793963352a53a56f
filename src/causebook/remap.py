"""What probably replaced a commit that a rebase or squash removed: proposals with their evidence, never a rewrite."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from causebook.gitlog import Commit, FileChange

Change = tuple[Commit, tuple[FileChange, ...]]
"""A commit and the files it changed."""


SAME_PATCH = "same patch"
"""The one evidence that leaves no doubt: both commits make the same change (git patch-id)."""


@dataclass(frozen=True, slots=True)
class LostCommit:
    """A commit that an entry names and that is not in the history."""

    sha: str
    exists: bool
    """Whether the object is still there, off the history."""
    pull_request: int | None = None
    """The pull request that the entry names."""


@dataclass(frozen=True, slots=True)
class Remap:
    """A commit of the history that probably replaced a lost one."""

    sha: str
    proposed: str
    evidence: tuple[str, ...]
    """Why, the strongest reason first."""


def proposals(
    lost: LostCommit,
    gone: Change | None,
    others: Sequence[Change],
    history: Iterable[Commit],
    patches: Mapping[str, str],
) -> tuple[Remap, ...]:
    """The three surest replacements of ``lost``.

    Args:
        lost: what is looked for.
        gone: its commit and files, when the object is still there.
        others: the commits it is compared with, as ``likely`` chose them.
        history: all commits, for the pull request's number.
        patches: commit -> hash of its change.
    """
    evidence: dict[str, list[tuple[int, str]]] = defaultdict(list)
    if gone:
        for commit, files in others:
            evidence[commit.sha] = _evidence(gone, (commit, files), patches)
    if lost.pull_request is not None:
        for commit in history:
            if commit.pull_request == lost.pull_request:
                evidence[commit.sha].append((60, f"pull request #{lost.pull_request}"))
    ranked = sorted((r for r in evidence.items() if r[1]), key=lambda r: -sum(weight for weight, _ in r[1]))
    return tuple(Remap(lost.sha, sha, tuple(text for _, text in sorted(why, reverse=True))) for sha, why in ranked[:3])


def likely(gone: Change, main_line: list[Change]) -> list[Change]:
    """Commits that may have replaced ``gone``: same author and date, subject named, or a file in common; 50 at most."""
    commit, files = gone
    paths = {f.path for f in files}
    found = [
        (other, changed)
        for other, changed in main_line
        if (other.author, other.authored) == (commit.author, commit.authored)
        or commit.subject in other.body
        or commit.subject == other.subject
        or (paths & {f.path for f in changed} and other.committed >= commit.authored[:10])
    ]
    return found[:50]


def _evidence(gone: Change, other: Change, patches: Mapping[str, str]) -> list[tuple[int, str]]:
    """Weights and texts of what speaks for ``other`` having replaced ``gone``; shared files alone are not enough."""
    (old, old_files), (new, new_files) = gone, other
    mine, theirs = {f.path for f in old_files}, {f.path for f in new_files}
    found: list[tuple[int, str]] = []
    if old.sha in patches and patches.get(old.sha) == patches.get(new.sha):
        found.append((100, SAME_PATCH))
    if f"cherry picked from commit {old.sha}" in new.body:
        found.append((90, "cherry-picked from it"))
    if (old.author, old.authored) == (new.author, new.authored):
        found.append((50, "same author and date"))
    if old.subject and old.subject == new.subject:
        found.append((40, "same subject"))
    elif old.subject and old.subject in new.body:
        found.append((50, "squash message lists its subject"))
    if mine and mine == theirs:
        found.append((30, "same files"))
    elif mine and mine < theirs:
        found.append((20, "holds all its files"))
    return found
