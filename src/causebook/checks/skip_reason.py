"""Who leaves an entry out says why, in words that help the next reader.

Every `Causebook-Skip:` and the label for it is shown and counted, so that it can be seen how often a team passes by its
own gate. A reason of fewer than ten characters is none.

Good:
    Causebook-Skip: a typo in a log message, met by nobody
Bad:
    Causebook-Skip: wip
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook import gate
from causebook.change import Change
from causebook.errors import Place
from causebook.findings import Finding
from causebook.kb import KnowledgeBase
from causebook.pull_request import MIN_REASON

LEVEL = "note"


def check(change: Change, kb: KnowledgeBase) -> Iterator[Finding]:
    """Each place that leaves the entry out."""
    for where, reason in gate.skips(change):
        if len(reason) < MIN_REASON:
            message = (
                f"{where} says Causebook-Skip with the reason {reason!r}, expected at least {MIN_REASON} characters"
            )
            yield Finding(message, Place("."), "say why there is nothing to learn from this")
        else:
            yield Finding(f"{where} leaves the entry out: {reason}", Place("."))
    if gate.label_skips(change, kb.config):
        yield Finding(f"the label {kb.config.gate.skip_label!r} leaves the entry out", Place("."))
