"""Import of the habits of many authors: a document of each sort and language beside what is expected of it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from causebook import yamlio
from causebook.importers import Imported, NothingToImport, Source, markdown_document
from causebook.importers._attempts import outcome_of
from causebook.importers._dates import day_in
from causebook.importers._evidence import references, told_errors
from causebook.importers._figures import figures
from causebook.importers._stamps import stamped
from causebook.importers._vocabulary import vocabulary

CASES = Path(__file__).parent / "import_cases"
HELD = {
    "seen": ("symptom", "title", "summary", "impact", "detection"),
    "errors": ("symptom", "attempts", "timeline"),
    "causes": ("causes", "five_whys"),
    "whys": ("five_whys",),
    "commits": ("commits", "fix"),
    "files": ("fix", "files", "attempts"),
    "references": ("references", "fix"),
    "next": ("next_steps", "actions"),
    "questions": ("open_questions",),
    "progress": ("progress", "evidence"),
    "went_well": ("what_went_well",),
    "went_poorly": ("what_went_poorly",),
}
"""Where what a case calls so may stand; any other word is the field itself."""


def imported(text: str, name: str = "docs/note.md") -> Imported:
    return markdown_document.convert(Source(name, text.encode(), date(2026, 11, 21)), None)


def words(value: Any) -> str:
    return " ".join(re.findall(r"\w+", " ".join(texts(value)).lower()))


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    return [str(value)]


def expected(name: str) -> dict[str, Any]:
    data = yamlio.parse((CASES / f"{name}.yaml").read_text(encoding="utf-8"), name).data
    assert isinstance(data, dict)
    return data


TOLD = sorted(path.stem for path in CASES.glob("*.yaml"))
REFUSED = sorted(path.stem for path in CASES.glob("no-*.md"))


def test_each_language_has_cases() -> None:
    assert {name[:2] for name in TOLD} == {"de", "en", "es", "fr", "ja", "pt", "ru", "zh"}
    assert len({name[-2:] for name in REFUSED if "template" in name}) == 8


@pytest.mark.parametrize("name", TOLD)
def test_a_document_is_read_as_a_careful_person_would(name: str) -> None:
    text = (CASES / f"{name}.md").read_text(encoding="utf-8")
    entries = imported(text, f"docs/{name}.md").entries
    wanted = expected(name)
    missed = []
    for field, quotes in wanted["has"].items():
        held = words([entry[key] for entry in entries for key in HELD.get(field, (field,)) if key in entry])
        missed += [f"{field}: {quote}" for quote in quotes if words(quote) not in held]
    assert missed == []
    if "incidents" in wanted:
        assert sum(entry["kind"] == "incident" for entry in entries) == int(wanted["incidents"])
    if "date" in wanted:
        told = [entry.get("started_at", "") for entry in entries] + [
            e["at"] for x in entries for e in x.get("timeline", [])
        ]
        assert any(one.startswith(wanted["date"]) for one in told)
    if "severity" in wanted:
        assert wanted["severity"] in [entry.get("severity") for entry in entries]
    if "outcomes" in wanted:
        assert [a["outcome"] for entry in entries for a in entry.get("attempts", [])] == wanted["outcomes"]


@pytest.mark.parametrize("name", REFUSED)
def test_a_document_that_tells_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(NothingToImport):
        imported((CASES / f"{name}.md").read_text(encoding="utf-8"), f"docs/{name}.md")


def test_little_is_left_to_notes_and_little_is_said_twice() -> None:
    source = notes = made = 0
    for name in TOLD:
        text = (CASES / f"{name}.md").read_text(encoding="utf-8")
        entries = imported(text).entries
        source += len(words(text).split())
        notes += sum(len(words(note["text"]).split()) for entry in entries for note in entry.get("notes", []))
        kept = [
            {k: v for k, v in entry.items() if k not in {"id", "provenance", "relations", "incidents"}}
            for entry in entries
        ]
        made += len(words(kept).split())
    assert notes <= 0.15 * source
    assert made <= 1.6 * source


OUTCOMES = {
    "Rolled back Redis to 7.0 — it works now": "worked",
    "Raised the quota: no improvement": "failed",
    "Fewer drops, but not gone: helped a bit": "partial",
    "Re-ran. Result: 4 failures, one test passes": "partial",
    "Re-ran. 5 failures": "failed",
    "No longer fails": "worked",
    "Made it worse. Reverted.": "reverted",
    "Read the code": "inconclusive",
    "重启后仍然报错": "failed",
    "Не помогло": "failed",
    "効果なし": "failed",
    "keine Besserung": "failed",
}


@pytest.mark.parametrize("text", OUTCOMES)
def test_how_an_attempt_ended(text: str) -> None:
    assert outcome_of(text) == OUTCOMES[text]


FIGURES = {
    "- Response time: from 14 s to 2 s": ("Response time", "14 s", "2 s"),
    "p95 latency 900ms → 120ms": ("p95 latency", "900ms", "120ms"),
    "Tests: 68 -> 77": ("Tests", "68", "77"),
    "Speicher von 1,8 GB auf 120 MB gesenkt": ("Speicher", "1,8 GB", "120 MB"),
    "Время ответа с 14 с до 2 с": ("Время ответа", "14 с", "2 с"),
    "首屏时间：从 3.2s 降到 1.1s": ("首屏时间", "3.2s", "1.1s"),
}


@pytest.mark.parametrize("line", FIGURES)
def test_numbers_before_and_after(line: str) -> None:
    assert list(figures(line)) == [FIGURES[line]]


def test_what_is_no_pair_of_numbers() -> None:
    assert list(figures("from 10:05 to 10:40 nothing worked\nsee step 3 → next\nmoved from one to two")) == []


@pytest.mark.parametrize(
    "heading",
    [
        "5 Whys",
        "5-Why-Analyse",
        "Les 5 pourquoi",
        "5 por qués",
        "Cinco porquês",
        "Пять почему",
        "なぜなぜ分析",
        "5 Why 分析",
    ],
)
def test_a_chain_of_whys_in_every_language(heading: str) -> None:
    match = vocabulary().field_of(heading)
    assert match is not None
    assert match.field == "whys"


def test_numbers_of_issues_and_numbers_that_count() -> None:
    assert {ref for _, ref in references("relates to #1399, push #8812, PR #512")} == {"#1399", "#8812", "#512"}
    assert list(references("build #345, run #12, colour #123456")) == []


def test_what_a_program_said_is_an_error_and_other_quotes_are_none() -> None:
    assert list(told_errors('the log was full of "451 4.7.1 Greylisting in action"')) == [
        "451 4.7.1 Greylisting in action"
    ]
    assert list(told_errors('we call it "the blue green thing"')) == []


def test_times_at_the_start_of_a_line() -> None:
    assert stamped("**10:05** it fell") == ("10:05", "it fell")
    assert stamped("16:9 screens")[0] == ""
    assert day_in("2025\u201105\u201102") == "2025-05-02"


HOSTILE = {
    "blanks": " " * 50_000 + "x",
    "ticks": "x " + "`" * 30_000,
    "bars": "x" + "| a " * 5_000,
    "stars": "**" * 20_000,
    "colons": "a:" * 10_000,
    "numbers": "1 2 " * 8_000,
    "arrows": "1 → " * 5_000,
    "says": "says x" * 5_000,
}


@pytest.mark.parametrize("sort", HOSTILE)
def test_hostile_lines_end(sort: str) -> None:
    text = f"# Outage\n\n## Problem\n{HOSTILE[sort]}\n\n## Cause\nRust.\n\n## Fix\nOil.\n"
    assert imported(text).entries[0]["causes"][0]["description"] == "Rust."
