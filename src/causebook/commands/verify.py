"""``causebook verify``: do the playbooks' reproductions fail as told, and do their fixes work?"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from causebook import environments, kb, verified, verify
from causebook.commands import echo, root_of
from causebook.errors import UsageError
from causebook.playbook import Playbook


@click.command
@click.argument("playbooks", nargs=-1, metavar="[PLAYBOOK]...")
@click.option("--python", "pythons", multiple=True, metavar="3.10,3.13", help="Versions; by default all that are here.")
@click.option("--with", "extra", multiple=True, metavar="REQUIREMENT", help='Another version: "pytest-asyncio<1".')
@click.option("--newest", is_flag=True, help="Use the newest packages, not the pinned ones.")
@click.option("--case", "cases", multiple=True, metavar="NAME", help="Only cases of this name, such as fix-tests.")
@click.option("--jobs", default=os.cpu_count() or 1, show_default="one a core", type=click.IntRange(1, 64))
@click.option("--require", type=click.Choice(["all"]), help="Count what is skipped as failed.")
@click.option("--record", is_flag=True, help="Write the results to kb/playbooks/verified.json.")
@click.option("--verbose", is_flag=True, help="Show the output of what failed.")
@click.option("--format", "format_", default="text", type=click.Choice(["text", "json"]), show_default=True)
@click.pass_context
def command(
    ctx: click.Context, playbooks: tuple[str, ...], pythons: tuple[str, ...], extra: tuple[str, ...],
    cases: tuple[str, ...], jobs: int, require: str | None, format_: str, newest: bool, record: bool, verbose: bool,  # noqa: FBT001
) -> None:  # fmt: skip
    """Run the cases of PLAYBOOKs, by default of all, on several Pythons.

    \b
    causebook verify loop-closed                     one playbook, all Pythons
    causebook verify --python 3.10,3.13 --record     all, and keep the results
    causebook verify --with "pytest-asyncio<1"       with another version of a package
    """
    root = root_of(ctx)
    base = kb.load(root)
    wanted = {Path(name).stem for name in playbooks}
    broken = [p for p in base.problems if p.place.path.endswith(".md")]
    broken = [p for p in broken if not wanted or Path(p.place.path).stem in wanted]
    for problem in broken:
        echo(f"{problem.place}: {problem.message}\n  {problem.fix}", err=True)
    if broken and wanted:
        ctx.exit(2)
    chosen = _chosen(base, playbooks)
    versions = [v for text in pythons for v in text.split(",")] or list(environments.pythons())
    todo = [j for j in verify.jobs(chosen, versions, extra=extra, newest=newest) if not cases or j.case.name in cases]
    if not todo:
        raise UsageError("there is nothing to run", hint="`causebook verify` runs all cases of all playbooks")
    folder = root / base.config.kb / "playbooks"
    held = {} if newest or extra else verified.load(folder)
    results = _run(todo, jobs)
    changed = {r.job.name: d for r in results if (d := _drift(held, r)) and not record}
    if format_ == "json":
        echo(json.dumps([{"job": r.job.name, **verify.kept(r)} for r in results], indent=1, ensure_ascii=False))
    else:
        _show(results, changed, verbose=verbose)
    if record:
        verify.record(folder, results, base.playbooks)
    bad = [r for r in results if r.verdict == "failed" or (require and r.verdict == "skipped")]
    ctx.exit(1 if bad or changed or broken else 0)


def _chosen(base: kb.KnowledgeBase, names: tuple[str, ...]) -> list[Playbook]:
    """Those named, also ours; else all of the project's own."""
    if not names:
        return list(base.playbooks.values())
    for name in names:
        if Path(name).stem not in base.library:
            raise UsageError(f"there is no playbook {name}", hint=f"there are: {', '.join(sorted(base.library))}")
    return [base.library[Path(name).stem] for name in names]


def _run(todo: list[verify.Job], workers: int) -> list[verify.Result]:
    """Run them, with a progress bar where somebody looks on."""
    if not sys.stderr.isatty():
        return verify.run(todo, workers=workers)
    with click.progressbar(todo, label="cases", file=sys.stderr) as bar:
        return verify.run(todo, workers=workers, done=lambda _: bar.update(1))


def _drift(held: verified.Held, result: verify.Result) -> str:
    """How the messages differ from those recorded for the same text; empty where they do not, or nothing is kept."""
    job = result.job
    before = held.get(job.playbook.id, {}).get(job.case.name, {}).get(verify.slot(job))
    if before is None or result.verdict != "passed" or before["of"] != verified.digest(job.playbook, job.case):
        return ""
    return verify.drift(before.get("messages", []), result.messages)


def _show(results: list[verify.Result], changed: dict[str, str], *, verbose: bool) -> None:
    for result in results:
        job = result.job
        if result.verdict == "failed":
            echo(f"{job.playbook.path}:{job.case.line}: {job.name}: {result.reason}")
            if verbose:
                echo("  | " + "\n  | ".join(result.output.splitlines()[-60:]))
        elif result.verdict == "skipped":
            echo(f"{job.name}: skipped: {result.reason}")
        if job.name in changed:
            echo(f"{job.playbook.path}:{job.case.line}: {job.name}: the message changed\n{changed[job.name]}")
    for line in _table(results):
        echo(line)
    counts = {verdict: sum(r.verdict == verdict for r in results) for verdict in ("passed", "failed", "skipped")}
    echo(", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count))


def _table(results: list[verify.Result]) -> Iterator[str]:
    """Cases that passed by playbook and Python, where there are several of them."""
    names = list(dict.fromkeys(r.job.playbook.id for r in results))
    pythons = list(dict.fromkeys(r.job.python for r in results))
    if len(names) * len(pythons) < 3:
        return
    width = max(map(len, names))
    yield f"{'':{width}}" + "".join(f"{python:>9}" for python in pythons)
    for name in names:
        cells = (_cell([r for r in results if (r.job.playbook.id, r.job.python) == (name, p)]) for p in pythons)
        yield f"{name:{width}}" + "".join(f"{cell:>9}" for cell in cells)


def _cell(results: list[verify.Result]) -> str:
    passed = sum(r.verdict == "passed" for r in results)
    if any(r.verdict == "failed" for r in results):
        return f"RED {passed}/{len(results)}"
    return str(passed) if passed == len(results) else f"{passed}+{len(results) - passed}s"
