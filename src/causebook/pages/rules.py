"""The checks: what each is for, with an example of each side, its level, and what to do about what it finds."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

from causebook import rules
from causebook.findings import LEVELS
from causebook.markdown import Md, code, escaped, fenced, link
from causebook.pages import Page, Site
from causebook.rules import Check

HERE = "rules/index.md"
_CODE = re.compile(r"``([^`]+)``|`([^`]+)`")
_KEY = re.compile(r"(- )?\{?[a-z_]+: ")


def pages(site: Site) -> Iterator[Page]:
    """A page for each check, and the list of them all."""
    # To import all checks takes as long as to render a hundred pages: whoever renders the first of these does it.
    known = functools.cache(lambda: {check.name: check for check in rules.checks()})
    yield Page(HERE, "pages/rules.md.j2", lambda: _list(site, known()), "the checks")
    for name in rules.names():
        yield Page(f"rules/{name}.md", "pages/rule.md.j2", functools.partial(_one, site, name, known), name)


def _list(site: Site, known: dict[str, Check]) -> dict[str, Any]:
    config = site.kb.config
    found = [(link(n, f"{n}.md"), prose(c.summary), c.level_in(config), c) for n, c in known.items()]
    groups = [(level, [row for row in found if row[2] == level]) for level in LEVELS]
    return {"groups": [group for group in groups if group[1]]}


def _one(site: Site, name: str, known: Callable[[], dict[str, Check]]) -> dict[str, Any]:
    check = known()[name]
    return {
        "title": check.name,
        "level": check.level_in(site.kb.config),
        "summary": prose(check.summary),
        "why": [prose(paragraph) for paragraph in check.why],
        "good": _example(check.example("Good")),
        "bad": _example(check.example("Bad")),
        "scope": prose(check.scope),
        "advice": [(prose(said), _advised(written)) for said, written in check.advice],
    }


def prose(text: str) -> Md:
    """A paragraph of a manual: what stands between backticks is code, the rest is text."""
    parts, end = [], 0
    for match in _CODE.finditer(text):
        parts += [_words(text[end : match.start()]), code(match[1] or match[2])]
        end = match.end()
    return Md("".join([*parts, _words(text[end:])]))


def _words(text: str) -> str:
    """As text, with the blanks at its ends, which stand between it and code."""
    inner = text.strip()
    if not inner:
        return text and " "
    return f"{' ' if text[0].isspace() else ''}{escaped(inner)}{' ' if text[-1].isspace() else ''}"


def _example(text: str) -> Md:
    return fenced(text, "yaml" if _KEY.match(text) else "text")


def _advised(text: str) -> Md | None:
    return fenced(text, "toml" if text.startswith("[") else "yaml") if text else None
