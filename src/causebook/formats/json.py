"""For programs: one JSON object with every finding."""

from __future__ import annotations

import json

from causebook.findings import Finding, Report


def render(report: Report) -> str:
    """``{"entries", "rules", "counts", "findings": [{"rule", "level", "verdict", "path", "line", ...}]}``."""
    data = {
        "entries": report.entries,
        "rules": list(report.rules),
        "counts": {"failing": len(report.failing("note")), "unknown": len(report.unknown())},
        "findings": [_object(finding) for finding in report.findings],
    }
    return json.dumps(data, indent=2, ensure_ascii=True) + "\n"


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
