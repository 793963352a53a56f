"""Which commits tell by their message that they mended something, and which of them belong together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from causebook.gitlog import Commit

_TYPE = re.compile(r"([a-z]+)(?:\(([^()]*)\))?!?:\s*", re.IGNORECASE)
_MENDING = frozenset({"fix", "fixes", "fixed", "bugfix", "hotfix", "revert", "bug"})
_OTHER = frozenset({
    "feat", "feature", "docs", "doc", "chore", "refactor", "test", "tests", "style", "build", "ci", "perf", "release",
    "deps", "bump", "wip",
})  # fmt: skip
_FIX = re.compile(r"(?:hot|bug)?fix(?:es|ed)?\b|revert\b", re.IGNORECASE)
_REVERT = re.compile(r"revert\b", re.IGNORECASE)
_TRIFLE = re.compile(
    r"\b(?:typos?|spelling|grammar|whitespace|lint(?:er|ing)?|formatting|flake8|ruff|eslint|docstrings?|readme|changelog)\b",
    re.IGNORECASE,
)
_TRIFLING = frozenset({"doc", "docs", "style", "lint", "typo", "readme"})
_CLOSES = re.compile(r"\b(?:fix(?:e[sd])?|close[sd]?|resolve[sd]?):?\s+(?:[\w.-]+/[\w.-]+)?#\d{1,7}\b", re.IGNORECASE)
_TRAILER = re.compile(r"^(?:Fixes|Incident|Fixes-Incident):\s*\S", re.MULTILINE)
_INTRODUCED = re.compile(r"^Fixes:\s*(?:commit\s+)?([0-9a-f]{7,40})\b", re.MULTILINE)
_PICKED = re.compile(r"^\(cherry picked from commit ([0-9a-f]{40})\)", re.MULTILINE)
_REQUEST = re.compile(r"^See merge request (?:[\w./-]+)?!(\d{1,9})\s*$", re.MULTILINE)
_NUMBER = re.compile(r"\s*\(#\d{1,9}\)\s*$")


def request_of(commit: Commit) -> int | None:
    """The number of the pull or merge request that a commit brought in."""
    if commit.pull_request is not None:
        return commit.pull_request
    match = _REQUEST.search(commit.body)
    return int(match[1]) if match else None


def headline(commit: Commit) -> str:
    """What a commit says it does; of a merge, the title of its pull request."""
    if len(commit.parents) > 1:
        return next((line.strip() for line in commit.body.split("\n") if line.strip()), "") or commit.subject
    return commit.subject


def reverting(commit: Commit) -> bool:
    """Whether it takes another commit back."""
    return bool(commit.reverts) or bool(_REVERT.match(commit.subject))


def mends(commit: Commit) -> bool:
    """Whether its message says that it mended something that people may want to know of."""
    title = headline(commit)
    match = _TYPE.match(title)
    kind, scope = (match[1].lower(), (match[2] or "").lower()) if match else ("", "")
    rest = title[match.end() :] if match else title
    if scope in _TRIFLING or _TRIFLE.search(rest):
        return False
    if _TRAILER.search(commit.body) or reverting(commit):
        return True
    if kind in _OTHER:
        return False
    return kind in _MENDING or bool(_FIX.match(title)) or bool(_CLOSES.search(f"{title}\n{commit.body}"))


def title_of(commit: Commit) -> tuple[str, str]:
    """A title out of the subject, without type and number, and the scope it names."""
    text = _NUMBER.sub("", headline(commit)).strip()
    match = _TYPE.match(text)
    scope = ""
    if match and match[1].lower() in _MENDING | _OTHER:
        text, scope = text[match.end() :] if match[1].lower() != "revert" else text, match[2] or ""
    return (text[:1].upper() + text[1:]) or commit.subject, scope.strip()


def introduced_by(commit: Commit) -> tuple[str, ...]:
    """Shas, perhaps short, of the commits that its ``Fixes:`` trailers blame."""
    return tuple(_INTRODUCED.findall(commit.body))


@dataclass(slots=True)
class Group:
    """Commits that are one matter."""

    lead: Commit
    """The commit that stands for it: that of the pull request, else the oldest."""
    commits: list[Commit] = field(default_factory=list)
    """The oldest first."""
    undone: list[str] = field(default_factory=list)
    """Full shas of what it took back and does not hold."""

    @property
    def request(self) -> int | None:
        """The number of its pull request."""
        return request_of(self.lead)


def grouped(newest_first: Iterable[Commit]) -> list[Group]:
    """The commits that mend something, those of one matter together, the oldest first.

    One matter are the commits of a pull request, a fix and what took it back, a commit and its copies elsewhere.
    """
    commits = list(newest_first)
    by_sha = {commit.sha: commit for commit in commits}
    landing = _landing(commits, by_sha)
    groups: dict[str, Group] = {}
    of: dict[str, str] = {}
    for commit in reversed(commits):
        key = _key(commit, landing, of)
        of[commit.sha] = key
        group = groups.setdefault(key, Group(commit))
        group.commits.append(commit)
        if request_of(commit) is not None and (len(commit.parents) > 1 or len(group.commits) == 1):
            group.lead = commit
    kept = {key: group for key, group in groups.items() if _worth(group)}
    _join_reverts(kept, of)
    return list(kept.values())


def _landing(commits: list[Commit], by_sha: Mapping[str, Commit]) -> dict[str, Commit]:
    """Commit -> the merge of a pull request by which it reached the main line."""
    main: list[Commit] = []
    at = commits[0] if commits else None
    while at is not None:
        main.append(at)
        at = by_sha.get(at.parents[0]) if at.parents else None
    seen = {commit.sha for commit in main}
    found: dict[str, Commit] = {}
    for merge in reversed(main):
        waiting = list(merge.parents[1:])
        while waiting:
            sha = waiting.pop()
            if sha in seen or sha not in by_sha:
                continue
            seen.add(sha)
            if request_of(merge) is not None:
                found[sha] = merge
            waiting.extend(by_sha[sha].parents)
    return found


def _key(commit: Commit, landing: Mapping[str, Commit], of: Mapping[str, str]) -> str:
    merge = landing.get(commit.sha, commit)
    if (number := request_of(merge)) is not None:
        return f"#{number}"
    picked = _PICKED.search(commit.body)
    return of.get(picked[1], commit.sha) if picked else commit.sha


def _worth(group: Group) -> bool:
    """Whether a group mends something: what its pull request is called counts for more than single commits in it."""
    if mends(group.lead):
        return True
    match = _TYPE.match(headline(group.lead))
    if match and match[1].lower() in _OTHER:
        return False
    return any(mends(commit) for commit in group.commits)


def _join_reverts(groups: dict[str, Group], of: dict[str, str]) -> None:
    """Put what takes a fix back beside that fix."""
    for key, group in list(groups.items()):
        targets = [sha for commit in group.commits for sha in commit.reverts]
        home = next((of[sha] for sha in targets if of.get(sha) in groups and of[sha] != key), None)
        inside = {commit.sha for commit in group.commits}
        group.undone = [sha for sha in targets if sha not in inside]
        if home is not None:
            groups[home].commits += group.commits
            groups[home].undone += [sha for sha in group.undone if of.get(sha) != home]
            groups.pop(key)
            of.update((commit.sha, home) for commit in group.commits)
