"""The check in each CI, run for real: the steps of the action, the script of the guide, the hooks, as on a laptop."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitrepo import FIRST, GitRepo, Project

ROOT = Path(__file__).parents[1]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
GUIDE = (ROOT / "kb" / "guide" / "check.md").read_text("utf-8")
WORKFLOWS = [*sorted(ROOT.glob(".gi*/workflows/change.yml")), ROOT / "templates" / "new" / "workflow.yml.j2"]
EVENTS = {"opened", "synchronize", "reopened", "edited", "labeled", "unlabeled"}
TITLE = "fix: the pool is closed by its own loop"
BODY = f"Ends {FIRST}.\n\nFixes #12"
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


@dataclass(frozen=True)
class Done:
    """How a script ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder for PATH in which `causebook` is this checkout's, and `pip` that of these tests."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("causebook", "pip"):
        target = folder / name
        target.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m {name} "$@"\n')
        target.chmod(0o755)
    return folder


@pytest.fixture
def clone(tmp_path: Path) -> Project:
    """A clone on the branch `work`, which mends code, adds an entry with a mistake, and is behind main."""
    origin = GitRepo(tmp_path / "origin")
    Project(origin, origin.path).put("causebook.toml", '[gate]\nmode = "enforce"\n')
    origin.commit({"src/pool.py": "a = 1\n", "src/loop.py": "b = 1\n"}, "Begin")
    origin.run("clone", "--quiet", origin.path.as_uri(), str(tmp_path / "clone"))
    held = GitRepo(tmp_path / "clone", init=False)
    held.run("checkout", "--quiet", "-b", "work")
    project = Project(held, held.path)
    project.write(FIRST, status="resolved", title="TODO")
    held.commit({"src/pool.py": "a = 2\n"}, TITLE)
    origin.commit({"src/loop.py": "b = 2\n"}, "fix: what others mended meanwhile, without an entry")
    held.run("fetch", "--quiet")
    return project


def run(script: str, project: Project, programs: Path, **variables: str) -> Done:
    """What bash makes of ``script`` as the runners start it."""
    names = ("HOME", "PYTHONPATH", "TMPDIR", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
    outer = {name: os.environ[name] for name in names if name in os.environ}
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    environment = {**outer, "PATH": path, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", **variables}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=project.root, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


def act(project: Project, programs: Path, given: Mapping[str, str], **variables: str) -> Done:
    """The steps of the action with these inputs, one after the other until one fails."""
    work = programs.parent / "runner"
    work.mkdir(exist_ok=True)
    inputs = {name: str(one["default"]) for name, one in ACTION["inputs"].items()} | {"version": "none"} | dict(given)
    known = {f"inputs.{name}": value for name, value in inputs.items()} | {"github.action_path": str(ROOT)}
    done = Done(0, "", "")
    for step in ACTION["runs"]["steps"]:
        output = work / "output"
        output.write_text("")
        here = {name: filled(value, known) for name, value in step["env"].items()}
        here |= {"GITHUB_OUTPUT": str(output), "RUNNER_TEMP": str(work), "GITHUB_STEP_SUMMARY": str(work / "summary")}
        folder = Project(project.repo, project.root / filled(step.get("working-directory", "."), known))
        done = run(step["run"], folder, programs, **here, **variables)
        if done.code:
            return done
        for line in output.read_text().splitlines():
            name, _, value = line.partition("=")
            known[f"steps.{step['id']}.outputs.{name}"] = value
    return done


def filled(text: str, known: Mapping[str, str]) -> str:
    """``text`` with its expressions replaced, as the runner does before a shell sees anything."""
    return re.sub(r"\$\{\{ *([^} ]+) *\}\}", lambda m: known[m[1]], text)


def event(tmp_path: Path, base_sha: str = "", **held: Any) -> dict[str, str]:
    """Variables of a pull request's run, with its event file."""
    pull: dict[str, Any] = {"title": TITLE, "body": BODY, "number": 7, "labels": [{"name": "bug"}]} | held
    pull.setdefault("base", {"ref": "main", "sha": base_sha})
    path = tmp_path / "event.json"
    path.write_text(json.dumps({"action": "edited", "pull_request": pull, "repository": {"full_name": "team/app"}}))
    return {
        "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(path),
        "GITHUB_BASE_REF": str(pull["base"]["ref"]), "GITHUB_WORKSPACE": str(tmp_path / "clone"),
    }  # fmt: skip


def verdict(text: str) -> list[tuple[str, str, str, int, str]]:
    """What a report in JSON found."""
    found = json.loads(text)["findings"]
    return [(f["rule"], f["level"], f["path"], f["line"], f["message"]) for f in found]


def merged(project: Project) -> None:
    """Check out what GitHub makes of a pull request: a merge of it into its base, on no branch."""
    project.repo.run("checkout", "--quiet", "--detach", "origin/main")
    project.repo.run("merge", "--quiet", "--no-ff", "--no-edit", "work")


LAPTOP = 'causebook check --base origin/main --pr-title "$TITLE" --pr-body "$FILE" --pr-label bug --format json'


def laptop(project: Project, programs: Path) -> Done:
    """The same by hand, on the branch."""
    body = programs.parent / "body.md"
    body.write_text(BODY)
    return run(LAPTOP, project, programs, TITLE=TITLE, FILE=str(body))


def without_number(found: list[tuple[str, str, str, int, str]]) -> list[tuple[str, str, str, int, str]]:
    """What does not need the number of the pull request, which a laptop does not know."""
    return [one for one in found if one[0] != "pull_request_number"]


def test_on_a_laptop_there_is_something_to_find(clone: Project, programs: Path) -> None:
    done = laptop(clone, programs)
    assert done.code == 1
    assert {"todo_left", "required_fields"} <= {one[0] for one in verdict(done.out)}
    assert {one[2] for one in verdict(done.out)} == {f"entries/2026/{FIRST}.yaml"}


@pytest.mark.parametrize("checkout", ["merge", "head"], ids=["GitHub", "Gitea"])
def test_the_action_says_what_a_laptop_says(clone: Project, programs: Path, tmp_path: Path, checkout: str) -> None:
    at_home = laptop(clone, programs)
    started = clone.repo.run("rev-parse", "work~1")  # where main stood when the pull request was opened
    if checkout == "merge":
        merged(clone)
    else:
        clone.repo.run("checkout", "--quiet", "--detach", "work")
    given = {"output": "json=found.json\nsarif=out/found.sarif\n"}
    done = act(clone, programs, given, **event(tmp_path, started))
    assert done.code < 2, done.err
    found = verdict((clone.root / "found.json").read_text())
    assert (done.code, without_number(found)) == (at_home.code, verdict(at_home.out)), done.err
    assert f"::error file=entries/2026/{FIRST}.yaml,line=3" in done.out
    assert json.loads((clone.root / "out" / "found.sarif").read_text())["version"] == "2.1.0"
    summary = (tmp_path / "runner" / "summary").read_text()
    assert summary.startswith("<!-- causebook check -->")
    assert FIRST in summary


def test_the_summary_keeps_what_is_in_it(clone: Project, programs: Path, tmp_path: Path) -> None:
    (tmp_path / "runner").mkdir()
    (tmp_path / "runner" / "summary").write_text("from before\n")
    act(clone, programs, {}, **event(tmp_path))
    assert (tmp_path / "runner" / "summary").read_text().startswith("from before\n<!-- causebook check -->")
    act(clone, programs, {"format": "text"}, **event(tmp_path))
    assert (tmp_path / "runner" / "summary").read_text().count("<!--") == 1


def test_after_a_push_the_action_looks_at_everything(clone: Project, programs: Path, tmp_path: Path) -> None:
    push = event(tmp_path) | {"GITHUB_EVENT_NAME": "push", "GITHUB_BASE_REF": ""}
    everything = run("causebook check --format json", clone, programs)
    done = act(clone, programs, {"format": "json"}, **push)
    assert (done.code, verdict(done.out)) == (everything.code, verdict(everything.out))
    assert json.loads(done.out)["summary"] == "everything"


def test_a_merge_queue_is_held_against_what_it_merges_into(clone: Project, programs: Path, tmp_path: Path) -> None:
    merged(clone)
    variables = event(tmp_path) | {"GITHUB_EVENT_NAME": "merge_group", "GITHUB_BASE_REF": ""}
    queued = {"merge_group": {"base_sha": clone.repo.run("rev-parse", "origin/main"), "head_sha": clone.repo.head}}
    Path(variables["GITHUB_EVENT_PATH"]).write_text(json.dumps(queued))
    done = act(clone, programs, {"format": "json"}, **variables)
    assert done.code == 1
    assert json.loads(done.out)["summary"].startswith(f"the change since {clone.repo.run('rev-parse', 'HEAD^1')[:12]}")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"working-directory": "entries"}, 1),
        ({"fail-level": "fatal"}, 2),
        ({"format": "--help"}, 2),
        ({"base": "--output=json=x"}, 2),
        ({"base": "nowhere"}, 2),
        ({"output": "nothing"}, 2),
    ],
)
def test_inputs_of_the_action_are_words_and_nothing_else(
    clone: Project, programs: Path, tmp_path: Path, given: dict[str, str], code: int
) -> None:
    assert act(clone, programs, given, **event(tmp_path)).code == code
    assert not (clone.root / "x").exists()


def test_a_sound_change_passes_and_what_is_unknown_fails_when_asked(
    clone: Project, programs: Path, tmp_path: Path
) -> None:
    clone.write(FIRST, status="draft", commits=[{"sha": "0" * 40, "role": "fixed", "repo": "far"}])
    clone.repo.run("commit", "--quiet", "--all", "--amend", "--no-edit")
    assert act(clone, programs, {}, **event(tmp_path)).code == 0
    assert act(clone, programs, {"strict-unknown": "true"}, **event(tmp_path)).code == 3


HOSTILE = [
    "fix: $(touch pwned) `touch pwned` ; touch pwned | touch pwned & touch pwned",
    '"; touch pwned; "',
    "'; touch pwned; '",
    "${{ github.token }} ${IFS}touch${IFS}pwned",
    "--output=json=pwned",
    "fix: x\n::error file=pwned::pwned\n::add-path::/pwned\n##[command]touch pwned\r::stop-commands::pwned",
    "fix: %0A::error::pwned\x00\x1b[31m",
]
EARLIER = re.compile(r"::(?:error|warning|notice) (?:file=[^:]*|title=causebook[^:]*)::")


@pytest.mark.parametrize("text", HOSTILE)
def test_what_an_event_says_is_never_run(clone: Project, programs: Path, tmp_path: Path, text: str) -> None:
    clone.repo.run("rm", "--quiet", "-r", "entries")
    clone.repo.run("commit", "--quiet", "--amend", "--no-edit")
    before = sorted(p for p in tmp_path.rglob("*") if ".git" not in p.parts)
    held = event(tmp_path, title=f"fix: {text}", body=f"{text}\n\nEnds 2026-01-01-gone-0000", labels=[{"name": text}])
    done = act(clone, programs, {}, **held)
    assert done.code == 1, done.err
    assert "this mends something" in done.out
    new = {p.name for p in set(tmp_path.rglob("*")) - set(before) if ".git" not in p.parts}
    assert new == {"event.json", "runner", "output", "summary"}
    commands = [line for line in re.split("[\r\n]", done.out) if line.lstrip().startswith("::") or "##[" in line]
    assert commands
    assert all(EARLIER.match(line) for line in commands), commands


@pytest.mark.parametrize("name", ["main$(touch pwned)", "--output=x", "`touch pwned`", "a b"])
def test_the_name_of_a_base_is_never_run(clone: Project, programs: Path, tmp_path: Path, name: str) -> None:
    done = act(clone, programs, {}, **event(tmp_path, base={"ref": name, "sha": clone.repo.run("rev-parse", "work~1")}))
    assert done.code == 1
    assert not list(tmp_path.rglob("pwned")) + list(tmp_path.rglob("x"))


def test_no_script_of_the_action_holds_an_expression() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"
        subprocess.run(["bash", "-n"], input=step["run"], text=True, check=True)
    assert ACTION["inputs"]["base"]["default"] == "auto"


@pytest.mark.site
def test_the_action_installs_what_it_came_with(clone: Project, programs: Path, tmp_path: Path) -> None:
    (programs / "causebook").unlink()
    constraints = {"PIP_CONSTRAINT": str(ROOT / "constraints.txt"), "PYTHONPATH": ""}
    done = act(clone, programs, {"version": "", "python": sys.executable}, **event(tmp_path), **constraints)
    assert done.code == 1, done.err
    assert f"entries/2026/{FIRST}.yaml:3:" in done.out
    assert (tmp_path / "runner" / "causebook").is_dir()


def block(language: str, holding: str) -> str:
    """The code block of the guide that holds a text."""
    (found,) = [one for one in re.findall(rf"```{language}[^\n]*\n(.*?)```", GUIDE, re.DOTALL) if holding in one]
    return str(found)


def test_the_script_of_gitlab_says_what_a_laptop_says(clone: Project, programs: Path) -> None:
    at_home = laptop(clone, programs)
    job = yaml.safe_load(block("yaml", "merge_request_event"))["causebook"]
    script = "\n".join(job["script"]).replace("junit=", "json=found.json --output junit=")
    clone.repo.run("update-ref", "-d", "refs/remotes/origin/main")
    clone.repo.run("checkout", "--quiet", "--detach", "work")
    variables = {
        "CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_TITLE": TITLE, "CI_MERGE_REQUEST_DESCRIPTION": BODY,
        "CI_MERGE_REQUEST_LABELS": "bug,later", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_PROJECT_PATH": "team/app", "PIP_NO_INDEX": "1",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": clone.repo.run("rev-parse", "work~1"),
    }  # fmt: skip
    done = run(script, clone, programs, **variables)
    assert done.code < 2, done.err
    found = verdict((clone.root / "found.json").read_text())
    assert (done.code, without_number(found)) == (at_home.code, verdict(at_home.out)), done.err
    assert "<testsuite " in (clone.root / job["artifacts"]["reports"]["junit"]).read_text()
    hostile = variables | {"CI_MERGE_REQUEST_TITLE": HOSTILE[0], "CI_MERGE_REQUEST_DESCRIPTION": HOSTILE[1]}
    assert run(script, clone, programs, **hostile).code == 1
    assert not list(clone.root.rglob("pwned"))


def hook(stage: str) -> str:
    """What a hook of the repository starts."""
    (entry,) = [one["entry"] for one in HOOKS if one["stages"] == [stage]]
    return str(entry)


def test_the_hook_before_a_push_says_what_a_laptop_says(clone: Project, programs: Path) -> None:
    at_home = run("causebook check --base origin/main --format json", clone, programs)
    # What was pushed before is the base for pre-commit; the entry and the fix may have come with that.
    pushed = {"PRE_COMMIT_FROM_REF": clone.repo.head, "PRE_COMMIT_TO_REF": clone.repo.head}
    clone.repo.commit({"src/pool.py": "a = 3\n"}, "More")
    done = run(f"{hook('pre-push')} --format json", clone, programs, **pushed)
    assert (done.code, verdict(done.out)) == (at_home.code, verdict(at_home.out))


def test_the_hook_before_a_commit_looks_at_what_is_staged(clone: Project, programs: Path) -> None:
    clone.repo.run("reset", "--quiet", "--soft", "origin/main~1")
    found = run(f"{hook('pre-commit')} --format json", clone, programs)
    assert (found.code, {one[0] for one in verdict(found.out)} >= {"todo_left"}) == (1, True)
    clone.repo.run("reset", "--quiet")
    clone.repo.run("add", "src")
    clone.path(FIRST).unlink()
    assert run(hook("pre-commit"), clone, programs).code == 0


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: "/".join(path.parts[-3:]))
def test_workflows_look_again_when_title_or_labels_change(path: Path) -> None:
    data = yaml.safe_load(path.read_text("utf-8").replace("on:\n", "when:\n", 1))
    assert set(data["when"]["pull_request"]["types"]) == EVENTS
    (job,) = data["jobs"].values()
    (checkout,) = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout")]
    assert checkout["with"] == {"fetch-depth": 0, "persist-credentials": False}
    assert data["permissions"] == {"contents": "read"}
    assert any(step.get("uses") == "./" or "check --base auto" in step.get("run", "") for step in job["steps"])
    assert not any("${{" in step.get("run", "") for step in job["steps"])
