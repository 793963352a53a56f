"""For people: one block a finding, ``file:line:column``, what was found, how to mend it; then a count."""

from __future__ import annotations

from collections import Counter

from causebook.findings import Acknowledged, Finding, Hint, Report, printable


def render(report: Report) -> str:
    """The report as text, control characters made visible."""
    blocks = [_block(finding) for finding in report.findings if finding.verdict == "fail"]
    blocks += [_unknown(same) for same in _by_remedy(report.unknown())]
    known = [_acknowledged(one) for one in report.acknowledged]
    return "\n".join([*blocks, *known, *map(hint, report.hints), _count(report)]) + "\n"


def _by_remedy(findings: tuple[Finding, ...]) -> list[list[Finding]]:
    """What could not be told, what one command would settle together."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.fix or f"{finding.place}{finding.message}", []).append(finding)
    return list(found.values())


def _unknown(same: list[Finding]) -> str:
    """The first in full and how many more there are: the command below settles all of them."""
    block = _block(same[0])
    if len(same) == 1:
        return block
    head, _, fix = block.partition("\n")
    rules = ", ".join(sorted({finding.rule for finding in same}))
    files = _plural(len({finding.place.path for finding in same}), "file")
    more = f"and {len(same) - 1} more in {files}, by {rules}; for all of them:"
    return f"{head}\n  {more}\n{fix}"


def _acknowledged(one: Acknowledged) -> str:
    until = f" until {one.until}" if one.until else ""
    said = f"{one.finding.place}: acknowledged{until}: {one.finding.message} [{one.finding.rule}]"
    return printable(f"{said}\n  {one.reason}")


def hint(one: Hint) -> str:
    """What history knows: a line on what and why, and one for each piece of advice."""
    lines = [f"{one.place}: known: {one.title} [{one.target}]", f"  shown because {one.because}"]
    return printable("\n".join([*lines, *(f"  - {line}" for line in one.advice)]))


def _block(finding: Finding) -> str:
    level = "unknown" if finding.verdict == "unknown" else finding.level
    text = f"{finding.place}: {level}: {finding.message} [{finding.rule}]"
    return printable(f"{text}\n  {finding.fix}" if finding.fix else text)


def _count(report: Report) -> str:
    levels = Counter(f.level for f in report.findings if f.verdict == "fail")
    parts = [_plural(count, level) for level, count in sorted(levels.items())]
    if unknown := report.unknown():
        parts.append(f"{len(unknown)} unknown")
    if report.acknowledged:
        parts.append(f"{len(report.acknowledged)} acknowledged")
    result = ", ".join(parts) or "nothing to mend"
    looked = f" ({report.summary})" if report.summary and report.summary != "everything" else ""
    return f"{_plural(report.entries, 'file')} checked{looked}: {result}"


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
