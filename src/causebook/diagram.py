"""Draws a chain of whys and a tree of choices as SVG that follows the page's colours; text in it is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from causebook.markdown import Md

_WIDTH, _PAD, _LINE, _GAP, _CHARACTERS = 520, 14, 20, 30, 58
"""Pixels, and the characters that fit a line at 15 px."""
_MOST_LINES = 4


def chain(boxes: Iterable[tuple[str, str]], *, title: str) -> Md:
    """Boxes from top to bottom joined by arrows; each is ``(kind, text)``, its kind is its CSS class.

    A text longer than four lines is cut; the whole of it stands on the page as text.
    """
    parts: list[str] = []
    y, previous = 1, 0
    for kind, text in boxes:
        if previous:
            parts.append(f'<path d="M{_WIDTH // 2} {previous + 2}V{y - 4}" marker-end="url(#cb-arrow)"/>')
        box, height = _box(kind, _lines(text, _CHARACTERS), 1, y, _WIDTH - 2)
        parts.append(box)
        previous = y + height
        y = previous + _GAP
    arrow = (
        '<defs><marker id="cb-arrow" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto">'
        '<path d="M0 0L8 4L0 8z"/></marker></defs>'
    )
    return _figure(_WIDTH, previous + 2, arrow + "".join(parts), title, "cb-chain")


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
