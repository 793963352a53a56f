"""The detection rules of a playbook find their own samples.

A rule that does not find its positive sample finds nothing in a change either, and one that finds a negative sample
cries wolf. A sample has to be Python that can be read, else it proves nothing.

Good:
    call: asyncio.Queue, where: import    with the positive sample: import asyncio; queue = asyncio.Queue()
Bad:
    call: Queue    the same sample: a name is looked for as it is imported
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook import spots
from causebook.detection import Detection
from causebook.errors import Place
from causebook.findings import Finding
from causebook.kb import KnowledgeBase


def check(kb: KnowledgeBase) -> Iterator[Finding]:
    """Samples of the project's playbooks that say otherwise than their rule."""
    for playbook in kb.playbooks.values():
        for number, rule in enumerate(playbook.front.detect, 1):
            for message, fix in _wrong(rule):
                field = f"detect[{number - 1}]"
                yield Finding(f"detection rule {number}: {message}", Place(playbook.path, 1, 1), fix, field=field)


def _wrong(rule: Detection) -> Iterator[tuple[str, str]]:
    texts = [("positive", n, text) for n, text in enumerate(rule.samples.positive, 1)]
    texts += [("negative", n, one.text) for n, one in enumerate(rule.samples.negative, 1)]
    for kind, number, text in texts:
        source = spots.parse(text.encode())
        if source is None:
            yield f"its {kind} sample {number} is no Python that can be read", "write whole statements"
        elif any(rule.found(source)) != (kind == "positive"):
            seen = ", ".join(f"{s.kind} {'/'.join(s.names) or s.name} ({s.where})" for s in source.spots[:5])
            said = "does not find" if kind == "positive" else "finds"
            yield f"it {said} its {kind} sample {number}", f"it reads as: {seen or 'nothing'}"
