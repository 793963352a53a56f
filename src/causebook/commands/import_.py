"""``causebook import``: write-ups that exist already become draft entries."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from causebook import config as settings
from causebook import drafts, files, ignored, importers, yamlio
from causebook.commands import echo, root_of, shown
from causebook.config import Config
from causebook.errors import CausebookError, Place, UsageError
from causebook.ignored import Ignored
from causebook.importers import Document, Imported, NothingToImport, Receipt, Skipped, Source

MOST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one file."""

    name: str
    said: str
    imported: Imported | None = None


@click.command
@click.argument("paths", nargs=-1, metavar="[FILE|FOLDER|GLOB]...")
@click.option(
    "--git", "revisions", multiple=True, metavar="RANGE", help="Propose incidents out of commits: v1.2..main."
)
@click.option("--ignore", metavar="SHA|SOURCE|PATTERN", help="Import and propose this never again; needs --reason.")
@click.option("--reason", metavar="TEXT", help="Why it is ignored.")
@click.option("--until", metavar="DAY", help="The last day on which it is ignored; by default for good.")
@click.option("--dry-run", is_flag=True, help="Write nothing.")
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
    Exit 1 when a document was refused because it tells of neither.

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
    found = list(_files(paths))
    if not found and not revisions:
        raise UsageError("there is no document to import", hint="give a file, a folder, or a pattern in quotes")
    allowed = (*config.allow, *allow, *_listed(allow_file))
    left_out = ignored.load(root, config)
    known = {} if dry_run else _written(root, config)
    rows = [row for path in _watched(found) for row in _rows(path, root, kind, allowed, alone=len(found) == 1)]
    rows += [row for given in revisions for row in _proposed(given, root, kind, allowed)]
    rows = [_unless(left_out, row) for row in rows]
    made = [_write(row, root, config, known, dry_run=dry_run) if row.imported else row for row in rows]
    if format_ == "json":
        echo(json.dumps(_json(made), indent=2, ensure_ascii=False))
    else:
        _show(made, report=report, dry_run=dry_run)
    ctx.exit(0 if all(row.imported for row in made) else 1)


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


def _files(paths: Sequence[str]) -> Iterator[Path]:
    """The documents that the arguments name, each once, in a stable order."""
    seen: set[Path] = set()
    for given in paths:
        path = Path(given)
        if path.is_dir():
            hits = [p for p in sorted(path.rglob("*")) if p.is_file() and not _hidden(p, path) and _readable(p)]
        elif path.exists():
            hits = [path]
        elif any(mark in given for mark in "*?["):
            base = Path(path.anchor) if path.is_absolute() else Path()
            pattern = path.relative_to(path.anchor).as_posix() if path.is_absolute() else given
            hits = [p for p in sorted(base.glob(pattern)) if p.is_file() and _readable(p)]
        else:
            raise UsageError(f"there is no file {given}", hint="check the path, or put a pattern in quotes")
        for hit in hits:
            if hit.resolve() not in seen:
                seen.add(hit.resolve())
                yield hit


def _readable(path: Path) -> bool:
    """Whether a file that nobody named is worth reading: of kinds that only their content tells, those that fit."""
    importer = importers.importer_of(path)
    if importer is None or not hasattr(importer, "recognises"):
        return importer is not None
    try:
        return path.stat().st_size <= MOST_BYTES and bool(importer.recognises(path.read_bytes()))
    except OSError:
        return False


def _hidden(path: Path, folder: Path) -> bool:
    return any(
        part.startswith(".") or part in {"node_modules", "site-packages"} for part in path.relative_to(folder).parts
    )


def _watched(found: list[Path]) -> Iterator[Path]:
    """The files, with a bar on a terminal where there are many."""
    if len(found) < 20:
        yield from found
        return
    with click.progressbar(found, label="importing", file=sys.stderr) as bar:
        yield from bar


def _rows(path: Path, root: Path, kind: str | None, allow: tuple[str, ...], *, alone: bool) -> list[Row]:
    """What becomes of each document of a file."""
    name = path.resolve().relative_to(root).as_posix() if path.resolve().is_relative_to(root) else path.name
    try:
        return [Row(one.name, one.reason, one.imported) for one in _documents(path, name, root, kind, allow)]
    except NothingToImport as error:
        return [Row(name, error.message)]
    except CausebookError as error:
        if alone:
            raise
        return [Row(name, str(error).removeprefix(f"{name}: "))]


def _documents(path: Path, name: str, root: Path, kind: str | None, allow: tuple[str, ...]) -> list[Document]:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        day = datetime.fromtimestamp(path.stat().st_mtime).astimezone().date()
    except OSError as error:
        raise CausebookError(f"cannot be read: {(error.strerror or str(error)).lower()}", place=Place(name)) from error
    importer = importers.importer_of(path, data)
    if importer is None:
        raise UsageError(
            f"{name}: no importer reads files that end in {path.suffix!r}",
            hint="read are Markdown, text, issues and pull requests as `gh ... --json` prints them, and JUnit reports",
        )
    if len(data) > MOST_BYTES:
        raise CausebookError(f"is more than {MOST_BYTES:,} bytes", place=Place(name), hint="split it")
    return list(importers.documents(importer, Source(name, data, day, root, allow), kind))


def _proposed(revisions: str, root: Path, kind: str | None, allow: tuple[str, ...]) -> list[Row]:
    """What the commits of a range propose."""
    importer = importers.importers()["git_history"]
    source = Source(f"git:{revisions}", revisions.encode(), datetime.now().astimezone().date(), root, allow)
    return [Row(one.name, one.reason, one.imported) for one in importers.documents(importer, source, kind)]


def _ignore(root: Path, config: Config, value: str, reason: str | None, until: str | None) -> None:
    path = ignored.add(root, config, value, reason or "", until)
    echo(f"{value} is ignored from now on: {shown(path, root)}")


def _unless(left_out: Ignored, row: Row) -> Row:
    """``row``, unless the project ignores it: then nothing is made of it."""
    if row.imported is None or not row.imported.entries:
        return row
    titles = [data["title"] for data in row.imported.entries]
    links = [link for data in row.imported.entries for link in data.get("commits", ())]
    told = [link for link in links if row.name.startswith("git:") and link["role"] in {"fixed", "reverted"}]
    titles += [link["note"] for link in told if "note" in link]
    today = datetime.now().astimezone().date()
    reason = left_out.reason(today, source=row.name, titles=titles, commits=[link["sha"] for link in told])
    return row if reason is None else Row(row.name, f"ignored: {reason}", Imported(()))


def _written(root: Path, config: Config) -> dict[str, list[tuple[str, str]]]:
    """By source: id and hash of the entries that an earlier import wrote."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in settings.entry_paths(root, config):
        try:
            data = yamlio.parse(files.read_text(path, name=path.name), path.name).data
        except CausebookError:
            continue  # `causebook check` tells of it
        origin = data.get("provenance") if isinstance(data, dict) else None
        if isinstance(data, dict) and isinstance(origin, dict) and origin.get("method") == "imported":
            found.setdefault(str(origin.get("source")), []).append(
                (str(data.get("id")), str(origin.get("source_sha256")))
            )
    return found


def _write(row: Row, root: Path, config: Config, known: dict[str, list[tuple[str, str]]], *, dry_run: bool) -> Row:
    imported = row.imported
    if imported is None or not imported.entries or dry_run:
        return row
    earlier = known.get(row.name, [])
    sha = imported.entries[0]["provenance"]["source_sha256"]
    if any(held == sha for _, held in earlier):
        return replace(row, said="unchanged: imported before")
    if earlier:
        left = ", ".join(identity for identity, _ in earlier)
        return replace(row, said=f"the source has changed since it was imported; left untouched: {left}")
    for data in imported.entries:
        drafts.write(root, config, data["id"], f"{drafts.SCHEMA_LINE}\n{yamlio.dump(data)}")
    return replace(row, said="written")


def _json(rows: list[Row]) -> Any:
    out = [
        {
            "source": row.name,
            "said": row.said,
            "entries": list(row.imported.entries) if row.imported else [],
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


def _show(rows: list[Row], *, report: bool, dry_run: bool) -> None:
    for row in rows:
        if row.imported is None:
            echo(f"{row.name}: {row.said}")
            continue
        said = row.said or ("would be written" if dry_run and row.imported.entries else "")
        echo(f"{row.name}: {said}" if said else row.name)
        for data in row.imported.entries:
            echo(f"  {data['id']}  {data['kind']}  {data['status']}")
        for remark in row.imported.remarks:
            echo(f"  note: {remark}")
        if report:
            _report(row.imported)
    rows = [row for row in rows if row.imported is None or row.imported.entries]
    if len(rows) > 1:
        done = [row.imported for row in rows if row.imported]
        kinds = [data["kind"] for imported in done for data in imported.entries]
        echo(
            f"{len(rows)} documents: {len(done)} imported as {kinds.count('incident')} incidents and "
            f"{kinds.count('session')} sessions, {len(rows) - len(done)} refused"
        )


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
