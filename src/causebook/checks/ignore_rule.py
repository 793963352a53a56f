"""What `causebook import` is to leave out is written so that it can be read, and says why.

`entries/ignored.yaml` names commits, sources and titles that are not to be imported or proposed again. Each rule has
one of `commit`, `source` and `pattern`, a reason, and perhaps the last day on which it holds, `until`.

Good:
    - {commit: 1a2b3c4d, reason: only a typo in a message}
Bad:
    - {commit: main, reason: only a typo in a message}
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook import ignored
from causebook.errors import CausebookError, Place
from causebook.findings import Finding
from causebook.kb import KnowledgeBase


def check(kb: KnowledgeBase) -> Iterator[Finding]:
    """The first thing that is wrong with the file."""
    try:
        ignored.load(kb.root, kb.config)
    except CausebookError as error:
        yield Finding(error.message, error.place or Place(f"{kb.config.entries}/{ignored.NAME}"), error.hint)
