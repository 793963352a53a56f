"""``causebook build``: from entries to a site."""

from __future__ import annotations

import click

from causebook import site
from causebook.commands import echo, root_of
from causebook.commands.harvest import publish
from causebook.finish import finish


@click.command
@click.option("--engine", default=site.ENGINES[0], type=click.Choice(site.ENGINES), show_default=True)
@click.pass_context
def command(ctx: click.Context, engine: str) -> None:
    """Write the pages and the data, then build site/ with MkDocs Material or Zensical; a warning fails the build."""
    root = root_of(ctx)
    base, facts = publish(root)
    echo(f"building the site with {engine} ...")
    built = site.build(root, engine, lambda folder: finish(folder, base, facts))
    echo(f"{built.pages} pages in {built.seconds:.1f} s: {built.index}")
    echo("read it: causebook serve, or open the file above in a browser (search needs the server)")
    ctx.exit(1 if base.problems else 0)
