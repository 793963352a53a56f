"""Every verb as it is used: what it prints, what it writes, and its exit code."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from causebook import __version__, cli, plugins, yamlio
from conftest import Run
from gitrepo import FIRST, SECOND, GitRepo, Project

VERBS = [name.rstrip("_") for name in plugins.names("causebook.commands")]
MADE_UP = "0123456789abcdef0123456789abcdef01234567"


def created(project: Project, out: str) -> Path:
    """The file whose path ``new`` printed last."""
    return project.root / out.strip().split("\n")[-1]


def data_of(path: Path) -> dict[str, Any]:
    """The keys of an entry."""
    data = yamlio.parse(path.read_text(encoding="utf-8"), path.name).data
    assert isinstance(data, dict)
    return data


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(run: Run, verb: str) -> None:
    result = run(verb, "--help")
    assert result.code == 0
    assert result.out.startswith(f"Usage: causebook {verb}")
    assert run(verb, "-h").out == result.out


def test_help_lists_all_verbs_and_exit_codes(run: Run) -> None:
    out = run("--help").out
    assert "Exit codes: 0 fine, 1 findings, 2 wrong usage or input, 3 could not tell." in out
    assert all(f"\n  {verb} " in out for verb in VERBS)


def test_version(run: Run) -> None:
    assert run("--version").out == f"causebook {__version__}\n"


@pytest.mark.parametrize(("typed", "meant"), [("chek", "check"), ("harvst", "harvest"), ("List", "list")])
def test_a_misspelt_verb_is_guessed(run: Run, typed: str, meant: str) -> None:
    result = run(typed)
    assert result.code == 2
    assert f"Did you mean {meant}?" in result.err


def test_a_verb_like_no_other_and_no_verb(run: Run) -> None:
    result = run("zzzzz")
    assert (result.code, "Did you mean" in result.err) == (2, False)
    nothing = run()
    assert nothing.code in {0, 2}
    assert "Usage: causebook" in nothing.out + nothing.err


@pytest.mark.parametrize(
    "verb", [["check"], ["list"], ["harvest"], ["init"], ["show", "x"], ["new", "incident", "--title", "x"]]
)
def test_a_root_that_is_no_folder_is_an_error(run: Run, tmp_path: Path, verb: list[str]) -> None:
    (tmp_path / "file").write_text("")
    for name in ("missing", "file"):
        result = run("-C", str(tmp_path / name), *verb)
        assert result.code == 2
        assert name in result.err
    assert not (tmp_path / "missing").exists()


def test_a_bad_setting_is_one_message(project: Project, run: Run) -> None:
    project.put("causebook.toml", "entrys = 'x'\n")
    result = run("check", at=project.root)
    assert result.code == 2
    assert result.err == "causebook: causebook.toml: unknown setting 'entrys'\n  did you mean entries?\n"


def test_the_project_is_found_from_a_folder_inside(project: Project, run: Run) -> None:
    assert f"{FIRST}\n" in run("list", at=project.root / "src").out


def test_check_passes_and_counts(project: Project, run: Run) -> None:
    result = run("check", at=project.root)
    assert result.code == 0
    assert result.out.startswith("2 files checked")


def test_check_fails_on_findings_and_names_place_and_rule(project: Project, run: Run) -> None:
    project.write(FIRST, commits=[{"sha": MADE_UP, "role": "fixed"}])
    result = run("check", at=project.root)
    assert result.code == 1
    assert f"entries/2026/{FIRST}.yaml:6:" in result.out
    assert "commit_exists" in result.out
    assert run("check", "--ignore", "commit-exists", at=project.root).code == 0
    assert run("check", "--select", "schema,file-name", at=project.root).code == 0


def test_settings_select_and_ignore(project: Project, run: Run) -> None:
    project.write(FIRST, commits=[{"sha": MADE_UP, "role": "fixed"}])
    project.put("causebook.toml", 'ignore = ["commit-exists"]\n')
    assert run("check", at=project.root).code == 0
    project.put("causebook.toml", 'select = ["schema"]\n')
    assert run("check", at=project.root).code == 0
    assert run("check", "--select", "commit_exists", at=project.root).code == 1
    project.put("causebook.toml", 'select = ["shema"]\n')
    assert run("check", at=project.root).code == 2


def test_check_limits_itself_to_paths(project: Project, run: Run) -> None:
    project.write(FIRST, commits=[{"sha": MADE_UP, "role": "fixed"}])
    first, second = (str(project.path(i).relative_to(project.root)) for i in (FIRST, SECOND))
    assert run("check", second, at=project.root).code == 0
    assert run("check", first, at=project.root).code == 1
    assert run("check", "entries/2026", at=project.root).code == 1
    assert run("check", str(project.path(FIRST)), at=project.root / "src").code == 1


@pytest.mark.parametrize("path", ["no-such-file", "/", "src"])
def test_check_refuses_other_paths(project: Project, run: Run, path: str) -> None:
    result = run("check", path, at=project.root)
    assert result.code == 2
    assert path in result.err


def test_check_explains_and_lists(run: Run) -> None:
    result = run("check", "--explain", "date-order")
    assert result.code == 0
    assert result.out.startswith("date_order (error)\n\n")
    assert "Good:" in result.out
    unknown = run("check", "--explain", "date-ordr")
    assert (unknown.code, "did you mean date_order?" in unknown.err) == (2, True)
    listed = run("check", "--list").out.strip().split("\n")
    assert len(listed) == len(plugins.names("causebook.checks"))


def test_check_as_json(project: Project, run: Run) -> None:
    project.write(FIRST, commits=[{"sha": MADE_UP, "role": "fixed"}])
    result = run("check", "--format", "json", at=project.root)
    assert result.code == 1
    report = json.loads(result.out)
    assert {"entries", "rules", "counts", "findings"} <= set(report)
    (finding,) = report["findings"]
    assert finding["rule"] == "commit_exists"
    assert finding["path"] == f"entries/2026/{FIRST}.yaml"
    assert (finding["line"], finding["level"], finding["verdict"]) == (6, "error", "fail")


def test_fail_level_and_strict_unknown(project: Project, run: Run) -> None:
    project.write(FIRST, commits=[{"sha": MADE_UP, "role": "fixed", "repo": "far"}])
    assert run("check", at=project.root).code == 0
    assert run("check", "--strict-unknown", at=project.root).code == 3
    project.write(FIRST, relations=[{"type": "session", "target": SECOND}])
    assert run("check", at=project.root).code == 0
    assert run("check", "--fail-level", "warning", at=project.root).code == 1


def test_list_filters(project: Project, run: Run) -> None:
    def ids(*options: str) -> tuple[int, list[str]]:
        result = run("list", *options, "--format", "json", at=project.root)
        return result.code, [row["id"] for row in json.loads(result.out)]

    project.write(FIRST, severity="sev2", tags=["asyncio"], components=["database"], playbook="loop-closed")
    assert ids() == (0, [SECOND, FIRST])
    for options in (
        ["--kind", "incident"], ["--status", "draft"], ["--severity", "sev2"], ["--component", "database"],
        ["--tag", "asyncio"], ["--tag", "other", "--tag", "asyncio"], ["--playbook", "loop-closed"],
        ["--text", "POOL OUTLIVES"],
    ):  # fmt: skip
        assert ids(*options) == (0, [FIRST]), options
    assert ids("--since", "2026-01-02") == (0, [SECOND])
    assert ids("--tag", "nothing") == (1, [])


def test_list_as_text_and_with_a_broken_entry(project: Project, run: Run) -> None:
    project.put("entries/2026/2026-02-01-broken-0d0d.yaml", "title: [\n")
    result = run("list", at=project.root)
    assert result.code == 0
    assert result.out.endswith("2 of 2 entries\n")
    assert f"2026-01-01  incident  draft          {FIRST}\n            The pool outlives its loop\n" in result.out
    assert "2026-02-01-broken-0d0d.yaml" in result.err
    assert run("list", "--kind", "other", at=project.root).code == 2


def test_show_by_part_of_an_id(project: Project, run: Run) -> None:
    result = run("show", "entry-itself", at=project.root)
    assert result.code == 0
    assert result.out.startswith(f"The pool outlives its loop\nentries/2026/{FIRST}.yaml\n")
    assert "state: verified" in result.out
    data = json.loads(run("show", FIRST[:12], "--format", "json", at=project.root).out)
    assert data["commits"][0]["state"] == "verified"


def test_show_keeps_lines_of_text_together(project: Project, run: Run) -> None:
    project.write(FIRST, symptom={"description": "One\nTwo"}, tags=["a"])
    out = run("show", FIRST, at=project.root).out
    assert "symptom:\n  description:\n    One\n    Two\n" in out
    assert "tags:\n  - a\n" in out


def test_show_ambiguous_and_unknown(project: Project, run: Run) -> None:
    several = run("show", "2026", at=project.root)
    assert (several.code, "fits 2 entries" in several.err, SECOND in several.err) == (2, True, True)
    close = run("show", FIRST.replace("itself", "itslef"), at=project.root)
    assert (close.code, f"did you mean {FIRST}?" in close.err) == (2, True)
    assert run("show", at=project.root).code == 2


def test_control_characters_never_reach_the_terminal(project: Project, run: Run) -> None:
    sneaky = "Title\u202e\u0085 \u009b31m red"
    project.write(FIRST, title=sneaky, components=["x"], notes=[{"text": "\u2066a\u009d0;title\u0007"}])
    project.put("causebook.toml", 'components = ["\\u001b[31m"]\n')
    project.repo.commit({}, "Mend \x1b[31m\n\nIncident: \x1b]0;x\x07")
    for args in (["list"], ["show", FIRST], ["check"], ["harvest"], ["list", "--format", "json"]):
        result = run(*args, at=project.root)
        for character in "\x1b\x07\u202e\u2066\x85\x9b\x9d":
            assert character not in result.out + result.err, args


@pytest.mark.parametrize("kind", ["incident", "session", "playbook"])
def test_new_needs_a_title_where_nobody_can_answer(project: Project, run: Run, kind: str) -> None:
    result = run("new", kind, at=project.root)
    assert result.code == 2
    assert f'causebook new {kind} --title "..."' in result.err


@pytest.mark.parametrize("kind", ["incident", "session"])
def test_what_new_writes_passes_as_a_draft_and_not_above(project: Project, run: Run, kind: str) -> None:
    result = run("new", kind, "--title", "Loop is closed", "--date", "2026-01-05", at=project.root)
    assert (result.code, result.err) == (0, "")
    path = created(project, result.out)
    assert path.parent == project.root / "entries" / "2026"
    assert path.name.startswith("2026-01-05-loop-is-closed-")
    assert run("check", "--fail-level", "note", at=project.root).code == 0
    above = "investigating" if kind == "incident" else "in_progress"
    path.write_text(path.read_text().replace("status: draft", f"status: {above}", 1))
    refused = run("check", at=project.root)
    assert refused.code == 1
    assert "TODO" in refused.out


HOSTILE_TITLES = [
    "Two\nlines", "Tab\there", "It's \"quoted\"", "key: # comment", "- item", "{a: [b", "&anchor *alias !tag",
    "\U0001f600 emoji", "\u00fcml\u00e4ut", "null", "123", "TODO later", "%directive", "@at `tick`", "{{ 7*7 }}",
    "{% raw %}", "<script>", "a" * 120, "\\n", "#", "...", "---", "yes", "'", '"',
]  # fmt: skip


@pytest.mark.parametrize("kind", ["incident", "session"])
def test_new_takes_any_title(project: Project, run: Run, kind: str) -> None:
    for title in HOSTILE_TITLES:
        result = run("new", kind, "--title", title, "--tag", "a", "--component", "b", at=project.root)
        assert result.code == 0, title
        assert data_of(created(project, result.out))["title"] == " ".join(title.split())
    assert run("check", at=project.root).code == 0
    assert run("harvest", at=project.root).code == 0


def test_new_takes_any_text(project: Project, run: Run) -> None:
    for text in (*HOSTILE_TITLES, "  leading", "one\n\n  two\n", "a\n# b: c", "x" * 3000, "```\n"):
        args = ["--title", "T", "--symptom", text, "--error", text, "--error", "E: # x"]
        path = created(project, run("new", "incident", *args, at=project.root).out)
        symptom = data_of(path)["symptom"]
        assert symptom["description"].strip() == text.strip()
        assert [e["text"].strip() for e in symptom["errors"]] == [text.strip(), "E: # x"]
    assert run("check", at=project.root).code == 0


def test_new_takes_what_a_terminal_printed(project: Project, run: Run) -> None:
    args = ["--title", "\x1b[1mBold\x1b[0m", "--error", "\x1b[31;1mRuntimeError\x1b[0m: x\x07\r"]
    data = data_of(created(project, run("new", "incident", *args, at=project.root).out))
    assert data["title"] == "Bold"
    assert data["symptom"]["errors"] == [{"text": "RuntimeError: x\\x07\\r"}]
    assert run("check", at=project.root).code == 0


@pytest.mark.parametrize("title", ["", " \n ", "a" * 121])
def test_new_refuses_a_title_that_is_none_or_too_long(project: Project, run: Run, title: str) -> None:
    result = run("new", "incident", "--title", title, at=project.root)
    assert result.code == 2
    assert "title" in result.err
    assert len(list((project.root / "entries" / "2026").iterdir())) == 2


def test_new_takes_all_options(project: Project, run: Run) -> None:
    args = [
        "--severity",
        "sev2",
        "--component",
        "db",
        "--component",
        "api",
        "--tag",
        "a b",
        "--playbook",
        "loop-closed",
    ]
    data = data_of(created(project, run("new", "incident", "--title", "T", *args, at=project.root).out))
    assert (data["severity"], data["components"], data["tags"]) == ("sev2", ["db", "api"], ["a b"])
    assert data["playbook"] == "loop-closed"
    session = data_of(created(project, run("new", "session", "--title", "T", "--objective", "O", at=project.root).out))
    assert session["objective"] == "O"


@pytest.mark.parametrize("day", ["2026-02-30", "tomorrow", "", "2026-1-1", "20260101"])
def test_new_refuses_a_day_that_is_none(project: Project, run: Run, day: str) -> None:
    result = run("new", "incident", "--title", "T", "--date", day, at=project.root)
    assert result.code == 2
    assert "expected a day such as" in result.err


def test_new_never_overwrites(project: Project, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda _: "0a0a")
    args = ["new", "incident", "--title", "The entry itself", "--date", "2026-01-01"]
    before = project.path(FIRST).read_bytes()
    result = run(*args, at=project.root)
    assert result.code == 2
    assert "exists already" in result.err
    assert project.path(FIRST).read_bytes() == before


def test_new_from_one_commit(project: Project, run: Run) -> None:
    sha = project.repo.commit(
        {"src/a b.py": "1\n", "src/pool.py": None}, "Mend: # it", author="Bob: # <bob@example.org>"
    )
    result = run("new", "incident", "--title", "T", "--from-commit", "HEAD", at=project.root)
    data = data_of(created(project, result.out))
    assert data["commits"] == [{"sha": sha, "role": "fixed", "note": "Mend: # it"}]
    assert data["fix"]["files"] == [
        {"path": "src/a b.py", "change": "added"}, {"path": "src/pool.py", "change": "deleted"},
    ]  # fmt: skip
    assert data["credits"] == [{"name": "Bob: #", "type": "developer"}]
    assert data["timeline"][0]["event"] == "resolved"
    assert run("check", at=project.root).code == 0


@pytest.mark.parametrize("kind", ["incident", "session"])
def test_new_from_a_range_of_commits(project: Project, run: Run, kind: str) -> None:
    start = project.repo.head
    one = project.repo.commit({"a.py": "1\n"}, "One")
    two = project.repo.commit({"a.py": "2\n", "b.py": "1\n"}, "Two", author="Bob <bob@example.org>")
    for revisions in (f"{start}..", f"{start}..{two}"):
        result = run("new", kind, "--title", "T", "--from-commit", revisions, at=project.root)
        data = data_of(created(project, result.out))
        assert [c["sha"] for c in data["commits"]] == [one, two]
        files = data["files"] if kind == "session" else data["fix"]["files"]
        assert [f["path"] for f in files] == ["a.py", "b.py"]
        assert [c["name"] for c in data["credits"]] == ["Ada Lovelace", "Bob"]
    assert run("check", at=project.root).code == 0


def test_new_from_commits_that_are_hard_to_write_down(project: Project, run: Run) -> None:
    project.repo.commit(
        {"a\nb.py": "1", "\u00fc.py": "1"}, "Subject " + "long " * 120 + "\x1b[31m", author="\u00dc <u@example.org>"
    )
    result = run("new", "incident", "--title", "T", "--from-commit", "HEAD", at=project.root)
    assert result.code == 0
    checked = run("check", at=project.root)
    assert checked.code == 0, checked.out


@pytest.mark.parametrize("revisions", ["no-such-branch", "--output=x", "HEAD..HEAD", MADE_UP])
def test_new_from_commits_that_are_not_there(project: Project, run: Run, revisions: str) -> None:
    result = run("new", "incident", "--title", "T", f"--from-commit={revisions}", at=project.root)
    assert result.code == 2
    assert revisions in result.err
    assert not (project.root / "x").exists()
    assert len(list((project.root / "entries" / "2026").iterdir())) == 2


def test_new_from_commits_without_a_repository(tmp_path: Path, run: Run) -> None:
    result = run("-C", str(tmp_path), "new", "incident", "--title", "T", "--from-commit", "HEAD")
    assert (result.code, "not a git repository" in result.err) == (2, True)


def test_new_playbook(project: Project, run: Run) -> None:
    result = run("new", "playbook", "--title", "Event loop: is closed", at=project.root)
    assert created(project, result.out) == project.root / "kb" / "playbooks" / "event-loop-is-closed.md"
    assert project.load().playbooks["event-loop-is-closed"].title == "Event loop: is closed"
    again = run("new", "playbook", "--title", "Event loop is closed", at=project.root)
    assert (again.code, "exists already" in again.err) == (2, True)
    other = run("new", "playbook", "--title", "x", "--id", "loop-closed", at=project.root)
    assert created(project, other.out).name == "loop-closed.md"
    assert run("check", at=project.root).code == 0


@pytest.mark.parametrize("identity", ["../x", "A", "a b", "-a", "a/b", "x\n"])
def test_new_playbook_refuses_a_bad_id(project: Project, run: Run, identity: str) -> None:
    assert run("new", "playbook", "--title", "T", f"--id={identity}", at=project.root).code == 2


def test_new_playbook_without_letters_in_its_title(project: Project, run: Run) -> None:
    result = run("new", "playbook", "--title", "\u4e8b\u6545", at=project.root)
    assert (result.code, "is no id" in result.err) == (2, True)


def test_new_uses_a_template_of_the_project(project: Project, run: Run) -> None:
    project.put(
        "templates/new/incident.yaml.j2", "id: {{ id|yaml }}\nkind: incident\ntitle: {{ title|yaml }}\nstatus: draft\n"
    )
    result = run("new", "incident", "--title", "T", at=project.root)
    assert set(data_of(created(project, result.out))) == {"id", "kind", "title", "status"}


def test_new_opens_the_editor(project: Project, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def edit(*, filename: str) -> None:
        opened.append(filename)

    monkeypatch.setattr(click, "edit", edit)
    result = run("new", "incident", "--title", "T", "--edit", at=project.root)
    assert opened == [str(created(project, result.out))]


class Terminal(io.StringIO):
    """Text that is typed."""

    def isatty(self) -> bool:
        return True


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let ``text`` be what is typed at a terminal."""
    monkeypatch.setattr(sys, "stdin", Terminal(text))
    lines = iter(text.split("\n"))
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: next(lines))


def test_new_asks_on_a_terminal(project: Project, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "Loop: closed\nThe second test fails.\nRuntimeError: Event loop is closed\nasyncio, pytest\n")
    result = run("new", "incident", at=project.root)
    assert result.code == 0
    data = data_of(created(project, result.out))
    assert data["title"] == "Loop: closed"
    assert data["symptom"]["errors"] == [{"text": "RuntimeError: Event loop is closed"}]
    assert data["tags"] == ["asyncio", "pytest"]


def test_new_asks_for_a_session_and_takes_empty_answers(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "Hunt\nA green run\n\n")
    data = data_of(created(project, run("new", "session", at=project.root).out))
    assert (data["title"], data["objective"], "tags" in data) == ("Hunt", "A green run", False)
    typed(monkeypatch, "Crash\n\n\n\n")
    data = data_of(created(project, run("new", "incident", at=project.root).out))
    assert data["symptom"]["description"].startswith("TODO")
    typed(monkeypatch, "Loop closed\n")
    assert created(project, run("new", "playbook", at=project.root).out).name == "loop-closed.md"


def test_an_interrupted_prompt_ends_with_130(project: Project, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "")

    def interrupted(_: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("click.termui.visible_prompt_func", interrupted)
    result = run("new", "incident", at=project.root)
    assert (result.code, "causebook: interrupted" in result.err) == (130, True)


def test_init_twice(repo: GitRepo, run: Run) -> None:
    first = run("init", at=repo.path)
    assert first.code == 0
    held = {p: p.read_bytes() for p in repo.path.rglob("*") if p.is_file() and ".git/" not in str(p)}
    names = {p.relative_to(repo.path).as_posix() for p in held}
    assert {
        "mkdocs.yml",
        ".github/workflows/causebook.yml",
        "entries/schema.json",
        ".gitignore",
    } <= names
    assert (repo.path / ".gitignore").read_text() == "/kb/records/\n/kb/api/\n/kb/index.md\n/site/\n"
    second = run("init", at=repo.path)
    assert second.code == 0
    assert "written" not in second.out
    assert {p: p.read_bytes() for p in repo.path.rglob("*") if p.is_file() and ".git/" not in str(p)} == held
    assert run("check", at=repo.path).code == 0
    assert run("harvest", at=repo.path).code == 0


def test_init_keeps_what_is_there_and_says_what_to_add(repo: GitRepo, run: Run) -> None:
    (repo.path / "mkdocs.yml").write_text("site_name: Mine\n")
    (repo.path / ".gitignore").write_text("*.pyc\n/site")
    result = run("init", at=repo.path)
    assert (repo.path / "mkdocs.yml").read_text() == "site_name: Mine\n"
    assert "kept      mkdocs.yml\n          add to it: nav:" in result.out
    assert (repo.path / ".gitignore").read_text() == "*.pyc\n/site\n/kb/records/\n/kb/api/\n"
    (repo.path / "entries" / "schema.json").write_text("{}")
    assert "written   entries/schema.json" in run("init", at=repo.path).out


def test_init_in_a_folder_with_a_difficult_name(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / 'a: "b" #{{ c }}'
    folder.mkdir()
    assert run("-C", str(folder), "init").code == 0
    assert data_of(folder / "mkdocs.yml")["site_name"] == 'a: "b" #{{ c }} causebook'


def test_schema_is_printed_and_written(project: Project, run: Run) -> None:
    schema = json.loads(run("schema").out)
    assert "$schema" in schema
    result = run("schema", "-o", "out/schema.json", at=project.root)
    assert result.out == "wrote out/schema.json\n"
    assert json.loads((project.root / "out" / "schema.json").read_text()) == schema
    assert run("schema", "-o", "src", at=project.root).code == 2


def test_build_needs_an_engine_and_a_mkdocs_yml(project: Project, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run("build", at=project.root)
    assert (result.code, "there is no mkdocs.yml" in result.err) == (2, True)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    result = run("build", at=project.root)
    assert (result.code, 'pip install "causebook[site]"' in result.err) == (2, True)
    served = run("serve", at=project.root)
    assert (served.code, "mkdocs is not installed" in served.err) == (2, True)
    assert run("build", "--engine", "hugo", at=project.root).code == 2


def test_a_reader_that_has_seen_enough_is_no_error(project: Project) -> None:
    command = [sys.executable, "-m", "causebook", "check", "--list"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, cwd=project.root, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_verbs_are_read_without_importing_them() -> None:
    group = cli.cli
    context = click.Context(group)
    assert group.list_commands(context) == VERBS
    assert group.get_command(context, "none") is None
