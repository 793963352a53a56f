"""Runs a program that nobody trusts: it writes in a folder of its own only, within limits; nothing is left running."""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MEMORY = 4 * 1024**3
"""Address space of the program and each of its children, in bytes: threads reserve far more than they use."""
FILE = 64 * 1024**2
"""Largest file it may write, in bytes."""
OUTPUT = 4 * 1024**2
"""Most it may print, in bytes; a verbose pytest run with all logs printed 300 KB."""
_MARK = "CAUSEBOOK_RUN"
_LIMITS = """\
import ctypes, os, resource, struct, sys

def confine(*writable):
    # Landlock (https://docs.kernel.org/userspace-api/landlock.html), Linux 5.13: writing is refused but beneath these.
    system = ctypes.CDLL(None, use_errno=True)
    version = system.syscall(444, None, 0, 1)  # landlock_create_ruleset, asked for the version of its interface
    if version < 1:
        return
    rights = 0x1FF2 | (0x2000 if version > 1 else 0) | (0x4000 if version > 2 else 0)  # write, remove, make, move, cut
    attribute = struct.pack("=Q", rights)
    rules = system.syscall(444, attribute, len(attribute), 0)
    for path in writable:
        if os.path.isdir(path):
            beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
            system.syscall(445, rules, 1, struct.pack("=Qi", rights, beneath), 0)  # landlock_add_rule
    system.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS, without which an ordinary user may not
    system.syscall(446, rules, 0)  # landlock_restrict_self

resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
if sys.platform == "linux":
    confine(sys.argv[3], "/dev")
os.execv(sys.argv[4], sys.argv[4:])
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended."""

    code: int
    """Its exit code; minus the signal's number where one ended it."""
    output: str
    """What it printed to both streams, in order."""
    seconds: float
    stopped: str = ""
    """Why it was stopped: ``time``, ``output``, or empty."""
    left: int = 0
    """Processes that were still running when it had ended."""


@contextlib.contextmanager
def folder(files: Mapping[str, str]) -> Iterator[Path]:
    """A new folder that holds ``files``; gone at the end, whatever is in it by then."""
    path = Path(tempfile.mkdtemp(prefix="causebook-"))
    try:
        for name, text in files.items():
            target = path / "case" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        (path / "home").mkdir()
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def run(command: Sequence[str], place: Path, extra: Mapping[str, str], *, seconds: float) -> Ran:
    """Run ``command`` in the folder made by ``folder``, stop it at its limits, and end all that it started.

    Args:
        command: the program by its whole path, and its arguments.
        place: what ``folder`` gave.
        extra: variables for it, beside the few that it gets of ours.
        seconds: time limit.
    """
    mark = uuid.uuid4().hex
    # A signal that ends us ends the run as well, through finally.
    process = subprocess.Popen(
        [*_limited(place), *command], cwd=place / "case", env={**_environment(place), **extra, _MARK: mark},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    start = time.monotonic()
    try:
        output, stopped = _read(process, start + seconds)
        took = time.monotonic() - start
    finally:
        left = _end(process, mark)
        if process.stdout:
            process.stdout.close()
    return Ran(process.returncode, output.decode("utf-8", "replace"), took, stopped, left)


def _limited(place: Path) -> list[str]:
    """What sets the limits and then becomes the program."""
    if os.name == "nt":
        return []
    return [sys.executable, "-I", "-c", _LIMITS, str(MEMORY), str(FILE), str(place)]


def _environment(place: Path) -> dict[str, str]:
    """Little of ours, so that a run is the same everywhere; nothing secret in it."""
    home = str(place / "home")
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "WINDIR") if name in os.environ}
    fixed = {"LANG": "C.UTF-8", "TZ": "UTC", "COLUMNS": "240", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return {"PATH": os.defpath, "HOME": home, "TMPDIR": home, "TEMP": home, "NO_COLOR": "1", **fixed, **kept}


def _read(process: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, str]:
    """What it prints until it ends or meets a limit; a child that keeps the pipe open is not waited for."""
    assert process.stdout is not None  # noqa: S101 - for the type checker; it was asked for above
    pipe = process.stdout.fileno()
    os.set_blocking(pipe, False)
    output = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            ended = process.poll() is not None
            if selector.select(0 if ended else min(0.1, max(0.0, deadline - time.monotonic()))):
                chunk = os.read(pipe, 65536)
                output += chunk
                if not chunk and ended:
                    return bytes(output), ""
                if not chunk:  # it closed its output and goes on
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(max(0.0, deadline - time.monotonic()))
                    return bytes(output), "" if process.returncode is not None else "time"
            elif ended:
                return bytes(output), ""
            if len(output) > OUTPUT:
                return bytes(output[:OUTPUT]), "output"
            if time.monotonic() > deadline:
                return bytes(output), "time"


def _end(process: subprocess.Popen[bytes], mark: str) -> int:
    """Kill the program, its group, and on Linux what left the group; the number of others that ran after its end."""
    if os.name == "nt":
        process.kill()
        process.wait()
        return 0
    # Counted first: what is killed may be gone before it is counted.
    left = _still(mark) if process.poll() is not None else 0
    for _ in range(50):  # what forks while it is being killed needs more than one round
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        others = [pid for pid in _marked(mark) if pid != process.pid]
        for pid in others:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not others:
            break
        time.sleep(0.02)
    return left


def _still(mark: str) -> int:
    """Processes that go on after a moment of grace: helpers of multiprocessing end a little after the program."""
    for _ in range(10):
        left = sum(1 for _ in _marked(mark))
        if not left:
            break
        time.sleep(0.05)
    return left


def _marked(mark: str) -> Iterator[int]:
    """Processes that carry our mark in their environment."""
    wanted = f"{_MARK}={mark}".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if wanted in path.read_bytes() and not _zombie(path.parent):
                yield int(path.parent.name)
        except OSError:
            continue


def _zombie(process: Path) -> bool:
    return (process / "stat").read_text().rsplit(")", 1)[-1].split()[0] == "Z"
