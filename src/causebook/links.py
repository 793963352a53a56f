"""Joins entries with git: what each linked commit is, where each entry landed, what history says by itself."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from causebook import ahead, forge, git, remap
from causebook import config as settings
from causebook.config import ForeignRepo
from causebook.errors import CausebookError, Place
from causebook.findings import Edit
from causebook.git import Commit, FileChange, FileHistory, LostCommit, Remap, Repository, Resolution
from causebook.kb import KnowledgeBase, Record, load
from causebook.model import Entry, Incident
from causebook.model.words import is_id
from causebook.recent import Later

_WITH_FILES = frozenset({"introduced", "fixed", "mitigated"})
"""Roles of commits whose changed files are shown; the others are not worth the diff."""
State = Literal["verified", "missing", "ambiguous", "not_a_commit", "unverified"]


@dataclass(frozen=True, slots=True)
class CommitFact:
    """What is known of one commit that an entry links to."""

    text: str
    """The sha as written."""
    role: str
    note: str
    repo: str
    """Name of another repository; empty for this one."""
    field: tuple[str | int, ...]
    """The way to the sha in the entry."""
    state: State
    reason: str = ""
    """Why it could not be verified."""
    sha: str = ""
    """The full sha, when verified."""
    commit: Commit | None = None
    files: tuple[FileChange, ...] = ()
    reachable: bool | None = None
    """Whether it is an ancestor of what is checked out; None when that could not be told."""
    reverted_by: Commit | None = None
    candidates: tuple[str, ...] = ()
    """Full shas that an ambiguous one can mean."""
    object_type: str = ""
    peeled: str = ""
    """The commit that a tag object points at."""
    proposals: tuple[Remap, ...] = ()
    """Commits that probably replaced it, the surest first."""
    url: str = ""
    """Its web address; empty when unknown."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A commit that names an entry in a trailer."""

    commit: Commit
    fixes: bool
    """``Fixes-Incident`` rather than ``Incident``."""


@dataclass(frozen=True)
class GitFacts:
    """All that git says about a knowledge base."""

    commits: Mapping[str, tuple[CommitFact, ...]]
    """By id of the entry."""
    histories: Mapping[str, FileHistory]
    """By path of the entry's file."""
    mentions: Mapping[str, tuple[Mention, ...]]
    """By id of the entry named."""
    web: str = ""
    """Web address of this repository."""
    commit_url: str = ""
    """Web address of a commit of this repository, with ``{sha}``."""
    unavailable: str = ""
    """Why git could not be asked at all."""
    file_form: str = ""
    """Form of the web address of a file of this repository, as ``forge`` fills it; empty when unknown."""
    at_head: Mapping[str, str] = field(default_factory=dict)
    """Path -> id of its content at HEAD, for the files that incidents name; empty where there is no such file."""
    shallow: bool = False
    ancestry: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    """(older, newer) -> whether older is an ancestor; pairs of unknown commits are left out."""
    processes: int = 0
    """Number of git processes started."""

    def former(self, record: Record) -> tuple[str, ...]:
        """Ids that an entry had before its file was renamed, the oldest first."""
        history = self.histories.get(record.path)
        stems = (PurePosixPath(path).stem for path in history.former) if history else ()
        return tuple(dict.fromkeys(s for s in stems if is_id(s) and s != record.entry.id))

    def url(self, sha: str) -> str:
        """Web address of a commit of this repository, or an empty text."""
        return self.commit_url.replace("{sha}", sha) if self.commit_url else ""

    def file(self, sha: str, path: str, lines: tuple[int, int] | None = None) -> str:
        """Web address of a file of this repository as it was at a commit, or an empty text."""
        return forge.filled(self.file_form, sha, path, lines)


def written(entry: Entry) -> Iterator[tuple[tuple[str | int, ...], str, str, str, str]]:
    """Path, sha, role, repository and note of every commit that an entry names."""
    for index, link in enumerate(entry.commits):
        yield ("commits", index, "sha"), link.sha, link.role, link.repo or "", link.note or ""
    for index, attempt in enumerate(entry.attempts):
        if attempt.commit:
            yield ("attempts", index, "commit"), attempt.commit, "attempted", "", ""


def named(entry: Incident, commits: Iterable[CommitFact]) -> Iterator[str]:
    """The files that a fix changed, and those that hold what guards it: tests and what enforces a lesson."""
    if entry.fix:
        yield from (file.path for file in entry.fix.files)
        yield from (guard_file(test) for test in entry.fix.regression_tests)
    for fact in commits:
        if fact.role in {"fixed", "mitigated"} and not fact.repo:
            yield from (change.path for change in fact.files)
    for lesson in entry.lessons:
        if lesson.enforced_by and lesson.enforced_by.ref:
            yield guard_file(lesson.enforced_by.ref)


_GUARD = re.compile(r"([\w./+-]*[\w+-]\.\w{1,5})(?:::.*)?")


def guard_file(reference: str) -> str:
    """The file of a test such as ``tests/test_pool.py::test_closed``; empty for a rule or a hook, which have none."""
    match = _GUARD.fullmatch(reference)
    return match[1].removeprefix("./") if match else ""


def read(root: Path) -> tuple[KnowledgeBase, GitFacts, Repository | None]:
    """The knowledge base of ``root``, what git says of it, and its repository; None where git cannot be asked."""
    config = settings.load(root)
    with ahead.reading(root, config) as early:
        kb = load(root, config, early)
        return kb, gather(kb, early.repo), early.repo


def gather(kb: KnowledgeBase, repo: Repository | None = None) -> GitFacts:
    """Ask git, in a fixed number of processes, about every commit and file of ``kb``; never fails for lack of git.

    ``repo`` is its repository, where that is open already.
    """
    try:
        return asked(kb, repo or Repository.open(kb.root))
    except git.GitUnavailable as error:  # none at all, or one that fails on the way because it is damaged
        return _without_git(kb, error.message)


def asked(kb: KnowledgeBase, repo: Repository) -> GitFacts:
    """What ``repo`` says of ``kb``.

    Raises:
        GitUnavailable: git fails.
    """
    web = kb.config.web.rstrip("/") or repo.web or ""
    commit_url = kb.config.commit_url or (f"{web}/commit/{{sha}}" if web else "")
    local = _Repo(repo, commit_url)
    foreign = {name: _foreign(kb.root, name, setting) for name, setting in kb.config.repos.items()}
    names = [(r, *w) for r in kb.records for w in written(r.entry)]
    local.look_up([(r, sha, role) for r, _, sha, role, repo_name, _ in names if not repo_name])
    for name, held in list(foreign.items()):
        try:
            held.look_up([(r, sha, role) for r, _, sha, role, repo_name, _ in names if repo_name == name])
        except git.GitUnavailable as error:
            foreign[name] = _Repo(None, held.url, _unreadable(name, error))
    commits: dict[str, list[CommitFact]] = defaultdict(list)
    for record, path, sha, role, repo_name, note in names:
        held_repo = local if not repo_name else foreign.get(repo_name) or _Repo(None, "", _unnamed(repo_name))
        commits[record.entry.id].append(held_repo.fact(sha, role, note, repo_name, path))
    return GitFacts(
        {i: tuple(facts) for i, facts in commits.items()},
        Later(lambda: _histories(repo, kb)) if repo.partial else _histories(repo, kb),
        {} if repo.partial else _mentions(repo),
        web,
        commit_url,
        file_form=kb.config.file_url or forge.address(web),
        at_head={}
        if repo.partial
        else repo.at_head(path for r, entry in kb.incidents for path in named(entry, commits.get(r.entry.id, ()))),
        shallow=repo.shallow,
        ancestry=_ancestry(repo, commits),
        processes=repo.processes + sum(f.repo.processes for f in foreign.values() if f.repo),
    )


def _unnamed(name: str) -> str:
    return f"no [tool.causebook.repos.{name}] names that repository"


def _unreadable(name: str, error: CausebookError) -> str:
    return f"the clone of {name} cannot be read: {error.message}"


def _without_git(kb: KnowledgeBase, reason: str) -> GitFacts:
    commits = {
        r.entry.id: tuple(
            CommitFact(sha, role, note, repo, path, "unverified", reason)
            for path, sha, role, repo, note in written(r.entry)
        )
        for r in kb.records
    }
    return GitFacts(commits, {}, {}, kb.config.web, kb.config.commit_url, unavailable=reason)


def _histories(repo: Repository, kb: KnowledgeBase) -> dict[str, FileHistory]:
    """Histories of the entries' files, by path from the project."""
    histories = repo.file_histories(ahead.in_repo(repo, kb.root, kb.config))
    prefix = repo.prefix(kb.root) if histories else ""
    return {path.removeprefix(prefix): history for path, history in histories.items()}


def landed(repo: Repository, root: Path, kb: KnowledgeBase) -> dict[str, str]:
    """Full sha -> id of an entry that came with that commit."""
    histories = repo.file_histories(ahead.in_repo(repo, root, kb.config))
    prefix = repo.prefix(root) if histories else ""
    found = {path.removeprefix(prefix): history for path, history in histories.items()}
    return {found[r.path].landed_in.sha: r.entry.id for r in kb.records if r.path in found}


def _foreign(root: Path, name: str, setting: ForeignRepo) -> _Repo:
    if not setting.path:
        return _Repo(None, setting.url, f"the repository {name} is not at hand")
    try:
        repo = Repository.open(root / setting.path)
    except CausebookError as error:
        return _Repo(None, setting.url, _unreadable(name, error))
    return _Repo(repo, setting.url or (f"{repo.web}/commit/{{sha}}" if repo.web else ""))


class _Repo:
    """One repository and the answers about the commits that entries name in it."""

    def __init__(self, repo: Repository | None, url: str, reason: str = "") -> None:
        self.repo = repo
        self.shallow = repo is not None and repo.shallow
        self.url = url
        self.reason = reason
        self.resolved: dict[str, Resolution] = {}
        self.details: dict[str, tuple[Commit, tuple[FileChange, ...]]] = {}
        self.proposals: dict[str, tuple[Remap, ...]] = {}

    def look_up(self, names: list[tuple[Record, str, str]]) -> None:
        """Resolve all shas at once, read the commits, and look for what replaced those that are gone."""
        if self.repo is None or not names:
            return
        self.resolved = self.repo.resolve({sha for _, sha, _ in names})
        history = self.repo.history()
        partial = self.repo.partial  # then no commit is known but by asking for it
        wanted = {self.resolved[text].sha for _, text, role in names if role in _WITH_FILES or partial}
        unknown = {r.sha for r in self.resolved.values() if r.sha not in history}
        self.details = self.repo.changes(sha for sha in wanted | unknown if sha)
        lost: dict[str, LostCommit] = {}
        for record, text, _ in names:
            found = self.resolved[text]
            if found.problem == "missing" or (found.sha and found.sha not in history):
                key = found.sha or text
                lost[key] = LostCommit(key, found.sha is not None, _pull_request(record.entry))
        if lost:
            self.proposals = self.repo.remaps(lost.values())

    def fact(self, text: str, role: str, note: str, repo: str, field: tuple[str | int, ...]) -> CommitFact:
        """All that is known of a commit that an entry names."""
        found = self.resolved.get(text)
        if self.repo is None or found is None or found.sha is None:
            named = CommitFact(text, role, note, repo, field, "unverified")
            url = self.url.replace("{sha}", text)
            return self._unresolved(named, found) if found else _replace(named, reason=self.reason, url=url)
        history = self.repo.history()
        commit, changes = self.details.get(found.sha) or (history.get(found.sha), ())
        reachable = True if found.sha in history else None if self.shallow else False
        return CommitFact(  # written out: there are thousands, and replace() takes four times as long
            text,
            role,
            note,
            repo,
            field,
            "verified",
            sha=found.sha,
            commit=commit,
            files=changes,
            reachable=reachable,
            reverted_by=self.repo.reverts().get(found.sha),
            proposals=self.proposals.get(found.sha, ()),
            url=self.url.replace("{sha}", found.sha) if self.url else "",
        )

    def _unresolved(self, fact: CommitFact, found: Resolution) -> CommitFact:
        if found.problem == "missing" and self.shallow:
            return _replace(fact, reason="this is a shallow clone: run `git fetch --unshallow`")
        return _replace(
            fact,
            state="ambiguous" if found.problem == "ambiguous" else "not_a_commit" if found.object_type else "missing",
            candidates=found.candidates,
            object_type=found.object_type or "",
            peeled=found.peeled or "",
            proposals=self.proposals.get(fact.text, ()),
        )


def _replace(fact: CommitFact, **changes: object) -> CommitFact:
    import dataclasses

    return dataclasses.replace(fact, **changes)  # type: ignore[arg-type]


def _pull_request(entry: Entry) -> int | None:
    """Number of the entry's pull request, when it is one of this repository."""
    text = (entry.fix.pr if entry.fix else None) if isinstance(entry, Incident) else entry.pr
    return int(text) if text and text.isdigit() else None


def _mentions(repo: Repository) -> dict[str, tuple[Mention, ...]]:
    found: dict[str, list[Mention]] = defaultdict(list)
    for commit in repo.history().values():
        for key, value in commit.trailers:
            found[value.strip()].append(Mention(commit, key.lower() == "fixes-incident"))
    return {entry: tuple(mentions) for entry, mentions in found.items()}


def _ancestry(repo: Repository, commits: Mapping[str, list[CommitFact]]) -> dict[tuple[str, str], bool]:
    pairs: set[tuple[str, str]] = set()
    for facts in commits.values():
        own = [f for f in facts if f.sha and not f.repo]
        older = [f.sha for f in own if f.role == "introduced"]
        newer = [f.sha for f in own if f.role in {"fixed", "mitigated"}]
        pairs.update((a, b) for a in older for b in newer)
    return dict(repo.ancestors_ok(pairs))


def place(record: Record, fact: CommitFact) -> Place:
    """Where the sha of ``fact`` stands in the entry's file."""
    return record.place(*fact.field)


def replacement(record: Record, fact: CommitFact) -> Edit | None:
    """The edit that names the commit which replaced ``fact``'s: only where both make the same change, and it is one."""
    same = [p for p in fact.proposals if remap.SAME_PATCH in p.evidence]
    if len(same) != 1:
        return None
    return Edit(record.path, fact.field, same[0].proposed[: max(len(fact.text), 12)])


def home(kb: KnowledgeBase, entry: Entry) -> Path | None:
    """The folder that the paths of ``entry`` start from: the project or the clone of its ``repo``, if at hand."""
    if not entry.repo:
        return kb.root
    setting = kb.config.repos.get(entry.repo)
    path = kb.root / setting.path if setting and setting.path else None
    return path if path is not None and path.is_dir() else None


def clone(kb: KnowledgeBase, name: str) -> Repository | None:
    """The clone of another repository that the settings name; None where it is no git repository."""
    setting = kb.config.repos.get(name)
    try:
        return Repository.open(kb.root / setting.path) if setting and setting.path else None
    except CausebookError:
        return None


def not_at_hand(kb: KnowledgeBase, record: Record) -> tuple[str, Place, str]:
    """Message, place and the way to settle it, for what an entry names in a repository that is not at hand."""
    name = record.entry.repo or ""
    known = name in kb.config.repos
    message = f"what it names of {name} could not be checked: " + (
        f"the repository {name} is not at hand" if known else _unnamed(name)
    )
    return message, record.place("repo"), f"set [tool.causebook.repos.{name}] path to a local clone"
