"""Entries + history + templates -> Markdown in kb/records/: renders all, writes what changed, deletes what is stale.

Of kb/ itself it writes one file, the start page, and that only where nobody else did.
"""

from __future__ import annotations

import re
from dataclasses import replace

from causebook import files, owned, parallel, plugins
from causebook.kb import KnowledgeBase
from causebook.links import GitFacts
from causebook.owned import Plan
from causebook.pages import FOLDER as _FOLDER
from causebook.pages import Data, Page, Site, homepage
from causebook.templating import Templates

PACKAGE = "causebook.pages"
FOLDER = _FOLDER
"""The folder under kb/ that harvest owns."""
_MARK = b"---\ngenerated: causebook\n"
"""How a generated page begins; a page without it is someone else's and is never touched."""
_OWN_DATA = re.compile(
    r"(index|index\.schema|entry\.schema)\.json|assets/causebook(-[a-z]+)?\.[a-z]+|insights/[a-z-]+\.svg"
)
_BLANK_LINES = re.compile(r"\n(\n\n+)?(?:( *)(`{3,}|~{3,}).*?\n\2\3[`~]* *$|(?<=\n\n\n))", re.DOTALL | re.MULTILINE)
"""Blank lines that a template left, perhaps before a code block, which is kept as it is.

It starts with a line break in all cases, because what starts with one letter is found six times as fast.
"""


def plan(kb: KnowledgeBase, facts: GitFacts) -> Plan:
    """Render every page in memory and compare with what is on disk; writes nothing.

    Raises:
        TemplateError: a template fails.
        WriteRefused: someone else's file stands where a page has to go.
    """
    wanted, shown = render(kb, facts), f"{kb.config.kb}/{FOLDER}"
    start = wanted.pop(homepage.START, None)
    return _with_start(kb, owned.plan(kb.root / shown, wanted, _is_ours, shown=shown, by="harvest"), start)


def _with_start(kb: KnowledgeBase, todo: Plan, start: bytes | None) -> Plan:
    """``todo`` and what has to be done to kb/index.md, which is ours only as long as nobody touches it."""
    held = homepage.written(kb.root, kb.config)
    if start is not None:
        page = homepage.seal(start)
        if held == page:
            return replace(todo, unchanged=todo.unchanged + 1)
        return replace(todo, write={**todo.write, homepage.START: page})
    if held is not None and homepage.sealed(held):
        return replace(todo, delete=(*todo.delete, homepage.START))
    return replace(todo, foreign=(*todo.foreign, homepage.START)) if held and homepage.edited(held) else todo


def apply(kb: KnowledgeBase, todo: Plan) -> None:
    """Write and delete what ``todo`` says; each file changes at once, and an interrupted run leaves whole files.

    Raises:
        WriteRefused: a file cannot be written.
    """
    start = kb.root / kb.config.kb / "index.md"
    within = {path: data for path, data in todo.write.items() if path != homepage.START}
    gone = tuple(path for path in todo.delete if path != homepage.START)
    owned.apply(kb.root / kb.config.kb / FOLDER, replace(todo, write=within, delete=gone))
    if homepage.START in todo.write:
        files.write_bytes(start, todo.write[homepage.START])
    elif homepage.START in todo.delete:
        start.unlink(missing_ok=True)


def render(kb: KnowledgeBase, facts: GitFacts) -> dict[str, bytes]:
    """Every file of kb/records/ by its path there."""
    site = Site(kb, facts)
    templates = Templates(kb.root / kb.config.templates)
    made = [page for module in plugins.modules(PACKAGE).values() for page in module.pages(site)]
    return _render_all(templates, made)


def _render_all(templates: Templates, pages: list[Page | Data]) -> dict[str, bytes]:
    """The pages by path; many of them in two processes, where that is safe."""
    # The first process takes from the start: the data files, one of them as large as all pages together, are not worth
    # sending from one to the other.
    ordered = sorted(pages, key=lambda page: isinstance(page, Page))
    texts = parallel.shared(ordered, lambda page: _text(templates, page).encode(), worth=len(pages) > FORK_FROM)
    return dict(zip((page.path for page in ordered), texts, strict=True))


FORK_FROM = 400
"""Pages from which a second process pays: rendering takes half a millisecond a page, a fork about ten."""


def _text(templates: Templates, page: Page | Data) -> str:
    if isinstance(page, Data):
        return page.text if isinstance(page.text, str) else page.text()
    context = page.context if isinstance(page.context, dict) else page.context()
    text = templates.render(page.template, context, subject=page.subject)
    return _BLANK_LINES.sub(_one_blank_line, text).rstrip("\n") + "\n"


def _one_blank_line(found: re.Match[str]) -> str:
    return "\n\n" + found[0].lstrip("\n") if found[1] else found[0]


def _is_ours(path: str, data: bytes) -> bool:
    return data.startswith(_MARK) or bool(_OWN_DATA.fullmatch(path))
