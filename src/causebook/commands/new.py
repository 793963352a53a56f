"""``causebook new``: an entry or playbook to fill in."""

from __future__ import annotations

import sys
from datetime import date, datetime
from typing import Any, get_args

import click

from causebook import config as settings
from causebook import scaffold
from causebook.commands import echo, root_of, shown
from causebook.errors import UsageError
from causebook.model.words import Severity, moment

KINDS = ("incident", "session", "playbook")


@click.command
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--title", help="What happened and where, in one line.")
@click.option("--symptom", help="Incident: what was seen.")
@click.option("--error", "errors", multiple=True, help="Incident: an error line, verbatim; may be given several times.")
@click.option("--severity", type=click.Choice(get_args(Severity)), help="Incident: by impact.")
@click.option("--objective", help="Session: what is wanted.")
@click.option("--component", "components", multiple=True)
@click.option("--tag", "tags", multiple=True)
@click.option("--playbook", help="Id of the playbook for this class of failure.")
@click.option("--date", "day", help="The day to file it under; by default today.")
@click.option("--from-commit", metavar="REV..", help="Fill in commits, files, authors and dates from git.")
@click.option("--id", "identity", help="Playbook: its id; by default made from the title.")
@click.option("--edit", is_flag=True, help="Open $EDITOR on the new file.")
@click.pass_context
def command(ctx: click.Context, /, kind: str, *, edit: bool, from_commit: str | None, **values: Any) -> None:
    """Write a new incident, session or playbook, and print its path.

    On a terminal it asks for what no option says; elsewhere a missing title is an error. Nothing is overwritten.

    \b
    causebook new incident --title "Event loop is closed in the second test"
    causebook new incident --from-commit HEAD~2.. --title "Pool outlives its loop"
    causebook new session --title "Hunt the flaky suite" --edit
    """
    root = root_of(ctx)
    config = settings.load(root)
    values = _complete(kind, values)
    if kind == "playbook":
        path = scaffold.new_playbook(root, config, values["title"], values["identity"])
    else:
        values["day"] = _day(values["day"])
        path = scaffold.new_entry(root, config, kind, values, from_commit)
    echo(shown(path, root))
    if edit:
        click.edit(filename=str(path))


def _complete(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """Ask for what is missing where someone can answer."""
    asking = sys.stdin.isatty() and not values["title"]
    if not values["title"]:
        if not asking:
            raise UsageError("a title is needed", hint=f'causebook new {kind} --title "..."')
        values["title"] = click.prompt("What happened, in one line" if kind == "incident" else "Title")
    values["title"] = " ".join(values["title"].split())
    if not values["title"] or len(values["title"]) > 120:
        raise UsageError(f"the title has {len(values['title'])} characters, expected 1 to 120")
    if asking and kind == "incident":
        values["symptom"] = values["symptom"] or click.prompt("What was seen", default="", show_default=False)
        error = click.prompt("Error line, verbatim", default="", show_default=False)
        values["errors"] = (*values["errors"], *([error] if error else []))
    if asking and kind == "session":
        values["objective"] = values["objective"] or click.prompt("What is wanted", default="", show_default=False)
    if asking and kind != "playbook" and not values["tags"]:
        values["tags"] = tuple(click.prompt("Tags", default="", show_default=False).replace(",", " ").split())
    return values


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now().astimezone().date()
    try:
        moment(text)
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise UsageError(f"--date is {text!r}, expected a day such as 2026-11-21") from error
