"""A change that mends something brings what was learned.

A correction (by its title, a label, a trailer, a closed bug, a revert) to code that was there before must add
an incident or session, or update one. Where there is nothing to learn, it says so: `Causebook-Skip: <reason>`. While
a team gets used to it this is a warning; `[tool.causebook.gate] mode = "enforce"` makes it an error, `"off"` ends it. A
change of documents, workflows or lock files alone needs none.

Good:
    "fix: pool is closed by its own loop" with entries/2026/2026-11-21-pool-closed-by-another-loop-3f9a.yaml
Bad:
    "fix: pool is closed by its own loop" with src/pool.py alone
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook import gate, yamlio
from causebook.change import Change
from causebook.config import Config
from causebook.errors import CausebookError, Place
from causebook.findings import Finding, Level
from causebook.git import Repository
from causebook.kb import KnowledgeBase
from causebook.pull_request import MIN_REASON


def level(config: Config) -> Level:
    """An error once a team has adopted it."""
    return "error" if config.gate.mode == "enforce" else "warning"


def check(change: Change, kb: KnowledgeBase, repo: Repository | None) -> Iterator[Finding]:
    """The missing entry, with the signs that one is needed."""
    if kb.config.gate.mode == "off" or change.staged:  # what is staged has no message yet
        return
    code = gate.code_paths(change, kb.config)
    signs = list(dict.fromkeys(gate.mends(change, kb.config))) if code else []
    if not signs or _excused(change, kb.config) or _brings(change, kb, repo):
        return
    message = f"this mends something ({'; '.join(signs[:3])}) and brings no entry"
    fix = f"`causebook new incident --from-commit {change.base[:12]}..` starts one; {gate.HOW_TO_SKIP}"
    yield Finding(message, Place(code[0]), fix)


def _excused(change: Change, config: Config) -> bool:
    return gate.label_skips(change, config) or any(len(reason) >= MIN_REASON for _, reason in gate.skips(change))


def _brings(change: Change, kb: KnowledgeBase, repo: Repository | None) -> bool:
    """Whether an entry is new, or says something that it did not say before."""
    touched = [f for f in change.files if f.path in kb.by_path and f.status != "D"]
    if any(f.status in {"A", "C"} for f in touched):
        return True
    if repo is None or not touched:
        return False
    places = {f.path: (change.base, repo.inside(kb.root, f.old_path or f.path)) for f in touched}
    before = repo.contents(places.values())
    return any(_data(before.get(place)) != kb.by_path[path].document.data for path, place in places.items())


def _data(text: bytes | None) -> yamlio.Data:
    """What a former version said; None where it cannot be read, which then differs."""
    try:
        return yamlio.parse((text or b"").decode(), "before").data
    except (CausebookError, UnicodeDecodeError):
        return None
