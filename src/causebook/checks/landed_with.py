"""An entry that says it lands with its own fix does land with it.

`landed_with: self` spares the author a sha that a squash would leave behind: the commit that brings the entry is the
fix. That holds only where the same change touches code.

Good:
    fix: {kind: external, description: "The provider mended it", landed_with: unknown}
Bad:
    `landed_with: self` in a change that holds nothing but the entry
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook import gate
from causebook.change import Change
from causebook.findings import Finding
from causebook.kb import KnowledgeBase
from causebook.model import Incident


def check(change: Change, kb: KnowledgeBase) -> Iterator[Finding]:
    """New entries that claim to come with their fix, in a change without code."""
    touched = [f.path for f in change.files if gate.is_code(f.path, kb.config)]
    for path in sorted(change.added if not touched else ()):
        record = kb.by_path.get(path)
        fix = record.entry.fix if record and isinstance(record.entry, Incident) else None
        if record and fix and fix.landed_with == "self":
            message = "landed_with: self, and this change touches no code"
            hint = "name the fix under commits:, or write its pull request as fix.pr"
            yield Finding(message, record.place("fix", "landed_with"), hint, field="fix.landed_with")
