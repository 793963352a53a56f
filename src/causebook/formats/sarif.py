"""For code scanning: SARIF 2.1.0, with a rule for each check and fingerprints that survive moved lines and files."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote

from causebook import __version__
from causebook.findings import Acknowledged, Finding, Report, Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(report: Report) -> str:
    """One run with all findings; those that are acknowledged are suppressed, those that could not be told are open."""
    results = [_result(f) for f in report.findings]
    results += [{**_result(a.finding), "suppressions": [_suppression(a)]} for a in report.acknowledged]
    driver = {
        "name": "causebook",
        "semanticVersion": __version__,
        "informationUri": "https://pypi.org/project/causebook/",
        "rules": [_rule(rule) for rule in report.rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"PROJECT": {"description": {"text": "The folder of the project."}}},
        "results": results,
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=True) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.manual.split("\n\nGood:", 1)[0]},
        "help": {"text": rule.manual},
        "defaultConfiguration": {"level": rule.level},
    }


def _suppression(one: Acknowledged) -> dict[str, str]:
    """Who let it be: the file of acknowledgements, or a comment at the place."""
    if not one.until:
        return {"kind": "inSource", "justification": one.reason}
    return {"kind": "external", "justification": f"{one.reason} (until {one.until})"}


def _result(finding: Finding) -> dict[str, Any]:
    text = f"{finding.message}\n{finding.fix}" if finding.fix else finding.message
    unknown = finding.verdict == "unknown"
    return {
        "ruleId": finding.rule,
        # What could not be told is no failure: SARIF's kind for it is "open", which has the level "none".
        "kind": "open" if unknown else "fail",
        "level": "none" if unknown else finding.level,
        "message": {"text": text},
        "locations": [{"physicalLocation": _location(finding)}],
        "partialFingerprints": {"causebook/v1": fingerprint(finding)},
    }


def _location(finding: Finding) -> dict[str, Any]:
    path = finding.place.path if finding.place.path not in {"", "."} else "."
    uri = quote(path, errors="surrogateescape")
    location: dict[str, Any] = {"artifactLocation": {"uri": uri, "uriBaseId": "PROJECT"}}
    if finding.place.line:
        location["region"] = {"startLine": finding.place.line, "startColumn": max(finding.place.column, 1)}
    return location


def fingerprint(finding: Finding) -> str:
    """The same for the same finding wherever its line and, for an entry, its file have moved: 32 hex digits."""
    parts = (finding.rule, finding.subject or finding.place.path, finding.field, finding.message)
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()[:32]
