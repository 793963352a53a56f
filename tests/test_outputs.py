"""What programs read: the files of kb/api/, what is in them, and what is left alone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from causebook import api, plugins
from causebook.errors import ConfigError, WriteRefused
from causebook.model.schema import entry_schema
from conftest import Run
from gitrepo import FIRST, SECOND, Project


def published(project: Project) -> Path:
    """The folder of the data after a run."""
    api.write(project.load(), project.facts())
    return project.root / "kb" / "api"


def stamps(folder: Path) -> dict[str, int]:
    """When every file was written."""
    return {p.relative_to(folder).as_posix(): p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}


def data(project: Project, name: str) -> Any:
    """One JSON file after a run."""
    return json.loads((published(project) / name).read_text(encoding="utf-8"))


def test_a_second_run_writes_nothing_and_an_edit_only_what_shows_it(project: Project) -> None:
    folder = published(project)
    before = stamps(folder)
    assert stamps(published(project)) == before
    project.write(SECOND, kind="session", title="Hunt it", status="in_progress", incidents=[])
    after = stamps(published(project))
    assert {name for name in after if after[name] != before[name]} >= {"entries.json", f"entries/{SECOND}.json"}
    assert after[f"entries/{FIRST}.json"] == before[f"entries/{FIRST}.json"]


def test_what_is_stale_goes_and_what_is_someone_elses_stays(project: Project) -> None:
    folder = published(project)
    (folder / "entries" / "mine.json").write_text("mine")
    project.path(FIRST).unlink()
    todo = api.write(project.load(), project.facts())
    assert f"entries/{FIRST}.json" in todo.delete
    assert todo.foreign == ("entries/mine.json",)
    assert not (folder / "entries" / f"{FIRST}.json").exists()
    assert (folder / "entries" / "mine.json").read_text() == "mine"


def test_someone_elses_file_in_the_way_stops_everything(project: Project) -> None:
    project.put("kb/api/entries.json", "mine")
    with pytest.raises(WriteRefused, match="was not written by causebook"):
        published(project)
    assert [p.name for p in (project.root / "kb" / "api").rglob("*")] == ["entries.json"]


def test_the_same_content_without_the_list_is_taken_over(project: Project) -> None:
    folder = published(project)
    (folder / ".causebook-files").unlink()
    assert api.write(project.load(), project.facts()).foreign == ()
    project.path(FIRST).unlink()
    assert f"entries/{FIRST}.json" in api.write(project.load(), project.facts()).delete


def test_two_outputs_of_one_file_are_refused(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    held = plugins.modules(api.PACKAGE)
    monkeypatch.setattr(plugins, "modules", lambda _: {**held, "twice": held["entries"]})
    with pytest.raises(ConfigError, match=r"'entries' and 'twice' both make entries\.json"):
        published(project)


def test_the_list_leads_to_the_entries_and_their_digests_hold(project: Project) -> None:
    listed = data(project, "entries.json")
    folder = published(project)
    assert [entry["id"] for entry in listed["entries"]] == [SECOND, FIRST]
    first = listed["entries"][1]
    assert (first["kind"], first["status"], first["tags"]) == ("incident", "draft", ["asyncio"])
    assert (first["components"], first["date"], first["severity"]) == (["database"], "2026-01-01", None)
    assert first["url"] == f"../records/incidents/{FIRST}/"
    assert hashlib.sha256((folder / first["data"]).read_bytes()).hexdigest() == first["digest"]


def test_an_entry_has_what_git_and_the_others_add(project: Project) -> None:
    project.write(SECOND, kind="session", title="Hunt it", status="in_progress", incidents=[FIRST])
    entry = data(project, f"entries/{FIRST}.json")
    derived = entry.pop("derived")
    assert derived["relations"] == [{"type": "session", "target": SECOND}]
    assert derived["commits"][0]["state"] == "verified"
    assert derived["landed_in"] == project.repo.head
    jsonschema.validate(entry, entry_schema())
    assert data(project, "schema.json") == json.loads(json.dumps(entry_schema()))


def test_build_and_serve_write_it_and_harvest_does_not(project: Project, run: Run) -> None:
    run("harvest", at=project.root)
    assert not (project.root / "kb" / "api").exists()
    assert run("build", at=project.root).code == 2  # there is no mkdocs.yml
    assert (project.root / "kb" / "api" / "entries.json").is_file()


def test_init_keeps_it_out_of_git(project: Project, run: Run) -> None:
    run("init", at=project.root)
    assert "/kb/api/" in (project.root / ".gitignore").read_text().splitlines()
