"""Whether a change mends something, and whether it touches code: what the gate for entries decides by."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from causebook.change import Change
from causebook.config import Config
from causebook.pull_request import TRAILER, closed_issues, skip_reasons

_FIX_TYPE = re.compile(
    r"(?:hot|bug)?fix(?:\([^()\n]{0,60}\))?!?:\s|revert(?:\([^()\n]{0,60}\))?!?:\s|Revert \"", re.IGNORECASE
)
"""How Conventional Commits mark a correction, and how git and the forges title a revert."""
_FIXES = re.compile(r"\bfix(?:e[sd])?:?[ \t]+(?:[\w./-]{1,200})?(?:#|gh-|https?://)", re.IGNORECASE)
"""Of the closing words the one that speaks of a fault; `closes` and `resolves` end features as well."""
_DOCUMENTS = frozenset(
    {".md", ".rst", ".txt", ".adoc", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".lock", ".pdf"}
)
_NAMES = frozenset({
    "license", "copying", "notice", "authors", "codeowners", ".gitignore", ".gitattributes", ".gitlab-ci.yml",
    ".pre-commit-config.yaml", "package-lock.json", "pnpm-lock.yaml", "constraints.txt", "go.sum",
})  # fmt: skip
_FOLDERS = frozenset({".github", ".gitea", ".forgejo", ".gitlab", ".ci", ".circleci", ".vscode", ".idea"})
"""A workflow of a CI is no code of the product: an entry for its correction is welcome, and not asked for."""


def fits(path: str, patterns: tuple[str, ...]) -> bool:
    """Whether ``path`` fits one of ``patterns``; ``*`` stands for any characters, slashes as well."""
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def is_code(path: str, config: Config) -> bool:
    """Whether a correction there is one of the product."""
    gate = config.gate
    if fits(path, gate.exempt) or path.startswith((f"{config.entries}/", f"{config.kb}/")):
        return False
    if gate.code:
        return fits(path, gate.code)
    held = PurePosixPath(path)
    name = held.name.lower()
    if name in _NAMES or name.startswith("requirements") or _FOLDERS & set(held.parts):
        return False
    return held.suffix.lower() not in _DOCUMENTS


def code_paths(change: Change, config: Config) -> tuple[str, ...]:
    """Paths of code that were there before and that the change touches: what is new cannot have been broken."""
    before = [f.old_path or f.path for f in change.files if f.status not in {"A", "C"}]
    return tuple(path for path in before if is_code(path, config))


def mends(change: Change, config: Config) -> Iterator[str]:
    """Each sign that the change mends something, in words."""
    request = change.request
    if _FIX_TYPE.match(request.title.strip()):
        yield f"its title is {request.title.strip()!r}"
    for label in request.labels:
        if label.casefold() in {known.casefold() for known in config.gate.fix_labels}:
            yield f"it has the label {label!r}"
    if _FIXES.search(request.text):
        yield "it fixes " + ", ".join(f"{repo}#{number}" for repo, number in closed_issues(request.text))
    for commit, files in change.commits:
        touched = [f.path for f in files if f.status in {"M", "D", "R"} and is_code(f.path, config)]
        if not touched:
            continue
        short = commit.sha[:12]
        # A commit's own subject counts where no title speaks for the change: within a feature, a `fix:` of the same
        # branch mends what nobody has met.
        if _FIX_TYPE.match(commit.subject) and (commit.reverts or not request.title):
            yield f"commit {short} is {commit.subject!r}"
        if any(key.lower() == "fixes-incident" for key, _ in commit.trailers):
            yield f"commit {short} says Fixes-Incident"


def skips(change: Change) -> Iterator[tuple[str, str]]:
    """Where the change says that no entry is needed, and the reason given there."""
    for reason in skip_reasons(change.request.body):
        yield "the description", reason
    for commit, _ in change.commits:
        for reason in skip_reasons(commit.body):
            yield f"commit {commit.sha[:12]}", reason


def label_skips(change: Change, config: Config) -> bool:
    """Whether a label says that no entry is needed."""
    return config.gate.skip_label.casefold() in {label.casefold() for label in change.request.labels}


HOW_TO_SKIP = f"or say why there is nothing to learn: `{TRAILER}: <reason>` in the description or a commit"
