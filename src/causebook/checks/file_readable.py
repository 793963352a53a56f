"""An entry's file can be read as text.

A file that is a folder, a link that leads nowhere, not UTF-8, or larger than a megabyte tells nobody anything. It
is one finding and never hides the other entries.

Good:
    a text file in UTF-8, under a megabyte
Bad:
    a file saved as UTF-16, or a folder called ``2026-11-21-pool-3f9a.yaml``
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook.findings import Finding
from causebook.kb import KnowledgeBase

HISTORY = True


def check(kb: KnowledgeBase) -> Iterator[Finding]:
    """What loading met."""
    yield from (p for p in kb.problems if p.rule == "file_readable")
