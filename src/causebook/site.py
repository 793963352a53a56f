"""Builds and serves the site with a generator in a process of its own; harvest has written the pages before."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from causebook.errors import Place, SiteError

ENGINES = ("mkdocs", "zensical")
"""Site generators that build the same tree; the first is the default."""
_EXTRAS = {"mkdocs": ("material", "site"), "zensical": ("zensical", "zensical")}


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made."""

    index: Path
    pages: int
    seconds: float
    output: str


def build(root: Path, engine: str, finish: Callable[[Path], None]) -> Built:
    """Build ``site/`` from mkdocs.yml, strictly: a warning fails it; ``finish`` completes it in the folder it is given.

    Raises:
        SiteError: the engine is not installed, there is no mkdocs.yml, or the build warns or fails.
    """
    _ready(root, engine)
    start = time.monotonic()
    site = root / "site"
    with _kept(site) as keep:
        done = subprocess.run(
            _command(engine, "build"),
            cwd=root, env=_environment(), capture_output=True, text=True, check=False, errors="replace",
        )  # fmt: skip
        output = "\n".join(line for line in (done.stdout + done.stderr).splitlines() if line.strip())
        if done.returncode or _warnings(output):
            hint = "correct what it names; the site of the last good build is left as it was"
            raise SiteError(f"{engine} build failed:\n{output}", hint=hint)
        finish(site)
        keep.clear()
    return Built(site / "index.html", sum(1 for _ in site.rglob("*.html")), time.monotonic() - start, output)


@contextlib.contextmanager
def _kept(site: Path) -> Iterator[list[Path]]:
    """Set the present site aside and put it back unless the list is cleared: engines empty the folder first.

    A folder that an interrupted build left aside is put back first.
    """
    aside = site.with_name(f".{site.name}.previous")
    if aside.exists():
        shutil.rmtree(site, ignore_errors=True)
        aside.rename(site)
    if site.exists():
        site.rename(aside)
    kept = [aside]
    try:
        yield kept
    finally:
        if kept and aside.exists():
            shutil.rmtree(site, ignore_errors=True)
            aside.rename(site)
        shutil.rmtree(aside, ignore_errors=True)


def _warnings(output: str) -> bool:
    """Whether the output warns: Zensical and some validations of MkDocs warn without failing."""
    return any(line.lstrip().lower().startswith(("warning", "error")) for line in output.splitlines())


def _ready(root: Path, engine: str) -> None:
    module, extra = _EXTRAS[engine]
    if importlib.util.find_spec(module) is None:
        raise SiteError(f"{engine} is not installed", hint=f'pip install "causebook[{extra}]"')
    if not (root / "mkdocs.yml").is_file():
        raise SiteError("there is no mkdocs.yml", place=Place(str(root)), hint="`causebook init` writes one")


def _command(engine: str, verb: str) -> list[str]:
    # -m, not the script: the one beside this interpreter is the one that was checked for.
    command = [sys.executable, "-m", engine, verb]
    return [*command, "--strict"] if verb == "build" else command


def _environment() -> dict[str, str]:
    # Material announces the end of MkDocs 1 on every run; the variable is its own switch for that.
    return {**os.environ, "NO_MKDOCS_2_WARNING": "1"}


def serve(
    root: Path, engine: str, address: str, refresh: Callable[[], None], watched: Callable[[], Iterator[Path]]
) -> int:
    """Serve the site until interrupted, calling ``refresh`` when a file of ``watched`` changes; the engine's exit code.

    The engine watches kb/ itself and reloads the browser; only entries and templates are watched here.

    Raises:
        SiteError: the engine is not installed, or there is no mkdocs.yml.
    """
    _ready(root, engine)
    with subprocess.Popen([*_command(engine, "serve"), "--dev-addr", address], cwd=root, env=_environment()) as server:
        seen = _stamps(watched())
        before = signal.signal(signal.SIGTERM, _interrupt)
        try:
            while server.poll() is None:
                time.sleep(0.5)
                now = _stamps(watched())
                if now != seen:
                    seen = now
                    refresh()
        except KeyboardInterrupt:
            return 0  # being told to stop is how serving ends
        finally:
            signal.signal(signal.SIGTERM, before)
            server.terminate()
            code = server.wait()
        return code


def _interrupt(*_: object) -> NoReturn:
    """Let a request to end take the way of Ctrl+C, so that the engine is not left running."""
    raise KeyboardInterrupt


def _stamps(paths: Iterator[Path]) -> dict[Path, int]:
    stamps = {}
    for path in paths:
        try:
            stamps[path] = path.stat().st_mtime_ns
        except OSError:  # deleted between listing and looking
            continue
    return stamps
