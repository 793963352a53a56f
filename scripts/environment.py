"""Makes .venv in the checkout and keeps it as pyproject.toml asks; standard library only, and old Pythons can read it.

Annotations are quoted because Python 3.6 must get as far as ``check_version``, which tells its user what is needed.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 10)
CONTAINED = {"dev": ("fast", "mcp", "site", "zensical")}
"""Extras that another extra of pyproject.toml brings along."""
PIP_NEEDED = (21, 3)
"""The first pip that installs a pyproject.toml project for editing."""
_WINDOWS = os.name == "nt"
_LAST_LINES = 15
_started = time.monotonic()


class SetupError(Exception):
    """The environment cannot be made; the message says what to do, in one line first."""


def step(text: str) -> None:
    """Show on stderr what begins now, and the seconds since the start."""
    sys.stderr.write(f"[{time.monotonic() - _started:6.1f} s] {text}\n")
    sys.stderr.flush()


def guarded(work: "Callable[[], int]") -> int:
    """The exit code of ``work``; 2 and one line for a person where the environment could not be made."""
    try:
        check_version()
        return work()
    except SetupError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return 130


def check_version(version: "tuple[int, ...]" = sys.version_info[:3], name: str = sys.executable) -> None:
    """Refuse a Python that is too old, naming a newer one where PATH has it.

    Raises:
        SetupError: ``version`` is before 3.10.
    """
    if version >= OLDEST:
        return
    dotted = ".".join(map(str, version))
    names = (f"python3.{minor}" for minor in range(19, OLDEST[1] - 1, -1))
    newer = next((candidate for candidate in names if _output(candidate, "--version")), "")
    remedy = f"run this with {newer}" if newer else "install a newer Python and run this with it"
    raise SetupError(f"{name} is Python {dotted}, and Causebook needs 3.10 or newer: {remedy}")


def run(command: "Sequence[str | Path]", folder: "Path | None" = None) -> int:
    """Run ``command`` to its end and give its exit code, 128 + n where signal n ended it; Ctrl-C is its own affair."""
    with subprocess.Popen([str(part) for part in command], cwd=folder and str(folder), env=_activated()) as process:
        before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        while process.poll() is None:
            with contextlib.suppress(KeyboardInterrupt):
                process.wait()
        signal.signal(signal.SIGTERM, before)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def program(name: str) -> Path:
    """Where ``name``, a program of the checkout's environment, stands."""
    return Environment().program(name)


def _activated() -> "dict[str, str]":
    """The variables for a program inside the environment, as after ``activate``; pip must not install elsewhere."""
    folder = Environment().program("python").parent
    path = os.pathsep.join([str(folder), os.environ.get("PATH", os.defpath)])
    return dict(os.environ, PATH=path, VIRTUAL_ENV=str(folder.parent), PIP_USER="0")


class Environment:
    """The virtual environment of one checkout: ``.venv``, with a stamp that says for what it was installed."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.stamp = self.folder / "causebook-stamp.json"

    def program(self, name: str) -> Path:
        """Where ``name`` stands in this environment."""
        return self.folder / "Scripts" / f"{name}.exe" if _WINDOWS else self.folder / "bin" / name

    def ensure(self, *extras: str) -> None:
        """Make the environment, or mend it, until it has the project and ``extras``; does nothing when it has them.

        Extras of earlier calls are kept. The stamp is gone while installing, so an interrupted run is seen.

        Raises:
            SetupError: Python, venv or pip failed.
        """
        creator, version = self._creator()
        wanted, have = self._key(version), self._stamped()
        same_place = have.get("made_for") == wanted["made_for"]
        kept = have["extras"] if same_place else []
        if same_place and have["installed_from"] == wanted["installed_from"] and set(extras) <= _closure(kept):
            return
        with contextlib.suppress(FileNotFoundError):
            self.stamp.unlink()
        if (have and not same_place) or not self._usable(version):
            kept = []
            self._create(creator, version)
        wanted["extras"] = _without_contained([*extras, *kept])
        self._install(wanted["extras"])
        self.stamp.write_text(json.dumps(wanted, indent=1), encoding="utf-8")

    def _key(self, version: "tuple[int, ...]") -> "dict[str, list[str]]":
        """What the stamp must say: remade when ``made_for`` differs, installed again when ``installed_from`` does."""
        files = [self.root / "pyproject.toml", self.root / "constraints.txt"]
        digest = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
        return {"made_for": [str(self.root), "{}.{}".format(*version)], "installed_from": digest, "extras": []}

    def _stamped(self) -> "dict[str, list[str]]":
        """What the stamp says; nothing when it is missing or unreadable, or what it speaks of is gone."""
        try:
            found = json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        whole = isinstance(found, dict) and {"made_for", "installed_from", "extras"} <= set(found)
        there = self.program("python").exists() and self.program("causebook").exists()
        return found if whole and there else {}

    def _creator(self) -> "tuple[str, tuple[int, ...]]":
        """The Python that makes the environment and its version: CAUSEBOOK_PYTHON, or the one that runs now."""
        named = os.environ.get("CAUSEBOOK_PYTHON", "")
        if not named:
            # Inside a virtual environment, perhaps this very one, the Python below it is asked.
            return getattr(sys, "_base_executable", "") or sys.executable, sys.version_info[:3]
        answer = _output(named, "-c", "import sys; print('%d %d %d' % sys.version_info[:3])")
        if not answer:
            raise SetupError(f"CAUSEBOOK_PYTHON={named} does not run")
        version = tuple(map(int, answer.split()))
        check_version(version, named)
        return named, version

    def _usable(self, version: "tuple[int, ...]") -> bool:
        """Whether ``.venv`` runs, has the Python of ``version`` and a pip; a missing or old pip is mended."""
        python = str(self.program("python"))
        question = "import sys, pip; print('%d.%d' % sys.version_info[:2], pip.__version__)"
        answer = _output(python, "-c", question)
        if not answer and _output(python, "-m", "ensurepip"):
            answer = _output(python, "-c", question)
        if not answer.startswith("{}.{} ".format(*version)):
            return False
        if tuple(map(int, re.findall(r"\d+", answer.split()[1])[:2])) < PIP_NEEDED:
            self._pip("pip>=" + ".".join(map(str, PIP_NEEDED)))
        return True

    def _create(self, creator: str, version: "tuple[int, ...]") -> None:
        """Make ``.venv`` from nothing, and in place of whatever stands there."""
        if _output(creator, "-c", "import ensurepip, venv; print('both')") != "both":
            raise SetupError(
                f"{creator} lacks the modules venv and ensurepip: "
                "on Debian and Ubuntu run 'apt-get install python3-venv', elsewhere install a complete Python"
            )
        step("{} .venv with Python {}.{}.{}".format("remaking" if self.folder.exists() else "making", *version))
        made = subprocess.run(
            [creator, "-m", "venv", "--clear", str(self.folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if made.returncode or not self._usable(version):
            raise SetupError(f"{creator} -m venv failed\n{_tail(made.stdout.splitlines())}")

    def _install(self, extras: "Sequence[str]") -> None:
        """Install the project for editing, with ``extras`` and the versions of constraints.txt."""
        names = ",".join(extras)
        step(f"installing causebook with {names}" if names else "installing causebook")
        self._pip("-c", "constraints.txt", "-e", f".[{names}]" if names else ".")

    def _pip(self, *arguments: str) -> None:
        """``pip install`` with its last line shown in place on a terminal, and its last lines when it fails."""
        options = ("--disable-pip-version-check", "--no-input", "--progress-bar", "off")
        command = [str(self.program("python")), "-m", "pip", "install", *options, *arguments]
        lines = deque(maxlen=_LAST_LINES)  # type: deque[str]
        with subprocess.Popen(
            command,
            cwd=str(self.root),
            env=_activated(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process:
            for line in process.stdout or ():
                lines.append(line)
                _status(line)
        _status("")
        if process.returncode:
            raise SetupError(f"pip could not install what pyproject.toml asks for\n{_tail(lines)}")


def _status(line: str) -> None:
    """Show ``line`` over the one before, where stderr is a terminal."""
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r{line.strip()[:width].ljust(width)}\r")
        sys.stderr.flush()


def _tail(lines: "Iterable[str]") -> str:
    """The last of ``lines``, indented."""
    return "\n".join(f"  {line.rstrip()}" for line in deque(lines, maxlen=_LAST_LINES))


def _output(*command: str) -> str:
    """What ``command`` prints, stripped; empty when it cannot start or fails."""
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", errors="replace", check=False
        )
    except OSError:
        return ""
    return "" if done.returncode else done.stdout.strip()


def _closure(extras: "Iterable[str]") -> "set[str]":
    """``extras`` and those they bring along."""
    return {name for extra in extras for name in (extra, *CONTAINED.get(extra, ()))}


def _without_contained(extras: "Iterable[str]") -> "list[str]":
    """``extras``, sorted, each once, without those that another of them brings along."""
    names = set(extras)
    return sorted(names - {inner for name in names for inner in CONTAINED.get(name, ())})


def enter() -> None:
    """Return where this checkout's causebook can be imported; elsewhere run the script again in .venv and leave."""
    spec = importlib.util.find_spec("causebook")
    ours = spec is not None and spec.origin is not None and ROOT in Path(spec.origin).resolve().parents
    if ours and importlib.util.find_spec("click"):
        os.environ.pop("CAUSEBOOK_ENTERED", None)
        return

    def again() -> int:
        if "CAUSEBOOK_ENTERED" in os.environ:
            raise SetupError(f"{Environment().folder} cannot import causebook: remove that folder and try again")
        os.environ["CAUSEBOOK_ENTERED"] = "1"
        Environment().ensure()
        return run([program("python"), *sys.argv])

    sys.exit(guarded(again))
