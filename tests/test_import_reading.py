"""Import: what a document means by its lists, labels and results: made-up documents of the sorts that people write."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from causebook.importers import Imported, Source, markdown_document


def imported(text: str, name: str = "docs/note.md") -> Imported:
    return markdown_document.convert(Source(name, text.encode(), date(2026, 11, 21)), None)


def of_kind(text: str, kind: str) -> list[dict[str, Any]]:
    return [entry for entry in imported(text).entries if entry["kind"] == kind]


def incident(text: str) -> dict[str, Any]:
    (one,) = of_kind(text, "incident")
    return one


def session(text: str) -> dict[str, Any]:
    (one,) = of_kind(text, "session")
    return one


LESSONS = """\
# Session summary 12

**Date:** 2026-01-05
**Status:** done

## Objective
Make the mail queue survive a restart.

## Outcome
It does.

## Lessons learned
What we take with us:
1. Write the queue to disk before answering
2. Restart it in the test
{last}
"""


def test_what_leads_to_a_list_of_lessons_or_closes_it_is_none() -> None:
    text = LESSONS.format(last="\nWith this the mail server is ready for the move in spring.")
    made = session(text)
    assert [one["rule"] for one in made["lessons"]] == [
        "Write the queue to disk before answering", "Restart it in the test",
    ]  # fmt: skip
    assert "ready for the move" in str(made["notes"])


def test_a_paragraph_behind_a_list_that_teaches_is_a_lesson() -> None:
    for last in ("Next time we should have a spare disk.", "On doit garder un disque de réserve.", "必须备一块硬盘。"):
        assert [one["rule"] for one in session(LESSONS.format(last=f"\n{last}"))["lessons"]][-1] == last


@pytest.mark.parametrize(("heading", "count"), [("Final lesson", 1), ("Lessons", 3)])
def test_a_heading_of_one_lesson_holds_one(heading: str, count: int) -> None:
    text = LESSONS.partition("## Lessons")[0] + f"## {heading}\nA queue is a promise.\n\nIt has to hold.\n\nAlways.\n"
    lessons = session(text)["lessons"]
    assert len(lessons) == count
    assert "It has to hold." in str(lessons)


STEPS = (
    LESSONS.partition("## Lessons")[0]
    + """\
## Next steps
**Tasks:**
1. Remove the old spool
2. Move the logs

**Success criteria:**
- ✅ No file left in the old spool

---

*End of the summary - to be continued on Monday*
"""
)


def test_labels_over_steps_are_no_steps_and_criteria_belong_to_the_step_above() -> None:
    made = session(STEPS)
    assert [one["step"].split("\n")[0] for one in made["next_steps"]] == ["Remove the old spool", "Move the logs"]
    assert made["next_steps"][1]["step"].endswith("- ✅ No file left in the old spool")
    assert {one["state"] for one in made["next_steps"]} == {"open"}


def test_a_footer_in_italics_behind_a_rule_belongs_to_no_list() -> None:
    assert "to be continued on Monday" in str(session(STEPS)["notes"])
    assert "to be continued" in str(
        session(STEPS.replace("---\n\n*", "3. ").replace("Monday*", "Monday"))["next_steps"]
    )


OPEN = """\
# Session hand-over

**Updated:** 2026-02-03 18:00

## PRIORITY 1: Invoices arrive twice after midnight

### Problem
Invoices arrive twice:

```
IntegrityError: duplicate key invoice_no
```

**Root cause:** the clock of the second worker is an hour late.

### Plan
1. Read the scheduler

**Option A: one clock for all**
```python
clock = shared()
```

**Option B: ignore the second one**

2. Measure again

### Success criteria
- [{tick}] No invoice twice in a week

## Completed this session

### Fixes of build 7
- Fonts of the reports ✅
"""


def test_options_of_a_plan_are_options_with_what_stands_below_them() -> None:
    made = session(OPEN.format(tick=" "))
    assert [one["step"] for one in made["plan"]] == ["Read the scheduler", "Measure again"]
    assert [one["option"].split("\n")[0] for one in made["options"]] == [
        "**Option A: one clock for all**", "**Option B: ignore the second one**",
    ]  # fmt: skip
    assert "clock = shared()" in made["options"][0]["option"]


def test_options_among_the_next_steps_are_no_steps() -> None:
    text = STEPS.replace("**Tasks:**", "**Option A: at night**\n**Option B: on Monday**\n\n**Tasks:**")
    assert len(session(text)["options"]) == 2
    assert len(session(text)["next_steps"]) == 2
    assert len(session(text.replace("Option A", "Opening").replace("Option B", "Closing"))["next_steps"]) == 4


def test_a_failure_whose_criteria_are_open_is_not_mended_by_other_work() -> None:
    made = incident(OPEN.format(tick=" "))
    assert made["title"] == "PRIORITY 1: Invoices arrive twice after midnight"
    assert (made["status"], made["severity"]) == ("identified", "sev2")
    assert "fix" not in made
    assert "Fonts of the reports" in session(OPEN.format(tick=" "))["outcome"]
    assert incident(OPEN.format(tick="x"))["status"] == "draft"


FLAT = """\
# Session summary 31

**Date:** 2026-02-07

## Problem
The printer answers nobody.

## Root cause
Its address had changed.

## Solution
A fixed address.

## Success criteria
- [ ] A week without a complaint
"""


def test_a_fix_in_a_chapter_of_its_own_stays_though_criteria_are_open() -> None:
    assert incident(FLAT)["fix"]["description"] == "A fixed address."


RUN = """\
# Run log: 2026-03-01 09:15

## Focus
Issue #8: [Bug] The cache answers with the profile of somebody else

## Root cause analysis
After the cache was switched on, 12 % of the answers were wrong:

```
AssertionError: user 5 != user 9
```

The key of the cache did not hold the user.

## Changes made
- `cache.py`: the user is part of the key

## Result
{result}

## Technical notes
- **Why not one cache for each user?** It would not fit into memory.
- The key is now 40 bytes long.
"""


def test_a_result_that_begins_with_a_status_states_it() -> None:
    text = RUN.format(result="**SUCCESS** - issue #8 is finished.")
    assert session(text)["status"] == "completed"
    assert "the incident is a draft: its document says resolved, which requires severity, fix.verification" in (
        imported(text).remarks
    )
    assert session(RUN.format(result="Issue #8 was looked at."))["status"] == "draft"


def test_the_incident_of_a_session_is_called_by_what_failed() -> None:
    made = incident(RUN.format(result="Done."))
    assert made["title"] == "Issue #8: [Bug] The cache answers with the profile of somebody else"
    other = RUN.replace("Issue #8: [Bug] The cache answers with the profile of somebody else", "A look at the cache")
    assert incident(other.format(result="Done."))["title"] == "Run log: 2026-03-01 09:15"


def test_an_error_shown_in_the_analysis_is_no_part_of_the_cause() -> None:
    made = incident(RUN.format(result="Done."))
    assert made["causes"][0]["description"] == "The key of the cache did not hold the user."
    assert made["symptom"]["errors"] == [{"text": "AssertionError: user 5 != user 9"}]


def test_a_question_why_in_the_notes_of_a_session_is_the_reason_of_a_decision() -> None:
    made = session(RUN.format(result="Done."))
    assert made["decisions"] == [
        {"choice": "Why not one cache for each user?", "because": "It would not fit into memory."}
    ]
    assert "40 bytes" in str(made["notes"])


REQUEST = """\
# Fix: upload worker crashes on empty parts

**Date:** 2026-04-02

## Summary
- **Fixes:** {fixes}
- **Error handling:** {handling}

## Root cause
The chunker takes empty parts. This caused the worker to die with:

```
ValueError: chunk must not be empty
```

## Commits
- `3fa91bc`: `feat: chunked uploads`
- `9c0ffe1`: `fix(chunker): skip empty parts`

## Next steps
1. Tag 4.2.1

**Status: ready for merge**
"""


def test_a_request_that_fixes_what_fails_tells_the_symptom() -> None:
    made = incident(REQUEST.format(fixes="uploads crash on empty parts", handling="single parts are sent again"))
    assert made["symptom"]["description"] == "uploads crash on empty parts"
    assert made["symptom"]["errors"] == [{"text": "ValueError: chunk must not be empty"}]
    assert made["fix"]["description"] == "`9c0ffe1`: `fix(chunker): skip empty parts`"
    assert [one["role"] for one in made["commits"]] == ["mentioned", "fixed"]
    assert [one["description"] for one in made["actions"]] == ["Tag 4.2.1"]


def test_a_verb_that_says_what_is_mended_is_no_field_in_portuguese_either() -> None:
    text = "# Correção da fila\n\n## Resumo\n- **Corrige:** {}\n\n## Causa raiz\nUm erro de rede.\n"
    told = incident(text.format("mensagens duplicadas após falha de rede"))
    assert told["symptom"]["description"] == "mensagens duplicadas após falha de rede"
    other = incident(text.format("textos do menu") + "\n## Sintoma\nNada chega.\n")
    assert other["symptom"]["description"] == "Nada chega."
    assert other["summary"] == "**Corrige:** textos do menu"


def test_a_request_that_says_what_it_changed_tells_the_fix() -> None:
    made = incident(REQUEST.format(fixes="Added a check for empty parts", handling="`KeyError: part` is caught"))
    assert made["fix"]["description"] == "Added a check for empty parts"
    assert made["symptom"]["description"] == "This caused the worker to die with:"
    assert made["causes"][0]["description"] == "The chunker takes empty parts."


MENDED = """\
# Récapitulatif de session du 12 mars 2026

**Statut :** ✅ Terminé

## Bugs corrigés

### 1. Doublons de factures
**Problème :** chaque facture arrivait deux fois.
**Cause racine :** deux verrous :
- un par processus
**Correction :** un seul verrou dans Redis.
**Fichiers modifiés :**
- `app/factures.py:10-40`

### 2. Dates décalées
**Problème :** les dates avaient un jour de retard.
**Cause :** le fuseau était ignoré.
**Correction :** conversion explicite.
"""


def test_faults_below_a_heading_that_says_they_were_mended_are_incidents() -> None:
    first, second = of_kind(MENDED, "incident")
    assert (first["title"], second["title"]) == ("Doublons de factures", "Dates décalées")
    assert first["fix"]["description"] == "un seul verrou dans Redis."
    assert first["fix"]["files"][0]["path"] == "app/factures.py"
    assert "notes" not in first
    assert any("its document says resolved" in remark for remark in imported(MENDED).remarks)


@pytest.mark.parametrize(("heading", "status"), [("Bugs fixed", "resolved"), ("Production bugs", "draft")])
def test_a_heading_over_several_says_that_they_were_mended(heading: str, status: str) -> None:
    told = ("Symptom", "Severity", "Cause", "Fix", "Verification")
    bug = "### Bug {0}: no answer {0}\n" + "".join(f"**{one}:** high\n" for one in told)
    text = f"# Work on the printer\n\n## {heading}\n{bug.format(1)}\n{bug.format(2)}"
    assert [one["status"] for one in of_kind(text, "incident")] == [status, status]


def test_what_was_found_wrong_beside_the_problem_is_the_cause() -> None:
    told = "**Problem:** dates were a day late.\n\n"
    text = f"# Outage of the calendar\n\n{told}**Issues found:**\n1. the zone was ignored\n\n**Fix:** converted.\n"
    assert incident(text)["causes"][0]["description"] == "1. the zone was ignored"
    assert "causes" not in incident(text.replace(told, ""))


def test_a_label_at_the_margin_below_a_list_ends_it_but_not_among_lessons() -> None:
    rules = "1. Write the queue to disk\n**Why:** it is lost\n2. Restart it in the test\n**Why:** nobody else does\n"
    lessons = session(LESSONS.partition("What we take")[0] + rules)["lessons"]
    assert [one["rule"].split("\n")[0] for one in lessons] == ["Write the queue to disk", "Restart it in the test"]
    assert (
        "two locks:\n"
        in incident("# Outage\n\n**Cause:** two locks:\n- one each\n**Fix:** one lock\n")["causes"][0]["description"]
    )
    assert (
        incident("# Outage\n\n**Cause:** two locks:\n- one each\n**Fix:** one lock\n")["fix"]["description"]
        == "one lock"
    )


def test_techniques_of_debugging_are_work_and_no_attempts() -> None:
    text = (
        LESSONS.format(last="")
        + "\n## Debugging techniques that helped\n### 1. One test\n```bash\npytest -k mail\n```\n"
    )
    made = session(text)
    assert made["work"] == [{"activity": "debug", "description": "1. One test\n```bash\npytest -k mail\n```"}]
    assert "attempts" not in made


LOG = """\
# Debug-Log: Druckaufträge bleiben stehen

## Symptom
```
ERROR spooler: job 17 timed out
ERROR spooler: job 18 timed out
```

## Verlauf
- **2026-03-02 09:10:** Warteschlange gelesen.
- **2026-03-02 09:13:** **Versuch 1:** Puffer auf 64 MB erhöht.
- **2026-03-02 09:15:** Ergebnis: 2 Fehler, unverändert.
- **2026-03-02 09:16:** Netzteil ersetzt.
- **2026-03-02 09:19:** Ergebnis: 2 Fehler.
- **2026-03-02 09:30:** Kabel ersetzt.
- **2026-03-02 09:35:** Ergebnis: behoben.

## Ursache ({known})
Vermutlich das Kabel.

## Überprüfung (TBD)
Alle Aufträge sollten laufen.
"""


def test_a_history_that_counts_attempts_is_a_log_of_attempts() -> None:
    made = incident(LOG.format(known="noch offen"))
    assert [(one["action"], one["outcome"]) for one in made["attempts"]] == [
        ("**Versuch 1:** Puffer auf 64 MB erhöht.", "failed"), ("Kabel ersetzt.", "worked"),
    ]  # fmt: skip
    assert "Netzteil ersetzt.\nErgebnis: 2 Fehler." in made["attempts"][0]["result"]
    uncounted = incident(LOG.replace("**Versuch 1:** ", "").format(known="noch offen"))
    assert "attempts" not in uncounted
    assert "Netzteil ersetzt." in str(uncounted["timeline"])


def test_lines_of_a_log_whose_labels_were_read_are_not_kept_twice() -> None:
    text = (
        "# Журнал отладки: сборка падает\n\n## Ход отладки\n- **10:05** Гипотеза: кэш повреждён.\n"
        "- **10:06** **Попытка 1:** Очистил кэш. Результат: 3 ошибки.\n- **10:20** **Попытка 2:** Откатил компилятор.\n"
        "- **10:25** Результат: сборка прошла, исправлено.\n"
    )
    made = incident(text)
    assert [one["outcome"] for one in made["attempts"]] == ["failed", "worked"]
    assert made["attempts"][0]["result"] == "Результат: 3 ошибки."
    assert "notes" not in made


def test_what_is_said_to_be_open_is_a_question_and_tells_the_status() -> None:
    made = incident(LOG.format(known="noch offen"))
    assert made["status"] == "investigating"
    assert [one.partition(":")[0] for one in made["open_questions"]] == ["Ursache (noch offen)", "Überprüfung (TBD)"]
    known = incident(LOG.format(known="Hardware"))
    assert known["causes"][0]["description"] == "Vermutlich das Kabel."
    assert known["status"] == "draft"


def test_errors_on_lines_of_their_own_are_errors_of_their_own() -> None:
    assert [one["text"] for one in incident(LOG.format(known="Kabel"))["symptom"]["errors"]] == [
        "ERROR spooler: job 17 timed out", "ERROR spooler: job 18 timed out",
    ]  # fmt: skip
    whole = LOG.format(known="Kabel").replace("ERROR spooler: job 18", "  at ERROR spooler: job 18")
    assert len(incident(whole)["symptom"]["errors"]) == 1


def test_numbers_that_count_something_else_say_what() -> None:
    text = RUN.format(result="Riddle #17 is written down, see issue #9.")
    told = {one["ref"]: one.get("note") for entry in imported(text).entries for one in entry.get("references", [])}
    assert told == {"#8": None, "#17": "Riddle #17", "#9": None}


def test_a_pattern_of_files_is_no_file() -> None:
    text = RUN.format(result="Done.").replace("- `cache.py`: the", "- `server/api/*.py` and **cache.py**: the")
    assert ".py" not in [one["path"] for one in session(text).get("files", [])]


def test_a_list_that_speaks_of_what_was_generated_bears_no_date() -> None:
    listed = "**Root cause:** wrong names were made:\n- Generated: `a_2` where `a_1` was meant\n"
    text = f"# Outage of the index\n\n{listed}\n**Fix:** by hand\n"
    assert "`a_2` where `a_1` was meant" in incident(text)["causes"][0]["description"]
    dated = text.replace("`a_2` where `a_1` was meant", "2026-05-04")
    assert incident(dated)["timeline"][0]["at"] == "2026-05-04"
