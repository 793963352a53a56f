"""The gate: what mends something brings an entry, takes one back with its fix, and names what is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from causebook import gate, pull_request
from causebook.config import Config, Gate
from causebook.errors import CausebookError, UsageError
from causebook.pull_request import PullRequest
from gitrepo import FIRST, SECOND, GitRepo, Project

FIXED = {
    "status": "resolved", "severity": "sev2",
    "fix": {"kind": "fix", "description": "Pool per loop", "verification": {"how": "ran it"}},
    "causes": [{"role": "root", "description": "One pool"}],
}  # fmt: skip


@pytest.fixture
def work(repo: GitRepo) -> Project:
    """A project with one entry and code on main, and a branch `work` checked out."""
    made = Project(repo, repo.path)
    made.write(FIRST)
    repo.commit({"src/pool.py": "a = 1\n", "README.md": "x\n", ".github/workflows/ci.yml": "on: push\n"}, "Begin")
    repo.run("checkout", "--quiet", "-b", "work")
    return made


def found(project: Project, *names: str, **request: Any) -> list[tuple[str, str]]:
    report = project.report(*names, base="main", request=PullRequest(**request))
    return [(f.rule, f.level) for f in report.findings]


def test_a_correction_without_an_entry_is_found(work: Project) -> None:
    work.repo.commit({"src/pool.py": "a = 2\n"}, "fix: the pool")
    (finding,) = work.report("entry-needed", base="main").findings
    assert (finding.level, finding.place.path) == ("warning", "src/pool.py")
    assert "'fix: the pool'" in finding.message
    assert "causebook new incident --from-commit" in finding.fix
    work.put("causebook.toml", '[gate]\nmode = "enforce"\n')
    assert found(work, "entry-needed") == [("entry_needed", "error")]
    work.put("causebook.toml", '[gate]\nmode = "off"\n')
    assert found(work, "entry-needed") == []


@pytest.mark.parametrize(
    "request_",
    [
        {"title": "fix: pool"},
        {"title": "fix(pool)!: close it"},
        {"title": "hotfix: pool"},
        {"title": "Bugfix: pool"},
        {"title": 'Revert "Faster pool"'},
        {"title": "revert: faster pool"},
        {"title": "Pool", "labels": ("Bug",)},
        {"title": "Pool", "body": "Fixes #12"},
        {"title": "Pool", "body": "This fixes team/app#12."},
        {"title": "Pool", "body": "Fixed https://git.example.org/team/app/issues/12"},
    ],
)
def test_each_sign_of_a_correction_counts(work: Project, request_: dict[str, Any]) -> None:
    work.repo.commit({"src/pool.py": "a = 2\n"}, "Pool")
    assert found(work, "entry-needed", **request_) == [("entry_needed", "warning")]


@pytest.mark.parametrize(
    "request_",
    [
        {"title": "feat: pool"},
        {"title": "Fixture for the pool"},
        {"title": "prefix: pool"},
        {"title": "Pool", "labels": ("feature", "debugging")},
        {"title": "Pool", "body": "Closes #12, resolves #13"},
        {"title": "Pool", "body": "Prefixes #12"},
        {"title": ""},
    ],
)
def test_what_mends_nothing_needs_no_entry(work: Project, request_: dict[str, Any]) -> None:
    work.repo.commit({"src/pool.py": "a = 2\n"}, "Pool")
    assert found(work, "entry-needed", **request_) == []


@pytest.mark.parametrize(
    "files",
    [
        {"README.md": "y\n"},
        {".github/workflows/ci.yml": "on: pull_request\n"},
        {"src/new.py": "b = 1\n"},
        {"poetry.lock": "x\n", "requirements.txt": "x==2\n"},
        {"kb/guide.md": "x\n", "entries/notes.txt": "x\n"},
    ],
)
def test_a_change_that_touches_no_code_that_was_there_needs_no_entry(work: Project, files: dict[str, str]) -> None:
    work.repo.commit(files, "fix: something")
    assert found(work, "entry-needed", title="fix: something") == []


def test_an_entry_that_is_new_or_says_more_is_enough(work: Project) -> None:
    work.repo.commit({"src/pool.py": "a = 2\n"}, "fix: the pool")
    path = work.path(FIRST)
    path.write_text("# only a remark\n" + path.read_text())
    assert found(work, "entry-needed") == [("entry_needed", "warning")]
    work.write(FIRST, title="It says more now")
    assert found(work, "entry-needed") == []
    work.repo.run("checkout", "--quiet", "--", "entries")
    path.unlink()
    assert found(work, "entry-needed") == [("entry_needed", "warning")]
    work.write(SECOND)
    assert found(work, "entry-needed") == []


def test_a_broken_entry_is_no_entry(work: Project) -> None:
    work.repo.commit({"src/pool.py": "a = 2\n"}, "fix: the pool")
    work.path(SECOND).write_text("kind: [\n")
    assert found(work, "entry-needed") == [("entry_needed", "warning")]


def test_a_reason_leaves_it_out_and_is_shown(work: Project) -> None:
    work.repo.commit({"src/pool.py": "a = 2\n"}, "fix: the pool\n\nCausebook-Skip: a typo that nobody met")
    assert found(work, "entry-needed", "skip-reason") == [("skip_reason", "note")]
    body = "Text\n\ncausebook-skip: wip"
    (finding,) = work.report("skip-reason", base="main~0", request=PullRequest(body=body)).findings[1:]
    assert "'wip'" in finding.message


def test_a_reason_that_says_nothing_does_not_count(work: Project) -> None:
    work.repo.commit({"src/pool.py": "a = 2\n"}, "fix: the pool")
    assert ("entry_needed", "warning") in found(work, "entry-needed", body="Causebook-Skip: wip")
    assert found(work, "entry-needed", body="Causebook-Skip: a typo that nobody met") == []
    assert found(work, "entry-needed", "skip-reason", labels=("No-Entry",)) == [("skip_reason", "note")]


def test_the_settings_say_what_code_is() -> None:
    config = Config(gate=Gate(code=("src/*", "*.sql"), exempt=("src/generated/*",)))
    assert [gate.is_code(p, config) for p in ("src/a/b.md", "x/y.sql", "src/generated/a.py", "tests/a.py")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_only_a_commit_of_the_fix_type_speaks_where_no_title_does(work: Project) -> None:
    work.repo.commit({"src/pool.py": "a = 2\n"}, "fix: while at it")
    assert found(work, "entry-needed", title="feat: bigger pool") == []
    assert found(work, "entry-needed") == [("entry_needed", "warning")]


def test_taking_back_a_fix_reopens_its_incident(work: Project) -> None:
    fixed = work.repo.commit({"src/pool.py": "a = 2\n"}, "fix: the pool")
    work.write(FIRST, **FIXED, commits=[{"sha": fixed, "role": "fixed"}])
    work.repo.commit({}, "Entry")
    work.repo.run("branch", "--force", "main")
    assert found(work, "revert-reopens") == []
    work.repo.run("revert", "--no-edit", fixed)
    (finding,) = work.report("revert-reopens", base="main").findings
    assert finding.place.path.endswith(f"{FIRST}.yaml")
    assert "reopened" in finding.fix
    work.write(FIRST, **{**FIXED, "status": "reopened"}, commits=[{"sha": fixed, "role": "fixed"}])
    assert found(work, "revert-reopens") == []
    work.write(FIRST, **FIXED, commits=[{"sha": fixed, "role": "fixed"}])
    work.repo.run("revert", "--no-edit", "HEAD", date="2026-01-02T12:00:00+00:00")
    assert found(work, "revert-reopens") == []


def test_another_fix_takes_the_place_of_the_one_taken_back(work: Project) -> None:
    fixed = work.repo.commit({"src/pool.py": "a = 2\n"}, "fix: the pool")
    work.repo.run("branch", "--force", "main")
    work.repo.run("revert", "--no-edit", fixed)
    better = work.repo.commit({"src/pool.py": "a = 3\n"}, "fix: better", date="2026-01-03T12:00:00+00:00")
    links = [{"sha": fixed, "role": "fixed"}, {"sha": better, "role": "fixed"}]
    work.write(FIRST, **FIXED, commits=links)
    assert found(work, "revert-reopens") == []
    work.write(FIRST, **FIXED, commits=links[:1])
    assert found(work, "revert-reopens") == [("revert_reopens", "error")]


def test_a_trailer_of_the_change_names_an_entry(work: Project) -> None:
    work.repo.commit({"src/pool.py": "a = 2\n"}, f"Pool\n\nIncident: {FIRST}")
    assert found(work, "trailer-names-entry") == []
    work.repo.commit({"src/pool.py": "a = 3\n"}, f"Pool\n\nFixes-Incident: {FIRST[:-1]}f")
    (finding,) = work.report("trailer-names-entry", base="main").findings
    assert f"did you mean {FIRST}?" in finding.fix


def test_a_description_names_entries_that_are_there(work: Project) -> None:
    work.repo.commit({"src/pool.py": "a = 2\n"}, "Pool")
    assert found(work, "description-names-entry", body=f"Ends {FIRST}.") == []
    gone = "2026-01-01-never-written-ffff"
    assert found(work, "description-names-entry", body=f"Ends {gone}.") == [("description_names_entry", "warning")]


@pytest.mark.parametrize(
    ("number", "target", "held", "message"),
    [
        (12, "", None, "fix.pr is missing"),
        (12, "", "7", "fix.pr is 7"),
        (12, "", "12", ""),
        (12, "", "#12", ""),
        (12, "team/app", "team/app#12", ""),
        (12, "team/app", "team/lib#12", "fix.pr is team/lib#12"),
        (None, "", None, ""),
    ],
)
def test_a_new_entry_names_its_pull_request(
    work: Project, number: int | None, target: str, held: str | None, message: str
) -> None:
    fix = {**FIXED["fix"], **({"pr": held} if held else {})}  # type: ignore[dict-item]
    work.write(SECOND, **{**FIXED, "fix": fix})
    found_ = work.report("pull-request-number", base="main", request=PullRequest(number=number, repo=target)).findings
    assert [f.message.split(";")[0].split(",")[0] for f in found_] == ([message] if message else [])
    if message.endswith("missing"):
        assert found_[0].edit is not None
        assert (found_[0].edit.field, found_[0].edit.value) == (("fix", "pr"), "12")


def test_a_new_session_names_its_pull_request(work: Project) -> None:
    work.write(SECOND, kind="session", status="draft")
    assert found(work, "pull-request-number", number=12) == [("pull_request_number", "warning")]
    work.write(SECOND, kind="session", status="draft", pr="12")
    assert found(work, "pull-request-number", number=12) == []


def test_an_entry_lands_with_its_fix(work: Project) -> None:
    fix = {**FIXED["fix"], "landed_with": "self"}  # type: ignore[dict-item]
    work.write(SECOND, **{**FIXED, "fix": fix})
    assert found(work, "landed-with") == [("landed_with", "error")]
    work.put("src/pool.py", "a = 2\n")
    assert found(work, "landed-with") == []


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("tests/test_pool.py", ""),
        ("tests/test_pool.py::test_one", ""),
        ("tests/test_pool.py::test_one[a::b]", ""),
        ("tests/test_pool.py::TestPool::test_two", ""),
        ("tests/test_pool.py::test_two", "has no test_two"),
        ("tests/test_pool.py::TestPool::test_on", "has no TestPool::test_on"),
        ("tests/test_gone.py::test_one", "there is no tests/test_gone.py"),
        ("../outside.py", "there is no ../outside.py"),
        ("tests/broken.py::test_x", ""),
    ],
)
def test_a_regression_test_is_there(work: Project, ref: str, message: str) -> None:
    work.put("tests/test_pool.py", "def test_one(): ...\nclass TestPool:\n    async def test_two(self): ...\n")
    work.put("tests/broken.py", "def (")
    (work.root.parent / "outside.py").write_text("")
    work.write(FIRST, fix={**FIXED["fix"], "regression_tests": [ref]})  # type: ignore[dict-item]
    assert [message in f.message for f in work.lint("regression-test")] == ([True] if message else [])
    lesson = {"rule": "Pool per loop", "state": "encoded", "enforced_by": {"kind": "test", "ref": ref}}
    work.write(FIRST, lessons=[lesson])
    assert [message in f.message for f in work.lint("regression-test")] == ([True] if message else [])


def test_an_encoded_lesson_names_what_enforces_it(work: Project) -> None:
    work.write(FIRST, lessons=[{"rule": "Pool per loop", "state": "encoded"}])
    assert [f.message for f in work.lint("regression-test")] == ["a lesson that is encoded names what enforces it"]
    held = {"kind": "lint", "ref": "ruff rule ASYNC230"}
    work.write(FIRST, lessons=[{"rule": "Pool per loop", "state": "encoded", "enforced_by": held}])
    assert work.lint("regression-test") == ()


def test_what_lies_in_another_repository_is_unknown_until_it_is_at_hand(work: Project, tmp_path: Path) -> None:
    fix = {**FIXED["fix"], "regression_tests": ["tests/test_there.py"]}  # type: ignore[dict-item]
    work.write(FIRST, repo="other", fix=fix)
    (finding,) = work.lint("regression-test")
    assert (finding.verdict, "names that repository" in finding.message) == ("unknown", True)
    other = GitRepo(tmp_path / "other")
    work.put("causebook.toml", '[repos.other]\npath = "../other"\n')
    assert [f.verdict for f in work.lint("regression-test")] == ["fail"]
    other.commit({"tests/test_there.py": ""}, "Test")
    assert work.lint("regression-test") == ()


def test_an_action_is_due(work: Project) -> None:
    action = {"description": "Alert", "owner": "ada", "due": "2026-05-31"}
    work.write(FIRST, actions=[action])
    assert [f.level for f in work.report("action-overdue", today="2026-06-02").findings] == ["warning"]
    assert not work.report("action-overdue", today="2026-05-31").findings
    work.write(FIRST, actions=[{**action, "status": "complete"}])
    assert not work.report("action-overdue", today="2026-06-02").findings


ACK = "- {{rule: {rule}, place: {place}, reason: as the old tracker had it, until: {until}}}\n"


def acknowledge(project: Project, until: str, rule: str = "todo-left", place: str = "entries/*") -> None:
    project.put("entries/acknowledged.yaml", ACK.format(rule=rule, place=place, until=until))


def test_what_is_acknowledged_is_shown_and_fails_nothing(work: Project) -> None:
    work.write(FIRST, title="TODO", status="resolved")
    assert work.report("todo-left").failing()
    for place in ("entries/*", f"entries/2026/{FIRST}.yaml", FIRST):
        acknowledge(work, "2026-12-31", place=place)
        report = work.report("todo-left", "acknowledgement")
        assert not report.findings
        assert [(a.finding.rule, a.reason) for a in report.acknowledged] == [("todo_left", "as the old tracker had it")]
    acknowledge(work, "2026-12-31", place="elsewhere/*")
    assert [f.rule for f in work.report("todo-left", "acknowledgement").findings] == ["todo_left", "acknowledgement"]


def test_an_acknowledgement_ends(work: Project) -> None:
    work.write(FIRST, title="TODO", status="resolved")
    acknowledge(work, "2026-05-31")
    report = work.report("todo-left", "acknowledgement", today="2026-06-01")
    assert [f.rule for f in report.failing()] == ["todo_left", "acknowledgement"]
    assert not work.report("todo-left", "acknowledgement", today="2026-05-31").findings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rule: x\n", "expected a list"),
        ("- x\n", "expected keys and values"),
        ("- {rule: x}\n", "place, reason, until is missing"),
        ("- {rule: x, place: y, reason: wip, until: 2026-12-31}\n", "shorter than 10"),
        ("- {rule: x, place: y, reason: long enough, until: soon}\n", "expected a day"),
        ("- {rule: x, place: y, reason: long enough, until: 2026-12-31, who: me}\n", "found 'who'"),
        ("- [\n", "expected"),
        ("", None),
    ],
)
def test_a_mistake_in_the_acknowledgements_is_found(work: Project, text: str, message: str | None) -> None:
    work.put("entries/acknowledged.yaml", text)
    findings = work.lint("acknowledgement")
    assert len(findings) == (message is not None)
    if message is not None:
        assert message in findings[0].message
        assert findings[0].place.path == "entries/acknowledged.yaml"
        assert findings[0].place.line > 0


def test_levels_come_from_the_settings(work: Project) -> None:
    work.write(FIRST, title="TODO", status="resolved")
    work.put("causebook.toml", '[levels]\ntodo-left = "note"\n')
    assert [f.level for f in work.lint("todo-left")] == ["note"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[levels]\nx = "fatal"', "levels.x is 'fatal', expected one of error, warning, note"),
        ("levels = 3", "levels is not a table"),
        ("gate = 3", "gate is not a table"),
        ('[gate]\nmode = "hard"', "gate.mode is 'hard', expected one of off, adopt, enforce"),
        ("[gate]\ncodes = []", "unknown setting gate.codes\n  did you mean code?"),
        ('[gate]\ncode = "src"', "gate.code is 'src', expected a list of texts"),
    ],
)
def test_a_mistake_in_these_settings_is_told(work: Project, text: str, message: str) -> None:
    work.put("causebook.toml", text)
    with pytest.raises(CausebookError) as error:
        work.load()
    assert message in str(error.value)


def event(tmp_path: Path, data: object) -> PullRequest:
    path = tmp_path / "event.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return pull_request.from_event(path)


def test_an_event_file_is_read_as_data(tmp_path: Path) -> None:
    held = {
        "title": "fix: $(touch /tmp/x) `id`", "body": "a\r\nb", "number": 7, "labels": [{"name": "bug"}, {"id": 1}],
        "base": {"ref": "main", "sha": "a" * 40},
    }  # fmt: skip
    found = event(tmp_path, {"pull_request": held, "repository": {"full_name": "team/app"}})
    assert found == PullRequest("fix: $(touch /tmp/x) `id`", "a\nb", 7, ("bug",), "main", "a" * 40, "team/app")


@pytest.mark.parametrize("data", [{"ref": "refs/heads/main"}, {"pull_request": None}, {"pull_request": []}])
def test_an_event_of_another_kind_has_no_pull_request(tmp_path: Path, data: object) -> None:
    assert event(tmp_path, data) == PullRequest()


@pytest.mark.parametrize("held", [{"title": None, "labels": None, "base": None, "number": "7"}, {}, {"labels": "bug"}])
def test_an_event_with_holes_is_read(tmp_path: Path, held: dict[str, Any]) -> None:
    found = event(tmp_path, {"pull_request": {**held, "x": 1}})
    assert (found.title, found.labels, found.number) == ("", (), None)


@pytest.mark.parametrize("text", ["", "{", "[]", "3"])
def test_what_is_no_event_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError):
        event(tmp_path, text)


def test_each_ci_tells_of_its_pull_request(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_text(json.dumps({"pull_request": {"title": "fix: x"}}))
    github = {"GITHUB_EVENT_PATH": str(path), "GITHUB_EVENT_NAME": "pull_request_target"}
    assert (pull_request.from_environment(github) or PullRequest()).title == "fix: x"
    assert pull_request.from_environment({**github, "GITHUB_EVENT_NAME": "push"}) is None
    gitlab = {
        "CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_TITLE": "fix: y", "CI_MERGE_REQUEST_LABELS": "bug, later",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": "b" * 40, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    }  # fmt: skip
    found = pull_request.from_environment(gitlab)
    assert found == PullRequest("fix: y", "", 7, ("bug", "later"), "main", "b" * 40, "")
    assert pull_request.from_environment({}) is None


def test_closing_words_are_read_in_all_forms() -> None:
    text = (
        "Fixes #1, closes: team/app#2 and RESOLVED https://git.example.org/team/app/issues/3; "
        "fix https://gitlab.example.org/g/p/-/issues/4, fixed GH-5. Not: #6, prefixes #7, fixes nothing"
    )
    assert list(pull_request.closed_issues(text)) == [
        ("", 1), ("team/app", 2), ("team/app", 3), ("g/p", 4), ("", 5),
    ]  # fmt: skip
