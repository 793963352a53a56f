"""Output in, events out: exceptions, warnings and loop messages in all their forms, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from causebook.events import decode
from causebook.signature import Signature, Template, TemplateSyntax


def said(text: str) -> list[tuple[str, str, str]]:
    return [(e.origin, e.type, e.message) for e in decode(text)]


def printed(code: str, *options: str) -> str:
    """What a real Python prints."""
    command = [sys.executable, *options, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def by_pytest(folder: Path, code: str, *options: str) -> str:
    """What a real pytest prints."""
    (folder / "test_it.py").write_text(code, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *options, "."]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_chained_exceptions_come_in_order_with_the_lines_they_stand_on() -> None:
    text = printed(
        "try: {}['k']\nexcept KeyError as e: raise RuntimeError('Event loop is closed\\nsecond line') from e"
    )
    events = decode(text)
    assert [(e.type, e.message) for e in events] == [
        ("KeyError", "'k'"),
        ("RuntimeError", "Event loop is closed\nsecond line"),
    ]
    for event in events:
        assert text.splitlines()[event.line - 1].startswith(event.type)


def test_loop_messages_carry_the_exception_of_their_task() -> None:
    code = (
        "import asyncio\nasync def boom(): raise ValueError('a: b')\n"
        "async def main():\n  t = asyncio.create_task(boom())\n"
        "  await asyncio.sleep(0)\n  await asyncio.sleep(0)\n  del t\n"
        "  asyncio.sleep(1)\nasyncio.run(main())"
    )
    assert said(printed(code)) == [
        ("handler", "", "Task exception was never retrieved"),
        ("handler", "ValueError", "a: b"),
        ("warning", "RuntimeWarning", "coroutine 'sleep' was never awaited"),
    ]


def test_what_is_ignored_is_told_apart() -> None:
    code = "class X:\n  def __del__(self): raise RuntimeError('Event loop is closed')\nx = X()\ndel x"
    assert said(printed(code)) == [("unraisable", "RuntimeError", "Event loop is closed")]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups came with Python 3.11")
def test_members_of_a_group_are_events() -> None:
    code = (
        "try: raise ValueError('inner')\nexcept ValueError as e: held = e\n"
        "raise ExceptionGroup('outer', [held, ExceptionGroup('deep', [KeyError(1)])])"
    )
    assert said(printed(code)) == [
        ("exception", "ExceptionGroup", "outer (2 sub-exceptions)"),
        ("exception", "ValueError", "inner"),
        ("exception", "ExceptionGroup", "deep (1 sub-exception)"),
        ("exception", "KeyError", "1"),
    ]


CODE = '''
import asyncio, warnings, pytest
def test_raise():
    raise RuntimeError("Event loop is closed")  # RuntimeError: Lock is bound to a different event loop
def test_assert():
    """RuntimeError: no running event loop"""
    assert [1] == [2], "Task was destroyed but it is pending!"
def test_fixture(nowhere): pass
def test_fail(): pytest.fail("asked for it", pytrace=False)
def test_warn():
    async def co(): pass
    co()
    print("RuntimeError: this was only printed")
'''


@pytest.mark.parametrize("style", ["long", "short", "native", "auto"])
def test_every_style_of_pytest_says_the_same(tmp_path: Path, style: str) -> None:
    found = said(by_pytest(tmp_path, CODE, f"--tb={style}"))
    types = [(origin, kind, message.split("\n")[0]) for origin, kind, message in found]
    assert types == [
        ("exception", "", "fixture 'nowhere' not found"),
        ("exception", "RuntimeError", "Event loop is closed"),
        ("exception", "AssertionError", "Task was destroyed but it is pending!"),
        ("exception", "Failed", "asked for it"),
        ("warning", "RuntimeWarning", "coroutine 'test_warn.<locals>.co' was never awaited"),
    ]


def test_log_records_are_of_their_own_kind() -> None:
    text = (
        "ERROR    asyncio:base_events.py:1771 Task was destroyed but it is pending!\n"
        "ERROR    app:main.py:7 RuntimeError: Event loop is closed\nERROR:asyncio:Unclosed client session\n"
    )
    assert said(text) == [
        ("handler", "", "Task was destroyed but it is pending!"),
        ("log", "", "RuntimeError: Event loop is closed"),
        ("handler", "", "Unclosed client session"),
    ]


def test_the_log_of_a_container_is_read_through_time_and_stream() -> None:
    lines = ("Traceback (most recent call last):", '  File "x.py", line 1, in x', "RuntimeError: Event loop is closed")
    text = "".join(f"2026-01-01T10:00:00.123456789Z stderr F {line}\n" for line in lines)
    assert said(text) == [("exception", "RuntimeError", "Event loop is closed")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "RuntimeError: Event loop is closed",
        "    raise RuntimeError('Event loop is closed')",
        "# Task was destroyed but it is pending! is what one sees",
        'Traceback (most recent call last):\n  File "x.py", line 1, in x',
        "Traceback (most recent call last):",
        "E",
        "1 failed in 0.1s",
    ],
)
def test_what_is_not_said_by_python_is_no_event(text: str) -> None:
    assert said(text) == []


def test_an_event_reads_as_python_prints_it() -> None:
    (event,) = decode("Traceback (most recent call last):\n  x\na.b.MyError: text")
    assert str(event) == "MyError: text"
    (event,) = decode("Traceback (most recent call last):\n  x\nKeyboardInterrupt")
    assert str(event) == "KeyboardInterrupt"


@pytest.mark.parametrize(
    ("template", "message", "fits"),
    [
        ("Event loop is closed", "Event loop is closed", True),
        ("Event loop is closed", "Event loop is closed now", False),
        ("Event loop is closed", "Event loop is closed\nand more", True),
        ("{any} is bound to a different event loop", "<Queue> is bound to a different event loop", True),
        ("{any} is bound to a different event loop", " is bound to a different event loop.", False),
        ("Task {any} got Future {any} of another loop", "Task <T got Future> got Future <F> of another loop", True),
        ("Task {any} got Future {any} of another loop", "Task <T> of another loop", False),
        ("coroutine {quoted} was never awaited", "coroutine 'a.<locals>.b' was never awaited", True),
        ("coroutine {quoted} was never awaited", "coroutine a was never awaited", False),
        ("(Task|Future) exception was never retrieved", "Future exception was never retrieved", True),
        ("(Task|Future) exception was never retrieved", "Promise exception was never retrieved", False),
        ("took {int} s, at {hex} in {path} of {dotted} {ident}", "took 3 s, at 0xff in /a/b.py of a.b c", True),
        ("a literal {{brace}} (not alternatives)", "a literal {brace} (not alternatives)", True),
        ("a dot. is a dot", "a dotx is a dot", False),
        ("ends with anything {any}", "ends with anything ", True),
    ],
)  # fmt: skip
def test_templates(template: str, message: str, fits: bool) -> None:
    assert Template(template).matches(message) == fits


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{any}", "0 letters of literal text"),
        ("{any} loop", "4 letters of literal text"),
        ("a template with {unknown} gaps", "unknown gap {unknown}: one of any, int"),
        ("a template with {} gaps", "unknown gap {}"),
        ("a template with { in it", "a lone {: write {{"),
        ("a template with } in it", "a lone }: write }}"),
    ],
)
def test_templates_that_cannot_be_read_are_refused(template: str, reason: str) -> None:
    with pytest.raises(TemplateSyntax) as caught:
        Template(template)
    assert str(caught.value).startswith(reason)


def test_a_signature_asks_for_type_and_origin() -> None:
    (event,) = decode("Traceback (most recent call last):\n  x\nRuntimeError: Event loop is closed")
    (log,) = decode("ERROR    app:main.py:7 Event loop is closed")
    closed = Template("Event loop is closed")
    assert Signature(closed).matches(event)
    assert Signature(closed, "RuntimeError", ("exception",)).matches(event)
    assert not Signature(closed, "ValueError").matches(event)
    assert not Signature(closed, "", ("warning",)).matches(event)
    assert not Signature(closed).matches(log)
    assert Signature(closed, "", ("log",)).matches(log)
