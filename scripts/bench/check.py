"""`check` of a change of 20 entries in a base of 5,000 entries and 15,000 commits, and of the whole base.

    python scripts/bench/check.py [--entries 5000] [--commits 15000] [--changed 20] [--runs 5]

Every figure is a whole process; runs take turns, so that a busy machine weighs on all alike, and the ratios of medians
are what to quote. A change stands beside `git status` and `git diff --name-status`, the whole base beside merely
parsing its files with PyYAML's C loader. A change is measured where the base is known from a run before (the usual
case) and where it is not. TMPDIR names the folder to work in: one in memory (/dev/shm) keeps the disk out of it.
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the names by which mypy finds them
    from bench.harvest import make
    from bench.timing import timed
else:
    from timing import timed

    from harvest import make

PARSE = """
import pathlib, yaml
for path in pathlib.Path("entries").rglob("*.yaml"):
    yaml.load(path.read_bytes(), yaml.CSafeLoader)
"""
CHECK = (sys.executable, "-m", "causebook", "check")
GIT = ("git", "-c", "user.name=Dev", "-c", "user.email=d@example.org")


def change(root: Path, count: int) -> None:
    """A branch that edits ``count`` entries, in one commit."""
    subprocess.run(["git", "checkout", "-q", "-b", "change"], cwd=root, check=True)
    paths = sorted(root.glob("entries/*/*.yaml"))
    for path in random.Random(3).sample(paths, count):
        path.write_text(path.read_text().replace("how: pytest", "how: pytest -q", 1))
    subprocess.run([*GIT, "commit", "-qam", "Edit entries"], cwd=root, check=True)


def project(folder: Path, entries: int, commits: int, changed: int) -> Path:
    """A made base in ``folder`` with a branch that changes some of it."""
    root = folder / f"project{entries}"
    make(root, entries, commits)
    change(root, changed)
    return root


def processes(root: Path, *options: str) -> int:
    """Git processes of one run of check, as git's own trace counts them."""
    trace = root.with_suffix(".trace")
    subprocess.run(
        [*CHECK, *options],
        cwd=root,
        env={**os.environ, "GIT_TRACE2_EVENT": str(trace)},
        stdout=subprocess.DEVNULL,
        check=False,
    )
    count = sum('"event":"start"' in line for line in trace.read_text().splitlines())
    trace.unlink()
    return count


def git(root: Path) -> float:
    """Seconds of what git takes to tell the change."""
    return timed("git", "status", cwd=root) + timed("git", "diff", "--name-status", "main", cwd=root)


def measured(root: Path, cache: Path, runs: int) -> "dict[str, list[float]]":
    """Seconds of each run, by what was run."""

    def cold() -> float:
        shutil.rmtree(cache, ignore_errors=True)
        return timed(*CHECK, "--base", "main", cwd=root, check=False)

    tasks: dict[str, Callable[[], float]] = {
        "git status + git diff": lambda: git(root),
        "change, base unknown": cold,
        "change, base known": lambda: timed(*CHECK, "--base", "main", cwd=root, check=False),
        "parse the files": lambda: timed(sys.executable, "-c", PARSE, cwd=root),
        "whole base": lambda: timed(*CHECK, cwd=root, check=False),
    }
    found: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(runs):
        for name, task in tasks.items():
            found[name].append(task())
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("entries", 5000), ("commits", 15000), ("changed", 20), ("runs", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        os.environ["XDG_CACHE_HOME"] = str(cache)
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package is compiled once
        root = project(Path(folder), options.entries, options.commits, options.changed)
        small = project(Path(folder), options.entries // 5, options.commits // 5, options.changed)
        seconds = {name: statistics.median(all_) for name, all_ in measured(root, cache, options.runs).items()}
        print(f"{options.entries} entries, {options.commits} commits, {options.changed} entries changed")
        for name, beside in (
            ("git status + git diff", ""),
            ("change, base known", "git status + git diff"),
            ("change, base unknown", "parse the files"),
            ("parse the files", ""),
            ("whole base", "parse the files"),
        ):
            ratio = f"   {seconds[name] / seconds[beside]:.2f} times {beside}" if beside else ""
            print(f"{name:22} {seconds[name]:7.3f} s{ratio}")
        for name, asked in (("change, base known", ("--base", "main")), ("whole base", ())):
            for where in (small, root):  # the first run makes the base known
                processes(where, *asked)
            print(f"git processes, {name}: {processes(small, *asked)} with a fifth of it, {processes(root, *asked)}")


if __name__ == "__main__":
    main()
