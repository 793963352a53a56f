"""The few words that made-up texts consist of where only their length matters; ``corpus.py`` has a real vocabulary."""

import random

WORDS = [
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
    "timeout",
    "deploy",
    "schema",
]


def sentence(rng: random.Random, count: int) -> str:
    """Some words that look like a sentence."""
    return " ".join(rng.choice(WORDS) for _ in range(count)).capitalize() + "."
