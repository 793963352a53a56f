"""An entry in the making: its pieces, its data, and the lines each field was read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from causebook.importers._pieces import Piece, distinct, joined, runs


@dataclass(slots=True)
class Draft:
    """An entry in the making."""

    kind: str
    title: str
    pieces: list[Piece]
    day: str | None
    data: dict[str, Any] = field(default_factory=dict)
    used: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """Receipts: the lines of each field."""
    path: tuple[str, ...] = ()
    kept: set[int] = field(default_factory=set)
    """Lines that stand in notes already."""
    stated: str = ""
    """The status that the document states as a whole."""
    unsolved: bool = False
    """Whether the document says that what is to show the failure mended is still open."""

    beside: list[Piece] = field(default_factory=list)
    """Of the incident of a session: the pieces of the session, which may quote its errors."""

    def of(self, *names: str) -> list[Piece]:
        """The pieces of these fields."""
        return [p for p in self.pieces if p.field in names and (p.text.strip() or p.raw.strip())]

    def put(self, name: str, value: Any, pieces: list[Piece]) -> None:
        """Set a field, if there is something to set, with the lines it was read from."""
        if value:
            held = self.data.get(name)
            self.data[name] = held + value if isinstance(held, list) and isinstance(value, list) else value
            self.used.setdefault(name, []).extend((p.first, p.last) for p in pieces)

    def keep(self, pieces: list[Piece]) -> None:
        """Keep pieces verbatim under their headings."""
        for run in runs([p for p in pieces if p.raw.strip() and p.first not in self.kept]):
            text = joined(distinct(run), raw=True)
            self.kept.update(p.first for p in run)
            heading = " > ".join(run[0].path[-3:])[:480].strip()
            if text:
                self.put("notes", [{**({"heading": heading} if heading else {}), "text": text}], run)
