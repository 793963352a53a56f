"""The entry model: controlled words, what a status requires, and the published schema."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from causebook import yamlio
from causebook.model import ENTRY, Entry
from causebook.model.requirements import unmet
from causebook.model.schema import entry_schema
from causebook.model.words import Moment, moment
from gitrepo import FIRST, SECOND

SHA = "0123456789abcdef0123456789abcdef01234567"
CAUSE = {"description": "The pool outlives its loop", "role": "root"}
FIX = {"kind": "fix", "description": "One pool a loop", "verification": {"how": "pytest -x", "result": "passed"}}
RESOLVED: dict[str, Any] = {
    "severity": "sev3",
    "causes": [CAUSE],
    "fix": FIX,
    "commits": [{"sha": SHA, "role": "fixed"}],
}


def entry(**fields: Any) -> Entry:
    kind = fields.setdefault("kind", "incident")
    base = {"symptom": {"description": "x"}} if kind == "incident" else {}
    return ENTRY.validate_python({"id": FIRST, "title": "A title", "status": "draft", **base, **fields})


def missing(**fields: Any) -> list[str]:
    return [requirement.field for requirement in unmet(entry(**fields))]


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2026-11-21T09:30:00Z", "2026-11-21T09:30:00+00:00", "2026-11-21T09:30:00+00:00"),
        ("2026-11-21T09:30+02:00", "2026-11-21T07:30:00+00:00", "2026-11-21T07:30:00+00:00"),
        ("2026-11-21 09:30:00.5Z", "2026-11-21T09:30:00.500000+00:00", "2026-11-21T09:30:00.500000+00:00"),
        ("2026-11-21T09:30:00.123-05:00", "2026-11-21T14:30:00.123000+00:00", "2026-11-21T14:30:00.123000+00:00"),
        ("2026-11-21T09:30", "2026-11-20T19:30:00+00:00", "2026-11-21T21:30:00+00:00"),
        ("2026-11-21", "2026-11-20T10:00:00+00:00", "2026-11-22T11:59:59.999999+00:00"),
    ],
)
def test_a_time_is_the_span_it_can_mean(text: str, earliest: str, latest: str) -> None:
    held = moment(text)
    assert [held.earliest, held.latest] == [moment(earliest).earliest, moment(latest).latest]


def test_only_what_must_be_later_is_surely_after() -> None:
    first, second = moment("2026-01-02"), moment("2026-01-01")
    assert not first.surely_after(second)
    assert moment("2026-01-04").surely_after(second)
    assert not second.surely_after(moment("2026-01-04"))
    assert isinstance(first, Moment)


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2026-13-01",
        "2026-02-30",
        "21.11.2026",
        "2026-11-21T25:00Z",
        "2026-11-21T09:30:00+99:00",
        "9999-1-1",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="expected a date such as 2026-11-21"):
        entry(timeline=[{"at": text, "event": "note"}])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": "../../etc/passwd"}, "expected date-words-hex"),
        ({"id": "2026-11-21-\x1b[31m-3f9a"}, "expected date-words-hex"),
        ({"id": f"2026-11-21-{'a' * 120}-3f9a"}, "expected date-words-hex"),
        ({"commits": [{"sha": "HEAD", "role": "fixed"}]}, "expected a commit sha"),
        ({"commits": [{"sha": "--upload-pack=x", "role": "fixed"}]}, "expected a commit sha"),
        ({"fix": {"kind": "fix", "description": "x", "pr": "twelve"}}, "expected a pull request"),
        ({"files": [{"path": "../secret"}], "kind": "session"}, "expected a path inside the repository"),
        ({"files": [{"path": "/etc/passwd"}], "kind": "session"}, "expected a path inside the repository"),
        ({"files": [{"path": "C:\\x"}], "kind": "session"}, "expected a path inside the repository"),
        ({"title": "two\nlines"}, "expected one line of text"),
        ({"title": "x" * 121}, "at most 120"),
        ({"title": " "}, "at least 1 character"),
        ({"tags": ["<b>"]}, "should match pattern"),
    ],
)
def test_what_does_not_fit_its_field_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        entry(**fields)


def test_text_is_tidied_where_spelling_differs() -> None:
    held = entry(commits=[{"sha": SHA.upper(), "role": "fixed"}], fix={"kind": "fix", "description": " x", "pr": "#12"})
    assert held.commits[0].sha == SHA
    assert held.kind == "incident"
    assert held.fix is not None
    assert (held.fix.description, held.fix.pr) == ("x", "12")


@pytest.mark.parametrize(
    ("fields", "fields_missing"),
    [
        ({"status": "draft"}, []),
        ({"status": "draft", "symptom": None}, ["symptom"]),
        ({"status": "investigating"}, ["attempts"]),
        ({"status": "investigating", "attempts": [{"action": "x", "outcome": "failed"}]}, []),
        ({"status": "identified", "causes": [{"description": "x", "role": "trigger"}]}, ["causes"]),
        ({"status": "identified", "causes": [CAUSE]}, []),
        ({"status": "resolved", **RESOLVED}, []),
        ({"status": "resolved", **RESOLVED, "commits": []}, ["fix.pr"]),
        ({"status": "resolved", **RESOLVED, "commits": [], "fix": {**FIX, "landed_with": "self"}}, []),
        ({"status": "resolved", **RESOLVED, "fix": {**FIX, "verification": None}}, ["fix.verification"]),
        ({"status": "resolved", **RESOLVED, "severity": None}, ["severity"]),
        ({"status": "resolved", **RESOLVED, "confidence": "validated"}, ["five_whys", "lessons"]),
        (
            {"status": "resolved", **RESOLVED, "confidence": "validated", "stopping_rule": "x", "no_lessons": "x"},
            [],
        ),
        (
            {"status": "resolved", **RESOLVED, "confidence": "validated", "stopping_rule": "x", "no_lessons": "x"}
            | {"actions": [{"description": "x", "kind": "prevent", "status": "open"}]},
            ["actions"],
        ),
        (
            {"status": "closed", **RESOLVED, "actions": [{"description": "x", "kind": "prevent", "status": "open"}]},
            ["actions"],
        ),
        ({"status": "reopened", "causes": [CAUSE]}, ["relations"]),
        ({"status": "reopened", "causes": [CAUSE], "relations": [{"type": "recurred_as", "target": SECOND}]}, []),
        ({"status": "reopened", "causes": [CAUSE], "attempts": [{"action": "x", "outcome": "reverted"}]}, []),
        ({"status": "reopened", "causes": [CAUSE], "attempts": [{"action": "x", "outcome": "failed"}]}, ["relations"]),
        ({"status": "duplicate"}, ["relations"]),
        ({"status": "duplicate", "relations": [{"type": "duplicate_of", "target": SECOND}]}, []),
        ({"status": "superseded"}, ["relations"]),
        ({"status": "superseded", "relations": [{"type": "superseded_by", "target": SECOND}]}, []),
        ({"status": "withdrawn"}, ["withdrawn"]),
        ({"status": "withdrawn", "withdrawn": {"at": "2026-01-01", "reason": "x"}}, []),
        ({"kind": "session", "status": "draft"}, []),
        ({"kind": "session", "status": "in_progress"}, ["objective"]),
        ({"kind": "session", "status": "completed", "objective": "x"}, ["outcome"]),
        ({"kind": "session", "status": "completed", "objective": "x", "outcome": "y"}, []),
    ],
)
def test_required_fields_rise_with_the_status(fields: dict[str, Any], fields_missing: list[str]) -> None:
    assert missing(**fields) == fields_missing


def test_the_schema_is_sound_and_every_field_is_described() -> None:
    schema = entry_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    bare = [
        f"{name}.{field}"
        for name, definition in schema["$defs"].items()
        for field, value in definition.get("properties", {}).items()
        if not value.get("description")
    ]
    assert bare == []


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        ({}, True),
        ({"x-team": "core"}, True),
        ({"titel": "x"}, False),
        ({"status": "done"}, False),
        ({"status": "resolved"}, False),
        ({"status": "resolved", **RESOLVED}, True),
        ({"commits": [{"sha": "abc", "role": "fixed"}]}, False),
        ({"fix": {"kind": "fix", "description": "x", "pr": 12}}, True),
        ({"timeline": [{"at": "2026-11-21", "event": "note"}]}, True),
        ({"timeline": [{"at": "today", "event": "note"}]}, False),
    ],
)
def test_the_schema_judges_as_the_model_does(change: dict[str, Any], valid: bool) -> None:
    data = {"id": FIRST, "kind": "incident", "title": "T", "status": "draft", "symptom": {"description": "x"}, **change}
    assert jsonschema.Draft202012Validator(entry_schema()).is_valid(data) == valid
    try:
        held = ENTRY.validate_python(yamlio.parse(json.dumps(data), "x").data)
    except ValidationError:
        assert not valid
    else:
        assert (not list(unmet(held))) == valid
