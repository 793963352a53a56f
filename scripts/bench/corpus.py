"""Made-up incidents that read like real ones: a vocabulary with rare and common words, names, errors, paths and shas.

Always the same for one number. ``harvest.py`` beside it has entries of twelve words only, which is enough to measure
writing and useless to measure finding.
"""

import random
from dataclasses import dataclass
from pathlib import Path

CONSONANTS, VOWELS = "bcdfghklmnprstvz", "aeiou"
COMMON = [
    "pool",
    "loop",
    "session",
    "client",
    "engine",
    "lock",
    "queue",
    "cache",
    "worker",
    "fixture",
    "socket",
    "retry",
    "test",
    "service",
    "server",
    "request",
    "response",
    "timeout",
    "database",
    "connection",
    "handler",
    "message",
    "task",
    "thread",
    "process",
    "version",
    "config",
    "build",
    "deploy",
    "import",
    "module",
    "error",
    "failure",
    "value",
    "number",
    "table",
    "index",
    "key",
    "file",
    "path",
    "state",
    "order",
    "first",
    "second",
    "after",
    "before",
    "during",
    "because",
    "while",
]
WORDS = COMMON[:12]
"""The few that a text consists of where only its length matters."""
STATUSES = ("resolved", "resolved", "resolved", "closed", "closed", "investigating", "identified", "mitigated", "draft")
CLASSES = ("Error", "Exception", "Timeout", "Conflict", "Failure", "Refused", "Mismatch", "Overflow")


def sentence(rng: random.Random, count: int) -> str:
    """Some words that look like a sentence."""
    return " ".join(rng.choice(WORDS) for _ in range(count)).capitalize() + "."


@dataclass(frozen=True)
class Words:
    """What entries are made of."""

    plain: "tuple[str, ...]"
    weights: "tuple[float, ...]"
    packages: "tuple[str, ...]"


def words(rng: random.Random, count: int = 9000) -> Words:
    """``count`` words, the first of them as common as in a text of people (Zipf's law), and names of packages."""
    made = list(COMMON)
    held = set(made)
    while len(made) < count:
        word = "".join(rng.choice(CONSONANTS) + rng.choice(VOWELS) for _ in range(rng.choice((2, 3, 3, 4))))
        word += rng.choice(("", "", "n", "r", "s", "t"))
        if word not in held:
            held.add(word)
            made.append(word)
    weights = tuple(1 / (place + 8) for place in range(count))
    return Words(tuple(made), weights, tuple(made[60:360]))


class Maker:
    """Makes entries, one after the other."""

    def __init__(self, seed: int = 7) -> None:
        """The same ones for the same ``seed``."""
        self.rng = random.Random(seed)
        self.words = words(self.rng)
        plain = self.words.plain
        self.names = ["_".join(self.rng.choices(plain, k=self.rng.choice((2, 2, 3)))) for _ in range(4000)]

    def some(self, count: int) -> "list[str]":
        """Words, common ones more often."""
        return self.rng.choices(self.words.plain, self.words.weights, k=count)

    def sentence(self, count: int) -> str:
        """Words that look like a sentence."""
        return " ".join(self.some(count)).capitalize() + "."

    def name(self) -> str:
        """The name of one of 4,000 functions."""
        return self.rng.choice(self.names)

    def error(self) -> str:
        """A line such as ``vanori.errors.KeluTimeout: pool 17 is gone: mira_solat``."""
        rng = self.rng
        kind = "".join(rng.choice(self.words.plain).capitalize() for _ in range(2)) + rng.choice(CLASSES)
        path = f"{rng.choice(self.words.packages)}.{rng.choice(('errors', 'exc', 'core', 'client'))}."
        head = rng.choice(("", path, path)) + kind
        tail = rng.choice((f" [{rng.randint(10, 99999)}]", f": {self.name()}", f" 0x{rng.getrandbits(32):08x}", ""))
        return f"{head}: {' '.join(self.some(rng.randint(3, 8)))}{tail}"

    def path(self) -> str:
        """A file of some 4,000."""
        rng = self.rng
        package, part = rng.choice(self.words.packages[:60]), rng.choice(self.words.packages[:80])
        return rng.choice((f"src/{package}/{part}/{rng.choice(COMMON)}.py", f"tests/{package}/test_{part}.py"))

    def sha(self) -> str:
        """A sha of no commit."""
        return f"{self.rng.getrandbits(160):040x}"

    def entry(self, number: int) -> "tuple[str, str]":
        """Id and text of an incident of some 5 KB."""
        rng = self.rng
        day = f"20{18 + number % 9}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        title = f"{' '.join(self.some(4)).capitalize()} in {self.name()}"
        identity = f"{day}-{'-'.join(rng.choice(self.words.plain) for _ in range(3))}-{number:04x}"
        error, package = self.error(), rng.choice(self.words.packages)
        frames = "".join(
            f'        File "{self.path()}", line {rng.randint(1, 900)}, in {self.name()}\n          {self.name()}()\n'
            for _ in range(6)
        )
        whys = "".join(
            f"  - why: Why {self.sentence(8)}\n    because: {self.sentence(18)} {self.name()}\n" for _ in range(5)
        )
        attempts = "".join(
            f"  - id: A{n}\n    hypothesis: {self.sentence(15)}\n    action: {self.sentence(20)}\n"
            f"    outcome: failed\n    learned: {self.sentence(20)}\n"
            for n in range(3)
        )
        files = "".join(f"    - {{path: {path}}}\n" for path in {self.path() for _ in range(3)})
        text = f"""\
id: {identity}
kind: incident
title: {title}
status: {rng.choice(STATUSES)}
severity: sev{rng.randint(1, 4)}
components: [{package}]
tags: [{", ".join(sorted({rng.choice(self.words.packages[:80]) for _ in range(3)}))}]
keywords: [{self.name()}, {rng.choice(("ORA", "E", "CVE-2024", "TS"))}-{rng.randint(1000, 99999):05}]
summary: {self.sentence(30)}
symptom:
  description: {self.sentence(60)}
  errors:
    - text: |
        Traceback (most recent call last):
{frames}        {error}
five_whys:
{whys}causes:
  - role: root
    description: {self.sentence(30)} {package}.{self.name()}
attempts:
{attempts}fix:
  kind: fix
  description: {self.sentence(40)}
  pr: {number + 1}
  files:
{files}  verification:
    how: pytest {self.path()}
    result: {rng.randint(3, 900)} passed
lessons:
  - rule: {self.sentence(14)}
    applies_when: {self.sentence(12)}
commits:
  - {{sha: {self.sha()}, role: introduced}}
  - {{sha: {self.sha()}, role: fixed, note: {self.sentence(6)[:-1]}}}
"""
        return identity, text


def make(root: Path, count: int, seed: int = 7) -> None:
    """Write ``count`` entries below ``root``."""
    maker = Maker(seed)
    for number in range(count):
        identity, text = maker.entry(number)
        path = root / "entries" / identity[:4] / f"{identity}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
