"""``causebook hints``: what does history know about what I am changing?"""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from causebook import change as changes
from causebook import hints, links, recreated, touched
from causebook.commands import echo, repository, root_of
from causebook.errors import UsageError
from causebook.findings import Hint
from causebook.formats import json as as_json
from causebook.formats import markdown, text
from causebook.pull_request import PullRequest
from causebook.touched import Touched


@click.command
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--base", metavar="REF", help="The change since it left REF; `auto`: what the CI says, or main.")
@click.option("--staged", is_flag=True, help="What is in the index.")
@click.option("--format", "format_", default="text", type=click.Choice(["text", "json", "markdown"]), show_default=True)
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], base: str | None, staged: bool, format_: str) -> None:  # noqa: FBT001
    """Show what past incidents and playbooks say about a change, by default the one since main, or about PATHS.

    At most five incidents, the closest first, each with the reason why it is shown; nothing where nothing is known.
    The exit code is 0 all the same: what is to be mended is found by `causebook check`.

    \b
    causebook hints                      the change since it left main
    causebook hints --staged             what the next commit brings
    causebook hints src/pool.py          all that is known about a file, as if every line were new
    causebook hints --base main src/     the change, but only below src/
    """
    if base is not None and staged:
        raise UsageError("--base and --staged exclude each other", hint="name one of them")
    root = root_of(ctx)
    asked = _asked(paths, root)
    if paths and base is None and not staged:
        seen, unknown = touched.whole(_files(asked, root), root), ""
    else:
        seen, unknown = _change(root, base, asked, staged=staged)
    kb, facts, repo = links.read(root)
    found = (
        *hints.patterns(recreated.patterns(seen, kb.library.values())),
        *hints.incidents(kb, facts, seen, repo),
    )
    if unknown:
        echo(f"the change could not be told: {unknown}", err=True)
    elif not found and format_ == "text":
        echo("nothing is known about what is touched", err=True)
    echo(_shown(found, format_, unknown), nl=False)


def _change(root: Path, base: str | None, asked: frozenset[str], *, staged: bool) -> tuple[Touched, str]:
    """What the change touches of what was asked for, and why it cannot be told."""
    from causebook import config

    scope: changes.Scope = "staged" if staged else "base"
    change = changes.read(root, base or changes.AUTO, scope=scope, request=PullRequest(), variables=os.environ)
    seen = touched.read(change, repository(root), root, config.load(root))
    reason = f"{change.unknown} (settle it: {change.settle})" if change.unknown else ""
    return touched.only(seen, asked), reason


def _asked(paths: tuple[Path, ...], root: Path) -> frozenset[str]:
    """Files and folders from the root; the root itself is an empty text."""
    found: set[str] = set()
    for path in paths:
        inside = path.resolve()
        if not inside.is_relative_to(root):
            raise UsageError(f"{path} is not in the project {root}")
        found.add("" if inside == root else inside.relative_to(root).as_posix())
    return frozenset(found)


def _files(asked: frozenset[str], root: Path) -> list[str]:
    """The files meant, of folders the Python files in them."""
    found: list[str] = []
    for name in sorted(asked):
        path = root / name
        if not path.exists():
            raise UsageError(f"there is no {name}", hint="for a file that is gone, name a --base")
        inside = path.rglob("*.py") if path.is_dir() else [path]
        found += [one.relative_to(root).as_posix() for one in inside if not _hidden(one, root)]
    return found


def _hidden(path: Path, root: Path) -> bool:
    """Whether it lies in a folder such as ``.venv`` or ``.git``."""
    return any(part.startswith(".") for part in path.relative_to(root).parts[:-1])


def _shown(found: tuple[Hint, ...], format_: str, unknown: str) -> str:
    if format_ == "json":
        data = {"unknown": unknown, "hints": [as_json.hint(one) for one in found]}
        return json.dumps(data, indent=2, ensure_ascii=True) + "\n"
    return "".join(f"{(text if format_ == 'text' else markdown).hint(one)}\n" for one in found)
