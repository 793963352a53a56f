"""The playbooks that come with Causebook, and what running them showed; a project's own of the same id goes first."""

from __future__ import annotations

import functools

from causebook import files, playbook, verified
from causebook.packaged import PLAYBOOKS
from causebook.playbook import Playbook


@functools.cache
def names() -> frozenset[str]:
    """Ids of all of them; reads a folder, no file."""
    return frozenset(path.stem for path in PLAYBOOKS.glob("*.md") if path.stem != "index")


@functools.cache
def load(name: str) -> Playbook:
    """One of them."""
    shown = f"causebook/playbooks/{name}.md"
    return playbook.parse(files.read_text(PLAYBOOKS / f"{name}.md", name=shown), shown)


@functools.cache
def record() -> verified.Held:
    """What running them showed."""
    return verified.load(PLAYBOOKS)
