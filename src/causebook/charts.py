"""Draws bar charts as SVG files that are light or dark as the page is; only this file imports pygal."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from dataclasses import asdict, dataclass
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MOST_SERIES = 7
"""As many colours as can be told apart, in both schemes."""
LIGHT = ("#ffffff", "#1f2328", "#59636e", "#d1d9e0",
         "#3451b2", "#b3261e", "#1b6e35", "#8a5300", "#7b3fa0", "#0b6b74", "#5f6b7a")  # fmt: skip
"""Background, text, faint text, lines, and a colour for each series; contrast is held by a test."""
DARK = ("#1e2129", "#e6e8ee", "#a9b0bd", "#434a59",
        "#91a7ff", "#ff9d94", "#7bd99a", "#f4bd62", "#d0a5f0", "#6fd3dc", "#aab4c0")  # fmt: skip
"""The same where the page, or the reader's system, is dark; the background is that of Material's dark scheme."""
_DRAWING = 1
"""Raised when the same data has to be drawn anew though size and style are the same."""
_WIDTH, _BAR, _FRAME = 420, 26, 64
"""Units of the drawing: a phone of 320 pixels shows it at two thirds, where text of 14 can still be read."""
_LEGEND = {1: 20, 2: 26}
"""Height of a row of the legend, by its columns."""
_NUMBER = re.compile(r"-?\d+\.\d+")
_STAMP = re.compile(rb"<!-- made of ([0-9a-f]{64}), is ([0-9a-f]{64}) -->\n\Z")


@dataclass(frozen=True)
class Bars:
    """A bar chart: for each label the numbers of the series, stacked unless ``grouped``."""

    title: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[int, ...]], ...]
    """Name and one number a label; at most ``MOST_SERIES``."""
    lying: bool = False
    """Whether the bars lie: for labels that are words."""
    grouped: bool = False

    @cached_property
    def digest(self) -> str:
        """What the drawing depends on."""
        return hashlib.sha256(json.dumps([_DRAWING, _STYLE, size(self), asdict(self)]).encode()).hexdigest()


def draw(chart: Bars, drawn: bytes | None = None) -> str:
    """The chart as a file; ``drawn``, the file that is there, is kept when it shows this data and nobody changed it.

    So drawing costs only where something new is to be seen, and a file drawn by another version of the library stands.
    """
    if drawn is not None and (stamp := _STAMP.search(drawn)):
        body = drawn[: stamp.start()]
        if stamp[1].decode() == chart.digest and stamp[2].decode() == hashlib.sha256(body).hexdigest():
            return drawn.decode("utf-8")
    text = f"{_svg(chart)}\n"
    return f"{text}<!-- made of {chart.digest}, is {hashlib.sha256(text.encode()).hexdigest()} -->\n"


def _pygal() -> ModuleType:
    """The library, imported only here: that takes as long as a hundred pages take to render."""
    import pygal

    # It looks into every later import for maps of its own, in a way that Python 3.11 warns of.
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]
    return pygal  # type: ignore[no-any-return]


def _svg(chart: Bars) -> str:
    from xml.etree import ElementTree as ET

    pygal = _pygal()
    pygal.etree.etree.to_etree()  # what it writes must not depend on whether lxml is there as well
    kind = {
        (False, False): pygal.StackedBar, (True, False): pygal.HorizontalStackedBar,
        (False, True): pygal.Bar, (True, True): pygal.HorizontalBar,
    }[chart.lying, chart.grouped]  # fmt: skip
    plot = kind(_settings(chart))
    # A lying chart is read from the top, and pygal draws it from the bottom.
    plot.x_labels = chart.labels[::-1] if chart.lying else chart.labels
    for name, numbers in chart.series:
        plot.add(name, list(numbers[::-1] if chart.lying else numbers))
    root = plot.render_tree()
    _clean(root)
    root.set("role", "img")
    root.set("aria-label", chart.title)
    for place, (name, text) in enumerate((("title", chart.title), ("style", _STYLE))):
        child = ET.Element(name)
        child.text = text
        root.insert(place, child)
    return ET.tostring(root, encoding="unicode")


def size(chart: Bars) -> tuple[int, int]:
    """Width and height of the drawing."""
    bars = len(chart.labels) * (len(chart.series) if chart.grouped else 1)
    return _WIDTH, (_FRAME + max(_BAR * bars, 2 * _BAR) if chart.lying else 250) + _LEGEND[_columns(chart)] * _legend(
        chart
    )


def _legend(chart: Bars) -> int:
    """Rows of the legend; one series needs none."""
    return -(-len(chart.series) // _columns(chart)) if len(chart.series) > 1 else 0


def _columns(chart: Bars) -> int:
    """Two where the names fit beside each other: the legend is as wide as the bars, and labels take from that."""
    labels = max((len(label) for label in chart.labels), default=0) if chart.lying else 0
    return 2 if labels <= 14 and all(len(name) <= 16 for name, _ in chart.series) else 1


def _settings(chart: Bars) -> Any:
    import pygal

    width, height = size(chart)
    return pygal.Config(
        width=width, height=height, margin=8,
        margin_bottom=8 + 8 * _legend(chart) * (_columns(chart) - 1),  # pygal leaves too little for the second row on
        no_prefix=True, disable_xml_declaration=True, explicit_size=True, js=(), css=(), style=_style(),
        show_legend=len(chart.series) > 1, legend_at_bottom=True, legend_at_bottom_columns=_columns(chart),
        legend_box_size=12, truncate_legend=48, truncate_label=30,
        x_labels_major_every=1 if chart.lying else -(-len(chart.labels) // 5), show_minor_x_labels=chart.lying,
        formatter=lambda value: str(round(value)), min_scale=2, max_scale=6,
        range=(0, max(4, _highest(chart))), print_values=False,
    )  # fmt: skip


def _highest(chart: Bars) -> int:
    columns = list(zip(*(numbers for _, numbers in chart.series), strict=True))
    return max((max(c) if chart.grouped else sum(c) for c in columns), default=0)


def _style() -> Any:
    from pygal.style import Style

    return Style(label_font_size=14, major_label_font_size=14, legend_font_size=14)  # by which it leaves room for text


_DROPPED = {"script", "style", "desc", "title", "defs"}
"""What pygal adds for its tooltips and its own look."""


def _clean(element: Element) -> None:
    """Take out what is not drawn: scripts, styles, comments with the date, what only a script would show."""
    for child in list(element):
        # A comment has a function as its tag.
        name = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else "comment"
        overlay = child.get("class", "") in {"plot overlay", "plot text-overlay", "plot tooltip-overlay"}
        if name in _DROPPED or name == "comment" or overlay:
            element.remove(child)
        else:
            _clean(child)
    for needless in ("style", "onclick", "id"):
        element.attrib.pop(needless, None)
    for name, value in element.attrib.items():
        element.set(name, _NUMBER.sub(lambda m: f"{float(m[0]):.1f}".removesuffix(".0"), value))


def _colours(scheme: tuple[str, ...]) -> str:
    background, text, faint, line, *series = scheme
    bars = "".join(f".color-{n}{{fill:{colour}}}" for n, colour in enumerate(series))
    return (
        f".graph>.background{{fill:{background}}}text{{fill:{text}}}.axis text{{fill:{faint}}}"
        f".line{{stroke:{line}}}.rect{{stroke:{background}}}{bars}"
    )


_STYLE = (
    "text{font:14px system-ui,sans-serif}.plot>.background{fill:none}.line{fill:none}.rect{stroke-width:1.5}"
    ".axis.x text{text-anchor:middle}.axis.x text[transform]{text-anchor:start}.axis.y text{text-anchor:end}"
    ".centered,.title{text-anchor:middle}"
    ".vertical .axis.x .guide,.horizontal .axis.y .guide{display:none}"
    f"{_colours(LIGHT)}@media (prefers-color-scheme:dark){{{_colours(DARK)}}}"
)
