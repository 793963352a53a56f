"""A page that harvest wrote, as text: its parts, lists and tables, and what stood there before it was escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

MARK = "---\ngenerated: causebook\n"
"""How a page of harvest begins."""
_FACTS = re.compile(r'<p class="cb-facts">.*?<span>(incident|session) of (\d{4}-\d{2}-\d{2})</span>', re.DOTALL)
_FENCE = re.compile(r"^(`{3,})(.*)$")
_BOLD = re.compile(
    r"^\*\*(Set off by|Impact|Noticed|Shown to work by|Result|Wanted|Outcome|When and where)([^*]*)\*\* ?"
)
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]<>&|~^$@])|&(?:#\d{1,6}|[a-z]{2,5});")
_TAG = re.compile(r"<[^>]*>")
_EVIDENCE = re.compile(r"(?: \[[^\]]+\]\(#[\w-]+\))+$")
_ITEM = re.compile(r"^(?:-|\d+\.) (.*)$")


@dataclass(slots=True)
class Part:
    """Lines of the page under one heading or bold label; ``key`` is the heading, or the label with its stars."""

    key: str
    first: int
    lines: list[str] = field(default_factory=list)
    label: str = ""
    """What a bold label says behind its first words."""

    @property
    def last(self) -> int:
        """Number of its last line."""
        return self.first + len(self.lines) - 1


@dataclass(frozen=True, slots=True)
class Code:
    """A fenced block: its title and its text."""

    title: str
    text: str


def facts(text: str) -> tuple[str, str] | None:
    """Kind and day of the entry that a page shows; None where it is no page of an entry."""
    found = _FACTS.search(text) if text.startswith(MARK) else None
    return (found[1], found[2]) if found else None


def fence_after(mark: str, line: str) -> str:
    """The mark of the fence that is open behind ``line``, where ``mark`` is that of the one open before it."""
    if mark:
        return "" if line == mark else mark
    found = _FENCE.match(line)
    return found[1] if found else ""


def parts(lines: list[str]) -> Iterator[Part]:
    """The parts of a page in order; the first one is what stands above the first heading."""
    part, heading, mark = Part("", 1), "", ""
    for number, line in enumerate(lines, 1):
        before, mark = mark, fence_after(mark, line)
        if before or mark:
            part.lines.append(line)
            continue
        bold = _BOLD.match(line)
        if line.startswith("## ") or bold:
            yield part
            heading = heading if bold else line[3:]
            part = Part(f"**{bold[1]}" if bold else line[3:], number)
            part.label = bold[2] if bold else ""
            part.lines.append(line[bold.end() :] if bold else "")
        elif part.key.startswith("**") and (line.startswith(("|", "Regression tests: <code>"))):
            yield part
            part = Part(heading, number, [line])
        else:
            part.lines.append(line)
    yield part


def shown(text: str) -> str:
    """A line of a page as it was before ``markdown.escape``: tags are ours and go."""
    return _ESCAPED.sub(lambda m: m[1] or html.unescape(m[0]).replace("\xa0", " "), _TAG.sub("", text)).strip(" ")


def told(lines: Iterable[str]) -> str:
    """Lines as they were before ``markdown.block``."""
    out = []
    for line in lines:
        bare = _EVIDENCE.sub("", line.strip())
        depth = re.match(r"(?:&nbsp;)*", bare)
        indent = " " * (len(depth[0]) // 6 if depth else 0)
        out.append(indent + shown(bare[len(indent) * 6 :]))
    return "\n".join(out).strip()


def moment_of(text: str) -> str:
    """A date as the entry has it: pages show it as people write it, and keep it in ``<time>``."""
    found = re.search(r'<time datetime="([^"]*)">', text)
    return shown(found[1]) if found else shown(text)


_OWN = {'<div class="cb-glance"': "</div>", "<figure": "</figure>", "## Since then": "## ", "## Who else": "## "}
"""Where what a page derives begins, and the line that it ends with, or before, where that is a heading."""


def derived(lines: list[str]) -> set[int]:
    """Numbers of the lines that a page derives from dates, from git and from other entries."""
    found: set[int] = set()
    end = mark = ""
    for number, line in enumerate(lines, 1):
        before, mark = mark, fence_after(mark, line)
        if before or mark:
            continue
        if end == "## " and line.startswith(end):
            end = ""
        if end or (begin := next((start for start in _OWN if line.startswith(start)), "")):
            found.add(number)
            end = "" if line == end else end or _OWN[begin]
    return found


def blocks(lines: Iterable[str]) -> Iterator[list[str] | Code]:
    """Runs of text and fenced blocks in order."""
    run: list[str] = []
    mark, title = "", ""
    for line in lines:
        fence = _FENCE.match(line)
        if mark and line == mark:
            yield Code(title, "\n".join(run))
            mark, run = "", []
        elif fence and not mark:
            if any(one.strip() for one in run):
                yield run
            named = re.search(r'title="([^"]*)"', fence[2])
            mark, title, run = fence[1], named[1] if named else "", []
        else:
            run.append(line)
    if any(one.strip() for one in run):
        yield run


def items(lines: Iterable[str]) -> list[list[str]]:
    """The items of a list, each as its lines; what stands above the first one is left out."""
    found: list[list[str]] = []
    inside = False
    for line in lines:
        if mark := _ITEM.match(line):
            found.append([mark[1]])
            inside = True
        elif inside and (line.startswith("    ") or not line.strip()):
            found[-1].append(line[4:])
        else:
            inside = False  # text at the margin ends the item above
    return found


def rows(lines: Iterable[str]) -> list[list[str]]:
    """The cells of each row of the tables in ``lines``, heads and rules left out."""
    tables = [line for line in lines if line.startswith("|")]
    found = []
    for index, line in enumerate(tables):
        rule = index + 1 < len(tables) and tables[index + 1].startswith("|---")
        if not rule and not line.startswith("|---"):
            found.append([cell.strip() for cell in line.strip()[1:-1].split("|")])
    return found


def code_of(text: str) -> str:
    """The text of the first inline code in ``text``."""
    found = re.search(r"<code>(.*?)</code>", text)
    return shown(found[1]) if found else ""
