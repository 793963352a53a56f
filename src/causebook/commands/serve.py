"""``causebook serve``: read the site while writing it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import click

from causebook import config as settings
from causebook import site
from causebook.commands import echo, root_of
from causebook.commands.harvest import publish
from causebook.errors import CausebookError


@click.command
@click.option("--engine", default=site.ENGINES[0], type=click.Choice(site.ENGINES), show_default=True)
@click.option("--address", default="127.0.0.1:8000", show_default=True, metavar="HOST:PORT")
@click.pass_context
def command(ctx: click.Context, engine: str, address: str) -> None:
    """Serve the site and rebuild it when an entry, a page or a template changes."""
    gc.enable()  # the only verb that runs for long
    root = root_of(ctx)
    config = settings.load(root)
    publish(root)

    def watched() -> Iterator[Path]:
        yield from settings.entry_paths(root, config)
        yield from (root / config.templates).rglob("*.j2")

    def refresh() -> None:
        try:
            publish(root, typing=True)
        except CausebookError as error:  # a slip while typing must not end the server
            echo(f"causebook: {error}", err=True)

    echo(f"http://{address}/ (Ctrl+C ends it)")
    ctx.exit(site.serve(root, engine, address, refresh, watched))
