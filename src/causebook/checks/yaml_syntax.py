"""An entry is plain YAML: one document of text, lists and mappings.

Duplicate keys, tabs, anchors, aliases and tags are refused: the first loses text without a word, the others read
differently in every tool, and an alias can unfold into gigabytes.

Good:
    title: "Pool: closed too early"
Bad:
    title: Pool: closed too early
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook.findings import Finding
from causebook.kb import KnowledgeBase

HISTORY = True


def check(kb: KnowledgeBase) -> Iterator[Finding]:
    """What loading met."""
    yield from (p for p in kb.problems if p.rule == "yaml_syntax")
