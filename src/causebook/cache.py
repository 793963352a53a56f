"""What can always be made again, kept in the user's cache folder: to lose it costs time, never an answer."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from causebook import files
from causebook.errors import CausebookError


def folder(name: str) -> Path:
    """The folder ``name`` below ``$XDG_CACHE_HOME/causebook``, else ``~/.cache/causebook``; it need not be there."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "causebook" / name


def read(path: Path, key: str) -> Any:
    """What ``write`` kept there under the same ``key``; None where there is nothing, or something else."""
    try:
        held = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return held.get("held") if isinstance(held, dict) and held.get("key") == key else None


def write(path: Path, key: str, held: object) -> None:
    """Keep ``held``, which JSON can hold; where that cannot be, it is made anew next time."""
    try:
        files.write_text(path, json.dumps({"key": key, "held": held}, separators=(",", ":"), ensure_ascii=False))
    except (OSError, CausebookError):
        return
