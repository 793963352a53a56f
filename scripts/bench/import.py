"""Import of 1,000 generated write-ups, beside merely parsing them as Markdown.

    python scripts/bench/import.py [--documents 1000] [--runs 3]

Every figure is a whole process, the runs alternate, the medians are compared. ``import --dry-run`` reads, understands
and accounts for every line, and writes nothing; the other one writes the entries into an empty folder. The libraries
parse each document to tokens (markdown-it-py) or to HTML (Python-Markdown); ``causebook.markdown`` finds headings and
fences only. TMPDIR names the folder to work in: one in memory (/dev/shm) keeps the disk out of the figures.
"""

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the name by which mypy finds it
    from bench.corpus import WORDS, sentence
else:
    from corpus import WORDS, sentence

TITLES = ("Root cause", "What happened", "Resolution", "Lessons learned", "Impact", "What was tried", "Next steps")
WRAPPER = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
took = time.perf_counter() - start
print(json.dumps([took, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.returncode]))
"""
PARSERS = {
    "markdown-it-py": "from markdown_it import MarkdownIt\nparse = MarkdownIt('commonmark').enable('table').parse",
    "Python-Markdown": "import markdown\nparse = markdown.Markdown(extensions=['extra']).convert",
    "causebook.markdown": (
        "from causebook import markdown\nparse = lambda t: (list(markdown.headings(t)), list(markdown.fences(t)))"
    ),
}
LOOP = "\nimport pathlib\nfor path in sorted(pathlib.Path('docs').glob('*.md')):\n    parse(path.read_text('utf-8'))\n"


def write_up(number: int, rng: random.Random) -> str:
    """A post-mortem of some 6 KB: sections, lists, a traceback, a table, a log of moments."""
    day = f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}"
    out = [
        f"# Incident: {sentence(rng, 6)[:-1]} {number}",
        f"**Date:** {day} | **Status:** Resolved",
        "## Error",
        "```",
    ]
    out += ["Traceback (most recent call last):"]
    out += [f'  File "src/part{n}/module.py", line {n * 7}, in call_{n}' for n in range(12)]
    out += [f"RuntimeError: {sentence(rng, 8)}", "```"]
    for title in TITLES:
        out += ["", f"## {title}", "", " ".join(sentence(rng, 12) for _ in range(5)), ""]
        out += [f"- {sentence(rng, 14)} `src/{rng.choice(WORDS)}.py:{n + 3}`" for n in range(5)]
    out += ["", "## Timeline", "| Time | Event |", "|---|---|"]
    out += [f"| {day} 10:{n:02} | {sentence(rng, 10)} |" for n in range(8)]
    out += ["", "## Commits", *(f"- `{rng.getrandbits(40):010x}` {sentence(rng, 6)}" for _ in range(3))]
    return "\n".join(out) + "\n"


def measured(command: "list[str]", root: Path) -> "tuple[float, float]":
    """Seconds and peak memory in MB of a command; it has to succeed."""
    done = subprocess.run(
        [sys.executable, "-c", WRAPPER, *command], cwd=root, capture_output=True, text=True, check=True
    )
    took, memory, code = json.loads(done.stdout)
    if code:
        raise SystemExit(f"{command[:4]} ended with {code}: {done.stderr[-500:]}")
    return took, memory / (1e6 if sys.platform == "darwin" else 1e3)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    rng = random.Random(7)
    verb = [sys.executable, "-m", "causebook", "import", "docs"]
    commands = {f"parse, {name}": [sys.executable, "-c", code + LOOP] for name, code in PARSERS.items()}
    commands |= {"import --dry-run": [*verb, "--dry-run"], "import": verb, "import again": verb}
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "docs").mkdir()
        (root / "causebook.toml").write_text("", encoding="utf-8")
        for number in range(options.documents):
            (root / "docs" / f"{number:04}.md").write_text(write_up(number, rng), encoding="utf-8")
        size = sum(path.stat().st_size for path in (root / "docs").glob("*.md")) / 1e6
        for _ in range(options.runs):
            shutil.rmtree(root / "entries", ignore_errors=True)
            for name, command in commands.items():
                figures[name].append(measured(command, root))
    print(f"{options.documents} documents, {size:.1f} MB; median of {options.runs} runs")
    base = statistics.median(took for took, _ in figures["parse, markdown-it-py"])
    for name, runs in figures.items():
        took, memory = statistics.median(t for t, _ in runs), statistics.median(m for _, m in runs)
        print(f"{name:26} {took:6.2f} s  {size / took:6.2f} MB/s  {memory:5.0f} MB  ratio {took / base:.2f}")


if __name__ == "__main__":
    main()
