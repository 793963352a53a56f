"""Import of other sources: issues and pull requests, test reports, commits; and what is not to be proposed again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causebook import config as project_settings
from causebook import ignored, yamlio
from causebook.errors import CausebookError, UsageError
from causebook.git import Repository
from causebook.gitlog import Commit
from causebook.importers import Document, Receipt, Skipped, Source, documents, github_json, importer_of, junit_report
from causebook.importers._fixes import mends, title_of
from causebook.importers._page import Page, word
from causebook.model.entry import ENTRY
from conftest import Run
from gitrepo import FIRST, GitRepo, Project, playbook_text

DAY = date(2026, 11, 21)
ISSUE: dict[str, Any] = {
    "author": {"id": "U_1", "is_bot": False, "login": "ada", "name": "Ada"},
    "number": 12, "title": "Pool is closed in the second test", "url": "https://github.com/acme/app/issues/12",
    "state": "CLOSED", "stateReason": "COMPLETED", "createdAt": "2026-03-01T09:10:11Z",
    "closedAt": "2026-03-02T10:00:00Z", "labels": [{"id": "L_1", "name": "bug", "description": "", "color": "d73a4a"},
                                                      {"id": "L_2", "name": "area: db"}],
    "closedByPullRequestsReferences": [{"id": "P_1", "number": 14, "url": "https://github.com/acme/app/pull/14"}],
    "body": "### What happened\r\nThe second test fails.\r\n\r\n```\r\nTraceback (most recent call last):\r\n"
            '  File "src/pool.py", line 3, in take\r\nRuntimeError: pool is closed\r\n```\r\n\r\n'
            "### Steps to reproduce\r\n1. Run pytest twice\r\n\r\nAsk ops@analytical.dev for the log.",
    "comments": [
        {"id": "C_1", "author": {"login": "bob"}, "body": "## Root cause\nThe pool is made at import.",
         "createdAt": "2026-03-01T12:00:00Z", "reactionGroups": []},
        {"id": "C_2", "body": "+1 from the night shift"},
    ],
}  # fmt: skip
PULL: dict[str, Any] = {
    "number": 14, "title": "fix(db): make the pool per loop", "url": "https://github.com/acme/app/pull/14",
    "state": "MERGED", "createdAt": "2026-03-01T19:10:11Z", "closedAt": "2026-03-02T10:00:00Z",
    "mergedAt": "2026-03-02T10:00:00Z", "mergeCommit": {"oid": "1" * 40}, "headRefName": "fix/pool", "isDraft": False,
    "files": [{"path": "src/pool.py", "additions": 3, "deletions": 1, "changeType": "ADDED"}],
    "commits": [{"oid": "2" * 40, "messageHeadline": "fix(db): make the pool per loop", "authors": [{"login": "ada"}],
                 "messageBody": "It outlived its loop.\n\nSigned-off-by: Ada Lovelace <ada@example.org>"}],
    "closingIssuesReferences": [{"id": "I_1", "number": 12, "url": "https://github.com/acme/app/issues/12",
                                 "repository": {"id": "R_1", "name": "app", "owner": {"login": "acme"}}}],
    "reviews": [{"author": {"login": "cy"}, "body": "Ran it fifty times, all green.", "state": "APPROVED",
                 "submittedAt": "2026-03-02T08:00:00Z"}],
    "body": "## Root cause\nThe pool was made at import.\n\nCloses #12",
    "statusCheckRollup": [{"conclusion": "SUCCESS"}],
}  # fmt: skip
WISH = {
    "number": 13, "title": "Add dark mode", "state": "OPEN", "labels": [{"name": "enhancement"}],
    "url": "https://github.com/acme/app/issues/13", "body": "It would look nice.", "createdAt": "2026-03-01T09:10:11Z",
}  # fmt: skip


def read(value: Any, root: Path | None = None, kind: str | None = None) -> list[Document]:
    data = json.dumps(value).encode()
    return list(documents(github_json, Source("issue.json", data, DAY, root), kind))


def only(value: Any, **more: Any) -> dict[str, Any]:
    (found,) = read(value, **more)
    assert found.imported is not None, found.reason
    for data in found.imported.entries:
        ENTRY.validate_python(data)
        assert data["provenance"]["source"] == found.name
    return found.imported.entries[0]


def parts(found: Document) -> list[Receipt | Skipped]:
    """All that tells where lines went."""
    return [*found.imported.receipts, *found.imported.skipped] if found.imported else []


# GitHub ---------------------------------------------------------------------------------------------------------------


def test_an_issue_fills_the_fields_that_it_has() -> None:
    data = only(ISSUE)
    assert (data["kind"], data["title"]) == ("incident", ISSUE["title"])
    assert data["symptom"]["description"].startswith("The second test fails.")
    assert data["symptom"]["errors"][0]["text"].endswith("RuntimeError: pool is closed")
    assert data["symptom"]["reproduction"] == "1. Run pytest twice\n\nAsk [email] for the log."
    assert data["causes"] == [{"role": "root", "description": "The pool is made at import."}]
    assert data["tags"] == ["bug", "area-db"]
    assert [(e["at"], e["event"]) for e in data["timeline"]] == [
        ("2026-03-01T09:10:11Z", "detected"), ("2026-03-02T10:00:00Z", "closed"),
    ]  # fmt: skip
    assert [(r["type"], r["ref"][-8:]) for r in data["references"]] == [("report", "ssues/12"), ("fix", "/pull/14")]
    assert data["confidence"] == "not_validated"
    assert data["status"] == "draft"  # closed, but nothing shows that it was fixed
    assert "ada" not in json.dumps(data).lower()
    assert "bob" not in json.dumps(data)


def test_every_line_of_an_issue_is_accounted_for_by_its_path() -> None:
    (found,) = read([ISSUE])
    assert found.imported is not None
    told = {
        (one.at, line)
        for one in parts(found) for line in range(one.first, one.last + 1)
    }  # fmt: skip
    texts = {
        "$[0].body": ISSUE["body"],
        **{f"$[0].comments[{n}].body": c["body"] for n, c in enumerate(ISSUE["comments"])},
    }
    for at, text in texts.items():
        for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
            assert not line.strip() or (at, number) in told
    assert {f"$[0].{key}" for key in ISSUE} <= {at for at, _ in told} | {"$[0].stateReason", "$[0].comments"}
    assert any(one.at == "$[0].author" and one.reason == "names a person" for one in found.imported.skipped)
    assert "[email] put in place of an e-mail address: $[0].body line 13" in found.imported.remarks
    assert "+1 from the night shift" in json.dumps(found.imported.entries)


def test_a_merged_fix_tells_of_its_fix() -> None:
    data = only(PULL)
    assert data["fix"]["kind"] == "fix"
    assert data["fix"]["pr"] == "14"
    assert data["fix"]["files"] == [{"path": "src/pool.py", "change": "added"}]
    assert data["commits"] == [{"sha": "1" * 40, "role": "fixed", "note": PULL["title"]}]
    assert [e["event"] for e in data["timeline"]] == ["note", "resolved"]
    assert {r["ref"]: r["type"] for r in data["references"]} == {PULL["url"]: "fix", ISSUE["url"]: "report"}
    text = json.dumps(data)
    assert "It outlived its loop." in text
    assert "fifty times" in text
    assert "Lovelace" not in text


def test_a_pull_request_that_shows_all_is_resolved() -> None:
    body = (
        "## Severity\nSev2\n\n## What happened\nThe second test fails.\n\n"
        "## Root cause\nThe pool is made at import.\n\n"
        "## Fix\nIt is made per loop.\n\n## Verification\nRan it fifty times.\n"
    )
    assert only({**PULL, "body": body})["status"] == "resolved"
    assert only({**PULL, "body": body, "mergedAt": None, "state": "OPEN"})["status"] != "resolved"


@pytest.mark.parametrize(
    ("change", "status"),
    [({"stateReason": "NOT_PLANNED"}, "wont_fix"), ({"state": "OPEN", "stateReason": ""}, "draft")],
)
def test_the_state_of_an_issue(change: dict[str, str], status: str) -> None:
    assert only({**ISSUE, **change})["status"] == status


def test_a_revert_is_a_rollback_and_a_closed_one_has_no_fix() -> None:
    assert only({**PULL, "title": 'Revert "Cache the pool"', "body": ""})["fix"]["kind"] == "rollback"
    closed = {**PULL, "mergedAt": None, "mergeCommit": None, "state": "CLOSED"}
    assert "pr" not in only(closed)["fix"]


def test_what_is_no_failure_is_refused_and_kind_overrides() -> None:
    kept, refused = read([ISSUE, WISH])
    assert kept.imported is not None
    assert refused.imported is None
    assert "is not imported" in refused.reason
    assert only(WISH, kind="incident")["kind"] == "incident"
    assert only(WISH, kind="session")["kind"] == "session"
    (feature,) = read({**PULL, "title": "feat: dark mode"})
    assert "no mend" in feature.reason
    (empty,) = read({**WISH, "body": ""})
    assert "has no text" in empty.reason


def test_a_session_has_its_pull_request_branch_and_files() -> None:
    data = only(PULL, kind="session")
    assert (data["pr"], data["branch"], data["ended_at"]) == ("14", "fix/pool", PULL["mergedAt"])
    assert data["files"] == [{"path": "src/pool.py", "change": "added"}]


def test_missing_and_odd_values_do_no_harm() -> None:
    bare = only({"title": "fix: crash at start", "number": 3, "state": "OPEN", "headRefName": "x"})
    assert bare["id"].startswith("2026-11-21-fix-crash-at-start-")
    odd: dict[str, Any] = {**ISSUE, "labels": None, "comments": 3, "body": None, "createdAt": "soon", "url": 5}
    assert only({**odd, "title": "Crash: a bug", "labels": [{"name": "bug"}, 7, {"name": "*!"}]})["tags"] == ["bug"]


def test_ids_are_the_same_each_time_and_differ_between_issues() -> None:
    first, second = only(ISSUE), only({**ISSUE, "body": f"{ISSUE['body']} More."})
    assert first["id"] == second["id"]
    assert first["provenance"]["source_sha256"] != second["provenance"]["source_sha256"]
    assert only({**ISSUE, "url": ISSUE["url"] + "3"})["id"] != first["id"]


def test_commits_are_linked_where_git_knows_them(project: Project) -> None:
    sha = project.repo.head
    project.repo.run("remote", "add", "origin", "https://github.com/acme/app.git")
    mine = only({**PULL, "mergeCommit": {"oid": sha}}, root=project.root)
    assert mine["commits"] == [{"sha": sha, "role": "fixed", "note": PULL["title"]}]
    branch = only({**PULL, "commits": [{"oid": sha, "messageHeadline": "x"}]}, root=project.root)
    assert branch["commits"] == [{"sha": sha, "role": "mentioned", "note": "x"}]
    gone = only(PULL, root=project.root)
    assert "commits" not in gone
    assert {"type": "fix", "ref": f"https://github.com/acme/app/commit/{'1' * 40}"} in gone["references"]
    project.repo.run("remote", "set-url", "origin", "https://github.com/else/where.git")
    other = only({**PULL, "mergeCommit": {"oid": sha}}, root=project.root)
    assert other["fix"]["pr"] == "acme/app#14"
    assert "commits" not in other


def test_several_incidents_in_one_issue_stay_related() -> None:
    body = "".join(
        f"## Incident {n}: {name}\n\n### Symptom\n{name} is down.\n\n### Root cause\nA full disk on {name}.\n\n"
        for n, name in enumerate(("mail", "search"), 1)
    )
    (found,) = read({**ISSUE, "body": body, "comments": []})
    assert found.imported is not None
    session, *incidents = found.imported.entries
    assert session["incidents"] == [one["id"] for one in incidents]
    assert {one["relations"][0]["target"] for one in incidents} == {session["id"]}
    assert {receipt.entry for receipt in found.imported.receipts} <= {one["id"] for one in found.imported.entries}


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ISSUE, *PULL, "oid", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from([*ISSUE, *PULL]), _VALUES, max_size=8), st.text(min_size=1, max_size=60))
def test_any_thread_is_read_or_refused(fields: dict[str, Any], title: str) -> None:
    value = {**fields, "title": f"fix: {title}", "body": fields.get("body", ""), "number": 1}
    for found in read([value], kind="incident"):
        assert found.imported is not None
        for data in found.imported.entries:
            ENTRY.validate_python(data)
            assert yamlio.parse(yamlio.dump(data), "entry").data


# Which importer reads a file ------------------------------------------------------------------------------------------


def test_what_a_file_holds_decides_before_its_name() -> None:
    issue, junit = json.dumps(ISSUE).encode(), b"<?xml version='1.0'?><testsuites/>"
    for name in ("a.json", "a.txt", "a", "a.md"):
        assert importer_of(Path(name), issue) is github_json
        assert importer_of(Path(name), junit) is junit_report
    assert importer_of(Path("package.json"), b'{"name": "x", "version": "1"}') is github_json  # which refuses it
    assert importer_of(Path("a.toml"), b"x = 1") is None
    assert not github_json.recognises(b'{"name": "x", "title": "y", "body": "z", "url": "u"}')
    assert not github_json.recognises(b"{" * 100_000)
    assert not junit_report.recognises(b"<html><testsuite")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("p.json", b'{"name": "x"}', "is JSON, but no issue or pull request"),
        ("p.json", b'{"a": 1,\n}', "p.json:2:1: is no JSON"),
        ("p.json", b"\xff\xff", "is no JSON that can be read"),
        ("p.json", b"[1, 2]", "is JSON, but no issue"),
        ("p.json", b"[" * 100_000, "is no JSON"),
        ("p.xml", b"<html/>", "is XML, but no JUnit report: its root is <html>"),
        ("p.xml", b"<testsuite>", "p.xml:1:12: is no XML"),
        ("p.xml", b'<?xml version="1.0" encoding="nope"?><testsuite/>', "is no XML"),
        ("p.xml", b"<testsuite>" * 70, "nests deeper than"),
        ("p.toml", b"x = 1", "no importer reads files that end in '.toml'"),
    ],
)
def test_a_file_that_is_none_of_them(name: str, data: bytes, said: str, project: Project, run: Run) -> None:
    (project.root / name).write_bytes(data)
    result = run("import", name, at=project.root)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert "Traceback" not in result.err


def test_a_list_names_what_it_does_not_hold() -> None:
    *_, rest = read([ISSUE, {"name": "x"}, 3])
    assert rest.imported is not None
    assert rest.imported.remarks == ("2 items of the list are neither issues nor pull requests",)
    assert read([]) == []


def test_a_folder_yields_what_is_recognised(project: Project, run: Run) -> None:
    docs = project.root / "export"
    docs.mkdir()
    (docs / "list.json").write_text(json.dumps([ISSUE, PULL]), encoding="utf-8")
    (docs / "package.json").write_text('{"name": "x"}', encoding="utf-8")
    (docs / "pom.xml").write_text("<project/>", encoding="utf-8")
    assert run("import", "export", "--dry-run", at=project.root).out.count("would be written") == 2
    assert run("import", "export/*.json", at=project.root).out.count(": written") == 2
    before = sorted((project.root / "entries").rglob("*.yaml"))
    again = run("import", "export", at=project.root)
    assert (again.code, again.out.count("unchanged: imported before")) == (0, 2)
    assert sorted((project.root / "entries").rglob("*.yaml")) == before
    report = run("import", "export", "--dry-run", "--report", at=project.root).out
    assert "$[0].comments[0].body 2-2  causes" in report
    (told, _) = json.loads(run("import", "export", "--dry-run", "--format", "json", at=project.root).out)
    assert {"entry", "field", "lines", "at"} == set(told["receipts"][0])
    assert run("check", "--select", "schema,required_fields,file_name,commit_exists", at=project.root).code in {0, 1}


# JUnit ----------------------------------------------------------------------------------------------------------------

TESTS = """
import asyncio
import pytest

@pytest.mark.parametrize("n", range(3))
def test_loop(n):
    loop = asyncio.new_event_loop()
    loop.close()
    loop.call_soon(print)

@pytest.mark.parametrize("n", range(35))
def test_cache(n):
    raise ConnectionError(f"cannot reach the cache at 10.0.0.{n} port {6379 + n}")

@pytest.fixture
def broken():
    yield
    raise OSError("the socket was not given back to the pool")

def test_teardown(broken):
    pass

def test_one():
    print("mail ops@analytical.dev")
    assert False

def test_two(record_property):
    record_property("request", "r-17")
    assert False

def test_fine():
    pass

@pytest.mark.skip(reason="not today")
def test_later():
    pass
"""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report that pytest wrote."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "test_app.py").write_text(TESTS, encoding="utf-8")
    (folder / "conftest.py").write_text(
        "import pytest\n"
        "@pytest.fixture(scope='session', autouse=True)\n"
        "def told(record_testsuite_property):\n"
        "    record_testsuite_property('python', '3.12.1')\n"
        "    record_testsuite_property('hostname', 'build-7.corp')\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull]
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COVERAGE"))}
    done = subprocess.run(
        [*command, "--rootdir=.", "--junitxml=junit.xml", "-o", "junit_logging=all"],
        cwd=folder,
        env=plain,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (folder / "junit.xml").is_file(), done.stdout + done.stderr
    return folder / "junit.xml"


def drafts_of(source: bytes, root: Path | None = None) -> tuple[Document, list[dict[str, Any]]]:
    whole, *found = documents(junit_report, Source("junit.xml", source, DAY, root))
    made = [one.imported.entries[0] for one in found if one.imported is not None]
    for data in made:
        ENTRY.validate_python(data)
    return whole, made


def test_each_distinct_failure_of_a_real_run_is_a_draft(real: Path) -> None:
    whole, made = drafts_of(real.read_bytes())
    loop, cache, teardown, one, two = made
    assert whole.imported is not None
    assert whole.imported.remarks == ("43 tests, 41 failed in 5 kinds; 1 skipped",)
    assert loop["playbook"] == "loop-closed"
    assert loop["symptom"]["description"].startswith("3 tests failed:\n- test_app::test_loop[0]\n")
    assert loop["symptom"]["errors"][0]["text"].rstrip().endswith("RuntimeError")
    assert len(loop["symptom"]["errors"]) == 1
    assert cache["title"] == "ConnectionError: cannot reach the cache at [host] port 6379"
    assert cache["symptom"]["description"].endswith("- and 5 more, see the notes")
    assert cache["notes"][0]["text"].count("test_cache[") == 35
    assert "playbook" not in cache
    assert "not given back" in teardown["title"]
    assert one["title"] == two["title"]  # a bare assertion says nothing: each test by itself
    assert one["id"] != two["id"]
    assert one["notes"][0]["heading"] == "system-out of test_app::test_one"
    assert one["notes"][0]["text"].endswith("\nmail [email]")
    assert two["notes"][0] == {"heading": "Properties of a test", "text": "test_app::test_two: request = r-17"}
    assert loop["environment"] == {"python": "3.12.1"}
    assert loop["detection"]["method"] == "test"
    assert loop["timeline"][0]["event"] == "detected"


def test_every_line_of_a_report_is_accounted_for(real: Path) -> None:
    found = list(documents(junit_report, Source("junit.xml", real.read_bytes(), DAY)))
    told: set[int] = set()
    for one in found:
        for part in parts(one):
            told |= set(range(part.first, part.last + 1))
    lines = real.read_text(encoding="utf-8").split("\n")
    missing = [n for n, line in enumerate(lines, 1) if line.strip() and n not in told]
    assert missing == []


def test_a_report_imports_once(real: Path, project: Project, run: Run) -> None:
    (project.root / "junit.xml").write_bytes(real.read_bytes())
    assert run("import", "junit.xml", at=project.root).out.count(": written") == 5
    assert run("import", "junit.xml", at=project.root).out.count("unchanged: imported before") == 5
    result = run("check", "--select", "schema,required_fields,file_name,playbook_exists", at=project.root)
    assert result.code == 0, result.out


def junit(cases: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?>{head}<testsuites><testsuite name="s">{cases}</testsuite></testsuites>'.encode()


def test_a_report_without_failures_has_nothing_to_import(project: Project, run: Run) -> None:
    (project.root / "fine.xml").write_bytes(junit('<testcase name="a"/><testcase name="b"><skipped/></testcase>'))
    result = run("import", "fine.xml", at=project.root)
    assert result.code == 0
    assert "2 tests, none failed: there is nothing to import; 1 skipped" in result.out
    assert run("import", "fine.xml", "--kind", "session", at=project.root).code == 2


def test_tries_before_the_last_one_count_once() -> None:
    java = "java.lang.IllegalStateException: pool is closed\n\tat app.Pool.take(Pool.java:3)"
    failed = f'<failure type="java.lang.IllegalStateException" message="pool is closed">{java}</failure>'
    again = '<rerunFailure type="x.Other" message="was slow"><stackTrace>x.Other: was slow</stackTrace></rerunFailure>'
    flaky = '<flakyFailure type="x.Slow" message="took 9 s"><stackTrace>x.Slow: took 9 s</stackTrace></flakyFailure>'
    _, (first, second) = drafts_of(
        junit(
            f'<testcase classname="app.PoolTest" name="take">{failed}{again}</testcase>'
            f'<testcase classname="app.PoolTest" name="give">{flaky}</testcase>'
        )
    )
    assert "IllegalStateException: pool is closed" in first["title"]
    assert "was slow" not in json.dumps(first)
    assert second["symptom"]["description"].startswith("1 test failed and passed when run again:")
    assert second["tags"] == ["flaky"]
    assert "tags" not in first


def test_hundreds_of_failures_with_one_title_have_ids_of_their_own() -> None:
    cases = "".join(
        f'<testcase classname="t" name="n{n}"><failure>assert False</failure></testcase>' for n in range(700)
    )
    _, made = drafts_of(junit(cases))
    assert len({one["title"] for one in made}) == 1
    assert len({one["id"] for one in made}) == 700
    assert [one["id"] for one in drafts_of(junit(cases))[1]] == [one["id"] for one in made]


def test_a_failure_may_be_told_by_its_attributes_alone() -> None:
    _, (one,) = drafts_of(junit('<testcase name="a"><error type="TimeoutError" message="too late"/></testcase>'))
    assert one["title"] == "TimeoutError: too late"
    assert one["symptom"]["errors"][0]["text"] == "TimeoutError: too late"
    _, (mute,) = drafts_of(junit('<testcase classname="t" name="a"><failure/></testcase>'))
    assert mute["title"] == "t::a fails"


def test_a_long_output_is_cut_and_said() -> None:
    text = "x" * 300_000
    _, *found = documents(
        junit_report,
        Source("j.xml", junit(f'<testcase name="a"><failure message="m">{text}</failure></testcase>'), DAY),
    )
    assert found[0].imported is not None
    assert "the middle of 300,000 characters was left out" in found[0].imported.remarks[0]
    assert len(found[0].imported.entries[0]["symptom"]["errors"][0]["text"]) < 110_000


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE testsuites [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE testsuites SYSTEM "http://example.org/x.dtd">',
    ],
)
def test_document_types_are_refused(head: str, project: Project, run: Run) -> None:
    (project.root / "bomb.xml").write_bytes(junit('<testcase name="a"><failure message="m"/></testcase>', head))
    result = run("import", "bomb.xml", at=project.root)
    assert (result.code, result.out) == (2, "")
    assert "declares a document type, which is refused" in result.err


def test_what_may_have_come_back_is_named(project: Project) -> None:
    project.put(
        "kb/playbooks/pool-closed.md",
        playbook_text("The pool is closed"),
    )
    project.write(
        FIRST, status="resolved", severity="sev3", playbook="pool-closed",
        causes=[{"role": "root", "description": "It was closed."}],
        fix={"kind": "fix", "description": "Open it.", "landed_with": "unknown",
             "verification": {"how": "ran it"}, "regression_tests": ["tests/test_pool.py::test_take"]},
    )  # fmt: skip
    trace = (
        "Traceback (most recent call last):\n  File &quot;a.py&quot;, line 1, in b\nRuntimeError: the pool is closed"
    )
    _, (known,) = drafts_of(junit(f'<testcase name="a"><failure>{trace}</failure></testcase>'), project.root)
    assert known["playbook"] == "pool-closed"
    assert known["relations"][0]["target"] == FIRST
    assert "perhaps it has come back" in known["relations"][0]["note"]
    case = '<testcase classname="tests.test_pool" name="test_take[3]"><failure message="KeyError: 3"/></testcase>'
    _, (guarded,) = drafts_of(junit(case), project.root)
    assert guarded["relations"][0] == {
        "type": "related", "target": FIRST, "note": "tests.test_pool::test_take[3], its regression test, fails again",
    }  # fmt: skip
    said = "<testcase name='a'><failure>FAILED tests/x.py::y - RuntimeError: the pool is closed</failure></testcase>"
    _, (unsure,) = drafts_of(junit(said), project.root)
    assert "playbook" not in unsure
    assert unsure["open_questions"][0].startswith("Is it pool-closed (The pool is closed)?")


# Commits --------------------------------------------------------------------------------------------------------------


def commit(subject: str, body: str = "", parents: tuple[str, ...] = ("0" * 40,)) -> Commit:
    return Commit("f" * 40, parents, "Ada", "a@example.org", "2026-01-01", "2026-01-01", subject, body)


@pytest.mark.parametrize(
    ("subject", "body", "expected"),
    [
        ("fix: pool", "", True),
        ("fix(db)!: pool", "", True),
        ("hotfix pool", "", True),
        ("Fix the pool", "", True),
        ('Revert "feat: x"', "", True),
        ("revert: x", "", True),
        ("Pool per loop", "Closes #12", True),
        ("Pool per loop", "Fixes: 1234567890ab (\"x\")", True),
        ("chore: pool", "Incident: 2026-01-01-x-0a0a", True),
        ("feat: dark mode", "closes #12", False),
        ("Pool per loop", "Refers to #12", False),
        ("fix: typo in a message", "", False),
        ("fix(docs): a link", "", False),
        ("Fixture for the pool", "", False),
        ("prefix the names", "", False),
    ],
)  # fmt: skip
def test_which_commits_look_like_fixes(subject: str, body: str, expected: bool) -> None:
    assert mends(commit(subject, body)) is expected


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("fix(db): close it (#7)", ("Close it", "db")),
        ("Fix the pool", ("Fix the pool", "")),
        ('Revert "feat: x (#3)" (#4)', ('Revert "feat: x (#3)"', "")),
        ("src/pool.py: close it", ("Src/pool.py: close it", "")),
    ],
)
def test_titles_of_commits(subject: str, title: tuple[str, str]) -> None:
    assert title_of(commit(subject)) == title


def proposed(project: Project, run: Run, revisions: str = "HEAD", *more: str) -> list[dict[str, Any]]:
    result = run("import", "--git", revisions, "--format", "json", *more, at=project.root)
    assert result.code == 0, result.err
    told = json.loads(result.out)
    told = told if isinstance(told, list) else [told]
    return [data for one in told for data in one["entries"]]


def test_a_fix_that_no_entry_names_is_proposed(project: Project, run: Run) -> None:
    repo = project.repo
    guilty = repo.commit({"src/cache.py": "x = 1\n"}, "feat: cache")
    body = (
        "The second request fails.\n\n    KeyError: no token\n\n"
        f'Fixes: {guilty[:12]} ("feat: cache")\nSigned-off-by: Ada Lovelace <ada@example.org>'
    )
    fix = repo.commit(
        {"src/cache.py": "x = 2\n"}, f"fix(cache): keep the token (#8)\n\n{body}", date="2026-01-05T10:00:00+02:00"
    )
    repo.commit({"README.md": "x"}, "docs: fix typo")
    (data,) = proposed(project, run)
    assert (data["title"], data["status"], data["tags"]) == ("Keep the token", "draft", ["cache"])
    assert [(c["sha"], c["role"]) for c in data["commits"]] == [(guilty, "introduced"), (fix, "fixed")]
    assert data["fix"]["pr"] == "8"
    assert data["fix"]["files"] == [{"path": "src/cache.py", "change": "modified"}]
    assert data["timeline"] == [
        {"at": "2026-01-05T10:00:00+02:00", "event": "note", "note": "fix(cache): keep the token (#8)"}
    ]
    assert "The second request fails." in json.dumps(data)
    assert data["symptom"]["errors"] == [{"text": "KeyError: no token"}]
    assert "Lovelace" not in json.dumps(data)
    assert data["provenance"]["source"] == f"git:{fix}"
    assert proposed(project, run) == []  # its entry names it now
    assert run("check", "--select", "schema,required_fields,file_name,commit_exists", at=project.root).code == 0


def test_what_entries_know_is_left_out(project: Project, run: Run) -> None:
    repo = project.repo
    linked = repo.commit({"a.py": "1"}, "fix: one")
    repo.commit({"a.py": "2"}, f"fix: two\n\nIncident: {FIRST}")
    repo.commit({"a.py": "3"}, "fix: three (#41)")
    repo.commit({"a.py": "4"}, "fix: four\n\nCausebook-Skip: nothing can be learned from it")
    third = "2026-01-03-came-with-its-fix-0c0c"
    project.write(
        third, fix={"kind": "fix", "description": "x", "pr": "41"}, commits=[{"sha": linked[:10], "role": "fixed"}]
    )
    repo.commit({"a.py": "5"}, "fix: five, and its entry")
    open_ = repo.commit({"a.py": "6"}, "fix: six")
    (data,) = proposed(project, run)
    assert data["commits"][0]["sha"] == open_


def test_a_revert_stands_beside_its_fix(project: Project, run: Run) -> None:
    repo = project.repo
    fix = repo.commit({"a.py": "1"}, "fix: the cache")
    feature = repo.commit({"b.py": "1"}, "feat: dark mode")
    repo.run("revert", "--no-edit", fix)
    first = repo.head
    repo.run("revert", "--no-edit", feature)
    second = repo.head
    one, two = proposed(project, run)
    assert [(c["sha"], c["role"]) for c in one["commits"]] == [(fix, "fixed"), (first, "reverted")]
    assert one["attempts"] == [{"action": "fix: the cache", "outcome": "reverted", "commit": fix}]
    assert [(c["sha"], c["role"]) for c in two["commits"]] == [(feature, "introduced"), (second, "reverted")]
    assert two["fix"]["kind"] == "rollback"


def test_a_revert_of_what_an_entry_tells_of_is_related_to_it(project: Project, run: Run) -> None:
    fixed = project.repo.run("log", "--format=%H", "--grep=Close the pool")
    project.repo.run("revert", "--no-edit", fixed)
    (data,) = proposed(project, run)
    assert data["relations"] == [{"type": "related", "target": FIRST, "note": "a commit of it was taken back"}]
    assert data["commits"][-1] == {
        "sha": project.repo.head, "role": "reverted", "note": 'Revert "Close the pool (#7)"',
    }  # fmt: skip


def test_a_revert_of_a_revert_leaves_the_fix_standing(project: Project, run: Run) -> None:
    repo = project.repo
    fix = repo.commit({"a.py": "1"}, "fix: the cache")
    repo.run("revert", "--no-edit", fix)
    repo.run("revert", "--no-edit", "HEAD")
    (data,) = proposed(project, run)
    assert [c["role"] for c in data["commits"]] == ["fixed", "reverted", "mentioned"]
    assert "attempts" not in data


def merged(repo: GitRepo, number: int, title: str, *subjects: str) -> None:
    repo.run("switch", "--quiet", "--create", f"branch{number}")
    for n, subject in enumerate(subjects):
        repo.commit({f"f{number}.py": str(n)}, subject)
    repo.run("switch", "--quiet", "main")
    repo.commit({f"main{number}.py": "1"}, "Meanwhile")
    repo.run("merge", "--no-ff", "-m", f"Merge pull request #{number} from ada/x\n\n{title}", f"branch{number}")


def test_the_commits_of_a_pull_request_are_one_matter(project: Project, run: Run) -> None:
    merged(project.repo, 20, "Login works again", "fix: one half", "wip", "fix: other half")
    merged(project.repo, 21, "feat: dark mode", "fix: what nobody met")
    picked = project.repo.run("log", "--format=%H", "--grep=one half")
    project.repo.commit({"back.py": "1"}, f"fix: one half\n\n(cherry picked from commit {picked})")
    (data,) = proposed(project, run)
    assert data["title"] == "Login works again"
    assert data["fix"]["pr"] == "20"
    assert sorted(c["role"] for c in data["commits"]) == ["fixed", "fixed", "fixed", "fixed", "mentioned"]
    assert [f["path"] for f in data["fix"]["files"]] == ["f20.py", "back.py"]


def test_the_number_of_git_processes_does_not_grow(project: Project) -> None:
    def processes() -> int:
        counted: list[Repository] = []
        original = Repository.open

        def opened(path: Path) -> Repository:
            counted.append(original(path))
            return counted[-1]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Repository, "open", opened)
            from causebook.importers import git_history

            list(git_history.documents(Source("git:HEAD", b"HEAD", DAY, project.root)))
        return sum(one.processes for one in counted)

    project.repo.commit({"a.py": "0"}, "fix: first")
    few = processes()
    for n in range(12):
        project.repo.commit({"a.py": str(n + 1)}, f"fix: number {n}")
    assert processes() == few < 12


@pytest.mark.parametrize("revisions", ["nowhere..", "--output=x", "", "-n1"])
def test_a_range_that_git_does_not_know(revisions: str, project: Project, run: Run) -> None:
    result = run("import", "--git", revisions, at=project.root)
    assert (result.code, result.out) == (2, "")
    assert "git does not know" in result.err
    assert not (project.root / "x").exists()


def test_commits_are_no_sessions_and_need_a_repository(project: Project, run: Run, tmp_path: Path) -> None:
    assert "leave out --kind session" in run("import", "--git", "HEAD", "--kind", "session", at=project.root).err
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run("import", "--git", "HEAD", at=empty).code == 2


# Ignored --------------------------------------------------------------------------------------------------------------


def test_what_is_ignored_is_not_proposed_again(project: Project, run: Run) -> None:
    sha = project.repo.commit({"a.py": "1"}, "fix: one")
    project.repo.commit({"a.py": "2"}, "fix: a flaky two")
    (project.root / "issue.json").write_text(json.dumps(ISSUE), encoding="utf-8")
    path = project.root / "entries" / "ignored.yaml"
    for value in (sha.upper(), "*flaky*", ISSUE["url"]):
        result = run("import", "--ignore", value, "--reason", "nothing: to learn", at=project.root)
        assert result.code == 0, result.err
    result = run("import", "issue.json", "--git", "HEAD", at=project.root)
    assert (result.code, result.out.count("ignored: nothing: to learn")) == (0, 3)
    assert not list((project.root / "entries").rglob("2026-03-*.yaml"))
    rules = ignored.load(project.root, project_settings.load(project.root)).rules
    assert [rule.key for rule in rules] == ["commit", "pattern", "source"]
    before = path.read_bytes()
    again = run("import", "--ignore", sha, "--reason", "x", at=project.root)
    assert (again.code, path.read_bytes()) == (2, before)
    assert "entries/ignored.yaml:2:3" in again.err


def test_a_rule_is_added_beside_what_is_written(project: Project, run: Run) -> None:
    path = project.put("entries/ignored.yaml", "# ours\n- commit: 1234567  # old\n  reason: 'a typo'\n# the end\n")
    assert (
        run("import", "--ignore", "a/b.md", "--reason", "a  draft", "--until", "2027-01-31", at=project.root).code == 0
    )
    assert path.read_text(encoding="utf-8") == (
        "# ours\n- commit: 1234567  # old\n  reason: 'a typo'\n"
        "- source: a/b.md\n  reason: a draft\n  until: '2027-01-31'\n# the end\n"
    )
    path.write_text("# nothing yet\n", encoding="utf-8")
    assert run("import", "--ignore", "1234567", "--reason", "typo", at=project.root).code == 0
    assert path.read_text(encoding="utf-8") == "# nothing yet\n- commit: '1234567'\n  reason: typo\n"


@pytest.mark.parametrize(
    "options",
    [
        ("1234567",),
        ("1234567", "--reason", " "),
        ("1234567", "--reason", "x", "--until", "soon"),
        (" ", "--reason", "x"),
    ],
)
def test_a_rule_that_cannot_be_added_changes_nothing(options: tuple[str, ...], project: Project, run: Run) -> None:
    assert run("import", "--ignore", *options, at=project.root).code == 2
    assert not (project.root / "entries" / "ignored.yaml").exists()


@pytest.mark.parametrize("options", [("--reason", "x"), ("--until", "2027-01-01"), ("--ignore", "a", "--dry-run")])
def test_options_of_rules_stand_alone(options: tuple[str, ...], project: Project, run: Run) -> None:
    assert run("import", "README.md", *options, at=project.root).code == 2


def test_a_rule_ends_after_its_last_day() -> None:
    place = yamlio.parse("- a", "ignored.yaml").place()
    held = ignored.Ignored((ignored.Rule("source", "a.md", "why", place, date(2026, 11, 21)),))
    assert held.reason(date(2026, 11, 21), source="a.md") == "why"
    assert held.reason(date(2026, 11, 22), source="a.md") is None
    assert held.reason(date(2026, 11, 21), source="b.md") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: b", "ignored.yaml:1:1: expected a list of rules"),
        ("- text", "ignored.yaml:1:3: a rule is no mapping"),
        ("- reason: x", "a rule names none of them"),
        ("- {commit: 1234567, source: a, reason: x}", "a rule names commit and source"),
        ("- commit: 1234567", "a rule has no reason"),
        ("- {commit: main, reason: x}", "ignored.yaml:1:12: commit is 'main'"),
        ("- {source: a, reason: x, til: y}", "ignored.yaml:1:26: unknown key 'til'"),
        ("- {source: a, reason: x, until: y}", "ignored.yaml:1:33: until is 'y'"),
        ("- {source: [a], reason: x}", "ignored.yaml:1:12: source is no text"),
        ("- {source: a, reason: x", "ignored.yaml:"),
        ("", ""),
        ("# only this\n", ""),
        ("- {commit: 1234567, reason: x}", ""),
    ],
)
def test_the_file_is_read_with_positions(text: str, said: str, project: Project, run: Run) -> None:
    project.put("entries/ignored.yaml", text)
    config = project_settings.load(project.root)
    findings = project.lint("ignore_rule")
    if not said:
        ignored.load(project.root, config)
        assert findings == ()
        return
    with pytest.raises(CausebookError) as error:
        ignored.load(project.root, config)
    assert said in str(error.value)
    assert [f.message for f in findings] == [error.value.message]
    assert run("import", "README.md", at=project.root).code == 2
    with pytest.raises(CausebookError):
        ignored.add(project.root, config, "1234567", "x")


def test_a_rule_needs_a_value(project: Project) -> None:
    with pytest.raises(UsageError):
        ignored.add(project.root, project_settings.load(project.root), "", "x")


# Pages ----------------------------------------------------------------------------------------------------------------


def test_a_page_knows_where_its_lines_come_from() -> None:
    page = Page("Uploads fail", "2026-01-01")
    page.add("body", "## Root cause\nThe disk\nwas full.\n\nUnheard of.")
    page.add("comment", "  ")
    made = page.imported(Source("x", b"", DAY), "incident")
    assert (page.empty, Page("x", None).empty) == (False, True)
    assert {(one.at, one.first, one.last) for one in made.receipts if one.field.startswith("causes")} == {
        ("body", 2, 3),
        ("body", 5, 5),
    }
    assert all(one.at == "body" for one in made.skipped)


@pytest.mark.parametrize(("text", "tag"), [("area: db", "area-db"), ("***", ""), ("x" * 70, "x" * 60), ("C++", "C")])
def test_words_of_labels(text: str, tag: str) -> None:
    assert word(text) == tag


def test_the_rules_in_the_guide_hold(project: Project) -> None:
    guide = (Path(__file__).parent.parent / "kb" / "guide" / "import.md").read_text(encoding="utf-8")
    project.put("entries/ignored.yaml", guide.split("```yaml\n")[1].split("```")[0])
    rules = ignored.load(project.root, project_settings.load(project.root)).rules
    assert [(rule.key, rule.until) for rule in rules] == [
        ("commit", None), ("pattern", date(2027, 1, 31)), ("source", None),
    ]  # fmt: skip
