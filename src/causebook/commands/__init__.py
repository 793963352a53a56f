"""One file, one verb: read the options, call one service, show the result, say the exit code."""

from __future__ import annotations

from pathlib import Path

import click

from causebook import config as settings
from causebook.errors import UsageError
from causebook.findings import printable
from causebook.git import GitUnavailable, Repository


def root_of(ctx: click.Context) -> Path:
    """The project's root: ``--root``, or the project that the current folder lies in."""
    given: Path | None = ctx.find_root().obj
    if given is not None and not given.is_dir():
        raise UsageError(f"there is no folder {given}")
    return given.resolve() if given is not None else settings.find_root(Path.cwd())


def repository(root: Path) -> Repository | None:
    """The repository that the project lies in; None where git cannot be asked."""
    try:
        return Repository.open(root)
    except GitUnavailable:
        return None


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print text that may hold characters of an entry, control characters made visible."""
    click.echo(printable(text), err=err, nl=nl)


def shown(path: Path, root: Path) -> str:
    """``path`` as the user would type it: from the current folder when it is the root, else whole."""
    return path.relative_to(root).as_posix() if Path.cwd() == root else str(path)
