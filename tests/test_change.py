"""A change as git tells it, over every way that histories come about."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from causebook import change as changes
from causebook.change import Change
from causebook.errors import UsageError
from causebook.pull_request import PullRequest
from gitrepo import FIRST, SECOND, GitRepo, Project


def read(root: Path, base: str = "main", **variables: str) -> Change:
    return changes.read(root, base, scope="base", request=PullRequest(), variables=variables)


def told(change: Change) -> set[tuple[str, str]]:
    return {(f.status, f.path) for f in change.files}


@pytest.fixture
def branch(repo: GitRepo) -> GitRepo:
    """main with two files, and a branch `work` that changes one, adds one, renames none yet."""
    repo.commit({"kept.py": "1\n", "moved.py": "one\ntwo\nthree\n"}, "Begin")
    repo.run("checkout", "--quiet", "-b", "work")
    repo.commit({"new.py": "2\n", "kept.py": "2\n"}, "fix: something")
    return repo


def test_what_left_the_base_and_what_is_not_committed_is_the_change(branch: GitRepo) -> None:
    (branch.path / "unknown.py").write_text("3\n")
    (branch.path / "kept.py").write_text("4\n")
    branch.run("mv", "moved.py", "there.py")
    change = read(branch.path)
    assert told(change) == {("A", "new.py"), ("M", "kept.py"), ("A", "unknown.py"), ("R", "there.py")}
    assert change.gone == {"moved.py"}
    assert change.added == {"new.py", "unknown.py"}
    assert [c.subject for c, _ in change.commits] == ["fix: something"]
    assert [f.path for f in change.commits[0][1]] == ["kept.py", "new.py"]


def test_what_the_base_did_meanwhile_is_not_the_change(branch: GitRepo) -> None:
    branch.run("checkout", "--quiet", "main")
    branch.commit({"meanwhile.py": "5\n"}, "Elsewhere")
    branch.run("checkout", "--quiet", "work")
    assert told(read(branch.path)) == {("A", "new.py"), ("M", "kept.py")}
    branch.run("merge", "--quiet", "--no-edit", "main")
    change = read(branch.path)
    assert told(change) == {("A", "new.py"), ("M", "kept.py")}
    assert "Elsewhere" not in [c.subject for c, _ in change.commits]


def test_staged_is_what_the_next_commit_brings(branch: GitRepo) -> None:
    (branch.path / "later.py").write_text("6\n")
    (branch.path / "now.py").write_text("7\n")
    branch.run("add", "now.py")
    change = changes.read(branch.path, "", scope="staged", request=PullRequest(), variables={})
    assert told(change) == {("A", "now.py")}
    assert change.staged


def test_names_are_told_as_they_are(branch: GitRepo) -> None:
    odd = ["a\nb.py", "ü.py", 'q"uote.py', " lead.py", "-dash.py", "tab\t.py"]
    branch.commit(dict.fromkeys(odd, "1\n"), "Odd names")
    (branch.path / "new\nline.py").write_text("")
    assert {f.path for f in read(branch.path).files} >= {*odd, "new\nline.py"}


def test_before_the_first_commit_everything_is_new(repo: GitRepo) -> None:
    (repo.path / "a.py").write_text("")
    assert told(read(repo.path)) == {("A", "a.py")}


def test_a_detached_head_is_as_good_as_a_branch(branch: GitRepo) -> None:
    branch.run("checkout", "--quiet", "--detach")
    assert told(read(branch.path)) == {("A", "new.py"), ("M", "kept.py")}


def test_the_base_that_the_ci_names_is_taken(branch: GitRepo) -> None:
    middle = branch.head
    branch.commit({"last.py": ""}, "Last")
    assert told(read(branch.path, "auto", CI_MERGE_REQUEST_DIFF_BASE_SHA=middle)) == {("A", "last.py")}
    branch.run("branch", "stable", middle)
    assert told(read(branch.path, "auto", GITHUB_BASE_REF="stable")) == {("A", "last.py")}
    assert len(told(read(branch.path, "auto"))) == 3
    request = PullRequest(base_sha=middle)
    change = changes.read(branch.path, "auto", scope="base", request=request, variables={})
    assert told(change) == {("A", "last.py")}


@pytest.mark.parametrize("base", ["nowhere", "--output=x", "-x", "a b", "HEAD:kept.py", "main\nHEAD"])
def test_a_base_that_git_does_not_know_is_refused(branch: GitRepo, base: str) -> None:
    with pytest.raises(UsageError, match="git knows no base"):
        read(branch.path, base)
    assert not (branch.path / "x").exists()


def test_histories_that_never_met_are_unknown(branch: GitRepo) -> None:
    branch.run("checkout", "--quiet", "--orphan", "apart")
    branch.commit({"apart.py": ""}, "Apart")
    change = read(branch.path)
    assert "no commit in common" in change.unknown
    assert change.settle.startswith("git merge-base")
    assert not change.files


def test_a_shallow_clone_says_what_would_settle_it(branch: GitRepo, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    branch.run("clone", "--quiet", "--depth=1", "--branch=work", branch.path.as_uri(), str(clone))
    change = read(clone, "main")
    assert "shallow" in change.unknown
    assert "--unshallow origin main" in change.settle


def test_no_git_is_unknown(tmp_path: Path) -> None:
    assert "not a git repository" in read(tmp_path).unknown


def test_only_the_project_counts_where_it_is_a_folder_of_the_repository(repo: GitRepo) -> None:
    repo.commit({"app/in.py": "1\n2\n3\n", "out.py": "a\nb\nc\nd\n"}, "Begin")
    repo.run("checkout", "--quiet", "-b", "work")
    repo.run("mv", "out.py", "app/came.py")
    repo.run("mv", "app/in.py", "left.py")
    repo.commit({"elsewhere.py": "", "app/new.py": "x\n"}, "Move")
    change = read(repo.path / "app")
    assert told(change) == {("A", "new.py"), ("A", "came.py"), ("D", "in.py")}


def test_a_submodule_is_one_path(branch: GitRepo, tmp_path: Path) -> None:
    other = GitRepo(tmp_path / "other")
    other.commit({"x": ""}, "Other")
    branch.run("submodule", "--quiet", "add", str(other.path), "sub")
    branch.commit({}, "Submodule")
    (branch.path / "sub" / "untracked").write_text("")
    assert ("A", "sub") in told(read(branch.path))
    assert not any("untracked" in f.path for f in read(branch.path).files)


def test_a_change_answers_for_what_it_touches(repo: GitRepo) -> None:
    base = Project(repo, repo.path)
    base.write(FIRST, title="TODO", status="resolved")
    base.write(SECOND, title="Sound")
    repo.commit({}, "Begin")
    repo.run("checkout", "--quiet", "-b", "work")
    assert base.report("todo-left").findings
    assert not base.report("todo-left", base="main").findings
    base.write(FIRST, title="TODO again", status="resolved")
    assert base.report("todo-left", base="main").findings


def test_what_holds_for_old_entries_is_told_of_every_change(repo: GitRepo) -> None:
    base = Project(repo, repo.path)
    base.write(FIRST)
    base.write(SECOND, relations=[{"type": "related", "target": FIRST}])
    repo.commit({}, "Begin")
    repo.run("checkout", "--quiet", "-b", "work")
    base.path(FIRST).unlink()
    assert [f.place.path for f in base.report("relation-target", base="main").findings] == [
        f"entries/2026/{SECOND}.yaml"
    ]


def test_a_range_that_cannot_be_told_is_unknown_and_no_pass(branch: GitRepo) -> None:
    branch.run("checkout", "--quiet", "--orphan", "apart")
    branch.commit({"apart.py": ""}, "Apart")
    report = Project(branch, branch.path).report("change-range", base="main")
    assert [(f.rule, f.verdict) for f in report.findings] == [("change_range", "unknown")]
    assert not Project(branch, branch.path).report("change-range", base="HEAD").findings


def test_what_others_merged_since_the_pull_request_was_opened_is_not_the_change(branch: GitRepo) -> None:
    opened = branch.run("rev-parse", "main")
    branch.run("checkout", "--quiet", "main")
    branch.commit({"meanwhile.py": "5\n"}, "Elsewhere")
    branch.run("update-ref", "refs/remotes/origin/main", "main")
    branch.run("merge", "--quiet", "--no-ff", "--no-edit", "work")
    request = PullRequest(base_ref="main", base_sha=opened)

    def change() -> Change:
        return changes.read(branch.path, "auto", scope="base", request=request, variables={})

    assert told(change()) == {("A", "new.py"), ("M", "kept.py")}
    # The other way round: the clone does not know yet what the forge does.
    branch.run("update-ref", "refs/remotes/origin/main", opened)
    request = PullRequest(base_ref="main", base_sha=branch.run("rev-parse", "main~1"))
    assert told(change()) == {("A", "new.py"), ("M", "kept.py")}


def test_what_was_pushed_last_is_the_base_only_where_there_is_no_main_branch(branch: GitRepo) -> None:
    pushed = branch.head
    branch.commit({"last.py": ""}, "Last")
    assert len(told(read(branch.path, "auto", PRE_COMMIT_FROM_REF=pushed))) == 3
    branch.run("branch", "--delete", "--force", "main")
    assert told(read(branch.path, "auto", PRE_COMMIT_FROM_REF=pushed)) == {("A", "last.py")}


def test_what_a_second_process_read_of_a_change_is_not_asked_again(branch: GitRepo) -> None:
    project = Project(branch, branch.path)
    missing = "0123456789abcdef0123456789abcdef01234567"  # left out, and no reason to fail
    project.write(FIRST, commits=[{"sha": branch.head, "role": "fixed"}, {"sha": missing, "role": "fixed"}])
    made = changes.with_repository(branch.path, "main", scope="base", request=PullRequest(), variables={})
    change, repo = pickle.loads(pickle.dumps(made))  # noqa: S301 - our own
    assert change == read(branch.path)
    before = repo.processes
    assert list(repo.changes([branch.head])) == [branch.head]
    assert (repo.tree(change.base, "entries"), repo.head, repo.shallow) == ("", branch.head, False)
    assert repo.processes == before
    assert repo.history().keys() == {branch.head, change.base}  # what else is asked opens git again


def test_without_git_there_is_no_repository(tmp_path: Path) -> None:
    change, repo = changes.with_repository(tmp_path, "main", scope="base", request=PullRequest(), variables={})
    assert (change.unknown, repo) == ("not a git repository", None)
