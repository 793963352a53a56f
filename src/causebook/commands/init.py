"""``causebook init``: a knowledge base in this repository."""

from __future__ import annotations

from datetime import datetime

import click

from causebook import config as settings
from causebook import scaffold
from causebook.commands import echo, root_of


@click.command
@click.pass_context
def command(ctx: click.Context) -> None:
    """Set up a knowledge base: mkdocs.yml, entries/, kb/, .gitignore lines, an example entry, a CI workflow.

    Safe to run twice: what is there is kept, and you are told what to add to it.
    """
    root = root_of(ctx)
    for step in scaffold.init(root, settings.load(root), day=datetime.now().astimezone().date()):
        echo(f"{step.done:9} {step.path}" + (f"\n{'':10}{step.hint}" if step.hint else ""))
    echo('next: causebook new incident --title "..." && causebook serve')
