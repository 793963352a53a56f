"""What the head of a page says to programs: a description, OpenGraph, its address, its feed, its Markdown and data."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Iterator
from urllib.parse import quote

from causebook import markdown
from causebook.finish.built import Built, Site
from causebook.outputs import _addresses as addresses
from causebook.outputs.feeds import ALL

_DESCRIPTION = re.compile(r'<meta name="description" content="([^"]*)"')
_END = re.compile(r"</head\s*>")
_NO_TEXT = re.compile(r"[#|>!:`~<*+-]|\d+[.)]\s|\s{4}")
"""How a heading, table, list, note, block of code or of HTML begins."""
LONGEST = 160
"""Characters of a description."""


def completed(site: Site, page: Built, text: str) -> str:
    """The HTML ``text`` of ``page`` with what its head lacks; a page of no Markdown, such as 404.html, as it is."""
    end = _END.search(text)
    if end is None or not page.twin:
        return text
    added = "".join(f"      {line}\n" for line in _lines(site, page, text[: end.start()]))
    return f"{text[: end.start()]}{added}    {text[end.start() :]}"


def _lines(site: Site, page: Built, head: str) -> Iterator[str]:
    description = _DESCRIPTION.search(head)
    said = html.unescape(description[1]) if description else described(page.text)
    if not description and said:
        yield _meta("name", "description", said)
    address = f"{site.published.address}{quote(page.address)}" if site.published.address else ""
    if address and 'rel="canonical"' not in head:
        yield f'<link rel="canonical" href="{html.escape(address)}">'
    if 'property="og:title"' not in head:
        for name, value in _open_graph(site, page, said, address):
            yield _meta("property" if ":" in name and not name.startswith("twitter") else "name", name, value)
    yield from _alternates(site, page)


def _open_graph(site: Site, page: Built, said: str, address: str) -> Iterator[tuple[str, str]]:
    record = site.records.get(page.twin)
    name = site.published.name
    yield "og:type", "article" if record else "website"
    yield "og:site_name", name
    yield "og:title", record.entry.title if record else titled(page.text) or name
    if said:
        yield "og:description", said
    if address:
        yield "og:url", address
    if record:
        yield "article:published_time", addresses.published(site.facts, record)
        yield "article:modified_time", addresses.updated(site.facts, record)
    yield "twitter:card", "summary"


def _alternates(site: Site, page: Built) -> Iterator[str]:
    record = site.records.get(page.twin)
    yield _alternate(page, "application/atom+xml", f"api/{ALL}", site.published.name, rel="alternate feed")
    yield _alternate(page, "text/markdown", page.twin, "This page as Markdown")
    if record:
        yield _alternate(page, "application/json", f"api/entries/{record.entry.id}.json", "This entry as data")


def _alternate(page: Built, kind: str, target: str, title: str, rel: str = "alternate ") -> str:
    # Not the bare word: Material takes each link[rel=alternate] for a translation and asks for a sitemap beside it.
    href = quote(posixpath.relpath(target, posixpath.dirname(page.path) or "."))
    return f'<link rel="{rel}" type="{kind}" title="{html.escape(title)}" href="{href}">'


def _meta(key: str, name: str, value: str) -> str:
    return f'<meta {key}="{name}" content="{html.escape(value)}">'


def described(text: str) -> str:
    """The first paragraph of Markdown as plain text, cut after a word; empty where there is none."""
    body = re.sub(r"^(`{3,}|~{3,}).*?^\1[`~]*$", "", text, flags=re.DOTALL | re.MULTILINE)
    for part in re.split(r"\n\s*\n", body):
        plain = "" if _NO_TEXT.match(part.lstrip("\n")) else _shown(part)
        line = " ".join(plain.split())
        if line:
            return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rsplit(' ', 1)[0]} …"
    return ""


def titled(text: str) -> str:
    """The first heading of Markdown as plain text; empty where there is none. Engines drop what looks like a tag."""
    return next((_shown(heading.text) for heading in markdown.headings(text)), "")


def _shown(part: str) -> str:
    guarded = re.sub(r"\\([^\w\s])", lambda mark: f"&#{ord(mark[1])};", part)
    return html.unescape(re.sub(r"<[^>]*>", "", markdown.plain(guarded)))
