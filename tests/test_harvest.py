"""From entries to pages: what is written, what is left alone, and what a failure leaves behind."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from causebook import harvest, markdown, verified
from causebook.errors import TemplateError, WriteRefused
from causebook.owned import Plan
from conftest import Run
from gitrepo import FIRST, SECOND, GitRepo, Project, playbook_text

FIRST_PAGE = f"incidents/{FIRST}.md"
SECOND_PAGE = f"sessions/{SECOND}.md"


def pages(project: Project) -> dict[str, bytes]:
    """Every file of kb/records/ and what is in it."""
    folder = project.root / "kb" / "records"
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def stamps(project: Project) -> dict[str, int]:
    """When every file of kb/records/ was written."""
    folder = project.root / "kb" / "records"
    return {p.relative_to(folder).as_posix(): p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}


def written(project: Project) -> Plan:
    """Harvest, and what there was to do."""
    base = project.load()
    todo = harvest.plan(base, project.facts())
    harvest.apply(base, todo)
    return todo


def page(project: Project, path: str = FIRST_PAGE) -> str:
    """One page after a harvest."""
    written(project)
    return (project.root / "kb" / "records" / path).read_text()


def test_every_entry_has_a_page_and_lists_name_it(project: Project) -> None:
    written(project)
    found = pages(project)
    assert {FIRST_PAGE, SECOND_PAGE, "index.md", "index.json", "by/tag/asyncio.md", "lessons.md"} <= set(found)
    assert b"The pool outlives its loop" in found["by/tag/asyncio.md"]
    assert all(data.startswith(b"---\ngenerated: causebook\n") for path, data in found.items() if path.endswith(".md"))
    assert all(data.endswith(b"\n") and not data.endswith(b"\n\n") for data in found.values())


def test_a_project_without_entries_is_harvested(project: Project) -> None:
    for identity in (FIRST, SECOND):
        project.path(identity).unlink()
    written(project)
    assert json.loads(pages(project)["index.json"])["entries"] == []


def test_a_page_shows_commit_files_and_where_it_landed(project: Project) -> None:
    project.repo.run("remote", "add", "origin", "git@example.org:team/app.git")
    fix = project.repo.run("rev-parse", "HEAD~1")
    project.write(FIRST, commits=[{"sha": fix, "role": "fixed"}], fix={"kind": "fix", "description": "Close it"})
    text = page(project)
    assert f"https://example.org/team/app/commit/{fix}" in text
    assert "Close the pool (#7)" in text
    assert "src/pool.py" in text
    assert project.repo.head in text


def test_a_second_run_writes_nothing(project: Project) -> None:
    written(project)
    before = stamps(project)
    todo = written(project)
    assert todo.up_to_date
    assert todo.unchanged == len(before)
    assert stamps(project) == before


def test_after_an_edit_only_the_pages_that_show_it_change(project: Project) -> None:
    written(project)
    project.write(
        SECOND, kind="session", title="Hunt the flaky suite", status="in_progress", incidents=[], outcome="Green"
    )
    todo = written(project)
    assert set(todo.write) == {SECOND_PAGE, "sessions/index.md", "sessions/2026.md", "index.json"}
    assert todo.delete == ()


def test_the_page_of_a_deleted_entry_goes_with_its_folder(project: Project) -> None:
    written(project)
    project.path(FIRST).unlink()
    todo = written(project)
    assert FIRST_PAGE in todo.delete
    found = pages(project)
    assert FIRST_PAGE not in found
    assert "by/tag/asyncio.md" not in found
    assert not (project.root / "kb" / "records" / "by" / "tag").exists()


def test_a_file_of_someone_else_is_kept(project: Project) -> None:
    project.put("kb/records/own/notes.md", "mine\n")
    project.put("kb/records/short", "")
    assert written(project).foreign == ("own/notes.md", "short")
    assert pages(project)["own/notes.md"] == b"mine\n"


@pytest.mark.parametrize("content", [b"mine\n", b"", b"---\ngenerated: other\n---\n"])
def test_a_file_of_someone_else_in_the_way_stops_everything(project: Project, content: bytes) -> None:
    project.put(f"kb/records/{FIRST_PAGE}", content)
    with pytest.raises(WriteRefused, match="was not written by harvest"):
        harvest.plan(project.load(), project.facts())
    assert pages(project) == {FIRST_PAGE: content}


def test_a_folder_in_the_way_is_refused(project: Project) -> None:
    (project.root / "kb" / "records" / FIRST_PAGE).mkdir(parents=True)
    with pytest.raises(WriteRefused):
        written(project)


def test_leftovers_of_an_interrupted_run_vanish(project: Project) -> None:
    project.put("kb/records/incidents/.causebook-123.tmp", "half")
    written(project)
    assert not [p for p in pages(project) if p.endswith(".tmp")]


def test_a_folder_that_is_a_link_is_refused(project: Project, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (project.root / "kb").mkdir()
    (project.root / "kb" / "records").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WriteRefused, match="is a link"):
        written(project)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_link_inside_the_folder_is_not_followed(project: Project, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    precious = tmp_path / "elsewhere" / f"{FIRST}.md"
    precious.write_text("---\ngenerated: causebook\nprecious\n")
    (project.root / "kb" / "records").mkdir(parents=True)
    (project.root / "kb" / "records" / "incidents").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WriteRefused):
        written(project)
    assert precious.read_text() == "---\ngenerated: causebook\nprecious\n"


def test_the_command_says_what_it_did(project: Project, run: Run) -> None:
    first = run("harvest", at=project.root)
    assert first.code == 0
    assert first.out.startswith("2 entries: ")
    assert "0 deleted, 0 unchanged" in first.out
    project.put("kb/records/notes.md", "mine")
    second = run("harvest", at=project.root)
    assert ": 0 pages written" in second.out
    assert "kb/records/notes.md is not causebook's" in second.err
    assert run("harvest", "--quiet", at=project.root).out == ""


def test_check_tells_whether_pages_are_up_to_date(project: Project, run: Run) -> None:
    outdated = run("harvest", "--check", at=project.root)
    assert outdated.code == 1
    assert f"out of date: kb/records/{FIRST_PAGE}" in outdated.out
    assert not (project.root / "kb").exists()
    run("harvest", at=project.root)
    assert run("harvest", "--check", at=project.root).code == 0


def test_a_broken_entry_is_reported_and_hides_nothing(project: Project, run: Run) -> None:
    project.put("entries/2026/2026-02-01-broken-0d0d.yaml", "title: [\n")
    result = run("harvest", at=project.root)
    assert result.code == 1
    assert "entries/2026/2026-02-01-broken-0d0d.yaml:" in result.err
    assert FIRST_PAGE in pages(project)


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("{% extends 'pages/entry.md.j2' %}\n{% block main %}\n{% if %}\n{% endblock %}\n", 3),
        ("{% extends 'pages/entry.md.j2' %}\n{% block main %}\n\n{{ no_such_name.x }}\n{% endblock %}\n", 4),
        ("{% extends 'pages/entry.md.j2' %}\n{% block main %}\n{{ 1 / 0 }}\n{% endblock %}\n", 3),
        ("{{ entry.no_such_field }}\n", 1),
        ("a\n{% include 'pages/no-such.md.j2' %}\n", 0),
        ("{{ entry.title|no_such_filter }}\n", 1),
    ],
    ids=["syntax", "name", "division", "field", "include", "filter"],
)
def test_a_failing_template_leaves_the_pages_as_they_were(project: Project, run: Run, template: str, line: int) -> None:
    run("harvest", at=project.root)
    before = pages(project)
    project.write(FIRST, title="Another title")
    project.put("templates/pages/incident.md.j2", template)
    result = run("harvest", at=project.root)
    assert result.code == 2
    assert pages(project) == before
    if line:
        assert f"templates/pages/incident.md.j2:{line}" in result.err
        assert f"entries/2026/{FIRST}.yaml" in result.err
    else:
        assert "there is no template pages/no-such.md.j2" in result.err


def test_a_template_of_the_project_can_extend_ours(project: Project) -> None:
    project.put(
        "templates/pages/incident.md.j2",
        '{% extends "!/pages/incident.md.j2" %}\n{% block facts %}\n{{ super() }}\n\nOwn: {{ entry.title }} *x*\n'
        "{% endblock %}\n",
    )
    project.write(FIRST, title="Pool *and* loop")
    text = page(project)
    assert "cb-facts" in text
    assert '<p class="cb-facts">' in text
    assert "Own: Pool \\*and\\* loop *x*" in text


def test_a_template_of_the_project_replaces_ours(project: Project) -> None:
    project.put("templates/pages/incident.md.j2", "---\ngenerated: causebook\n---\n\n# {{ entry.title }}\n\n\n\n\nEnd")
    assert page(project) == "---\ngenerated: causebook\n---\n\n# The pool outlives its loop\n\nEnd\n"


HOSTILE = "<script>alert(1)</script> {{7*7}} {% raw %} **x** a|b [l](javascript:x) `c` _e_ &amp;"


def test_hostile_text_is_shown_as_text(project: Project) -> None:
    project.write(
        FIRST,
        title=HOSTILE[:110],
        summary=HOSTILE,
        symptom={
            "description": f"{HOSTILE}\n\n# {HOSTILE}\n\n<!-- x -->\n---\n",
            "errors": [{"text": f"```\n{HOSTILE}\n````\n<b>\n"}],
        },
        attempts=[{"action": HOSTILE, "outcome": "failed", "result": "a\n\nb | c"}],
        lessons=[{"rule": HOSTILE}],
        environment={"python": HOSTILE},
        keywords=[HOSTILE],
        references=[{"type": "web", "ref": "javascript:alert(1)"}, {"type": "web", "ref": 'https://a.b/"><script>'}],
        five_whys=[{"why": HOSTILE, "because": HOSTILE}],
        causes=[{"role": "root", "description": HOSTILE}],
        fix={"kind": "fix", "description": HOSTILE, "files": [{"path": "a|b`c<d.py"}]},
        notes=[{"heading": HOSTILE, "text": HOSTILE}],
        credits=[{"name": HOSTILE, "type": "developer"}],
    )
    text = page(project)
    fenced = "`````text\n```\n" + HOSTILE + "\n````\n<b>\n`````"
    assert fenced in text
    rest = text.replace(fenced, "")
    picture = re.compile(r"<svg.*?</svg>", re.DOTALL)
    assert all("<script" not in found for found in picture.findall(rest))
    rest = picture.sub("", rest)
    assert "<script>" not in rest
    assert "<!-- x" not in rest
    assert "{{" not in rest
    assert "{%" not in rest
    assert "**x**" not in rest
    assert not re.search(r"(?<!\\)\]\(javascript", rest)
    assert 'href="javascript' not in rest
    for line in rest.split("\n"):
        if line.startswith("| 1 |"):
            assert line.count("|") == 6
    for path, data in pages(project).items():
        if path.endswith(".md") and path != FIRST_PAGE:
            assert b"<script>" not in data, path


def test_the_index_fits_its_schema(project: Project) -> None:
    project.write(
        FIRST,
        status="resolved",
        relations=[{"type": "session", "target": SECOND}],
        commits=[{"sha": project.repo.head, "role": "fixed"}, {"sha": "0123456789", "role": "introduced"}],
        **{"x-team": {"name": "core"}},
    )
    written(project)
    found = pages(project)
    index: dict[str, Any] = json.loads(found["index.json"])
    jsonschema.validate(index, json.loads(found["index.schema.json"]))
    jsonschema.Draft202012Validator.check_schema(json.loads(found["entry.schema.json"]))
    entry = next(e for e in index["entries"] if e["id"] == FIRST)
    assert entry["x-team"] == {"name": "core"}
    assert [c["state"] for c in entry["derived"]["commits"]] == ["verified", "missing"]
    assert (Path("kb/records") / entry["derived"]["page"].rstrip("/")).with_suffix(".md").name == f"{FIRST}.md"
    assert entry["derived"]["relations"] == [{"type": "session", "target": SECOND}]


def test_both_sides_of_a_relation_are_shown(project: Project) -> None:
    project.write(FIRST, relations=[{"type": "session", "target": SECOND}])
    written(project)
    assert f"../incidents/{FIRST}.md" in pages(project)[SECOND_PAGE].decode()


def test_commits_of_all_states_are_told_on_the_page(project: Project) -> None:
    both = project.repo.collide()
    project.repo.run("checkout", "--quiet", "-b", "side")
    off = project.repo.commit({"b": "1"}, "Off")
    project.repo.run("checkout", "--quiet", "main")
    fix = project.repo.run("rev-parse", "HEAD~1")
    project.repo.run("revert", "--no-edit", fix)
    tree = project.repo.run("rev-parse", "HEAD^{tree}")
    shas = [both[0][:7], off, fix, tree, "0123456789"]
    project.write(FIRST, commits=[{"sha": s, "role": "fixed", "note": "a | b"} for s in shas])
    project.repo.commit({}, f"Mention\n\nFixes-Incident: {FIRST}")
    text = page(project)
    for words in ("ambiguous", "not in the history", "reverted", "is a tree", "not found", "in a trailer"):
        assert words in text, words


def test_harvest_needs_no_commit_and_no_repository(tmp_path: Path) -> None:
    alone = Project(GitRepo(tmp_path / "x", init=False), tmp_path / "alone")
    alone.write(FIRST, commits=[{"sha": "0123456789", "role": "fixed"}])
    assert "not a git repository" in page(alone)


def test_templates_outside_of_pages_are_told_by_their_subject(project: Project) -> None:
    project.put("templates/pages/lessons.md.j2", "{{ nope }}")
    with pytest.raises(TemplateError, match="while rendering the lessons"):
        harvest.plan(project.load(), project.facts())


def forked(root: Path) -> subprocess.CompletedProcess[str]:
    """A harvest that forks for any number of entries, in a process of its own: this one has threads."""
    code = "from causebook import ahead, cli, harvest; ahead.FORK_FROM = harvest.FORK_FROM = -1; cli.main(['harvest'])"
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=120)


def test_two_processes_make_the_same_pages_as_one(project: Project) -> None:
    for n in range(12):
        project.write(f"2026-02-{n + 1:02}-many-{n:04x}", commits=[{"sha": project.repo.head, "role": "fixed"}])
    project.repo.commit({}, "Many")
    done = forked(project.root)
    assert done.returncode == 0, done.stderr
    both = pages(project)
    assert written(project).up_to_date
    assert pages(project) == both


def test_history_of_no_repository_is_none_in_two_processes(tmp_path: Path) -> None:
    alone = Project(GitRepo(tmp_path / "x", init=False), tmp_path / "alone")
    alone.write(FIRST, commits=[{"sha": "0123456789", "role": "fixed"}])
    done = forked(alone.root)
    assert done.returncode == 0, done.stderr
    assert "not a git repository" in pages(alone)[FIRST_PAGE].decode()


def test_a_failing_template_is_told_from_two_processes(project: Project) -> None:
    project.put("templates/pages/incident.md.j2", "{{ nothing.at.all }}")
    done = forked(project.root)
    assert (done.returncode, "incident.md.j2:1" in done.stderr) == (2, True)


def test_playbooks_are_listed_by_message_with_what_was_shown(project: Project) -> None:
    signatures = [{"type": "RuntimeError", "message": "the (pool|door) of {any} is <shut>"}]
    text = playbook_text("The pool is <b>closed</b>", signatures=signatures, summary="It | was closed.")
    path = project.put("kb/playbooks/pool.md", text)
    project.write(FIRST, playbook="pool")
    (playbook,) = project.load().playbooks.values()
    shown = {
        case.name: {
            "3.10": {"verdict": "passed", "date": "2026-01-02", "of": verified.digest(playbook, case)},
            "3.11": {"verdict": "failed", "date": "2026-01-03", "of": verified.digest(playbook, case)},
            "3.12": {"verdict": "passed", "date": "2026-01-04", "of": "another text"},
        }
        for case in playbook.cases
    }
    shown["fix"]["3.13"] = shown["fix"]["3.10"]
    verified.save(path.parent, {"pool": {**shown, "gone": {}}, "gone": {}}, {"pool": playbook})
    made = page(project, "playbooks.md")
    assert "| RuntimeError | <code>the pool of … is &#60;shut&#62;</code> |" in made
    assert "[The pool is &lt;b&gt;closed&lt;/b&gt;](playbooks/pool.md)" in made
    assert "| It &#124; was closed. | [1](by/playbook/pool.md) |" in made
    assert "| passed 2026-01-02 | FAILED 2026-01-03 | changed since 2026-01-04 | not run 2026-01-02 |" in made
    assert '"gone"' not in (path.parent / "verified.json").read_text()


def test_the_page_of_a_playbook_shows_its_proof_and_the_entries_of_its_class(project: Project) -> None:
    body = playbook_text("The pool").split("---", 2)[2].replace("## Versions", PARTS)
    path = project.put("kb/playbooks/pool.md", playbook_text("The pool", body, cases={"fix": {"python": ">=3.11"}}))
    (playbook,) = project.load().playbooks.values()
    slot = {"verdict": "passed", "date": "2026-01-02", "packages": ["asyncpg==0.32.0"]}
    held = {c.name: {"3.11": {**slot, "of": verified.digest(playbook, c)}} for c in playbook.cases}
    held["reproduce"]["3.10"] = held["reproduce"]["3.11"]
    verified.save(path.parent, {"pool": held}, {"pool": playbook})
    correction = {"claim": "It | is *the* maker.", "finding": "It is not.", "playbook": "pool", "case": "fix"}
    project.write(FIRST, playbook="pool", corrections=[correction])
    made = page(project, "playbooks/pool.md")
    assert f"(../incidents/{FIRST}.md) (" in made
    assert "| <code>fix</code> | It &#124; is \\*the\\* maker. | It is not. | [" in made
    assert "| <code>reproduce</code> | passed | passed |" in made
    assert "| <code>fix</code> | – | passed |" in made
    assert "With <code>asyncpg&#61;&#61;0.32.0</code>." in made
    assert "[guide](../../guide/start.md), [file](../../playbooks/x/y.txt), [other](loop-closed.md#fix)," in made
    assert "[web](https://example.org), [`loop-closed`](loop-closed.md) and `pool`" in made
    assert "[kept](../guide/start.md) and `loop-closed`\n\n\n\nto the end\n```" in made
    entry = page(project, f"incidents/{FIRST}.md")
    assert "| It &#124; is \\*the\\* maker. | It is not. | [pool: fix](../playbooks/pool.md) |" in entry
    assert "- Playbook: [pool](../playbooks/pool.md) ([others of this class](../by/playbook/pool.md))" in entry


def test_the_page_of_a_playbook_shows_what_is_pointed_out_in_a_change(project: Project) -> None:
    rule: dict[str, Any] = {
        "call": ["pools.Pool"],
        "where": "import",
        "why": "{name}() made at <import> lives too long",
        "fix": "make it in `main()`",
        "samples": {
            "positive": ["import pools\npool = pools.Pool()"],
            "negative": [{"text": "pool = 1", "why": "It is none."}],
        },
    }
    unseen = {**rule, "why": "{name}() is {odd}", "samples": {**rule["samples"], "positive": ["pool = `x`"]}}
    project.put("kb/playbooks/pool.md", playbook_text("The pool", detect=[rule, unseen]))
    made = page(project, "playbooks/pool.md")
    assert "- pools.Pool() made at &lt;import&gt; lives too long: make it in <code>main&#40;&#41;</code>. For" in made
    assert "    ```python\n    import pools\n    pool = pools.Pool()\n    ```\n" in made
    assert "pool = `x`" in made
    project.put("kb/playbooks/pool.md", playbook_text("The pool"))
    assert "Pointed out" not in page(project, "playbooks/pool.md")


PARTS = """\
## Versions

[guide](../guide/start.md), [file](x/y.txt), [other](loop-closed.md#fix),
[web](https://example.org), `loop-closed` and `pool`

```text
[kept](../guide/start.md) and `loop-closed`



to the end
```
"""


def test_playbooks_lead_from_the_first_line(project: Project) -> None:
    ours: dict[str, Any] = {"group": "Two pools", "when": "the *first* one", "libraries": ["poollib"]}
    signatures = [{"type": "RuntimeError", "message": "the pool is closed", "python": ">=3.12"}]
    project.put("kb/playbooks/pool.md", playbook_text("The pool", signatures=signatures, **ours))
    project.put("kb/playbooks/bare.md", playbook_text("Bare", summary="It was bare."))
    made = page(project, "playbooks.md")
    assert "- <strong>Two pools</strong>\n    - the \\*first\\* one: [The pool](playbooks/pool.md)" in made
    assert "- <strong>It says something else</strong>\n    - It was bare.: [Bare](playbooks/bare.md)" in made
    assert ">Two pools</tspan>" in made
    assert "| <code>poollib</code> | [The pool](playbooks/pool.md)" in made
    assert "| &gt;=3.12 | <code>the pool is closed</code> | [The pool](playbooks/pool.md) |" in made


def test_our_playbooks_come_with_the_package_and_give_way_to_the_project_s(project: Project) -> None:
    written(project)
    found = pages(project)
    assert found["playbooks/loop-closed.md"].startswith(b"---\ngenerated: causebook")
    assert b"## The fix in three lines" in found["playbooks/loop-closed.md"]
    assert "(playbooks/loop-closed.md)" in found["playbooks.md"].decode()
    project.put("kb/playbooks/loop-closed.md", playbook_text("Our own words"))
    made = page(project, "playbooks.md")
    assert "[Our own words](playbooks/loop-closed.md)" in made
    assert "# Our own words" in page(project, "playbooks/loop-closed.md")
    project.write(FIRST, playbook="task-destroyed-pending")
    assert project.lint("playbook_exists") == ()


def test_a_record_that_is_none_is_a_finding(project: Project, run: Run) -> None:
    project.put("kb/playbooks/verified.json", '{"playbooks": {"pool": 3}}')
    result = run("check", at=project.root)
    assert result.code == 1
    assert "kb/playbooks/verified.json: error: is not a record of verify" in result.out


def test_a_template_that_fails_in_the_second_process_is_told(project: Project) -> None:
    for n in range(12):
        project.write(f"2026-02-{n + 1:02}-many-{n:04x}")
    project.put("templates/pages/session.md.j2", "{{ nope }}")  # the only session comes last, so the second takes it
    done = forked(project.root)
    assert done.returncode == 2
    assert "'nope' is undefined (while rendering entries/2026/2026-01-02-the-other-entry-0b0b.yaml)" in done.stderr


def test_an_entry_that_the_second_process_cannot_read_is_told(project: Project) -> None:
    project.put("entries/2026/2026-12-31-broken-0000.yaml", "id: [\n")
    done = forked(project.root)
    assert done.returncode == 1
    assert "entries/2026/2026-12-31-broken-0000.yaml:2" in done.stderr


def test_the_example_in_the_guide_on_templates_works(project: Project) -> None:
    guide = (Path(__file__).parents[1] / "kb" / "guide" / "templates.md").read_text(encoding="utf-8")
    (example,) = [fence for fence in markdown.fences(guide) if fence.title]
    before = page(project)
    project.put(example.title, example.text)
    after = page(project)
    assert f"Questions about <code>{FIRST}</code>: ask database." in after
    assert set(before.splitlines()) <= set(after.splitlines())
