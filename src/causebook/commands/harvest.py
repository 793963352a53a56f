"""``causebook harvest``: from entries to pages."""

from __future__ import annotations

import time
from pathlib import Path

import click

from causebook import api, harvest, links
from causebook.commands import echo, root_of
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
    ctx.exit(1 if (outdated(base, facts) if check else write(base, facts, since=start, quiet=quiet)) else 0)


def read(root: Path) -> tuple[KnowledgeBase, GitFacts]:
    """The knowledge base of ``root`` and what git says of it; says what could not be read."""
    base, facts = links.read(root)
    for problem in base.problems:
        echo(f"{problem.place}: {problem.message} [{problem.rule}]\n  {problem.fix}", err=True)
    return base, facts


def outdated(base: KnowledgeBase, facts: GitFacts) -> int:
    """Name the pages that a harvest would change; their number and that of the problems."""
    todo = harvest.plan(base, facts)
    for path in (*todo.write, *todo.delete):
        echo(f"out of date: {base.config.kb}/{harvest.FOLDER}/{path}")
    return len(todo.write) + len(todo.delete) + len(base.problems)


def write(base: KnowledgeBase, facts: GitFacts, *, since: float, quiet: bool = False) -> int:
    """Harvest and say what was done since the moment ``since`` of the monotonic clock; the number of problems."""
    todo = harvest.plan(base, facts)
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
        echo(f"note: {base.config.kb}/{folder}/{path} is not causebook's and was left alone", err=True)


def publish(root: Path) -> tuple[KnowledgeBase, GitFacts]:
    """Write all that the engine builds the site from: the pages, and what programs read."""
    start = time.monotonic()
    base, facts = read(root)
    write(base, facts, since=start)
    note_foreign(base, api.FOLDER, api.write(base, facts))
    return base, facts
