"""For people: one block a finding, ``file:line:column``, what was found, how to mend it; then a count."""

from __future__ import annotations

from collections import Counter

from causebook.findings import Finding, Report, printable


def render(report: Report) -> str:
    """The report as text, control characters made visible."""
    blocks = [_block(finding) for finding in report.findings]
    return "\n".join([*blocks, _count(report)]) + "\n"


def _block(finding: Finding) -> str:
    level = "unknown" if finding.verdict == "unknown" else finding.level
    text = f"{finding.place}: {level}: {finding.message} [{finding.rule}]"
    return printable(f"{text}\n  {finding.fix}" if finding.fix else text)


def _count(report: Report) -> str:
    levels = Counter(f.level for f in report.findings if f.verdict == "fail")
    parts = [_plural(count, level) for level, count in sorted(levels.items())]
    if unknown := report.unknown():
        parts.append(f"{len(unknown)} unknown")
    result = ", ".join(parts) or "nothing to mend"
    return f"{_plural(report.entries, 'file')} checked: {result}"


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
