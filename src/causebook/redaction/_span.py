"""A place in a text, and what stands there."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """From ``start`` to before ``end``: something of a kind."""

    start: int
    end: int
    kind: str
