"""For a comment or a step summary: Markdown with a mark at its head, so that a later run can replace its comment."""

from __future__ import annotations

from causebook.findings import Finding, Hint, Report
from causebook.markdown import code, escaped

MARK = "<!-- causebook check -->"
"""First line of every such report."""
MOST = 50
"""Findings in full; a comment holds 65,536 characters, and nobody reads the sixtieth."""


def render(report: Report) -> str:
    """Verdict, findings, what could not be told, what is acknowledged, and what history knows."""
    looked = f"Looked at {_plain(report.summary)}." if report.summary else ""
    parts = [MARK, f"### Causebook: {_verdict(report)}", looked]
    failing = report.failing("note")
    if failing:
        parts.append("| | Where | What | How to mend it |\n|---|---|---|---|\n" + "\n".join(map(_row, failing[:MOST])))
    if len(failing) > MOST:
        parts.append(f"And {len(failing) - MOST} more: `causebook check` shows all.")
    if report.hints:
        parts.append("#### What history knows about these files\n\n" + "\n".join(map(hint, report.hints)))
    if report.unknown():
        rows = "\n".join(map(_unknown, report.unknown()[:MOST]))
        parts.append(_details(f"{len(report.unknown())} could not be told", rows))
    if report.acknowledged:
        rows = "\n".join(
            f"- {_where(a.finding)}: {_plain(a.finding.message)}. {_plain(a.reason)}"
            + (f" (until {a.until})" if a.until else "")
            for a in report.acknowledged[:MOST]
        )
        parts.append(_details(f"{len(report.acknowledged)} acknowledged", rows))
    return "\n\n".join(part for part in parts if part) + "\n"


def _plain(text: str) -> str:
    """One line of untrusted text; a zero-width space keeps ``@name`` from calling that person into every comment."""
    return escaped(text.replace("\n", " ")).replace("@", "@\u200b")


def _verdict(report: Report) -> str:
    errors, all_ = len(report.failing()), len(report.failing("note"))
    if errors:
        return f"{errors} to mend" + (f", {all_ - errors} to look at" if all_ > errors else "")
    return f"{all_} to look at" if all_ else "nothing to mend"


def _row(finding: Finding) -> str:
    said = f"{_plain(finding.message)} {code(finding.rule)}"
    return f"| {finding.level} | {_where(finding)} | {said} | {_plain(finding.fix)} |"


def _unknown(finding: Finding) -> str:
    settle = f" ({code(finding.fix)})" if finding.fix else ""
    return f"- {_where(finding)}: {_plain(finding.message)}{settle}"


def _where(finding: Finding) -> str:
    return code(str(finding.place)) if finding.place.path not in {"", "."} else "the change"


def hint(one: Hint) -> str:
    """What history knows: an item with its advice as a list of its own."""
    lines = [f"- **{_plain(one.title)}** ({code(one.target)}). Shown because {_plain(one.because)}."]
    return "\n".join([*lines, *(f"    - {_plain(line)}" for line in one.advice)])


def _details(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"
