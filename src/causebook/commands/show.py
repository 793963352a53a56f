"""``causebook show``: one entry on the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from causebook import kb, links
from causebook.cause import compiled
from causebook.commands import echo, root_of


@click.command
@click.argument("id_", metavar="ID")
@click.option("--format", "format_", default="text", type=click.Choice(["text", "json"]), show_default=True)
@click.pass_context
def command(ctx: click.Context, id_: str, format_: str) -> None:
    """Show the entry whose id is, starts with, or contains ID; or the playbook ID."""
    base = kb.load(root_of(ctx))
    if playbook := base.library.get(id_):
        if format_ == "json":
            echo(json.dumps({**compiled(playbook), "text": playbook.body}, indent=2))
        else:
            echo(f"{playbook.title}\n{playbook.path}\n\n{playbook.body.strip()}")
        return
    record = base.find(id_)
    data = {**record.entry.model_dump(mode="json", exclude_defaults=True), "path": record.path}
    facts = links.gather(base).commits.get(record.entry.id, ())
    for held, fact in zip(data.get("commits", []), facts, strict=False):
        held["state"] = fact.state
    if format_ == "json":
        echo(json.dumps(data, indent=2))
    else:
        echo(f"{data.pop('title')}\n{record.path}\n")
        echo("\n".join(_lines(data)))


def _lines(value: Any, indent: str = "") -> Iterator[str]:
    """Plain data as an outline: keys, dashes for lists, text indented under its key."""
    pairs = value.items() if isinstance(value, dict) else [("-", item) for item in value]
    for key, item in pairs:
        head = "-" if key == "-" else f"{key.replace('_', ' ')}:"
        if isinstance(item, (dict, list)):
            yield f"{indent}{head}"
            yield from _lines(item, indent + "  ")
        elif "\n" in (text := str(item)):
            yield f"{indent}{head}"
            yield from (f"{indent}  {line}" for line in text.rstrip("\n").split("\n"))
        else:
            yield f"{indent}{head} {text}"
