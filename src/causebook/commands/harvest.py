"""``causebook harvest``: from entries to pages."""

from __future__ import annotations

import time
from pathlib import Path

import click

from causebook import harvest, links
from causebook.commands import echo, root_of


@click.command
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when pages are out of date.")
@click.option("-q", "--quiet", is_flag=True, help="Print problems only.")
@click.pass_context
def command(ctx: click.Context, *, check: bool, quiet: bool) -> None:
    """Write the pages of kb/records/ from the entries and git's history.

    Pages that do not change keep their time stamp, pages of deleted entries go. An entry that cannot be read is
    reported and left out; the others are written.
    """
    problems = run(root_of(ctx), check=check, quiet=quiet)
    ctx.exit(1 if problems else 0)


def run(root: Path, *, check: bool = False, quiet: bool = False) -> int:
    """Harvest ``root`` and say what was done; the number of problems, or of outdated pages with ``check``."""
    start = time.monotonic()
    base, facts = links.read(root)
    for problem in base.problems:
        echo(f"{problem.place}: {problem.message} [{problem.rule}]\n  {problem.fix}", err=True)
    todo = harvest.plan(base, facts)
    if check:
        for path in (*todo.write, *todo.delete):
            echo(f"out of date: {base.config.kb}/{harvest.FOLDER}/{path}")
        return len(todo.write) + len(todo.delete) + len(base.problems)
    harvest.apply(base, todo)
    for path in todo.foreign:
        echo(f"note: {base.config.kb}/{harvest.FOLDER}/{path} is not harvest's and was left alone", err=True)
    if not quiet:
        seconds = time.monotonic() - start
        done = f"{len(todo.write)} pages written, {len(todo.delete)} deleted, {todo.unchanged} unchanged"
        echo(f"{len(base.records)} entries: {done} ({seconds:.1f} s)")
    return len(base.problems)
