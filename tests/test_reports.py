"""Inputs of any size and kind: large ones give the same answer as if they were read whole, bad ones a clear message."""

from __future__ import annotations

import io
import random
import sys
from pathlib import Path

import pytest

from causebook import decode, known, reports
from causebook.files import Unreadable
from causebook.matcher import Matcher

MATCHER = Matcher(known.load(None).causes)
CLOSED = 'Traceback (most recent call last):\n  File "app.py", line {0}, in main\nRuntimeError: Event loop is closed\n'
BOUND = "E       RuntimeError: <Queue at 0x7f{0:08x} maxsize=0> is bound to a different event loop\n\n"
IGNORED = "Exception ignored in: <function BaseSubprocessTransport.__del__ at 0x7f>\n" + CLOSED


@pytest.fixture(params=["standard library", "hyperscan"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way of looking for literal texts."""
    if request.param == "standard library":
        monkeypatch.setitem(sys.modules, "hyperscan", None)
    else:
        pytest.importorskip("hyperscan")
    return str(request.param)


def log(blocks: list[str], lines: int, seed: int = 1) -> str:
    """Output of a program with ``blocks`` at random places among ``lines`` lines that say nothing."""
    rng = random.Random(seed)  # noqa: S311 - a place, no secret
    text = [f"2026-01-01 10:00:00,{n % 1000:03d} INFO app: request {n} took {n % 97} ms\n" for n in range(lines)]
    for block in blocks:
        text.insert(rng.randrange(len(text)), block)
    return "".join(text)


def answers(text: str | bytes, folder: Path) -> list[tuple[str, int, int, list[int]]]:
    """(cause, points, count, lines) of each match."""
    path = folder / "input.log"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    report = MATCHER.read_lines(reports.lines(str(path), MATCHER))
    return [(m.cause.id, m.points, m.count, [e.line for e in m.evidence]) for m in MATCHER.matches(report)]


@pytest.mark.parametrize("seed", range(4))
def test_a_large_input_reads_as_the_whole_of_it(
    engine: str, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = [CLOSED.format(n) for n in range(5)] + [BOUND.format(n) for n in range(7)]
    text = log(blocks, 3000, seed)
    whole = answers(text, tmp_path)
    assert {(name, count) for name, _, count, _ in whole} == {("loop-closed", 5), ("different-loop-primitive", 7)}
    for size in (20_000, 3_000):
        monkeypatch.setattr(reports, "WHOLE", 1000)
        monkeypatch.setattr(reports, "CHUNK", size)
        monkeypatch.setattr(reports, "BEFORE", 900)
        monkeypatch.setattr(reports, "AFTER", 300)
        assert answers(text, tmp_path) == whole


def test_what_is_told_by_a_header_is_found(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "WHOLE", 1000)
    monkeypatch.setattr(reports, "CHUNK", 5000)
    (found,) = answers(log([IGNORED.format(1)], 900), tmp_path)
    assert found[0] == "transport-del-noise"


def test_a_thousand_failures_with_two_causes_are_two_findings(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = [CLOSED.format(n) for n in range(600)] + [BOUND.format(n) for n in range(400)]
    text = log(blocks, 4000)
    monkeypatch.setattr(reports, "WHOLE", 1000)
    assert sorted((name, count) for name, _, count, _ in answers(text, tmp_path)) == [
        ("different-loop-primitive", 400),
        ("loop-closed", 600),
    ]


def test_lines_are_those_of_the_input(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "WHOLE", 1000)
    monkeypatch.setattr(reports, "CHUNK", 4000)
    text = log([CLOSED.format(7)], 2000)
    ((_, _, _, lines),) = answers(text, tmp_path)
    assert [text.split("\n")[line - 1] for line in lines] == ["RuntimeError: Event loop is closed"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    text = "Überschrift\n" + CLOSED.format(1)
    ((name, *_),) = answers(text.encode(encoding), tmp_path)
    assert name == "loop-closed"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"\xc3",
        b"\x1b[2J\x1b]0;title\x07" * 1000,
        b"Traceback (most recent call last):\n" * 50_000,
        b"  + Exception Group Traceback (most recent call last):\n" * 20_000,
        b"  | " * 100_000,
        b"{" * 200_000,
        b"RuntimeError: " + b"a" * 2_000_000,
        b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><testsuite>&a;&a;</testsuite>",
        b"<testsuite>" + b"<failure>" * 100_000,
        ("ОШИБКА: цикл событий\n" * 1000).encode(),
    ],
)
def test_hostile_input_gives_an_answer(data: bytes, tmp_path: Path) -> None:
    assert answers(data, tmp_path) == []


@pytest.mark.parametrize("cut", range(0, 230, 7))
def test_output_that_is_cut_anywhere_gives_an_answer(cut: int, tmp_path: Path) -> None:
    text = "====\n" + CLOSED.format(3) + "\nDuring handling of the above exception, another exception occurred:\n\n"
    assert len(answers((text + BOUND.format(1))[:cut], tmp_path)) <= 2


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "core"
    path.write_bytes(b"\x00\x01ELF" * 1000)
    for name, message in (
        (str(path), "is no text: it holds null bytes"),
        (str(tmp_path / "none"), "cannot be read: No such file or directory"),
        (str(tmp_path), "cannot be read: Is a directory"),
        ("a\0b", "is no name of a file"),
    ):
        with pytest.raises(Unreadable, match=message):
            reports.lines(name, MATCHER)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(CLOSED.encode())))
    assert [line.text for line in reports.lines("-", MATCHER)] == [line.text for line in decode.lines(CLOSED)]
