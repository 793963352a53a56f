"""``causebook check``: is every entry sound, is every commit there?"""

from __future__ import annotations

from pathlib import Path

import click

from causebook import links, linter, plugins
from causebook.commands import echo, root_of
from causebook.errors import UsageError
from causebook.findings import LEVELS


def _names(values: tuple[str, ...]) -> list[str]:
    return [name for value in values for name in value.split(",") if name.strip()]


@click.command
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--select", multiple=True, metavar="NAMES", help="Run only these checks (comma-separated).")
@click.option("--ignore", multiple=True, metavar="NAMES", help="Leave these checks out.")
@click.option(
    "--format", "format_", default="text", type=click.Choice(plugins.names("causebook.formats")), show_default=True
)
@click.option(
    "--fail-level", default="error", type=click.Choice(LEVELS), show_default=True, help="Exit 1 from here on."
)
@click.option("--strict-unknown", is_flag=True, help="Exit 3 when something could not be told.")
@click.option("--explain", metavar="NAME", help="Show what a check is for, with an example, and stop.")
@click.option("--list", "list_", is_flag=True, help="Show all checks and stop.")
@click.pass_context
def command(
    ctx: click.Context, paths: tuple[Path, ...], select: tuple[str, ...], ignore: tuple[str, ...], format_: str,
    fail_level: str, strict_unknown: bool, explain: str | None, list_: bool,  # noqa: FBT001
) -> None:  # fmt: skip
    """Check all entries, or those in PATHS.

    Three verdicts: passed, failed, and unknown where history or another repository is not at hand.

    \b
    causebook check                          everything
    causebook check entries/2026             one folder
    causebook check --explain date-order     what is this check for?
    """
    if explain:
        check = linter.find(explain)
        echo(f"{check.name} ({check.level})\n\n{check.manual}")
        return
    if list_:
        echo("\n".join(f"{c.name:22} {c.level:8} {c.summary}" for c in linter.checks()))
        return
    root = root_of(ctx)
    base, facts = links.read(root)
    rules = linter.chosen(_names(select) or base.config.select, (*_names(ignore), *base.config.ignore))
    report = linter.lint(base, facts, rules, _files(paths, root))
    echo(plugins.modules("causebook.formats")[format_].render(report), nl=False)
    ctx.exit(1 if report.failing(fail_level) else 3 if strict_unknown and report.unknown() else 0)  # type: ignore[arg-type]


def _files(paths: tuple[Path, ...], root: Path) -> frozenset[str]:
    """The files meant by ``paths``, from the root; a folder means what is in it."""
    found: set[str] = set()
    for path in paths:
        if not path.exists():
            raise UsageError(f"there is no {path}")
        inside = path.resolve()
        if not inside.is_relative_to(root):
            raise UsageError(f"{path} is not in the project {root}")
        found.update(p.relative_to(root).as_posix() for p in (inside.rglob("*.y*ml") if inside.is_dir() else [inside]))
    if paths and not found:
        raise UsageError(f"there is no entry in {', '.join(map(str, paths))}")
    return frozenset(found)
