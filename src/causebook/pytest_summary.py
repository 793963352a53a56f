"""What a test run's failures say together: the verdict on each, the causes over all, and how they are told.

``pytest_plugin`` loads this when something has failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from causebook import config as settings
from causebook import drafts, files, known, raised
from causebook.diagnose import Diagnosis
from causebook.findings import printable

_WORD = {"certain": "certainly", "likely": "likely", "possible": "possibly"}
_SURENESS = ("certain", "likely", "possible")
_MUTE = {"", "AssertionError", "AttributeError", "CancelledError", "Failed", "TimeoutError", "TypeError"}
"""Classes that say little by themselves: a warning beside them is likely to say why."""
_HEARD = {"warning", "handler", "unraisable"}
"""Origins that the interpreter or the loop itself speaks through."""
_MOST_TOLD = 300
_TESTS = 2
"""Tests that are named for each cause."""
_MOST_ANNOTATIONS = 10
"""GitHub shows no more of them for one step."""

Beside = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Failure:
    """A failed report as plain data; see ``pytest_plugin``."""

    test: str
    exceptions: Sequence[Any] = ()
    beside: tuple[tuple[str, str], ...] = ()
    text: str = ""
    """What the report says, where no exception is at hand."""
    incidents: tuple[str, ...] = ()
    """Ids that the test is marked with."""
    flaky: bool = False
    """Whether the test passed when it was run again."""
    earlier: Sequence[Any] = ()
    """Exceptions of earlier tries of a test that failed in the end."""


@dataclass
class Group:
    """A cause and the tests it made fail."""

    match: dict[str, Any]
    tests: dict[str, bool] = field(default_factory=dict)
    """Test ids, and whether the test passed when it was run again."""

    @property
    def name(self) -> str:
        """Id of the playbook, or of the incident where there is none."""
        return str(name_of(self.match))

    def count(self) -> str:
        """How many tests, in words."""
        flaky = sum(self.tests.values())
        told = [_many(len(self.tests) - flaky, "test")] if flaky < len(self.tests) else []
        return ", ".join([*told, f"{flaky} flaky"] if flaky else told)


def name_of(match: Mapping[str, Any]) -> str:
    """What a match is called in the properties of a test."""
    return str(match["playbook"] or match["incident"])


class Book:
    """What is known at the project that ``start`` lies in, read when it is first needed."""

    def __init__(self, start: Path) -> None:
        self.start = start

    @cached_property
    def root(self) -> Path | None:
        """The project; None where there is none, and only the package's playbooks are known."""
        return settings.project_of(None, self.start)

    @cached_property
    def diagnosis(self) -> Diagnosis:
        """Ready to answer.

        Raises:
            OSError: no playbook can be read, as in a test that replaces the file system.
        """
        held = known.load(self.root)
        if not held.causes:
            raise OSError("no playbook can be read")
        return Diagnosis(held)

    def verdict(self, exceptions: Sequence[Any], beside: Beside) -> dict[str, Any] | None:
        """The cause of one failure as ``Diagnosis`` tells it; None for an unknown one.

        What the exceptions show comes first. What only stood beside them is never certain, and where the failure
        has something to say of its own, what mostly comes with other failures does not count.
        """
        matcher = self.diagnosis.matcher
        alone, whole = raised.reports(matcher, exceptions, beside)
        told = self.diagnosis.of(whole).matches
        if not told or not alone.events:
            return told[0] if told else None
        own = {name for match in matcher.matches(alone) for name in (match.cause.id, *match.folded)}
        strong = [one for one in told if own & {one.get("incident") or one["playbook"], *one.get("follows", ())}]
        if strong:
            return strong[0]
        mute = alone.events[-1].type in _MUTE
        minor = {m.cause.id for m in matcher.matches(whole) if m.aside or m.cause.consequence}
        for one in told:
            heard = any(evidence["origin"] in _HEARD for evidence in one["evidence"])
            if mute or (one.get("incident") or one["playbook"]) not in minor:
                least = "likely" if mute and heard and one["confidence"] != "possible" else "possible"
                return {**one, "confidence": least}
        return None

    def title(self, incident: str) -> tuple[str, str]:
        """Title and path of an entry; empty where there is none that can be read."""
        from causebook import yamlio  # only for a test that is marked with an entry

        if self.root is None:
            return "", ""
        path = drafts.path_of(self.root, settings.load(self.root), incident)
        if not path.is_file():
            return "", ""
        name = path.relative_to(self.root).as_posix()
        data = yamlio.parse(files.read_text(path, name=name), name).data
        return str(data.get("title", "")) if isinstance(data, dict) else "", name


@dataclass
class Summary:
    """The failures of a run, by cause."""

    groups: list[Group] = field(default_factory=list)
    unknown: dict[str, Group] = field(default_factory=dict)
    """By what fails, values that differ from run to run taken out."""
    marked: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Test, id, title and path of an incident that is guarded against and has come back."""
    failures: int = 0
    flaky: int = 0
    drafted: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def headline(self) -> str:
        """All of it in one line."""
        parts = [_many(self.failures, "failure")] if self.failures or not self.flaky else []
        parts += [f"{self.flaky} flaky"] if self.flaky else []
        causes = _many(len(self.groups), "known cause") if self.groups else "no known cause"
        return f"causebook: {', '.join(parts)} -> {causes}"

    def short(self) -> Iterator[str]:
        """A line for each cause."""
        yield from (
            f"{test} guards {name}: {title or 'there is no such entry'}" for test, name, title, _ in self.marked
        )
        for group in self.groups:
            told = f"{_WORD[group.match['confidence']]} {group.name}: {group.match['title']}"
            yield f"{told}, {group.count()}; causebook show {group.name}"
        yield from self._rest()

    def lines(self) -> Iterator[str]:
        """Everything: proof, fix and past incidents of each cause."""
        for test, name, title, path in self.marked:
            yield f"{test} guards against {name}: {title or 'there is no such entry'}"
            if path:
                yield f"  Read: {path}"
        for group in self.groups:
            yield from _told(group)
        failing = sum(1 for group in self.unknown.values() for flaky in group.tests.values() if not flaky)
        if failing:
            yield f"{_many(failing, 'failure')} {'is' if failing == 1 else 'are'} unknown"
        for group in self.unknown.values():
            yield from (f"flaky, of unknown cause: {test}" for test, flaky in group.tests.items() if flaky)
        yield from self._rest()

    def _rest(self) -> Iterator[str]:
        yield from (f"drafted {path}" for path in self.drafted)
        problems = list(dict.fromkeys(self.problems))
        if problems:
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            yield f"causebook: could not diagnose: {problems[0]}{more}"

    def annotations(self) -> Iterator[str]:
        """The causes as commands of GitHub's workflows."""
        for group in self.groups[:_MOST_ANNOTATIONS]:
            message = "\n".join(printable(line.strip()) for line in _told(group))
            title = printable(f"{group.name}: {group.match['title']}")
            yield f"::error title={_escaped(title, ':,')}::{_escaped(message)}"


def summed_up(book: Book, failures: Iterable[Failure]) -> Summary:
    """The summary of a run."""
    summary = Summary()
    groups: dict[str, Group] = {}
    for failure in failures:
        summary.flaky += failure.flaky
        summary.failures += not failure.flaky
        if not failure.flaky:
            told = {(test, name) for test, name, *_ in summary.marked}
            for name in failure.incidents:
                if (failure.test, name) not in told:
                    summary.marked.append((failure.test, name, *book.title(name)))
        match = _verdict(book, failure, summary)
        if match is None:
            group = summary.unknown.setdefault(_kind(failure), Group(_no_match(failure)))
        else:
            group = groups.setdefault(name_of(match), Group(match))
            if _SURENESS.index(match["confidence"]) < _SURENESS.index(group.match["confidence"]):
                group.match = match
        group.tests[failure.test] = failure.flaky and group.tests.get(failure.test, True)
    summary.groups = sorted(groups.values(), key=lambda g: (-len(g.tests), g.name))
    return summary


def _verdict(book: Book, failure: Failure, summary: Summary) -> dict[str, Any] | None:
    beside = (("", failure.text), *failure.beside) if failure.text else failure.beside
    try:
        match = book.verdict(failure.exceptions, beside)
        if match is None and failure.earlier:
            match = book.verdict(failure.earlier, ())
            if match is not None and match["confidence"] == "certain":
                match = {**match, "confidence": "likely"}  # an earlier try may have failed for another reason
    except Exception as error:  # noqa: BLE001 - a failure that trips us must not hide the others
        summary.problems.append(f"{type(error).__name__}: {error}".split("\n", 1)[0][:_MOST_TOLD])
        return None
    return match


def _no_match(failure: Failure) -> dict[str, Any]:
    return {"text": _text(failure)}


def _text(failure: Failure) -> str:
    """The failure in one line."""
    if failure.exceptions:
        kind, message, _ = failure.exceptions[-1]
        text = f"{kind}: {message}" if kind and message else kind or message
    else:
        text = failure.text
    return text.strip().split("\n", 1)[0][:_MOST_TOLD]


def _kind(failure: Failure) -> str:
    text = _text(failure)
    kind, _, message = text.partition(": ")
    return f"{kind}: {known.template(message) or message}"


def _told(group: Group) -> Iterator[str]:
    match = group.match
    yield f"{_WORD[match['confidence']]} {group.name}: {match['title']}, {group.count()}"
    failed = [test for test, flaky in group.tests.items() if not flaky]
    passed = [test for test, flaky in group.tests.items() if flaky]
    for tests, mark in ((failed, ""), (passed, "flaky, passed when run again: ")):
        yield from (f"  {mark}{test}" for test in tests[:_TESTS])
        if len(tests) > _TESTS:
            yield f"  and {len(tests) - _TESTS} more"
    for evidence in match["evidence"][:1]:
        yield f"  Shown by: {evidence['text']}"
    for number, line in enumerate(match["fix"], 1):
        yield f"  {'Fix: ' if number == 1 else '     '}{number}. {line}"
    yield f"  More: causebook show {group.name}"
    for incident in match["incidents"]:
        yield f"  Seen: {incident['date']} {incident['title']} ({incident['status']}), {incident['path']}"


def write_drafts(book: Book, summary: Summary, folder: Path) -> None:
    """A draft incident for each cause, known or not, in ``folder``; no file is ever overwritten."""
    from causebook import scaffold  # takes far longer to load than the summary to make

    base = book.root or book.start
    config = settings.load(base)
    config = replace(config, entries=".", templates=str(base / config.templates))
    folder.mkdir(parents=True, exist_ok=True)
    answers = [{"matches": [group.match], "unknown": []} for group in summary.groups]
    answers += [{"matches": [], "unknown": [group.match]} for group in summary.unknown.values()]
    for answer in answers:
        summary.drafted += [path.as_posix() for path in scaffold.new_from_failure(folder, config, answer)]


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _escaped(text: str, more: str = "") -> str:
    """As GitHub reads it: in a property a colon and a comma end the value."""
    for char in "%\r\n" + more:  # the percent sign first, or it would escape the escapes
        text = text.replace(char, f"%{ord(char):02X}")
    return text
