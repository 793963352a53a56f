"""The ``causebook`` command: finds the verbs in ``commands/`` by file name and loads only the one that runs."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from causebook import __version__, plugins
from causebook.errors import CausebookError
from causebook.findings import printable

PACKAGE = "causebook.commands"


class Verbs(click.Group):
    """A group whose commands are the modules of ``causebook.commands``."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The verbs, by name; reads a folder, imports nothing."""
        return [name.rstrip("_") for name in plugins.names(PACKAGE)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb ``cmd_name``, imported now."""
        verbs = self.list_commands(ctx)
        if cmd_name not in verbs:
            return None
        module = cmd_name if cmd_name in plugins.names(PACKAGE) else f"{cmd_name}_"
        command: click.Command = importlib.import_module(f"{PACKAGE}.{module}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """As click's, but a reader that has seen enough (head, less) is no error; click leaves with 1."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Keeps the interpreter from complaining when it flushes at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        return result

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, with a hint when the verb is misspelt."""
        import difflib

        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            close = difflib.get_close_matches(args[0], self.list_commands(ctx), 1)
            message = f"There is no command {args[0]!r}." + (f" Did you mean {close[0]}?" if close else "")
            raise click.UsageError(message, ctx) from error


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="causebook", message="%(prog)s %(version)s")
@click.option(
    "-C",
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    help="The project to work on; by default the one this folder lies in.",
)
@click.pass_context
def cli(ctx: click.Context, root: Path | None) -> None:
    """Incidents, five whys and fixes: written as YAML, checked against git, read as a site.

    \b
    causebook init                 set up a knowledge base in this repository
    causebook new incident         write down what happened
    causebook check                is every entry sound, is every commit there?
    causebook serve                read it in the browser

    Exit codes: 0 fine, 1 findings, 2 wrong usage or input, 3 could not tell.
    """
    ctx.obj = root


def main(args: Sequence[str] | None = None, prog_name: str = "causebook") -> None:
    """Run the command and leave with its exit code; a mistake of the user's is one message and code 2."""
    # A verb is short and keeps nearly all that it makes to its end; looking for cycles took a fifth of its time.
    gc.disable()
    try:
        code = cli.main(args=args, prog_name=prog_name, standalone_mode=False)
    except CausebookError as error:
        click.echo(printable(f"causebook: {error}"), err=True)
        code = 2
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("causebook: interrupted", err=True)
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


def run() -> None:
    """What the command starts: as ``main``, and leaves at once.

    Taking apart the objects of a thousand entries, one by one, took a twentieth of the time of a harvest; the
    operating system frees them all together. Nothing of ours waits for the interpreter's end.
    """
    # Pydantic looks through all installed packages for plug-ins of its own: a tenth of the time of a short verb.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    code = 0
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # the reader has gone, or it is closed: there is nobody to tell
            continue
    os._exit(code)
