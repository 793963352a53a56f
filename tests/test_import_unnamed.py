"""Import: headings that no wording meets, lines that lead to a list, and moments that tell of something of no use."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from causebook.importers import NothingToImport, Source, markdown_document
from causebook.importers._attempts import fruitless, outcome_of
from causebook.importers._evidence import fenced_errors, paths, shas, told_errors
from causebook.importers._labels import field_of_label
from causebook.importers._sections import heading_field
from causebook.importers._vocabulary import vocabulary

LANGUAGES = ("en", "de", "fr", "es", "pt", "ru", "ja", "zh")


def entries(text: str, name: str = "docs/note.md") -> list[dict[str, Any]]:
    return list(markdown_document.convert(Source(name, text.encode(), date(2026, 11, 21)), None).entries)


def incident(text: str) -> dict[str, Any]:
    (one,) = [entry for entry in entries(text) if entry["kind"] == "incident"]
    return one


HEADINGS = {
    "attempts": (
        "Fixes we tried on Friday", "Was wir alles ausprobiert haben", "Ce que l'équipe a essayé d'abord",
        "Qué descartamos por el camino", "O que já testamos", "Что мы успели попробовать",
        "これまでに試した手", "已经试过的几招",
    ),
    "lessons": (
        "What this night taught us", "Was ich daraus mitgenommen habe", "Ce que nous retiendrons: retenons",
        "Con qué nos quedamos y qué aprendimos", "Coisas que aprendi", "Чему нас это научило",
        "今回学んだもの", "这次的教训与体会",
    ),
    "errors": (
        "Log lines of the worker", "Auszug aus dem Worker-Log", "Lignes de log du relais", "Extracto del log del relé",
        "Trecho do log do relé", "Фрагмент лога сервера", "サーバーのログの抜粋", "控制台里的内容",
    ),
    "actions": (
        "What is left for Monday", "Was noch zu erledigen bleibt", "Ce qu'il reste à régler",
        "Lo que queda pendiente de hoy",
        "O que ficou para amanhã", "Что осталось на завтра", "やり残したもの", "还剩下的活",
    ),
}  # fmt: skip


@pytest.mark.parametrize("field", HEADINGS)
def test_a_heading_is_read_by_how_its_words_begin_in_each_language(field: str) -> None:
    assert len(HEADINGS[field]) == len(LANGUAGES)
    assert {text: heading_field(text, None, top=False)[0] for text in HEADINGS[field]} == dict.fromkeys(
        HEADINGS[field], field
    )


def test_beginnings_do_not_speak_for_long_headings_or_what_a_wording_names() -> None:
    long = "The importer tried to write a file that somebody else was still reading at the same moment"
    assert heading_field(long, None, top=False)[0] is None
    assert vocabulary().loosely("Root cause of what we tried").field == "cause"  # type: ignore[union-attr]
    assert vocabulary().loosely("Retention of old records") is None
    assert vocabulary().loosely("Until then").field == "workaround"  # type: ignore[union-attr]
    assert vocabulary().loosely("Bytes read until then, packed") is None
    assert field_of_label("Things tried yesterday", marked=False) is None
    assert field_of_label("Lesson of the week", marked=False).field == "lessons"  # type: ignore[union-attr]


@pytest.mark.parametrize("language", range(len(LANGUAGES)))
def test_a_moment_that_was_of_no_use_is_an_attempt(language: int) -> None:
    line, done = (
        ("Ann restarts the broker, no effect", "Ann restarts the broker"),
        ("Broker neu gestartet, keine Besserung", "Broker neu gestartet"),
        ("Redémarrage du courtier : sans effet", "Redémarrage du courtier"),
        ("Reiniciamos el intermediario; todo sigue igual", "Reiniciamos el intermediario"),
        ("Reiniciamos o intermediário, nada mudou", "Reiniciamos o intermediário"),
        ("Перезапустили брокер — без изменений", "Перезапустили брокер"),
        ("ブローカーを再起動したが、変化なし", "ブローカーを再起動したが"),
        ("重启了消息代理，没有好转", "重启了消息代理"),
    )[language]
    told = fruitless(line)
    assert told is not None
    assert told["action"] == done
    assert told["outcome"] == "failed"


def test_a_moment_that_only_tells_what_was_seen_is_none() -> None:
    for line in (
        "Alert: p95 still above 3 s",
        "The queue is empty again",
        "Ergebnis: 2 Fehler, unverändert",
        "発生を検知",
    ):
        assert fruitless(line) is None
    told = fruitless("Scaled the cache to 6 nodes: latency only a little lower")
    assert told is not None
    assert told["outcome"] == "partial"


TIMELINE = """\
# Postmortem: the shop shows yesterday's prices

Severity: high

## Timeline

    07:00  Release 2031.02.3 reaches the fleet
    07:20  Ann restarts the broker, thinking of a full disk; no change
    07:40  Cache purged by hand

## Root cause
The price job wrote to the old bucket.

## Resolution
The bucket is read from the settings (commit 4f1d2ab).
"""


def test_lines_with_times_are_taken_apart_and_a_version_is_no_day() -> None:
    made = incident("---\ndate: 2026-02-03\n---\n\n" + TIMELINE)
    assert [one["note"].strip() for one in made["timeline"] if one["note"][:2] == "07"] == [
        "07:00  Release 2031.02.3 reaches the fleet", "07:40  Cache purged by hand",
    ]  # fmt: skip
    assert made["attempts"] == [
        {
            "at": "2026-02-03T07:20",
            "action": "Ann restarts the broker, thinking of a full disk",
            "outcome": "failed",
            "result": "no change",
        }
    ]


LED = """\
# Fix: labels print upside down

**Problem:** the printer turns each second label.

**Fix:** the driver sets the direction before each job.

Before that we tried:

- a new ribbon, which made no difference
- an older driver

The driver is pinned now.
"""


def test_a_line_that_leads_to_a_list_says_what_it_holds_and_no_more() -> None:
    made = incident(LED)
    assert [one["action"] for one in made["attempts"]] == ["a new ribbon, which made no difference", "an older driver"]
    assert "The driver is pinned now." in made["fix"]["description"]
    assert "attempts" not in incident(LED.replace("Before that we tried:", "It prints on:"))


UNNAMED = """\
# Übergabe Nachtschicht

## Der Abend
Gegen 22 Uhr blieben alle Bestellungen liegen, die Kasse zeigte nur noch eine leere Seite.

> ERROR 1205: Lock wait timeout exceeded

## Handgriffe
1. Kasse neu gestartet, keine Besserung
2. Anschlüsse auf 200 erhöht, danach wieder zurückgesetzt
3. Langen Vorgang beendet, sofort gut

## Ursache
Ein Stapellauf hielt die Sperren.

## Stand der Dinge heute früh
Der Lauf schreibt in kleinen Stücken, Commit `9c0d3ef` in `lauf/preise.py`.

## Auf dem Heimweg
- Wer Sperren sieht, sucht zuerst den, der sie hält.
- Ein Stapel wird in Stücken geschrieben.

## Zettel für Ana
- [ ] Alarm für lange Vorgänge
- [x] Kasse beobachten
"""


def test_sections_that_no_word_names_are_read_by_what_they_hold() -> None:
    session, made = entries(UNNAMED)
    assert "blieben alle Bestellungen liegen" in made["symptom"]["description"]
    assert made["symptom"]["errors"] == [{"text": "ERROR 1205: Lock wait timeout exceeded"}]
    assert len(made["attempts"]) == 3
    assert "9c0d3ef" in str(made["fix"] if "fix" in made else session["outcome"])
    assert [one["rule"] for one in session["lessons"]] == [
        "Wer Sperren sieht, sucht zuerst den, der sie hält.", "Ein Stapel wird in Stücken geschrieben.",
    ]  # fmt: skip
    assert [one["state"] for one in session["next_steps"]] == ["open", "done"]


def test_what_a_section_holds_does_not_speak_where_a_heading_does() -> None:
    text = UNNAMED.replace("## Auf dem", "## Lehren\nSperren messen.\n\n## Auf dem")
    lessons = next(one["lessons"] for one in entries(text) if "lessons" in one)
    assert [one["rule"] for one in lessons] == ["Sperren messen."]


def test_items_under_labels_are_no_lessons_by_their_place() -> None:
    text = UNNAMED.replace("- Wer Sperren", "- **Kasse:** Wer Sperren").replace(
        "- Ein Stapel", "- **Lauf:** Ein Stapel"
    )
    assert not any("lessons" in one for one in entries(text))


def test_a_guide_is_refused_whatever_its_sections_hold() -> None:
    text = "# Guide to the backup\n\n## Daily\n- [ ] Look at it\n- [ ] Restore a file\n\n## Words\n- Be calm and read\n"
    with pytest.raises(NothingToImport):
        entries(text)


def test_a_conclusion_before_the_fix_is_the_cause_and_one_after_it_is_not() -> None:
    head = "# Störung: Uhr geht nach\n\n## Symptom\nDie Uhr geht eine Stunde nach.\n\n"
    drawn, mended = "## Fazit\nDie Zone war nicht gesetzt.\n\n", "## Lösung\nZone im Abbild gesetzt.\n\n"
    assert incident(head + drawn + mended)["causes"][0]["description"] == "Die Zone war nicht gesetzt."
    after = incident(head + mended + drawn + "## Ursache\nEin neues Abbild.\n")
    assert [one["description"] for one in after["causes"]] == ["Ein neues Abbild."]


def test_what_set_the_work_off_is_the_symptom_where_nothing_else_is() -> None:
    text = "# Debug log: importer\n\n## Trigger\nThe importer crashed twice.\n\n## Root cause\nA full disk.\n"
    assert incident(text)["symptom"]["description"] == "The importer crashed twice."
    both = incident(text.replace("## Root", "## Symptom\nNo rows.\n\n## Root"))
    assert both["symptom"]["description"] == "No rows."
    assert both["trigger"] == "The importer crashed twice."


def test_signs_before_words_say_how_it_ended() -> None:
    assert outcome_of("✕ stops at another picture") == "failed"
    assert outcome_of("△ 失敗した画像が残る") == "partial"
    assert outcome_of("◯ all 12 done") == "worked"
    assert outcome_of("❌ reverted the same day") == "reverted"


def test_errors_and_files_that_stand_in_backticks() -> None:
    assert list(told_errors("It wrote `mail.Disconnected: closed by the peer` twice")) == [
        "mail.Disconnected: closed by the peer"
    ]
    assert list(told_errors("Call `mail.send` and `flag: on`")) == []
    assert list(fenced_errors("Out of memory: Killed process 7 (job)")) == ["Out of memory: Killed process 7 (job)"]
    assert [path for path, _ in paths("see `deploy/es/node.options` and `a b/c.d`")] == ["deploy/es/node.options"]


def test_a_word_far_from_digits_does_not_make_them_something_else() -> None:
    assert [sha for sha, _ in shas("The images are freed page by page. Commits `1f9a2bc` and `c07de55`.")] == [
        "1f9a2bc", "c07de55",
    ]  # fmt: skip
    assert list(shas("pushed the image digest 1f9a2bc")) == []


UNTOLD = """\
# Why the nightly payroll is broken

Date: 2026-03-03

## It began like this
The February sum is 214 too low, but only when the job runs at night.

## We dug on
At night the clock of the container still shows the day before.

## In the end
The day is read in the zone of the contract, commit `b07fd3e` in `calc/period.py`.

## While walking home
- A time without a zone is no time.
- A job gives the same at each hour.
"""


def test_a_document_that_no_heading_speaks_for_is_read_by_its_order() -> None:
    made = incident(UNTOLD)
    assert made["symptom"]["description"].startswith("The February sum")
    assert made["causes"][0]["description"].startswith("At night the clock")
    assert made["fix"]["description"].startswith("The day is read")
    assert len(made["lessons"]) == 2
    for other in (
        UNTOLD.replace("is broken", "runs at night"),
        UNTOLD.replace("Date: ", "").replace("`b07fd3e`", "it"),
    ):
        with pytest.raises(NothingToImport):
            entries(other.replace("2026-03-03", ""))


def test_labels_in_italics_and_units_with_their_labels_below() -> None:
    text = (
        "# Troubleshooting the printer\n\n**Snag 1: labels are blank**\n*Symptom* : the printer feeds, nothing shows.\n"
        "*Cause* : the ribbon is upside down.\n\n**Snag 2: labels drift**\n*Symptom* : the code slides down.\n"
        "*Cause* : the roll was never measured.\n"
    )
    made = [entry for entry in entries(text) if entry["kind"] == "incident"]
    assert [one["symptom"]["description"] for one in made] == [
        "the printer feeds, nothing shows.", "the code slides down.",
    ]  # fmt: skip
    assert [one["causes"][0]["description"] for one in made] == [
        "the ribbon is upside down.", "the roll was never measured.",
    ]  # fmt: skip


def test_options_that_were_not_taken_are_attempts_and_an_error_is_no_label() -> None:
    assert heading_field("Options that did not fly", None, top=False)[0] == "attempts"
    assert heading_field("Options", None, top=False)[0] == "options"
    assert field_of_label("ERROR", marked=False) is None
    assert field_of_label("Error", marked=False).field == "errors"  # type: ignore[union-attr]
