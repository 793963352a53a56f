"""``causebook schema``: the JSON Schema of an entry."""

from __future__ import annotations

import json
from pathlib import Path

import click

from causebook import files
from causebook.commands import echo
from causebook.model.schema import entry_schema


@click.command
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead.")
def command(output: Path | None) -> None:
    """Print the JSON Schema of an entry.

    Editors complete and check entries with it: `causebook init` puts it into entries/schema.json, and the first
    line of each new entry names it.
    """
    text = json.dumps(entry_schema(), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        echo(text, nl=False)
    else:
        files.write_text(output, text)
        echo(f"wrote {output}")
