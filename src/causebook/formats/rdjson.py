"""For reviewdog: the Reviewdog Diagnostic Format as one JSON object."""

from __future__ import annotations

import json
from typing import Any

from causebook.findings import Finding, Report

_SEVERITY = {"error": "ERROR", "warning": "WARNING", "note": "INFO"}


def render(report: Report) -> str:
    """``{"source", "severity", "diagnostics": [...]}``; what could not be told has the severity INFO."""
    data = {
        "source": {"name": "causebook"},
        "severity": "ERROR" if report.failing() else "WARNING" if report.failing("warning") else "INFO",
        "diagnostics": [_diagnostic(finding) for finding in report.findings],
    }
    return json.dumps(data, indent=2, ensure_ascii=True) + "\n"


def _diagnostic(finding: Finding) -> dict[str, Any]:
    unknown = finding.verdict == "unknown"
    text = f"{'could not be told: ' if unknown else ''}{finding.message}"
    location: dict[str, Any] = {"path": finding.place.path or "."}
    if finding.place.line:
        location["range"] = {"start": {"line": finding.place.line, "column": max(finding.place.column, 1)}}
    return {
        "message": f"{text}\n{finding.fix}" if finding.fix else text,
        "location": location,
        "severity": "INFO" if unknown else _SEVERITY[finding.level],
        "code": {"value": finding.rule},
    }
