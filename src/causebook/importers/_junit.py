"""Reads a JUnit report: test cases with what went wrong in them, and the lines of the file on which that stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat  # document types, and with them entities, are refused below

from causebook.errors import CausebookError, Place

BAD = frozenset({"failure", "error"})
AGAIN = frozenset({"rerunFailure", "rerunError", "flakyFailure", "flakyError"})
"""Tries before the last one, as Maven's Surefire writes them."""
_TEXTS = BAD | AGAIN | {"system-out", "system-err", "skipped", "stackTrace"}
_BEGIN = re.compile(rb"(?:<\?[^>]{0,200}\?>\s*|<!--(?:[^-]|-(?!->)){0,2000}-->\s*)*<testsuites?[\s/>]")
_MOST_DEPTH = 60


@dataclass(slots=True)
class Trouble:
    """A failure as a test case tells it."""

    kind: str
    """The element's name: ``failure``, ``error`` or one of those of an earlier try."""
    type: str
    message: str
    first: int
    last: int = 0
    text: str = ""


@dataclass(slots=True)
class Case:
    """One run of a test."""

    classname: str
    name: str
    file: str
    time: str
    properties: dict[str, str]
    """Of the suite."""
    troubles: list[Trouble] = field(default_factory=list)
    own: dict[str, str] = field(default_factory=dict)
    """Properties of the test itself."""
    output: list[tuple[str, str, int, int]] = field(default_factory=list)
    """What it printed: element, text, first and last line."""
    skipped: bool = False

    @property
    def test(self) -> str:
        """The test as people name it."""
        return "::".join(part for part in (self.file or self.classname, self.name) if part) or "a test without a name"


@dataclass(slots=True)
class JUnit:
    """A report."""

    cases: list[Case] = field(default_factory=list)
    first_time: str = ""


def recognised(data: bytes) -> bool:
    """Whether ``data`` begins as a JUnit report does."""
    head = data[:4096].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return _BEGIN.match(head) is not None


def read(data: bytes, name: str) -> JUnit:
    """The report in ``data``.

    Raises:
        CausebookError: it is no XML, declares a document type or entities, or nests too deep.
    """
    reader = _Reader(name)
    parser = reader.parser
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat's own signature
    except expat.ExpatError as error:
        place = Place(name, error.lineno, error.offset + 1)
        hint = "a run that was stopped leaves half a file: let the tests end, and import again"
        raise CausebookError(f"is no XML: {expat.ErrorString(error.code)}", place=place, hint=hint) from error
    except (ValueError, LookupError) as error:  # an encoding that Python does not know
        raise CausebookError(f"is no XML: {error}", place=Place(name), hint="write it as UTF-8") from error
    return reader.report


class _Reader:
    """Goes through the file once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.report = JUnit()
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.refuse
        self.parser.EntityDeclHandler = self.refuse
        self.open: list[str] = []
        self.suites: list[dict[str, str]] = []
        self.case: Case | None = None
        self.text: list[str] = []
        self.at = 0

    def refuse(self, *_: object) -> None:
        place = Place(self.name, self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1)
        hint = "no test runner writes one; take the declaration out if you trust the file"
        raise CausebookError("declares a document type, which is refused", place=place, hint=hint)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.open.append(name)
        if len(self.open) > _MOST_DEPTH:
            raise CausebookError(
                f"nests deeper than {_MOST_DEPTH}", place=Place(self.name, self.parser.CurrentLineNumber)
            )
        if len(self.open) == 1 and name not in {"testsuites", "testsuite"}:
            hint = "the root of a JUnit report is <testsuites> or <testsuite>"
            raise CausebookError(
                f"is XML, but no JUnit report: its root is <{name}>", place=Place(self.name), hint=hint
            )
        if name == "testsuite":
            self.suites.append(dict(self.suites[-1]) if self.suites else {})
            self.report.first_time = self.report.first_time or attributes.get("timestamp", "")
        elif name == "testcase":
            get = attributes.get
            suite = self.suites[-1] if self.suites else {}
            self.case = Case(get("classname", ""), get("name", ""), get("file", ""), get("timestamp", ""), suite)
            self.report.cases.append(self.case)
        elif name == "property":
            self._property(attributes)
        elif name in _TEXTS and self.case is not None:
            self._begin(name, attributes)

    def _property(self, attributes: dict[str, str]) -> None:
        held = self.case.own if self.case is not None else self.suites[-1] if self.suites else {}
        held[attributes.get("name", "")] = attributes.get("value", "")

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if name in BAD | AGAIN and self.case is not None:
            kind, message = attributes.get("type", ""), attributes.get("message", "")
            self.case.troubles.append(Trouble(name, kind, message, self.parser.CurrentLineNumber))
        self.text, self.at = [], self.parser.CurrentLineNumber

    def characters(self, text: str) -> None:
        if self.case is not None and self.open[-1] in _TEXTS:
            self.text.append(text)

    def end(self, name: str) -> None:
        self.open.pop()
        if name == "testsuite":
            self.suites.pop()
        elif name == "testcase":
            self.case = None
        elif name in _TEXTS and self.case is not None:
            self._finish(name, self.case, "".join(self.text), self.parser.CurrentLineNumber)
            self.text = []

    def _finish(self, name: str, case: Case, text: str, line: int) -> None:
        inner = bool(self.open) and self.open[-1] in AGAIN
        if name == "skipped":
            case.skipped = True
        elif name in {"system-out", "system-err"} and text.strip():
            case.output.append((name, text.strip("\n"), self.at, line))
        elif name == "stackTrace" and case.troubles:
            case.troubles[-1].text = text.strip("\n")
        elif name in BAD | AGAIN and case.troubles and not inner:
            trouble = case.troubles[-1]
            trouble.text = trouble.text or text.strip("\n")
            trouble.last = line
