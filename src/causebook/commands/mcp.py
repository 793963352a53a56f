"""``causebook mcp``: a server through which coding agents ask."""

from __future__ import annotations

import gc
import signal
import sys

import click

from causebook import config as settings
from causebook.commands import echo, root_of
from causebook.errors import UsageError


@click.command
@click.option("--allow-write", is_flag=True, help="Also offer a tool that writes draft incidents.")
@click.pass_context
def command(ctx: click.Context, *, allow_write: bool) -> None:
    """Serve diagnoses, entries and playbooks to a coding agent, over the Model Context Protocol.

    An agent's client starts it and speaks to it over standard input and output; it ends when its input does. Needs
    the extra mcp: pip install "causebook[mcp]".

    \b
    In the client's configuration, .mcp.json for instance:
      {
        "mcpServers": {
          "causebook": {"command": "causebook", "args": ["mcp"]}
        }
      }
    Where the client does not start it in the project:
      "args": ["-C", "/path/to/project", "mcp"]

    Without --allow-write it reads only. Outside a project it knows the playbooks that come with Causebook.
    """
    try:
        from causebook import mcp_server  # slow to import, and of an extra
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in {"mcp", "mcp_types"}:
            raise
        message = "the server needs the Python SDK of the Model Context Protocol, version 2 or later"
        raise UsageError(message, hint='pip install "causebook[mcp]"') from error
    gc.enable()  # it is off for verbs that end soon; a server goes on
    # The thread that waits for input would keep an interrupted server until more comes.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.stdin.isatty():
        echo("causebook: waiting for a client on standard input; Ctrl-C ends it", err=True)
    mcp_server.server(settings.project_of(root_of(ctx)), allow_write=allow_write).run("stdio")
