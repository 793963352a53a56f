"""Check over histories as they come about: merged, squashed, rebased, cut short, torn; sound ones raise no alarm."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from causebook.findings import Finding
from causebook.pull_request import PullRequest
from conftest import REQUIRED, Run
from gitrepo import FIRST, SECOND, GitRepo, Project, entry_text

ROOT = Path(__file__).parents[1]
FIX = "fix: the pool is closed by its own loop"
CODE = {"src/pool.py": "a = 1\n", "src/loop.py": "b = 1\nc = 2\nd = 3\n", "README.md": "x\n"}


@pytest.fixture
def work(repo: GitRepo) -> Project:
    """Code and an entry on main, the gate enforced, and a branch `work` checked out."""
    made = Project(repo, repo.path)
    made.put("causebook.toml", '[gate]\nmode = "enforce"\n')
    made.write(FIRST)
    repo.commit(CODE, "Begin")
    repo.run("checkout", "--quiet", "-b", "work")
    return made


def rules(project: Project, base: str = "main", **request: Any) -> list[str]:
    """The checks that find something in the change, all of them asked."""
    report = project.report(base=base, request=PullRequest(**request))
    return [f"{f.rule}?" if f.verdict == "unknown" else f.rule for f in report.findings]


def others(project: Project) -> None:
    """Main goes on with a fix of others, and without an entry."""
    project.repo.run("checkout", "--quiet", "main")
    project.repo.commit({"src/loop.py": "b = 7\nc = 2\nd = 3\n"}, "fix: somebody else's")
    project.repo.run("checkout", "--quiet", "work")


def with_entry(project: Project, **fields: Any) -> str:
    """A fix that brings its entry; the sha."""
    project.write(SECOND, **resolved(**fields))
    return project.repo.commit({"src/pool.py": "a = 2\n"}, FIX)


def resolved(**fields: Any) -> dict[str, Any]:
    held = {"kind": "fix", "description": "A pool a loop", "verification": {"how": "pytest"}, "landed_with": "self"}
    base: dict[str, Any] = {
        "title": "Pool is bound to another loop", "status": "resolved", "severity": "sev3", "fix": held,
        "causes": [{"role": "root", "description": "One pool for all loops"}],
    }  # fmt: skip
    return base | fields


def reopen(path: Path) -> None:
    """As the check for reverts asks for it."""
    text = path.read_text().replace('"resolved"', '"reopened"')
    path.write_text(f"{text}attempts: [{{action: A pool a loop, outcome: reverted, learned: It leaks}}]\n")


def test_merged(work: Project) -> None:
    with_entry(work)
    others(work)
    work.repo.run("merge", "--quiet", "--no-edit", "main")
    assert rules(work) == []
    work.repo.run("rm", "--quiet", f"entries/2026/{SECOND}.yaml")
    work.repo.commit({}, "Without it")
    assert rules(work) == ["entry_needed"]
    work.repo.run("checkout", "--quiet", "main")
    work.repo.run("merge", "--quiet", "--no-ff", "--no-edit", "work")
    assert rules(work, "main~1") == ["entry_needed"]


def test_squashed(work: Project) -> None:
    on_branch = with_entry(work)
    others(work)
    work.repo.run("checkout", "--quiet", "main")
    work.repo.run("merge", "--quiet", "--squash", "work")
    work.repo.commit({}, f"{FIX} (#7)")
    assert rules(work, "main~1") == []
    work.write(SECOND, **resolved(commits=[{"sha": on_branch, "role": "fixed"}]))
    assert rules(work, "main~1") == ["commit_reachable"]
    work.write(SECOND, **resolved(fix={**resolved()["fix"], "pr": "7"}))
    assert rules(work, "main~1") == []


def test_rebased(work: Project) -> None:
    before = with_entry(work)
    others(work)
    work.repo.run("rebase", "--quiet", "main")
    assert rules(work) == []
    work.write(SECOND, **resolved(commits=[{"sha": before, "role": "fixed"}]))
    (finding,) = work.report(base="main").findings
    assert (finding.rule, finding.edit and finding.edit.value) == ("commit_reachable", work.repo.head)


def test_cherry_picked(work: Project) -> None:
    picked = with_entry(work)
    work.repo.run("checkout", "--quiet", "-b", "stable", "main")
    work.repo.run("cherry-pick", "-x", picked, date="2026-01-05T00:00:00+00:00")
    assert rules(work) == []
    work.path(SECOND).unlink()
    assert rules(work) == ["entry_needed"]


def test_reverted(work: Project) -> None:
    fixed = with_entry(work)
    work.repo.run("checkout", "--quiet", "main")
    work.repo.run("merge", "--quiet", "--ff-only", "work")
    work.write(
        SECOND, **resolved(fix={**resolved()["fix"], "landed_with": None}, commits=[{"sha": fixed, "role": "fixed"}])
    )
    work.repo.commit({}, "Name the fix")
    work.repo.run("checkout", "--quiet", "-b", "back")
    work.put("src/pool.py", "a = 1\n")  # what `git revert` makes, but for the entry, which says more by now
    work.repo.run("add", "--all")
    work.repo.run("commit", "--quiet", "-m", f'Revert "{FIX}"\n\nThis reverts commit {fixed}.')
    assert set(rules(work)) == {"revert_reopens", "entry_needed"}
    reopen(work.path(SECOND))
    work.repo.commit({}, "Reopen it")
    assert rules(work) == []


def test_renamed(work: Project) -> None:
    work.repo.run("mv", "src/loop.py", "src/loops.py")
    work.write(SECOND, title="Named by its old name", attempts=[
        {"action": "Read it", "outcome": "failed", "files": [{"path": "src/loop.py"}]}])  # fmt: skip
    work.repo.commit({}, "refactor: loops")
    assert rules(work) == ["file_reference", "moved_file"]
    path = work.path(SECOND)
    path.write_text(path.read_text().replace("src/loop.py", "src/loops.py"))
    assert rules(work) == []
    work.repo.run("mv", f"entries/2026/{FIRST}.yaml", "entries/2026/other.yaml")
    assert rules(work) == ["file_name"]


@pytest.mark.parametrize("depth", [1, 2])
def test_cut_short(work: Project, tmp_path: Path, depth: int) -> None:
    with_entry(work, commits=[{"sha": work.repo.head, "role": "introduced"}])
    others(work)
    for number in range(3):
        work.repo.commit({f"src/{number}.py": ""}, "feat: more")
    url = work.root.as_uri()
    work.repo.run(
        "clone", "--quiet", f"--depth={depth}", "--no-single-branch", "--branch=work", url, str(tmp_path / "c")
    )
    cut = Project(GitRepo(tmp_path / "c", init=False), tmp_path / "c")
    report = cut.report(base="origin/main")
    assert [f.verdict for f in report.findings if f.rule == "change_range"] == ["unknown"]
    assert not report.failing("note")
    (finding,) = [f for f in report.findings if f.rule == "change_range"]
    subprocess.run(finding.fix.split(), cwd=tmp_path / "c", check=True, capture_output=True)
    assert rules(cut, "origin/main") == []


def test_from_a_fork(work: Project, tmp_path: Path, run: Run) -> None:
    work.repo.run("clone", "--quiet", work.root.as_uri(), str(tmp_path / "fork"))
    fork = Project(GitRepo(tmp_path / "fork", init=False), tmp_path / "fork")
    fork.repo.run("checkout", "--quiet", "-b", "theirs", "origin/main")
    with_entry(fork, fix={**resolved()["fix"], "pr": "9"})
    others(work)
    work.repo.run("checkout", "--quiet", "main")
    work.repo.run("fetch", "--quiet", str(tmp_path / "fork"), "theirs:refs/pull/9/head")
    work.repo.run("checkout", "--quiet", "--detach", "refs/pull/9/head")
    told = {
        "title": FIX, "number": 9, "base": {"ref": "main", "sha": work.repo.run("rev-parse", "main~1")},
        "head": {"ref": "theirs", "sha": work.repo.head, "repo": {"full_name": "stranger/app", "fork": True}},
    }  # fmt: skip
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": told}))
    done = run("check", "--base", "auto", "--pr-event", str(event), "--fail-level", "note", at=work.root)
    assert done.code == 0, done.out
    event.write_text(event.read_text().replace('"number": 9', '"number": 10'))
    assert run("check", "--base", "auto", "--pr-event", str(event), "--fail-level", "note", at=work.root).code == 1


def test_on_no_branch(work: Project) -> None:
    with_entry(work)
    work.repo.run("checkout", "--quiet", "--detach")
    assert rules(work) == []
    work.path(SECOND).unlink()
    assert rules(work) == ["entry_needed"]


def test_with_a_submodule(work: Project, tmp_path: Path) -> None:
    other = GitRepo(tmp_path / "other")
    inside = other.commit({"entries/2026/broken.yaml": "[", "x.py": ""}, "Other")
    work.repo.run("submodule", "--quiet", "add", str(other.path), "sub")
    work.repo.commit({}, "feat: add the other one")
    assert rules(work) == []
    work.write(SECOND, title="Of the other one", commits=[{"sha": inside, "role": "introduced"}])
    assert rules(work) == ["commit_exists"]
    work.write(SECOND, title="Of the other one", commits=[{"sha": inside, "role": "introduced", "repo": "sub"}])
    assert rules(work) == ["commit_exists?"]
    work.put("causebook.toml", '[gate]\nmode = "enforce"\n[repos.sub]\npath = "sub"\n')
    assert rules(work) == []


def test_of_histories_that_never_met(work: Project) -> None:
    work.repo.run("checkout", "--quiet", "--orphan", "apart")
    work.write(SECOND, title="TODO", status="investigating")
    work.repo.commit({"src/pool.py": "a = 2\n"}, FIX)
    assert [one for one in rules(work) if one.startswith("change")] == ["change_range?"]
    assert "entry_needed" not in rules(work)


CONFLICT = "id: x\n<<<<<<< HEAD\ntitle: ours\n=======\ntitle: theirs\n>>>>>>> theirs\n"


@pytest.mark.parametrize("content", [CONFLICT.encode(), b"\x89PNG\r\n\x1a\n\x00\x00", b"\xff\xfe\x00", b""])
def test_with_an_entry_that_a_conflict_tore(work: Project, content: bytes) -> None:
    path = work.put(f"entries/2026/{SECOND}.yaml", content)
    work.repo.commit({"src/pool.py": "a = 2\n"}, FIX)
    found = set(rules(work))
    assert found >= {"entry_needed"}
    assert found & {"yaml_syntax", "file_readable", "schema"}
    path.unlink()
    work.write(SECOND, **resolved())
    assert rules(work) == []


def test_in_the_middle_of_a_conflict(work: Project) -> None:
    work.write(FIRST, title="Ours")
    work.repo.commit({}, "docs: ours")
    work.repo.run("checkout", "--quiet", "main")
    work.write(FIRST, title="Theirs")
    work.repo.commit({}, "docs: theirs")
    work.repo.run("checkout", "--quiet", "work")
    subprocess.run(["git", "merge", "main"], cwd=work.root, capture_output=True, check=False, env={
        **os.environ, "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.org"})  # fmt: skip
    assert "<<<<<<<" in work.path(FIRST).read_text()
    assert "yaml_syntax" in rules(work)
    assert [f.rule for f in work.report(staged=True).failing()] == ["yaml_syntax"]


FORMATS = ("text", "json", "sarif", "rdjson", "github", "junit", "markdown")
ODD = [(name, "text") for name in (b"a\tb", b'q"u', "ü".encode(), b" x", b"-x")]
ODD += [(name, format_) for name in (b"a\nb", b"\xff\xfe") for format_ in FORMATS]


@pytest.mark.parametrize(("name", "format_"), ODD, ids=repr)
def test_with_a_file_of_an_odd_name(work: Project, run: Run, name: bytes, format_: str) -> None:
    odd = os.fsdecode(name)
    (work.root / "entries" / "2026" / f"{odd}.yaml").write_text(entry_text(SECOND, title="Of an odd name"))
    (work.root / "src" / f"{odd}.py").write_text("x = 1\n")
    work.repo.commit({}, "feat: odd names")
    assert rules(work) == ["file_name"]
    out = work.root / "out"
    done = run("check", "--base", "main", "--format", format_, "--output", f"{format_}={out}", at=work.root)
    assert done.code == 1
    assert "expected this file to be" in done.out.replace("\\", "")
    assert out.read_bytes()


# No false alarm -------------------------------------------------------------------------------------------------------


def alarms(project: Project, base: str, **request: Any) -> list[str]:
    """Errors and warnings of a change, in words."""
    report = project.report(base=base, request=PullRequest(**request), today=dt.date.today().isoformat())  # noqa: DTZ011
    return [f"{f.place}: {f.message} [{f.rule}]" for f in report.failing("warning")]


def test_our_own_history_raises_no_alarm(tmp_path: Path) -> None:
    count = "40"
    held = subprocess.run(
        ["git", "rev-list", "--first-parent", f"--max-count={count}", "HEAD"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    shas = held.stdout.split()
    if len(shas) < 2:
        if REQUIRED and (ROOT / ".git" / "packed-refs").exists() and not (ROOT / ".git" / "shallow").exists():
            pytest.fail("the history is here and cannot be read")
        pytest.skip("no history here: a shallow clone or an archive")
    clone = GitRepo(tmp_path / "own", init=False)
    clone.run("clone", "--quiet", "--no-checkout", ROOT.as_uri(), ".")
    project, found = Project(clone, clone.path), []
    for sha, parent in itertools.pairwise(shas):
        clone.run("checkout", "--quiet", "--force", "--detach", sha)
        clone.run("clean", "--quiet", "-d", "-x", "--force")
        found += [f"{sha[:12]}: {alarm}" for alarm in alarms(project, parent)]
    assert found == []
    # That it can raise one at all: the latest change with a mistake in an entry.
    path = next(iter(sorted((clone.path / "entries").rglob("*.yaml"))))
    path.write_text("<<<<<<< HEAD\n" + path.read_text())
    assert alarms(project, shas[1])


@dataclass
class Team:
    """A team that works on branches, one after the other, and merges each in one way only."""

    project: Project
    way: str
    number: int = 0
    fixes: dict[str, str] = field(default_factory=dict)
    """Entry -> the commit on main that brought it."""

    @property
    def when(self) -> str:
        """A moment for each pull request, so that history is in order."""
        return (dt.datetime(2026, 2, 1, 9, tzinfo=dt.timezone.utc) + dt.timedelta(hours=self.number)).isoformat()

    def begin(self) -> None:
        self.number += 1
        self.project.repo.run("checkout", "--quiet", "-B", "topic", "main")

    def commit(self, message: str, files: dict[str, str | bytes | None] | None = None) -> str:
        return self.project.repo.commit(files or {}, message, date=self.when)

    def alarms(self, title: str) -> list[str]:
        return [f"#{self.number} {title}: {one}" for one in alarms(
            self.project, "main", title=title, number=self.number, body=f"Part {self.number}.")]  # fmt: skip

    def merge(self, title: str) -> str:
        """Into main, as a forge does it with this setting."""
        repo = self.project.repo
        repo.run("checkout", "--quiet", "main")
        if self.way == "squash":
            repo.run("merge", "--quiet", "--squash", "topic")
            return repo.commit({}, f"{title} (#{self.number})", date=self.when)
        # Others were merged meanwhile, so that a rebase makes new commits.
        repo.commit({f"notes/{self.number}.md": "x\n"}, "docs: a note", date=self.when)
        repo.run("checkout", "--quiet", "topic")
        repo.run("rebase", "--quiet", "main", date=self.when)
        repo.run("checkout", "--quiet", "main")
        repo.run("merge", "--quiet", "--ff-only", "topic")
        return repo.head


def entry_of(team: Team, name: str, **fields: Any) -> str:
    identity = f"2026-02-{team.number:02}-{name}-{team.number:04x}"
    fix = {**resolved()["fix"], "pr": str(team.number), "files": [{"path": "src/pool.py"}]}
    values = resolved(title=f"Trouble {name} met in part {team.number}", fix=fix, **fields)
    team.project.write(identity, **values)
    return identity


def year(team: Team) -> Iterator[list[str]]:
    """What a team does: features, fixes with their entries, reverts with reopened incidents, moves, documents."""
    put, repo = team.project.put, team.project.repo

    def ended(title: str) -> list[str]:
        found = team.alarms(title)
        sha = team.merge(title)
        for identity in pending:
            team.fixes[identity] = sha
        pending.clear()
        return found

    pending: list[str] = []
    for turn in range(3):
        team.begin()
        team.commit("Try a queue", {f"src/feature{turn}.py": f"x = {turn}\n"})
        team.commit("fix: what the last commit broke", {f"src/feature{turn}.py": f"x = {turn + 1}\n"})
        yield ended(f"feat: feature {turn}")

        team.begin()
        put("src/pool.py", f"a = {turn + 10}\n")
        pending.append(entry_of(team, f"pool{turn}"))
        team.commit(f"fix: pool {turn}")
        team.commit("Say more", {f"tests/test_pool{turn}.py": "def test_it(): ...\n"})
        yield ended(f"fix: pool {turn}")

        team.begin()
        team.commit("fix: a typo in the guide", {"README.md": f"y{turn}\n"})
        yield ended("fix: a typo in the guide")

        team.begin()
        put("src/loop.py", f"b = {turn + 20}\nc = 2\nd = 3\n")
        team.commit(f"fix: log message {turn}\n\nCausebook-Skip: only the words of a log message")
        yield ended(f"chore: log message {turn}")

    team.begin()
    repo.run("mv", "src/pool.py", "src/pools.py")
    team.commit("refactor: a folder of pools")
    yield ended("refactor: pools")

    identity, sha = list(team.fixes.items())[-1]
    team.begin()
    reopen(team.project.path(identity))
    put("src/pools.py", "a = 1\n")
    team.commit(f'Revert "fix: pool 2"\n\nThis reverts commit {sha}.')
    yield ended('Revert "fix: pool 2"')

    team.begin()
    put("src/pools.py", "a = 99\n")
    first = next(iter(team.fixes))
    again = entry_of(team, "again", relations=[{"type": "recurrence_of", "target": first}])
    held = team.project.path(again)
    held.write_text(held.read_text().replace("src/pool.py", "src/pools.py"))
    older = team.project.path(first)
    older.write_text(older.read_text() + f"relations: [{{type: recurred_as, target: {again}}}]\n")
    team.commit(f"fix: pool again\n\nFixes-Incident: {again}")
    yield ended("fix: pool again")


@pytest.mark.parametrize("way", ["squash", "rebase"])
def test_a_sound_history_raises_no_alarm(repo: GitRepo, way: str) -> None:
    project = Project(repo, repo.path)
    project.put("causebook.toml", '[gate]\nmode = "enforce"\n')
    repo.commit(CODE, "Begin")
    team = Team(project, way)
    found = [one for alarms_ in year(team) for one in alarms_]
    assert found == []
    assert team.number == 15
    assert project.report().failing("warning") == ()
    # The same history with one entry forgotten is found out.
    team.begin()
    team.commit("fix: pools", {"src/pools.py": "a = 5\n"})
    (alarm,) = team.alarms("fix: pools")
    assert alarm.endswith("[entry_needed]")


def test_what_is_found_does_not_depend_on_when_it_was_merged(work: Project) -> None:
    def told(base: str) -> list[Finding]:
        return list(work.report(base=base).findings)

    with_entry(work, title="TODO")
    early = told("main")
    others(work)
    assert told("main") == early
    work.repo.run("merge", "--quiet", "--no-edit", "main")
    assert told("main") == early
