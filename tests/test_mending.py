"""Mending: what has one right answer is written by position, twice is once, and the rest is left and said."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from causebook import mending
from causebook.errors import Place
from causebook.findings import Edit, Finding
from causebook.pull_request import PullRequest
from conftest import Run
from gitrepo import FIRST, SECOND, GitRepo, Project


def mended(project: Project, *names: str, **given: object) -> mending.Mended:
    return mending.plan(project.root, project.report(*names, **given).findings)  # type: ignore[arg-type]


@pytest.fixture
def project(repo: GitRepo) -> Project:
    return Project(repo, repo.path)


def test_the_other_side_of_a_relation_is_added(project: Project) -> None:
    project.write(FIRST)
    path = project.path(FIRST)
    path.write_text("# kept\n" + path.read_text() + "tags: [a, b]  # kept too\n")
    project.write(SECOND, relations=[{"type": "caused_by", "target": FIRST}])
    found = mended(project, "relation-reciprocal")
    mending.apply(project.root, found)
    text = path.read_text()
    assert f"type: causes\n    target: {SECOND}" in text or f"{{type: causes, target: {SECOND}}}" in text
    assert text.startswith("# kept\n")
    assert "tags: [a, b]  # kept too\n" in text
    assert project.report("relation-reciprocal", "schema").findings == ()
    assert not mended(project, "relation-reciprocal").after


def test_a_rebased_commit_is_named_anew_where_the_patch_is_the_same(project: Project) -> None:
    repo = project.repo
    repo.commit({"a.py": "1\n"}, "Begin")
    repo.run("checkout", "--quiet", "-b", "work")
    old = repo.commit({"b.py": "2\n"}, "Fix it")
    repo.run("checkout", "--quiet", "main")
    repo.commit({"c.py": "3\n"}, "Meanwhile")
    repo.run("cherry-pick", old, date="2026-01-05T00:00:00+00:00")
    new = repo.head
    project.write(FIRST, commits=[{"sha": old, "role": "fixed"}])
    found = mended(project, "commit-reachable")
    assert [f.rule for f in found.done] == ["commit_reachable"]
    mending.apply(project.root, found)
    assert new in project.path(FIRST).read_text()
    assert not mended(project, "commit-reachable", "commit-exists").after


def test_a_squashed_commit_is_proposed_and_left_to_a_person(project: Project) -> None:
    repo = project.repo
    repo.commit({"a.py": "1\n"}, "Begin")
    repo.run("checkout", "--quiet", "-b", "work")
    old = repo.commit({"b.py": "2\n"}, "Fix it")
    repo.commit({"b.py": "4\n"}, "Fix it better")
    repo.run("checkout", "--quiet", "main")
    repo.run("merge", "--quiet", "--squash", "work")
    repo.commit({}, "Fix it (#3)\n\n* Fix it\n\n* Fix it better")
    project.write(FIRST, commits=[{"sha": old, "role": "fixed"}])
    (finding,) = project.lint("commit-reachable")
    assert "perhaps" in finding.fix
    assert finding.edit is None


def test_the_number_of_the_pull_request_is_filled_in(project: Project) -> None:
    project.repo.commit({"a.py": "1\n"}, "Begin")
    fix = {"kind": "fix", "description": "Pool per loop"}
    project.write(FIRST, fix=fix)
    found = mended(project, "pull-request-number", base="HEAD", request=PullRequest(number=12))
    mending.apply(project.root, found)
    assert project.load().incidents[0][1].fix.pr == "12"  # type: ignore[union-attr]
    assert not mended(project, "pull-request-number", base="HEAD", request=PullRequest(number=12)).after


def finding(path: str, *field: str | int, value: object = "x", action: str = "set") -> Finding:
    return Finding("m", Place(path, 1), edit=Edit(path, field, value, action))  # type: ignore[arg-type]


def test_two_edits_of_one_value_are_not_both_made(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\nb: 2\n")
    found = mending.plan(tmp_path, [finding("a.yaml", "a"), finding("a.yaml", "a", value="y"), finding("a.yaml", "b")])
    assert found.after == {"a.yaml": "a: x\nb: x\n"}
    assert [reason for _, reason in found.left] == ["another finding mends the same value"]


def test_what_has_no_safe_form_is_left(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a:\n  b: 1\n  c: 2\n")
    found = mending.plan(tmp_path, [finding("a.yaml", "a"), finding("a.yaml", "gone", "x")])
    assert found.after == {}
    assert len(found.left) == 2


def test_a_diff_can_be_applied(project: Project) -> None:
    project.write(FIRST)
    project.write(SECOND, relations=[{"type": "related", "target": FIRST}])
    project.repo.commit({}, "Begin")
    found = mended(project, "relation-reciprocal")
    done = subprocess.run(
        ["git", "apply", "-"], cwd=project.root, input=found.diff(), text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert project.path(FIRST).read_text() == found.after[f"entries/2026/{FIRST}.yaml"]
    (project.root / "b.yaml").write_text("a: 1")
    assert "\\ No newline at end of file\n" in mending.plan(project.root, [finding("b.yaml", "a")]).diff()


def test_fix_mends_and_reports_the_rest(project: Project, run: Run) -> None:
    project.write(FIRST, title="TODO", status="resolved")
    project.write(SECOND, relations=[{"type": "related", "target": FIRST}])
    at = ["-C", str(project.root), "check", "--select", "relation-reciprocal,todo-left"]
    before = project.path(FIRST).read_text()
    shown = run(*at, "--diff")
    assert (shown.code, project.path(FIRST).read_text()) == (1, before)
    assert f"+++ b/entries/2026/{FIRST}.yaml" in shown.out
    fixed = run(*at, "--fix")
    assert fixed.code == 1
    assert "mended" in fixed.err
    assert "[relation_reciprocal]" not in fixed.out
    assert "[todo_left]" in fixed.out
    assert run(*at, "--diff").code == 0
