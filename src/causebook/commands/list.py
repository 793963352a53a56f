"""``causebook list``: which entries are there?"""

from __future__ import annotations

import json
from collections.abc import Callable

import click

from causebook import kb
from causebook.commands import echo, root_of
from causebook.kb import Record
from causebook.model import KINDS

Test = Callable[[Record], bool]


@click.command
@click.option("--kind", type=click.Choice(list(KINDS)))
@click.option("--status", multiple=True, help="Any of these; may be given several times.")
@click.option("--severity", multiple=True)
@click.option("--component", multiple=True)
@click.option("--tag", multiple=True)
@click.option("--playbook")
@click.option("--since", metavar="DATE", help="Filed on this day or later, such as 2026-01-31.")
@click.option("--text", help="Words that stand in the title, symptom, errors or any other text.")
@click.option("--format", "format_", default="text", type=click.Choice(["text", "json"]), show_default=True)
@click.pass_context
def command(
    ctx: click.Context, kind: str | None, status: tuple[str, ...], severity: tuple[str, ...],
    component: tuple[str, ...], tag: tuple[str, ...], playbook: str | None, since: str | None,
    text: str | None, format_: str,
) -> None:  # fmt: skip
    """List entries, the latest first. Exit 1 when none fits.

    \b
    causebook list --status investigating --tag asyncio
    causebook list --text "Event loop is closed" --format json
    """
    base = kb.load(root_of(ctx))
    tests: list[Test] = [
        lambda r: not kind or r.entry.kind == kind,
        lambda r: not status or r.entry.status in status,
        lambda r: not severity or getattr(r.entry, "severity", None) in severity,
        lambda r: not component or bool(set(component) & set(r.entry.components)),
        lambda r: not tag or bool(set(tag) & set(r.entry.tags)),
        lambda r: not playbook or r.entry.playbook == playbook,
        lambda r: not since or r.date >= since,
        lambda r: not text or text.lower() in r.document.text.lower(),
    ]
    found = [record for record in base.records if all(test(record) for test in tests)]
    for problem in base.problems:
        echo(f"{problem.place}: {problem.message}", err=True)
    if format_ == "json":
        rows = [{**r.entry.model_dump(mode="json", exclude_defaults=True), "path": r.path} for r in found]
        echo(json.dumps(rows, indent=2))
    else:
        for r in found:
            echo(f"{r.date}  {r.entry.kind:8}  {r.entry.status:13}  {r.entry.id}\n{'':12}{r.entry.title}")
        echo(f"{len(found)} of {len(base.records)} entries")
    ctx.exit(0 if found else 1)
