"""From exceptions at hand to events and verdicts."""

from __future__ import annotations

from pathlib import Path

from causebook import known, raised
from causebook.diagnose import Diagnosis
from causebook.pytest_summary import Book, Failure, summed_up


class Group(Exception):  # as the backport of exception groups, and what came before it, do it
    def __init__(self, message: str, exceptions: list[BaseException]) -> None:
        super().__init__(f"{message} ({len(exceptions)} sub-exceptions)")
        self.exceptions = exceptions


def caught(error: BaseException) -> BaseException:
    """``error`` with a traceback."""
    try:
        raise error  # noqa: TRY301 - it is for the traceback
    except BaseException as found:  # noqa: BLE001 - any may come
        return found


def said(error: BaseException) -> list[tuple[str, str]]:
    return [(kind, message) for kind, message, _ in raised.plain(error)]


def test_groups_are_known_by_their_members() -> None:
    inner = ValueError("inner")
    inner.__cause__ = KeyError("root")
    group = Group("outer", [inner, Group("deep", [OSError(2, "gone")])])
    assert said(caught(group)) == [
        ("Group", "outer (2 sub-exceptions)"),
        ("KeyError", "'root'"),
        ("ValueError", "inner"),
        ("Group", "deep (1 sub-exceptions)"),
        ("FileNotFoundError", "[Errno 2] gone"),
    ]


def test_circles_and_endless_chains_come_to_an_end() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert said(first) == [("ValueError", "b"), ("ValueError", "a")]
    group = Group("self", [])
    group.exceptions.append(group)
    assert said(group) == [("Group", "self (0 sub-exceptions)")]
    link = ValueError(0)
    for n in range(1, 1000):
        link, link.__context__ = ValueError(n), link
    assert len(said(link)) == 200
    assert [said(link)[0], said(link)[-1]] == [("ValueError", "0"), ("ValueError", "999")]


def test_notes_are_kept_out_and_frames_are_as_in_text() -> None:
    error = caught(ValueError("a"))
    error.__notes__ = ["RuntimeError: Event loop is closed"]  # type: ignore[attr-defined]
    ((kind, message, frames),) = raised.plain(error)
    assert (kind, message) == ("ValueError", "a")
    assert frames[-1].endswith("tests/test_raised.py:caught")


def test_a_long_recursion_is_told_in_few_frames() -> None:
    def deeper() -> None:
        deeper()

    try:
        deeper()
    except RecursionError as error:
        ((_, _, frames),) = raised.plain(error)
    assert len(frames) == 2


def test_long_output_is_read_at_both_ends() -> None:
    matcher = Diagnosis(known.load(None)).matcher
    closed = 'Traceback (most recent call last):\n  File "x.py", line 1, in x\nRuntimeError: Event loop is closed\n'
    noise = "all is well\n" * 50_000
    for text in (closed + noise, noise + closed):
        alone, whole = raised.reports(matcher, [("KeyError", "1", ("x.py:x",))], [("", text)])
        assert [e.type for e in alone.events] == ["KeyError"]
        assert [(e.type, e.chain) for e in whole.events] == [("KeyError", 1), ("RuntimeError", 2)]
        assert len({line.number for line in whole.lines}) == len(whole.lines)


def test_failures_that_differ_in_a_value_are_one_kind(tmp_path: Path) -> None:
    book = Book(tmp_path)
    fails = [Failure(f"t{n}", (("IOError", f"the file /tmp/{n}/x of this run is gone", ()),)) for n in range(3)]
    summary = summed_up(book, [*fails, Failure("strict", text="[XPASS(strict)] not yet")])
    assert [len(group.tests) for group in summary.unknown.values()] == [3, 1]
    assert list(summary.lines()) == ["4 failures are unknown"]
