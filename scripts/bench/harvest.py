"""Harvest of 1,000 entries with 3,000 commit links, beside merely parsing the files and one `git log`.

    python scripts/bench/harvest.py [--entries 1000] [--commits 3000] [--runs 5]

Every figure is a whole process in a new folder of its own. The baseline reads each file with PyYAML's C loader and runs
`git log` once; the ratio of medians is what to quote, the seconds are those of this machine. TMPDIR names the folder to
work in: one in memory (/dev/shm) keeps the disk out of the figures.
"""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the name by which mypy finds it
    from bench.corpus import WORDS, sentence
    from bench.timing import timed
else:
    from corpus import WORDS, sentence
    from timing import timed

BASELINE = """
import pathlib, subprocess, yaml
for path in pathlib.Path("entries").rglob("*.yaml"):
    yaml.load(path.read_bytes(), yaml.CSafeLoader)
subprocess.run(["git", "log", "--format=%H %P %an %aI %s"], stdout=subprocess.DEVNULL, check=True)
"""
PROCESSES = """
import pathlib
from causebook import kb, links
print(links.gather(kb.load(pathlib.Path("."))).processes)
"""


def history(root: Path, count: int, rng: random.Random) -> "list[str]":
    """A repository with ``count`` commits, made by one fast-import; their shas, the oldest first."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True)
    stream = []
    for n in range(count):
        message = f"fix: {sentence(rng, 6)} (#{n + 1})"
        stream.append(
            f"commit refs/heads/main\nmark :{n + 1}\ncommitter Dev <dev@example.org> {1700000000 + n * 600} +0000\n"
        )
        stream.append(f"data {len(message)}\n{message}\n")
        if n:
            stream.append(f"from :{n}\n")
        text = f"value = {n}\n"
        stream.append(f"M 100644 inline src/part{n % 40}/module{n % 300}.py\ndata {len(text)}\n{text}\n")
    subprocess.run(["git", "fast-import", "--quiet"], cwd=root, input="".join(stream).encode(), check=True)
    subprocess.run(["git", "reset", "-q", "--hard"], cwd=root, check=True)
    log = subprocess.run(
        ["git", "log", "--reverse", "--format=%H"], cwd=root, capture_output=True, text=True, check=True
    )
    return log.stdout.split()


def entry(number: int, shas: "list[str]", rng: random.Random, pull: int = 1) -> "tuple[str, str]":
    """Id and text of an incident of some 5 KB, as long as real ones are."""
    day = f"20{20 + number % 6}-{number % 12 + 1:02}-{number % 28 + 1:02}"
    identity = f"{day}-{rng.choice(WORDS)}-{rng.choice(WORDS)}-{number:04x}"
    whys = "".join(f"  - why: Why {sentence(rng, 8)}\n    because: {sentence(rng, 18)}\n" for _ in range(5))
    attempts = "".join(
        f"  - id: A{n}\n    hypothesis: {sentence(rng, 15)}\n    action: {sentence(rng, 20)}\n    outcome: failed\n"
        f"    learned: {sentence(rng, 20)}\n"
        for n in range(4)
    )
    commits = "".join(
        f"  - {{sha: {sha}, role: {role}}}\n"
        for sha, role in zip(shas, ("introduced", "fixed", "mentioned"), strict=False)
    )
    trace = "".join(f'        File "src/part{n}/module.py", line {n * 7}, in call_{n}\n' for n in range(12))
    paragraphs = "\n\n".join(f"    {sentence(rng, 60)}" for _ in range(2))
    text = f"""\
id: {identity}
kind: incident
title: {sentence(rng, 7)[:-1]} {number}
status: resolved
severity: sev{number % 4 + 1}
components: [{rng.choice(WORDS)}]
tags: [{rng.choice(WORDS)}, {rng.choice(WORDS)}2]
summary: {sentence(rng, 30)}
symptom:
  description: |
{paragraphs}
  errors:
    - text: |
        Traceback (most recent call last):
{trace}        RuntimeError: {sentence(rng, 8)}
timeline:
  - {{at: {day}T09:00:00Z, event: started}}
  - {{at: {day}T12:00:00Z, event: resolved, note: {sentence(rng, 10)[:-1]}}}
five_whys:
{whys}causes:
  - role: root
    description: {sentence(rng, 30)}
attempts:
{attempts}fix:
  kind: fix
  description: {sentence(rng, 40)}
  pr: {pull}
  verification:
    how: pytest tests/test_{rng.choice(WORDS)}.py
lessons:
  - rule: {sentence(rng, 14)}
    applies_when: {sentence(rng, 12)}
commits:
{commits}"""
    return identity, text


def make(root: Path, entries: int, commits: int) -> None:
    """A repository with entries that link to its commits, three each when there are three times as many."""
    rng = random.Random(7)
    shas = history(root, commits, rng)
    each = max(1, commits // entries)
    for number in range(entries):
        start = number * each % len(shas)
        identity, text = entry(number, shas[start : start + min(each, 3)], rng, (start + 1) % len(shas) + 1)
        path = root / "entries" / identity[:4] / f"{identity}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    subprocess.run(
        ["git", "-c", "user.name=Dev", "-c", "user.email=d@example.org", "commit", "-qm", "entries"],
        cwd=root,
        check=True,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1000)
    parser.add_argument("--commits", type=int, default=3000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    harvest = [sys.executable, "-m", "causebook", "harvest"]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        make(root, options.entries, options.commits)
        size = sum(p.stat().st_size for p in root.glob("entries/*/*.yaml"))
        base, cold, again, edited = [], [], [], []
        for run in range(options.runs):
            base.append(timed(sys.executable, "-c", BASELINE, cwd=root))
            if (
                run
            ):  # moved, not deleted: ext4 is slow to reuse inodes freed a moment ago, which is not what is measured
                (root / "kb").rename(root.with_name(f"{root.name}-kb{run}"))
            cold.append(timed(*harvest, cwd=root))
            again.append(timed(*harvest, cwd=root))
            before = {p: p.stat().st_mtime_ns for p in root.glob("kb/records/**/*") if p.is_file()}
            path = min(root.glob("entries/*/*.yaml"))
            path.write_text(path.read_text().replace("how: pytest", f"how: pytest -v{run}", 1))
            edited.append(timed(*harvest, cwd=root))
            written = sum(p.stat().st_mtime_ns != before.get(p) for p in root.glob("kb/records/**/*") if p.is_file())
        processes = subprocess.run(
            [sys.executable, "-c", PROCESSES], cwd=root, capture_output=True, text=True, check=True
        )
    median = statistics.median
    print(f"{options.entries} entries, {size / 1e6:.1f} MB, {options.commits} commits; median of {options.runs} runs")
    print(f"parse the files + git log   {median(base):6.2f} s")
    for name, times in (
        ("harvest, cold", cold),
        ("harvest, nothing changed", again),
        ("harvest, one entry edited", edited),
    ):
        print(f"{name:27} {median(times):6.2f} s   ratio {median(times) / median(base):.2f}")
    print(f"{options.entries / median(cold):.0f} entries/s cold; {written} pages written after one edit")
    print(f"git processes: {processes.stdout.strip()}")


if __name__ == "__main__":
    main()
