"""Draws a tree of choices as SVG that follows the page's colours; text in it is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from causebook.markdown import Md

_PAD, _LINE = 14, 20
"""Pixels."""
_MOST_LINES = 4


_BRANCH, _LEAF, _BETWEEN = (230, 24), (430, 48), 60
"""Width in pixels and characters of a line, of the boxes on the left and on the right; pixels between them."""


def tree(groups: Sequence[tuple[str, Sequence[str]]], *, title: str) -> Md:
    """Boxes on the left, each joined by lines with its choices on the right."""
    parts: list[str] = []
    y, left, right = 1, _BRANCH[0], _BRANCH[0] + _BETWEEN
    for name, choices in groups:
        top, middles = y, []
        for choice in choices:
            box, height = _box("cb-why", _lines(choice, _LEAF[1]), right, y, _LEAF[0])
            parts.append(box)
            middles.append(y + height // 2)
            y += height + 8
        lines = _lines(name, _BRANCH[1])
        height = 2 * _PAD + _LINE * len(lines) - 4
        middle = (top + y - 8) // 2
        box, _ = _box("cb-symptom", lines, 1, middle - height // 2, left - 2)
        curves = (f'<path d="M{left} {middle}C{left + 30} {middle} {right - 30} {m} {right} {m}"/>' for m in middles)
        parts += [box, *curves]
        y = max(y, middle + height // 2) + 14
    return _figure(left + _BETWEEN + _LEAF[0] + 1, y, "".join(parts), title, "cb-chain cb-tree")


def _box(kind: str, lines: list[str], x: int, y: int, width: int) -> tuple[str, int]:
    """A box with text, and its height."""
    height = 2 * _PAD + _LINE * len(lines) - 4
    spans = "".join(
        f'<tspan x="{x + _PAD + 3}" dy="{0 if n == 0 else _LINE}">{escape(s)}</tspan>' for n, s in enumerate(lines)
    )
    rect = f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>'
    return f'{rect}<text x="{x + _PAD + 3}" y="{y + _PAD + 13}">{spans}</text>', height


def _figure(width: int, height: int, inner: str, title: str, kind: str) -> Md:
    return Md(
        f'<figure class="{kind}" data-search-exclude>\n<svg viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(title, quote=True)}">{inner}</svg>\n</figure>'
    )


def _lines(text: str, characters: int) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in text.split():
        if not line:
            line = word[:characters]
        elif len(line) + len(word) >= characters:
            lines.append(line)
            line = word[:characters]
        else:
            line = f"{line} {word}"
    lines.append(line)
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], f"{lines[_MOST_LINES - 1][: characters - 2]} …"]
    return lines
