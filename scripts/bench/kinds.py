"""One page of each kind of this repository's own site, for the tests of the site and for the benchmark of its pages."""

INCIDENT = "records/incidents/2025-04-10-rest-api-500s-with-test-session-3cb9/"
KINDS = {
    "home": "",
    "search": "records/search/?find=loop",
    "diagnose": "records/diagnose/",
    "playbooks": "records/playbooks/",
    "playbook": "records/playbooks/windows-loop-type/",
    "records": "records/",
    "incidents": "records/incidents/",
    "incident": INCIDENT,
    "incident with a timeline": "records/incidents/2026-11-21-harvest-waits-for-its-helper-7e2d/",
    "sessions": "records/sessions/",
    "session": "records/sessions/2025-12-10-session-99-no-failing-test-f42a/",
    "list": "records/by/status/resolved/",
    "lessons": "records/lessons/",
    "actions": "records/actions/",
    "insights": "records/insights/",
    "files": "records/files/",
    "commits": "records/commits/",
    "commits of a year": "records/commits/2026/",
    "guide": "guide/start/",
    "not found": "404.html",
}
"""Addresses from the root of the site."""
