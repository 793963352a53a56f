"""What people type into the search, and what has to come first: of this repository's entries, and of made-up ones."""

# ruff: noqa: E501 - what is typed stands on one line
import random
import re
from collections.abc import Iterator

REST = "2025-04-10-rest-api-500s-with-test-session-3cb9"
BATCH = "2025-04-10-batch-7-rest-api-failures-9e36"
LOOPS = "2025-09-15-test-base-class-starts-second-loop-431e"
DETECT = "2025-09-15-loop-detection-for-test-base-class-29e7"
BUDGET = "2025-12-10-budget-status-attributes-missing-0a20"
EARLIER = "2025-12-10-e2e-tests-of-earlier-phase-c35d"
MOCK = "2025-12-10-mock-misses-renamed-test-method-5ed7"
S99 = "2025-12-10-session-99-no-failing-test-f42a"
SINGLE = "2025-12-10-singleton-session-on-closed-loop-b81c"
PLAN = "2025-12-28-plan-for-loop-bound-session-maker-46ef"
MAKER = "2025-12-28-session-maker-bound-to-loop-851f"
LAZY = "2026-02-04-lazy-pool-and-locks-3cd9"
POOL = "2026-02-04-pool-and-locks-made-at-import-dd3d"
README = "2026-11-21-editable-install-fails-without-a-readme-afd0"
HARVEST = "2026-11-21-harvest-waits-for-its-helper-7e2d"
JUNIT = "2026-11-21-junit-message-glued-to-the-next-element-5b7d"
BREAKS = "2026-11-21-line-breaks-shown-as-text-on-entry-pages-b2e1"
SEGV = "2026-11-21-segmentation-fault-on-deeply-nested-yaml-d6c4"

OWN: "tuple[tuple[str, str, tuple[str, ...]], ...]" = (
    # Where an incident and a playbook show the same line, either may come first.
    ("error line", "RuntimeError: Event loop is closed", (SINGLE, "loop-closed")),
    ("error line", "E   RuntimeError: Event loop is closed", (SINGLE, "loop-closed")),
    ("error line", "sqlalchemy.exc.InterfaceError: cannot perform operation: another operation is in progress", (REST,)),
    ("error line", "InterfaceError: cannot perform operation: another operation is in progress", (REST, "concurrent-connection-use")),
    ("error line", "RuntimeError: This event loop is already running", (LOOPS, "loop-already-running")),
    ("error line", "DeprecationWarning: There is no current event loop", (LOOPS, "no-current-loop")),
    ("error line", "RuntimeWarning: coroutine 'test_method' was never awaited", (LOOPS,)),
    ("error line", "RuntimeError: Task got Future attached to a different loop", (POOL, MAKER)),
    ("error line", "AttributeError: module 'hatchling.build' has no attribute 'prepare_metadata_for_build_editable'", (README,)),
    ("error line", "OSError: Readme file does not exist: README.md", (README,)),
    ("error line", "error: metadata-generation-failed", (README,)),
    ("error line", "FAILED ops_core/tests/api/v1/endpoints/test_tasks.py::test_get_task_not_found - assert 500 == 404", (REST,)),
    ("error line", "Segmentation fault", (SEGV,)),
    ("error line", "&lt;br&gt;", (BREAKS,)),
    ("error line", "attached to a different loop", (POOL, MAKER, "different-loop-future", "different-loop-primitive")),
    ("error line", "another operation is in progress", (REST, "concurrent-connection-use")),
    ("error line", "RuntimeError: no running event loop", ("no-current-loop",)),
    ("error line", "coroutine 'fetch' was never awaited", ("coroutine-never-awaited",)),
    ("error line", "Task was destroyed but it is pending!", ("task-destroyed-pending",)),
    ("error line", "Unclosed client session", ("unclosed-client",)),
    ("error line", "greenlet_spawn has not been called; can't call await_only() here", ("missing-greenlet",)),
    ("error line", "asyncio.run() cannot be called from a running event loop", ("loop-already-running", "jupyter-running-loop")),
    ("error line", "Task exception was never retrieved", ("task-exception-never-retrieved",)),
    ("token", "get_metadata_store", (REST,)),
    ("token", "override_dependencies_in_app", (REST,)),
    ("token", "metadata_store", (REST,)),
    ("token", "SqlMetadataStore", (REST,)),
    ("token", "TestSessionFactory", (REST,)),
    ("token", "TaskNotFoundError", (REST,)),
    ("token", "sqlalchemy.exc.InterfaceError", (REST,)),
    ("token", "exc.InterfaceError", (REST,)),
    ("token", "hatchling.build", (README,)),
    ("token", "prepare_metadata_for_build_editable", (README,)),
    ("token", "CSafeLoader", (SEGV,)),
    ("token", "test_run_all_tests_all_pass", (MOCK,)),
    ("token", "BudgetStatus", (BUDGET,)),
    ("token", "asyncSetUp", (DETECT, LOOPS)),
    ("token", "TestAIRouterE2E::test_router_real_multi_language", (SINGLE, S99)),
    ("token", "__del__", ("transport-del-noise", "loop-closed")),
    ("sha", "531d174df", (LOOPS, DETECT)),
    ("sha", "531d174", (LOOPS, DETECT)),
    ("sha", "0f46d8f7e", (LOOPS, DETECT)),
    ("sha", "205d3d8e3173ad07a32ca8c479c92e0aa2a1c77c", (README,)),
    ("sha", "205d3d8", (README,)),
    ("sha", "3f936d8c736c", (HARVEST,)),
    ("sha", "26cce55ee3b2a48c2b32085df3832c14b58a8713", (HARVEST,)),
    ("sha", "6f4cadb4", (JUNIT,)),
    ("path", "ops_core/tests/api/v1/endpoints/test_tasks.py", (REST, BATCH)),
    ("path", "v1/endpoints/test_tasks.py", (REST, BATCH)),
    ("path", "ops_core\\tests\\api", (REST, BATCH)),
    ("path", "tests/mission_critical/test_websocket_await_error_mission_critical.py", (LOOPS, DETECT)),
    ("path", "sql_store.py", (REST, BATCH)),
    ("path", "tests/e2e/test_ai_e2e.py", (SINGLE, EARLIER, S99)),
    ("id", "2026-02-04-pool-and-locks-made-at-import-dd3d", (POOL,)),
    ("id", "3cd9", (LAZY,)),
    ("id", "loop-scope", ("pytest-loop-scope",)),
    ("id", "pytest-loop-scope", ("pytest-loop-scope",)),
    ("tag", "stale-mock", (BUDGET, MOCK)),
    ("tag", "hatchling", (README,)),
    ("tag", "deadlock", (HARVEST,)),
    ("words", "harvest never ends when a template fails", (HARVEST,)),
    ("words", "deeply nested yaml", (SEGV,)),
    ("words", "session maker bound to loop", (MAKER, PLAN)),
    ("words", "line breaks shown as text", (BREAKS,)),
    ("words", "lazy creation of queue and locks", (LAZY,)),
    ("words", "flaky mocks generated names", (MOCK,)),
    ("typo", "segmentaton fault", (SEGV,)),
    ("typo", "deeply nseted yaml", (SEGV,)),
    ("typo", "readme flie does not exsit", (README,)),
    ("typo", "JUnti files unkown", (JUNIT,)),
    ("typo", "BudgteStatus", (BUDGET,)),
    ("typo", "get_metdata_store", (REST,)),
    ("typo", "hardcoded modles after capabilty selection", (EARLIER,)),
    ("typo", "concurent requests connnection pool locks", (POOL,)),
    ("paste", 'Traceback (most recent call last):\n  File "/app/main.py", line 5, in <module>\n    main()\nRuntimeError: Task got Future attached to a different loop\n', (POOL, MAKER)),
)  # fmt: skip


def _slip(word: str, rng: random.Random) -> str:
    """``word`` as a hurried hand types it: two letters exchanged, one lost, one twice, or another one."""
    at = rng.randrange(len(word) - 1)
    a, b = word[at], word[at + 1]
    return rng.choice(
        (
            word[:at] + b + a + word[at + 2 :] if a != b else word[:at] + word[at + 1 :],
            word[:at] + word[at + 1 :],
            word[:at] + a + word[at:],
            word[:at] + rng.choice("aeiourstln") + word[at + 1 :],
        )
    )


def generated(entries: "list[tuple[str, str]]", each: int = 7, seed: int = 11) -> "Iterator[tuple[str, str, str]]":
    """Kind, query and the id that has to come first, for made-up entries given as (id, text)."""
    rng = random.Random(seed)
    for identity, text in rng.sample(entries, each):
        error = next(line.strip() for line in reversed(text[: text.index("five_whys")].splitlines()) if line.strip())
        title = next(line for line in text.splitlines() if line.startswith("title: "))[7:]
        words = [word.lower() for word in re.findall(r"[A-Za-z]+", title) if len(word) > 4]
        shas = re.findall(r"sha: ([0-9a-f]{40})", text)
        yield "error line", error, identity
        yield "error line", re.sub(r"\[\d+\]", "[77]", re.sub(r"^.*?(\w+:)", r"E   \1", error, count=1)), identity
        yield "paste", text[text.index("Traceback") : text.index("five_whys")], identity
        yield "token", re.findall(r"keywords: \[\w+, ([\w-]+)\]", text)[0], identity
        yield "token", error.split(":")[0], identity
        yield "sha", shas[0], identity
        yield "sha", shas[1][:8], identity
        yield "id", identity, identity
        yield "path", " ".join(re.findall(r"- \{path: ([^}]+)\}", text)), identity
        yield "words", " ".join(words), identity
        slipped = sorted(rng.sample(range(len(words)), 2))
        yield "typo", " ".join(_slip(w, rng) if at in slipped else w for at, w in enumerate(words)), identity
