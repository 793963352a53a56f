"""No entry holds an e-mail address, a home folder, a login or a private host.

They help no reader and say more about people and machines than a published page should. Addresses of documentation
(`example.com`, `.test`), `git@github.com`, `/home/runner` and `localhost` are fine. What may be published can be named
under `allow` in the settings, with `*` for anything: `*@team.dev`.

Good:
    symptom: {description: "~/src/app/main.py cannot reach db.example.com"}
Bad:
    symptom: {description: "/home/ada/src/app/main.py cannot reach db.internal"}
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook import redaction
from causebook.findings import Finding, dotted
from causebook.kb import KnowledgeBase, Record

LEVEL = "warning"


def check(record: Record, kb: KnowledgeBase) -> Iterator[Finding]:
    """Everything personal, and private hosts."""
    for path, found in kb.sensitive(record):
        if found.kind in redaction.PERSONAL:
            message = f"{dotted(path)} holds {redaction.KINDS[found.kind]}, on line {found.line} of the text"
            fix = f"write [{found.kind}] in its place, or put it under `allow` in the settings"
            yield Finding(message, record.place(*path), fix, field=dotted(path))
