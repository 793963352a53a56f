"""The set-up scripts: a real .venv and a real pip, with a stub for the project they install."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted(ROOT.glob("scripts/*.py"))

# The stub's build backend stands in the stub itself, so that pip needs no index.
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
BACKEND = """
import pathlib, zipfile

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    info = "causebook-1.dist-info"
    files = {
        "stub.pth": str(pathlib.Path("src").resolve()),
        f"{info}/METADATA": "Metadata-Version: 2.1\\nName: causebook\\nVersion: 1\\n"
        + "".join(f"Provides-Extra: {extra}\\n" for extra in ("site", "zensical", "dev")),
        f"{info}/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        f"{info}/entry_points.txt": "[console_scripts]\\ncausebook = causebook.cli:main\\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(pathlib.Path(wheel_directory, "causebook-1-py3-none-any.whl"), "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return "causebook-1-py3-none-any.whl"
"""
# Every program of the stub says how it was called and leaves with the code after "exit=".
ECHO = """
import json, os, sys

def main(args=None):
    args = sys.argv[1:] if args is None else args
    print(json.dumps({"program": NAME, "args": args, "folder": os.getcwd(), "prefix": sys.prefix}))
    sys.exit(next((int(a[5:]) for a in args if a.startswith("exit=")), 0))

if __name__ == "__main__":
    main()
"""


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


environment = load("environment")


@dataclass(frozen=True)
class Ran:
    code: int
    calls: list[dict[str, object]]
    """What the stub's programs said, in order."""
    err: str

    @property
    def args(self) -> object:
        (call,) = self.calls
        return call["args"]


@dataclass(frozen=True)
class Checkout:
    root: Path
    elsewhere: Path

    def run(self, script: str, *args: str, **variables: str) -> Ran:
        """Run a script of the checkout from another folder."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("CAUSEBOOK_", "COV", "PYTHON", "VIRTUAL_ENV"))}
        done = subprocess.run(
            [sys.executable, self.root / "scripts" / script, *args],
            cwd=self.elsewhere,
            env=env | {"PIP_NO_INDEX": "1"} | variables,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return Ran(done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr)

    @property
    def stamp(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = json.loads((self.root / ".venv/causebook-stamp.json").read_text("utf-8"))
        return found


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A stub of the project whose .venv was half made when somebody stopped it, and is made by the first run."""
    root = tmp_path_factory.mktemp("a check out")
    shutil.copytree(ROOT / "scripts", root / "scripts", ignore=shutil.ignore_patterns("bench", "__pycache__"))
    texts = {"pyproject.toml": PYPROJECT, "constraints.txt": "# none\n", "backend.py": BACKEND, "src/click.py": ""}
    for name in ("causebook/cli.py", "pytest.py", "coverage.py"):
        texts[f"src/{name}"] = f"NAME = {name.split('.')[0]!r}\n{ECHO}"
    texts["src/causebook/__init__.py"] = ""
    texts[".venv/bin/python"] = "half a program"
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    made = Checkout(root, tmp_path_factory.mktemp("elsewhere"))
    first = made.run("build.py")
    assert (first.code, first.args) == (0, ["-C", str(root), "build"]), first.err
    assert "remaking .venv" in first.err
    assert "installing causebook with site" in first.err
    return made


@pytest.fixture
def restored(checkout: Checkout) -> Iterator[Checkout]:
    """The checkout, for tests that change its constraints."""
    file = checkout.root / "constraints.txt"
    text = file.read_text("utf-8")
    yield checkout
    file.write_text(text, encoding="utf-8")


def test_a_second_run_installs_nothing(checkout: Checkout) -> None:
    before = (checkout.root / ".venv/causebook-stamp.json").stat().st_mtime_ns
    again = checkout.run("build.py")
    assert again.code == 0
    assert "installing" not in again.err
    assert (checkout.root / ".venv/causebook-stamp.json").stat().st_mtime_ns == before


def test_build_hands_arguments_and_exit_code_on(checkout: Checkout) -> None:
    ran = checkout.run("build.py", "--strict", "exit=7")
    assert (ran.code, ran.args) == (7, ["-C", str(checkout.root), "build", "--strict", "exit=7"])
    assert ran.calls[0]["folder"] == str(checkout.elsewhere)


def test_build_serves(checkout: Checkout) -> None:
    assert checkout.run("build.py", "--serve", "--port", "1").args == [
        *("-C", str(checkout.root), "serve", "--port", "1")
    ]


def test_extras_come_as_needed_and_stay(checkout: Checkout) -> None:
    assert checkout.run("build.py", "--engine", "zensical").args == [
        *("-C", str(checkout.root), "build", "--engine", "zensical")
    ]
    assert {"site", "zensical"} <= environment._closure(checkout.stamp["extras"])
    assert checkout.run("test.py").code == 0
    assert checkout.stamp["extras"] == ["dev"]
    assert "installing" not in checkout.run("build.py").err


def test_test_runs_pytest_in_the_checkout(checkout: Checkout) -> None:
    ran = checkout.run("test.py", "-k", "links", "exit=5")
    assert ran.code == 5
    assert ran.calls == [
        {
            "program": "pytest",
            "args": ["-k", "links", "exit=5"],
            "folder": str(checkout.root),
            "prefix": str(checkout.root / ".venv"),
        }
    ]


def test_test_measures_coverage_on_request(checkout: Checkout) -> None:
    ran = checkout.run("test.py", "--coverage", "-x")
    assert ran.code == 0
    assert [call["args"] for call in ran.calls] == [
        ["erase"],
        ["run", "-m", "pytest", "-x"],
        ["combine", "--quiet"],
        ["report"],
    ]


def test_coverage_is_not_reported_when_a_test_fails(checkout: Checkout) -> None:
    ran = checkout.run("test.py", "--coverage", "exit=1")
    assert (ran.code, len(ran.calls)) == (1, 2)


@pytest.mark.parametrize(
    ("script", "verb"), [("harvest.py", "harvest"), ("new_entry.py", "new"), ("check_links.py", "check")]
)
def test_one_verb_scripts_run_in_the_environment(checkout: Checkout, script: str, verb: str) -> None:
    ran = checkout.run(script, "incident", "exit=3")
    assert (ran.code, ran.args) == (3, ["-C", str(checkout.root), verb, "incident", "exit=3"])
    assert ran.calls[0]["prefix"] == str(checkout.root / ".venv")


def test_verify_all_asks_for_everything(checkout: Checkout) -> None:
    ran = checkout.run("verify_all.py", "loop-closed")
    wanted = ["verify", "--python", "3.10,3.11,3.12,3.13", "--require", "all", "--record", "loop-closed"]
    assert (ran.code, ran.args) == (0, ["-C", str(checkout.root), *wanted])


def test_changed_constraints_are_installed(restored: Checkout) -> None:
    before = restored.stamp["extras"]
    (restored.root / "constraints.txt").write_text("click<100\n", encoding="utf-8")
    assert "installing" in restored.run("build.py").err
    assert restored.stamp["extras"] == before


def test_pip_s_last_words_are_shown_and_the_next_run_tries_again(restored: Checkout) -> None:
    (restored.root / "constraints.txt").write_text("no/requirement at all\n", encoding="utf-8")
    ran = restored.run("build.py")
    assert (ran.code, ran.calls) == (2, [])
    assert "error: pip could not install" in ran.err
    assert "Invalid requirement" in ran.err
    (restored.root / "constraints.txt").write_text("# mended\n", encoding="utf-8")
    assert "installing" in restored.run("build.py").err


def test_a_python_that_does_not_run_is_named(checkout: Checkout) -> None:
    ran = checkout.run("build.py", CAUSEBOOK_PYTHON="/nowhere/python")
    assert (ran.code, ran.err) == (2, "error: CAUSEBOOK_PYTHON=/nowhere/python does not run\n")


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for a Python without venv is a shell script")
def test_a_python_without_venv_is_an_error_that_says_what_to_install(checkout: Checkout, tmp_path: Path) -> None:
    bare = Checkout(tmp_path / "bare", checkout.elsewhere)
    shutil.copytree(checkout.root, bare.root, ignore=shutil.ignore_patterns(".venv"))
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\ncase "$*" in *ensurepip*) exit 1 ;; esac\nexec "{sys.executable}" "$@"\n', "utf-8")
    python.chmod(0o755)
    ran = bare.run("test.py", CAUSEBOOK_PYTHON=str(python))
    assert (ran.code, ran.calls) == (2, [])
    assert re.fullmatch(r"error: .*apt-get install python3-venv.*\n", ran.err)
    assert not (bare.root / ".venv").exists()


def test_an_old_python_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def old() -> int:
        environment.check_version((3, 9, 18), "python3")
        return 0

    assert environment.guarded(old) == 2
    message = capsys.readouterr().err
    assert message.startswith("error: python3 is Python 3.9.18, and Causebook needs 3.10 or newer: ")
    assert message.count("\n") == 1


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_an_old_python_can_read_the_scripts(script: Path) -> None:
    ast.parse(script.read_text("utf-8"), feature_version=(3, 6))


def test_the_oldest_python_is_the_project_s() -> None:
    assert project()["requires-python"] == ">={}.{}".format(*environment.OLDEST)


def test_extras_that_bring_others_are_known() -> None:
    brought = {
        extra: tuple(sorted(Requirement(inner).extras))
        for extra, requirements in project()["optional-dependencies"].items()
        for inner in requirements
        if Requirement(inner).name == "causebook"
    }
    assert brought == environment.CONTAINED


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
def test_a_signal_is_an_exit_code_as_in_a_shell() -> None:
    assert environment.run([sys.executable, "-c", "import os; os.kill(os.getpid(), 15)"]) == 128 + 15


def test_every_dependency_is_pinned() -> None:
    pinned = {canonicalize_name(pin.name) for pin in pins()}
    assert needed({"causebook": {"dev"}}) - {"causebook"} <= pinned


def test_constraints_are_exact_and_hold_no_address() -> None:
    assert all(re.fullmatch(r"==[^,*]+", str(pin.specifier)) and not pin.url for pin in pins())


def test_workflows_cover_the_pythons_that_are_promised() -> None:
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(project()["classifiers"]))
    for forge in (".github", ".gitea"):
        text = (ROOT / forge / "workflows" / "ci.yml").read_text("utf-8")
        (matrix,) = re.findall(r"python: \[(.*)\]", text)
        assert re.findall(r"3\.\d+", matrix) == promised


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_ci_run_is_a_bash_script() -> None:
    subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=True)


def project() -> dict[str, Any]:
    """The table [project] of pyproject.toml."""
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return table


def pins() -> list[Requirement]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def needed(wanted: dict[str, set[str]]) -> set[str]:
    """Names of the distributions that those in ``wanted`` need with their extras, as installed here."""
    known: dict[str, set[str]] = {}
    while wanted:
        name, extras = wanted.popitem()
        if known.get(name, set()) >= extras and name in known:
            continue
        known[name] = known.get(name, set()) | extras
        for text in metadata.requires(name) or ():
            requirement = Requirement(text)
            if any(not requirement.marker or requirement.marker.evaluate({"extra": e}) for e in ("", *extras)):
                inner = canonicalize_name(requirement.name)
                wanted[inner] = wanted.get(inner, set()) | requirement.extras
    return set(known)
