"""Entries + history + templates -> Markdown in kb/records/: renders all, writes what changed, deletes what is stale."""

from __future__ import annotations

import re
from collections.abc import Sequence

from causebook import owned, parallel, plugins
from causebook.kb import KnowledgeBase
from causebook.links import GitFacts
from causebook.owned import Plan
from causebook.pages import Data, Page, Site
from causebook.templating import Templates

PACKAGE = "causebook.pages"
FOLDER = "records"
"""The folder under kb/ that harvest owns."""
_MARK = b"---\ngenerated: causebook\n"
"""How a generated page begins; a page without it is someone else's and is never touched."""
_OWN_DATA = re.compile(r"(index|index\.schema|entry\.schema)\.json|assets/causebook(-[a-z]+)?\.[a-z]+")
_BLANK_LINES = re.compile(r"^( *)(`{3,}|~{3,}).*?^\1\2[`~]* *$|\n{3,}", re.DOTALL | re.MULTILINE)
"""Blank lines that a template left, but not those of a code block, which is kept as it is."""


def plan(kb: KnowledgeBase, facts: GitFacts) -> Plan:
    """Render every page in memory and compare with what is on disk; writes nothing.

    Raises:
        TemplateError: a template fails.
        WriteRefused: someone else's file stands where a page has to go.
    """
    wanted, shown = render(kb, facts), f"{kb.config.kb}/{FOLDER}"
    return owned.plan(kb.root / shown, wanted, _is_ours, shown=shown, by="harvest")


def apply(kb: KnowledgeBase, todo: Plan) -> None:
    """Write and delete what ``todo`` says; each file changes at once, and an interrupted run leaves whole files.

    Raises:
        WriteRefused: a file cannot be written.
    """
    owned.apply(kb.root / kb.config.kb / FOLDER, todo)


def render(kb: KnowledgeBase, facts: GitFacts) -> dict[str, bytes]:
    """Every file of kb/records/ by its path there."""
    site = Site(kb, facts)
    own = kb.root / kb.config.templates
    templates = Templates(own if own.is_dir() else None)
    made = [page for module in plugins.modules(PACKAGE).values() for page in module.pages(site)]
    return _render_all(templates, made)


def _render_all(templates: Templates, pages: list[Page | Data]) -> dict[str, bytes]:
    """The pages by path; many of them in two processes, where that is safe."""
    # The data files, one of them as large as all pages together, are not worth sending from one process to the other.
    # What they take is about as much as a tenth of the pages, so the second process gets more of those.
    second = [page for n, page in enumerate(page for page in pages if isinstance(page, Page)) if n % 5 not in {0, 2}]
    theirs = {page.path for page in second}
    first = [page for page in pages if page.path not in theirs]
    with parallel.meanwhile(lambda: _render(templates, second), worth=len(pages) > FORK_FROM) as answer:
        return _render(templates, first) | answer()


FORK_FROM = 400
"""Pages from which a second process pays: rendering takes half a millisecond a page, a fork about ten."""


def _render(templates: Templates, pages: Sequence[Page | Data]) -> dict[str, bytes]:
    return {page.path: _text(templates, page).encode("utf-8") for page in pages}


def _text(templates: Templates, page: Page | Data) -> str:
    if isinstance(page, Data):
        return page.text if isinstance(page.text, str) else page.text()
    context = page.context if isinstance(page.context, dict) else page.context()
    text = templates.render(page.template, context, subject=page.subject)
    return _BLANK_LINES.sub(lambda m: m[0] if m[2] else "\n\n", text).rstrip("\n") + "\n"


def _is_ours(path: str, data: bytes) -> bool:
    return data.startswith(_MARK) or bool(_OWN_DATA.fullmatch(path))
