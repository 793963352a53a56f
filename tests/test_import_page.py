"""A page of harvest, imported, is the entry it was made from: for those who kept the site and lost the YAML."""

from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from causebook import harvest, kb, links, yamlio
from causebook.importers import Imported, NothingToImport, Source, markdown_document
from causebook.model import ENTRY, words
from causebook.model.requirements import unmet
from conftest import Run
from gitrepo import FIRST, Project

DAY = date(2026, 11, 21)
_WORD = st.one_of(
    st.sampled_from([
        "pool", "loop", "Error:", "# no", "- not", "1.", "2) x", "*a*", "_b_", "`c`", "<b>", "&amp;", "|", "| a | b |",
        "[x](y)", "{{ z }}", "{% if %}", "~~~", "```", "\\", "\\*", "http://x.example/?a=1&b=2", ":smile:", "--", "==",
        "++", "$1", "^2", "!", "===", "---", "**Result:**", "<br>", "**Status:** done", "Because:", "(race)",
        "ключ", "日本", "à", "“q”", "—", "> said", "To reproduce", "None:",
    ]),
    st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8),
)  # fmt: skip
LINE = st.lists(_WORD, min_size=1, max_size=6).map(" ".join)
TEXT = st.lists(LINE, min_size=1, max_size=4).flatmap(
    lambda lines: st.sampled_from(["\n", "\n\n", "\n  ", "\n- ", "\n3. "]).map(lambda gap: gap.join(lines))
)
SHA = st.text("0123456789abcdef", min_size=7, max_size=40)


def maybe(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def some(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(strategy, min_size=1, max_size=3)


def with_(required: dict[str, st.SearchStrategy[Any]], **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(required, optional=optional)


ATTEMPT = with_(
    {"action": TEXT, "outcome": st.sampled_from(get_args(words.Outcome))},
    at=st.just("2026-01-02T03:04:05Z"), hypothesis=TEXT, result=TEXT, learned=TEXT, commit=SHA,
    id=st.sampled_from(["A1", "A-2"]),
)  # fmt: skip
LESSON = with_(
    {"rule": TEXT}, applies_when=TEXT, because=TEXT, falsified_by=TEXT,
    state=st.sampled_from(get_args(words.LessonState)),
)  # fmt: skip
ACTION = with_(
    {"description": TEXT, "kind": st.sampled_from(get_args(words.ActionKind))},
    status=st.sampled_from(get_args(words.ActionStatus)), owner=LINE, evaluation=TEXT,
)  # fmt: skip
COMMIT = with_({"sha": SHA, "role": st.sampled_from(get_args(words.CommitRole))}, note=TEXT)
STEP = with_({"step": TEXT, "state": st.sampled_from(get_args(words.StepState))}, note=TEXT)
SHARED: dict[str, st.SearchStrategy[Any]] = {
    "summary": TEXT, "attempts": some(ATTEMPT), "lessons": some(LESSON), "actions": some(ACTION),
    "commits": some(COMMIT), "open_questions": some(TEXT),
}  # fmt: skip
INCIDENT = with_(
    {"symptom": with_({"description": TEXT}, errors=some(st.builds(dict, text=TEXT)), reproduction=TEXT)},
    status=st.sampled_from(["draft", "investigating", "identified", "mitigated", "resolved", "wont_fix"]),
    severity=st.sampled_from(get_args(words.Severity)), trigger=TEXT,
    five_whys=some(with_({"why": TEXT}, because=TEXT)), stopping_rule=TEXT,
    causes=some(with_({"role": st.sampled_from(get_args(words.CauseRole)), "description": TEXT},
                      category=st.just("race"), undetected_because=TEXT)),
    fix=with_({"kind": st.sampled_from(get_args(words.FixKind)), "description": TEXT}, pr=st.just("12"),
              landed_with=st.sampled_from(["self", "unknown"]),
              verification=with_({"how": TEXT}, result=TEXT)),
    workarounds=some(TEXT), what_went_well=some(TEXT), **SHARED,
)  # fmt: skip
SESSION = with_(
    {"objective": TEXT, "outcome": TEXT}, status=st.sampled_from(get_args(words.SessionStatus)),
    started_at=st.just("2026-01-02T03:04:05+01:00"), branch=st.just("fix/pool_2"), plan=some(STEP),
    next_steps=some(STEP), **SHARED,
)  # fmt: skip


def entries() -> st.SearchStrategy[dict[str, Any]]:
    head = {"title": LINE.filter(lambda text: len(text) <= 100)}
    one = st.one_of(
        st.tuples(st.just("incident"), st.fixed_dictionaries(head), INCIDENT),
        st.tuples(st.just("session"), st.fixed_dictionaries(head), SESSION),
    )
    return one.map(lambda found: whole({"kind": found[0], **found[1], "status": "draft", **found[2]}))


def whole(data: dict[str, Any]) -> dict[str, Any]:
    """An entry whose every field stands on its page: the end of a chain is shown where there is a chain."""
    return {name: value for name, value in data.items() if name != "stopping_rule" or "five_whys" in data}


def same(value: Any) -> Any:
    """A value with the runs of blanks that a page does not keep as one."""
    if isinstance(value, dict):
        return {key: same(one) for key, one in value.items()}
    if isinstance(value, list):
        return [same(one) for one in value]
    return " ".join(value.split()) if isinstance(value, str) else value


def modelled(data: dict[str, Any]) -> dict[str, Any]:
    entry = ENTRY.validate_python(data)
    whole: dict[str, Any] = json.loads(entry.model_dump_json(exclude_defaults=True))
    whole.pop("provenance", None)
    found: dict[str, Any] = same(whole)
    return found


def pages_of(found: list[dict[str, Any]]) -> list[str]:
    """The page that harvest makes of each entry."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for data in found:
            path = root / "entries" / "2026" / f"{data['id']}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yamlio.dump(data), encoding="utf-8")
        base = kb.load(root)
        assert base.problems == ()
        made = harvest.render(base, links.gather(base))
        return [made[f"{data['kind']}s/{data['id']}.md"].decode() for data in found]


def imported(page: str) -> Imported:
    return markdown_document.convert(Source("kb/records/x.md", page.encode(), DAY))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(entries(), min_size=1, max_size=3))
def test_what_was_rendered_gives_the_same_entry_back(found: list[dict[str, Any]]) -> None:
    for number, data in enumerate(found):
        data["id"] = f"2026-01-02-some-entry-000{number}"
    for data, page in zip(found, pages_of(found), strict=True):
        result = imported(page)
        wanted = modelled(data)
        if any(one.statuses for one in unmet(ENTRY.validate_python(data))):
            wanted["status"] = "draft"
        assert modelled(result.entries[0]) == wanted
        account_is_whole(page, result)


def account_is_whole(page: str, result: Imported) -> None:
    lines = [n for n, line in enumerate(page.split("\n"), 1) if line.strip()]
    assert sum(result.account.values()) == len(lines)
    assert {n for one in result.skipped for n in range(one.first, one.last + 1)} <= set(lines)


def test_the_pages_of_this_project_are_the_entries_they_were_made_from() -> None:
    base = kb.load(Path(__file__).parents[1])
    made = harvest.render(base, links.gather(base))
    unseen = {"evidence", "notes", "signatures", "samples", "repo"}
    for record in base.records:
        data = json.loads(record.entry.model_dump_json(exclude_defaults=True))
        (entry,) = imported(made[f"{record.entry.kind}s/{record.entry.id}.md"].decode()).entries
        for name in set(data) - unseen - {"provenance", "relations", "incidents", "confidence"}:
            assert bare(same(modelled(entry).get(name))) == bare(same(data[name])), (record.entry.id, name)


def bare(value: Any) -> Any:
    """Without what a page does not show: ids of parts, evidence, what changed a file beside what is said of it."""
    if isinstance(value, list):
        return [bare(one) for one in value]
    if not isinstance(value, dict):
        return value
    hidden = {"evidence", "user_visible", "data_loss", "cause", "passed", "change"} | {"id"}
    files = {"lines", "note"} if "path" in value else set()
    return {key: bare(one) for key, one in value.items() if key not in hidden | files}


def test_notes_that_bear_the_name_of_a_part_of_the_page_stay_notes(project: Project) -> None:
    data = {
        "id": FIRST, "kind": "incident", "title": "x", "status": "draft", "symptom": {"description": "y"},
        "lessons": [{"rule": "z"}],
        "notes": [{"heading": "Symptom", "text": "not this"}, {"heading": "Lessons", "text": "- nor\n- these"},
                  {"heading": "References", "text": "see there"}, {"text": "bare"}],
    }  # fmt: skip
    (page,) = pages_of([data])
    assert modelled(imported(page).entries[0])["notes"] == same(data["notes"])


def test_relations_and_facets_come_back(project: Project) -> None:
    other = "2026-01-02-other-0001"
    data = {
        "id": "2026-01-02-one-0000", "kind": "session", "title": "x", "status": "draft", "objective": "y",
        "components": ["pool"], "tags": ["c++", "asyncio"], "keywords": ["get_pool()"],
        "environment": {"python": "3.12, 3.13", "os": "Linux"}, "credits": [{"name": "Ada, B.", "type": "finder"}],
        "references": [{"type": "web", "ref": "https://x.example/a_b?c=1&d=(2)", "note": "told"}],
        "incidents": [other], "relations": [{"type": "related", "target": other, "note": "why. not"}],
    }  # fmt: skip
    found = {"id": other, "kind": "incident", "title": "o", "status": "draft", "symptom": {"description": "z"}}
    page, back = pages_of([data, found])
    entry = imported(page).entries[0]
    assert modelled(entry) == same(data)
    types = {one["type"] for one in imported(back).entries[0]["relations"]}
    assert types == {"session", "related"}


def test_a_note_below_a_step_of_several_lines_is_no_line_of_its_own() -> None:
    data = {
        "id": "2026-01-02-some-entry-0000", "kind": "session", "title": "Races", "status": "draft",
        "plan": [{"step": "look\n(race) status: done", "state": "dropped", "note": "LPT1"}],
    }  # fmt: skip
    (page,) = pages_of([data])
    assert modelled(imported(page).entries[0]) == modelled(data)


def test_a_page_edited_by_hand_loses_nothing() -> None:
    data = {"id": FIRST, "kind": "incident", "title": "x", "status": "draft", "symptom": {"description": "y"},
            "attempts": [{"action": "tried the door", "outcome": "failed"}]}  # fmt: skip
    (page,) = pages_of([data])
    page = page.replace(">failed<", ">no idea<").replace("## Symptom\n", "A line of my own.\n\n## Symptom\n")
    entry = imported(page).entries[0]
    assert "attempts" not in entry
    assert "tried the door" in json.dumps(entry["notes"])
    assert "A line of my own." in entry["summary"]


def test_a_folder_of_pages_gives_the_entries_back_and_refuses_the_lists(project: Project, run: Run) -> None:
    assert run("harvest", at=project.root).code == 0
    kept = {path.stem for path in (project.root / "entries" / "2026").glob("*.yaml")}
    lost = project.root / "entries"
    lost.rename(project.root / "lost")
    result = run("import", "kb/records", at=project.root)
    assert {path.stem for path in lost.rglob("*.yaml")} == kept
    assert (result.code, "shows none of them whole" in result.out) == (1, True)
    assert run("check", "--select", "schema,file_name,relation_target", at=project.root).code == 0
    assert "2 unchanged" in run("import", "kb/records", at=project.root).out


def test_a_list_page_is_refused() -> None:
    with pytest.raises(NothingToImport, match="made from entries"):
        imported("---\ngenerated: causebook\nsearch:\n  exclude: true\n---\n\n# Lessons\n")
