"""``causebook diagnose``: a traceback, test run or log in, the known cause and its fix out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from causebook import config as settings
from causebook import diagnose, known, reports
from causebook.commands import echo
from causebook.errors import CausebookError, UsageError

_WORD = {"certain": "certainly", "likely": "likely", "possible": "possibly"}


@click.command
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--format", "format_", default="text", type=click.Choice(["text", "json", "jsonl"]), show_default=True)
@click.option("--why", metavar="ID", help="Show what speaks for this playbook.")
@click.option("--why-not", metavar="ID", help="Show what keeps this playbook from fitting.")
@click.option("--draft", is_flag=True, help="Write a draft incident, with a signature for a failure that is unknown.")
@click.pass_context
def command(
    ctx: click.Context, files: tuple[str, ...], format_: str, why: str | None, why_not: str | None, *, draft: bool
) -> None:
    """Name the known cause of a failure, show the line that proves it, and the fix.

    FILEs hold what the failure printed: a traceback, pytest's output, a JUnit file, a CI log. Without a FILE, or for
    a FILE called -, standard input is read.

    \b
    pytest 2>&1 | causebook diagnose
    causebook diagnose ci.log junit.xml
    causebook diagnose --why-not loop-closed ci.log     what keeps it from being that one

    Exit codes: 0 a cause is known for every input, 1 for at least one none is known, 2 an input cannot be read.
    """
    root = settings.project_of(ctx.find_root().obj)
    diagnosis = diagnose.Diagnosis(known.load(root))
    inputs = files or ("-",)
    if name := why or why_not:
        _explain(diagnosis, inputs, name, against=bool(why_not))
        return
    answers, failed = _answers(diagnosis, inputs, format_)
    if format_ == "json":
        echo(json.dumps([answer.data() for answer in answers], indent=2, ensure_ascii=False))
    if draft:
        for path in _drafts(root, answers):
            echo(f"drafted {path}", err=format_ != "text")
    ctx.exit(2 if failed else 0 if all(answer.matches for answer in answers) else 1)


def _answers(
    diagnosis: diagnose.Diagnosis, inputs: tuple[str, ...], format_: str
) -> tuple[list[diagnose.Answer], bool]:
    """The answer to each input, printed as it comes; and whether an input could not be read."""
    answers: list[diagnose.Answer] = []
    failed = False
    for name in inputs:
        try:
            answer: diagnose.Answer | None = diagnosis.of(
                diagnosis.matcher.read_lines(reports.lines(name, diagnosis.matcher)), name
            )
        except CausebookError as error:
            echo(f"causebook: {error}", err=True)
            answer, failed = None, True
        answers.append(answer or diagnose.Answer(name, (), (), 0))
        if format_ == "jsonl":
            click.echo(json.dumps(answers[-1].data(), ensure_ascii=False))
        elif format_ == "text" and answer is not None:
            _show(answer, several=len(inputs) > 1)
    return answers, failed


def _show(answer: diagnose.Answer, *, several: bool) -> None:
    """For people: the verdict first, then the proof, the fix, and where to read on."""
    if several:
        echo(f"== {answer.input}")
    if not answer.matches:
        echo("unknown: no playbook or incident fits" if answer.events else "unknown: no failure was found in it")
    for match in answer.matches:
        for line in _lines(match):
            echo(line)
    for failure in answer.unknown:
        echo(f"not known: line {failure['line']}: {failure['text']}")
    if answer.unknown:
        echo("  `causebook diagnose --draft` writes it down as an incident")


def _lines(match: dict[str, Any]) -> Iterator[str]:
    name = match.get("incident") or match["playbook"]
    times = f", {match['count']} times" if match["count"] > 1 else ""
    yield f"{_WORD[match['confidence']]} {name}: {match['title']}{times}"
    for evidence in match["evidence"][:2]:
        yield f"  line {evidence['line']}: {evidence['text']}"
    for number, line in enumerate(match["fix"], 1):
        yield f"  {'Fix: ' if number == 1 else '     '}{number}. {line}"
    if match["playbook"]:
        yield f"  More: causebook show {match['playbook']}"
    for incident in match["incidents"]:
        yield f"  Seen: {incident['date']} {incident['title']} ({incident['status']}), {incident['path']}"
    for other in match.get("follows", ()):
        yield f"  Follows from it: {other}"
    for other in match.get("tell", ()):
        yield f"  It is {other['playbook']} rather if {other['when']}"
    yield ""


def _explain(diagnosis: diagnose.Diagnosis, inputs: tuple[str, ...], name: str, *, against: bool) -> None:
    if name not in diagnosis.matcher.causes:
        hint = f"there are: {', '.join(sorted(diagnosis.matcher.causes))}"
        raise UsageError(f"there is no playbook or incident {name}", hint=hint)
    for path in inputs:
        report = diagnosis.matcher.read_lines(reports.lines(path, diagnosis.matcher))
        for line in diagnosis.matcher.why(report, name, against=against):
            echo(f"{path}: {line}" if len(inputs) > 1 else line)


def _drafts(root: Path | None, answers: list[diagnose.Answer]) -> Iterator[str]:
    from causebook import scaffold

    if root is None:
        raise UsageError("there is no project to write the draft to", hint="`causebook init` makes one")
    for answer in answers:
        for path in scaffold.new_from_failure(root, settings.load(root), answer.data()):
            yield path.relative_to(root).as_posix()
