"""Draws a chain of whys as an SVG that follows the page's colours; text in it is escaped."""

from __future__ import annotations

from collections.abc import Iterable
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
        lines = _lines(text)
        height = 2 * _PAD + _LINE * len(lines) - 4
        if previous:
            parts.append(f'<path d="M{_WIDTH // 2} {previous + 2}V{y - 4}" marker-end="url(#cb-arrow)"/>')
        parts.append(f'<rect class="{kind}" x="1" y="{y}" width="{_WIDTH - 2}" height="{height}" rx="6"/>')
        spans = "".join(
            f'<tspan x="{_PAD + 4}" dy="{0 if n == 0 else _LINE}">{escape(s)}</tspan>' for n, s in enumerate(lines)
        )
        parts.append(f'<text x="{_PAD + 4}" y="{y + _PAD + 13}">{spans}</text>')
        previous = y + height
        y = previous + _GAP
    arrow = (
        '<defs><marker id="cb-arrow" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto">'
        '<path d="M0 0L8 4L0 8z"/></marker></defs>'
    )
    return Md(
        f'<figure class="cb-chain" data-search-exclude>\n<svg viewBox="0 0 {_WIDTH} {previous + 2}" role="img" '
        f'aria-label="{escape(title, quote=True)}">{arrow}{"".join(parts)}</svg>\n</figure>'
    )


def _span(line: str, down: int) -> str:
    return f'<tspan x="{_PAD + 4}" dy="{down}">{escape(line)}</tspan>'


def _lines(text: str) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= _CHARACTERS:
            lines.append(word[:_CHARACTERS])
        else:
            lines[-1] = f"{lines[-1]} {word[:_CHARACTERS]}".lstrip()
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], f"{lines[_MOST_LINES - 1][: _CHARACTERS - 2]} …"]
    return lines
