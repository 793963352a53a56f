"""JUnit reports, as pytest and nearly every other test runner writes them: each distinct failure becomes an incident.

Failures are the same when the same known cause explains them for certain, or when their errors differ only in values
that change from run to run. Causes are those that ``causebook diagnose`` knows at the project.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from causebook import config as settings
from causebook import kb, known
from causebook.diagnose import Diagnosis
from causebook.errors import UsageError
from causebook.importers import Document, Imported, Receipt, Skipped, Source
from causebook.importers._junit import AGAIN, Case, JUnit, Trouble, read, recognised
from causebook.importers._page import cleaned, day_of, identity, one_line, provenance, word
from causebook.model import Incident

MOST_TESTS = 30
"""Tests named in a description; notes hold all of them."""
MOST_TEXT = 100_000
"""Characters of one text; of a longer one the middle is left out, and a remark says so."""
_MUTE = frozenset({"", "AssertionError", "Failed"})
"""Classes that say little by themselves: the same words in another test may mean another failure."""
_OURS = "causebook"
"""Property in which our pytest plug-in names the cause."""
_DONE = frozenset({"mitigated", "resolved", "closed"})
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})?")
_PRIVATE = re.compile(r"host ?name|user ?name|\buser\b|home|password|token|secret|key\b", re.IGNORECASE)


def accepts(path: Path) -> bool:
    """Whether it may be one by its name."""
    return path.suffix.lower() == ".xml"


def recognises(data: bytes) -> bool:
    """Whether it begins as one."""
    return recognised(data)


def documents(source: Source, kind: str | None = None) -> Iterator[Document]:
    """The report as a whole, and each distinct failure in it.

    Raises:
        UsageError: ``kind`` says that it is no incident.
        CausebookError: it is no JUnit report.
    """
    if kind == "session":
        raise UsageError(f"{source.name}: failures of tests are incidents", hint="leave out --kind session")
    report = read(source.data, source.name)
    groups = _grouped(report, _Book(source.root))
    yield Document(source.name, _whole(report, groups, source))
    sha = hashlib.sha256(source.data).hexdigest()
    taken: set[str] = set()
    for key, group in groups.items():
        digest = hashlib.sha256(key.encode("utf-8", "backslashreplace")).hexdigest()
        name = f"{source.name}#{digest[:12]}"
        made = group.imported(name, sha, digest, _moment(report), source)
        while made.entries[0]["id"] in taken:  # four digits are few for hundreds of failures with one title
            digest = hashlib.sha256(digest.encode()).hexdigest()
            made = group.imported(name, sha, digest, _moment(report), source)
        taken.add(made.entries[0]["id"])
        yield Document(name, made)


@dataclass(frozen=True)
class _Book:
    """What is known at the project."""

    root: Path | None

    @cached_property
    def diagnosis(self) -> Diagnosis:
        """Ready to answer."""
        return Diagnosis(known.load(settings.project_of(self.root) if self.root else None))

    @cached_property
    def guarded(self) -> dict[str, str]:
        """Test, as ``_dotted`` writes it -> id of the incident whose coming back it guards against."""
        if self.root is None:
            return {}
        held = kb.load(self.root).records
        return {
            _dotted(test): record.entry.id
            for record in held if isinstance(record.entry, Incident) and record.entry.fix
            for test in record.entry.fix.regression_tests
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Failure:
    """One thing that went wrong in one test."""

    case: Case
    trouble: Trouble
    error: str
    """Class and message in one line."""

    @property
    def text(self) -> str:
        """What the report prints of it."""
        trouble = self.trouble
        return trouble.text or (f"{trouble.type}: {trouble.message}" if trouble.type else trouble.message)


@dataclass
class _Group:
    """Failures that are the same."""

    match: Mapping[str, Any] | None
    failures: list[_Failure] = field(default_factory=list)
    guarded: dict[str, str] = field(default_factory=dict)
    allow: tuple[str, ...] = ()
    remarks: list[str] = field(default_factory=list)

    @property
    def certain(self) -> bool:
        """Whether its cause is known for certain."""
        return self.match is not None and self.match["confidence"] == "certain"

    @cached_property
    def tests(self) -> dict[str, bool]:
        """Each test, and whether it passed when it was run again."""
        told: dict[str, bool] = {}
        for one in self.failures:
            flaky = one.trouble.kind.startswith("flaky")
            told[one.case.test] = told.get(one.case.test, True) and flaky
        return told

    @cached_property
    def shown(self) -> dict[str, _Failure]:
        """The first failure of each error: those that are quoted."""
        told: dict[str, _Failure] = {}
        for one in self.failures:
            told.setdefault(_normal(one.error), one)
        return dict(list(told.items())[:25])

    def imported(self, name: str, sha: str, digest: str, moment: str, source: Source) -> Imported:
        """The draft incident."""
        first, self.allow = self.failures[0], source.allow
        title = one_line(first.error, self.allow) or one_line(f"{first.case.test} fails", self.allow)
        day = day_of(moment) or source.day.isoformat()
        errors = [{"text": self._clean(one.text, one), "source": "exception"} for one in self.shown.values()]
        data: dict[str, Any] = {
            "id": identity(title, day, digest), "kind": "incident", "title": title, "status": "draft",
            "confidence": "not_validated",
            "symptom": {"description": self._told(), "errors": [one for one in errors if one["text"].strip()]},
        }  # fmt: skip
        if moment:
            data["timeline"] = [{"at": moment, "event": "detected", "note": "the tests ran"}]
        data["detection"] = {**({"at": moment} if moment else {}), "method": "test"}
        data |= {k: v for k, v in self._known(data["id"]).items() if v}
        if environment := self._environment():
            data["environment"] = environment
        data["provenance"] = provenance(name, sha)
        if notes := self._notes():
            data["notes"] = notes
        shown = list(self.shown.values())
        receipts = tuple(
            Receipt(data["id"], "symptom.errors", one.trouble.first, max(one.trouble.first, one.trouble.last))
            for one in shown
        )
        receipts += tuple(
            Receipt(data["id"], "notes", begin, end) for one in shown for _, _, begin, end in one.case.output
        )
        again = [one for one in self.failures if not any(one is other for other in shown)]
        reason = "the same failure again; its test is named"
        skipped = tuple(Skipped(one.trouble.first, max(one.trouble.first, one.trouble.last), reason) for one in again)
        account = {"placed": _lines(receipts), "kept": 0, "skipped": _lines(skipped)}
        return Imported((data,), skipped, receipts, tuple(dict.fromkeys(self.remarks)), account)

    def _clean(self, text: str, failure: _Failure) -> str:
        told, marks = cleaned(text, self.allow)
        if marks:
            self.remarks.append(f"line {failure.trouble.first}: {marks} texts redacted")
        if len(told) > MOST_TEXT:
            self.remarks.append(f"line {failure.trouble.first}: the middle of {len(told):,} characters was left out")
            told = f"{told[: MOST_TEXT // 2]}\n…\n{told[-MOST_TEXT // 2 :]}"
        return "\n".join(line.rstrip() for line in told.strip("\n").split("\n"))

    def _told(self) -> str:
        """Which tests failed."""
        failed = [test for test, flaky in self.tests.items() if not flaky]
        passed = [test for test, flaky in self.tests.items() if flaky]
        parts = []
        for tests, said in ((failed, "failed"), (passed, "failed and passed when run again")):
            if tests:
                more = [f"- and {len(tests) - MOST_TESTS} more, see the notes"] if len(tests) > MOST_TESTS else []
                count = "1 test" if len(tests) == 1 else f"{len(tests)} tests"
                parts.append("\n".join([f"{count} {said}:", *(f"- {test}" for test in tests[:MOST_TESTS]), *more]))
        return cleaned("\n\n".join(parts), self.allow)[0]

    def _known(self, identity: str) -> dict[str, Any]:
        """The playbook where that is certain, a question where it is not, and incidents that may have come back."""
        told: dict[str, Any] = {}
        relations: dict[str, str] = {}
        match = self.match
        if match is not None and self.certain:
            told["playbook"] = match["playbook"]
        elif match is not None:
            name = match["playbook"] or match.get("incident")
            told["open_questions"] = [f"Is it {name} ({match['title']})? Diagnosis calls it {match['confidence']}."]
        for test in self.tests:
            if guard := self.guarded.get(_dotted(test)):
                relations[guard] = f"{test}, its regression test, fails again"
        for one in match["incidents"] if match is not None else ():
            if one["status"] in _DONE:
                relations.setdefault(one["id"], f"of the same cause, {one['status']}: perhaps it has come back")
        told["relations"] = [
            {"type": "related", "target": target, "note": note}
            for target, note in relations.items() if target != identity
        ]  # fmt: skip
        if any(self.tests.values()):
            told["tags"] = ["flaky"]
        return told

    def _environment(self) -> dict[str, str]:
        """The properties of the suites, but for what names a machine or a person."""
        told: dict[str, str] = {}
        for one in self.failures:
            for name, value in one.case.properties.items():
                key, text = word(name), " ".join(cleaned(value, self.allow)[0].split())
                if key and text and len(text) <= 500 and not _PRIVATE.search(name):
                    told.setdefault(key, text)
        return told

    def _notes(self) -> list[dict[str, str]]:
        notes = []
        if len(self.tests) > MOST_TESTS:
            notes.append({"heading": "Tests", "text": cleaned("\n".join(self.tests), self.allow)[0]})
        for one in self.shown.values():
            for name, value in one.case.own.items():
                if value.strip() and name != _OURS:
                    text = f"{one.case.test}: {name} = {value}"
                    notes.append({"heading": "Properties of a test", "text": self._clean(text, one)})
            for element, text, _, _ in one.case.output:
                heading = one_line(f"{element} of {one.case.test}")
                notes.append({"heading": heading, "text": self._clean(text, one)})
        return notes


def _dotted(test: str) -> str:
    """A test without its parameters, the same for a path and for the name of a module."""
    return re.sub(r"\.py(?=::|$)", "", test.split("[", 1)[0]).replace("::", ".").replace("/", ".")


def _grouped(report: JUnit, book: _Book) -> dict[str, _Group]:
    """The failures by what makes them the same, in the order of the report."""
    groups: dict[str, _Group] = {}
    for case in report.cases:
        final = [one for one in case.troubles if one.kind not in AGAIN]
        for trouble in final or case.troubles:
            text = trouble.text or f"{trouble.type}: {trouble.message}"
            diagnosed = book.diagnosis.matcher.read(text)
            failure = _Failure(case, trouble, _error(diagnosed.events, trouble))
            match = next(iter(book.diagnosis.of(diagnosed).matches), None)
            key = _key(failure, match)
            group = groups.setdefault(key, _Group(match, guarded=book.guarded))
            group.failures.append(failure)
    return groups


def _error(events: Iterable[Any], trouble: Trouble) -> str:
    """The error in one line: the last exception that is told, else what the report's attributes say."""
    told = [event for event in events if event.origin == "exception" and event.type]
    if told:
        return str(told[-1]).split("\n", 1)[0][:400]
    first = (trouble.message or trouble.text).strip().split("\n", 1)[0][:400]
    last = trouble.type.rsplit(".", 1)[-1]
    return f"{last}: {first}" if last and not first.startswith((last, trouble.type)) else first


def _normal(error: str) -> str:
    kind, _, message = error.partition(": ")
    return f"{kind}: {known.template(message) or message}"


def _key(failure: _Failure, match: Mapping[str, Any] | None) -> str:
    if match is not None and match["confidence"] == "certain":
        return f"cause {match['playbook'] or match.get('incident')}"
    kind = failure.error.split(":", 1)[0]
    mute = kind in _MUTE or kind.startswith("assert ")
    where = failure.case.test.split("[", 1)[0] if mute else ""
    return f"error {_normal(failure.error)} {where}"


def _moment(report: JUnit) -> str:
    match = _TIME.match(report.first_time)
    return match[0] if match and day_of(match[0]) else ""


def _whole(report: JUnit, groups: Mapping[str, _Group], source: Source) -> Imported:
    """What is told of the report as a whole: how much there was, and the lines that no draft holds."""
    failed = {id(one.case) for group in groups.values() for one in group.failures}
    skipped = sum(1 for case in report.cases if case.skipped)
    tests = len({case.test for case in report.cases})
    if not groups:
        said = f"{tests} tests, none failed: there is nothing to import"
    else:
        kinds = "1 kind" if len(groups) == 1 else f"{len(groups)} kinds"
        said = f"{tests} tests, {len(failed)} failed in {kinds}"
    remark = f"{said}; {skipped} skipped" if skipped else said
    taken = {
        number
        for group in groups.values() for one in group.failures
        for number in range(one.trouble.first, max(one.trouble.first, one.trouble.last) + 1)
    }  # fmt: skip
    for group in groups.values():
        for one in group.shown.values():
            taken |= {n for _, _, first, last in one.case.output for n in range(first, last + 1)}
    lines = source.data.decode("utf-8", "replace").split("\n")
    rest = [n for n, line in enumerate(lines, 1) if line.strip() and n not in taken]
    return Imported((), tuple(_runs(rest)), (), (remark,), {"placed": 0, "kept": 0, "skipped": len(rest)})


def _runs(numbers: Iterable[int]) -> Iterator[Skipped]:
    reason = "markup, tests that did not fail, and what they printed"
    first = last = 0
    for number in numbers:
        if last and number != last + 1:
            yield Skipped(first, last, reason)
            first = number
        first = first or number
        last = number
    if last:
        yield Skipped(first, last, reason)


def _lines(found: Iterable[Receipt | Skipped]) -> int:
    return len({number for one in found for number in range(one.first, one.last + 1)})
