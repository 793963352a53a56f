"""A playbook's signatures fit its own samples, and no sample of another playbook.

A signature that does not match its own sample finds nothing; one that matches another playbook's sends the reader to
the wrong page, which is worse than to none.

Good:
    message: "{any} is bound to a different event loop"
    positive: ["RuntimeError: <Queue at 0x7f> is bound to a different event loop"]
Bad:
    message: "{any} different {any} loop{any}"    fits "attached to a different loop" as well
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook import events
from causebook.errors import Place
from causebook.events import Event
from causebook.findings import Finding
from causebook.kb import KnowledgeBase
from causebook.playbook import Playbook


def check(kb: KnowledgeBase) -> Iterator[Finding]:
    """Every sample of every playbook against the signatures of all of them."""
    if not kb.playbooks:
        return
    read = {name: [_events(text) for text in p.positive] for name, p in kb.library.items()}
    for name, playbook in kb.playbooks.items():
        place = Place(playbook.path, 1, 1)
        for number, found in enumerate(read[name], 1):
            if not any(playbook.matches(event) for event in found):
                said = "; ".join(str(event).split("\n", 1)[0] for event in found) or "nothing"
                yield Finding(f"no signature fits its positive sample {number}", place, f"it reads as: {said}")
        for number, sample in enumerate(playbook.negative, 1):
            for event in _events(sample.text):
                if playbook.matches(event):
                    message = f"a signature fits its negative sample {number}"
                    yield Finding(message, place, f"make it tell more than: {event}")
        yield from _others(playbook, kb, read)


def _others(playbook: Playbook, kb: KnowledgeBase, read: dict[str, list[tuple[Event, ...]]]) -> Iterator[Finding]:
    """What two playbooks both claim; a side effect that only one of them claims is not meant."""
    for name, samples in read.items():
        if name == playbook.id or (name in kb.playbooks and name > playbook.id):  # each pair once
            continue
        other = kb.library[name]
        both = (event for sample in (*samples, *read[playbook.id]) for event in sample)
        claimed = (event for event in both if playbook.matches(event) and other.matches(event))
        if event := next(claimed, None):
            message = f"{name} and {playbook.id} both claim {str(event).splitlines()[0]!r}"
            yield Finding(message, Place(playbook.path, 1, 1), "let one of them be told by type, origin or text")


def _events(text: str) -> tuple[Event, ...]:
    """The events of a sample: whole output, or just the last line of a traceback."""
    found = events.decode(text)
    if found or "\n" in text.strip():
        return found
    return events.decode(f'Traceback (most recent call last):\n  File "x.py", line 1, in x\n{text.strip()}\n')
