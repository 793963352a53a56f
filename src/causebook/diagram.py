"""Draws a tree of choices as SVG that follows the page's colours; text in it is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from causebook.markdown import Md

_PAD, _LINE = 14, 20
"""Pixels."""
_MOST_LINES = 4
_BRANCH, _LEAF, _BETWEEN = (230, 24), (430, 48), 60
"""Width in pixels and characters of a line, of the boxes on the left and on the right; pixels between them."""
_ARC, _WIDER, _WIDEST = 26, 14, 110
"""Pixels by which the arrows on the right stand out: the shortest, each longer one, the longest."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A choice."""

    name: str
    text: str
    address: str
    """Where it leads, as a browser on the page needs it."""
    leads: tuple[str, ...] = ()
    """Names of the choices that come of it: an arrow to each."""


def tree(groups: Sequence[tuple[str, Sequence[Leaf]]], *, title: str) -> Md:
    """Boxes on the left, each joined by lines with its choices on the right, and arrows from choice to choice.

    ``title`` stands above. All of it has to be on the page as text and links as well: the drawing is hidden from who
    does not see it, and has no tab stops.
    """
    parts: list[str] = [f'<text x="1" y="16">{escape(title)}</text>']
    middles: dict[str, int] = {}
    y, left, right = 32, _BRANCH[0], _BRANCH[0] + _BETWEEN
    for name, choices in groups:
        top, held = y, []
        for leaf in choices:
            box, height = _box("cb-why", _lines(leaf.text, _LEAF[1]), right, y, _LEAF[0])
            # The old name of href: engines that rewrite addresses in HTML take href for a page beside the source.
            parts.append(f'<a xlink:href="{escape(leaf.address, quote=True)}" tabindex="-1">{box}</a>')
            middles[leaf.name] = y + height // 2
            held.append(middles[leaf.name])
            y += height + 8
        lines = _lines(name, _BRANCH[1])
        height = 2 * _PAD + _LINE * len(lines) - 4
        # A box that is higher than its choices moves down, so that it does not stand on the one above.
        middle = max((top + y - 8) // 2, top + height // 2)
        box, _ = _box("cb-symptom", lines, 1, middle - height // 2, left - 2)
        curves = (f'<path d="M{left} {middle}C{left + 30} {middle} {right - 30} {m} {right} {m}"/>' for m in held)
        parts += [box, *curves]
        y = max(y, middle + height // 2) + 14
    arrows = list(_arrows(groups, middles, right + _LEAF[0]))
    width = left + _BETWEEN + _LEAF[0] + (_WIDEST if arrows else 1)
    inner = "".join([_HEAD if arrows else "", *parts, *arrows])
    return Md(
        f'<figure class="cb-chain cb-tree" data-search-exclude aria-hidden="true">\n'
        f'<svg viewBox="0 0 {width} {y}">{inner}</svg>\n</figure>'
    )


_HEAD = (
    '<defs><marker id="cb-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path d="M0 0L8 4L0 8z"/></marker></defs>'
)


def _arrows(groups: Sequence[tuple[str, Sequence[Leaf]]], middles: dict[str, int], x: int) -> Iterator[str]:
    """Arrows on the right, from a choice to what comes of it; the longer one is, the further it stands out."""
    ends = [
        (middles[leaf.name], middles[other])
        for _, choices in groups
        for leaf in choices
        for other in leaf.leads
        if other in middles
    ]
    for rank, (start, end) in enumerate(sorted(ends, key=lambda pair: abs(pair[0] - pair[1]))):
        out = x + min(_ARC + _WIDER * rank, _WIDEST + 30)
        curve = f"M{x} {start}C{out} {start} {out} {end} {x + 2} {end}"
        yield f'<path class="cb-leads" d="{curve}" marker-end="url(#cb-arrow)"/>'


def _box(kind: str, lines: list[str], x: int, y: int, width: int) -> tuple[str, int]:
    """A box with text, and its height."""
    height = 2 * _PAD + _LINE * len(lines) - 4
    spans = "".join(
        f'<tspan x="{x + _PAD + 3}" dy="{0 if n == 0 else _LINE}">{escape(s)}</tspan>' for n, s in enumerate(lines)
    )
    rect = f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>'
    return f'{rect}<text x="{x + _PAD + 3}" y="{y + _PAD + 13}">{spans}</text>', height


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
