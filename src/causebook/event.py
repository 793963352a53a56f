"""What a program's output can say: one thing that happened, and how surely it was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Origin = Literal["exception", "warning", "handler", "unraisable", "summary", "text", "log"]
"""From the surest to the least sure: what stands alone in a line, ``text``, may only have been printed."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    origin: Origin
    type: str
    """Class of the exception or warning by its last name; empty where there is none."""
    message: str
    """Its text, perhaps of several lines."""
    line: int
    """Line of the output where it stands, from 1."""
    frames: tuple[str, ...] = ()
    """Where it came from, the outermost first: ``asyncio/base_events.py:run_forever``."""
    header: str = ""
    """The line above its traceback, where that says something: ``Exception ignored in: …``."""
    chain: int = 0
    """Events with the same number are one chain of exceptions, or one group."""

    def __str__(self) -> str:
        """As Python would print it."""
        return f"{self.type}: {self.message}" if self.type and self.message else self.type or self.message
