"""The same output as different tools pass it on: each rendering takes what a program printed and gives what one pastes.

``RENDERINGS`` holds them by name; they are plain functions from text to text and the same text gives the same result.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from xml.sax.saxutils import escape, quoteattr

ANSI = ("\x1b[31m", "\x1b[1m\x1b[38;5;196m", "\x1b[36;1m")
"""Colours as pytest, rich and GitHub's runner write them."""


def as_it_is(text: str) -> str:
    """What the program printed."""
    return text


def _each(text: str, line: Callable[[int, str], str]) -> str:
    return "\n".join(line(number, one) for number, one in enumerate(text.split("\n")))


def _stamp(number: int) -> str:
    return f"2026-03-{number // 3600 % 28 + 1:02}T10:{number // 60 % 60:02}:{number % 60:02}.1234567Z"


def github_log(text: str) -> str:
    """The log of a job as one downloads it: a byte order mark, groups, a time before every line."""
    lines = ["##[group]Run pytest", "pytest -q", "##[endgroup]", *text.split("\n")]
    lines.append("##[error]Process completed with exit code 1.")
    return "\ufeff" + "\n".join(f"{_stamp(number)} {line}" for number, line in enumerate(lines))


def gh_run_view(text: str) -> str:
    """``gh run view --log``: job and step before every line."""
    return _each(text, lambda number, line: f"test (3.12)\tRun tests\t{_stamp(number)} {line}")


def docker_compose(text: str) -> str:
    """``docker compose logs``: the service before every line."""
    return _each(text, lambda _, line: f"web-1     | {line}")


def kubernetes(text: str) -> str:
    """A container's log file: time, stream and flag before every line."""
    return _each(text, lambda number, line: f"{_stamp(number)} stderr F {line}")


def gitlab(text: str) -> str:
    """GitLab's log: sections and a time before every line."""
    lines = ["section_start:1760000000:step_script\r\x1b[0KRunning", *text.split("\n")]
    return "\n".join(f"{_stamp(number)[:19]}.123456Z 01O {line}" for number, line in enumerate(lines))


def ansi(text: str) -> str:
    """Colours around every line, and within."""
    return _each(text, lambda number, line: ANSI[number % 3] + line.replace(":", ":\x1b[0m", 1) + "\x1b[0m\x1b[K")


def ansi_bare(text: str) -> str:
    """Colours whose escape character was lost in copying."""
    return _each(text, lambda number, line: f"[{number % 8 + 30}m{line}[0m")


def progress(text: str) -> str:
    """Lines that overwrite a progress bar, which ends in carriage returns."""
    return _each(text, lambda number, line: f"{number % 100:3}% [####      ]\r{line}" if number % 2 else f"{line}\r")


def markdown_fence(text: str) -> str:
    """An issue's text with the output in a fence."""
    return f"It fails since yesterday:\n\n```pytb\n{text}\n```\n\nWhat can I do?\n"


def markdown_quotation(text: str) -> str:
    """A reply that quotes the output."""
    return _each(text, lambda _, line: f"> {line}")


def json_escaped(text: str) -> str:
    """A record of a JSON logger: all on one line."""
    return json.dumps({"timestamp": _stamp(1), "level": "error", "message": text, "took": float("nan")}) + "\n"


def repr_escaped(text: str) -> str:
    """Printed with ``repr``: line breaks are two characters."""
    return f"stderr = {json.dumps(text, ensure_ascii=False)[1:-1]}\n"


def junit_xml(text: str) -> str:
    """pytest's JUnit file."""
    first = next((line for line in reversed(text.split("\n")) if line.strip()), "")
    return (
        '<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" errors="0" failures="1">'
        f'<testcase classname="test_it" name="test_one" time="0.1"><failure message={quoteattr(first)}>'
        f"{escape(text)}</failure><system-out><![CDATA[a < b ]]></system-out></testcase></testsuite></testsuites>\n"
    )


def xdist(text: str) -> str:
    """pytest-xdist's worker before every line."""
    return _each(text, lambda number, line: f"[gw{number % 2}] {line}")


def celery(text: str) -> str:
    """A worker's record: the first line has the level, the others follow as they are."""
    return f"[2026-03-02 10:00:00,123: ERROR/ForkPoolWorker-1] Task app.work[0b1c] raised unexpected: x\n{text}"


def logged(text: str) -> str:
    """``logging`` before every line, with level and logger."""
    return _each(text, lambda number, line: f"2026-03-02 10:00:{number % 60:02},123 - app.jobs.worker - ERROR - {line}")


def pytest_e_lines(text: str) -> str:
    """The last lines as pytest's long style shows them, with the summary of the run, cut off."""
    lines = [line for line in text.split("\n") if line.strip()]
    said = lines[-1] if lines else ""
    shown = ["=" * 30 + " FAILURES " + "=" * 30, "___________ test_one ___________", "", "    def test_one():"]
    shown += [">       work()", "", *(f"E   {line}" for line in lines[-3:]), "", "tests/test_it.py:5: RuntimeError"]
    shown += ["=" * 30 + " short test summary info " + "=" * 27]
    shown += [f"FAILED tests/test_it.py::test_one - {said if len(said) < 60 else said[:57] + '...'}", ""]
    return "\n".join(shown)


def windows(text: str) -> str:
    """Line ends of Windows."""
    return text.replace("\n", "\r\n")


def indented(text: str) -> str:
    """A block of code by indentation, as reStructuredText and older issues have it."""
    return _each(text, lambda _, line: f"    {line}")


def rich_box(text: str) -> str:
    """Inside a box, as rich draws it."""
    return "╭──────╮\n" + _each(text, lambda _, line: f"│ {line:<90} │") + "\n╰──────╯"


def astral(text: str) -> str:
    """Beside characters that JavaScript counts as two, and letters that are no English ones."""
    return _each(text, lambda number, line: f"{line} é😀" if number % 5 == 4 else line) + "\n" + "😀" * 400 + "\n"


RENDERINGS: dict[str, Callable[[str], str]] = {
    one.__name__: one
    for one in (
        as_it_is,
        github_log,
        gh_run_view,
        docker_compose,
        kubernetes,
        gitlab,
        ansi,
        ansi_bare,
        progress,
        markdown_fence,
        markdown_quotation,
        json_escaped,
        repr_escaped,
        junit_xml,
        xdist,
        celery,
        logged,
        pytest_e_lines,
        windows,
        indented,
        rich_box,
        astral,
    )
}
