"""``diagnose``: output in, the known cause with its proof out; roots before what follows from them; drafts."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from causebook import diagnose, known, pack
from causebook.cause import compiled
from causebook.known import Known
from causebook.matcher import Matcher
from conftest import Run
from gitrepo import FIRST, SECOND, Project, playbook_text

CLOSED = 'Traceback (most recent call last):\n  File "app.py", line 3, in main\nRuntimeError: Event loop is closed\n'
POOL = CLOSED.replace("RuntimeError: Event loop is closed", "PoolError: the pool 'A' of 3 is empty")
LOOP = (
    "Task <Task pending name='Task-5' coro=<main() running at app.py:3>> got Future <Future pending> attached to a {}"
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "causebook" / "known"


def report(project: Project, text: str, name: str = "out.log") -> str:
    """A file with ``text`` in the project."""
    project.put(name, text)
    return name


def first(run: Run, project: Project, text: str) -> dict[str, Any]:
    """The answer to ``text``."""
    result = run("diagnose", "--format", "json", report(project, text), at=project.root)
    (answer,) = json.loads(result.out)
    return dict(answer)


def test_people_read_the_verdict_first(project: Project, run: Run) -> None:
    project.write(FIRST, playbook="loop-closed", status="draft")
    project.write(SECOND, playbook="loop-closed", status="investigating")
    result = run("diagnose", report(project, "noise\n" + CLOSED), at=project.root)
    lines = result.out.splitlines()
    assert result.code == 0
    assert lines[0] == "certainly loop-closed: Client or connection used after its loop was closed"
    assert lines[1] == "  line 4: RuntimeError: Event loop is closed"
    assert lines[2].startswith("  Fix: 1. Find the object that lived longer than its loop")
    assert lines[4].startswith("       3. ")
    assert lines[5] == "  More: causebook show loop-closed"
    assert lines[6].startswith("  Seen: ")
    assert f"{SECOND}.yaml" in lines[6]
    assert FIRST not in result.out


def test_what_is_not_known_is_said(project: Project, run: Run) -> None:
    result = run("diagnose", report(project, POOL), at=project.root)
    assert result.code == 1
    assert result.out.startswith("unknown: no playbook or incident fits\nnot known: line 3: PoolError: the pool 'A'")
    quiet = run("diagnose", report(project, "all is well\n"), at=project.root)
    assert (quiet.code, quiet.out) == (1, "unknown: no failure was found in it\n")


def test_several_inputs_give_one_object_each_in_order(project: Project, run: Run) -> None:
    names = [report(project, POOL, "a.log"), report(project, CLOSED, "b.log"), "none.log", report(project, "", "c.log")]
    result = run("diagnose", "--format", "jsonl", *names, at=project.root)
    answers = [json.loads(line) for line in result.out.splitlines()]
    assert result.code == 2
    assert [a["input"] for a in answers] == names
    assert [[m["playbook"] for m in a["matches"]] for a in answers] == [[], ["loop-closed"], [], []]
    assert "none.log: cannot be read: No such file or directory" in result.err
    shown = run("diagnose", *names[:2], at=project.root)
    assert [line for line in shown.out.splitlines() if line.startswith("== ")] == ["== a.log", "== b.log"]
    assert shown.code == 1
    after = run("diagnose", "none.log", "b.log", at=project.root)
    assert (after.code, "certainly loop-closed" in after.out) == (2, True)


def test_it_works_without_a_project(tmp_path: Path, run: Run) -> None:
    (tmp_path / "out.log").write_text(CLOSED)
    result = run("diagnose", "out.log", at=tmp_path)
    assert (result.code, result.out.startswith("certainly loop-closed")) == (0, True)
    refused = run("diagnose", "--draft", "out.log", at=tmp_path)
    assert (refused.code, "there is no project to write the draft to" in refused.err) == (2, True)


def test_the_answer_as_data(project: Project, run: Run) -> None:
    answer = first(run, project, CLOSED + CLOSED)
    (match,) = answer["matches"]
    assert (match["score"], match["confidence"], match["count"]) == (0.97, "certain", 2)
    assert match["evidence"][0] == {"line": 3, "origin": "exception", "text": "RuntimeError: Event loop is closed"}
    assert len(match["fix"]) == 3
    assert (answer["known"], answer["unknown"], answer["events"]) == (True, [], 2)


def test_a_project_s_own_playbook_replaces_ours_and_is_used_at_once(project: Project, run: Run) -> None:
    assert first(run, project, CLOSED)["matches"][0]["title"] != "Ours"
    signatures = [{"type": "RuntimeError", "message": "Event loop is closed"}]
    project.put("kb/playbooks/loop-closed.md", playbook_text("Ours", signatures=signatures))
    assert first(run, project, CLOSED)["matches"][0]["title"] == "Ours"
    project.put("kb/playbooks/loop-closed.md", playbook_text("Ours, changed", signatures=signatures))
    assert first(run, project, CLOSED)["matches"][0]["title"] == "Ours, changed"


def test_incidents_are_recognised_by_their_signatures_and_by_the_error_they_quote(project: Project, run: Run) -> None:
    signature = {"type": "PoolError", "message": "the pool {quoted} of {int} is empty"}
    samples = {"positive": ["PoolError: the pool 'B' of 4 is empty"], "negative": [{"text": "x", "why": "No event."}]}
    project.write(FIRST, status="identified", signatures=[signature], samples=samples)
    (match,) = first(run, project, POOL)["matches"]
    assert (match["playbook"], match["incident"], match["incidents"][0]["id"]) == (None, FIRST, FIRST)
    error = {"description": "It failed.", "errors": [{"text": "PoolError: the pool 'X' of 12 is empty"}]}
    project.write(FIRST, status="identified", symptom=error)
    assert [m["incident"] for m in first(run, project, POOL)["matches"]] == [FIRST]
    assert first(run, project, POOL.replace("is empty", "is full"))["matches"] == []
    project.write(FIRST, status="identified", symptom=error, playbook="loop-closed")
    assert [(m["playbook"], m["incident"]) for m in first(run, project, POOL)["matches"]] == [("loop-closed", FIRST)]


def test_an_incident_that_quotes_the_same_error_is_told_with_the_playbook(project: Project, run: Run) -> None:
    error = {"description": "It failed.", "errors": [{"text": CLOSED}]}
    project.write(FIRST, status="identified", symptom=error)
    (match,) = first(run, project, CLOSED)["matches"]
    assert (match["playbook"], [i["id"] for i in match["incidents"]]) == ("loop-closed", [FIRST])


def test_why_and_why_not(project: Project, run: Run) -> None:
    name = report(project, CLOSED)
    why = run("diagnose", "--why", "loop-closed", name, at=project.root)
    assert why.out.splitlines()[:2] == [
        "loop-closed fits: certain, 97 points of 100",
        "line 3, read as exception (97 points): RuntimeError: Event loop is closed",
    ]
    not_ = run("diagnose", "--why-not", "no-current-loop", name, at=project.root)
    assert "no-current-loop does not fit" in not_.out
    assert "line 3: the message is 'Event loop is closed'" in not_.out
    other = run("diagnose", "--why-not", "transport-del-noise", name, at=project.root)
    assert "line 3: above it stands ''" in other.out
    needs = run("diagnose", "--why-not", "worker-fork-gevent", name, at=project.root)
    assert "needs a frame celery/" in needs.out
    unknown = run("diagnose", "--why", "nowhere", name, at=project.root)
    assert (unknown.code, "there is no playbook or incident nowhere" in unknown.err) == (2, True)


def test_a_draft_of_a_known_failure_and_of_an_unknown_one(project: Project, run: Run) -> None:
    assert (
        run("diagnose", "--draft", report(project, CLOSED), at=project.root).out.splitlines()[-1].startswith("drafted")
    )
    known_one = max(project.load().records, key=lambda record: record.date)
    assert (known_one.entry.playbook, known_one.entry.status) == ("loop-closed", "draft")
    made = run("diagnose", "--draft", report(project, POOL), at=project.root)
    path = made.out.splitlines()[-1].removeprefix("drafted ")
    text = (project.root / path).read_text()
    assert "type: PoolError" in text
    assert "the pool {any} of {any} is empty" in text
    assert run("check", path, at=project.root).code == 0, run("check", at=project.root).out
    assert [m["incident"] for m in first(run, project, POOL)["matches"]] == []  # a draft is not known yet
    (project.root / path).write_text(text.replace("status: draft", "status: investigating"))
    assert len(first(run, project, POOL.replace("'A' of 3", "'Z' of 99"))["matches"]) == 1


def test_control_characters_are_never_printed(project: Project, run: Run) -> None:
    text = CLOSED.replace("Event loop is closed", "\x1b]0;title\x07Event loop \x1b[31mis closed\x1b[0m")
    result = run("diagnose", report(project, text), at=project.root)
    assert "\x1b" not in result.out
    assert result.out.startswith("certainly loop-closed")


# Ranking --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ours() -> Matcher:
    """The causes that come with the package."""
    return Matcher(compiled(pack.load(name)) for name in sorted(pack.names()) if pack.load(name).front.signatures)


def ids(held: Matcher, text: str) -> list[str]:
    return [match.cause.id for match in held.matches(held.read(text))]


def test_the_root_is_named_and_what_follows_from_it_is_folded(ours: Matcher) -> None:
    text = (
        'Traceback (most recent call last):\n  File "asyncpg/protocol.pyx", line 1, in query\n'
        f"RuntimeError: {LOOP.format('different loop')}\n\n"
        "During handling of the above exception, another exception occurred:\n\n"
        'Traceback (most recent call last):\n  File "app.py", line 1, in x\n'
        "asyncpg.exceptions._base.InterfaceError: cannot perform operation: another operation is in progress\n"
    )
    (match,) = ours.matches(ours.read(text))
    assert (match.cause.id, match.folded) == ("different-loop-future", ["concurrent-connection-use"])
    assert ids(ours, text.split("occurred:\n\n")[1]) == ["concurrent-connection-use"]


def test_what_mostly_comes_with_others_is_named_last(ours: Matcher) -> None:
    warning = "app.py:3: RuntimeWarning: coroutine 'main' was never awaited\n"
    assert ids(ours, warning + CLOSED) == ["loop-closed", "coroutine-never-awaited"]
    assert ids(ours, warning) == ["coroutine-never-awaited"]


def test_frames_and_context_tell_neighbours_apart(ours: Matcher) -> None:
    text = 'Traceback (most recent call last):\n  File "{}", line 1, in x\nRuntimeError: This event loop is already '
    text += "running\n"
    assert ids(ours, text.format("/srv/app/main.py")) == ["loop-already-running"]
    assert ids(ours, text.format("/usr/lib/python3/site-packages/ipykernel/kernel.py")) == ["jupyter-running-loop"]
    assert ids(ours, text.format("/usr/lib/python3/site-packages/celery/app/trace.py")) == ["worker-fork-gevent"]


def test_a_summary_that_is_cut_off_is_only_possible(ours: Matcher) -> None:
    whole = "FAILED t.py::test_a - RuntimeError: There is no current event loop in thread 'MainThread'."
    cut = "FAILED t.py::test_a - RuntimeError: There is no current event loop in th..."
    assert [(m.cause.id, m.confidence) for m in ours.matches(ours.read(whole))] == [("no-current-loop", "likely")]
    assert [(m.cause.id, m.confidence) for m in ours.matches(ours.read(cut))] == [("no-current-loop", "possible")]
    assert ids(ours, "FAILED t.py::test_a - RuntimeError: Th...") == []


def test_a_message_over_several_lines_of_a_log_is_only_possible(ours: Matcher) -> None:
    text = (
        "WARNING  error connecting in 'pool-1':    pool.py:691\n         Psycopg cannot use the\n"
        "         'ProactorEventLoop' to run in\n         async mode. Please use another.\n"
    )
    assert [(m.cause.id, m.confidence) for m in ours.matches(ours.read(text))] == [("windows-loop-type", "possible")]


def test_evidence_against_takes_points() -> None:
    cause = {
        "id": "x",
        "title": "X",
        "signatures": [{"type": "RuntimeError", "message": "Event loop is closed"}],
        "refute": [{"text": ["only a rehearsal"]}],
        "support": [{"frame": ["app.py:main"]}],
    }
    held = Matcher([cause])
    (match,) = held.matches(held.read(CLOSED))
    assert (match.points, match.support) == (99, ["a frame app.py:main"])
    (match,) = held.matches(held.read("only a rehearsal\n" + CLOSED))
    assert (match.points, match.confidence) == (74, "possible")


def test_causes_that_tie_say_what_would_tell_them_apart() -> None:
    signature = {"type": "RuntimeError", "message": "Event loop is closed"}
    causes = [{"id": i, "title": i, "when": f"it is {i}", "signatures": [signature]} for i in ("one", "two")]
    answer = diagnose.Diagnosis(Known(tuple(causes), {})).answer(CLOSED)
    assert [m["tell"] for m in answer.matches] == [
        [{"playbook": "two", "when": "it is two"}],
        [{"playbook": "one", "when": "it is one"}],
    ]


# What is known --------------------------------------------------------------------------------------------------------


def test_what_is_known_is_compiled_once(project: Project, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = known.load(project.root)
    (kept,) = cache.iterdir()
    monkeypatch.setattr(known, "_compile", None)  # would fail when it is asked again
    assert known.load(project.root) == before
    monkeypatch.undo()
    os.environ["XDG_CACHE_HOME"] = str(cache.parents[1])
    kept.write_text("{")
    assert known.load(project.root) == before


def test_a_cache_that_cannot_be_written_is_done_without(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert known.load(project.root).causes


@pytest.mark.parametrize(
    ("message", "template"),
    [
        ("the pool 'A' of 3 is empty", "the pool {any} of {any} is empty"),
        ("cannot open the file /srv/app/data.db", "cannot open the file {any}"),
        ("<Pool at 0x7f12 size=3> is out of connections", "{any} is out of connections"),
        ("a {brace} of the configuration (one|two) is odd", "a {{brace}} of the configuration {any} is odd"),
        ("'x'", ""),
        ("too short 3", ""),
    ],
)
def test_a_message_becomes_a_signature(message: str, template: str) -> None:
    assert known.template(message) == template
