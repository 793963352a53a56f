"""The plug-in of pytest: real runs, each in a process of its own, and what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from causebook import pytest_plugin
from causebook.kb import load
from causebook.model import words
from gitrepo import FIRST, playbook_text

INI = "[pytest]\nasyncio_default_fixture_loop_scope = function\n"
POOL = """
import asyncio, pytest
class Pool:
    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.loop.close()
    def use(self):
        self.loop.call_soon(print)
"""
CLOSED = f"{POOL}def test_closed(): Pool().use()\n"


class Ran:
    """How a run of pytest ended."""

    def __init__(self, done: subprocess.CompletedProcess[bytes]) -> None:
        self.code = done.returncode
        self.out, self.err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))

    @property
    def section(self) -> list[str]:
        """Our part of the output: from the headline to what pytest says next, blank lines left out."""
        match = re.search(r"^(?:=+ )?(causebook: .*?) ?=*\n((?:(?!=).*\n)*)", self.out, re.MULTILINE)
        return [match[1], *match[2].splitlines()] if match else []

    @property
    def headline(self) -> str:
        return self.section[0] if self.section else ""


def ran(folder: Path, *options: str, env: dict[str, str] | None = None, **files: str) -> Ran:
    """A run in ``folder`` with these Python files, apart from the settings of the run that this is part of."""
    (folder / "pytest.ini").write_text(INI, encoding="utf-8")
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    outer = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "GITHUB_"))}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:hypothesispytest",
        "--tb=short",
        *options,
    ]
    done = subprocess.run(command, cwd=folder, env=outer | (env or {}), capture_output=True, check=False)
    return Ran(done)


def test_a_chain_is_told_by_its_root(tmp_path: Path) -> None:
    code = POOL + (
        "def test_from():\n    try: Pool().use()\n    except RuntimeError as e: raise ValueError('sorry') from e\n"
        "def test_context():\n    try: Pool().use()\n    except RuntimeError: raise ValueError('sorry')\n"
        "def test_hidden():\n    try: Pool().use()\n    except RuntimeError: raise ValueError('sorry') from None\n"
    )
    done = ran(tmp_path, test_it=code)
    assert done.code == 1
    assert done.section[0] == "causebook: 3 failures -> 1 known cause"
    assert re.fullmatch(r"certainly loop-closed: .*, 2 tests", done.section[1])
    assert done.section[2:5] == [
        "  test_it.py::test_from",
        "  test_it.py::test_context",
        "  Shown by: RuntimeError: Event loop is closed",
    ]
    assert done.section[5].startswith("  Fix: 1. ")
    assert done.section[-2:] == ["  More: causebook show loop-closed", "1 failure is unknown"]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups came with Python 3.11")
def test_a_member_of_a_group_is_told(tmp_path: Path) -> None:
    code = POOL + (
        "def test_group():\n    try: Pool().use()\n    except RuntimeError as e: held = e\n"
        "    raise ExceptionGroup('many', [ValueError(1), ExceptionGroup('deep', [held])])\n"
    )
    assert "  Shown by: RuntimeError: Event loop is closed" in ran(tmp_path, test_it=code).section


def test_fixtures_fail_before_and_after_a_test(tmp_path: Path) -> None:
    code = POOL + (
        "@pytest.fixture\ndef before(): Pool().use()\n@pytest.fixture\ndef after():\n    yield\n    Pool().use()\n"
        "def test_before(before): pass\ndef test_after(after): pass\ndef test_missing(nowhere): pass\n"
    )
    done = ran(tmp_path, "--junitxml=junit.xml", test_it=code)
    assert done.headline == "causebook: 3 failures -> 1 known cause"
    assert done.section[2:4] == ["  test_it.py::test_before", "  test_it.py::test_after"]
    assert done.section[-1] == "1 failure is unknown"
    assert properties(tmp_path) == {"test_before": ["loop-closed"], "test_after": ["loop-closed"]}


def properties(folder: Path) -> dict[str, list[str]]:
    """What the JUnit file says of the tests that a cause is known for."""
    found: dict[str, list[str]] = {}
    for case in ET.parse(folder / "junit.xml").iter("testcase"):  # noqa: S314 - written by pytest a moment ago
        told = [str(p.get("value")) for p in case.iter("property") if p.get("name") == "causebook"]
        if told:
            found.setdefault(str(case.get("name")), []).extend(told)
    return found


def test_errors_of_collection_are_told(tmp_path: Path) -> None:
    done = ran(tmp_path, test_a=f"{POOL}Pool().use()\n", test_b="import nowhere_at_all\n")
    assert done.code == 2
    assert done.headline == "causebook: 2 failures -> 1 known cause"
    assert done.section[2] == "  test_a.py"
    drafted = ran(tmp_path, "--causebook-draft=new")
    assert "modulenotfounderror-no-module-named-nowhere-at-all" in "".join(drafted.section)


SPY = """
import sys
def pytest_unconfigure():
    print("LOADED", *sorted(n for n in sys.modules if n.split(".")[0] in
        {"causebook", "pydantic", "yaml", "click", "jinja2", "git"}))
"""
"""Says in the end what has been loaded."""


@pytest.mark.parametrize("marked", [False, True], ids=["plain", "marked"])
def test_a_passing_suite_loads_nothing(tmp_path: Path, marked: bool) -> None:
    mark = f"import pytest\n@pytest.mark.incident('{FIRST}')\n" if marked else "import pytest\n"
    code = (
        f"{mark}def test_it(): pass\n@pytest.mark.xfail\ndef test_x(): assert 0\n"
        "@pytest.mark.skip\ndef test_s(): pass\ndef test_w():\n    async def co(): pass\n    co()\n"
    )
    done = ran(tmp_path, "--strict-markers", conftest=SPY, test_it=code)
    assert done.code == 0
    assert re.findall("LOADED (.*)", done.out) == ["causebook causebook.pytest_plugin"]
    assert "causebook:" not in done.out


def test_it_can_be_switched_off(tmp_path: Path) -> None:
    done = ran(tmp_path, "-p", "no:causebook", conftest=SPY, test_it=CLOSED)
    assert done.code == 1
    assert re.findall("LOADED(.*)", done.out) == [""]
    assert done.section == []


MANY = POOL + (
    "@pytest.mark.parametrize('n', range(6))\ndef test_closed(n): Pool().use()\n"
    "def test_other(): raise KeyError('door')\ndef test_fine(): pass\n"
    "def test_warned():\n    async def co(): pass\n    co()\n    assert None == 3\n"
)


def test_workers_of_xdist_say_the_same_as_one_process(tmp_path: Path) -> None:
    alone = ran(tmp_path, "-p", "no:randomly", test_it=MANY)
    done = ran(tmp_path, "-n", "2", "--junitxml=junit.xml", "--causebook-draft=new")
    assert done.headline == alone.headline == "causebook: 8 failures -> 2 known causes"
    told = [line for line in done.section if "test_closed" not in line and not line.startswith("drafted")]
    assert told == [line for line in alone.section if "test_closed" not in line]
    assert properties(tmp_path) == {f"test_closed[{n}]": ["loop-closed"] for n in range(6)}
    assert len(list((tmp_path / "new").rglob("*.yaml"))) == 3  # the workers write none of their own


def test_a_worker_that_dies_is_an_unknown_failure(tmp_path: Path) -> None:
    code = f"import os\n{CLOSED}def test_dies(): os._exit(3)\n"
    done = ran(tmp_path, "-n", "1", "--max-worker-restart=1", test_it=code)
    assert done.headline == "causebook: 2 failures -> 1 known cause"
    assert done.section[-1] == "1 failure is unknown"


def test_a_test_that_passes_when_run_again_is_flaky(tmp_path: Path) -> None:
    code = POOL + (
        "ran = []\ndef test_flaky():\n    ran.append(1)\n    if len(ran) < 3: Pool().use()\n"
        "def test_closed(): Pool().use()\n"
        "again = []\ndef test_turns():\n    again.append(1)\n    if len(again) < 2: Pool().use()\n"
        "    raise KeyError('x')\n"
    )
    for workers in ((), ("-n", "1")):
        done = ran(tmp_path, "--reruns=2", *workers, test_it=code)
        assert done.headline == "causebook: 2 failures, 1 flaky -> 1 known cause"
        assert done.section[1].endswith(", 2 tests, 1 flaky")
        assert done.section[2:5] == [
            "  test_it.py::test_closed",
            "  test_it.py::test_turns",
            "  flaky, passed when run again: test_it.py::test_flaky",
        ]


def test_a_run_in_which_all_failures_went_away(tmp_path: Path) -> None:
    code = "ran = []\ndef test_flaky():\n    ran.append(1)\n    assert len(ran) > 1\n"
    done = ran(tmp_path, "--reruns=1", test_it=code)
    assert done.code == 0
    assert done.section == [
        "causebook: 1 flaky -> no known cause",
        "flaky, of unknown cause: test_it.py::test_flaky",
    ]


def test_tests_of_other_kinds_are_told(tmp_path: Path) -> None:
    code = (
        f"import unittest\n{POOL}"
        "def test_sub(subtests):\n    with subtests.test('a'): Pool().use()\n"
        "class Case(unittest.IsolatedAsyncioTestCase):\n    async def test_case(self): Pool().use()\n"
        'def documented():\n    """\n    >>> Pool().use()\n    """\n'
    )
    done = ran(tmp_path, "--doctest-modules", test_it=code)
    assert done.section[1].endswith(", 3 tests")


@pytest.mark.parametrize("mark", ["asyncio", "anyio"])
def test_async_tests_are_told(tmp_path: Path, mark: str) -> None:
    code = POOL + (
        "import anyio\n@pytest.fixture\ndef anyio_backend(): return 'asyncio'\n"
        f"@pytest.mark.{mark}\nasync def test_closed(): Pool().use()\n"
        f"@pytest.mark.{mark}\nasync def test_nested(): asyncio.run(asyncio.sleep(0))\n"
        "async def test_without(): pass\n"
    )
    done = ran(tmp_path, "-q", test_it=code)
    assert done.headline == "causebook: 3 failures -> 3 known causes"
    assert [re.findall(r"causebook show (.*)", line) for line in done.section[1:4]] == [
        ["loop-already-running"],
        ["loop-closed"],
        ["pytest-async-unhandled"],
    ]


BESIDE = """
import logging, pytest
def lost():
    logging.getLogger("asyncio").error("Task was destroyed but it is pending!")
def forgotten():
    async def co(): pass
    co()
class Transport:
    def __del__(self):
        raise RuntimeError("Event loop is closed")
"""


BODIES = {
    "lost(); assert 0": "likely task-destroyed-pending",
    "lost(); raise KeyError('door')": "",
    "forgotten(); assert 0": "likely coroutine-never-awaited",
    "forgotten(); raise KeyError('door')": "",
    "x = Transport(); del x; assert 0": "likely transport-del-noise",
    "print('RuntimeError: <Lock> is bound to a different event loop'); assert 0": "possibly different-loop-primitive",
    "forgotten(); raise RuntimeError('Event loop is closed')": "certainly loop-closed",
}


def test_what_stands_beside_counts_for_less(tmp_path: Path) -> None:
    tests = "".join(f"def test_{n}(): {body}\n" for n, body in enumerate(BODIES))
    done = ran(tmp_path, test_it=BESIDE + tests)
    named = re.findall(r"^(\w+ [a-z-]+): .*, 1 test\n  test_it.py::test_(\d)$", "\n".join(done.section), re.MULTILINE)
    assert {int(n): cause for cause, n in named} == {n: told for n, told in enumerate(BODIES.values()) if told}
    assert done.section[-1] == "2 failures are unknown"


def test_what_is_logged_while_a_test_is_torn_down_counts(tmp_path: Path) -> None:
    code = f"{BESIDE}@pytest.fixture\ndef loser():\n    yield\n    lost()\ndef test_it(loser): assert 0\n"
    assert ran(tmp_path, test_it=code).section[1].startswith("likely task-destroyed-pending")


def test_quiet_runs_say_less(tmp_path: Path) -> None:
    short = ran(tmp_path, "-q", test_it=CLOSED).section
    assert short[0] == "causebook: 1 failure -> 1 known cause"
    assert re.fullmatch(r"certainly loop-closed: .*, 1 test; causebook show loop-closed", short[1])
    assert len(short) == 2
    for option in ("-qq", "--no-summary"):
        assert ran(tmp_path, option).section == []


def test_github_shows_annotations(tmp_path: Path) -> None:
    project(tmp_path, title="Pool: 50%, or less")
    code = "def test_it(): raise RuntimeError('the pool is closed')\n"
    done = ran(tmp_path, env={"GITHUB_ACTIONS": "true"}, test_it=code)
    (line,) = [line for line in done.out.splitlines() if line.startswith("::")]
    title, message = line.removeprefix("::error ").split("::", 1)
    assert title == "title=pool%3A Pool%3A 50%25%2C or less"
    assert message.startswith("certainly pool: Pool: 50%25, or less, 1 test%0Atest_it.py::test_it%0AShown by: ")
    assert "::error" not in ran(tmp_path).out


def project(folder: Path, **playbook: str) -> None:
    """A knowledge base in ``folder``: a playbook, an incident of its class, and one that is like no other."""
    (folder / "causebook.toml").write_text("", encoding="utf-8")
    put(folder / "kb" / "playbooks" / "pool.md", playbook_text(playbook.get("title", "The pool")))
    for identity, more in ((FIRST, 'playbook: "pool"'), (OTHER, "tags: []")):
        text = (
            f'id: "{identity}"\nkind: incident\ntitle: "As it was with {identity[11:14]}"\nstatus: identified\n{more}\n'
        )
        text += 'symptom: {description: "It fails."}\nfive_whys: [{why: "Why?"}]\n'
        put(folder / "entries" / "2026" / f"{identity}.yaml", text)


OTHER = "2026-01-03-old-and-odd-0c0c"


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_marked_test_names_its_incident_first(tmp_path: Path) -> None:
    project(tmp_path)
    code = (
        "import pytest\ndef test_a(): raise RuntimeError('the pool is closed')\n"
        f"@pytest.mark.incident('{OTHER}')\n@pytest.mark.parametrize('n', [1, 2])\ndef test_b(n): assert n == 1\n"
        "@pytest.mark.incident('2026-01-09-gone-0d0d')\ndef test_c(): assert 0\n"
    )
    for workers in ((), ("-n", "1")):
        done = ran(tmp_path, "--strict-markers", *workers, test_it=code)
        assert done.section[:4] == [
            "causebook: 3 failures -> 1 known cause",
            f"test_it.py::test_b[2] guards against {OTHER}: As it was with old",
            f"  Read: entries/2026/{OTHER}.yaml",
            "test_it.py::test_c guards against 2026-01-09-gone-0d0d: there is no such entry",
        ]
        assert done.section[4] == "certainly pool: The pool, 1 test"
        seen = f"  Seen: 2026-01-01 As it was with the (identified), entries/2026/{FIRST}.yaml"
        assert seen in done.section
    assert any(line.startswith("test_it.py::test_b[2] guards") for line in ran(tmp_path, "-q").section)


@pytest.mark.parametrize(
    ("mark", "workers"),
    [("'pool'", ()), ("", ()), (f"'{FIRST}', 7", ()), (f"id='{FIRST}'", ()), ("'pool'", ("-n", "1"))],
)
def test_a_marker_that_cannot_name_an_entry_is_refused(tmp_path: Path, mark: str, workers: tuple[str, ...]) -> None:
    code = f"import pytest\n@pytest.mark.incident({mark})\ndef test_it(): pass\n"
    done = ran(tmp_path, *workers, test_it=code)
    assert done.code == 4
    assert f"ERROR: test_it.py::test_it: pytest.mark.incident({mark}) names no entry: expected an id" in done.err
    assert "INTERNALERROR" not in done.out + done.err


def test_ids_have_the_same_form_everywhere() -> None:
    assert pytest_plugin.ENTRY_ID.pattern == words.ID_PATTERN


def test_drafts_are_entries_that_can_be_read(tmp_path: Path) -> None:
    project(tmp_path)
    code = (
        "def test_a(): raise RuntimeError('the pool is closed')\n"
        "def test_b(): raise RuntimeError('the pool is closed')\n"
        "def test_c(): raise KeyError('no key of that name anywhere')\n"
    )
    for count in (2, 4):  # the second run leaves the drafts of the first as they are
        done = ran(tmp_path, "--causebook-draft=entries", test_it=code)
        assert [line.startswith(f"drafted {tmp_path}/entries/2026/") for line in done.section[-2:]] == [True, True]
        base = load(tmp_path)
        assert [p.message for p in base.problems] == []
        drafts = [entry for _, entry in base.incidents if entry.status == "draft"]
        assert len(drafts) == count
    assert {(one.title, one.playbook) for one in drafts} == {
        ("The pool", "pool"),
        ("KeyError: 'no key of that name anywhere'", None),
    }


def test_drafts_are_written_where_nothing_is_shown(tmp_path: Path) -> None:
    ran(tmp_path, "--no-summary", "--causebook-draft", "new", test_it=CLOSED)
    assert len(list((tmp_path / "new").rglob("*.yaml"))) == 1


BROKEN = "import causebook.{0} as it\ndef boom(*a, **k): raise ZeroDivisionError('broken\\nin two')\nit.{1} = boom\n"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("raised", "plain"),
        ("raised", "reports"),
        ("pytest_summary", "summed_up"),
        ("pytest_summary", "_told"),
        ("known", "load"),
    ],
)
def test_our_own_errors_break_nothing(tmp_path: Path, module: str, name: str) -> None:
    done = ran(tmp_path, conftest=BROKEN.format(module, name), test_it=f"{CLOSED}def test_fine(): pass\n")
    assert done.code == 1
    assert "1 failed, 1 passed" in done.out
    lines = [line for line in done.out.splitlines() if "could not diagnose" in line]
    assert len(lines) == 1
    assert "causebook: could not diagnose: ZeroDivisionError: broken" in lines[0]


def test_settings_that_cannot_be_used_are_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "causebook.toml").write_text("entrys = 1\n", encoding="utf-8")
    done = ran(tmp_path, test_it=CLOSED)
    (line,) = [line for line in done.section if "could not" in line]
    assert line == "causebook: could not diagnose: ConfigError: causebook.toml: unknown setting 'entrys'"


def test_what_a_test_does_to_its_process_does_not_matter(tmp_path: Path) -> None:
    code = POOL + (
        "class Odd(Exception):\n    def __str__(self): raise RuntimeError('no text')\n"
        "def test_folder(monkeypatch, tmp_path): monkeypatch.chdir(tmp_path); Pool().use()\n"
        "def test_open(monkeypatch):\n    monkeypatch.setattr('io.open', None)\n    Pool().use()\n"
        "def test_text(): raise Odd\n"
        "def test_surrogate(): raise RuntimeError('half \\\\udce4'.encode().decode('unicode_escape'))\n"
        "def test_exit(): raise SystemExit(3)\n"
    )
    done = ran(tmp_path, "-W", "error", test_it=code)
    assert done.headline == "causebook: 5 failures -> 1 known cause"
    assert done.section[2:4] == ["  test_it.py::test_folder", "  test_it.py::test_open"]
    assert done.section[-1] == "3 failures are unknown"
