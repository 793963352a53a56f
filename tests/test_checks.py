"""The checks: what each manual calls good passes, what it calls bad is found, and where."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from causebook import linter, plugins, rules, yamlio
from causebook.errors import CausebookError, UsageError
from causebook.findings import Finding
from causebook.linter import Given
from conftest import Run
from gitrepo import FIRST, SECOND, GitRepo, Project, entry_text, playbook_text

CHECKS = plugins.modules("causebook.checks")
MADE_UP = "0123456789abcdef0123456789abcdef01234567"
AS_TEXT = {"yaml_syntax"}
"""Checks whose bad example is no YAML at all."""
EXPLICIT = {
    "acknowledgement", "address_verdict", "change_range", "commit_exists", "commit_order", "commit_reachable",
    "copied_text", "description_names_entry", "entry_needed", "file_name", "file_readable", "fix_reverted",
    "ignore_rule", "incident_marker", "known_pattern", "landed_with", "moved_file", "near_duplicate",
    "number_reference", "own_address", "page_link", "playbook_detects", "playbook_samples", "pull_request_number",
    "revert_reopens", "skip_reason", "stale_citation", "trailer_names_entry", "trailer_target", "unique_ids",
}  # fmt: skip
"""Checks whose examples are words; each has tests of its own below."""
SNIPPETS = sorted(set(CHECKS) - EXPLICIT)


def overlaid(snippet: str) -> str:
    """A sound entry with the keys of ``snippet`` in place of its own."""
    try:
        keys = yamlio.parse(snippet, "example").data
    except CausebookError:
        keys = {}
    assert isinstance(keys, dict)
    return entry_text(FIRST, **dict.fromkeys(keys)) + snippet + "\n"


@pytest.fixture
def base(repo: GitRepo) -> Project:
    """A project with a playbook, one component, and the other entry."""
    made = Project(repo, repo.path)
    made.put("causebook.toml", 'components = ["database"]\n')
    made.put("kb/playbooks/loop-closed.md", playbook_text("Event loop is closed"))
    made.write(SECOND, title="The other entry")
    repo.commit({}, "Begin")
    return made


def found(project: Project, name: str) -> tuple[Finding, ...]:
    """Findings of one check, all with a rule, a level and, in files, a line."""
    findings = project.lint(name)
    for finding in findings:
        assert finding.rule == name
        assert finding.level == getattr(CHECKS[name], "LEVEL", "error")
        assert "\n" not in finding.message
    return findings


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_every_check_has_a_manual(name: str) -> None:
    check = rules.find(name)
    assert check.summary
    assert len(check.manual.split("\n", 1)[0]) <= 120
    assert rules.find(name).example("Good")
    assert rules.find(name).example("Bad")


@pytest.mark.parametrize("name", SNIPPETS)
def test_what_a_manual_calls_good_passes(base: Project, name: str) -> None:
    base.put(f"entries/2026/{FIRST}.yaml", overlaid(rules.find(name).example("Good")))
    assert found(base, name) == ()
    assert len(base.load().records) == 2


@pytest.mark.parametrize("name", SNIPPETS)
def test_what_a_manual_calls_bad_is_found(base: Project, name: str) -> None:
    snippet = rules.find(name).example("Bad")
    text = entry_text(FIRST, title=None) + snippet + "\n" if name in AS_TEXT else overlaid(snippet)
    base.put(f"entries/2026/{FIRST}.yaml", text)
    findings = found(base, name)
    assert findings
    where = SECOND if name == "relation_reciprocal" else FIRST
    for finding in findings:
        assert finding.place.path == f"entries/2026/{where}.yaml"
        assert finding.place.line > 0
        assert finding.fix


@pytest.mark.parametrize("name", SNIPPETS)
def test_the_sound_entry_has_no_finding(base: Project, name: str) -> None:
    base.write(FIRST)
    assert found(base, name) == ()


def test_commit_exists(base: Project) -> None:
    base.write(FIRST, commits=[{"sha": base.repo.head, "role": "fixed"}])
    assert found(base, "commit_exists") == ()
    base.put(f"entries/2026/{FIRST}.yaml", overlaid(rules.find("commit_exists").example("Bad")))
    (finding,) = found(base, "commit_exists")
    assert (finding.message, finding.field) == (f"there is no commit {MADE_UP} in this repository", "commits[0].sha")
    assert finding.place.line > 1


def test_commit_exists_explains_ambiguous_tag_and_tree(base: Project) -> None:
    both = base.repo.collide()
    base.repo.run("tag", "--annotate", "v1", "--message", "Version 1")
    tag, tree = base.repo.run("rev-parse", "v1"), base.repo.run("rev-parse", "v1^{tree}")
    shas = [both[0][:7], tag, tree]
    base.write(FIRST, commits=[{"sha": sha, "role": "fixed"} for sha in shas])
    findings = {f.field: f for f in found(base, "commit_exists")}
    ambiguous = findings["commits[0].sha"]
    assert ambiguous.message.startswith(f"{shas[0]} can be any of 2 commits: ")
    assert all(sha[:12] in ambiguous.message for sha in both)
    assert findings["commits[1].sha"].fix == f"write {base.repo.head}"
    assert findings["commits[2].sha"].message == f"{tree} is a tree, expected a commit"


def test_commit_exists_says_how_to_settle_an_unknown(base: Project) -> None:
    base.write(FIRST, commits=[{"sha": MADE_UP, "role": "fixed", "repo": "far"}])
    (finding,) = found(base, "commit_exists")
    assert finding.verdict == "unknown"
    assert finding.fix == "set [tool.causebook.repos.far] path to a local clone"


def test_commit_reachable(base: Project) -> None:
    base.repo.run("checkout", "--quiet", "-b", "side")
    off = base.repo.commit({"unlike.py": "1\n"}, "Off", author="Bob <bob@example.org>")
    base.repo.run("checkout", "--quiet", "main")
    base.write(FIRST, commits=[{"sha": base.repo.head, "role": "fixed"}])
    assert found(base, "commit_reachable") == ()
    base.write(FIRST, commits=[{"sha": off, "role": "fixed"}])
    (finding,) = found(base, "commit_reachable")
    assert finding.message == f"{off} is not part of the history of HEAD"
    assert finding.fix == "name the pull request as well"
    assert finding.place.line == 6


def test_commit_order(base: Project) -> None:
    older = base.repo.commit({"a": "1"}, "Break it")
    newer = base.repo.commit({"a": "2"}, "Mend it")

    def named(first: str, second: str) -> tuple[Finding, ...]:
        base.write(FIRST, commits=[{"sha": first, "role": "introduced"}, {"sha": second, "role": "fixed"}])
        return found(base, "commit_order")

    assert named(older, newer) == ()
    assert named(MADE_UP, newer) == ()
    (wrong,) = named(newer, older)
    assert wrong.message == f"{older} (fixed) does not come after {newer} (introduced)"
    (same,) = named(newer, newer[:9])
    assert same.message == f"{newer[:9]} cannot both introduce the failure and end it"
    assert same.place.line == 6


def test_fix_reverted(base: Project) -> None:
    fix = base.repo.commit({"a": "1"}, "Mend it")
    base.repo.run("revert", "--no-edit", fix)
    base.write(FIRST, status="resolved", commits=[{"sha": fix, "role": "fixed"}])
    (finding,) = found(base, "fix_reverted")
    assert finding.message == f'{fix} was reverted by {base.repo.head[:12]} (Revert "Mend it")'
    assert finding.place.line == 6
    base.write(FIRST, status="reopened", commits=[{"sha": fix, "role": "fixed"}])
    assert found(base, "fix_reverted") == ()
    base.write(FIRST, status="resolved", commits=[{"sha": fix, "role": "mentioned"}])
    assert found(base, "fix_reverted") == ()


def test_trailer_target(base: Project) -> None:
    base.repo.commit({}, f"Mend it\n\nFixes-Incident: {SECOND}")
    assert found(base, "trailer_target") == ()
    sha = base.repo.commit({}, "Mend it again\n\nFixes-Incident: pool problem")
    (finding,) = found(base, "trailer_target")
    assert finding.message == f"commit {sha[:12]} names the incident 'pool problem', which does not exist"


def test_trailer_target_spares_entries_that_could_not_be_read(base: Project) -> None:
    base.put(f"entries/2026/{FIRST}.yaml", "title: [\n")
    base.repo.commit({}, f"Mend it\n\nIncident: {FIRST}")
    assert found(base, "trailer_target") == ()


def test_file_name(base: Project) -> None:
    base.write(FIRST)
    assert found(base, "file_name") == ()
    base.put("entries/2026/pool.yaml", entry_text("2026-02-31-no-such-day-0c0c"))
    name, day = sorted(found(base, "file_name"), key=lambda f: f.message, reverse=True)
    assert name.message == "expected this file to be entries/2026/2026-02-31-no-such-day-0c0c.yaml"
    assert name.fix == "git mv entries/2026/pool.yaml entries/2026/2026-02-31-no-such-day-0c0c.yaml"
    assert day.message == "2026-02-31 is not a day of the calendar"
    assert (name.place.line, day.place.line) == (1, 1)


MARKED = """
import pytest
pytestmark = [pytest.mark.slow]

@pytest.mark.incident("{0}")
def test_it():
    mention = '@pytest.mark.incident("2026-01-01-in-a-string-0000")'

class TestIt:
    @pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.incident("{0}", name))])
    def test_each(self, n): ...
"""


def test_incident_marker(base: Project) -> None:
    base.write(FIRST)
    base.put("tests/unit/cases.py", MARKED.format(FIRST))
    assert found(base, "incident_marker") == ()
    wrong = FIRST.replace("itself", "iself")
    base.put("tests/unit/cases.py", MARKED.format(wrong))
    first, second = found(base, "incident_marker")
    assert (first.message, first.fix) == (f"there is no entry {wrong}", f"did you mean {FIRST}?")
    assert [str(f.place) for f in (first, second)] == ["tests/unit/cases.py:5:23", "tests/unit/cases.py:10:79"]
    base.put("tests/unit/cases.py", "from pytest import mark\n@mark.incident('far-off')\ndef test_it(): ...\n")
    assert [f.fix for f in found(base, "incident_marker")] == ["`causebook list` shows all ids"]


def test_incident_marker_looks_only_where_the_tests_of_the_project_are(base: Project) -> None:
    text = MARKED.format("2026-01-01-gone-0000")
    for name in ("src/app.py", ".venv/test_a.py", "env/lib/test_b.py", "node_modules/test_c.py", "tests/notes.txt"):
        base.put(name, text)
    base.put("env/pyvenv.cfg", "")
    base.put("tests/broken.py", f"def {text}")
    base.put("tests/bytes.py", b"# mark.incident \xff\n")
    (base.root / "tests" / "gone.py").symlink_to("nowhere")
    assert found(base, "incident_marker") == ()
    base.put("src/test_app.py", text)
    base.put("src/app_test.py", text)
    assert {f.place.path for f in found(base, "incident_marker")} == {"src/app_test.py", "src/test_app.py"}


def test_incident_marker_spares_entries_that_could_not_be_read(base: Project) -> None:
    base.put(f"entries/2026/{FIRST}.yaml", "title: [\n")
    base.put("test_it.py", MARKED.format(FIRST))
    assert found(base, "incident_marker") == ()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: p.write_bytes("title: x".encode("utf-16")), "is not UTF-8: byte 0xff"),
        (lambda p: p.mkdir(), "cannot be read: is a directory"),
        (lambda p: p.symlink_to("nowhere"), "cannot be read: no such file or directory"),
        (lambda p: p.symlink_to(p.name), "cannot be read: too many levels of symbolic links"),
        (
            lambda p: p.write_bytes(b"#" * (1024 * 1024 + 1)),
            "is 1,048,577 bytes, more than the 1,048,576 that are read",
        ),
    ],
    ids=["utf-16", "folder", "dangling", "loop", "large"],
)
def test_file_readable(base: Project, make: Callable[[Path], object], message: str) -> None:
    base.write(FIRST)
    assert found(base, "file_readable") == ()
    path = base.path("2026-02-01-broken-0d0d")
    make(path)
    (finding,) = found(base, "file_readable")
    assert (finding.message, finding.place.path) == (message, f"entries/2026/{path.name}")
    assert finding.fix
    assert len(base.load().records) == 2


def test_unique_ids(base: Project) -> None:
    base.write(FIRST)
    assert found(base, "unique_ids") == ()
    base.put("entries/2026/copy.yaml", entry_text(FIRST))
    (finding,) = found(base, "unique_ids")
    assert finding.message == f"the id {FIRST} is also that of entries/2026/{FIRST}.yaml"
    assert (finding.place.path, finding.place.line) == ("entries/2026/copy.yaml", 1)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2\n", "a: &x 1\nb: *x\n", "a: !!python/object:os.system 1\n", "a:\n\tb: 1\n", "a: 1\n---\nb: 1\n",
        "a: [", "a: 'x", "\x00", "- " * 500, "{" * 5000, "<<: {a: 1}\n", "a: \x1b[31m\n",
    ],
)  # fmt: skip
def test_text_that_is_no_plain_yaml_is_a_finding_and_hides_nothing(base: Project, text: str) -> None:
    base.write(FIRST)
    base.put("entries/2026/2026-02-01-broken-0d0d.yaml", text)
    findings = base.lint("yaml-syntax", "schema", "file-readable")
    assert findings
    assert all(f.place.line > 0 for f in findings)
    assert len(base.load().records) == 2


@pytest.mark.parametrize(
    "key",
    [
        "id", "kind", "title", "status", "severity", "symptom", "five_whys", "commits", "relations", "timeline", "fix",
        "environment", "attempts", "actions", "evidence", "detection", "schema_version", "x-own", "tags",
    ],
)  # fmt: skip
def test_no_value_of_a_key_makes_a_check_fail(base: Project, key: str) -> None:
    text = entry_text(FIRST, **{key: None})
    facts, checks = base.facts(), rules.checks()
    values: list[object] = [None, 1, True, 1.5, [], {}, "", " ", [[]], {"a": {}}, [None], "x" * 5000, "2026-13-45"]
    for value in values:
        base.put(f"entries/2026/{FIRST}.yaml", f"{text}{key}: {json.dumps(value)}\n")
        report = linter.lint(Given(base.load(), facts), checks)
        assert all(f.place.line > 0 for f in report.findings)


def test_two_processes_find_the_same_as_one(base: Project) -> None:
    base.write(FIRST)
    for n in range(120):
        whys = [{"why": "Why?", "because": f"The operator was careless {n} times."}]
        base.write(
            f"2026-02-{n % 28 + 1:02}-many-{n:04x}", five_whys=whys, relations=[{"type": "related", "target": FIRST}]
        )
    code = (
        "import sys; from causebook import ahead, cli, linter; ahead.FORK_FROM = linter.FORK_FROM = int(sys.argv[1]);"
        "cli.main(['check', '--format', 'json'])"
    )

    def report(fork_from: str) -> str:
        command = [sys.executable, "-c", code, fork_from]  # in a process of its own: this one has threads
        done = subprocess.run(command, cwd=base.root, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    found = report("-1")
    assert found == report("1000")
    assert {f["rule"] for f in json.loads(found)["findings"]} >= {"blame", "relation_reciprocal"}


def test_relations_run_in_a_circle_over_several_entries(base: Project) -> None:
    third = "2026-01-03-the-third-0c0c"
    ring = [FIRST, SECOND, third]
    for n, identity in enumerate(ring):
        base.write(identity, relations=[{"type": "supersedes", "target": ring[(n + 1) % 3]}])
    (finding,) = found(base, "relation_cycle")
    assert finding.message == f"supersedes runs in a circle: {FIRST} -> {SECOND} -> {third} -> {FIRST}"
    base.write(third, relations=[{"type": "related", "target": FIRST}])
    assert found(base, "relation_cycle") == ()


def test_a_circle_that_each_side_writes_down_differently_is_found(base: Project) -> None:
    base.write(FIRST, relations=[{"type": "caused_by", "target": SECOND}, {"type": "causes", "target": SECOND}])
    (finding,) = found(base, "relation_cycle")
    assert finding.message.startswith("causes runs in a circle")


def test_targets_of_sessions_are_checked(base: Project) -> None:
    gone = "2020-01-01-not-there-0000"
    base.write(FIRST, kind="session", incidents=[gone], next_steps=[{"step": "Go on", "closed_by": gone}])
    fields = {f.field for f in found(base, "relation_target")}
    assert fields == {"incidents[0]", "next_steps[0].closed_by"}
    base.write(FIRST, kind="session", incidents=[SECOND])
    assert found(base, "relation_target") == ()
    (finding,) = found(base, "relation_reciprocal")
    assert finding.fix == f"add `- {{type: session, target: {FIRST}}}` under relations:"


def test_ids_given_twice_and_references_of_all_holders(base: Project) -> None:
    base.write(
        FIRST,
        evidence=[{"id": "E1", "kind": "log"}],
        attempts=[{"id": "E1", "action": "Restarted", "outcome": "failed", "evidence": ["E2"]}],
        actions=[{"id": "T1", "description": "Mend it", "cause": "C1"}],
        fix={"kind": "fix", "description": "x", "verification": {"how": "y", "evidence": ["E3"]}},
    )
    fields = {f.field for f in found(base, "local_ids")}
    assert fields == {
        "attempts[0].id", "attempts[0].evidence[0]", "actions[0].cause", "fix.verification.evidence[0]",
    }  # fmt: skip


def test_dates_of_a_session_and_dates_to_come(base: Project) -> None:
    base.write(FIRST, kind="session", started_at="2026-01-05T10:00:00Z", ended_at="2026-01-05T09:00:00Z")
    (finding,) = found(base, "date_order")
    assert finding.field == "ended_at"
    base.write(
        FIRST, attempts=[{"action": "x", "outcome": "failed", "at": "2999-01-01"}], detection={"at": "2999-01-02"}
    )
    assert {f.field for f in found(base, "date_order")} == {"attempts[0].at", "detection.at"}
    base.write(FIRST, timeline=[{"at": "2999-01-01", "event": "note"}])
    assert {f.field for f in found(base, "date_order")} == {"timeline[0].at"}


def test_dates_that_some_time_zone_could_make_right_are_left_alone(base: Project) -> None:
    base.write(
        FIRST, timeline=[{"at": "2026-01-02", "event": "started"}, {"at": "2026-01-01T20:00:00Z", "event": "resolved"}]
    )
    assert found(base, "date_order") == ()


def test_a_component_close_to_a_known_one_is_proposed(base: Project) -> None:
    base.write(FIRST, components=["databse", "zzz"])
    close, far = found(base, "known_component")
    assert close.fix == "did you mean database?"
    assert far.fix.startswith("known: database")


def test_hyphens_count_as_underscores() -> None:
    assert [c.name for c in rules.chosen(["commit-exists", " schema "], [])] == ["commit_exists", "schema"]
    assert "schema" not in {c.name for c in rules.chosen([], ["schema"])}


@pytest.mark.parametrize(("select", "ignore"), [(["comit-exists"], []), ([], ["comit_exists"])])
def test_an_unknown_name_is_an_error_with_a_guess(select: list[str], ignore: list[str]) -> None:
    with pytest.raises(UsageError) as error:
        rules.chosen(select, ignore)
    assert error.value.hint == "did you mean commit_exists?"


def test_a_name_like_no_other_lists_them() -> None:
    with pytest.raises(UsageError) as error:
        rules.find("zzzzzz")
    assert "commit_exists" in error.value.hint


@pytest.mark.parametrize(
    "code",
    [
        "def check(record): return []",
        '"""Manual."""',
        '"""Manual."""\nLEVEL = "fatal"\ndef check(record): return []',
        '"""Manual."""\ndef check(entry): return []',
    ],
)
def test_a_plug_in_that_is_no_check_is_an_error(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    module = ModuleType("odd")
    exec(code, module.__dict__)  # noqa: S102 - the code stands above
    module.__doc__ = module.__dict__.get("__doc__")
    monkeypatch.setattr(plugins, "modules", lambda _: {"odd": module})
    with pytest.raises(UsageError, match="the check odd"):
        rules.checks()


def test_findings_are_sorted_and_limited_to_paths(base: Project) -> None:
    base.write(FIRST, status="resolved", playbook="no-such-playbook")
    base.write(SECOND, status="resolved")
    findings = base.lint()
    assert list(findings) == sorted(findings, key=Finding.sort_key)
    assert {f.place.path for f in findings} == {f"entries/2026/{i}.yaml" for i in (FIRST, SECOND)}


def test_playbook_samples(base: Project) -> None:
    assert found(base, "playbook_samples") == ()
    negative = [{"text": "RuntimeError: the pool is closed", "why": "Not this one."}]
    bad = {"positive": ["RuntimeError: all is well", "no event"], "negative": negative}
    base.put("kb/playbooks/bad.md", playbook_text("Bad", samples=bad))
    messages = sorted(f.message for f in found(base, "playbook_samples"))
    assert messages == [
        "a signature fits its negative sample 1",
        "its positive sample 1 is taken for bad",
        "no signature fits its positive sample 1",
        "no signature fits its positive sample 2",
    ]


def test_what_two_playbooks_claim_is_told_unless_one_says_how_they_stand(base: Project) -> None:
    samples = {"positive": ["RuntimeError: the pool is closed"], "negative": [{"text": "no", "why": "None."}]}
    signatures = [{"type": "RuntimeError", "message": "the pool {any} closed"}]
    other: dict[str, Any] = {"signatures": signatures, "samples": samples}
    base.put("kb/playbooks/zoo.md", playbook_text("Zoo", **other))
    assert "loop-closed and zoo both claim 'RuntimeError: the pool is closed'" in {
        f.message for f in found(base, "playbook_samples")
    }
    base.put("kb/playbooks/zoo.md", playbook_text("Zoo", **other, require=[{"text": "in the zoo"}]))
    assert [f.message for f in found(base, "playbook_samples")] == ["no signature fits its positive sample 1"]
    samples["positive"] = ["in the zoo\nRuntimeError: the pool is closed"]
    base.put("kb/playbooks/zoo.md", playbook_text("Zoo", **other, require=[{"text": "in the zoo"}]))
    assert found(base, "playbook_samples") == ()
    base.put("kb/playbooks/zoo.md", playbook_text("Zoo", **other, cascades=["loop-closed"]))
    (finding,) = found(base, "playbook_samples")
    assert (finding.message, finding.fix) == ("no signature fits its positive sample 1", "zoo is taken for its root")


def test_signatures_of_incidents_are_tried_as_well(base: Project) -> None:
    signature = {"type": "PoolError", "message": "the pool {any} is empty"}
    samples = {"positive": ["PoolError: the pool A is empty"], "negative": [{"text": "PoolError: x", "why": "Other."}]}
    base.write(FIRST, signatures=[signature], samples=samples)
    assert found(base, "playbook_samples") == ()
    base.write(FIRST, signatures=[{**signature, "type": "OtherError"}], samples=samples)
    (finding,) = found(base, "playbook_samples")
    assert (finding.message, finding.place.line > 1) == ("no signature fits its positive sample 1", True)
    base.write(FIRST, signatures=[signature])
    assert ["samples" in f.message for f in found(base, "schema")] == [True]


def test_playbook_samples_may_hold_what_another_playbook_claims_alone(base: Project) -> None:
    both = "RuntimeError: the door is shut\n\nx.py:1: RuntimeWarning: coroutine 'x' was never awaited"
    shut = [{"type": "RuntimeError", "message": "the door is shut"}]
    samples = {"positive": [f'Traceback (most recent call last):\n  File "x"\n{both}'], "negative": [
        {"text": "RuntimeError: the pool is closed", "why": "Pool."}]}  # fmt: skip
    base.put("kb/playbooks/door.md", playbook_text("Door", signatures=shut, samples=samples))
    assert found(base, "playbook_samples") == ()


def test_corrections_name_a_case_that_exists(base: Project) -> None:
    said = {"claim": "It is the maker.", "finding": "It is the connection."}
    base.write(FIRST, corrections=[said, {**said, "playbook": "loop-closed", "case": "reproduce"}])
    assert found(base, "playbook_exists") == ()
    base.write(
        FIRST,
        corrections=[
            {**said, "playbook": "loop-close"},
            {**said, "playbook": "loop-closed", "case": "reproduse"},
            {**said, "playbook": "loop-closed", "case": "wrong-one"},
            {**said, "case": "fix"},
        ],
    )
    assert [(f.message, f.fix) for f in found(base, "playbook_exists")] == [
        ("there is no playbook loop-close", "did you mean loop-closed?"),
        ("the playbook loop-closed has no case reproduse", "did you mean reproduce?"),
        ("the playbook loop-closed has no case wrong-one", "there are: fix, reproduce"),
        ("the case fix belongs to no playbook", "add `playbook:`"),
    ]


def test_a_check_is_explained_with_what_to_do_about_it(base: Project, run: Run) -> None:
    out = run("check", "--explain", "relation-reciprocal", at=base.root).out
    assert out.startswith("relation_reciprocal (warning)\n\nA relation stands in both entries.\n")
    assert "`causebook check --fix` mends" in out
    assert '    [tool.causebook.levels]\n    relation_reciprocal = "note"\n' in out
    assert "    - {rule: relation_reciprocal, place: " in out
    assert "--fix" not in run("check", "--explain", "todo-left", at=base.root).out
    assert "about a change" in run("check", "--explain", "entry-needed", at=base.root).out


def test_every_check_has_a_page(base: Project, run: Run) -> None:
    base.put("causebook.toml", '[levels]\ntodo_left = "note"\n')
    assert run("harvest", at=base.root).code == 0
    folder = base.root / "kb" / "records" / "rules"
    assert {path.stem for path in folder.glob("*.md")} == {"index", *CHECKS}
    index = (folder / "index.md").read_text()
    for name in CHECKS:
        text = (folder / f"{name}.md").read_text()
        check = rules.find(name)
        assert f"]({name}.md)" in index
        assert check.example("Good") in text
        assert check.example("Bad") in text
        assert f"rule: {name}" in text
        assert "&#60;script" not in text
        assert ("mends what has one right answer" in text) == check.mends
    assert 'Level here: <span class="cb-badge">note</span>' in (folder / "todo_left.md").read_text()
    assert "[todo\\_left](todo_left.md)" in index.split("## Notes")[1]


def test_a_report_is_written_in_several_formats(base: Project, run: Run) -> None:
    base.write(FIRST, status="resolved", title="TODO")
    given = ["--output", "json=found.json", "--output", f"sarif={base.root}/out/found.sarif"]
    done = run("check", "--select", "todo-left", *given, at=base.root)
    assert (done.code, "[todo_left]" in done.out) == (1, True)
    assert json.loads((base.root / "found.json").read_text())["counts"] == {"failing": 1, "unknown": 0}
    assert json.loads((base.root / "out" / "found.sarif").read_text())["version"] == "2.1.0"


@pytest.mark.parametrize("value", ["sarif", "sarif=", "=x", "sarf=x", ""])
def test_an_output_is_a_format_and_a_file(base: Project, run: Run, value: str) -> None:
    done = run("check", "--output", value, at=base.root)
    assert (done.code, "FORMAT=FILE" in done.err, done.out) == (2, True, "")


def test_an_output_or_summary_that_cannot_be_written_is_told(
    base: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "cannot be written" in run("check", "--output", f"text={base.root}", at=base.root).err
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(base.root))
    assert run("check", "--format", "text", at=base.root).code == 0
    done = run("check", "--format", "github", at=base.root)
    assert (done.code, "cannot be written" in done.err) == (2, True)
