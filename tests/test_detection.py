"""Detection rules of playbooks: each finds its samples, each part of it is needed, and only what is new is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from causebook import kb, recreated, spots, touched
from causebook.errors import CausebookError
from causebook.findings import Finding, Report
from causebook.playbook import Playbook
from conftest import Run
from gitrepo import FIRST, GitRepo, Project, playbook_text

OURS = kb.load(Path(__file__).parent.parent).playbooks
RULES = [(name, number) for name, p in sorted(OURS.items()) for number in range(len(p.front.detect))]
LOCK = "import asyncio\nlock = asyncio.Lock()\n"
RULE: dict[str, Any] = {
    "call": ["asyncio.Lock"], "where": ["import"], "why": "{name} at import", "fix": "make it later",
    "samples": {"positive": [LOCK], "negative": [{"text": "lock = Lock()\n", "why": "Another one."}]},
}  # fmt: skip


def rule_of(name: str, number: int) -> dict[str, Any]:
    """A rule of ours as it can be written into another playbook."""
    data: dict[str, Any] = json.loads(OURS[name].front.detect[number].model_dump_json(exclude_defaults=True))
    return data


@pytest.fixture
def work(repo: GitRepo) -> Project:
    """A project with a branch `work` and nothing in it."""
    made = Project(repo, repo.path)
    made.write(FIRST)
    repo.commit({"causebook.toml": ""}, "Begin")
    repo.run("checkout", "--quiet", "-b", "work")
    return made


def tried(project: Project, *rules: dict[str, Any]) -> tuple[Finding, ...]:
    project.put("kb/playbooks/mine.md", playbook_text("Mine", detect=list(rules)))
    return project.lint("playbook-detects")


def brought(project: Project, **options: Any) -> list[tuple[str, int]]:
    report = project.report("known-pattern", base="main", **options)
    return [(f.subject, f.place.line) for f in report.findings]


def whole(project: Project, text: str | bytes) -> list[str]:
    project.put("app.py", text)
    found = recreated.patterns(touched.whole(["app.py"], project.root), OURS.values())
    return [f"{one.place.line} {one.playbook.id}" for one in found]


def test_what_a_playbook_says_of_code_can_be_seen() -> None:
    assert len(RULES) >= 20
    assert {name for name, _ in RULES} >= {
        "different-loop-primitive", "different-loop-future", "loop-closed", "timeout-outside-task", "blocking-call",
        "loop-already-running", "no-current-loop", "task-destroyed-pending", "coroutine-never-awaited",
        "task-exception-never-retrieved", "pytest-async-unhandled", "pytest-loop-scope", "loop-rules",
    }  # fmt: skip


@pytest.mark.parametrize(("name", "number"), RULES)
def test_each_rule_of_ours_finds_its_samples_and_a_broken_one_does_not(work: Project, name: str, number: int) -> None:
    rule = rule_of(name, number)
    assert tried(work, rule) == ()
    kind = next(k for k in ("call", "define", "handler", "held") if k in rule)
    names = "decorator" if rule.get("decorator") else "bases" if rule.get("bases") else kind
    broken = tried(work, {**rule, names: ["nothing.of_that_name"]})
    assert len(broken) == len(rule["samples"]["positive"])
    assert {f.rule for f in broken} == {"playbook_detects"}
    for part in set(rule) - {"why", "fix", "samples", kind}:
        found = tried(work, {k: v for k, v in rule.items() if k != part})
        assert found, f"nothing shows that {name} needs {part}"


def test_a_sample_that_says_otherwise_is_told(work: Project) -> None:
    assert tried(work, RULE) == ()
    samples = RULE["samples"]
    (missed,) = tried(work, {**RULE, "samples": {**samples, "positive": [LOCK, "lock = asyncio.Lock()\n"]}})
    assert missed.message == "detection rule 1: it does not find its positive sample 2"
    assert missed.fix == "it reads as: call ?.Lock (import)"
    wrong = {**samples, "negative": [{"text": LOCK, "why": "No."}]}
    (finding,) = tried(work, RULE, {**RULE, "samples": wrong})
    assert finding.message == "detection rule 2: it finds its negative sample 1"
    assert finding.fix == "it reads as: call asyncio.Lock (import)"
    (finding,) = tried(work, {**RULE, "samples": {**samples, "negative": [{"text": "if", "why": "No."}]}})
    assert finding.message == "detection rule 1: its negative sample 1 is no Python that can be read"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"samples": {"positive": [LOCK]}}, "detect.0.samples.negative is missing"),
        ({"samples": {"positive": [], "negative": RULE["samples"]["negative"]}}, "detect.0.samples.positive"),
        ({"handler": ["*"]}, "expected exactly one of call, define, handler, held"),
        ({"call": None}, "expected exactly one of"),
        ({"call": ["asyncio.Lock("]}, "expected a dotted name"),
        ({"call": ["__import__('os').system"]}, "expected a dotted name"),
        ({"named": "x*"}, "decorator, named and bases go with define"),
        ({"call": None, "handler": ["*"], "unused": True}, "unused and unawaited go with call"),
        ({"where": ["never"]}, "detect.0.where.0: found 'never'"),
        ({"run": "x"}, "unknown key detect.0.run"),
        ({"why": None}, "detect.0.why is missing"),
    ],
)
def test_a_mistake_in_a_rule_is_told(work: Project, change: dict[str, Any], message: str) -> None:
    rule = {key: value for key, value in {**RULE, **change}.items() if value is not None}
    work.put("kb/playbooks/mine.md", playbook_text("Mine", detect=[rule]))
    (problem,) = work.load().problems
    assert message in problem.message
    assert problem.place.line > 0


def test_only_what_a_change_brings_counts(work: Project) -> None:
    work.repo.run("checkout", "--quiet", "main")
    work.repo.commit({"app.py": LOCK, "old.py": "import time\ndef wait():\n    time.sleep(1)\n"}, "Old")
    work.repo.run("checkout", "--quiet", "-B", "work")
    work.put("app.py", f"# more\n{LOCK}other = 1\n")
    assert brought(work) == []
    work.put("app.py", "import asyncio\nif True:\n    renamed = asyncio.Lock()\n")  # moved, indented, renamed
    assert brought(work) == []
    work.put("app.py", f"{LOCK}second = asyncio.Lock()\n")
    assert brought(work) == [("different-loop-primitive", 3)]
    work.put("app.py", "import asyncio\nfirst = asyncio.Lock()\n\nlock = asyncio.Lock()\n")
    assert brought(work) == [("different-loop-primitive", 2)]
    work.put("app.py", LOCK)
    work.put("old.py", "import time\nasync def wait():\n    time.sleep(1)\n")  # the line itself is as it was
    assert brought(work) == [("blocking-call", 3)]
    work.repo.run("mv", "app.py", "moved.py")
    work.put("old.py", "x = 1\n")
    assert brought(work) == []


def test_an_old_version_that_cannot_be_read_leaves_the_changed_lines(work: Project) -> None:
    work.repo.run("checkout", "--quiet", "main")
    work.repo.commit({"app.py": f"{LOCK}print 'two'\n"}, "Old")
    work.repo.run("checkout", "--quiet", "-B", "work")
    work.put("app.py", f"{LOCK}print('three')\nqueue = asyncio.Queue()\n")
    assert brought(work) == [("different-loop-primitive", 4)]


def test_staged_is_what_the_index_holds(work: Project) -> None:
    work.put("app.py", LOCK)
    work.repo.run("add", "app.py")
    work.put("app.py", "x = 1\n")
    assert [f.place.line for f in work.report("known-pattern", staged=True).findings] == [2]


def test_a_finding_says_what_why_and_how(work: Project) -> None:
    work.put("app.py", 'ä = "é"; import asyncio; lock = asyncio.Lock()\n')
    (finding,) = work.report("known-pattern", base="main").findings
    assert str(finding.place) == "app.py:1:33"
    assert (finding.level, finding.rule) == ("warning", "known_pattern")
    assert finding.message.startswith("asyncio.Lock() made at import belongs to the first loop")
    assert finding.message.endswith("(different-loop-primitive: Lock, Queue, Semaphore or Event bound to another loop)")
    assert finding.fix.endswith("to keep it: # causebook: ignore[different-loop-primitive] and the reason")
    assert not work.report("known-pattern").findings


def let_be(project: Project, comment: str) -> Report:
    project.put("app.py", f"import asyncio\nlock = asyncio.Lock(){comment}\n")
    return project.report("known-pattern", "acknowledgement", base="main")


def test_a_comment_with_a_reason_lets_a_line_be(work: Project, run: Run) -> None:
    report = let_be(work, "  # causebook: ignore[loop-closed, different-loop-primitive] one loop a process")
    assert not report.findings
    assert [(a.reason, a.until) for a in report.acknowledged] == [("one loop a process", "")]
    (finding,) = let_be(work, "  # causebook: ignore[different-loop-primitive] wip").findings
    assert finding.message.endswith("; the comment that lets it be gives no reason")
    for other in ("  # causebook: ignore[loop-closed] one loop a process", "  # noqa"):
        assert len(let_be(work, other).findings) == 1
    let_be(work, "  # causebook: ignore[different-loop-primitive] one loop a process")
    shown = run("check", "--base", "main", at=work.root).out
    assert "app.py:2:8: acknowledged: asyncio.Lock() made" in shown
    assert "  one loop a process" in shown
    sarif = json.loads(run("check", "--base", "main", "--format", "sarif", at=work.root).out)
    held = [r["suppressions"] for r in sarif["runs"][0]["results"] if "suppressions" in r]
    assert held == [[{"kind": "inSource", "justification": "one loop a process"}]]
    assert "(until" not in run("check", "--base", "main", "--format", "markdown", at=work.root).out
    assert run("hints", "app.py", at=work.root).out == ""


@pytest.mark.parametrize("place", ["app.py", "*.py", "different-loop-primitive"])
def test_an_acknowledgement_lets_it_be(work: Project, place: str) -> None:
    reason = "as the framework wants it"
    text = f"- {{rule: known-pattern, place: '{place}', reason: {reason}, until: 2027-01-01}}\n"
    work.put("entries/acknowledged.yaml", text)
    report = let_be(work, "")
    assert not report.findings
    assert [a.reason for a in report.acknowledged] == [reason]
    # Without a change nobody looked, so it cannot be said that nothing is found any more.
    assert not work.report("known-pattern", "acknowledgement").findings


DEEP = "x = " + "+".join(["1"] * 2500)
CHAIN = "y = a" + ".b()" * 900


@pytest.mark.parametrize(
    "text",
    [
        LOCK + "print 'two'\n",
        LOCK.encode() + b"\0",
        LOCK + "#" * 2_000_000,
        LOCK + "x = " + "(" * 500 + ")" * 500,
        LOCK + "x = " + "-" * 100_000 + "1\n",
        LOCK.encode("utf-16"),
        "type X[T = if\n" + LOCK,
        b"\xff\xfe" + LOCK.encode(),
        b"# -*- coding: none -*-\n" + LOCK.encode(),
    ],
)
def test_what_is_no_python_is_left_alone(work: Project, text: str | bytes) -> None:
    assert whole(work, text) == []


@pytest.mark.parametrize(
    "text",
    [
        f"{LOCK}{DEEP}\n", f"{LOCK}{CHAIN}\n", f"{LOCK}{CHAIN}; {CHAIN}\n",
        f"{LOCK}x = '\\d'\nassert (x, 'always')\n", f"\ufeff{LOCK}", LOCK.replace("\n", "\r\n"),
        LOCK + "".join(f"{' ' * n}if x:\n" for n in range(90)) + " " * 90 + "pass\n",
        LOCK + "f(" * 150 + ")" * 150,
    ],
)  # fmt: skip
def test_what_is_deep_or_odd_is_read(work: Project, text: str) -> None:
    assert whole(work, text) == ["2 different-loop-primitive"]


@pytest.mark.parametrize("name", ["app.txt", "app.js", "notes", "app.py.orig"])
def test_other_files_are_not_python(work: Project, name: str) -> None:
    work.put(name, LOCK)
    assert brought(work) == []


NAMES = """
import asyncio as aio, redis.asyncio as redis
from asyncio import Lock as L, Queue
from asyncio.queues import Queue as Other
from . import asyncio as ours
from .. import Event
try:
    import uvloop
except ImportError:
    uvloop = None
a = aio.Lock()
b = L()
c = Queue()
d = redis.Redis()
e = ours.Lock()
f = Event()
def g(aio, L=L()):
    return aio.Lock
class H:
    L = int
    i = L()
    def j(self):
        return L()
k = [L() for _ in range(3)]
m = lambda: L()
if TYPE_CHECKING:
    n = L()
match a:
    case L(): ...
def Queue(): ...
o = Queue()
"""


def test_names_are_those_of_their_scope(work: Project) -> None:
    found = [line.split()[0] for line in whole(work, NAMES)]
    lines = NAMES.splitlines()
    assert [lines[int(n) - 1].split()[0] for n in found] == ["a", "b", "c", "d", "def", "k", "o"]


ORDINARY = '''
"""A service as people write them: nothing in it is a known failure."""
import asyncio
import contextlib
import logging
import subprocess
import threading
import time
from collections.abc import AsyncIterator

import aiohttp
import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

log = logging.getLogger(__name__)
Session = async_sessionmaker()
_guard = threading.Lock()
_tasks: set[asyncio.Task[None]] = set()


class Store:
    """Holds what belongs to one loop."""

    def __init__(self, url: str) -> None:
        self.engine = create_async_engine(url)
        self.lock = asyncio.Lock()
        self.queue: asyncio.Queue[int] = asyncio.Queue()
        self._thread_lock = threading.Lock()

    async def __aenter__(self) -> "Store":
        self.session = aiohttp.ClientSession()
        self.worker = asyncio.create_task(self.work())
        return self

    async def __aexit__(self, *error: object) -> None:
        self.worker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.worker
        await self.session.close()
        await self.engine.dispose()

    async def work(self) -> None:
        while True:
            try:
                row = await self.queue.get()
                await self.save(row)
            except asyncio.CancelledError:
                log.info("stopped")
                raise
            except Exception:
                log.exception("a row was lost")
            finally:
                self.queue.task_done()

    async def save(self, row: int) -> None:
        async with self.lock:
            await asyncio.sleep(0)
        with self._thread_lock:
            self.rows = row
        await asyncio.to_thread(time.sleep, 0.1)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, lambda: subprocess.run(["true"], check=True))
        loop.call_later(1, self.queue.put_nowait, row)

    def submit(self, row: int) -> "asyncio.Task[None]":
        return asyncio.create_task(self.save(row))


async def rows(store: Store) -> AsyncIterator[int]:
    for n in range(3):
        yield n
        await asyncio.sleep(0)


async def background(store: Store) -> None:
    task = asyncio.create_task(store.save(1))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    async for _ in rows(store):
        pass
    rows(store)
    async with asyncio.TaskGroup() as group:
        group.create_task(store.save(2))
    results = await asyncio.gather(store.save(3), store.save(4), return_exceptions=True)
    log.info("%s", results)
    async with asyncio.timeout(1), httpx.AsyncClient() as client:
        await client.get("https://example.org")
    try:
        await asyncio.wait_for(store.save(5), 1)
    except asyncio.TimeoutError:
        log.warning("slow")


def thread(loop: asyncio.AbstractEventLoop, store: Store) -> None:
    with _guard:
        asyncio.run_coroutine_threadsafe(store.save(6), loop).result()
    time.sleep(1)
    subprocess.run(["true"], check=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def store() -> AsyncIterator[Store]:
    async with Store("sqlite+aiosqlite://") as made:
        yield made


@pytest.fixture
def loop_name() -> str:
    return "loop"


class TestStore:
    async def test_save(self, store: Store) -> None:
        await store.save(7)


async def main() -> None:
    stop = asyncio.Event()
    async with Store("sqlite+aiosqlite://") as store:
        await background(store)
        stop.set()
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
'''


def test_ordinary_code_has_nothing_known(work: Project) -> None:
    assert whole(work, ORDINARY) == []


def test_our_own_code_has_nothing_known() -> None:
    root = Path(__file__).parent.parent
    paths = [p.relative_to(root).as_posix() for folder in ("src", "scripts") for p in (root / folder).rglob("*.py")]
    assert recreated.patterns(touched.whole(paths, root), OURS.values()) == ()


def test_a_record_of_runs_stays_good_when_rules_change() -> None:
    playbook = OURS["different-loop-primitive"]
    assert playbook.front.detect
    bare = playbook.front.model_copy(update={"detect": ()})
    assert Playbook(playbook.id, playbook.path, bare, playbook.cases, playbook.body).digests == playbook.digests


def test_a_source_tells_its_functions() -> None:
    source = spots.parse(b"def a():\n    pass\n\n@x\nclass B:\n    @y\n    def c(self): ...\n")
    assert source is not None
    assert source.functions([(6, 6)]) == {"B.c"}
    assert source.functions([(3, 5)]) == frozenset()
    assert (source.line_of("B.c"), source.line_of("gone")) == (6, 0)


def test_a_rule_may_stand_in_a_playbook_of_the_project(work: Project) -> None:
    work.put("kb/playbooks/mine.md", playbook_text("Mine", detect=[{**RULE, "call": ["shop.Cart"]}]))
    work.put("app.py", "from shop import Cart\ncart = Cart()\n")
    assert brought(work) == [("mine", 2)]
    with pytest.raises(CausebookError):
        work.report("no-such-check", base="main")
