"""For programs: one JSON object with every finding."""

from __future__ import annotations

import json

from causebook.findings import Finding, Hint, Report


def render(report: Report) -> str:
    """An object with ``summary``, ``entries``, ``rules``, ``counts``, ``findings``, ``acknowledged`` and ``hints``."""
    data = {
        "summary": report.summary,
        "entries": report.entries,
        "rules": [rule.name for rule in report.rules],
        "counts": {"failing": len(report.failing("note")), "unknown": len(report.unknown())},
        "findings": [_object(finding) for finding in report.findings],
        "acknowledged": [{**_object(a.finding), "reason": a.reason, "until": a.until} for a in report.acknowledged],
        "hints": [hint(one) for one in report.hints],
    }
    return json.dumps(data, indent=2, ensure_ascii=True) + "\n"


def hint(one: Hint) -> dict[str, str | int | list[str]]:
    """What history knows, as an object."""
    return {
        "title": one.title,
        "because": one.because,
        "target": one.target,
        "path": one.place.path,
        "line": one.place.line,
        "advice": list(one.advice),
    }


def _object(finding: Finding) -> dict[str, str | int]:
    return {
        "rule": finding.rule,
        "level": finding.level,
        "verdict": finding.verdict,
        "path": finding.place.path,
        "line": finding.place.line,
        "column": finding.place.column,
        "field": finding.field,
        "message": finding.message,
        "fix": finding.fix,
    }
