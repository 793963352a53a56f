"""What every signature of the playbooks has to hold: gates, each shown to fail where it should.

The samples of the playbooks are the ground; a gate that finds nothing to say about a broken signature is worth nothing,
so each one is run on a broken one as well.
"""

from __future__ import annotations

import ast
import copy
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import renderings
from causebook import pack
from causebook.cause import compiled
from causebook.matcher import Matcher

Cause = dict[str, Any]
LIBRARY = {name: pack.load(name) for name in sorted(pack.names()) if pack.load(name).front.signatures}
KNOWN: list[Cause] = [compiled(playbook) for playbook in LIBRARY.values()]
MATCHER = Matcher(KNOWN)


def named(held: Matcher, text: str) -> list[str]:
    """The causes that are named, the first one first."""
    return [match.cause.id for match in held.matches(held.read(text))]


def top(held: Matcher, text: str) -> str:
    """The cause that is named first; empty for none."""
    return next(iter(named(held, text)), "")


POSITIVE = [(name, text) for name, playbook in LIBRARY.items() for text in playbook.positive]
NEGATIVE = [(name, one.text) for name, playbook in LIBRARY.items() for one in playbook.negative]
NAMED = {text: named(MATCHER, text) for _, text in (*POSITIVE, *NEGATIVE)}
VERDICTS = {text: next(iter(names), "") for text, names in NAMED.items()}


def test_every_sample_is_told_apart() -> None:
    wrong = [(name, VERDICTS[text], text) for name, text in POSITIVE if VERDICTS[text] != name]
    wrong += [(name, VERDICTS[text], text) for name, text in NEGATIVE if VERDICTS[text] == name]
    assert wrong == []
    assert len(POSITIVE) > 100 < len(NEGATIVE) + len(KNOWN)


# Mutations ------------------------------------------------------------------------------------------------------------


def mutants(cause: Cause) -> Iterator[tuple[str, Cause]]:
    """The cause with one thing wrong: a signature gone, a template cut short or widened, a clause gone or swapped."""
    for n, signature in enumerate(cause["signatures"]):
        if len(cause["signatures"]) > 1:
            gone = copy.deepcopy(cause)
            del gone["signatures"][n]
            yield f"without signature {n}", gone
        for key in ("origin", "header", "frame"):
            if key in signature and len(signature) > 1:
                wide = copy.deepcopy(cause)
                del wide["signatures"][n][key]
                if any(wide["signatures"][n].get(k) for k in ("message", "header", "frame")):
                    yield f"signature {n} without {key}", wide
        if message := signature.get("message"):
            other = copy.deepcopy(cause)
            other["signatures"][n]["message"] = f"{message} in vain"
            yield f"signature {n} asks for more", other
    for key in ("require", "cascades", "consequence"):
        if key in cause:
            without = copy.deepcopy(cause)
            del without[key]
            yield f"without {key}", without
    if "require" in cause:
        swapped = copy.deepcopy(cause)
        swapped["refute"] = swapped.pop("require")
        yield "require became refute", swapped


def killed(mutant: Cause) -> bool:
    """Whether a sample notices."""
    held = Matcher([mutant, *(one for one in KNOWN if one["id"] != mutant["id"])])
    return any(named(held, text) != names for text, names in NAMED.items())


def survivors(causes: list[Cause]) -> tuple[int, list[str]]:
    """How many mutants there are, and those that no sample notices."""
    found = [(cause, what, mutant) for cause in causes for what, mutant in mutants(cause)]
    alive = [f"{cause['id']}: {what}" for cause, what, mutant in found if not killed(mutant)]
    return len(found), alive


@pytest.mark.parametrize("name", list(LIBRARY))
def test_samples_notice_a_broken_signature(name: str, record_property: Any) -> None:
    count, alive = survivors([one for one in KNOWN if one["id"] == name])
    record_property("mutants", f"{count - len(alive)} of {count} killed")
    assert alive == []


def test_the_gate_of_mutations_fails_where_samples_say_nothing() -> None:
    cause = copy.deepcopy(KNOWN[0])
    cause["signatures"].append({"type": "NoSuchError", "message": "nobody ever prints this text"})
    _, alive = survivors([cause])
    assert f"{cause['id']}: without signature {len(cause['signatures']) - 1}" in alive


# Renderings -----------------------------------------------------------------------------------------------------------

LOSSLESS = (
    "github_log", "gh_run_view", "docker_compose", "kubernetes", "gitlab", "ansi", "ansi_bare", "progress", "xdist",
    "markdown_fence", "markdown_quotation", "json_escaped", "junit_xml", "windows", "indented", "rich_box",
)  # fmt: skip
"""Those that keep all of the text; the others add or cut off what may well change the verdict."""


@pytest.mark.parametrize("name", LOSSLESS)
def test_a_rendering_changes_no_verdict(name: str) -> None:
    render = renderings.RENDERINGS[name]
    wrong = [(verdict, top(MATCHER, render(text)), text) for text, verdict in VERDICTS.items()]
    assert [one for one in wrong if one[0] != one[1]] == []


def test_the_gate_of_renderings_fails_for_one_that_is_not_read() -> None:
    assert [text for text, verdict in VERDICTS.items() if verdict and top(MATCHER, text[::-1]) != verdict]


# Trimming -------------------------------------------------------------------------------------------------------------


def trimmed(text: str) -> Iterator[str]:
    """The text in the middle of other output, and without what stands around its tracebacks."""
    noise = [f"2026-01-01 10:00:{n:02d} INFO request {n} handled in {n} ms" for n in range(40)]
    yield "\n".join([*noise, text.rstrip("\n"), *noise])
    yield "\n".join(["collected 12 items", "", text.rstrip("\n"), "", "done"])


def test_what_stands_around_changes_no_verdict() -> None:
    wrong = [
        (verdict, top(MATCHER, other), other)
        for text, verdict in VERDICTS.items()
        for other in trimmed(text)
        if verdict and top(MATCHER, other) != verdict
    ]
    assert wrong == []


def test_the_gate_of_trimming_fails_for_a_verdict_that_hangs_on_its_surroundings() -> None:
    cause = copy.deepcopy(next(one for one in KNOWN if one["id"] == "loop-closed"))
    cause["refute"] = [{"text": ["INFO request", "collected 12 items"]}] * 3
    held = Matcher([cause])
    text = next(text for name, text in POSITIVE if name == "loop-closed")
    assert [top(held, other) for other in (text, *trimmed(text))] == ["loop-closed", "", ""]


# Unrelated failures ---------------------------------------------------------------------------------------------------

LOOPS = ("asyncio", "concurrent", "test", "idlelib", "site-packages", "unittest", "lib2to3")


def messages() -> Iterator[tuple[str, str]]:
    """(class, message) of every ``raise`` with a literal text in the standard library, but for its loops."""
    root = Path(sysconfig.get_path("stdlib"))
    for path in sorted(root.rglob("*.py")):
        if set(path.relative_to(root).parts) & set(LOOPS):
            continue
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            call = node.exc if isinstance(node, ast.Raise) else None
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and len(call.args) == 1:
                argument = call.args[0]
                if isinstance(argument, ast.BinOp) and isinstance(argument.op, ast.Mod):
                    argument = argument.left
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield call.func.id, argument.value


RENDERINGS = {
    "traceback": 'Traceback (most recent call last):\n  File "/app/main.py", line 3, in main\n    work()\n{0}: {1}',
    "pytest": "____ test_it ____\n\n    def test_it():\n>       work()\nE       {0}: {1}\n\ntest_it.py:3: {0}",
    "summary": "FAILED test_it.py::test_it - {0}: {1}",
    "log": "2026-01-01 10:00:00,123 ERROR app.main: {0}: {1}",
    "line": "{0}: {1}",
}


@pytest.fixture(scope="module")
def unrelated() -> list[tuple[str, str]]:
    """Messages of the standard library, each once."""
    return list(dict.fromkeys(messages()))


@pytest.mark.parametrize("form", list(RENDERINGS))
def test_no_unrelated_failure_is_taken_for_a_known_one(unrelated: list[tuple[str, str]], form: str) -> None:
    assert len(unrelated) > 1000
    wrong = []
    for kind, message in unrelated:
        found = MATCHER.matches(MATCHER.read(RENDERINGS[form].format(kind, message)))
        if found and (found[0].cause.id, kind) not in MEANT:
            wrong.append((found[0].cause.id, kind, message))
    assert wrong == []


MEANT = {("main-thread-only", "ValueError"), ("main-thread-only", "RuntimeError")}
"""What the standard library says of signals and threads outside of its loops is the same failure."""


def test_the_gate_of_unrelated_failures_fails_for_a_greedy_signature(unrelated: list[tuple[str, str]]) -> None:
    greedy = Matcher([{"id": "greedy", "title": "x", "signatures": [{"message": "{any} not supported{any}"}]}])
    assert any(top(greedy, RENDERINGS["traceback"].format(*one)) == "greedy" for one in unrelated)


ADVERSARIAL = [
    "    raise RuntimeError('Event loop is closed')",
    "# RuntimeError: This event loop is already running",
    '    """RuntimeError: no running event loop"""',
    "with pytest.raises(RuntimeError, match='Event loop is closed'):",
    "E       AssertionError: assert 'Event loop is closed' in 'all is well'",
    "    assert str(error) == 'This event loop is already running'",
    "def test_task_was_destroyed_but_it_is_pending(): pass",
    "test_loop.py::test_event_loop_is_closed PASSED",
    "FAILED test_loop.py::test_event_loop_is_closed - AssertionError: assert 1 == 2",
    "    log.info('Task was destroyed but it is pending!')",
    ">       raise RuntimeError('Event loop is closed')",
    "return \"coroutine 'x' was never awaited\"",
]


@pytest.mark.parametrize("text", ADVERSARIAL)
def test_a_quoted_message_is_no_failure(text: str) -> None:
    assert top(MATCHER, text) == ""
    assert top(MATCHER, f"{'_' * 20} test_it {'_' * 20}\n\n{text}\n\n1 failed in 0.1s") == ""
