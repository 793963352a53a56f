"""``causebook harvest``: from entries to pages."""

from __future__ import annotations

import posixpath
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from causebook import ahead
from causebook import config as settings
from causebook.commands import echo, root_of

if TYPE_CHECKING:  # to import these takes as long as to read a third of the entries; see read
    from causebook.kb import KnowledgeBase
    from causebook.links import GitFacts
    from causebook.owned import Plan


@click.command
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when pages are out of date.")
@click.option("-q", "--quiet", is_flag=True, help="Print problems only.")
@click.pass_context
def command(ctx: click.Context, *, check: bool, quiet: bool) -> None:
    """Write the pages of kb/records/ from the entries and git's history.

    Pages that do not change keep their time stamp, pages of deleted entries go. An entry that cannot be read is
    reported and left out; the others are written.
    """
    start = time.monotonic()
    base, facts = read(root_of(ctx))
    if check:
        ctx.exit(1 if outdated(base, facts) else 0)
    ctx.exit(1 if write(base, facts, since=start, quiet=quiet) else 0)


def read(root: Path) -> tuple[KnowledgeBase, GitFacts]:
    """The knowledge base of ``root`` and what git says of it; says what could not be read."""
    config = settings.load(root)
    with ahead.reading(root, config) as early:
        from causebook import harvest, kb, links, plugins

        plugins.modules(harvest.PACKAGE)  # while the other process is at work already
        base = kb.load(root, config, early)
        facts = links.gather(base, early.repo)
    for problem in base.problems:
        echo(f"{problem.place}: {problem.message} [{problem.rule}]\n  {problem.fix}", err=True)
    return base, facts


def outdated(base: KnowledgeBase, facts: GitFacts) -> int:
    """Name the pages that a harvest would change; their number and that of the problems."""
    from causebook import harvest

    todo = harvest.plan(base, facts)
    for path in (*todo.write, *todo.delete):
        echo(f"out of date: {_shown(base, harvest.FOLDER, path)}")
    return len(todo.write) + len(todo.delete) + len(base.problems)


def write(base: KnowledgeBase, facts: GitFacts, *, since: float, quiet: bool = False, keep: bool = False) -> int:
    """Harvest and say what was done since the moment ``since`` of the monotonic clock; the number of problems.

    With ``keep``, pages that nothing stands behind any more stay.
    """
    from causebook import harvest

    todo = harvest.plan(base, facts)
    todo = todo.keeping() if keep else todo
    harvest.apply(base, todo)
    note_foreign(base, harvest.FOLDER, todo)
    if not quiet:
        seconds = time.monotonic() - since
        done = f"{len(todo.write)} pages written, {len(todo.delete)} deleted, {todo.unchanged} unchanged"
        echo(f"{len(base.records)} entries: {done} ({seconds:.1f} s)")
    return len(base.problems)


def note_foreign(base: KnowledgeBase, folder: str, done: Plan) -> None:
    """Name the files that were left alone."""
    for path in done.foreign:
        echo(f"note: {_shown(base, folder, path)} is not causebook's and was left alone", err=True)


def _shown(base: KnowledgeBase, folder: str, path: str) -> str:
    return posixpath.normpath(f"{base.config.kb}/{folder}/{path}")


def publish(root: Path, *, typing: bool = False) -> tuple[KnowledgeBase, GitFacts]:
    """Write all that the engine builds the site from: the pages, and what programs read.

    While somebody is ``typing``, an entry that cannot be read at the moment keeps the pages it has: so they stay in the
    browser, and no file goes while the engine is copying it.
    """
    start = time.monotonic()
    base, facts = read(root)
    keep = typing and bool(base.problems)
    write(base, facts, since=start, keep=keep)
    from causebook import api

    note_foreign(base, api.FOLDER, api.write(base, facts, keep=keep))
    return base, facts
