"""Import that comes again: nothing changes by itself, what a person wrote stays, and what is left is said."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causebook import merge, receipts, yamlio
from causebook.merge import CannotMerge, New, three_way
from conftest import Run
from gitrepo import Project

DOCUMENT = """\
# Uploads fail

**Date:** 2025-03-14

## Symptom
Uploads over 5 MB are refused by the store.

## Root cause
The cleaner never ran, because its schedule had a typo.

## What was tried
- Restarted the service by hand: no effect.
- Raised the quota of the bucket. It worked for a while.
- Emptied the bucket with a script, which failed.

## Resolution
Mended the schedule of the cleaner.

## Lessons learned
- Alert on free space in every bucket.
"""
SEVERAL = "# Notes of May 2nd, 2025\n\n## Bugs found\n\n" + "".join(
    f"### {n}. Thing {n} breaks\n**Problem:** It breaks {n} times in a row.\n**Cause:** Reason number {n} of many.\n"
    f"**Fix:** Glue of sort {n} on both sides.\n\n"
    for n in (1, 2, 3)
)


class Desk:
    """A project with one document, imported."""

    def __init__(self, project: Project, run: Run, text: str = DOCUMENT) -> None:
        self.root, self.run = project.root, run
        self.source = project.root / "docs" / "up.md"
        self.source.parent.mkdir()
        self.source.write_text(text, encoding="utf-8")
        assert run("import", "docs/up.md", at=self.root).code == 0

    @property
    def entries(self) -> dict[str, Path]:
        found = [path for path in sorted((self.root / "entries").rglob("*.yaml")) if "imported" in path.read_text()]
        return {yamlio.parse(path.read_text(), "x").data["title"]: path for path in found}  # type: ignore[index, call-overload]

    @property
    def entry(self) -> Path:
        (path,) = self.entries.values()
        return path

    def edit(self, old: str, new: str, path: Path | None = None) -> None:
        path = path or self.entry
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def rewrite(self, old: str, new: str) -> None:
        self.edit(old, new, self.source)

    def again(self, *options: str) -> str:
        result = self.run("import", "docs/up.md", *options, at=self.root)
        assert (result.code, result.err) == (0, "")
        return result.out


@pytest.fixture
def desk(project: Project, run: Run) -> Desk:
    return Desk(project, run)


def test_every_field_carries_its_receipt(desk: Desk) -> None:
    data = yamlio.parse(desk.entry.read_text(), "x").data
    assert isinstance(data, dict)
    found = {one["field"]: one for one in data["provenance"]["receipts"]}
    assert found["symptom.description"]["lines"] == ["6"]
    assert found["attempts[1]"]["lines"] == ["13"]
    assert {name.split("[")[0].split(".")[0] for name in found} == set(data) - {
        "id", "kind", "confidence", "provenance",
    }  # fmt: skip
    assert all(one["digest"] for one in found.values())


def test_a_changed_source_updates_what_no_person_has_edited(desk: Desk) -> None:
    before = desk.entry.read_text()
    desk.edit("description: Mended the schedule of the cleaner.", "description: Mended it.")
    desk.edit("causes:", "# as told by the cleaner's log\ncauses:")
    desk.rewrite("Uploads over 5 MB", "Uploads over 4 MB")
    desk.rewrite("Mended the schedule of the cleaner.", "Mended both schedules.")
    desk.rewrite("Raised the quota of the bucket. It worked for a while.", "Raised the quota. It worked for a day.")
    said = desk.again()
    text = desk.entry.read_text()
    assert "kept: fix.description, edited since the import" in said
    assert "updated: symptom.description, attempts" in said
    assert "Uploads over 4 MB" in text
    assert "Raised the quota. It worked for a day." in text
    assert "description: Mended it." in text
    assert "# as told by the cleaner's log\ncauses:" in text
    assert [line.split(":")[0] for line in text.splitlines() if line[:1].isalpha()] == [
        line.split(":")[0] for line in before.splitlines() if line[:1].isalpha()
    ]
    assert "unchanged" in desk.again()
    assert desk.entry.read_text() == text
    assert desk.run("check", "--select", "schema,required_fields", at=desk.root).code == 0


def test_what_stays_is_told_once_and_not_for_each_later_change(desk: Desk) -> None:
    desk.edit("description: Mended the schedule of the cleaner.", "description: Mended it.")
    desk.rewrite("Mended the schedule", "Mended all schedules")
    assert "kept: fix.description" in desk.again()
    desk.rewrite("over 5 MB", "over 3 MB")
    assert "kept" not in desk.again()
    assert "description: Mended it." in desk.entry.read_text()


def test_of_a_list_the_items_a_person_edited_added_or_took_out_stay_so(desk: Desk) -> None:
    text = desk.entry.read_text()
    start, end = text.index("  - action: Emptied"), text.index("fix:")
    desk.edit(text[start:end], "  - {action: Asked the vendor, outcome: inconclusive} # by phone\n")
    desk.edit("action: 'Restarted the service by hand: no effect.'", "action: Restarted it twice.")
    desk.rewrite("Raised the quota of the bucket.", "Raised every quota.")
    desk.again()
    text = desk.entry.read_text()
    assert "action: Restarted it twice." in text
    assert "Raised every quota." in text
    assert "- {action: Asked the vendor, outcome: inconclusive} # by phone\n" in text
    assert "Emptied the bucket" not in text


def test_an_item_with_a_comment_is_a_persons(desk: Desk) -> None:
    desk.edit("  - action: Raised", "  # ask Ada about this\n  - action: Raised")
    desk.rewrite("Raised the quota of the bucket.", "Raised every quota.")
    assert "kept: attempts[1], edited since the import" in desk.again()
    assert "Raised the quota of the bucket." in desk.entry.read_text()


def test_fields_come_and_go_with_the_source(desk: Desk) -> None:
    desk.rewrite("## Lessons learned\n- Alert on free space in every bucket.\n", "## Impact\nTwo teams waited.\n")
    said = desk.again()
    text = desk.entry.read_text()
    assert "lessons" in said
    assert "lessons:" not in text
    assert "impact:\n  description: Two teams waited." in text


def test_what_a_person_took_out_does_not_come_back(desk: Desk) -> None:
    text = desk.entry.read_text()
    desk.edit(text[text.index("fix:") : text.index("lessons:")], "")
    desk.edit("title: Uploads fail\n", "title: Uploads of large files fail\n")
    desk.rewrite("Mended the schedule", "Mended all schedules")
    said = desk.again()
    assert "kept: fix, taken out since the import" in said
    assert "\nfix:" not in desk.entry.read_text()
    assert "title: Uploads of large files fail\n" in desk.entry.read_text()


def test_an_edited_field_stays_when_its_source_drops_it(desk: Desk) -> None:
    desk.edit("description: Mended the schedule of the cleaner.", "description: Mended it.")
    desk.rewrite("## Resolution\nMended the schedule of the cleaner.\n", "")
    assert "kept: fix, edited since the import" in desk.again()
    assert "  kind: fix\n  description: Mended it." in desk.entry.read_text()


def test_an_entry_that_a_change_would_spoil_is_left_with_the_reason(desk: Desk) -> None:
    desk.edit("status: draft", "status: identified")
    desk.rewrite("## Root cause\nThe cleaner never ran, because its schedule had a typo.\n", "")
    before = desk.entry.read_text()
    assert "left as it is: with its source's changes it would lack causes, as its status identified requires" in (
        desk.again()
    )
    assert desk.entry.read_text() == before


def test_an_entry_without_receipts_is_left(desk: Desk) -> None:
    text = desk.entry.read_text()
    start, end = text.index("  receipts:"), text.index("\nnotes:") if "\nnotes:" in text else len(text) - 1
    desk.edit(text[start:end], "")
    desk.rewrite("over 5 MB", "over 3 MB")
    assert "left no receipts" in desk.again()


def test_a_renamed_entry_and_a_moved_document_are_still_known(desk: Desk) -> None:
    desk.entry.rename(desk.root / "entries" / "renamed.yaml")
    assert "unchanged" in desk.again()
    desk.source.rename(desk.source.with_name("moved.md"))
    desk.source = desk.source.with_name("moved.md")
    assert "moved since" in desk.run("import", "docs/moved.md", at=desk.root).out
    desk.rewrite("over 5 MB", "over 3 MB")
    assert "updated: symptom.description" in desk.run("import", "docs/moved.md", at=desk.root).out
    assert [path.name for path in desk.entries.values()] == ["renamed.yaml"]


def test_a_copy_is_no_second_incident(desk: Desk) -> None:
    (desk.source.parent / "copy.md").write_text(DOCUMENT, encoding="utf-8")
    assert "unchanged: imported before as docs/up.md" in desk.run("import", "docs/copy.md", at=desk.root).out
    assert len(desk.entries) == 1


def test_a_document_that_is_gone_changes_nothing(desk: Desk) -> None:
    desk.source.unlink()
    (desk.source.parent / "other.md").write_text(SEVERAL, encoding="utf-8")
    before = desk.entry.read_bytes()
    path = desk.entry
    assert desk.run("import", "docs", at=desk.root).code == 0
    assert path.read_bytes() == before


def test_a_dry_run_shows_the_change_and_makes_none(desk: Desk) -> None:
    before = desk.entry.read_text()
    desk.rewrite("over 5 MB", "over 3 MB")
    said = desk.again("--dry-run", "--diff")
    assert "would be written" in said
    assert "-  description: Uploads over 5 MB are refused by the store.\n" in said
    assert "+  description: Uploads over 3 MB are refused by the store.\n" in said
    assert desk.entry.read_text() == before
    data = json.loads(desk.again("--dry-run", "--format", "json"))
    assert [(one["what"], one["fields"], one["kept"]) for one in data["changes"]] == [
        ("updated", ["symptom.description"], []),
    ]  # fmt: skip
    assert "receipts" not in data["entries"][0]["provenance"]


def test_incidents_of_one_document_are_related_both_ways(project: Project, run: Run) -> None:
    desk = Desk(project, run, SEVERAL)
    checked = run("check", "--select", "relation_reciprocal,relation_target,schema,unique_ids", at=desk.root)
    assert (checked.code, len(desk.entries)) == (0, 4)
    texts = {title: yamlio.parse(path.read_text(), "x").data for title, path in desk.entries.items()}
    second = texts["Thing 2 breaks"]
    assert isinstance(second, dict)
    assert [one["type"] for one in second["relations"]] == ["session", "related", "related"]


def test_a_new_incident_in_a_changed_source_is_a_new_draft_and_one_that_is_gone_stays(
    project: Project, run: Run
) -> None:
    desk = Desk(project, run, SEVERAL)
    held = desk.entries["Thing 2 breaks"]
    before = held.read_text()
    text = SEVERAL.replace("2. Thing 2 breaks", "2. Door squeaks").replace("It breaks 2 times in a row", "It squeaks")
    text = text.replace("Reason number 2 of many", "Dry hinges everywhere").replace("Glue of sort 2 on both", "Oil on")
    desk.source.write_text(text + "### 4. Thing 4 breaks\n**Problem:** Again it does.\n**Cause:** Yes.\n")
    said = desk.again()
    assert f"{held.stem}  left as it is: docs/up.md speaks of it no more" in said
    assert held.read_text() == before
    assert set(desk.entries) >= {"Door squeaks", "Thing 4 breaks", "Thing 2 breaks"}
    checked = run("check", "--select", "relation_reciprocal,relation_target,schema,unique_ids", at=desk.root)
    assert checked.code == 0, checked.out
    assert "unchanged" in desk.again()


def test_a_renumbered_and_retitled_incident_keeps_its_entry(project: Project, run: Run) -> None:
    desk = Desk(project, run, SEVERAL)
    held = desk.entries["Thing 3 breaks"]
    desk.rewrite("### 3. Thing 3 breaks", "### 3. The third thing breaks now")
    assert "updated: title" in desk.again()
    assert desk.entries["The third thing breaks now"] == held


def test_what_an_interrupted_import_did_not_write_is_added(project: Project, run: Run) -> None:
    desk = Desk(project, run, SEVERAL)
    whole = {path: path.read_bytes() for path in desk.entries.values()}
    for title in ("Notes of May 2nd, 2025", "Thing 3 breaks"):
        desk.entries[title].unlink()
    assert "interrupted" in desk.again()
    assert {path: path.read_bytes() for path in desk.entries.values()} == whole


def test_a_draft_that_a_person_threw_away_does_not_come_back(desk: Desk, run: Run) -> None:
    (desk.source.parent / "up.md").write_text(SEVERAL, encoding="utf-8")
    desk.entry.unlink()
    assert "written" in desk.again()
    thrown = desk.entries["Thing 3 breaks"]
    thrown.unlink()
    for path in desk.entries.values():
        text = path.read_text()
        lines = [line for line in text.split("\n") if thrown.stem not in line]
        path.write_text("\n".join(lines).replace("    - type: related\n  - ", "  - "))
    desk.again()
    assert "Thing 3 breaks" not in desk.entries


def test_documents_of_one_title_and_day_do_not_take_each_others_id(project: Project, run: Run) -> None:
    folder = project.root / "docs"
    folder.mkdir()
    for number in range(300):
        (folder / f"{number}.md").write_text(DOCUMENT + f"\nNumber {number} of them.\n", encoding="utf-8")
    result = run("import", "docs", at=project.root)
    assert (result.code, result.err) == (0, "")
    assert len(list((project.root / "entries" / "2025").glob("*uploads-fail*.yaml"))) == 300
    assert "documents     300: 300 read, 0 refused, 0 unreadable\n" in result.out
    assert "entries       300 incidents, 0 sessions\n" in result.out


def test_a_broken_document_does_not_stop_the_others(desk: Desk) -> None:
    (desk.source.parent / "bin.md").write_bytes(b"\x00\xff" * 40)
    (desk.source.parent / "more.md").write_text(SEVERAL, encoding="utf-8")
    result = desk.run("import", "docs/*.md", at=desk.root)
    assert result.code == 2
    assert "docs/bin.md: is no text" in result.out
    assert "3: 2 read, 0 refused, 1 unreadable" in result.out
    assert "4 new, 0 updated, 1 unchanged" in result.out


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
def test_a_terminal_sees_a_bar(project: Project) -> None:
    folder = project.root / "docs"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number}.md").write_text(DOCUMENT + f"\nNumber {number}.\n", encoding="utf-8")
    outside, inside = pty.openpty()
    command = [sys.executable, "-m", "causebook", "import", "docs", "--dry-run"]
    with subprocess.Popen(
        command, cwd=project.root, stdout=inside, stderr=inside, env={**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    ) as started:
        os.close(inside)
        out = b""
        try:
            while part := os.read(outside, 65536):
                out += part
        except OSError:  # how Linux says that the other side has gone
            pass
        started.wait()
    os.close(outside)
    text = out.decode()
    assert "importing" in text
    assert "100%" in text
    assert "\ndocuments     30: 30 read" in text.replace("\r", "")
    plain = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=True)
    assert "documents     30: 30 read" in plain.stdout
    assert plain.stderr == ""


ITEMS = st.lists(st.sampled_from("abcdef"), unique=True, max_size=6)


@given(ITEMS, ITEMS)
def test_one_side_that_changes_nothing_gives_way_to_the_other(base: list[str], other: list[str]) -> None:
    items, conflicts = three_way(base, base, other)
    assert [base[one] if isinstance(one, int) else other[one.index] for one in items] == other
    assert three_way(base, other, base) == (list(range(len(other))), [])
    assert conflicts == []


@given(ITEMS, ITEMS, ITEMS)
def test_nothing_that_a_person_wrote_is_lost(base: list[str], mine: list[str], theirs: list[str]) -> None:
    items, _ = three_way(base, mine, theirs)
    kept = [mine[one] for one in items if isinstance(one, int)]
    assert set(mine) - set(base) <= set(kept)
    assert all(0 <= one.index < len(theirs) for one in items if isinstance(one, New))


def test_items_that_both_changed_stay_as_the_person_has_them() -> None:
    assert three_way("abc", "aBc", "axc") == ([0, 1, 2], [1])
    assert three_way("abc", "aBc", "abx") == ([0, 1, New(2)], [])
    assert three_way("a", "ab", "ac") == ([0, 1, New(1)], [])
    assert three_way("abc", "a", "axyc") == ([0], [1])


def test_an_entry_that_was_unsound_before_is_merged_all_the_same_and_a_spoilt_one_never() -> None:
    text = "id: 2025-01-01-x-0000\nkind: incident\ntitle: x\nstatus: draft\nsymptom: {description: y}\n"
    text += "provenance:\n  method: imported\n  receipts:\n"
    text += f"    - {{field: title, digest: {receipts.digest('x')}}}\n"
    text += f"    - {{field: status, digest: {receipts.digest('draft')}}}\n"
    text += f"    - {{field: symptom.description, digest: {receipts.digest('y')}}}\n"
    data = {"title": "z", "status": "draft", "symptom": {"description": "y"}}
    assert "title: z\n" in merge.merge(yamlio.parse(text, "x"), data).text
    with pytest.raises(CannotMerge, match="would break the schema"):
        merge.merge(yamlio.parse(text, "x"), {**data, "title": "z" * 300})
