"""Commits that look like fixes, and that no entry names, as incidents that were never written up.

``causebook import --git v1.2..`` reads a range as ``git log`` does. A commit is proposed when its subject begins with
``fix``, ``hotfix``, ``bugfix`` or ``revert``, when it has a trailer ``Fixes:`` or ``Incident:``, or when it closes an
issue. It is left out when an entry names it or its pull request, when a trailer of it names an entry, when an entry
landed with it, or when it says in a trailer that it needs none.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from causebook import kb, links
from causebook.errors import UsageError
from causebook.git import Repository
from causebook.gitlog import Commit, FileChange
from causebook.importers import Document, Imported, Receipt, Source
from causebook.importers._fixes import Group, grouped, headline, introduced_by, mends, request_of, reverting, title_of
from causebook.importers._page import NAMES, Page, one_line, renamed, word
from causebook.importers._standing import settle
from causebook.importers.markdown_document import ordered
from causebook.kb import KnowledgeBase
from causebook.model import Incident
from causebook.pull_request import MIN_REASON, skip_reasons

MOST_FILES = 200
_CHANGES = {"A": "added", "D": "deleted", "R": "renamed"}


def accepts(_path: Path) -> bool:
    """No file: the range is given with ``--git``."""
    return False


def documents(source: Source, kind: str | None = None) -> Iterator[Document]:
    """What the range ``source.data`` proposes, after a count of all that was read.

    Raises:
        UsageError: git does not know the range, or ``kind`` says that fixes are no incidents.
        GitUnavailable: there is no repository.
    """
    if kind == "session":
        raise UsageError("what commits propose are incidents", hint="leave out --kind session")
    root = source.root or Path.cwd()
    repo = Repository.open(root)
    found = repo.log(source.data.decode("utf-8", "replace"))
    history = _History.read(repo, kb.load(root), root, found)
    groups = grouped(found)
    fresh = [group for group in groups if not history.linked(group)]
    commits = f"{len(found)} commits read" if len(found) != 1 else "1 commit read"
    settled = len(groups) - len(fresh)
    told = f"{commits}: {len(groups)} matters look like fixes, {settled} of them are in entries or need none"
    yield Document(source.name, Imported((), remarks=(told,)))
    changes = repo.changes(commit.sha for group in fresh for commit in group.commits if _fixing(group, commit))
    for group in fresh:
        name = f"git:{group.lead.sha}"
        yield Document(name, _Proposal(group, history, changes, source).imported(name))


def _fixing(group: Group, commit: Commit) -> bool:
    return not reverting(commit) and (commit is group.lead or mends(commit))


@dataclass(frozen=True)
class _History:
    """What entries and git say of commits."""

    entries: Mapping[str, str]
    """Full sha -> id of the entry that names it."""
    requests: Mapping[int, str]
    """Pull request -> id of the entry that names it."""
    sources: frozenset[str]
    """Where imported entries come from."""
    commits: Mapping[str, Commit]
    reverted: Mapping[str, Commit]
    """Sha -> the commit that took it back and still stands."""
    shas: Mapping[str, str]
    """Sha as written in a ``Fixes:`` trailer -> full sha."""

    @classmethod
    def read(cls, repo: Repository, base: KnowledgeBase, root: Path, found: Iterable[Commit]) -> _History:
        """Of the project; a fixed number of git processes."""
        named = [
            (sha, record.entry.id)
            for record in base.records for _, sha, _, repository, _ in links.written(record.entry) if not repository
        ]  # fmt: skip
        blamed = {sha for commit in found for sha in introduced_by(commit)}
        resolved = repo.resolve({sha for sha, _ in named} | blamed)
        entries = {full: identity for sha, identity in named if (full := resolved[sha].sha)}
        for commit in [*repo.history().values(), *found]:
            for _, value in commit.trailers:
                if value in base.by_id:
                    entries.setdefault(commit.sha, value)
        for sha, identity in links.landed(repo, root, base).items():
            entries.setdefault(sha, identity)
        requests: dict[int, str] = {}
        for record in base.records:
            entry = record.entry
            text = (entry.fix.pr if entry.fix else None) if isinstance(entry, Incident) else entry.pr
            if text and text.isdigit():
                requests.setdefault(int(text), entry.id)
        sources = frozenset(r.entry.provenance.source or "" for r in base.records if r.entry.provenance)
        blamed_on = {sha: one.sha for sha, one in resolved.items() if one.sha}
        commits = {**{commit.sha: commit for commit in found}, **repo.history()}
        return cls(entries, requests, sources, commits, repo.reverts(), blamed_on)

    def linked(self, group: Group) -> bool:
        """Whether an entry tells of it already, or it says that it needs none."""
        if group.request in self.requests or f"git:{group.lead.sha}" in self.sources:
            return True
        if any(len(reason) >= MIN_REASON for commit in group.commits for reason in skip_reasons(commit.body)):
            return True
        return any(commit.sha in self.entries for commit in group.commits)


@dataclass(frozen=True)
class _Proposal:
    """A group on its way to a draft."""

    group: Group
    history: _History
    changes: Mapping[str, tuple[Commit, tuple[FileChange, ...]]]
    source: Source

    def imported(self, name: str) -> Imported:
        """The draft."""
        group, lead = self.group, self.group.lead
        title, scope = title_of(lead)
        title = one_line(title)
        day = lead.committed[:10]
        page = Page(title, None)
        for commit in group.commits:
            heading = one_line(commit.subject) if len(group.commits) > 1 else ""
            page.add(f"commit {commit.sha[:12]}", commit.body, heading, self._left_out(commit))
        messages = "\0".join(f"{commit.sha}\n{commit.subject}\n{commit.body}" for commit in group.commits)
        sha = hashlib.sha256(messages.encode("utf-8", "backslashreplace")).hexdigest()
        made = renamed(page.imported(self.source, "incident"), name, name, sha, title, day)
        data = next(one for one in made.entries if one["kind"] == "incident")
        self._fill(data, scope)
        entries = tuple(settle({**ordered(one), "status": "draft"}) for one in made.entries)
        receipts = tuple(
            Receipt(data["id"], "commits", 1, 1, f"commit {commit.sha[:12]} subject") for commit in group.commits
        )
        account = {**made.account, "placed": made.account.get("placed", 0) + len(receipts)}
        remarks = tuple(text for text in made.remarks if "date" not in text)
        return replace(made, entries=entries, receipts=receipts + made.receipts, remarks=remarks, account=account)

    def _left_out(self, commit: Commit) -> dict[str, re.Pattern[str]]:
        """Lines of a message that stand in fields of their own, or name people."""
        linked = [*commit.reverts, *(text for text in introduced_by(commit) if text in self.history.shas)]
        told = dict(NAMES)
        if linked:
            shas = "|".join(map(re.escape, linked))
            told["names a commit that is linked"] = re.compile(
                rf"(?:This reverts commit|Fixes:) (?:commit )?(?:{shas})"
            )
        if commit is self.group.lead and len(commit.parents) > 1:
            told["is the title"] = re.compile(re.escape(headline(commit)) + r"\s*$")
        return told

    def _fill(self, data: dict[str, Any], scope: str) -> None:
        """Commits, fix, files, moments and what was reverted."""
        group, lead = self.group, self.group.lead
        data["commits"] = self._commits(data)
        data["timeline"] = [
            {"at": _at(commit), "event": "note", "note": one_line(headline(commit))}
            for commit in group.commits if _fixing(group, commit) or reverting(commit)
        ]  # fmt: skip
        back = reverting(lead)
        fix = data.setdefault("fix", {"kind": "rollback" if back else "fix", "description": one_line(headline(lead))})
        fix.pop("landed_with", None)  # the commits say it
        if (number := request_of(lead)) is not None:
            fix["pr"] = str(number)
        files = list(self._files())
        if files:
            fix["files"] = files[:MOST_FILES]
        if tag := word(scope):
            data["tags"] = list(dict.fromkeys([*data.get("tags", []), tag]))
        for commit in group.commits:
            if _fixing(group, commit) and commit.sha in self.history.reverted:
                attempt = {"action": one_line(commit.subject), "outcome": "reverted", "commit": commit.sha}
                data.setdefault("attempts", []).append(attempt)
        related = {self.history.entries[sha] for sha in group.undone if sha in self.history.entries}
        if related:
            note = "a commit of it was taken back"
            relations = [{"type": "related", "target": one, "note": note} for one in sorted(related)]
            data["relations"] = [*data.get("relations", []), *relations]

    def _commits(self, data: Mapping[str, Any]) -> list[dict[str, str]]:
        """Each commit with what it did; what was blamed or taken back brought the failure."""
        told: dict[str, dict[str, str]] = {}
        for sha in self.group.undone:
            held = self.history.commits.get(sha)
            if held is not None:
                role = "mentioned" if mends(held) else "introduced"
                told[sha] = {"sha": sha, "role": role, "note": one_line(held.subject)}
        for commit in self.group.commits:
            for text in introduced_by(commit):
                if full := self.history.shas.get(text):
                    told.setdefault(full, {"sha": full, "role": "introduced"})
            again = any(reverting(self.history.commits[sha]) for sha in commit.reverts if sha in self.history.commits)
            role = "mentioned" if again else "reverted" if reverting(commit) else "mentioned"
            role = "fixed" if _fixing(self.group, commit) else role
            told[commit.sha] = {"sha": commit.sha, "role": role, "note": one_line(commit.subject)}
        for link in data.get("commits", ()):
            if not any(sha.startswith(link["sha"]) for sha in told) and link["sha"] in self.history.commits:
                told[link["sha"]] = link
        return list(told.values())

    def _files(self) -> Iterator[dict[str, str]]:
        seen: set[str] = set()
        for commit in self.group.commits:
            for change in self.changes.get(commit.sha, (commit, ()))[1]:
                if change.path not in seen and change.path.isprintable() and len(change.path) <= 500:
                    seen.add(change.path)
                    yield {"path": change.path, "change": _CHANGES.get(change.status, "modified")}


def _at(commit: Commit) -> str:
    return commit.committed.replace("+00:00", "Z")
