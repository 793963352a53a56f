"""Nothing above a draft still holds a TODO mark.

`causebook new` writes TODO where a person has to say something. Text that is published with the mark in it has not
been written yet. Words such as "todo list" are fine: the mark is TODO in capitals at the start of a value.

Good:
    status: investigating
    attempts: [{action: Read the log, outcome: inconclusive}]
Bad:
    status: investigating
    attempts: [{action: "TODO: what was tried", outcome: failed}]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from causebook.findings import Finding, dotted
from causebook.kb import Record
from causebook.yamlio import strings

_MARK = re.compile(r"\s*TODO\b")


def check(record: Record) -> Iterator[Finding]:
    """Every value that starts with the mark."""
    if record.entry.status == "draft" or not any("TODO" in text for text in record.document.texts):
        return
    for path, text in strings(record.document.data):
        if _MARK.match(text):
            message = f"{dotted(path)} still says TODO, and the status is {record.entry.status}"
            yield Finding(
                message, record.place(*path), "write it, remove the key, or set `status: draft`", field=dotted(path)
            )
