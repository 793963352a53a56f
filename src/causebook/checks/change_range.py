"""What a change brings can be told: its base is at hand, and the two have a commit in common.

In a shallow clone, or between histories that never met, git cannot say what a change is. Rules for changes are then not
asked, and this says so with the command that helps: the answer is unknown, never passed.

Good:
    a clone with the whole history, as `fetch-depth: 0` makes it
Bad:
    a clone of depth 1, in which the branch and its base have no commit in common
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook.change import Change
from causebook.errors import Place
from causebook.findings import Finding


def check(change: Change) -> Iterator[Finding]:
    """Why the change could not be told."""
    if change.unknown:
        yield Finding(change.unknown, Place("."), change.settle, "unknown")
