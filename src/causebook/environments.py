"""Pythons and their packages for cases: found on this machine, installed once, kept in the user's cache."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from causebook import cache
from causebook.errors import CausebookError

_ASK = "import json,sys; print(json.dumps([sys.version.split()[0], sys.implementation.name]))"
_FRESH = 7 * 24 * 3600
"""Seconds for which packages without an exact version count as the newest."""


class NotInstalled(CausebookError):
    """An environment that cannot be made here."""


@dataclass(frozen=True, slots=True)
class Python:
    """An interpreter of this machine."""

    version: str
    """Such as ``3.12``."""
    full: str
    """Such as ``3.12.1``."""
    program: str


@functools.cache
def pythons() -> dict[str, Python]:
    """The Pythons of this machine by their version, such as ``3.12``: this one, those on the path, and pyenv's."""
    found: dict[str, Python] = {}
    for program in (sys.executable, *_candidates()):
        python = _python(program)
        if python:
            found.setdefault(python.version, python)
    return dict(sorted(found.items(), key=lambda item: int(item[0].split(".")[1])))


def _candidates() -> Iterator[str]:
    for minor in range(10, 20):
        if program := shutil.which(f"python3.{minor}"):
            yield program
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for path in sorted(root.glob("versions/3.*/bin/python"), reverse=True):
        yield str(path)


def _python(program: str) -> Python | None:
    # A shim of pyenv's for a version that is not chosen fails; it is then none.
    with contextlib.suppress(OSError, ValueError, subprocess.TimeoutExpired):
        done = subprocess.run([program, "-I", "-c", _ASK], capture_output=True, text=True, timeout=20, check=False)
        full, name = json.loads(done.stdout)
        major, minor = full.split(".")[:2]
        if name == "cpython" and (int(major), int(minor)) >= (3, 10):
            return Python(f"{major}.{minor}", full, program)
    return None


@dataclass(frozen=True, slots=True)
class Environment:
    """A Python with packages."""

    program: str
    packages: tuple[str, ...]
    """What is installed, as ``name==version``."""


def ensure(python: Python, requirements: Sequence[str]) -> Environment:
    """The environment of ``python`` with ``requirements``, made when it is not there; without any: ``python`` itself.

    Raises:
        NotInstalled: a package does not exist, or cannot be installed.
    """
    if not requirements:
        return Environment(python.program, ())
    exact = all("==" in requirement for requirement in requirements)
    key = hashlib.sha256(json.dumps([python.full, python.program, sorted(requirements)]).encode()).hexdigest()[:16]
    folder = cache.folder("environments") / f"{python.version}-{key}"
    done = folder / "packages.json"
    with _lock(key):  # several cases ask for the same one at once
        if not done.is_file() or not (exact or time.time() - done.stat().st_mtime < _FRESH):
            _make(python, requirements, folder)
    return Environment(_program(folder), tuple(json.loads(done.read_text(encoding="utf-8"))))


_locks: dict[str, threading.Lock] = {}


def _lock(key: str) -> threading.Lock:
    return _locks.setdefault(key, threading.Lock())


def _make(python: Python, requirements: Sequence[str], folder: Path) -> None:
    """Make ``folder``, complete or not at all; another process may be making it as well."""
    building = folder.with_name(f"{folder.name}.{os.getpid()}")
    try:
        _build(python, requirements, building)
        (building / "packages.json").write_text(json.dumps(_packages(building)), encoding="utf-8")
        with contextlib.suppress(OSError):
            folder.rename(folder.with_name(f"{building.name}-old"))
        # Moved when complete: what is run inside is `python -m`, which does not mind. Scripts in it would.
        with contextlib.suppress(OSError):  # another process was first
            building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
        shutil.rmtree(folder.with_name(f"{building.name}-old"), ignore_errors=True)


def _program(folder: Path) -> str:
    return str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def _build(python: Python, requirements: Sequence[str], folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    if uv := shutil.which("uv"):
        _run([uv, "venv", "--quiet", "--python", python.program, str(folder)])
        _run([uv, "pip", "install", "--quiet", "--python", _program(folder), "--", *requirements])
    else:
        _run([python.program, "-I", "-m", "venv", str(folder)])
        pip = [_program(folder), "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "--", *requirements])


def _packages(folder: Path) -> list[str]:
    freeze = [_program(folder), "-I", "-m", "pip", "freeze", "--disable-pip-version-check"]
    if uv := shutil.which("uv"):
        freeze = [uv, "pip", "freeze", "--quiet", "--python", _program(folder)]
    return [line for line in _run(freeze).splitlines() if "==" in line]


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        words = [line for line in done.stderr.splitlines() if "ERROR" in line or "error" in line] or [
            done.stderr.strip()
        ]
        raise NotInstalled(
            f"cannot be installed: {words[-1][:300]}", hint="check the names and versions under requirements"
        )
    return done.stdout
