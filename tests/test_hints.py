"""What history knows about a change: why each incident is shown, in which order, and how a change is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from causebook import change as changes
from causebook import hints, links, touched
from causebook.findings import Hint
from causebook.git import Repository
from causebook.pull_request import PullRequest
from causebook.touched import Touched
from conftest import Run
from gitrepo import FIRST, SECOND, GitRepo, Project

POOL = """import asyncpg


class Pool:
    def connect(self):
        self.held = 1
        return self.held

    def close(self):
        self.held = 0

    def size(self):
        return self.held
"""
FIXED = POOL.replace("self.held = 0", "self.held = None")
TEST = "def test_close():\n    assert True\n\n\ndef test_size():\n    assert True\n"
RESOLVED = {
    "status": "resolved", "severity": "sev2", "causes": [{"role": "root", "description": "One pool"}],
    "fix": {"kind": "fix", "description": "Close it", "verification": {"how": "ran it"}},
}  # fmt: skip


def fix(**fields: Any) -> dict[str, Any]:
    """The fields of a resolved incident whose fix has ``fields``."""
    return {**RESOLVED, "fix": {**RESOLVED["fix"], **fields}}  # type: ignore[dict-item]


def numbered(number: int) -> str:
    return f"2026-02-{number:02}-incident-{number:04x}"


@pytest.fixture
def work(repo: GitRepo) -> Project:
    """Code on main, whose last commit mended the closing of the pool; no entry, and a branch `work`."""
    made = Project(repo, repo.path)
    repo.commit({"src/pool.py": POOL, "tests/test_pool.py": TEST, "docs/pool.txt": "one\ntwo\nthree\n"}, "Begin")
    repo.commit({"src/pool.py": FIXED}, "Close the pool")
    made.put("causebook.toml", "")
    repo.run("branch", "mended")
    return made


def branch(project: Project) -> None:
    """Everything written so far is on main; what follows is the change."""
    project.repo.commit({}, "Entries")
    project.repo.run("checkout", "--quiet", "-b", "work")


def edit(project: Project, old: str, new: str, path: str = "src/pool.py") -> None:
    text = (project.root / path).read_text()
    assert old in text
    project.put(path, text.replace(old, new))


def seen(project: Project, base: str = "main", *, staged: bool = False) -> tuple[Touched, Repository]:
    scope: changes.Scope = "staged" if staged else "base"
    change = changes.read(project.root, base, scope=scope, request=PullRequest(), variables={})
    repo = Repository.open(project.root)
    return touched.read(change, repo, project.root, project.load().config), repo


def known(project: Project, base: str = "main", *, staged: bool = False) -> tuple[Hint, ...]:
    kb = project.load()
    found, repo = seen(project, base, staged=staged)
    return hints.incidents(kb, links.gather(kb), found, repo)


def because(project: Project) -> str:
    (hint,) = known(project)
    return hint.because


def test_the_function_that_a_commit_mended(work: Project) -> None:
    sha = work.repo.run("rev-parse", "mended")
    work.write(FIRST, **RESOLVED, commits=[{"sha": sha, "role": "fixed"}])
    branch(work)
    edit(work, "self.held = None", "self.held = 7")
    (hint,) = known(work)
    said = f"commit {sha[:12]}, which fixed it, changed Pool.close() of src/pool.py, which this change touches"
    assert (hint.because, str(hint.place), hint.target) == (said, "src/pool.py:9", FIRST)


def test_another_function_of_that_file_is_only_the_file(work: Project) -> None:
    sha = work.repo.run("rev-parse", "mended")
    work.write(FIRST, **RESOLVED, commits=[{"sha": sha, "role": "fixed"}])
    branch(work)
    edit(work, "return self.held\n\n", "return 1\n\n")
    assert because(work) == f"commit {sha[:12]}, which fixed it, changed src/pool.py, which this change touches"


@pytest.mark.parametrize("link", ["trailer", "self", "reverted"])
def test_a_commit_tells_by_itself_what_it_mended(work: Project, link: str) -> None:
    fields = fix(landed_with="self") if link == "self" else RESOLVED
    if link != "reverted":
        work.write(FIRST, **fields)
    trailer = "" if link != "trailer" else f"\n\nFixes-Incident: {FIRST}"
    sha = work.repo.commit({"src/pool.py": FIXED.replace("None", "2")}, f"fix: again{trailer}")
    if link == "reverted":
        work.write(FIRST, **RESOLVED, commits=[{"sha": sha, "role": "fixed"}])
        work.repo.commit({}, "Name it")
        work.repo.run("revert", "--no-edit", sha)
    branch(work)
    edit(work, "self.held = None" if link == "reverted" else "self.held = 2", "self.held = 3")
    back = " and was taken back" if link == "reverted" else ""
    assert because(work).startswith(f"commit {sha[:12]}, which fixed it{back}, changed Pool.close() of")


def test_a_commit_of_everything_tells_nothing_of_each_file(work: Project) -> None:
    many = {f"src/other{n}.py": "x = 1\n" for n in range(40)}
    sha = work.repo.commit({**many, "src/pool.py": FIXED + "# end\n"}, "Release")
    work.write(FIRST, **RESOLVED, commits=[{"sha": sha, "role": "fixed"}])
    branch(work)
    edit(work, "# end", "# The end")
    assert known(work) == ()


TRACEBACK = 'Traceback:\n  File "{}", line 6, in connect\n    self.held\nTimeoutError: no'


@pytest.mark.parametrize(
    ("frame", "near"),
    [
        (TRACEBACK.format("/home/ci/app/src/pool.py"), True),
        (TRACEBACK.format("C:\\\\ci\\\\src\\\\pool.py"), True),
        ("src/pool.py:6: in connect\n    self.held\nE   TimeoutError", True),
        (TRACEBACK.format("/home/ci/other/pool.py"), False),
        (TRACEBACK.format("/venv/lib/python3.12/site-packages/src/pool.py"), False),
    ],
)
def test_a_traceback_names_a_function(work: Project, frame: str, near: bool) -> None:
    frame = frame.replace("\\\\", "\\")
    work.write(FIRST, status="investigating", symptom={"description": "x", "errors": [{"text": frame}]})
    branch(work)
    edit(work, "self.held = 1", "self.held = 2")
    found = [h.because for h in known(work)]
    said = "its traceback goes through Pool.connect() of src/pool.py, which this change touches; it is investigating"
    assert found == ([said] if near else [])


def test_a_regression_test_that_is_touched(work: Project) -> None:
    work.write(FIRST, **fix(regression_tests=["tests/test_pool.py::test_close[a b]", "read the log"]))
    branch(work)
    edit(work, "test_size():\n    assert True", "test_size():\n    assert 1", "tests/test_pool.py")
    assert because(work) == "it is guarded by tests/test_pool.py, which this change touches"
    edit(work, "test_close():\n    assert True", "test_close():\n    assert 2", "tests/test_pool.py")
    (hint,) = known(work)
    assert hint.because == "it is guarded by test_close() of tests/test_pool.py, which this change touches"
    assert hint.advice == ("run its regression tests: pytest 'tests/test_pool.py::test_close[a b]'",)
    (work.root / "tests/test_pool.py").unlink()
    assert because(work).endswith("which this change deletes")


def test_lines_are_looked_for_where_they_are_now(work: Project) -> None:
    sha = work.repo.run("rev-parse", "mended")
    named = {"path": "docs/pool.txt", "lines": [2, 3]}
    work.write(FIRST, **fix(files=[named]), commits=[{"sha": sha, "role": "fixed"}])
    work.put("docs/pool.txt", "new\nnew\none\ntwo\nthree\nfour\n")
    branch(work)
    for old, new, near in [
        ("two", "2", True),
        ("two\n", "two\nand a half\n", True),  # between the two lines
        ("two\nthree\n", "", True),
        ("four", "4", False),
        ("new\nnew\n", "", False),
        ("three\n", "three\nnext\n", False),  # after them
    ]:
        edit(work, old, new, "docs/pool.txt")
        part = "lines 2 to 3 of " if near else ""
        assert because(work) == f"its fix changed {part}docs/pool.txt, which this change touches", (old, new)
        work.repo.run("checkout", "--quiet", "--", "docs")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (fix(files=[{"path": "src/pool.py"}]), "its fix changed"),
        ({**RESOLVED, "attempts": [{"action": "x", "outcome": "worked", "files": [{"path": "./src/pool.py"}]}]},
         "an attempt on it changed"),
        ({**RESOLVED, "evidence": [{"id": "E1", "ref": "src/pool.py#L2"}]}, "its evidence lies in"),
        ({**RESOLVED, "references": [{"type": "documentation", "ref": "src/pool.py"}]}, "it refers to"),
    ],
)  # fmt: skip
def test_each_way_to_name_a_file(work: Project, fields: dict[str, Any], said: str) -> None:
    work.write(FIRST, **fields)
    branch(work)
    edit(work, "import asyncpg", "import asyncpg as pg")
    assert because(work) == f"{said} src/pool.py, which this change touches"


def test_a_component_is_told_by_its_name(work: Project) -> None:
    work.write(FIRST, **RESOLVED, components=["src", "data_Store"])
    work.put("src/data-store/rows.sql", "select 1\n")
    branch(work)
    edit(work, "import asyncpg", "import asyncpg as pg")
    assert known(work) == ()
    edit(work, "1", "2", "src/data-store/rows.sql")
    assert because(work) == "it is about data_Store, which src/data-store/rows.sql is part of by its name"


def test_renames_are_followed(work: Project) -> None:
    sha = work.repo.run("rev-parse", "mended")
    work.write(FIRST, **fix(files=[{"path": "src/pool.py"}]), commits=[{"sha": sha, "role": "fixed"}])
    for old, new in [("src/pool.py", "src/pools.py"), ("src/pools.py", "src/db/pools.py")]:
        (work.root / new).parent.mkdir(exist_ok=True)
        work.repo.run("mv", old, new)
        work.repo.commit({}, "Move")
    branch(work)
    edit(work, "self.held = None", "self.held = 3", "src/db/pools.py")
    said = "changed Pool.close() of src/db/pools.py (then src/pool.py), which this change touches"
    assert because(work) == f"commit {sha[:12]}, which fixed it, {said}"
    work.repo.commit({}, "Edit")
    work.repo.run("mv", "src/db/pools.py", "src/db/all.py")
    assert "src/db/all.py" in because(work)


def test_the_closest_come_first_then_the_open_the_worst_the_latest(work: Project) -> None:
    sha = work.repo.run("rev-parse", "mended")
    doc = work.repo.commit({"docs/pool.txt": "one\ntwo\nthree\nfour\n"}, "Four")
    names = {
        "function": {**RESOLVED, "commits": [{"sha": sha, "role": "fixed"}], "severity": "sev4"},
        "lines": {
            **fix(files=[{"path": "docs/pool.txt", "lines": [2, 2]}]),
            "commits": [{"sha": doc, "role": "mitigated"}],
        },
        "reopened": {**fix(files=[{"path": "src/pool.py"}]), "status": "reopened", "severity": "sev4"},
        "open": {**fix(files=[{"path": "src/pool.py"}]), "status": "identified", "severity": "sev4"},
        "worst": {**fix(files=[{"path": "src/pool.py"}]), "severity": "sev1"},
        "component": {**RESOLVED, "components": ["pool"], "status": "investigating", "severity": "sev1"},
    }
    order = list(names)
    for number, name in enumerate(reversed(order), 1):
        work.write(numbered(number), title=name, **names[name])
    work.write(numbered(20), title="latest", **fix(files=[{"path": "src/pool.py"}]))
    branch(work)
    edit(work, "self.held = None", "self.held = 3")
    edit(work, "two", "2", "docs/pool.txt")
    kb = work.load()
    found, repo = seen(work)
    all_ = hints.incidents(kb, links.gather(kb), found, repo, most=50)
    assert [h.title for h in all_] == ["function", "lines", "reopened", "open", "worst", "latest", "component"]
    assert known(work) == all_[:5]


def test_what_is_not_of_this_change_or_nobody_stands_by_is_not_shown(work: Project) -> None:
    named = fix(files=[{"path": "src/pool.py"}])
    for number, status in enumerate(["draft", "withdrawn", "superseded", "duplicate"], 1):
        work.write(numbered(number), **{**named, "status": status})
    work.write(numbered(9), **named, repo="elsewhere")
    work.write(numbered(10), **fix(files=[{"path": "src/other.py"}]))
    branch(work)
    edit(work, "import asyncpg", "import asyncpg as pg")
    work.write(numbered(11), **named)  # the entry that the change itself brings
    assert known(work) == ()


def test_what_it_advises(work: Project) -> None:
    attempts = [{"action": f"attempt {n}", "outcome": "failed", "learned": "wrong\nloop"} for n in range(9)]
    attempts[1] = {"action": "worked", "outcome": "worked"}
    lessons = [
        {"rule": "Close it", "applies_when": "a pool is made"},
        {"rule": "Old", "state": "retired"},
        {"rule": "x" * 999},
    ]  # fmt: skip
    corrections = [{"claim": "a", "finding": "b"}]
    fields = fix(files=[{"path": "src/pool.py"}], regression_tests=["tests/test_pool.py::test_close", "t.py::x"])
    work.write(
        FIRST, **fields, attempts=attempts, lessons=lessons, playbook="loop-closed", corrections=corrections,
    )  # fmt: skip
    branch(work)
    edit(work, "import asyncpg", "import asyncpg as pg")
    (hint,) = known(work)
    assert hint.advice[0] == "lesson: Close it (when: a pool is made)"
    assert len(hint.advice[1]) == 300
    assert hint.advice[2:5] == tuple(f"tried, and failed: attempt {n}: wrong loop" for n in (0, 2, 3))
    assert hint.advice[5:] == (
        "run its regression tests: pytest tests/test_pool.py::test_close t.py::x",
        f"running it showed 1 of its claims in another light: causebook show {FIRST}",
        "playbook loop-closed: Client or connection used after its loop was closed",
    )


def test_the_number_of_processes_does_not_grow(work: Project) -> None:
    sha = work.repo.run("rev-parse", "mended")

    def processes() -> int:
        kb = work.load()
        found, repo = seen(work)
        assert hints.incidents(kb, links.gather(kb), found, repo)
        return repo.processes

    for number in (1, 2):
        files = [{"path": "src/pool.py", "lines": [2, 3]}, {"path": "gone.py"}]
        work.write(numbered(number), **fix(files=files, landed_with="self"), commits=[{"sha": sha, "role": "fixed"}])
    branch(work)
    edit(work, "self.held = None", "self.held = 3")
    few = processes()
    for number in range(3, 25):
        files = [{"path": "src/pool.py", "lines": [number, number]}, {"path": f"gone{number}.py"}]
        work.write(numbered(number), **fix(files=files), commits=[{"sha": sha, "role": "fixed"}])
        work.put(f"src/new{number}.py", "x = 1\n")
    assert processes() == few <= 10


ODD = ["new\nline.py", 'quo"te.py', "blank in it.py", "tab\tin.py", "ümläut.py", "back\\slash.py", "@@ -1 +1 @@.py"]


@pytest.mark.parametrize("name", ODD)
def test_odd_file_names_are_read(work: Project, name: str) -> None:
    text = "def a():\n    return 1\n\n\ndef b():\n    return 2\n"
    work.put(name, text)
    branch(work)
    work.put(name, text.replace("2", "3"))
    (file,) = seen(work)[0].files
    assert (file.path, file.lines, file.was, file.functions) == (name, ((6, 6),), ((6, 6),), frozenset({"b"}))


def test_lines_that_look_like_headers_are_lines(work: Project) -> None:
    body = "-- a/x\n++ b/x\n@@ -1 +1 @@\ndiff --git a/x b/x\n" + "a" * 40 + "\n"
    work.put("a.sql", body)
    work.put("b.sql", "last\n")
    branch(work)
    work.put("a.sql", body.replace("-- ", "--- ").replace("++ ", "+++ ") + "no end")
    work.put("b.sql", "changed")
    files = {f.path: (f.was, f.lines) for f in seen(work)[0].files}
    assert files == {"a.sql": (((1, 2), (6, 5)), ((1, 2), (6, 6))), "b.sql": (((1, 1),), ((1, 1),))}


def test_functions_are_told_before_and_after(work: Project) -> None:
    branch(work)
    edit(work, "        self.held = None\n", "        pass\n")
    edit(work, "    def size(self):\n        return self.held\n", "")
    edit(work, "import asyncpg\n", "import asyncpg\n\n\ndef outer():\n    def inner():\n        return 1\n")
    (file,) = seen(work)[0].files
    assert file.functions == {"Pool.close", "Pool.size", "outer", "outer.inner"}


def test_a_line_added_behind_a_function_is_not_in_it(work: Project) -> None:
    branch(work)
    work.put("src/pool.py", FIXED + "\n\nEND = 1\n")
    (file,) = seen(work)[0].files
    assert file.functions == frozenset()


def test_staged_is_what_the_index_holds(work: Project) -> None:
    work.write(FIRST, **fix(files=[{"path": "src/pool.py"}]))
    work.repo.commit({}, "Entry")
    edit(work, "self.held = None", "self.held = 3")
    assert known(work, staged=True) == ()
    work.repo.run("add", "src/pool.py")
    edit(work, "return self.held\n\n", "return 1\n\n")
    assert seen(work, staged=True)[0].files[0].functions == {"Pool.close"}
    assert [h.target for h in known(work, staged=True)] == [FIRST]


def test_files_that_cannot_be_read_are_left_alone(work: Project, tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("def a(): ...\n")
    branch(work)
    (work.root / "link.py").symlink_to(tmp_path / "secret.py")
    work.put("null.py", b"x = 1\0\n")
    work.put("huge.py", b"x = 1\n" * 400_000)
    work.put("deep.py", "x = " + "-" * 50_000 + "1\n")
    work.put("newer.py", "type X[T] = list[T] if else\n")
    work.put("latin.py", "# -*- coding: latin-1 -*-\nx = '\u00e9'\n".encode("latin-1"))
    files = {f.path: f for f in seen(work)[0].files}
    assert {name for name, f in files.items() if f.source} == {"latin.py"}
    assert files["link.py"].text is None
    assert known(work) == ()


def test_a_project_in_a_folder_knows_its_own_files(repo: GitRepo) -> None:
    made = Project(repo, repo.path / "team" / "app")
    made.put("causebook.toml", "")
    made.put("src/pool.py", POOL)
    repo.commit({"src/pool.py": POOL}, "Begin")
    made.put("src/pool.py", FIXED)
    sha = repo.commit({}, "Close")
    made.write(FIRST, **RESOLVED, commits=[{"sha": sha, "role": "fixed"}])
    branch(made)
    (repo.path / "src/pool.py").write_text("x = 1\n")
    assert known(made) == ()
    edit(made, "self.held = None", "self.held = 3")
    assert "Pool.close() of src/pool.py" in because(made)


def test_the_command_shows_them_in_each_format(work: Project, run: Run) -> None:
    work.write(FIRST, **fix(files=[{"path": "src/pool.py"}]), title="A <b>bold</b> title")
    branch(work)
    edit(work, "import asyncpg", "import asyncio\n\nqueue = asyncio.Queue()")
    text = run("hints", "--base", "main", at=work.root)
    assert text.code == 0
    assert "src/pool.py:3:9: known: Lock, Queue, Semaphore or Event" in text.out
    assert f"known: A <b>bold</b> title [{FIRST}]\n  shown because its fix changed src/pool.py" in text.out
    data = json.loads(run("hints", "--base", "main", "--format", "json", at=work.root).out)
    assert [h["target"] for h in data["hints"]] == ["different-loop-primitive", FIRST]
    assert data["hints"][0]["line"] == 3
    shown = run("hints", "--base", "main", "--format", "markdown", at=work.root).out
    assert "- **A &lt;b&gt;bold&lt;/b&gt; title**" in shown.replace("\\", "")
    report = run("check", "--base", "main", at=work.root)
    assert f"known: A <b>bold</b> title [{FIRST}]" in report.out
    assert "[known_pattern]" in report.out
    comment = run("check", "--base", "main", "--format", "markdown", at=work.root).out
    assert "#### What history knows about these files" in comment
    assert (
        json.loads(run("check", "--base", "main", "--format", "json", at=work.root).out)["hints"][0]["target"] == FIRST
    )
    assert "known:" not in run("check", at=work.root).out


def test_the_command_on_files_and_folders(work: Project, run: Run) -> None:
    work.put("src/deep/queue.py", "import asyncio\nqueue = asyncio.Queue()\n")
    work.put("src/.hidden/queue.py", "import asyncio\nqueue = asyncio.Queue()\n")
    work.write(FIRST, **fix(files=[{"path": "src/pool.py"}]))
    branch(work)
    work.put("docs/pool.txt", "x\n")
    lines = run("hints", "src", at=work.root).out.replace("Lock, Queue, Semaphore or Event", "Queue").splitlines()
    assert [line for line in lines if ": known: " in line] == [
        "src/deep/queue.py:2:9: known: Queue bound to another loop [different-loop-primitive]",
        f"src/pool.py:1: known: The pool outlives its loop [{FIRST}]",
    ]
    assert run("hints", "docs/pool.txt", at=work.root).out == ""
    assert run("hints", "--base", "main", "src", at=work.root).out == ""
    assert run("hints", "--staged", ".", at=work.root).out == ""
    quiet = run("hints", at=work.root)
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "nothing is known about what is touched\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--base", "main", "--staged"], "exclude each other"),
        (["gone.py"], "there is no gone.py"),
        (["/etc/passwd"], "is not in the project"),
        (["--base", "nowhere"], "git knows no base"),
    ],
)
def test_the_command_says_what_it_cannot_do(work: Project, run: Run, options: list[str], message: str) -> None:
    branch(work)
    result = run("hints", *options, at=work.root)
    assert (result.code, message in result.err) == (2, True)


def test_the_command_without_history_says_so(work: Project, run: Run, tmp_path: Path) -> None:
    branch(work)
    work.repo.commit({"src/pool.py": "x = 1\n"}, "Edit")
    GitRepo(tmp_path / "clone", init=False).run("clone", "--quiet", "--depth=1", f"file://{work.root}", ".")
    result = run("--root", str(tmp_path / "clone"), "hints", "--base", "main", "--format", "json")
    assert (result.code, "the change could not be told" in result.err) == (0, True)
    assert "git fetch --unshallow" in json.loads(result.out)["unknown"]
    assert SECOND not in result.out
