"""No entry holds a value that its name calls a password or a key.

This is told by the name beside it (`password =`, `api_key:`), so it can be wrong: then name the value under `allow` in
the settings. Placeholders such as `changeme`, `<password>` and `***` are fine.

Good:
    symptom: {description: "It ran with password = <password> and stopped"}
Bad:
    symptom: {description: "It ran with password = tr0ub4dor and stopped"}
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook import redaction
from causebook.findings import Finding, dotted
from causebook.kb import KnowledgeBase, Record

LEVEL = "warning"


def check(record: Record, kb: KnowledgeBase) -> Iterator[Finding]:
    """What is told by the name beside it."""
    for path, found in kb.sensitive(record):
        if found.kind not in redaction.SHAPES | redaction.PERSONAL:
            message = f"{dotted(path)} may hold a password or key, on line {found.line} of the text"
            fix = f"write [{found.kind}] in its place and revoke it; if it is none, put it under `allow`"
            yield Finding(message, record.place(*path), fix, field=dotted(path))
