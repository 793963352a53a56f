"""The plug-in of pytest: names the known cause of each failure, and sums them up at the end of the run.

It is on where Causebook is installed; ``-p no:causebook`` switches it off. While tests pass it loads nothing else of
Causebook, for it runs in every suite there is. A failure is read where it happens, in the worker under pytest-xdist;
what is found goes along with the report as plain data, and the process that shows the results sums up.
"""

from __future__ import annotations

import contextlib
import os
import re
import warnings
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from causebook.pytest_summary import Book, Failure, Summary

KEY = "causebook"
"""Name of the property of a test, and of our data in a report.

The data has ``exceptions`` (as ``raised.plain`` gives them), ``incidents`` (ids the test is marked with) and perhaps
``error`` (why it could not be read).
"""
ENTRY_ID = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}-[a-z0-9]+(?:-[a-z0-9]+)*-[0-9a-f]{4}")
"""The form of an entry's id; the same as in ``model.words``, which takes too long to load for every run."""
_KINDS = {
    "DeprecationWarning", "PytestUnhandledCoroutineWarning", "PytestUnhandledThreadExceptionWarning",
    "PytestUnraisableExceptionWarning", "ResourceWarning", "RuntimeWarning",
}  # fmt: skip
"""Warnings that loops, and what belongs to them, give."""
_MOST_WARNINGS = 5
"""Kept for each test."""
_MOST_WARNED = 2000
"""Tests of which warnings are kept: only of those that fail are they asked for."""
_UNEVENTFUL = frozenset({"", "passed", "skipped", "xfailed", "xpassed", "warnings", "deselected"})
"""Categories of the terminal's statistics without failures; the first two hold most of a run."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Our options."""
    parser.getgroup("causebook", "known causes of failures").addoption(
        "--causebook-draft",
        metavar="DIR",
        help="write a draft incident for each cause of a failure, known or not, into DIR",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and what works during a run."""
    config.addinivalue_line("markers", "incident(id): guards against the incident with this id coming back")
    config.pluginmanager.register(Run(config), "causebook-run")


class Run:
    """The plug-in during one run."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.warned: dict[str, list[tuple[str, str]]] = {}
        self.summary: Summary | None = None
        self.problem = ""
        self._book: Book | None = None

    def book(self) -> Book:
        """What is known, the same for all failures."""
        if self._book is None:
            from causebook.pytest_summary import Book  # only when something has failed

            self._book = Book(self.config.rootpath)
        return self._book

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Refuse a marker that cannot name an entry.

        Raises:
            UsageError: it names none, or not by an id.
        """
        refused = next(
            (
                f"{item.nodeid}: {told}"
                for item in items
                for mark in item.iter_markers("incident")
                if (told := _refusal(mark))
            ),
            "",
        )
        if not refused:
            return
        if not hasattr(self.config, "workerinput"):
            raise pytest.UsageError(refused)
        # A usage error inside a worker of pytest-xdist counts as a crash: run nothing, and leave it to the controller.
        self.config.workeroutput[KEY] = refused  # type: ignore[attr-defined]
        items.clear()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Pass on what a worker of pytest-xdist refused.

        Raises:
            UsageError: it refused a marker.
        """
        if refused := getattr(node, "workeroutput", {}).get(KEY):
            raise pytest.UsageError(refused)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
        """Read a failure before anyone is told of it: its report is on the way right after."""
        outcome = yield
        if call.excinfo is not None and outcome.excinfo is None:
            self._read(item, call.excinfo.value, outcome.get_result())

    def pytest_exception_interact(self, node: pytest.Item | pytest.Collector, call: Any, report: Any) -> None:
        """Read a failure of collection; those of tests have been read already."""
        if call.excinfo is not None:
            self._read(node, call.excinfo.value, report)

    def pytest_warning_recorded(self, warning_message: Any, nodeid: str) -> None:
        """Keep what a loop warned of, until it is known whether the test failed."""
        category = getattr(warning_message.category, "__name__", "")
        if category not in _KINDS or not nodeid or len(self.warned) >= _MOST_WARNED:
            return
        held = self.warned.setdefault(nodeid, [])
        if len(held) < _MOST_WARNINGS:
            # What could not be raised comes with a traceback inside: that is text to be read.
            kind = "" if category.startswith("PytestUn") and category.endswith("ExceptionWarning") else category
            with contextlib.suppress(Exception):  # a class may fail to make its own text
                held.append((kind, str(warning_message.message)))

    def _read(self, node: Any, value: BaseException, report: Any) -> None:
        """Add to a failed report what can be told of it now; nothing that goes wrong here is the test's affair."""
        held: dict[str, Any] = {"exceptions": [], "incidents": []}
        try:
            if report.outcome != "failed" or KEY in vars(report):
                return
            vars(report)[KEY] = held
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the filters in force are those of the test
                self._fill(held, node, value)
                self._judge(held, node, report)
        except Exception as error:  # noqa: BLE001 - whatever it is, the run goes on
            held["error"] = _line(error)

    @staticmethod
    def _fill(held: dict[str, Any], node: Any, value: BaseException) -> None:
        from causebook import raised  # only when something has failed

        marks = node.iter_markers("incident") if hasattr(node, "iter_markers") else ()
        held["incidents"] = list(dict.fromkeys(one for mark in marks for one in mark.args if _is_id(one)))
        held["exceptions"] = raised.plain(value)

    def _judge(self, held: dict[str, Any], node: Any, report: Any) -> None:
        """Add the cause to the properties of the test, of this phase and of those that follow."""
        if not hasattr(report, "user_properties"):
            return
        from causebook import pytest_summary  # only when something has failed

        try:
            match = self.book().verdict(held["exceptions"], [("", text) for _, text in report.sections])
        except Exception:  # noqa: BLE001 - the test may have replaced what files are read with; the summary tries again
            return
        said = (KEY, pytest_summary.name_of(match)) if match else None
        for properties in (report.user_properties, node.user_properties):
            if said and said not in properties:
                properties.append(said)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Sum up, in the process that shows the results: not in a worker of pytest-xdist."""
        reporter = self.config.pluginmanager.getplugin("terminalreporter")
        if reporter is None or hasattr(self.config, "workerinput"):
            return
        try:
            reports = [
                report
                for category, held in reporter.stats.items()
                if category not in _UNEVENTFUL
                for report in held
                if getattr(report, "outcome", "") in {"failed", "rerun"}
            ]
            if reports:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    self._sum_up(reports, reporter.stats.get("", ()))
        except Exception as error:  # noqa: BLE001 - the results of the run are worth more than ours
            self.problem = _line(error)

    def _sum_up(self, reports: list[Any], others: Iterable[Any]) -> None:
        from causebook import pytest_summary  # only when something has failed

        book = self.book()
        self.summary = pytest_summary.summed_up(book, self._failures(reports, others))
        self.summary.problems += [vars(r)[KEY]["error"] for r in reports if "error" in vars(r).get(KEY, ())]
        if folder := self.config.getoption("--causebook-draft"):
            pytest_summary.write_drafts(book, self.summary, Path(self.config.invocation_params.dir, folder))

    def _failures(self, reports: list[Any], others: Iterable[Any]) -> Iterator[Failure]:
        """The failed reports, each with all that was said of its test, and tests that passed when run again."""
        from causebook.pytest_summary import Failure

        failed = {r.nodeid for r in reports if r.outcome == "failed"}
        tries: dict[str, Any] = {}
        for report in reports:
            if report.outcome == "rerun":
                tries.setdefault(report.nodeid, report)
        torn = {r.nodeid: r for r in others if getattr(r, "when", "") == "teardown" and r.nodeid in failed}
        for report in reports:
            flaky = report.outcome == "rerun"
            if flaky and (report.nodeid in failed or tries[report.nodeid] is not report):
                continue
            held = vars(report).get(KEY, {})
            # What was captured while the test was torn down is part of a later report.
            later = [(n, t) for n, t in getattr(torn.get(report.nodeid), "sections", ()) if n.endswith(" teardown")]
            beside = [("", text) for _, text in (*report.sections, *later)]
            earlier = vars(tries[report.nodeid]).get(KEY, {}) if report.nodeid in tries and not flaky else {}
            yield Failure(
                report.nodeid,
                held.get("exceptions", ()),
                (*beside, *self.warned.get(report.nodeid, ())),
                "" if held.get("exceptions") else getattr(report, "longreprtext", ""),
                tuple(held.get("incidents", ())),
                flaky,
                earlier.get("exceptions", ()),
            )

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Show what was found: less with ``-q``, nothing with ``-qq`` or ``--no-summary``."""
        quiet = -self.config.option.verbose
        if quiet >= 2 or getattr(self.config.option, "no_summary", False):
            return
        try:
            lines = list(self._shown(terminalreporter, quiet=bool(quiet > 0)))
        except Exception as error:  # noqa: BLE001 - as above
            lines = [f"causebook: could not diagnose: {_line(error)}"]
        for line in lines:
            terminalreporter.write_line(line)

    def _shown(self, reporter: Any, *, quiet: bool) -> Iterator[str]:
        if self.problem:
            yield f"causebook: could not diagnose: {self.problem}"
        if self.summary is None:
            return
        from causebook.findings import printable

        if quiet:
            yield self.summary.headline()
        else:
            reporter.write_sep("=", self.summary.headline())
        yield from map(printable, self.summary.short() if quiet else self.summary.lines())
        if os.environ.get("GITHUB_ACTIONS") == "true":
            yield from self.summary.annotations()


def _refusal(mark: pytest.Mark) -> str:
    """Why a marker names no entry; empty where it does."""
    if mark.args and not mark.kwargs and all(_is_id(one) for one in mark.args):
        return ""
    told = ", ".join([*map(repr, mark.args), *(f"{key}={value!r}" for key, value in mark.kwargs.items())])
    hint = 'expected an id such as "2026-11-21-pool-bound-to-loop-3f9a"; `causebook list` shows all'
    return f"pytest.mark.incident({told}) names no entry: {hint}"


def _is_id(value: object) -> bool:
    return isinstance(value, str) and ENTRY_ID.fullmatch(value) is not None


def _line(error: Exception) -> str:
    """An error in one line; its text may itself fail to be made."""
    try:
        text = str(error).split("\n", 1)[0][:300]
    except Exception:  # noqa: BLE001 - the class alone has to do
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
