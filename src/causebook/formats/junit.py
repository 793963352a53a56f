"""For the test pages of a CI: JUnit XML, one case for each check, and in it what it found."""

from __future__ import annotations

import re
from collections import defaultdict
from xml.sax.saxutils import escape, quoteattr

from causebook.findings import Finding, Report

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (section 2.2) has no way to write."""


def render(report: Report) -> str:
    """A suite ``causebook``: errors and warnings are failures, a check that only could not tell is skipped."""
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        by_rule[finding.rule].append(finding)
    names = list(dict.fromkeys([*(rule.name for rule in report.rules), *by_rule]))
    cases = [_case(name, by_rule[name]) for name in names]
    failures = sum("<failure" in case for case in cases)
    skipped = sum("<skipped" in case for case in cases)
    head = f'name="causebook" tests="{len(cases)}" failures="{failures}" errors="0" skipped="{skipped}" time="0"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", f"<testsuite {head}>", *cases]
    return "\n".join([*lines, "</testsuite>", "</testsuites>", ""])


def _case(name: str, findings: list[Finding]) -> str:
    failing = [f for f in findings if f.verdict == "fail" and f.level != "note"]
    start = f'<testcase classname="causebook" name={quoteattr(name)} time="0"'
    if failing:
        lead = _clean(failing[0].message)
        text = escape(_clean("\n".join(_line(f) for f in findings)))
        return f"{start}>\n<failure message={quoteattr(lead)}>{text}</failure>\n</testcase>"
    if findings and all(f.verdict == "unknown" for f in findings):
        return f"{start}>\n<skipped message={quoteattr(_clean('; '.join(f.message for f in findings)))}/>\n</testcase>"
    if findings:
        said = escape(_clean("\n".join(_line(f) for f in findings)))
        return f"{start}>\n<system-out>{said}</system-out>\n</testcase>"
    return f"{start}/>"


def _line(finding: Finding) -> str:
    level = "unknown" if finding.verdict == "unknown" else finding.level
    return f"{finding.place}: {level}: {finding.message}" + (f"\n  {finding.fix}" if finding.fix else "")


def _clean(text: str) -> str:
    return _NOT_XML.sub(lambda m: m[0].encode("unicode_escape", "backslashreplace").decode(), text)
