"""A tree of entries is read whole: each broken file is one finding with its place, and hides nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from causebook import kb
from causebook.errors import CausebookError
from conftest import Run
from gitrepo import FIRST, SECOND, Project, entry_text, playbook_text

THIRD = "2026-01-03-the-third-0c0c"


def told(project: Project) -> list[str]:
    """The problems of the base, each as its place and message."""
    return [f"{p.place}: {p.message}" for p in project.load().problems]


def explode(levels: int = 12) -> str:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


BAD = f"entries/2026/{THIRD}.yaml"
BROKEN: list[tuple[str, Callable[[Path], object], str]] = [
    ("latin-1", lambda p: p.write_bytes(b"id: x\ntitle: caf\xe9\n"), f"{BAD}:2:11: is not UTF-8: byte 0xe9"),
    ("tabs", lambda p: p.write_text("symptom:\n\tdescription: x\n"), f"{BAD}:2:1: a tab is used for indentation"),
    ("twice", lambda p: p.write_text("id: a\nid: b\n"), f"{BAD}:2:1: the key 'id' stands here twice; first on line 1"),
    ("50 MB", lambda p: os.truncate(os.open(p, os.O_CREAT | os.O_RDWR), 50 << 20), f"{BAD}: is 52,428,800 bytes, more"),
    ("bomb", lambda p: p.write_text(explode()), f"{BAD}:1:5: an anchor (&a0)"),
    ("folder", lambda p: p.mkdir(), f"{BAD}: cannot be read: is a directory"),
    ("loop", lambda p: p.symlink_to(p.name), f"{BAD}: cannot be read: too many levels of symbolic links"),
    ("empty", lambda p: p.write_text(""), f"{BAD}: the file is empty"),
    ("list", lambda p: p.write_text("- id: x\n"), f"{BAD}:1:1: expected keys and values, found a list"),
    ("text", lambda p: p.write_text("words\n"), f"{BAD}:1:1: expected keys and values, found text"),
    ("no kind", lambda p: p.write_text("id: x\n"), f"{BAD}:1:1: no kind; expected one of incident, session"),
    ("kind", lambda p: p.write_text("kind: incidnt\n"), f"{BAD}:1:7: kind is 'incidnt', expected one of incident, ses"),
    ("kind list", lambda p: p.write_text("kind: [incident]\n"), f"{BAD}:1:7: kind is ['incident'], expected one of"),
    (
        "dots",
        lambda p: p.write_text(entry_text("../../x")),
        f"{BAD}:1:5: id: found '../../x', expected date-words-hex such as",
    ),
    (
        "control",
        lambda p: p.write_text('id: "x\\u0007"\n'),
        f"{BAD}:1:5: control character U+0007 written as an escape",
    ),
]


@pytest.mark.parametrize(("make", "message"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_broken_file_is_one_finding_and_hides_nothing(
    project: Project, run: Run, make: Callable[[Path], object], message: str
) -> None:
    make(project.path(THIRD))
    (problem,) = told(project)
    assert problem.startswith(message)
    base = project.load()
    assert {r.entry.id for r in base.records} == {FIRST, SECOND}
    assert (base.files, base.unread) == (3, (THIRD,))
    checked = run("check", at=project.root)
    assert checked.code == 1
    assert message.split(": ", 1)[1][:40] in checked.out
    harvested = run("harvest", at=project.root)
    assert harvested.code in {1, 2}
    assert "Traceback" not in checked.err + harvested.err
    assert (project.root / "kb/records/incidents" / f"{FIRST}.md").is_file()


@pytest.mark.parametrize(
    ("fields", "message", "hint"),
    [
        ({"titel": "x"}, "unknown key titel", "did you mean title?"),
        ({"zzz": "x"}, "unknown key zzz", "your own keys start with x-"),
        ({"title": None}, "title is missing", "add `title:`"),
        ({"status": "resolvd"}, "status: found 'resolvd', expected one of draft, ", "did you mean resolved?"),
        ({"status": "Wont-Fix"}, "status: found 'Wont-Fix', expected one of", "did you mean wont_fix?"),
        ({"symptom": {"descripton": "x"}}, "unknown key symptom.descripton", "did you mean description?"),
        ({"symptom": "x"}, "symptom: found 'x', expected keys and values", ""),
        ({"tags": "x"}, "tags: found 'x', expected a list: lines that start with `- `", ""),
        ({"title": ["x"]}, "title: found a list, expected text", ""),
        ({"title": {"a": "b"}}, "title: found keys and values, expected text", ""),
        ({"title": "x" * 200}, "title: found 200 characters, expected at most 120", "shorten it"),
        ({"tags": ["a", "<b>"]}, "tags[1]: found '<b>', expected the form", ""),
        ({"attempts": [{"action": "x", "outcome": "fail"}]}, "attempts[0].outcome: found 'fail', expected", "failed?"),
        ({"five_whys": [{"because": "x", "wy": "y"}]}, "unknown key five_whys[0].wy", "did you mean why?"),
        ({"fix": {"kind": "fix", "description": "x", "pr": "a" * 70}}, "fix.pr: found text of 70 characters", ""),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_the_way_out(
    project: Project, fields: dict[str, object], message: str, hint: str
) -> None:
    project.write(FIRST, **fields)
    problems = project.load().problems
    assert any(p.message.startswith(message) and hint in p.fix for p in problems), problems
    assert all(p.place.path == f"entries/2026/{FIRST}.yaml" for p in problems)
    assert all(p.place.line > 0 for p in problems)


def test_what_is_no_entry_is_not_read(project: Project) -> None:
    for name in ("entries/schema.json", "entries/ignored.yaml", "entries/2026/.hidden.yaml", "entries/.x/a.yaml"):
        project.put(name, "not: [an entry")
    project.put("entries/README.md", "# Entries")
    assert told(project) == []
    assert project.load().files == 2


def test_links_to_folders_are_not_followed(project: Project) -> None:
    (project.root / "entries" / "loop").symlink_to(project.root / "entries")
    assert project.load().files == 2


def test_two_files_with_one_id_are_told_and_the_first_is_kept(project: Project, run: Run) -> None:
    project.put("entries/2026/zz.yaml", entry_text(FIRST))
    assert project.load().by_id[FIRST].path == f"entries/2026/{FIRST}.yaml"
    result = run("check", "--select", "unique_ids", at=project.root)
    assert (result.code, f"entries/2026/{FIRST}.yaml" in result.out) == (1, True)


def test_the_newest_entry_comes_first_and_sessions_of_a_day_by_their_start(project: Project) -> None:
    for identity, start in (("2026-02-01-b-0001", "09:00"), ("2026-02-01-a-0002", "11:00")):
        project.write(identity, kind="session", started_at=f"2026-02-01T{start}:00Z")
    order = [r.entry.id for r in project.load().records]
    assert order == ["2026-02-01-a-0002", "2026-02-01-b-0001", SECOND, FIRST]


def test_relations_are_seen_from_both_sides(project: Project) -> None:
    project.write(FIRST, relations=[{"type": "caused_by", "target": THIRD, "note": "same pool"}])
    project.write(THIRD)
    project.write(SECOND, kind="session", incidents=[FIRST])
    links = project.load().links
    assert [(x.type, x.target, x.note, x.written) for x in links[THIRD]] == [("causes", FIRST, "same pool", False)]
    assert {(x.type, x.target, x.written) for x in links[FIRST]} == {
        ("caused_by", THIRD, True),
        ("session", SECOND, False),
    }


def test_an_entry_is_found_by_a_part_of_its_id(project: Project) -> None:
    base = project.load()
    assert base.find(FIRST).entry.id == FIRST
    assert base.find(SECOND[:12]).entry.id == SECOND
    with pytest.raises(CausebookError, match="fits 2 entries"):
        base.find("2026-01")
    with pytest.raises(CausebookError) as caught:
        base.find(FIRST[11:-2] + "zz")
    assert caught.value.hint == f"did you mean {FIRST}?"
    with pytest.raises(CausebookError) as caught:
        base.find("@")
    assert caught.value.hint == "`causebook list`"


def test_playbooks_are_read_and_broken_ones_are_told(project: Project) -> None:
    project.put("kb/playbooks/loop-closed.md", playbook_text("Event loop is closed", summary="One a loop"))
    project.put("kb/playbooks/index.md", "# Playbooks\n")
    project.put("kb/playbooks/bare.md", "# x\n")
    project.put("kb/playbooks/no-title.md", "---\nsummary: x\n---\n# x\n")
    project.put("kb/playbooks/Bad_Name.md", "---\ntitle: x\n---\n# x\n")
    project.put("kb/playbooks/broken.md", "---\ntitle: x\nother: [\n---\n# x\n")
    base = project.load()
    (playbook,) = base.playbooks.values()
    assert (playbook.id, playbook.title, playbook.summary) == ("loop-closed", "Event loop is closed", "One a loop")
    assert [(p.place.path.rsplit("/", 1)[1], p.place.line, p.message.split(":")[0]) for p in base.problems] == [
        ("Bad_Name.md", 0, "'Bad_Name' is no id for a playbook"),
        ("bare.md", 1, "a playbook starts with front matter"),
        ("broken.md", 4, "did not find expected node content while parsing a flow node"),
        ("no-title.md", 2, "title is missing"),
    ]


def test_a_project_without_entries_is_an_empty_base(tmp_path: Path) -> None:
    base = kb.load(tmp_path)
    assert (base.records, base.problems, base.files) == ((), (), 0)
