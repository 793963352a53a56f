"""An entry that a change brings names files as the same change leaves them.

Where a change renames a file, its own new entry naming the old path sends readers astray from the first day. The
right path is known, so `check --fix` writes it.

Good:
    an entry that names src/pools.py, in the change that renames src/pool.py to src/pools.py
Bad:
    an entry that names src/pool.py, in that change
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook import named
from causebook.change import Change
from causebook.findings import Edit, Finding, dotted
from causebook.kb import KnowledgeBase

LEVEL = "warning"
MENDS = True


def check(change: Change, kb: KnowledgeBase) -> Iterator[Finding]:
    """Old names of files, in entries that the change adds."""
    renamed = {f.old_path: f.path for f in change.files if f.status == "R" and f.old_path in change.gone}
    for path in sorted(change.added if renamed else ()):
        record = kb.by_path.get(path)
        if record is None or record.entry.repo:
            continue
        for file in named.files(record.entry):
            new = renamed.get(file.path)
            if new is not None and not file.gone and file.way[-1] == "path":
                edit = Edit(path, file.way, new)
                message = f"{file.path} is renamed to {new} by this change"
                yield Finding(message, record.place(*file.way), f"write {new}", field=dotted(file.way), edit=edit)
