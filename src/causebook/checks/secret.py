"""No entry holds a key, a token, a password in an address, a cookie or a private key.

What was committed once stays in the history and counts as known, so the secret has to be revoked as well. Placeholders
such as `<password>` and `${PASSWORD}` are fine, and so are commits, UUIDs and digests. What only looks like a secret
can be named under `allow` in the settings.

Good:
    symptom: {description: "postgres://app:${DB_PASSWORD}@db/app cannot be reached"}
Bad:
    symptom: {description: "postgres://app:hunter22@db/app cannot be reached"}
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook import redaction
from causebook.findings import Finding, dotted
from causebook.kb import KnowledgeBase, Record


def check(record: Record, kb: KnowledgeBase) -> Iterator[Finding]:
    """What is told by its form or its place."""
    for path, found in kb.sensitive(record):
        if found.kind in redaction.SHAPES:
            message = f"{dotted(path)} holds {redaction.KINDS[found.kind]}, on line {found.line} of the text"
            fix = f"write [{found.kind}] in its place, and revoke it"
            yield Finding(message, record.place(*path), fix, field=dotted(path))
