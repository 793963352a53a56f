"""An entry has only the keys of the schema, with values of the right kind.

A misspelt key would be text that nobody ever sees. Keys of your own start with ``x-``. ``causebook schema`` prints
the whole schema; editors complete and check it through the first line of each file.

Good:
    severity: sev2
Bad:
    severty: sev2
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook.findings import Finding
from causebook.kb import KnowledgeBase

HISTORY = True


def check(kb: KnowledgeBase) -> Iterator[Finding]:
    """What loading met."""
    yield from (p for p in kb.problems if p.rule == "schema")
