"""Import: text in, entries out; nothing lost, nothing published that must not be, the same again the second time."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from causebook.errors import CausebookError
from causebook.importers import Imported, NothingToImport, Source, importer_of, importers, markdown_document
from causebook.importers._dates import day_in, moment_in
from causebook.importers._evidence import fenced_errors, paths, references, shas, told_errors
from causebook.importers._reading import read
from causebook.importers._sections import attempt_of, unit_of
from causebook.importers._structure import blocks
from causebook.importers._vocabulary import FOLDER, vocabulary
from causebook.model import requirements
from causebook.model.entry import ENTRY
from conftest import Run
from gitrepo import Project

DAY = date(2026, 11, 21)

POSTMORTEM = """\
# Uploads failed for an hour

**Date:** 2025-03-14 | **Severity:** High | **Status:** Resolved

## Summary
Uploads over 5 MB were refused.

## Impact
Some customers could not send files.

## Error
```
Traceback (most recent call last):
  File "src/store.py", line 7, in put
    raise QuotaError("bucket is full")
QuotaError: bucket is full
```

## Root cause
The cleaner never ran, because its schedule had a typo.

## Five whys
1. Why did uploads fail? The bucket was full.
2. Why was it full? → The cleaner had not run.

## What was tried
- Restarted the service: no effect.
- Raised the quota. It worked for a while.

## Resolution
Mended the schedule in `deploy/cron.yaml:12-14` (commit 1a2b3c4d), see #77.

## Verification
Uploaded 50 files of 8 MB.

## Lessons learned
- Alert on free space.

## Action items
- [ ] Add the alert
- [x] Mend the schedule

## Timeline
- 09:10 UTC first refusal
- 10:12 UTC uploads work
"""


def imported(text: str | bytes, name: str = "docs/note.md", kind: str | None = None) -> Imported:
    data = text if isinstance(text, bytes) else text.encode()
    return markdown_document.convert(Source(name, data, DAY), kind)


def only(text: str, kind: str | None = None) -> dict[str, Any]:
    (entry,) = imported(text, kind=kind).entries
    return entry


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def everything(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def test_a_postmortem_becomes_an_incident_with_every_field() -> None:
    entry = only(POSTMORTEM)
    assert entry["id"].startswith("2025-03-14-uploads-failed-for-an-hour-")
    assert (entry["kind"], entry["severity"], entry["status"]) == ("incident", "sev2", "resolved")
    assert entry["confidence"] == "not_validated"
    assert entry["symptom"]["description"] == "Uploads over 5 MB were refused."
    assert entry["symptom"]["errors"][0]["text"].endswith("QuotaError: bucket is full")
    assert entry["impact"]["description"] == "Some customers could not send files."
    assert entry["causes"][0]["description"].startswith("The cleaner never ran")
    assert entry["five_whys"] == [
        {"why": "Why did uploads fail?", "because": "The bucket was full."},
        {"why": "Why was it full?", "because": "The cleaner had not run."},
    ]
    assert [a["outcome"] for a in entry["attempts"]] == ["failed", "partial"]
    assert entry["fix"]["verification"] == {"how": "Uploaded 50 files of 8 MB."}
    assert entry["lessons"] == [{"rule": "Alert on free space."}]
    assert [(a["description"], a["status"]) for a in entry["actions"]] == [
        ("Add the alert", "open"),
        ("Mend the schedule", "complete"),
    ]
    assert [e["at"] for e in entry["timeline"]] == ["2025-03-14", "2025-03-14T09:10Z", "2025-03-14T10:12Z"]
    assert [c["sha"] for c in entry["commits"]] == ["1a2b3c4d"]
    assert [r["ref"] for r in entry["references"]] == ["#77"]
    assert entry["provenance"]["method"] == "imported"


def test_a_status_whose_fields_are_missing_stays_a_draft_and_is_kept() -> None:
    entry = only("# Crash\n\nStatus: resolved\n\n## Problem\nIt fell.\n\n## Cause\nRust.\n")
    assert entry["status"] == "draft"
    assert "Status: resolved" in everything(entry["notes"])
    assert not list(requirements.unmet(ENTRY.validate_python(entry)))


LANGUAGES = {
    "de": (
        "## Problem\nWackelt.\n## Ursache\nLose.\n## Lösung\nFest.\n## Lehren\n- Immer prüfen.\n",
        "3. März 2025",
    ),
    "fr": (
        "## Problème\nBouge.\n## Cause racine\nVis.\n## Correctif\nSerrée.\n## Leçons apprises\n- Voir.\n",
        "3 mars 2025",
    ),
    "es": (
        "## Problema\nBaila.\n## Causa raíz\nTornillo.\n## Solución\nFijo.\n## Lecciones aprendidas\n- Mirar.\n",
        "3 de marzo de 2025",
    ),
    "pt": (
        "## Problema\nMexe.\n## Causa raiz\nParafuso.\n## Solução\nPreso.\n## Lições aprendidas\n- Olhar.\n",
        "3 de março de 2025",
    ),
    "ru": (
        "## Проблема\nШатается.\n## Причина\nВинт.\n## Решение\nЗатянут.\n## Уроки\n- Проверять.\n",
        "3 марта 2025",
    ),
    "ja": (
        "## 問題\n揺れる。\n## 原因\nねじ。\n## 解決策\n締めた。\n## 教訓\n- 確認する\n",
        "2025年3月3日",
    ),
    "zh": (
        "## 问题描述\n晃动。\n## 根本原因\n螺丝。\n## 解决方案\n拧紧。\n## 经验教训\n- 检查\n",
        "2025年3月3日",
    ),
    "en": (
        "## Problem\nShakes.\n## Root cause\nA screw.\n## Fix\nTightened.\n## Lessons learned\n- Look.\n",
        "March 3rd, 2025",
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_headings_and_dates_are_read_in_eight_languages(language: str) -> None:
    body, day = LANGUAGES[language]
    entry = only(f"# T\n\n{day}\n\n{body}")
    assert entry["id"].startswith("2025-03-03-")
    assert {"symptom", "causes", "fix", "lessons"} <= set(entry)
    assert "notes" not in entry


def test_every_vocabulary_has_the_same_lists() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == {"de", "en", "es", "fr", "ja", "pt", "ru", "zh"}
    assert len(vocabulary().months) > 60


def test_several_incidents_become_entries_beside_a_session() -> None:
    text = "# Notes of May 2nd, 2025\n\n## Bugs found\n\n" + "".join(
        f"### {n}. Thing {n} breaks\n**Problem:** It breaks {n} times.\n**Cause:** Reason {n}.\n**Fix:** Glue {n}.\n\n"
        for n in (1, 2, 3)
    )
    session, *incidents = imported(text + "## Next steps\n- Rest\n").entries
    assert session["kind"] == "session"
    assert [e["title"] for e in incidents] == ["Thing 1 breaks", "Thing 2 breaks", "Thing 3 breaks"]
    assert session["incidents"] == [e["id"] for e in incidents]
    assert {e["relations"][0]["target"] for e in incidents} == {session["id"]}
    assert incidents[1]["causes"][0]["description"] == "Reason 2."
    assert session["next_steps"] == [{"step": "Rest", "state": "open"}]


UNITS = {
    "bold lines": "**Problem 1: A**\n\nCause: x1\n\nFix: y1\n\n**Problem 2: B**\n\nCause: x2\n\nFix: y2\n",
    "items": "1. **A**\n   - Cause: x1\n   - Fix: y1\n2. **B**\n   - Cause: x2\n   - Fix: y2\n",
    "dated headings": "## 2025-01-05 — A\n**Cause**: x1\n**Fix**: y1\n## 2025-02-06 — B\n**Cause**: x2\n**Fix**: y2\n",
    "counted headings": "## Incident 1: A\n- Cause: x1\n- Fix: y1\n\n## Incident 2: B\n- Cause: x2\n- Fix: y2\n",
}


@pytest.mark.parametrize("sort", UNITS)
def test_incidents_are_told_apart_however_they_are_set_apart(sort: str) -> None:
    _, first, second = imported(f"# Notes\n\n{UNITS[sort]}").entries
    assert (first["title"], second["title"]) == ("A", "B")
    assert (first["causes"][0]["description"], second["fix"]["description"]) == ("x1", "y2")


def test_files_of_a_table_keep_what_is_said_of_them() -> None:
    text = "# Hand-over 2025-01-02\n\n## Done\nAll.\n\n## Files changed\n"
    text += "| File | Change |\n|---|---|\n| `a/b.py` | new |\n"
    assert only(text)["files"] == [{"path": "a/b.py", "note": "`a/b.py` | new"}]


def test_a_hand_over_becomes_a_session() -> None:
    text = (
        "# Session summary 2025-06-07\n\n## Goal\nMove the queue.\n\n## What was done\n- Moved half.\n\n"
        "## Decisions\n- Keep both for a week.\n\n## Files changed\n- `queue/move.py`: copies\n\n**Branch:** `move`\n"
    )
    entry = only(text)
    assert (entry["kind"], entry["objective"], entry["started_at"]) == ("session", "Move the queue.", "2025-06-07")
    assert entry["decisions"] == [{"choice": "Keep both for a week."}]
    assert entry["files"] == [{"path": "queue/move.py", "note": "`queue/move.py`: copies"}]


def test_numbered_attempts_keep_hypothesis_result_and_outcome() -> None:
    text = (
        "# Debugging: slow start\n\n## Symptom\nSlow.\n\n"
        "## Attempt 1: cache\n**Hypothesis:** The disk is slow.\n"
        "**Action:** Added a cache.\n**Result:** No effect.\n\n"
        "## Attempt 2: index\nAdded an index.\n**Result:** It works.\n"
    )
    first, second = only(text)["attempts"]
    assert (first["hypothesis"], first["outcome"], second["outcome"]) == ("The disk is slow.", "failed", "worked")
    assert "Added an index." in second["action"]


def test_a_log_of_moments_tells_attempts_from_observations() -> None:
    text = (
        "# Debugging log\n\n## Symptom\nIt hangs.\n\n## Debugging log\n"
        "- **2025-01-02 10:00:** Read the code.\n"
        "- **2025-01-02 10:05:** Hypothesis: a lock is held.\n"
        "- **2025-01-02 10:06:** Removed the lock.\n"
        "- **2025-01-02 10:09:** Ran again. Result: still fails.\n"
    )
    entry = only(text)
    (attempt,) = entry["attempts"]
    assert attempt["hypothesis"] == "a lock is held."
    assert (attempt["at"], attempt["action"]) == ("2025-01-02T10:06", "Removed the lock.")
    assert attempt["outcome"] == "failed"
    assert "Read the code." in everything(entry["timeline"])


def test_what_is_to_be_determined_is_an_open_question() -> None:
    entry = only("# Outage\n\n## Symptom\nDown.\n\n## Root cause (TBD)\nPerhaps the disk.\n\n## Fix\nTBD\n")
    assert "causes" not in entry
    assert "fix" not in entry
    assert entry["open_questions"] == ["Root cause (TBD): Perhaps the disk.", "Fix: TBD"]


def test_the_later_of_two_statuses_wins_and_it_is_said() -> None:
    result = imported(
        "# Outage\n\nStatus: investigating\n\n## Symptom\nDown.\n\n## Cause\nDisk.\n\n---\n\n**Status:** Resolved\n"
    )
    assert any("disagrees" in remark for remark in result.remarks)


def test_prose_without_headings_is_read_by_its_words() -> None:
    text = (
        "# Outage of the mail service\n\nOn 4 May 2024 mail was unavailable for two hours and every delivery failed. "
        "This was caused by an expired certificate on the relay in the second data centre, which nobody watched. "
        "To resolve the issue, the team replaced the certificate and restarted the relay by hand.\n"
    )
    entry = only(text)
    assert "unavailable" in entry["symptom"]["description"]
    assert "expired certificate" in entry["causes"][0]["description"]
    assert "replaced the certificate" in entry["fix"]["description"]


def test_tables_are_read_by_their_head_or_their_first_column() -> None:
    entry = only(
        "# Incident report\n\n| Field | Value |\n|---|---|\n| Date | 2025-02-03 |\n| Severity | Low |\n\n"
        "## What breaks\n\n| Symptom | Cause | Solution |\n|---|---|---|\n| Blank page | No build | Run make |\n"
    )
    assert (entry["id"][:10], entry["severity"]) == ("2025-02-03", "sev4")
    assert (entry["causes"][0]["description"], entry["fix"]["description"]) == ("No build", "Run make")


REFUSED = {
    "changelog": "# Changes\n\n## 1.2.0\n- Fix a\n\n## 1.1.0\n- Fix b\n\n## 1.0.0\n- First\n",
    "manual": "# Tool\n\nA tool.\n\n## Installation\npip\n\n## Usage\nrun\n\n## License\nMIT\n",
    "template": "# Postmortem template\n\n"
    "**Date:** YYYY-MM-DD\n**Status:** [status]\n\n## Summary\n[What happened]\n\n## Root cause\n[Why]\n",
    "interface": "# Things\n\n## GET /a\nx\n\n## POST /a\nx\n\n## DELETE /a\nx\n",
    "routes": "# Users\n\n## List\n`GET /users`\n\n### Parameters\nx\n\n### Response\n200\n\n### Errors\n404\n",
    "form": "# Report: [Title]\n\n## Summary\n<!-- one -->\n\n## Cause\nDescribe the cause.\n\n"
    "## Impact\n- Users:\n\n## Do\n- [ ] \n",
    "proposal": "# RFC: colours\n\n## Problem\nAll is grey.\n\n## Solution\nPaint.\n",
    "manual of tests": "# How to test\n\nA guide.\n\n## Step 1\nx\n\n## Common errors\nForgot the mark.\n",
    "neither": "# Poems\n\nRoses are red.\n",
    "nothing": "# Empty\n\n## Also\n",
}  # fmt: skip


@pytest.mark.parametrize("sort", REFUSED)
def test_what_is_neither_is_refused_with_the_reason(sort: str) -> None:
    with pytest.raises(NothingToImport, match="is not imported: "):
        imported(REFUSED[sort])


def test_kind_overrides_what_a_document_seems_to_be() -> None:
    assert only(REFUSED["neither"], kind="session")["kind"] == "session"
    assert only(REFUSED["neither"], kind="incident")["kind"] == "incident"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_encodings_and_line_ends(encoding: str) -> None:
    assert read("# Ü\r\nb\rc".encode(encoding), "x").text == "# Ü\nb\nc"


@pytest.mark.parametrize("wrong", ["mac_roman", "cp1252"])
def test_misread_characters_are_repaired_and_it_is_said(wrong: str) -> None:
    spoilt = "✓ fixed — done".encode().decode(wrong, "replace" if wrong == "cp1252" else "strict")
    reading = read(spoilt.encode(), "x")
    assert reading.text == "✓ fixed — done"
    assert "repaired" in reading.remarks[0]
    assert read("Ünïcode – straße 日本".encode(), "x").remarks == ()


def test_bytes_that_are_no_text_are_one_clear_error() -> None:
    with pytest.raises(CausebookError, match="is no text"):
        imported(b"\x00\x01\xff\xfe\x00" * 20)
    assert "cp1252" in read(b"caf\xe9", "x").remarks[0]


def test_redaction_reaches_the_entry_and_the_report() -> None:
    result = imported("# Outage\n\n## Symptom\nTold by ada@analytical.dev from /home/ada/x.\n\n## Cause\nDisk.\n")
    assert "ada@" not in everything(result.entries)
    assert "[email]" in everything(result.entries)
    assert any("[home]" in remark for remark in result.remarks)


def test_evidence_is_found_and_look_alikes_are_not() -> None:
    assert [s for s, _ in shas("fixed in commit 1a2b3c4")] == ["1a2b3c4"]
    assert not list(shas("image sha256:1a2b3c4d5e6f"))
    assert not list(shas("build 1234567 of commit day"))
    assert not list(shas("commit id in 00b7f759-21f8-4767-8803-f09d863005cd"))
    assert [r for _, r in references("Fixes #12, see a/b#3 and https://x.example/o/r/issues/4.")] == [
        "https://x.example/o/r/issues/4", "#12", "a/b#3",
    ]  # fmt: skip
    assert not list(references("event loop #2 in UTF-8"))
    assert list(paths("`src/a.py:3-5` and /etc/x.conf, ../up.py")) == [("src/a.py", (3, 5)), ("etc/x.conf", None)]
    assert list(told_errors("It says `KeyError: 'a'` twice")) == ["KeyError: 'a'"]
    assert list(fenced_errors("ok\nbash: foo: command not found\nprint('ValueError: x')")) == [
        "bash: foo: command not found"
    ]


def test_dates_and_moments() -> None:
    assert day_in("am 05.04.2025") == "2025-04-05"
    assert day_in("04/05/2025", month_first=True) == "2025-04-05"
    assert day_in("13/05/2025", month_first=True) == "2025-05-13"
    assert day_in("June 13") is None
    assert day_in("2025-13-45") is None
    assert moment_in("2:54 PM PST: merged", "2019-01-22") == "2019-01-22T14:54-08:00"
    assert moment_in("10h42 : rétabli", "2024-07-14") == "2024-07-14T10:42"
    assert moment_in("later", "2024-07-14") is None


def test_numbers_of_attempts_and_units() -> None:
    assert attempt_of("**Attempt 2:** `x` again") == "`x` again"
    assert attempt_of("Attempted twice") is None
    assert unit_of("Incident 3: Disk") == "Disk"
    assert unit_of("问题2：接口超时") == "接口超时"


def test_front_matter_setext_and_fences_keep_their_lines() -> None:
    text = "Title\n=====\n\n---\na: 1\nb: 2\n---\n\n```\n# no heading\n```\n- [x] one\n  two\n\n| a | b |\n|---|---|\n"
    found = blocks(text)
    kinds = [b.kind for b in found if b.kind != "blank"]
    assert kinds == ["heading", "front", "fence", "item", "table"]
    assert [n for b in found for n in range(b.first, b.last + 1)] == list(range(1, len(text.split("\n"))))


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, (dict, list)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from leaves(one)
    else:
        yield str(value)


def account_is_whole(text: str, result: Imported) -> None:
    held = {word for value in leaves(list(result.entries)) for word in words(value)}
    skipped = {n for s in result.skipped for n in range(s.first, s.last + 1)}
    for number, line in enumerate(read(text.encode(), "x").text.split("\n"), 1):
        wanted = words(line)
        assert number in skipped or sum(w in held for w in wanted) >= 0.8 * len(wanted), (number, line)


_PIECE = st.sampled_from([
    "# Outage", "## Root cause", "## Fix", "### Attempt 1: x", "## Lessons", "## 原因", "---", "```", "~~~",
    "- [ ] do it",
    "1. why? because",
    "**Status:** done | **Date:** 2025-01-02", "- **10:00** Tried it", "| a | b |", "|---|---|", "> quoted",
    "<!-- note", "text", "",
    "  - deeper",
    "    indented", "Error: it broke", "[a]: https://x.example/1", "title: x", "## Problem 1: a",
    "## Problem 2: b", "=====",
    "**Cause:** rust", "#", "**", "````md", "| Action | Result |", "| Symptom | Cause | Fix |", "Title\n===",
    "Date\n---",
    "  ```", "\t- tab", "1) one", "- **Attempt 2:** y", "### 10:05 – Versuch 1: z", "Fix: w\x00\x0b\x1b[31m",
    "\u2028x\x85y",
    "\ufeff# BOM", "e\u0301\u200d\u202e", "👩\u200d🔧 ## Fix", "\r", "<details>", "</details>", "<h2>Cause</h2>",
    "[x](", "`", "``` `",
])  # fmt: skip
_LINE = st.one_of(_PIECE, st.text(max_size=30), st.tuples(_PIECE, st.text(max_size=12)).map("".join))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_LINE, max_size=25).map("\n".join), st.sampled_from(["incident", "session"]))
def test_any_markdown_imports_without_a_crash_and_loses_no_line(text: str, kind: str) -> None:
    data = text.encode("utf-8", "ignore")
    result = imported(data, kind=kind)
    assert result.entries
    for entry in result.entries:
        ENTRY.validate_python(entry)
    if not re.search(r"@|/home|Users|key|token|secret", text):
        account_is_whole(data.decode(), result)
    assert imported(data, kind=kind) == result


def of_kind(text: str, kind: str) -> dict[str, Any]:
    (entry,) = [one for one in imported(text).entries if one["kind"] == kind]
    return dict(entry)


LOG = """\
# Debugging log: tests hang

**Date:** 2025-04-10

## Debugging log (chronological)
- **2025-04-10 17:37:** Ran the tests, three fail.
- **2025-04-10 17:39:** Changed the pool. Result: still three failures.
- **2025-04-10 17:58:** Hypothesis: the fixture is too narrow.
- **2025-04-10 17:59:** Changed the fixture.
- **2025-04-10 18:01:** Removed the override.
- **2025-04-10 18:02:** Result: 6 failures.
- **2025-04-10 18:03:** Changed the fixture back.
"""


def test_changes_of_a_log_with_no_run_between_them_are_one_attempt() -> None:
    made = of_kind(LOG, "incident")["attempts"]
    assert [one["action"] for one in made] == [
        "Changed the pool.", "Changed the fixture.\nRemoved the override.",
        "Changed the fixture back.",
    ]  # fmt: skip
    assert [one["outcome"] for one in made] == ["failed", "failed", "inconclusive"]


def test_what_is_changed_after_a_numbered_attempt_belongs_to_it_unless_it_worked() -> None:
    counted = LOG.replace("Changed the pool", "**Attempt 1:** Changed the pool")
    times = ("18:04:** Result: 6 failures.", "18:05:** Replaced the engine.", "18:09:** Result: all pass, fixed.")
    mended = counted + "".join(f"- **2025-04-10 {line}\n" for line in times)
    (one,) = of_kind(counted, "incident")["attempts"]
    assert one["outcome"] == "failed"
    assert "Hypothesis: the fixture is too narrow.\nChanged the fixture.\nRemoved the override." in one["result"]
    assert [a["action"] for a in of_kind(mended, "incident")["attempts"]][-1] == "Replaced the engine."


def test_a_status_that_had_to_give_way_is_told_with_what_it_requires() -> None:
    text = "# Outage\n\n**Date:** 2025-01-02\n**Status:** Resolved\n\n## Root cause\nA typo.\n\n## Fix\nMended it.\n"
    told = "the incident is a draft: its document says resolved, which requires severity, fix.verification"
    assert told in imported(text).remarks
    whole = text + "\n## Verification\n12 passed\n\n## Severity\nhigh\n"
    assert imported(whole).entries[0]["status"] == "resolved"
    assert not any("is a draft" in one for one in imported(whole).remarks)


def test_what_leads_to_an_error_is_the_symptom_where_nothing_is_headed_so() -> None:
    log = "# Journal\n\n2025-01-02\n\n## Timeline\n- 10:00 deploy\n- 10:05 the worker stops:\n\n"
    cause = "\n## Root cause\nA client made at import.\n"
    entry = of_kind(log + "```\nRuntimeError: loop is closed\n```\n" + cause, "incident")
    assert entry["symptom"]["description"] == "- 10:05 the worker stops:"
    entry = of_kind(log + "```\nmake deploy\n```\n" + cause, "incident")
    assert entry["symptom"]["description"] == "Journal"


def test_an_item_of_a_list_is_not_kept_again_for_its_number() -> None:
    text = "# Session\n\n2025-01-02\n\n## Goal\nGreen\n\n## What I tried\n1. `a` → no effect\n\n## Error\nx fails\n"
    assert "no effect" not in str([one.get("notes") for one in imported(text).entries])


@pytest.mark.parametrize(
    ("heading", "field"),
    [("発生している問題", "symptom"), ("発生日時", "date"), ("Stolpersteine", "lessons"), ("Исправлено", "fix")],
)
def test_a_heading_names_the_field_of_its_subject(heading: str, field: str) -> None:
    match = vocabulary().field_of(heading)
    assert match is not None
    assert match.field == field


def test_a_line_whose_words_stand_only_in_two_fields_is_lost_nowhere() -> None:
    result = imported(POSTMORTEM)
    account_is_whole(POSTMORTEM, result)
    assert sum(result.account.values()) == sum(1 for line in POSTMORTEM.split("\n") if line.strip())
    assert {r.field for r in result.receipts} >= {
        "symptom.description", "causes[0]", "fix.description", "fix.verification.how", "lessons[0]",
    }  # fmt: skip


def test_importers_are_found_by_file_name() -> None:
    assert list(importers()) == ["git_history", "github_json", "junit_report", "markdown_document"]
    assert importer_of(Path("a.md")) is markdown_document
    assert importer_of(Path("a.png")) is None


@pytest.fixture
def sources(project: Project) -> Path:
    folder = project.root / "docs"
    folder.mkdir()
    (folder / "up.md").write_text(POSTMORTEM, encoding="utf-8")
    (folder / "no.md").write_text(REFUSED["changelog"], encoding="utf-8")
    return folder


def test_the_command_writes_entries_that_check_accepts_and_repeats_nothing(
    sources: Path, project: Project, run: Run
) -> None:
    first = run("import", "docs/up.md", at=project.root)
    assert (first.code, first.err) == (0, "")
    (path,) = (project.root / "entries" / "2025").glob("*.yaml")
    before = path.read_bytes()
    assert run("check", "--select", "schema,required_fields,file_name", at=project.root).code == 0
    assert "unchanged" in run("import", "docs/up.md", at=project.root).out
    assert path.read_bytes() == before


def test_a_folder_ends_with_a_count_and_a_refusal_is_exit_1(sources: Path, project: Project, run: Run) -> None:
    result = run("import", "docs", "--dry-run", "--report", at=project.root)
    assert result.code == 1
    assert "docs/no.md: is not imported: it is a changelog" in result.out
    assert "documents     2: 1 read, 1 refused, 0 unreadable\n" in result.out
    assert "entries       1 incidents, 0 sessions\n" in result.out
    assert "not imported  1 × it is a changelog" in result.out
    assert "lines: " in result.out
    assert not list((project.root / "entries").glob("2025/*"))


def test_json_of_one_file_and_of_a_refused_one(sources: Path, project: Project, run: Run) -> None:
    one = json.loads(run("import", "docs/up.md", "--dry-run", "--format", "json", at=project.root).out)
    assert [e["kind"] for e in one["entries"]] == ["incident"]
    assert set(one["skipped"][0]) == {"lines", "reason"}
    assert set(one["receipts"][0]) == {"entry", "field", "lines"}
    assert json.loads(run("import", "docs/no.md", "--format", "json", at=project.root).out)["entries"] == []
    many = json.loads(run("import", "docs/*.md", "--dry-run", "--format", "json", at=project.root).out)
    assert len(many) == 2


def test_into_another_folder_of_the_project(sources: Path, project: Project, run: Run) -> None:
    assert run("import", "docs/up.md", "--into", "drafts", at=project.root).code == 0
    assert list((project.root / "drafts" / "2025").glob("*.yaml"))
    outside = run("import", "docs/up.md", "--into", "../drafts", at=project.root)
    assert (outside.code, outside.out) == (2, "")
    assert "outside" in outside.err


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("nowhere.md", "there is no file"),
        ("none/*.md", "no document"),
        ("docs/x.png", "no importer"),
        ("docs/bin.md", "is no text"),
    ],
)
def test_bad_input_is_one_message_and_exit_2(
    argument: str, said: str, sources: Path, project: Project, run: Run
) -> None:
    (sources / "x.png").write_bytes(b"\x89PNG")
    (sources / "bin.md").write_bytes(b"\x00\xff" * 40)
    result = run("import", argument, at=project.root)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert "Traceback" not in result.err


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root reads everything")
def test_an_unreadable_file_is_said(sources: Path, project: Project, run: Run) -> None:
    (sources / "up.md").chmod(0)
    assert run("import", "docs/up.md", at=project.root).code == 2
