"""Markdown text: front matter and headings out of it, untrusted text into it; the only file that knows its syntax."""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markupsafe import Markup

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*\r?$\n?", re.DOTALL | re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")
_ATX = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")


class Md(Markup):
    """Text that is Markdown already; everything else is escaped when a template prints it.

    A kind of Markup, so that Jinja2 leaves it alone, and what macros and ``super()`` make of it as well.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its level from 1, its text, its line from 1."""

    level: int
    text: str
    line: int


def split_front_matter(text: str) -> tuple[str, int, str]:
    """Front matter (without its ``---`` lines), the number of lines before the body, and the body."""
    match = _FRONT.match(text)
    if not match:
        return "", 0, text
    return match[1], match[0].count("\n"), text[match.end() :]


def headings(text: str) -> Iterator[Heading]:
    """The ATX headings of ``text``; a ``#`` inside a fenced block is none."""
    for number, line in _outside_fences(text):
        if heading := _ATX.match(line):
            yield Heading(len(heading[1]), heading[2], number)


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block: its language, its ``title="…"``, its text, and the line from 1 on which the text begins."""

    language: str
    title: str
    text: str
    line: int


_TITLED = re.compile(r'(?:^|\s)title="([^"]*)"')


def fences(text: str) -> Iterator[Fence]:
    """The fenced blocks of ``text``; one that is not closed reaches to the end."""
    mark, head, start = "", "", 0
    body: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        found = _FENCE.match(line)
        if not mark:
            if found:
                mark, head, start, body = found[1], found[2].strip(), number + 1, []
        elif found and found[1].startswith(mark) and not found[2].strip():
            yield _fence(head, body, start)
            mark = ""
        else:
            body.append(line)
    if mark:
        yield _fence(head, body, start)


def _fence(head: str, body: list[str], start: int) -> Fence:
    title = _TITLED.search(head)
    return Fence(head.split(" ", 1)[0], title[1] if title else "", "".join(f"{line}\n" for line in body), start)


_SPECIAL = re.compile(r"[\\`*_{}\[\]<>&|~^$@]|==|\+\+|--|:(?=[A-Za-z0-9_+-]+:)|!(?=\[)|#$")
_ENTITIES = {
    "<": "&lt;",
    ">": "&gt;",
    "&": "&amp;",
    "|": "&#124;",
    "~": "&#126;",
    "^": "&#94;",
    "$": "&#36;",
    "@": "&#64;",
    ":": "&#58;",
    "#": "&#35;",
    "[": "&#91;",  # a backslash would make it a formula, where arithmatex is on
    "==": "&#61;&#61;",
    "++": "&#43;&#43;",
    "--": "&#45;&#45;",
}
_LINE_START = re.compile(r"^(\s*)(#|[-+=](?=\s|$)|=|-|\+|:|!|\?|\d{1,9}(?=[.)]))", re.MULTILINE)
_SPACES = re.compile(r"\s+")


def escape(text: str) -> Md:
    """One line of untrusted text so that Markdown shows exactly it: no HTML, emphasis, link, emoji or template.

    Characters that Python-Markdown can escape get a backslash, which reads well in the source; those that only its
    extensions know become character references. Line breaks and runs of blanks become one blank.
    """
    return Md(escaped(text))


_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 ,;.()/%?'\"-]*(?<! )")
"""Text of these, but for two hyphens or blanks in a row, needs nothing done to it: most of what there is."""


@functools.lru_cache(maxsize=8192)  # a title stands on ten pages
def escaped(text: str) -> str:
    """As ``escape``, but plain text: for code that goes on to join it."""
    if _PLAIN.fullmatch(text) and "--" not in text and "  " not in text:
        return str(text)
    line = _SPACES.sub(" ", str(text)).strip()
    return _guard_start(_SPECIAL.sub(_escaped, line))


def _escaped(match: re.Match[str]) -> str:
    found = match[0]
    return _ENTITIES[found] if found in _ENTITIES else f"&#{ord(found)};" if found in "{}!" else f"\\{found}"


def _guard_start(line: str) -> str:
    """Escape what would make a heading, list, quote or rule at the start of a line."""
    return _LINE_START.sub(lambda m: f"{m[1]}{_first(m[2])}", line, count=1)


def _first(mark: str) -> str:
    return f"&#{ord(mark[0])};{mark[1:]}"


def block(text: str, indent: str = "") -> Md:
    """Untrusted text of several lines as paragraphs.

    A blank line starts a paragraph; lines that look like items of a list, or are indented, stay lines of their own.
    ``indent`` is put before every line but the first, for use inside a list item.
    """
    if "\n" not in text:
        return Md(escaped(text))
    paragraphs = [_paragraph(p) for p in re.split(r"\n[ \t]*\n", text.strip("\n")) if p.strip()]
    joined = "\n\n".join(paragraphs)
    return Md(f"\n{indent}".join(joined.split("\n")) if indent else joined)


_ITEM = re.compile(r"\s+\S|[-*+•]\s|\d{1,9}[.)]\s|[A-Za-z][.)]\s")


def _paragraph(text: str) -> str:
    out: list[str] = []
    for line in text.split("\n"):
        if out and _ITEM.match(line):
            out[-1] += "<br>"
        out.append(_keep_indent(line))
    return "\n".join(out)


def _keep_indent(line: str) -> str:
    depth = len(line) - len(line.lstrip())
    return "&nbsp;" * min(depth, 12) + escaped(line)


def fenced(text: str, language: str = "text", title: str = "") -> Md:
    """Untrusted text as a code block whose fence is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    safe_title = re.sub(r"[^\w ./:#()+-]", "", title)
    head = f'{fence}{language} title="{safe_title}"' if safe_title else f"{fence}{language}"
    return Md(f"{head}\n{text.rstrip()}\n{fence}")


def code(text: str) -> Md:
    """Untrusted text of one line as inline code: HTML, because Markdown has no escape inside backticks."""
    plain = text if _PLAIN_CODE.fullmatch(text) else _entities(_SPACES.sub(" ", text).strip())
    return Md(f"<code>{plain}</code>")


_PLAIN_CODE = re.compile(r"[A-Za-z0-9./-]*")


def _entities(text: str) -> str:
    """Every character that is not a letter, digit, blank or plain point as a reference, safe in HTML and Markdown."""
    return re.sub(r"[^\w \-./,;%]|_", lambda m: html.escape(m[0]) if ord(m[0]) > 127 else f"&#{ord(m[0])};", text)


def attribute(text: str) -> Md:
    """Untrusted text as the value of an HTML attribute in double quotes."""
    return Md(_entities(_SPACES.sub(" ", text).strip()))


_ADDRESS = re.compile(r"https?://[^\s<>\"'`()\[\]\\]+\Z")
_NO_PAGE = re.compile(r"[^/?#]*:|//|.*(?:://|&#|[\"\\])")
"""A path never starts with a scheme or a host; a quote, backslash or reference is an attempt at something else."""
_NOT_IN_TARGET = re.compile(r"[ ()<>\[\]`'*|{}^$]")


@functools.lru_cache(maxsize=8192)  # an entry stands in ten lists
def link(text: str, target: str) -> Md:
    """A link with untrusted text; ``target`` is a path inside the site or an http(s) address, else it is no link."""
    web = _ADDRESS.match(target)
    if not target.isprintable() or (not web and _NO_PAGE.match(target)):
        return escape(text)
    safe = _NOT_IN_TARGET.sub(lambda m: f"%{ord(m[0]):02X}", target)
    # An entity would be decoded by the browser, and could spell a scheme.
    safe = safe.replace("&", "&amp;").replace("_", "%5F") if web else safe.replace("&", "%26")
    return Md(f"[{escaped(text)}]({safe})")


def joined(parts: Iterable[str], separator: str = ", ") -> Md:
    """Markdown pieces in a row; plain text among them is escaped."""
    return Md(separator.join(p if isinstance(p, Markup) else escape(p) for p in parts))


_MARKS = re.compile(
    r"\[([^\]]*)\]\([^)]*\)|`+([^`]*)`+|\*\*([^*]+)\*\*|(?<!\w)__([^_]+)__(?!\w)|(?<![\w*])[*_]([^*_]+)[*_](?![\w*])"
)


def plain(text: str) -> str:
    """A line of our own Markdown as plain text: links, code and emphasis without their marks."""
    return _MARKS.sub(lambda m: next((part for part in m.groups() if part is not None), ""), text)


_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def slug(text: str, *, limit: int = 60) -> str:
    """Words of ``text`` in lower-case ASCII joined by hyphens, cut at a word: for file names and ids."""
    import unicodedata

    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    whole = _NOT_SLUG.sub("-", plain).strip("-")
    if len(whole) <= limit:
        return whole
    cut = whole[: limit + 1]
    return (cut.rsplit("-", 1)[0] if "-" in cut else cut[:limit]).strip("-")


@dataclass(frozen=True, slots=True)
class Link:
    """A link or image that stands in a text: its target as written, and the place from 1."""

    target: str
    line: int
    column: int
    image: bool = False


_LINKED = re.compile(
    r"(!?)\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*\]\([ \t]*(?:<([^<>\n]*)>|([^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*))"
)
_DEFINED = re.compile(r"^ {0,3}\[[^\[\]\n]+\]:[ \t]+<?([^\s<>]+)>?")
_CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_OWN_ID = re.compile(r"\{[^{}\n]*#([\w-]+)[^{}\n]*\}[ \t]*$")
_HTML_ID = re.compile(r"""<[a-z][^<>\n]*?\s(?:id|name)=["']([^"'\n]+)["']""", re.IGNORECASE)


def links(text: str) -> Iterator[Link]:
    """Links, images and link definitions of ``text``, without those in code."""
    for number, line in _outside_fences(text, nested=True):
        plain_line = _CODE_SPAN.sub(lambda m: " " * len(m[0]), line)
        for match in _LINKED.finditer(plain_line):
            yield Link(match[2] or match[3] or "", number, match.start() + 1, bool(match[1]))
        if defined := _DEFINED.match(plain_line):
            yield Link(defined[1], number, 1)


def _outside_fences(text: str, *, nested: bool = False) -> Iterator[tuple[int, str]]:
    """Lines with their numbers from 1; with ``nested`` a fence may also stand in a list or a tab."""
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        mark = _FENCE.match(line.lstrip() if nested and line[:4] == "    " else line)
        if mark and (not fence or (mark[1].startswith(fence) and not mark[2].strip())):
            fence = "" if fence else mark[1]
        elif not fence:
            yield number, line


def anchors(text: str) -> frozenset[str]:
    """What ``#…`` can lead to in the page of ``text``: ids of headings by the site's rule, and those written as such.

    The rule is that of Python-Markdown's extension ``toc`` (its functions ``slugify`` and ``unique``), which both site
    generators follow.
    """
    found: set[str] = set()
    for heading in headings(text):
        own = _OWN_ID.search(heading.text)
        found.add(own[1] if own else _unique(_heading_id(heading.text), found))
    for _, line in _outside_fences(text, nested=True):
        found.update(_HTML_ID.findall(line))
        if own := _OWN_ID.search(line):
            found.add(own[1])
    return frozenset(found)


def _heading_id(text: str) -> str:
    words = unicodedata.normalize("NFKD", html.unescape(plain(text))).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", words).strip().lower())


def _unique(name: str, taken: set[str]) -> str:
    if name and name not in taken:
        return name
    base, count = (name.rsplit("_", 1)[0], int(name.rsplit("_", 1)[1])) if re.search(r"_\d+$", name) else (name, 0)
    while f"{base}_{count + 1}" in taken:
        count += 1
    return f"{base}_{count + 1}"
