"""What several tests need: a repository, a project with entries, and the command run inside this process."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from causebook import cli
from gitrepo import FIRST, ISOLATED, SECOND, GitRepo, Project

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@dataclass(frozen=True)
class Result:
    """How a run of the command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests, and of a hook that runs them, away from git."""
    for name in [n for n in os.environ if n.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name, value in ISOLATED.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    """An empty repository."""
    return GitRepo(tmp_path / "repo")


@pytest.fixture
def project(repo: GitRepo) -> Project:
    """A repository with two commits of code and two entries; the first entry names the second commit."""
    made = Project(repo, repo.path)
    repo.commit({"src/pool.py": "pool = 1\n", "README.md": "# App\n"}, "Begin")
    fix = repo.commit({"src/pool.py": "pool = 2\n"}, "Close the pool (#7)", date="2026-01-01T13:00:00+00:00")
    made.write(FIRST, commits=[{"sha": fix, "role": "fixed"}], tags=["asyncio"], components=["database"])
    made.write(SECOND, kind="session", title="Hunt the flaky suite", status="in_progress", incidents=[])
    repo.commit({}, "Write it down", date="2026-01-02T12:00:00+00:00")
    return made


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run ``causebook`` with arguments, in the folder ``at``."""

    def call(*args: str, at: Path | None = None) -> Result:
        if at is not None:
            monkeypatch.chdir(at)
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main(args)
        gc.enable()  # main switches it off for its one verb
        out, err = capsys.readouterr()
        return Result(int(ended.value.code or 0), out, err)

    yield call
    gc.enable()


CHROMIUM = os.environ.get("CAUSEBOOK_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
REQUIRED = os.environ.get("CAUSEBOOK_REQUIRE") == "all"
"""Whether what is missing on this machine is a failure, as in CI, and not a skip."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without a window."""
    if CHROMIUM is None:
        if REQUIRED:
            pytest.fail("no chromium: apt-get install chromium")
        pytest.skip("no chromium: apt-get install chromium, or name one in CAUSEBOOK_CHROMIUM")
    from playwright.sync_api import sync_playwright

    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*options, "--disable-sync", "--no-first-run"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser without history, on a screen of usual width."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def mkdocs_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout with its site; one build for all test modules."""
    from test_site import built  # not at the top: few tests need what it needs

    return built(tmp_path_factory, "mkdocs")


@pytest.fixture(scope="session")
def zensical_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same by Zensical."""
    from test_site import built  # not at the top: few tests need what it needs

    return built(tmp_path_factory, "zensical")


@pytest.fixture(params=["mkdocs", "zensical"])
def site(request: pytest.FixtureRequest) -> Path:
    """The site of each engine in turn."""
    root: Path = request.getfixturevalue(f"{request.param}_site")
    return root
