"""Playbooks are executed: what fails as told and what is mended passes, all else is told, nothing is left behind."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from causebook import environments, sandbox, verify
from causebook.errors import YamlError
from causebook.playbook import applies, parse
from conftest import Run
from gitrepo import Project, playbook_text

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"
BODY = """
## The fix in three lines
## Is it this one?
## Why it happens
## Reproduce
{reproduce}
## Fix
{fix}
## What does not work
{wrong}
## Prevent
## Versions
"""


def block(title: str, code: str) -> str:
    return f'\n```python title="{title}"\n{code}\n```\n'


def text(
    reproduce: str = 'raise RuntimeError("the pool is closed")',
    fix: str = 'print("fine")',
    wrong: str = "",
    **fields: Any,
) -> str:
    """A playbook with one case of each role."""
    blocks = {
        "reproduce": block("reproduce/main.py", reproduce),
        "fix": block("fix/main.py", fix),
        "wrong": block("wrong-one/main.py", wrong) if wrong else "",
    }
    return playbook_text("The pool", BODY.format(**blocks), **fields)


def results(playbook: str) -> dict[str, verify.Result]:
    """Results of the cases by name, on this Python."""
    held = parse(playbook, "kb/playbooks/pool.md")
    return {r.job.case.name: r for r in verify.run(list(verify.jobs([held], [HERE])), workers=2)}


def reason(playbook: str, case: str) -> str:
    """Why a case failed."""
    result = results(playbook)[case]
    assert result.verdict == "failed"
    return result.reason


def test_a_playbook_that_holds() -> None:
    found = results(text(wrong='print("never"); raise RuntimeError("the pool is closed")'))
    assert {name: r.verdict for name, r in found.items()} == dict.fromkeys(("reproduce", "fix", "wrong-one"), "passed")
    assert found["reproduce"].messages == ("RuntimeError: the pool is closed",)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("print('fine')", "no event of this playbook's signatures, found no event"),
        ("raise ValueError('the pool is closed')", "found ValueError: the pool is closed"),
        ("raise RuntimeError('the door is shut')", "found RuntimeError: the door is shut"),
        ("print('RuntimeError: the pool is closed'); raise SystemExit(1)", "found no event"),
        ("import time\nprint('x')\ntime.sleep(60)", "ran longer than 2 seconds and was stopped"),
        ("while True: print('x' * 10000)", "printed more than 4,194,304 bytes and was stopped"),
        ("held = bytearray(2**40)", "found MemoryError"),
        ("open('big', 'wb').write(b'x' * 2**27)", "found OSError: [Errno 27] File too large"),
    ],
)
def test_a_reproduction_that_does_not_fail_as_told(code: str, why: str) -> None:
    assert why in reason(text(code, cases={"reproduce": {"seconds": 2}}), "reproduce")


def test_a_reproduction_that_says_it_and_ends_well_has_to_say_so() -> None:
    code = "import warnings\nwarnings.warn('the pool is closed', RuntimeWarning)"
    signatures = [{"type": "RuntimeWarning", "message": "the pool is closed"}]
    assert "exit code 0, expected it to fail" in reason(text(code, signatures=signatures), "reproduce")
    allowed = text(code, signatures=signatures, cases={"reproduce": {"exit": 0}})
    assert results(allowed)["reproduce"].verdict == "passed"
    other = text(code, signatures=signatures, cases={"reproduce": {"exit": 3}})
    assert reason(other, "reproduce") == "exit code 0, expected 3"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("raise SystemExit(3)", "exit code 3, expected 0"),
        ("raise RuntimeError('the pool is closed')", "exit code 1, expected 0"),
        ("import asyncio\nasync def f(): asyncio.sleep(0)\nasyncio.run(f())", "coroutine 'sleep' was never awaited"),
        (
            "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])",
            "left 1 processes running",
        ),
    ],
)  # fmt: skip
def test_a_fix_that_does_not_mend(code: str, why: str) -> None:
    assert why in reason(text(fix=code), "fix")


@pytest.mark.parametrize(
    ("code", "options", "why"),
    [
        ("def test_x(): pass", {}, ""),
        ("def test_x(): pass", {"passed": 1}, ""),
        ("def test_x(): pass", {"passed": 2}, "1 tests passed, expected 2"),
        ("def test_x(): assert 0", {}, "exit code 1, expected 0"),
        ("import pytest\n@pytest.mark.skip\ndef test_x(): pass", {}, "tests that did not pass: 1 skipped"),
        ("def helper(): pass", {}, "exit code 5, expected 0"),
    ],
)
def test_a_fix_under_pytest_counts_what_passed(code: str, options: dict[str, Any], why: str) -> None:
    body = BODY.format(
        reproduce=block("reproduce/main.py", 'raise RuntimeError("the pool is closed")'),
        fix=block("fix/test_it.py", code),
        wrong="",
    )
    front = {"cases": {"fix": options}} if options else {}
    held = parse(playbook_text("The pool", body, **front), "kb/playbooks/pool.md")
    todo = [job for job in verify.jobs([held], [HERE]) if job.case.role == "fix"]
    # This environment has pytest; a playbook would say so under requirements.
    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist")
    options_held = todo[0].case.options.model_copy(update={"run": command})
    job = replace(todo[0], case=replace(todo[0].case, options=options_held))
    (result,) = verify.run([job])
    assert result.reason == why


def test_wrong_advice_has_to_fail_as_the_text_says() -> None:
    expect = {"wrong-one": {"expect": [{"type": "ValueError", "message": "the door is shut"}]}}
    good = text(wrong="raise ValueError('the door is shut')", cases=expect)
    assert results(good)["wrong-one"].verdict == "passed"
    works = text(wrong="print('it works after all')", cases=expect)
    assert reason(works, "wrong-one") == "expected ValueError: the door is shut, found no event"


def test_what_a_version_says_is_expected_of_it_alone() -> None:
    pattern = {"message": "the door is shut", "python": "<3.0"}
    found = results(text(cases={"reproduce": {"expect": [pattern, {"message": "the pool is closed"}]}}))
    assert found["reproduce"].verdict == "passed"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import time\nprint('before')\ntime.sleep(60)", ""),
        ("import time\ntime.sleep(60)", "did not print 'before' before it hung"),
        ("print('before')\nraise SystemExit(1)", "ended with exit code 1, expected it to hang"),
    ],
)
def test_a_hang_is_a_verdict(code: str, why: str) -> None:
    found = results(text(code, cases={"reproduce": {"hangs": "before", "seconds": 1.5}}))["reproduce"]
    assert (found.verdict, found.reason) == ("failed" if why else "passed", why)


def test_races_are_counted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with contextlib.suppress(OSError):
                for n in itertools.count():
                    connection, _ = server.accept()
                    with connection:
                        connection.sendall(str(n % 2).encode())

        threading.Thread(target=answer, daemon=True).start()
        code = (
            f"import socket\nwith socket.create_connection(('127.0.0.1', {server.getsockname()[1]})) as asked:\n"
            "    if asked.recv(1) == b'1': raise RuntimeError('the pool is closed')"
        )
        found = results(text(code, cases={"reproduce": {"times": 4, "at_least": 2}}))["reproduce"]
        assert (found.verdict, found.shown, found.runs) == ("passed", 2, 4)
        strict = text(code, cases={"reproduce": {"times": 4}})
        assert reason(strict, "reproduce").startswith("shown in 2 of 4 runs: no event of this playbook's signatures")


def test_development_mode_is_a_run_of_its_own() -> None:
    code = "import sys\nif sys.flags.dev_mode: raise RuntimeError('the pool is closed')\nraise SystemExit(1)"
    held = parse(text(code, cases={"reproduce": {"dev": "both"}}), "kb/playbooks/pool.md")
    found = [r for r in verify.run(list(verify.jobs([held], [HERE]))) if r.job.case.role == "reproduce"]
    assert [(r.job.dev, r.verdict) for r in found] == [(False, "failed"), (True, "passed")]


def test_a_missing_python_or_service_is_skipped_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    held = parse(text(services=["redis"]), "kb/playbooks/pool.md")
    monkeypatch.delenv("CAUSEBOOK_REDIS", raising=False)
    found = verify.run(list(verify.jobs([held], ["3.99", HERE])))
    assert {(r.verdict, r.reason) for r in found} == {
        ("skipped", "Python 3.99 is not on this machine"),
        ("skipped", "no redis: set CAUSEBOOK_REDIS to its address"),
    }


def test_nothing_of_ours_reaches_a_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    code = (
        "import os\nfor name, value in os.environ.items(): print(name, value)\nraise RuntimeError('the pool is closed')"
    )
    found = results(text(code))["reproduce"]
    assert found.verdict == "passed"
    assert "hunter2" not in found.output
    assert str(Path.home()) not in found.output.replace(tempfile.gettempdir(), "")


def leftovers(mark: str) -> list[str]:
    """Command lines of processes that carry ``mark``."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if mark in line:
            found.append(line)
    return found


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc")
def test_nothing_is_left_running_or_lying_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # a place that other tests do not use meanwhile
    mark = f"mark-{os.getpid()}-{time.monotonic_ns()}"
    sleeper = f"[sys.executable, '-c', 'import time; time.sleep(600)', '{mark}']"
    code = (
        "import os, pathlib, subprocess, sys\n"
        f"subprocess.Popen({sleeper})\n"
        f"subprocess.Popen({sleeper}, start_new_session=True)\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        f"    os.execv(sys.executable, {sleeper})\n"
        "pathlib.Path(os.environ['TMPDIR'], 'left').write_text('x')\n"
        "raise RuntimeError('the pool is closed')"
    )
    assert results(text(code))["reproduce"].verdict == "passed"
    assert leftovers(mark) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="confined by Landlock")
def test_nothing_is_written_outside_of_the_folder(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("mine")
    code = "import pathlib\npathlib.Path('in.txt').write_text('x')\npathlib.Path('{}').{}\n"
    for act in ("write_text('x')", "unlink()", "with_name('new.txt').touch()", "parent.joinpath('new').mkdir()"):
        why = reason(text(fix=code.format(other, act)), "fix")
        assert why == "exit code 1, expected 0"
        assert "PermissionError: [Errno 13]" in results(text(fix=code.format(other, act)))["fix"].output
    assert other.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["other.txt"]


def test_a_closed_output_is_not_the_end() -> None:
    with sandbox.folder({"main.py": "import os, time\nos.close(1)\nos.close(2)\ntime.sleep(0.3)"}) as place:
        ran = sandbox.run([sys.executable, "main.py"], place, {}, seconds=10)
    assert (ran.stopped, ran.output) == ("", "")
    assert ran.seconds >= 0.3


def test_packages_that_do_not_exist_are_a_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    held = text(requirements=["causebook-no-such-package==1.0"])
    assert reason(held, "reproduce").startswith("cannot be installed: ")
    assert list((tmp_path / "causebook" / "environments").iterdir()) == []


def test_an_environment_is_made_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    python = environments.pythons()[HERE]
    first = environments.ensure(python, ["iniconfig==2.1.0"])
    assert first.packages == ("iniconfig==2.1.0",)
    stamp = Path(first.program).lstat().st_mtime_ns
    assert environments.ensure(python, ["iniconfig==2.1.0"]) == first
    assert Path(first.program).lstat().st_mtime_ns == stamp


def test_other_versions_replace_those_of_the_same_package() -> None:
    held = parse(text(requirements=["pytest-asyncio==1.5.0", "pytest==9.2.0"], newest=["pytest"]), "kb/playbooks/p.md")
    (job, *_) = verify.jobs([held], [HERE], extra=["pytest_asyncio<1", "trio"])
    assert job.requirements == ("pytest_asyncio<1", "pytest==9.2.0")
    (job, *_) = verify.jobs([held], [HERE], newest=True)
    assert job.requirements == ("pytest",)


@pytest.mark.parametrize(
    ("versions", "python", "fits"),
    [
        ("", "3.12", True), (">=3.11", "3.9", False), (">=3.11", "3.11", True), (">=3.11, <3.13", "3.13", False),
        ("==3.10", "3.10", True), ("!=3.10", "3.10", False), (">3.10", "3.9", False), ("<=3.12", "3.12", True),
    ],
)  # fmt: skip
def test_versions(versions: str, python: str, fits: bool) -> None:
    assert applies(versions, python) == fits


@pytest.mark.parametrize(
    ("playbook", "message"),
    [
        (playbook_text("x", "no sections"), "found the end, expected ## The fix in three lines"),
        (playbook_text("x", BODY.format(reproduce="", fix="", wrong="")), "a page without a reproduce case proves"),
        (text().replace("reproduce/main.py", "reproduce/../../x"), "'reproduce/../../x' names no file of a case"),
        (text().replace("reproduce/main.py", "repro/main.py"), "'repro/main.py' names no file of a case"),
        (text().replace("fix/main.py", "reproduce/main.py"), "reproduce/main.py stands here twice"),
        (text(cases={"fix-x": {}}), "there are no blocks for the case fix-x"),
        (text(cases={"fix": {"time": 3}}), "unknown key cases.fix.time"),
        (text(signatures=[{"message": "{any}"}]), "signatures.0.message: found '{any}', 0 letters of literal text"),
        (
            text(samples={"positive": ["x"], "negative": []}),
            "samples.negative: found 'list', tuple should",
        ),
        (text(requirements=["--index-url=x"]), "requirements.0: found '--index-url=x', expected a package such as"),
        (text(python="3.11"), "python: found '3.11', expected versions such as"),
        (text(signatures=None), "signatures is missing"),
    ],
)
def test_a_playbook_that_is_none_is_refused_with_its_place(playbook: str, message: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse(playbook, "kb/playbooks/x.md")
    assert caught.value.message.startswith(message)
    assert caught.value.place is not None
    assert caught.value.place.path == "kb/playbooks/x.md"


def test_the_command_tells_records_and_compares(project: Project, run: Run) -> None:
    path = project.put("kb/playbooks/pool.md", text(cases={"fix": {"run": ["python", "-X", "utf8", "main.py"]}}))
    record = project.root / "kb" / "playbooks" / "verified.json"
    first = run("verify", "--python", HERE, at=project.root)
    assert (first.code, first.out) == (0, "2 passed\n")
    assert not record.exists()
    assert run("verify", "pool", "--python", HERE, "--record", at=project.root).code == 0
    held = json.loads(record.read_text())["playbooks"]["pool"]["reproduce"][HERE]
    assert (held["verdict"], held["messages"]) == ("passed", ["RuntimeError: the pool is closed"])
    assert run("verify", "--python", HERE, at=project.root).code == 0
    record.write_text(record.read_text().replace("RuntimeError: the pool", "RuntimeError: every pool"))
    changed = run("verify", "--python", HERE, at=project.root)
    assert changed.code == 1
    assert "-RuntimeError: every pool is closed\n+RuntimeError: the pool is closed" in changed.out
    record.write_text("[]")
    assert run("verify", "--python", HERE, at=project.root).code == 2
    record.unlink()
    line = path.read_text().splitlines().index('print("fine")') + 1
    path.write_text(path.read_text().replace('print("fine")', "raise SystemExit(9)"))
    failed = run("verify", "--python", HERE, at=project.root)
    assert failed.code == 1
    assert f"kb/playbooks/pool.md:{line}: pool fix {HERE}: exit code 9, expected 0" in failed.out


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A Redis of this test's own: its address and its process."""
    program = shutil.which("redis-server")
    if program is None:
        if os.environ.get("CAUSEBOOK_REQUIRE"):
            pytest.fail("redis-server is not installed")
        pytest.skip("redis-server is not installed")
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            for _ in range(100):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.05)
            yield f"redis://127.0.0.1:{port}/0", server
        finally:
            server.kill()


_ASKS = """\
import os, socket, urllib.parse
address = urllib.parse.urlsplit(os.environ["CAUSEBOOK_REDIS"])
with socket.create_connection((address.hostname, address.port)) as connection:
    connection.sendall(b"PING\\r\\n")
    answer = connection.recv(64).decode().strip()
"""


def test_a_dead_service_turns_every_case_that_needs_it_red(
    project: Project, run: Run, redis: tuple[str, subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, server = redis
    monkeypatch.setenv("CAUSEBOOK_REDIS", address)
    asks = _ASKS + 'if answer == "+PONG": raise RuntimeError("the pool is closed")'
    path = project.put("kb/playbooks/pool.md", text(asks, _ASKS + 'assert answer == "+PONG"', services=["redis"]))
    assert run("verify", "--python", HERE, at=project.root).out == "2 passed\n"
    server.kill()
    server.wait()
    dead = run("verify", "--python", HERE, at=project.root)
    lines = [n for n, line in enumerate(path.read_text().splitlines(), 1) if line == _ASKS.splitlines()[0]]
    assert dead.code == 1
    assert f"kb/playbooks/pool.md:{lines[0]}: pool reproduce {HERE}: no event of this playbook's signatures" in dead.out
    assert "ConnectionRefusedError" in dead.out
    assert f"kb/playbooks/pool.md:{lines[1]}: pool fix {HERE}: exit code 1, expected 0" in dead.out


@pytest.mark.parametrize(
    ("old", "new", "case", "why"),
    [
        ("return left + right", "return None", "fix", "exit code 1, expected 0"),
        ("raise RuntimeError", "print", "reproduce", "no event of this playbook's signatures, found no event"),
        ('"message": "the pool', '"message": "the whole pool', "reproduce", "found RuntimeError: the pool is closed"),
        ('RuntimeError("the pool is closed")', 'RuntimeError("shut")', "reproduce", "found RuntimeError: shut"),
    ],
)
def test_sabotage_turns_it_red_and_names_the_line(
    project: Project, run: Run, old: str, new: str, case: str, why: str
) -> None:
    whole = text(fix="def total(left, right):\n    return left + right\n\n\nassert total(1, 2) == 3")
    assert old in whole
    path = project.put("kb/playbooks/pool.md", whole.replace(old, new))
    result = run("verify", "--python", HERE, at=project.root)
    title = path.read_text().splitlines().index(f'```python title="{case}/main.py"')
    assert result.code == 1
    assert f"kb/playbooks/pool.md:{title + 2}: pool {case} {HERE}: " in result.out
    assert why in result.out


RULES = """\
---
title: Rules of the pool
kind: rules
---

## A pool is shared

```python title="rule-shared/main.py"
{code}
```
"""


@pytest.mark.parametrize(
    ("code", "code_and_reason"),
    [("print('Event loop is closed')", (0, "1 passed")), ("assert 1 == 2", (1, "exit code 1, expected 0"))],
)
def test_a_rule_holds_or_not(project: Project, run: Run, code: str, code_and_reason: tuple[int, str]) -> None:
    project.put("kb/playbooks/pool-rules.md", RULES.format(code=code))
    result = run("verify", "--python", HERE, at=project.root)
    assert (result.code, code_and_reason[1] in result.out) == (code_and_reason[0], True)


def test_rules_without_a_rule_are_refused() -> None:
    with pytest.raises(YamlError, match="a page without a rule case proves nothing"):
        parse(RULES.format(code="").replace("rule-shared/main.py", "main.py"), "kb/playbooks/rules.md")


def test_several_playbooks_end_with_a_table(project: Project, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAUSEBOOK_REDIS", raising=False)
    project.put("kb/playbooks/pool.md", text())
    project.put("kb/playbooks/door.md", text(fix="raise SystemExit(1)"))
    project.put("kb/playbooks/gone.md", text(services=["redis"]))
    result = run("verify", "--python", f"{HERE},3.99", at=project.root)
    lines = [line.split() for line in result.out.splitlines()]
    assert [HERE, "3.99"] in lines
    assert ["door", "RED", "1/2", "0+2s"] in lines
    assert ["pool", "2", "0+2s"] in lines
    assert lines[-1] == ["3", "passed,", "1", "failed,", "8", "skipped"]


def test_the_command_refuses_what_it_cannot_run(project: Project, run: Run) -> None:
    assert run("verify", at=project.root).code == 2
    project.put("kb/playbooks/pool.md", text())
    project.put("kb/playbooks/bad.md", "no front matter")
    unknown = run("verify", "nowhere", at=project.root)
    assert (unknown.code, "there is no playbook nowhere" in unknown.err) == (2, True)
    assert run("verify", "bad", at=project.root).code == 2
    mixed = run("verify", "--python", HERE, at=project.root)
    assert (mixed.code, mixed.out) == (1, "2 passed\n")
    assert "kb/playbooks/bad.md:1:1: a playbook starts with front matter" in mixed.err
    skipped = run("verify", "pool", "--python", "3.99", at=project.root)
    assert (skipped.code, "2 skipped" in skipped.out) == (0, True)
    assert run("verify", "pool", "--python", "3.99", "--require", "all", at=project.root).code == 1


def test_the_cases_of_a_new_playbook_run_at_once(project: Project, run: Run) -> None:
    assert run("new", "playbook", "--title", "Pool is closed", at=project.root).code == 0
    result = run("verify", "pool-is-closed", "--python", HERE, "--format", "json", at=project.root)
    assert result.code == 0
    assert {found["verdict"] for found in json.loads(result.out)} == {"passed"}
