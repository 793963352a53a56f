"""A repository whose history up to a commit was read before: only what came since is asked for."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import astuple
from typing import Any

from causebook import gitlog
from causebook.git import Repository
from causebook.gitlog import Commit, FileHistory

Kept = dict[str, Any]
"""What is kept of a history, as JSON has it."""


def kept(history: list[Commit]) -> Kept:
    """What to keep of ``history``, children before their parents."""
    number = {commit.sha: n for n, commit in enumerate(history)}
    return {
        "shas": " ".join(number),
        "parents": [[number[p] for p in commit.parents if p in number] for commit in history],
        "reverts": [astuple(commit) for commit in history if commit.reverts],
        "pulls": sorted({commit.pull_request for commit in history if commit.pull_request}),
    }


class Recent(Repository):
    """A repository with ``held``, what is kept of the history of an ancestor of HEAD, and the commits ``since``.

    It answers what the whole history would: who asks for more than is kept has it read.
    """

    partial = True

    def __init__(self, opened: Repository, held: Kept, since: Iterable[Commit]) -> None:
        super().__init__(opened.path)
        self.__dict__.update(opened.__dict__)
        self.since = {commit.sha: commit for commit in since}
        self.number: dict[str, int] = {sha: n for n, sha in enumerate(held["shas"].split())}
        self.held = held

    def history(self) -> Mapping[str, Commit]:
        """All commits that HEAD reaches; of those before the change only which there are."""
        return _History(self.since, self.number, lambda: self._history)

    def reverts(self) -> Mapping[str, Commit]:
        """Reverted sha -> the commit that took it back and still stands."""
        older = (_commit(row) for row in self.held["reverts"])
        return gitlog.reverts([*reversed(self.since.values()), *older])

    def pull_requests(self) -> frozenset[int]:
        """Numbers of the pull requests that commits name."""
        own = {commit.pull_request for commit in self.since.values() if commit.pull_request}
        return frozenset({*own, *self.held["pulls"]})

    def ancestors_ok(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bool]:
        """(older, newer) -> whether older is an ancestor of newer; left out when one is not in the history."""
        known = self.history()
        return {(old, new): self._above(old, new) for old, new in pairs if old in known and new in known}

    def _above(self, old: str, new: str) -> bool:
        """Whether ``old`` is met on the way up from ``new``; what stands above it there cannot lead to it."""
        last = self.number.get(old, -1)
        shas = list(self.number) if last >= 0 else []
        open_, seen = list(self._parents(new, shas, last)), set[str]()
        while open_:
            sha = open_.pop()
            if sha == old:
                return True
            if sha not in seen:
                seen.add(sha)
                open_ += self._parents(sha, shas, last)
        return False

    def _parents(self, sha: str, shas: list[str], last: int) -> Iterator[str]:
        if sha in self.since:
            yield from self.since[sha].parents
        elif sha in self.number and shas:
            yield from (shas[n] for n in self.held["parents"][self.number[sha]] if n <= last)


def _commit(row: list[Any]) -> Commit:
    *plain, trailers = row
    plain[1] = tuple(plain[1])
    plain.append(tuple((key, value) for key, value in trailers))
    return Commit(*plain)


class _History(Mapping[str, Commit]):
    def __init__(
        self, since: Mapping[str, Commit], older: Mapping[str, int], whole: Callable[[], dict[str, Commit]]
    ) -> None:
        self.since, self.older, self.whole = since, older, whole

    def __contains__(self, sha: object) -> bool:
        return sha in self.since or sha in self.older

    def __getitem__(self, sha: str) -> Commit:
        return self.since[sha] if sha in self.since else self.whole()[sha]

    def __iter__(self) -> Iterator[str]:
        return iter(self.whole())

    def __len__(self) -> int:
        return len(self.whole())


class Later(Mapping[str, FileHistory]):
    """Histories of files that are read when first asked for: few checks of a change need them; they take longest."""

    def __init__(self, read: Callable[[], dict[str, FileHistory]]) -> None:
        self.read = functools.cache(read)

    def __getitem__(self, path: str) -> FileHistory:
        return self.read()[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.read())

    def __len__(self) -> int:
        return len(self.read())
