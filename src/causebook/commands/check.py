"""``causebook check``: is every entry sound, is every commit there, does a change bring what it has to?"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from causebook import change as changes
from causebook import config as settings
from causebook import files, parallel, plugins, pull_request
from causebook.commands import echo, root_of
from causebook.errors import UsageError
from causebook.findings import LEVELS
from causebook.pull_request import PullRequest

if TYPE_CHECKING:
    from causebook.change import Change
    from causebook.findings import Report
    from causebook.git import Repository


def _names(values: tuple[str, ...]) -> list[str]:
    return [name for value in values for name in value.split(",") if name.strip()]


@click.command
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--base", metavar="REF", help="Look at the change since it left REF; `auto`: what the CI says, or main.")
@click.option("--staged", is_flag=True, help="Look at what is in the index, for a hook before a commit.")
@click.option("--all", "all_", is_flag=True, help="Look at everything; so it is without --base and --staged.")
@click.option("--pr-event", type=click.Path(path_type=Path), help="Event file of the CI with the pull request.")
@click.option("--pr-title", metavar="TEXT", help="Title of the pull request.")
@click.option("--pr-body", type=click.Path(path_type=Path), help="File that holds its description.")
@click.option("--pr-label", "labels", multiple=True, metavar="NAME", help="A label of it.")
@click.option(
    "--online",
    is_flag=True,
    help="First look at the web addresses that entries name (a nightly run), with lychee where it is installed.",
)
@click.option("--select", multiple=True, metavar="NAMES", help="Run only these checks (comma-separated).")
@click.option("--ignore", multiple=True, metavar="NAMES", help="Leave these checks out.")
@click.option(
    "--format", "format_", default="text", type=click.Choice(plugins.names("causebook.formats")), show_default=True
)
@click.option(
    "--output", "outputs", multiple=True, metavar="FORMAT=FILE", help="Also write the report to a file; repeatable."
)
@click.option(
    "--fail-level", default="error", type=click.Choice(LEVELS), show_default=True, help="Exit 1 from here on."
)
@click.option("--strict-unknown", is_flag=True, help="Exit 3 when something could not be told.")
@click.option("--fix", is_flag=True, help="Mend what has one right answer, then report the rest.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option("--explain", metavar="NAME", help="Show what a check is for, with an example, and stop.")
@click.option("--list", "list_", is_flag=True, help="Show all checks and stop.")
@click.pass_context
def command(
    ctx: click.Context, paths: tuple[Path, ...], base: str | None, staged: bool, all_: bool,  # noqa: FBT001
    online: bool, pr_event: Path | None, pr_title: str | None, pr_body: Path | None, labels: tuple[str, ...],  # noqa: FBT001
    select: tuple[str, ...], ignore: tuple[str, ...], format_: str, outputs: tuple[str, ...],
    fail_level: str, strict_unknown: bool, fix: bool, diff: bool, explain: str | None, list_: bool,  # noqa: FBT001
) -> None:  # fmt: skip
    """Check all entries, those in PATHS, or a change.

    Three verdicts: passed, failed, and unknown where history or another repository is not at hand.

    \b
    causebook check                          everything
    causebook check entries/2026             one folder
    causebook check --base origin/main       a change: what it touches, and whether an entry is missing
    causebook check --fix                    mend what has one right answer
    causebook check --explain date-order     what is this check for?
    """
    if explain or list_:
        echo(_told(explain))
        return
    if sum((base is not None, staged, all_)) > 1:
        raise UsageError("--base, --staged and --all exclude each other", hint="name one of them")
    root, files_ = root_of(ctx), _outputs(outputs)
    asked = _request(pr_event, pr_title, pr_body, labels)
    some = not all_ and (staged or base is not None or asked is not None)
    with parallel.meanwhile(lambda: _change(root, base, asked, staged=staged), worth=some) as answer:
        from causebook import near, rules  # takes as long as git does, which a second process asks meanwhile

        change, repo = answer() if some else (None, None)
    wanted = _files(paths, root)

    def run() -> Report:
        config = settings.load(root)
        asked_for = rules.chosen(_names(select) or config.select, (*_names(ignore), *config.ignore))
        return near.lint(root, change, repo, asked_for, wanted)

    if online:
        _look(root)
    report = run()
    if diff:
        from causebook import mending

        mended = mending.plan(root, report.findings)
        echo(mended.diff(), nl=False)
        ctx.exit(1 if mended.after else 0)
    if fix:
        report = _mend(root, report, run)
    _show(report, format_, files_)
    ctx.exit(1 if report.failing(fail_level) else 3 if strict_unknown and report.unknown() else 0)  # type: ignore[arg-type]


def _told(explain: str | None) -> str:
    """The manual of one check, or all of them in a line each."""
    from causebook import rules

    if explain:
        return rules.explained(rules.find(explain))
    return "\n".join(f"{c.name:22} {c.level:8} {c.summary}" for c in rules.checks())


def _look(root: Path) -> None:
    """Look at the web addresses that entries name, and write what was found to entries/links/."""
    import datetime as dt

    from causebook import addresses, links, named, verdicts
    from causebook import online as web

    kb, facts, _ = links.read(root)
    texts = (text for record in kb.records for text, _ in named.addresses(record.entry))
    wanted = [addresses.canonical(text) for text in texts if addresses.is_foreign(text, facts.web)]
    found = web.look(
        wanted, verdicts.load(root, kb.config), dt.datetime.now(dt.timezone.utc).date(),
        done=lambda address, verdict: echo(f"{verdict.state:8} {address} ({verdict.reason})", err=True),
    )  # fmt: skip
    verdicts.save(root, kb.config, found)


def _outputs(values: tuple[str, ...]) -> list[tuple[str, Path]]:
    """Format and file of each ``--output``; told before anything is checked."""
    known = plugins.names("causebook.formats")
    found = []
    for value in values:
        name, _, path = value.partition("=")
        if name not in known or not path:
            hint = f"FORMAT=FILE, such as sarif=causebook.sarif; formats are {', '.join(known)}"
            raise UsageError(f"--output {value!r} names no format and file", hint=hint)
        found.append((name, Path(path)))
    return found


def _show(report: Report, format_: str, outputs: list[tuple[str, Path]]) -> None:
    """Write the report to its files and to the standard output; in GitHub Actions to the summary of the step as well.

    The summary is appended to, because the step may have written to it; Gitea and Forgejo have the same variable.
    """

    def text(name: str) -> str:
        # The name of a file need not be UTF-8; what is no text of it is shown as \udcff.
        rendered: str = plugins.module("causebook.formats", name).render(report)
        return rendered.encode("utf-8", "backslashreplace").decode()

    for name, path in outputs:
        files.write_text(path, text(name))
    echo(text(format_), nl=False)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if format_ == "github" and summary:
        files.append_text(Path(summary), text("markdown"))


def _mend(root: Path, report: Report, again: Callable[[], Report]) -> Report:
    """Mend, say what was mended, and what the checks find afterwards."""
    from causebook import mending

    mended = mending.plan(root, report.findings)
    mending.apply(root, mended)
    for finding in mended.done:
        echo(f"{finding.place}: mended: {finding.message} [{finding.rule}]", err=True)
    for finding, reason in mended.left:
        echo(f"{finding.place}: not mended ({reason}): {finding.message} [{finding.rule}]", err=True)
    return again() if mended.after else report


def _request(event: Path | None, title: str | None, body: Path | None, labels: tuple[str, ...]) -> PullRequest | None:
    """The pull request as options tell it; None when they do not."""
    if event is not None and (title is not None or body is not None or labels):
        raise UsageError("--pr-event already holds title, description and labels", hint="leave --pr-title and so on")
    if event is not None:
        return pull_request.from_event(event)
    if title is not None or body is not None or labels:
        text = files.read_text(body, name=str(body)) if body is not None else ""
        return PullRequest(title or "", text, labels=labels)
    return None


def _change(
    root: Path, base: str | None, asked: PullRequest | None, *, staged: bool
) -> tuple[Change, Repository | None]:
    """The change that is meant, and the repository; a pull request that only the CI tells of does not narrow it."""
    request = asked or pull_request.from_environment(os.environ) or PullRequest()
    scope: changes.Scope = "staged" if staged else "base"
    return changes.with_repository(root, base or changes.AUTO, scope=scope, request=request, variables=os.environ)


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
