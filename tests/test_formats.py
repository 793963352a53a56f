"""Each format: what goes in comes out, for whoever reads it, and nothing in a message can break out of it."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from causebook import plugins
from causebook.errors import Place
from causebook.findings import Acknowledged, Edit, Finding, Hint, Report, Rule
from gitrepo import FIRST, GitRepo, Project

FORMATS = plugins.modules("causebook.formats")
SARIF = json.loads((Path(__file__).parent / "data" / "sarif-2.1.0.json").read_text())
HOSTILE = "x]]>\n ::error::y\r\n##[group]| `a` |"
HOSTILE += ' <script>alert(1)</script> @ada {{ 7 * 7 }} "q" %0A \x1b[31m \u202e\x00 & é 🔥'
RULES = tuple(
    Rule(name, "error", f"{name} holds.\n\nWhy.\n\nGood:\n    x\nBad:\n    y") for name in ("one", "two", "three")
)
ERROR = Finding("no such commit", Place("entries/2026/a.yaml", 3, 7), "write another", rule="one", field="commits[0]")
WARNING = replace(ERROR, rule="two", level="warning", message="a warning")
NOTE = replace(ERROR, rule="two", level="note", message="a note")
UNKNOWN = replace(ERROR, rule="three", verdict="unknown", message="cannot say", fix="git fetch --unshallow")
CHANGE = Finding("brings no entry", Place("."), rule="one", edit=Edit("a", ("b",), ["c"]))
EVIL = replace(ERROR, message=HOSTILE, fix=HOSTILE, place=Place("entries/a,b:%c\nd.yaml", 2, 1))
HINT = Hint(
    "Pool met a closed loop", "src/pool.py is named by its fix", FIRST, Place("src/pool.py", 4), ("Pool per loop",)
)
FULL = Report(
    (CHANGE, ERROR, WARNING, NOTE, UNKNOWN, EVIL), 7, RULES,
    (Acknowledged(NOTE, "as the tracker had it", "2027-01-31"),),
    "the change since 0123456789ab: 3 files, 1 commits", (HINT,),
)  # fmt: skip
EMPTY = Report((), 0, RULES)


def render(name: str, report: Report) -> str:
    text: str = FORMATS[name].render(report)
    return text


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize("report", [FULL, EMPTY], ids=["full", "empty"])
def test_every_format_ends_with_one_line_break_and_names_what_it_holds(name: str, report: Report) -> None:
    text = render(name, report)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    for finding in (CHANGE, ERROR) if report is FULL else ():
        assert finding.message in text
        assert finding.rule in text
    assert render(name, report) == text


def test_sarif_fits_its_schema() -> None:
    for report in (FULL, EMPTY):
        jsonschema.validate(json.loads(render("sarif", report)), SARIF, jsonschema.Draft202012Validator)


@pytest.mark.parametrize("spoil", [lambda run: run.pop("tool"), lambda run: run["results"][0].update(level="fatal")])
def test_the_schema_of_sarif_would_notice(spoil: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads(render("sarif", FULL))
    spoil(data["runs"][0])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, SARIF, jsonschema.Draft202012Validator)


def test_sarif_tells_verdicts_apart() -> None:
    run = json.loads(render("sarif", FULL))["runs"][0]
    by_text = {r["message"]["text"].split("\n")[0]: r for r in run["results"] if "suppressions" not in r}
    assert (by_text["no such commit"]["kind"], by_text["no such commit"]["level"]) == ("fail", "error")
    assert (by_text["cannot say"]["kind"], by_text["cannot say"]["level"]) == ("open", "none")
    (suppressed,) = [r for r in run["results"] if "suppressions" in r]
    assert suppressed["suppressions"][0]["justification"] == "as the tracker had it (until 2027-01-31)"
    assert {r["ruleId"] for r in run["results"]} <= {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    place = by_text["no such commit"]["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 3, "startColumn": 7}
    assert place["artifactLocation"]["uri"] == "entries/2026/a.yaml"


def test_a_fingerprint_survives_what_moves_and_nothing_else(repo: GitRepo) -> None:
    project = Project(repo, repo.path)

    def prints() -> set[str]:
        report = project.report("todo-left")
        run = json.loads(render("sarif", report))["runs"][0]
        return {r["partialFingerprints"]["causebook/v1"] for r in run["results"]}

    path = project.write(FIRST, title="TODO", status="resolved", components=["TODO"])
    before = prints()
    assert len(before) == 2
    path.write_text("# a line more\n\n" + path.read_text())
    path.rename(path.with_name("moved.yaml"))
    assert prints() == before
    project.write(FIRST, title="TODO", status="closed")
    assert not prints() & {*before} or len(prints()) > 2


def test_rdjson_has_what_reviewdog_reads() -> None:
    data = json.loads(render("rdjson", FULL))
    assert data["severity"] == "ERROR"
    change, error, *_ = data["diagnostics"]
    assert change["location"] == {"path": "."}
    assert error["location"]["range"]["start"] == {"line": 3, "column": 7}
    assert error["code"] == {"value": "one"}
    assert [d["severity"] for d in data["diagnostics"]] == ["ERROR", "ERROR", "WARNING", "INFO", "INFO", "ERROR"]
    assert json.loads(render("rdjson", Report((WARNING,), 1)))["severity"] == "WARNING"


def commands(text: str) -> list[str]:
    return [line for line in re.split("[\r\n]", text) if line.lstrip().startswith("::") or "##[" in line]


def test_github_commands_cannot_be_broken_out_of() -> None:
    found = commands(render("github", Report((EVIL,), 1)))
    assert len(found) == 1
    assert found[0].startswith(
        "::error file=entries/a%2Cb%3A%25c%0Ad.yaml,line=2,col=1,title=causebook one::x]]>%0A ::error"
    )
    assert "%250A" in found[0]


@pytest.mark.parametrize(("count", "lines"), [(0, 0), (10, 10), (11, 10), (400, 10)])
def test_github_says_what_it_does_not_show(count: int, lines: int) -> None:
    many = tuple(replace(ERROR, place=Place("a.yaml", n + 1)) for n in range(count))
    text = render("github", Report(many, 1))
    assert len(commands(text)) == lines
    assert (f"and {count - 9} more" in text) == (count > 10)
    assert text.count("a.yaml:") == count


def test_github_tells_each_kind_apart() -> None:
    kinds = [line.split()[0] for line in commands(render("github", FULL))]
    assert kinds == ["::error", "::error", "::error", "::warning", "::notice", "::notice"]


def test_junit_is_xml_with_a_case_for_each_check() -> None:
    root = ET.fromstring(render("junit", FULL))  # noqa: S314 - our own
    (suite,) = root
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "2", "1")
    one, two, three = suite
    failure = one.find("failure")
    assert failure is not None
    assert "entries/2026/a.yaml:3:7: error: no such commit" in (failure.text or "")
    assert "\\x1b[31m" in (failure.text or "")
    assert two.find("failure") is not None
    skipped = three.find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "cannot say"


def test_junit_passes_notes_and_names_them() -> None:
    (suite,) = ET.fromstring(render("junit", Report((NOTE,), 1, RULES)))  # noqa: S314 - our own
    assert suite.get("failures") == "0"
    assert "a note" in (suite[1].findtext("system-out") or "")


def test_markdown_shows_text_as_text() -> None:
    text = render("markdown", Report((EVIL,), 1, RULES))
    assert text.startswith("<!-- causebook check -->\n")
    assert "<script" not in text
    assert "@ada" not in text
    rows = [line for line in text.split("\n") if line.startswith("| error")]
    assert len(rows) == 1
    assert len(re.findall(r"(?<!\\)\|", rows[0])) == 5


def test_markdown_says_all_there_is() -> None:
    text = render("markdown", FULL)
    assert "3 to mend, 2 to look at" in text
    assert "1 could not be told" in text
    assert "1 acknowledged" in text
    assert "until 2027-01-31" in text
    assert "What history knows" in text
    assert "Pool per loop" in text
    many = tuple(replace(ERROR, place=Place("a.yaml", n + 1)) for n in range(70))
    assert "And 20 more" in render("markdown", Report(many, 1))
    assert len(render("markdown", Report(many, 1))) < 65_536
    assert "nothing to mend" in render("markdown", EMPTY)


def test_text_shows_hints_and_what_is_acknowledged() -> None:
    text = render("text", FULL)
    assert "src/pool.py:4: known: Pool met a closed loop" in text
    assert "  - Pool per loop" in text
    assert "acknowledged until 2027-01-31" in text
    assert text.endswith("3 errors, 1 note, 1 warning, 1 unknown, 1 acknowledged\n")
    assert "\x1b" not in text


def test_json_holds_everything() -> None:
    data = json.loads(render("json", FULL))
    assert data["rules"] == ["one", "two", "three"]
    assert data["counts"] == {"failing": 5, "unknown": 1}
    assert data["acknowledged"][0]["reason"] == "as the tracker had it"
    assert data["hints"][0]["advice"] == ["Pool per loop"]
