"""For GitHub Actions: a workflow command for each finding, so that it stands beside the line in the pull request.

GitHub shows ten errors, ten warnings and ten notices of a step and drops the rest without a word; here the rest is
counted, and the log that follows has all of it. Gitea and others ignore the commands and show the log.
"""

from __future__ import annotations

from collections import defaultdict

from causebook.findings import Finding, Report
from causebook.formats import text

MOST = 10
"""Annotations of one kind that GitHub shows of a step ("Troubleshooting workflows", limits of annotations)."""
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report) -> str:
    """The commands, then the whole report as text."""
    kinds: dict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        kinds["notice" if finding.verdict == "unknown" else _COMMANDS[finding.level]].append(finding)
    lines: list[str] = []
    for kind in ("error", "warning", "notice"):
        found = kinds[kind]
        shown = found if len(found) <= MOST else found[: MOST - 1]
        lines += [_command(kind, finding) for finding in shown]
        if len(found) > len(shown):
            more = f"and {len(found) - len(shown)} more; the log of this step has them all"
            lines.append(f"::{kind} title=causebook::{more}")
    return "\n".join([*lines, _inert(text.render(report))])


def _inert(log: str) -> str:
    """Text of which the runner takes no line for a command: it looks for ``::`` after blanks, and ``##[`` anywhere."""
    lines = (line.replace("::", ":\u200b:", 1) if line.lstrip().startswith("::") else line for line in log.split("\n"))
    return "\n".join(lines).replace("##[", "##\u200b[")


def _command(kind: str, finding: Finding) -> str:
    place = finding.place
    options = {"file": place.path} if place.path not in {"", "."} else {}
    if options and place.line:
        options |= {"line": str(place.line), "col": str(max(place.column, 1))}
    options["title"] = f"causebook {finding.rule}" + (" (unknown)" if finding.verdict == "unknown" else "")
    said = f"{finding.message}\n{finding.fix}" if finding.fix else finding.message
    held = ",".join(f"{key}={_property(value)}" for key, value in options.items())
    return f"::{kind} {held}::{_data(said)}"


def _data(value: str) -> str:
    """A message as the runner's ``escapeData`` writes it; anything else could end the command or begin another."""
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
