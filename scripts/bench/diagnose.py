"""Diagnose of a large log, beside a search tool and beside the loop that one would write first.

    python scripts/bench/diagnose.py [--megabytes 100] [--signatures 300]

Makes a log as a long test run prints it (passing tests, log records, a failure every few hundred lines) and times, each
in a process of its own: the naive loop (every signature's regex searched in every line; on a slice, scaled up),
``rg -c -f`` with the signatures' literal texts where ripgrep is installed, and ``diagnose`` with the standard library
alone and with hyperscan where that is installed. Then one traceback beside ``python -c pass``, the peak of memory on a
log of ``--stream`` megabytes, and a hostile line of one megabyte beside as much of a normal log.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from causebook import known

if TYPE_CHECKING:  # the name by which mypy finds it
    from bench.timing import timed
else:
    from timing import timed

NAIVE = """
import re, sys
patterns = [re.compile(p) for p in open(sys.argv[1]).read().splitlines()]
found = 0
for line in open(sys.argv[2], encoding="utf-8"):
    for pattern in patterns:
        if pattern.search(line):
            found += 1
print(found)
"""
DIAGNOSE = """
import json, sys
if sys.argv[3] == "plain":
    sys.modules["hyperscan"] = None
from causebook import diagnose, reports
from causebook.known import Known
diagnosis = diagnose.Diagnosis(Known(tuple(json.load(open(sys.argv[1]))), {}))
report = diagnosis.matcher.read_lines(reports.lines(sys.argv[2], diagnosis.matcher))
print([(m["playbook"], m["count"]) for m in diagnosis.of(report).matches])
"""
MEMORY = """
import resource, subprocess, sys
subprocess.run([sys.executable, *sys.argv[1:]], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
WORDS = [
    "request",
    "handled",
    "connection",
    "pool",
    "worker",
    "cache",
    "session",
    "client",
    "fixture",
    "retry",
    "socket",
    "timeout",
    "value",
    "state",
]
FAILURE = """\
____________________________ test_{name} ____________________________

    async def test_{name}(client):
>       await client.get("/{name}")

tests/test_{name}.py:{n}:
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _
app/client.py:44: in get
    return await self.session.get(path)
E       {error}

app/client.py:44: {kind}
"""
ERRORS = [
    "RuntimeError: Event loop is closed",
    "RuntimeError: <asyncio.locks.Lock object at 0x7f{n:010x} [locked]> is bound to a different event loop",
    "AssertionError: assert {n} == 200",
    "KeyError: 'field_{n}'",
]


def log(path: Path, megabytes: int, seed: int = 7) -> None:
    """Write a log of about ``megabytes``."""
    rng = random.Random(seed)
    size, limit = 0, megabytes * 1_000_000
    with path.open("w", encoding="utf-8") as file:
        while size < limit:
            block = []
            for n in range(400):
                words = " ".join(rng.choice(WORDS) for _ in range(9))
                block.append(f"2026-01-01 10:00:{n % 60:02d},123 INFO app.{rng.choice(WORDS)}: {words} in {n} ms")
                block.append(f"tests/test_{rng.choice(WORDS)}.py::test_{rng.choice(WORDS)}_{n} PASSED [ 12%]")
            error = rng.choice(ERRORS).format(n=rng.randrange(10**6))
            name = f"{rng.choice(WORDS)}_{rng.randrange(10**6)}"
            failure = FAILURE.format(name=name, n=rng.randrange(900), error=error, kind=error.split(":", 1)[0])
            text = "\n".join(block) + "\n" + failure
            size += file.write(text)


def signatures(count: int) -> "list[dict[str, Any]]":
    """The signatures that come with Causebook, and as many made-up ones as it takes to have ``count``."""
    causes = list(known.load(None).causes)
    have = sum(len(cause["signatures"]) for cause in causes)
    rng = random.Random(3)
    for n in range(max(0, count - have)):
        message = f"the {rng.choice(WORDS)} of {{any}} was not {rng.choice(WORDS)}ed at stage {n}"
        causes.append(
            {"id": f"made-up-{n}", "title": "x", "signatures": [{"type": "RuntimeError", "message": message}]}
        )
    return causes


def best(runs: int, *command: str) -> float:
    """The shortest of some runs: what the machine can do when nothing else disturbs it."""
    return min(timed(*command, check=False) for _ in range(runs))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--signatures", type=int, default=300)
    parser.add_argument("--stream", type=int, default=300, help="megabytes of the log for the figure of memory")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        causes = signatures(options.signatures)
        (folder / "causes.json").write_text(json.dumps(causes))
        large, slice_ = folder / "large.log", folder / "slice.log"
        log(large, options.megabytes)
        log(slice_, 2)
        _large(folder, causes, large, slice_, options.runs)
        _small(folder, options.runs)
        _stream(folder, options.stream)
        _hostile(folder, options.runs)


def _large(folder: Path, causes: "list[dict[str, Any]]", large: Path, slice_: Path, runs: int) -> None:
    from causebook.matcher import Matcher

    matcher = Matcher(causes)
    anchors = sorted(matcher.anchors)
    count = sum(len(cause.signatures) for cause in matcher.causes.values())
    patterns = folder / "patterns.txt"
    patterns.write_text("".join(f"{_escaped(anchor)}\n" for anchor in anchors))
    (folder / "naive.py").write_text(NAIVE)
    (folder / "run.py").write_text(DIAGNOSE)
    megabytes = large.stat().st_size / 1e6
    python = sys.executable
    naive = best(runs, python, str(folder / "naive.py"), str(patterns), str(slice_)) * megabytes / 2
    print(f"{megabytes:.0f} MB, {len(anchors)} literal texts of {count} signatures")
    print(f"  naive loop     {naive:8.2f} s  (scaled up from 2 MB)")
    search = None
    if shutil.which("rg"):
        search = best(runs, "rg", "-j1", "-c", "-F", "-f", str(_literal(folder, anchors)), str(large))
        print(f"  rg -F -f       {search:8.2f} s")
    for kind in ("plain", "fast"):
        if kind == "fast" and not _has_hyperscan():
            print("  with hyperscan: not installed")
            continue
        took = best(runs, python, str(folder / "run.py"), str(folder / "causes.json"), str(large), kind)
        ratio = f", {took / search:.2f} times rg" if search else ""
        print(f"  diagnose {kind:5s} {took:8.2f} s  {naive / took:.0f} times as fast as the naive loop{ratio}")


def _escaped(anchor: str) -> str:
    return "".join(f"\\{c}" if c in r"\.^$*+?{}[]|()" else c for c in anchor)


def _literal(folder: Path, anchors: "list[str]") -> Path:
    path = folder / "literals.txt"
    path.write_text("".join(f"{anchor}\n" for anchor in anchors))
    return path


def _has_hyperscan() -> bool:
    try:
        import hyperscan  # noqa: F401
    except ImportError:
        return False
    return True


def _small(folder: Path, runs: int) -> None:
    report = folder / "traceback.txt"
    report.write_text(
        'Traceback (most recent call last):\n  File "x.py", line 1, in x\nRuntimeError: Event loop is closed\n'
    )
    command = [sys.executable, "-m", "causebook", "-C", str(folder), "diagnose", str(report)]
    timed(*command, check=False)  # fills the cache
    ratios, seconds = [], []
    for _ in range(7 * runs):  # in pairs: a busy machine slows both
        seconds.append(timed(*command, check=False))
        ratios.append(seconds[-1] / timed(sys.executable, "-c", "pass"))
    print(f"one traceback   {statistics.median(seconds):8.3f} s  {statistics.median(ratios):.1f} times python -c pass")


def _stream(folder: Path, megabytes: int) -> None:
    peaks = []
    for size in (20, megabytes):
        path = folder / "stream.log"
        log(path, size)
        command = [str(folder / "run.py"), str(folder / "causes.json"), str(path), "plain"]
        run = subprocess.run([sys.executable, "-c", MEMORY, *command], capture_output=True, text=True, check=True)
        peaks.append(int(run.stdout) / 1024)
        path.unlink()
    print(f"memory          {peaks[1]:8.0f} MB at {megabytes} MB of log, {peaks[1] / peaks[0]:.2f} times that at 20 MB")


def _hostile(folder: Path, runs: int) -> None:
    normal, hostile = folder / "normal.log", folder / "hostile.log"
    log(normal, 1)
    line = "E   RuntimeError: " + "Task <Task got Future attached to a " * 28_000
    hostile.write_text(f"{line}\n")
    took = []
    for path in (normal, hostile):
        command = [sys.executable, str(folder / "run.py"), str(folder / "causes.json"), str(path), "plain"]
        took.append(best(runs, *command) / (path.stat().st_size / 1e6))
    print(f"hostile line    {took[1]:8.2f} s a MB, {took[1] / took[0]:.2f} times a normal log")


if __name__ == "__main__":
    os.environ.pop("PYTEST_CURRENT_TEST", None)
    main()
