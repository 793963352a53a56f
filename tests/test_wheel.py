"""The wheel, installed where nothing of this checkout is at hand, does what the README promises."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from gitrepo import GitRepo

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.site


def ran(*command: str | Path, at: Path) -> str:
    """What a program prints; fails with it when the program does."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=at, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``causebook`` command of a new environment, installed from a wheel with the extra ``site``."""
    folder = tmp_path_factory.mktemp("wheel")
    ran(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT, at=folder)
    (wheel,) = folder.glob("causebook-*.whl")
    venv.create(folder / "env", with_pip=True)
    programs = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    constraints = ROOT / "constraints.txt"
    ran(programs / "python", "-m", "pip", "install", "-q", "-c", constraints, f"{wheel}[site]", at=folder)
    return programs / "causebook"


def test_init_new_and_build_in_an_empty_repository(installed: Path, tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "elsewhere")
    ran(installed, "init", at=repo.path)
    made = ran(installed, "new", "incident", "--title", "Loop closed: again", "--error", "x: y", at=repo.path)
    ran(installed, "build", at=repo.path)
    page = repo.path / "site" / "records" / "incidents" / Path(made.split()[0]).stem / "index.html"
    assert "Loop closed: again" in page.read_text(encoding="utf-8")
    assert (repo.path / "site" / "index.html").is_file()
    assert ran(installed, "check", at=repo.path) == "2 files checked: nothing to mend\n"
    repo.run("add", "--all")
    assert "site/" not in repo.run("status", "--porcelain")


def test_the_wordings_of_import_are_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    here = {path.name for path in (ROOT / "src" / "causebook" / "importers" / "vocabulary").glob("*.yaml")}
    code = "from causebook.importers._vocabulary import FOLDER; print(*sorted(p.name for p in FOLDER.glob('*.yaml')))"
    assert here
    assert set(ran(installed.with_name("python"), "-c", code, at=tmp_path).split()) == here


def test_the_command_imports_only_what_its_verb_needs(installed: Path, tmp_path: Path) -> None:
    code = (
        "import causebook.cli, sys; print(sorted({'pydantic', 'yaml', 'git', 'jinja2', 'mkdocs'} & set(sys.modules)))"
    )
    assert ran(installed.with_name("python"), "-c", code, at=tmp_path) == "[]\n"
