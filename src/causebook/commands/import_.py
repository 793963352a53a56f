"""``causebook import``: write-ups that exist already become draft entries."""

from __future__ import annotations

import difflib
import itertools
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from causebook import config as settings
from causebook import files, ignored, importing, intake, receipts
from causebook.commands import echo, root_of, shown
from causebook.config import Config
from causebook.errors import CausebookError, UsageError
from causebook.ignored import Ignored
from causebook.importers import Document, Imported, Receipt, Skipped
from causebook.importing import Change, Row

Read = Callable[[], list[Document]]
"""Reads the documents of a file or range."""
MANY = 20
"""Documents from which on a bar shows how far it is."""


@click.command
@click.argument("paths", nargs=-1, metavar="[FILE|FOLDER|GLOB]...")
@click.option(
    "--git", "revisions", multiple=True, metavar="RANGE", help="Propose incidents out of commits: v1.2..main."
)
@click.option("--ignore", metavar="SHA|SOURCE|PATTERN", help="Import and propose this never again; needs --reason.")
@click.option("--reason", metavar="TEXT", help="Why it is ignored.")
@click.option("--until", metavar="DAY", help="The last day on which it is ignored; by default for good.")
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would be written.")
@click.option("--diff", is_flag=True, help="Show what changes in the entries, as a unified diff.")
@click.option(
    "--kind", type=click.Choice(["incident", "session"]), help="What the documents are, whatever they look like."
)
@click.option("--into", metavar="DIR", help="Folder for the entries; by default that of the settings.")
@click.option("--allow", multiple=True, metavar="TEXT", help="Not to be redacted; * stands for anything. Repeatable.")
@click.option(
    "--allow-file", type=click.Path(path_type=Path), metavar="FILE", help="Such texts, one a line; # begins a remark."
)
@click.option("--report", is_flag=True, help="Print the account: which lines went where.")
@click.option("--format", "format_", default="text", type=click.Choice(["text", "json"]), show_default=True)
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    *,
    revisions: tuple[str, ...],
    ignore: str | None,
    reason: str | None,
    until: str | None,
    dry_run: bool,
    diff: bool,
    kind: str | None,
    into: str | None,
    allow: tuple[str, ...],
    allow_file: Path | None,
    report: bool,
    format_: str,
) -> None:
    """Turn write-ups, issues, test reports and commits into draft entries.

    Post-mortems, session summaries, hand-overs, debugging logs, lessons and troubleshooting files, in English, German,
    French, Spanish, Portuguese, Japanese, Chinese and Russian. No line is lost: what fits no field is kept in notes.
    Issues and pull requests are read as `gh issue view 12 --json ...` prints them, test reports in the form of JUnit.
    A document that comes again changes nothing; one that has changed updates the fields that no person has edited.
    Exit 1 when a document was refused because it tells of neither, 2 when one could not be read.

    \b
    causebook import docs/postmortems --dry-run --report
    causebook import SESSION_12.md 'notes/**/*.md' --into entries
    causebook import issue.json junit.xml
    causebook import --git v1.2.. --dry-run
    causebook import --ignore 1a2b3c4 --reason "only a typo"
    """
    root = root_of(ctx)
    config = settings.load(root)
    if into is not None:
        config = replace(config, entries=_inside(root, into))
    if ignore is None and (reason or until):
        raise UsageError("--reason and --until belong to --ignore", hint='--ignore SHA --reason "only a typo"')
    if ignore is not None:
        if paths or revisions or dry_run:
            raise UsageError("--ignore writes a rule and imports nothing", hint="run `causebook import` after it")
        _ignore(root, config, ignore, reason, until)
        return
    found = list(intake.files(paths))
    if not found and not revisions:
        raise UsageError("there is no document to import", hint="give a file, a folder, or a pattern in quotes")
    allowed = (*config.allow, *allow, *_listed(allow_file))
    left_out, shelf = ignored.load(root, config), importing.library(root, config)
    rows: list[Row] = []
    for name, read in itertools.chain(_watched(found, root, kind, allowed), _ranges(revisions, root, kind, allowed)):
        rows += importing.take(name, partial(_wanted, left_out, read), shelf, write=not dry_run)
    if len(found) + len(revisions) == 1 and rows and rows[0].broken:
        raise CausebookError(f"{rows[0].name}: {rows[0].said}")
    if format_ == "json":
        echo(json.dumps(_json(rows), indent=2, ensure_ascii=False))
    else:
        _text(rows, report=report, dry_run=dry_run, diff=diff)
    ctx.exit(2 if any(row.broken for row in rows) else 0 if all(row.imported for row in rows) else 1)


def _wanted(left_out: Ignored, read: Callable[[], list[Document]]) -> list[Document]:
    return [intake.unless(left_out, one) for one in read()]


def _ranges(
    revisions: tuple[str, ...], root: Path, kind: str | None, allow: tuple[str, ...]
) -> Iterator[tuple[str, Read]]:
    yield from ((f"git:{one}", partial(intake.proposed, one, root, kind, allow)) for one in revisions)


def _listed(path: Path | None) -> Iterator[str]:
    """The texts of an allow-list."""
    for line in files.read_text(path, name=str(path)).splitlines() if path else ():
        if (text := line.strip()) and not text.startswith("#"):
            yield text


def _inside(root: Path, into: str) -> str:
    path = (root / into).resolve()
    if not path.is_relative_to(root):
        raise UsageError(f"--into {into} lies outside of the project")
    return path.relative_to(root).as_posix() or "."


def _watched(found: list[Path], root: Path, kind: str | None, allow: tuple[str, ...]) -> Iterator[tuple[str, Read]]:
    """The files, with a bar on a terminal where there are many."""
    for path in found if len(found) < MANY or not sys.stderr.isatty() else _tracked(found):
        yield intake.name_of(path, root), partial(intake.documents, path, root, kind, allow)


def _tracked(found: list[Path]) -> Iterator[Path]:
    with click.progressbar(found, label="importing", file=sys.stderr) as bar:
        yield from bar


def _ignore(root: Path, config: Config, value: str, reason: str | None, until: str | None) -> None:
    path = ignored.add(root, config, value, reason or "", until)
    echo(f"{value} is ignored from now on: {shown(path, root)}")


def _json(rows: list[Row]) -> Any:
    out = [
        {
            "source": row.name,
            "said": row.said,
            "entries": list(row.imported.entries) if row.imported else [],
            "changes": [_change(change) for change in row.changes],
            "skipped": [
                {"lines": [s.first, s.last], "reason": s.reason, **_at(s.at)} for s in row.imported.skipped
            ] if row.imported else [],
            "receipts": [
                {"entry": r.entry, "field": r.field, "lines": [r.first, r.last], **_at(r.at)}
                for r in row.imported.receipts
            ] if row.imported else [],
            "remarks": list(row.imported.remarks) if row.imported else [],
            "account": row.imported.account if row.imported else {},
        }
        for row in rows
    ]  # fmt: skip
    return out[0] if len(out) == 1 else out


def _at(path: str) -> dict[str, str]:
    return {"at": path} if path else {}


def _change(change: Change) -> dict[str, Any]:
    kept = [{"field": name, "reason": reason} for name, reason in change.kept]
    return {
        "entry": change.entry, "what": change.what, "file": change.name, "fields": list(change.fields), "kept": kept,
        "reason": change.reason,
    }  # fmt: skip


def _text(rows: list[Row], *, report: bool, dry_run: bool, diff: bool) -> None:
    for row in rows:
        _show(row, report=report, dry_run=dry_run, diff=diff)
    rows = [row for row in rows if row.imported is None or row.imported.entries]
    if len(rows) > 1:
        _table(list(_sums(rows)))


def _show(row: Row, *, report: bool, dry_run: bool, diff: bool) -> None:
    if row.imported is None:
        echo(f"{row.name}: {row.said}")
        return
    news = {change.what for change in row.changes} & {"new", "updated"}
    done = "" if not news else "would be written" if dry_run else "written"
    told = row.said if row.said != "new" else ""
    said = "; ".join(part for part in (told, done) if part)
    echo(f"{row.name}: {said}" if said else row.name)
    known = {data["id"]: data for data in row.imported.entries}
    for change in row.changes:
        data = known.get(change.entry)
        says = f"  {data['kind']}  {data['status']}" if data else ""
        echo(f"  {change.entry}{says}  {_what(change)}")
        for name, reason in change.kept:
            echo(f"    kept: {name}, {reason}")
        if diff:
            _diff(change)
    for remark in row.imported.remarks if news or not row.changes else ():
        echo(f"  note: {remark}")
    if report:
        _report(row.imported)


def _what(change: Change) -> str:
    if change.what == "updated":
        return f"updated: {', '.join(change.fields)}"
    return f"left as it is: {change.reason}" if change.reason else change.what


def _diff(change: Change) -> None:
    before, after = change.before.splitlines(), change.after.splitlines()
    if change.after:
        names = (f"a/{change.name}" if before else "/dev/null", f"b/{change.name}")
        for line in difflib.unified_diff(before, after, *names, lineterm=""):
            echo(line)


def _report(imported: Imported) -> None:
    account = imported.account
    numbers = [account.get(name, 0) for name in ("placed", "kept", "skipped")]
    echo("  lines: {} placed, {} kept in notes, {} skipped".format(*numbers))
    for receipt in imported.receipts:
        echo(f"    {_lines(receipt)}  {receipt.field}  {receipt.entry}")
    for skipped in imported.skipped:
        echo(f"    {_lines(skipped)}  skipped: {skipped.reason}")


def _lines(one: Receipt | Skipped) -> str:
    return f"{one.at} {one.first}-{one.last}" if one.at else f"{one.first}-{one.last}"


def _sums(rows: list[Row]) -> Iterator[tuple[str, str]]:
    """What all documents came to, as name and value."""
    done = [row.imported for row in rows if row.imported]
    broken = sum(row.broken for row in rows)
    yield "documents", f"{len(rows)}: {len(done)} read, {len(rows) - len(done) - broken} refused, {broken} unreadable"
    entries = [data for imported in done for data in imported.entries]
    kinds = Counter(data["kind"] for data in entries)
    yield "entries", f"{kinds['incident']} incidents, {kinds['session']} sessions"
    what = Counter(change.what for row in rows for change in row.changes)
    yield "of these", ", ".join(f"{what[name]} {name}" for name in ("new", "updated", "unchanged", "left", "gone"))
    yield "fields", str(sum(len(list(receipts.units(data))) for data in entries))
    lines = Counter[str]()
    for imported in done:
        lines.update(imported.account)
    yield "lines", f"{lines['placed']} placed, {lines['kept']} kept in notes, {lines['skipped']} skipped"
    yield "redactions", str(sum(imported.redacted for imported in done))
    for reason, count in Counter(row.said.split("\n")[0] for row in rows if not row.imported).most_common():
        yield "not imported", f"{count} × {reason.removeprefix('is not imported: ')}"


def _table(sums: list[tuple[str, str]]) -> None:
    for name, value in sums:
        echo(f"{name:12}  {value}")
