"""What programs read: the files of kb/api/, what is in them, and what is left alone."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from causebook import api, config, plugins
from causebook.errors import ConfigError, WriteRefused
from causebook.model.schema import entry_schema
from conftest import Run
from gitrepo import FIRST, SECOND, GitRepo, Project, playbook_text


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


# --- where the site stands


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("", "Causebook", ""),
        ("site_name: Pool's causebook # ours\nsite_url: https://example.org/kb\n", "Pool's causebook", "https://example.org/kb/"),
        ("site_name: 'A: b'\nsite_url: \"https://example.org/\"\n", "A: b", "https://example.org/"),
        ("site_name: !ENV [NAME, b]\nsite_url: !ENV URL\n", "Causebook", ""),
        ("site_url: example.org\nnav:\n  - site_name: x\n", "Causebook", ""),
    ],
)  # fmt: skip
def test_name_and_address_of_the_site_are_read(tmp_path: Path, text: str, name: str, address: str) -> None:
    (tmp_path / "mkdocs.yml").write_text(text)
    assert config.published(tmp_path) == config.Published(name, address)


# --- feeds

ATOM = "{http://www.w3.org/2005/Atom}"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def feed(project: Project, name: str) -> ET.Element:
    """A feed after a run, with what RFC 4287 asks of every feed and entry."""
    path = published(project) / "feeds" / name
    root = ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314 - our own
    assert root.tag == f"{ATOM}feed"
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    for item in (root, *root.iter(f"{ATOM}entry")):
        for tag in ("id", "title", "updated"):
            assert len(item.findall(ATOM + tag)) == 1, tag
        assert TIME.fullmatch(item.findtext(f"{ATOM}updated") or "")
        assert (item.findtext(f"{ATOM}id") or "").startswith("urn:uuid:")
        alternates = [link for link in item.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
        assert len(alternates) == 1
    ids = [item.findtext(f"{ATOM}id") for item in (root, *root.iter(f"{ATOM}entry"))]
    assert len(set(ids)) == len(ids)
    return root


def titles(root: ET.Element) -> list[str | None]:
    return [item.findtext(f"{ATOM}title") for item in root.iter(f"{ATOM}entry")]


def test_a_feed_has_what_changed_last_first_with_the_times_of_git(project: Project) -> None:
    root = feed(project, "all.xml")
    assert titles(root) == ["Hunt the flaky suite", "The pool outlives its loop"]
    assert root.findtext(f"{ATOM}updated") == "2026-01-02T12:00:00Z"
    project.write(FIRST, title='The pool <outlives> & its "loop"', tags=["asyncio"], components=["database"])
    project.repo.commit({}, "Say it better", date="2026-02-03T01:00:00+02:00")
    root = feed(project, "all.xml")
    assert titles(root)[0] == 'The pool <outlives> & its "loop"'
    assert root.findtext(f"{ATOM}updated") == "2026-02-02T23:00:00Z"


def test_an_entry_that_is_not_committed_changed_on_its_day(project: Project) -> None:
    project.write("2026-03-01-new-one-0c0c", title="New")
    assert feed(project, "all.xml").findtext(f"{ATOM}updated") == "2026-03-01T00:00:00Z"


def test_components_and_playbooks_have_feeds(project: Project) -> None:
    project.write(SECOND, kind="session", title="Hunt", status="in_progress", incidents=[], playbook="loop-closed")
    assert titles(feed(project, "component/database.xml")) == ["The pool outlives its loop"]
    assert titles(feed(project, "playbook/loop-closed.xml")) == ["Hunt"]


def test_a_feed_without_entries_is_one(project: Project) -> None:
    for identity in (FIRST, SECOND):
        project.path(identity).unlink()
    assert titles(feed(project, "all.xml")) == []


def test_links_are_whole_where_the_address_of_the_site_is_known(project: Project) -> None:
    def links() -> set[str | None]:
        return {link.get("href") for link in feed(project, "component/database.xml").iter(f"{ATOM}link")}

    assert links() == {
        "../../../api/feeds/component/database.xml", "../../../records/by/component/database/",
        f"../../../records/incidents/{FIRST}/",
    }  # fmt: skip
    project.put("mkdocs.yml", "site_url: https://example.org/kb/\n")
    assert links() == {
        "https://example.org/kb/api/feeds/component/database.xml",
        "https://example.org/kb/records/by/component/database/",
        f"https://example.org/kb/records/incidents/{FIRST}/",
    }


def test_a_renamed_entry_keeps_its_id_in_feeds_and_names_the_old_one(project: Project) -> None:
    before = {
        i.findtext(f"{ATOM}title"): i.findtext(f"{ATOM}id") for i in feed(project, "all.xml").iter(f"{ATOM}entry")
    }
    new = "2026-01-01-another-slug-0a0a"
    text = project.path(FIRST).read_text().replace(FIRST, new)
    project.path(FIRST).unlink()
    project.path(new).write_text(text)
    project.repo.commit({}, "A better name")
    after = {i.findtext(f"{ATOM}title"): i.findtext(f"{ATOM}id") for i in feed(project, "all.xml").iter(f"{ATOM}entry")}
    assert after == before
    assert data(project, f"entries/{new}.json")["derived"]["former_ids"] == [FIRST]


# --- OSV


def osv(project: Project, identity: str = FIRST) -> dict[str, Any]:
    """An exported incident, held against the rules of OSV's schema 1.7 that its fields have."""
    made: dict[str, Any] = data(project, f"osv/{identity}.json")
    known = {
        "schema_version", "id", "modified", "published", "withdrawn", "aliases", "related", "summary", "details",
        "severity", "affected", "references", "credits", "database_specific",
    }  # fmt: skip
    assert set(made) <= known
    assert {"schema_version", "id", "modified"} <= set(made)
    assert all(TIME.fullmatch(made[name]) for name in ("modified", "published", "withdrawn") if name in made)
    for affected in made.get("affected", []):
        for found in affected["ranges"]:
            assert (found["type"], found["repo"][:8]) == ("GIT", "https://")
            assert all(len(event) == 1 and set(event) <= {"introduced", "fixed"} for event in found["events"])
            assert sum("introduced" in event for event in found["events"]) >= 1
            assert all(re.fullmatch(r"0|[0-9a-f]{40}", sha) for event in found["events"] for sha in event.values())
    kinds = {"ADVISORY", "ARTICLE", "DETECTION", "DISCUSSION", "REPORT", "FIX", "INTRODUCED", "EVIDENCE", "WEB"}
    assert all(r["type"] in kinds and r["url"].startswith("https://") for r in made.get("references", []))
    roles = {
        "FINDER", "REPORTER", "ANALYST", "TOOL",
        "REMEDIATION_DEVELOPER", "REMEDIATION_REVIEWER", "REMEDIATION_VERIFIER",
    }  # fmt: skip
    assert all(c["type"] in roles and c["name"] for c in made.get("credits", []))
    return made


def test_an_incident_with_commits_says_which_commits_have_it(project: Project) -> None:
    project.repo.run("remote", "add", "origin", "git@example.org:team/app.git")
    begun, fix = project.repo.run("rev-list", "--reverse", "HEAD").split()[:2]
    project.write(
        FIRST,
        commits=[{"sha": begun[:9], "role": "introduced"}, {"sha": fix, "role": "fixed"}],
        references=[{"type": "documentation", "ref": "https://example.org/a"}, {"type": "web", "ref": "#12"}],
        credits=[{"name": "Ada", "type": "verifier"}, {"name": "Bob"}],
        relations=[{"type": "session", "target": SECOND}],
        withdrawn={"at": "2026-01-05", "reason": "It was another one."},
    )
    made = osv(project)
    (affected,) = made["affected"]
    assert affected["ranges"] == [
        {"type": "GIT", "repo": "https://example.org/team/app", "events": [{"introduced": begun}, {"fixed": fix}]}
    ]
    assert {"type": "FIX", "url": f"https://example.org/team/app/commit/{fix}"} in made["references"]
    assert {"type": "WEB", "url": "https://example.org/a"} in made["references"]
    assert [c["type"] for c in made["credits"]] == ["REMEDIATION_VERIFIER", "REMEDIATION_DEVELOPER"]
    assert made["withdrawn"] == "2026-01-05T00:00:00Z"
    assert "related" not in made  # a session is no incident
    assert made["published"] == "2026-01-02T12:00:00Z"


def test_who_does_not_know_where_it_began_has_it_from_the_start(project: Project) -> None:
    project.repo.run("remote", "add", "origin", "git@example.org:team/app.git")
    assert osv(project)["affected"][0]["ranges"][0]["events"][0] == {"introduced": "0"}


def test_without_an_address_of_the_repository_there_is_no_range(project: Project) -> None:
    made = osv(project)
    assert "affected" not in made
    assert made["database_specific"]["commits"][0]["role"] == "fixed"


def test_an_incident_whose_commits_git_does_not_know_is_not_exported(project: Project) -> None:
    folder = published(project)
    assert (folder / "osv" / f"{FIRST}.json").is_file()
    project.write(FIRST, commits=[{"sha": "f" * 40, "role": "fixed"}])
    published(project)
    assert not (folder / "osv").exists()


def test_a_range_is_of_the_repository_that_holds_the_commit(project: Project, tmp_path: Path) -> None:
    other = GitRepo(tmp_path / "other")
    sha = other.commit({"a": "1"}, "Begin")
    project.put(
        "causebook.toml", f'[repos.other]\npath = "{other.path}"\nurl = "https://example.org/o/-/commit/{{sha}}"\n'
    )
    project.write(FIRST, commits=[{"sha": sha, "role": "introduced", "repo": "other"}])
    assert osv(project)["affected"][0]["ranges"] == [
        {"type": "GIT", "repo": "https://example.org/o", "events": [{"introduced": sha}]}
    ]


# --- playbooks


def test_playbooks_come_with_signatures_entries_and_proof(project: Project) -> None:
    project.write(SECOND, kind="session", title="Hunt", status="in_progress", incidents=[], playbook="loop-closed")
    project.put("kb/playbooks/pool-closed.md", playbook_text("The pool is closed"))
    listed = {p["id"]: p for p in data(project, "playbooks.json")["playbooks"]}
    assert len(listed) > 20
    own, ours = listed["pool-closed"], listed["loop-closed"]
    assert (own["own"], ours["own"]) == (True, False)
    assert own["signatures"] == [{"type": "RuntimeError", "message": "the pool is closed"}]
    assert ours["entries"] == [SECOND]
    assert ours["url"] == "../records/playbooks/loop-closed/"
    assert ours["verified"]["3.12"]["state"] == "passed"
    assert own["verified"] == {}


# --- the guide


def test_every_file_is_in_the_guide(project: Project) -> None:
    project.write(SECOND, kind="session", title="Hunt", status="in_progress", incidents=[], playbook="loop-closed")
    guide = (Path(__file__).parents[1] / "kb" / "guide" / "api.md").read_text(encoding="utf-8")
    patterns = [re.sub(r"<\w+>", "[^/]+", name) for name in re.findall(r"^\| `api/([^`]+)` \|", guide, re.MULTILINE)]
    made = api.render(project.load(), project.facts())
    assert [path for path in made if not any(re.fullmatch(pattern, path) for pattern in patterns)] == []
    missing = [p for p in patterns if not any(re.fullmatch(p, path) for path in made) and not p.startswith("search/")]
    assert missing == []
