"""Text of a Markdown document -> blocks; every line belongs to exactly one of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["front", "heading", "rule", "fence", "table", "item", "quote", "paragraph", "html", "links", "blank"]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the document: its lines from ``first`` to ``last``, counted from 1."""

    kind: Kind
    first: int
    last: int
    lines: tuple[str, ...]
    level: int = 0
    """Level of a heading from 1; depth of a list item in blanks."""
    text: str = ""
    """Text of a heading; of an item without its mark."""
    checked: bool | None = None
    """State of the item's checkbox."""
    number: str = ""
    """Number of an item of an ordered list."""

    @property
    def source(self) -> str:
        """The lines as they stand."""
        return "\n".join(self.lines)


_FENCE = re.compile(r"^([ \t]*)(`{3,}|~{3,})([^`]*)$")
_ATX = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_RULE = re.compile(r"^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|[=─━═]{3,}[ \t]*)$")
_ITEM = re.compile(
    r"^([ \t]*)([-*+•‣]|\d{1,4}[.)、]|[a-z]\)|[①-⑳])([ \t]+|(?<=、))(?:\[([ xX✓✔-])\](?=[ \t]|$))?[ \t]*(.*)$"
)
_BARE_ITEM = re.compile(r"^[ \t]*[-*+][ \t]*$")
_BOX = {" ": False, "x": True, "X": True, "✓": True, "✔": True, "-": False}
_TABLE = re.compile(r"^[ \t]*\|.*\|[ \t]*$|^[^|]+\|[^|]+")
_TABLE_RULE = re.compile(r"^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_LINK = re.compile(r"^ {0,3}\[[^\]]+\]:[ \t]*\S+")
_HTML = re.compile(r"^ {0,3}<(?:!--|/?[A-Za-z][A-Za-z0-9-]*(?:[ \t/>]|$))")
_HTML_HEADING = re.compile(r"^ {0,3}<h([1-6])(?:\s[^>]*)?>(.*?)</h\1>\s*$", re.IGNORECASE)
_KEY = re.compile(r"^[\w][\w .-]*:(?:[ \t]|$)")


def blocks(text: str) -> list[Block]:
    """The blocks of ``text`` in order; blank lines are blocks of their own."""
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return list(_Reader(lines).read())


class _Reader:
    """Goes through the lines once."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.at = 0
        self.item = -1
        """Where the text of the open list item begins; -1 outside of a list."""
        self.front = True
        """Whether front matter may still come: nothing but headings and blank lines stood so far."""

    def read(self) -> Iterator[Block]:
        while self.at < len(self.lines):
            block = self._next(self.lines[self.at])
            if block.kind not in {"blank", "heading"}:
                self.front = False
            if block.kind in {"heading", "rule", "front"} or (block.kind != "blank" and self._outdented(block)):
                self.item = -1
            if block.kind == "item":
                self.item = block.level
            yield block

    def _outdented(self, block: Block) -> bool:
        first = block.lines[0]
        return block.kind != "item" and len(first) - len(first.lstrip()) <= self.item

    def _next(self, line: str) -> Block:
        if not line.strip():
            return self._take(1, "blank")
        if self.front and line.rstrip() == "---" and (end := self._front_end()):
            return self._take(end - self.at + 1, "front")
        for test in (self._fence, self._heading, self._simple, self._list, self._runs):
            if (block := test(line)) is not None:
                return block
        return self._paragraph()

    def _take(self, count: int, kind: Kind, **more: object) -> Block:
        start = self.at
        self.at += count
        return Block(kind, start + 1, start + count, tuple(self.lines[start : start + count]), **more)  # type: ignore[arg-type]

    def _front_end(self) -> int:
        """Index of the line that closes the front matter opened here; 0 where this is only a rule."""
        keys = 0
        for index in range(self.at + 1, min(len(self.lines), self.at + 200)):
            line = self.lines[index]
            if line.rstrip() in {"---", "..."}:
                return index if keys else 0
            if _KEY.match(line):
                keys += 1
            elif line.startswith(("#", "**")) or (not keys and line.strip()):
                return 0
        return 0

    def _fence(self, line: str) -> Block | None:
        mark = _FENCE.match(line)
        if mark is None:
            return None
        for index in range(self.at + 1, len(self.lines)):
            end = _FENCE.match(self.lines[index])
            if end and end[2].startswith(mark[2]) and not end[3].strip():
                return self._take(index - self.at + 1, "fence", level=len(mark[1]), text=mark[3].strip())
        return self._take(len(self.lines) - self.at, "fence", level=len(mark[1]), text=mark[3].strip())

    def _heading(self, line: str) -> Block | None:
        if atx := _ATX.match(line):
            return self._take(1, "heading", level=len(atx[1]), text=(atx[2] or "").strip())
        if html := _HTML_HEADING.match(line):
            text = re.sub(r"<[^<>]*>", " ", html[2]).strip()
            return self._take(1, "heading", level=int(html[1]), text=text)
        following = self.lines[self.at + 1] if self.at + 1 < len(self.lines) else ""
        under = _SETEXT.match(following)
        plain = not (_ITEM.match(line) or _TABLE.match(line) or line.lstrip().startswith((">", "|", "**")))
        if under and len(under[1]) >= 3 and plain and len(line) <= 120 and not _RULE.match(line):
            return self._take(2, "heading", level=1 if under[1][0] == "=" else 2, text=line.strip())
        return None

    def _simple(self, line: str) -> Block | None:
        if _RULE.match(line):
            return self._take(1, "rule")
        if _LINK.match(line):
            return self._take(1, "links")
        return None

    def _list(self, line: str) -> Block | None:
        if _BARE_ITEM.match(line):
            return self._take(1, "item", level=len(line) - len(line.lstrip()), text="")
        item = _ITEM.match(line)
        if item is None:
            return None
        count = 1
        while self._continues(self.at + count):
            count += 1
        rest = [self.lines[self.at + n].strip() for n in range(1, count)]
        text = "\n".join([item[5].rstrip(), *rest])
        number = item[2] if item[2] not in "-*+•‣" else ""
        depth = len(item[1].expandtabs(4))
        return self._take(count, "item", level=depth, text=text, checked=_BOX.get(item[4]), number=number)

    def _continues(self, index: int) -> bool:
        """Whether the line at ``index`` goes on with the paragraph or item above it."""
        if index >= len(self.lines):
            return False
        line = self.lines[index]
        if not line.strip() or line.lstrip().startswith(">"):
            return False
        return not (_FENCE.match(line) or _ATX.match(line) or _RULE.match(line) or _ITEM.match(line))

    def _runs(self, line: str) -> Block | None:
        """Tables, quotes and HTML: runs of lines of one look."""
        following = self.lines[self.at + 1] if self.at + 1 < len(self.lines) else ""
        if line.lstrip().startswith("|") or ("|" in line and "|" in following and _TABLE_RULE.match(following)):
            return self._take(self._run(lambda text: "|" in text), "table")
        if line.lstrip().startswith(">"):
            return self._take(self._run(lambda text: bool(text.strip()) and not _ATX.match(text)), "quote")
        if _HTML.match(line):
            if line.lstrip().startswith("<!--"):
                return self._take(self._until("-->"), "html")
            return self._take(self._run(lambda text: bool(text.strip())), "html")
        return None

    def _run(self, belongs: Callable[[str], bool]) -> int:
        count = 1
        while self.at + count < len(self.lines) and belongs(self.lines[self.at + count]):
            count += 1
        return count

    def _until(self, mark: str) -> int:
        for index in range(self.at, len(self.lines)):
            if mark in self.lines[index]:
                return index - self.at + 1
        return len(self.lines) - self.at

    def _paragraph(self) -> Block:
        count = 1
        while self._continues(self.at + count) and not self._starts(self.at + count):
            count += 1
        return self._take(count, "paragraph")

    def _starts(self, index: int) -> bool:
        """Whether a line ends the paragraph above although no blank line stands between."""
        line = self.lines[index]
        following = self.lines[index + 1] if index + 1 < len(self.lines) else ""
        return bool(
            line.lstrip().startswith("|")
            or _LINK.match(line)
            or (_SETEXT.match(following) and len(following.strip()) > 3)
        )
