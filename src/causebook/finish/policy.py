"""A Content-Security-Policy for each page: what the theme brings may run, and nothing that came in with an entry."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

OFF = "off"
_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_SOURCE = re.compile(r"\ssrc\s*=", re.IGNORECASE)
_DATA = re.compile(r"\stype\s*=\s*[\"']?(?!module\b|(?:text|application)/javascript\b)", re.IGNORECASE)
_BASE = re.compile(r'new URL\("[./]*",location\)')
"""The way from a page to the root of the site, the one thing in a script of the theme that differs between pages."""
_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style\s*>", re.DOTALL | re.IGNORECASE)
_STYLED = re.compile(r"<[a-z][^<>]*\sstyle=\"([^\"]*)\"", re.IGNORECASE)
_START = re.compile(r"<meta charset[^>]*>|<head\b[^>]*>", re.IGNORECASE)
_MAKES_STYLE = re.compile(r"createElement\([\"'`]style[\"'`]\)|\([\"'`]style[\"'`],\s*\{")
_INLINE = "'unsafe-inline'"
_MOST = 40
"""Hashes of styles on a page: of more, inline styles are allowed on it. A style runs nothing and loads only from us."""


@dataclass(frozen=True, slots=True)
class Theme:
    """What the theme needs."""

    scripts: frozenset[str]
    """Its inline scripts."""
    makes_styles: bool
    """Whether its scripts make style elements, as Zensical's search does."""


def theme(folder: Path) -> Theme:
    """What the theme of the site in ``folder`` needs.

    Its inline scripts are those of 404.html, which holds no text of an entry: to allow whatever stands on a page would
    allow what an entry smuggled in, too.
    """
    path = folder / "404.html"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    scripts = (folder / "assets" / "javascripts").glob("*.js")
    makes = any(_MAKES_STYLE.search(script.read_text(encoding="utf-8", errors="replace")) for script in scripts)
    return Theme(frozenset(_anywhere(script) for script in _inline(text)), makes)


def protected(text: str, policy: str, theme: Theme) -> str:
    """The HTML ``text`` with ``policy`` before anything that it governs; ``off`` leaves it as it is."""
    start = _START.search(text)
    if policy == OFF or start is None:
        return text
    scripts = _hashes(script for script in _inline(text) if _anywhere(script) in theme.scripts)
    filled = policy.replace("{scripts}", " ".join(scripts))
    filled = filled.replace("{styles}", _INLINE if theme.makes_styles else _styles(text))
    content = "; ".join(" ".join(part.split()) for part in filled.split(";") if part.strip())
    content = content.replace("&", "&amp;").replace('"', "&quot;")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{content}">'
    return f"{text[: start.end()]}\n      {meta}{text[start.end() :]}"


def _inline(text: str) -> Iterator[str]:
    """Scripts in the page itself; blocks of data do not run and need no leave."""
    for attributes, script in _SCRIPT.findall(text):
        if not _SOURCE.search(attributes) and not _DATA.search(attributes):
            yield script


def _anywhere(script: str) -> str:
    return _BASE.sub('new URL("",location)', script)


def _styles(text: str) -> str:
    blocks = _hashes(_STYLE.findall(text))
    attributes = _hashes(html.unescape(style) for style in _STYLED.findall(text))
    if len(blocks) + len(attributes) > _MOST:
        return _INLINE
    return " ".join([*blocks, *(["'unsafe-hashes'", *attributes] if attributes else [])])


def _hashes(texts: Iterable[str]) -> list[str]:
    digests = (hashlib.sha256(text.encode("utf-8")).digest() for text in dict.fromkeys(texts))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
