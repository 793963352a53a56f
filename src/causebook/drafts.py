"""From a draft to a file: ids, the text of a new entry, and writing it without ever touching another file."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from causebook import files, yamlio
from causebook.config import Config
from causebook.markdown import slug
from causebook.model.words import MAX_ID

SCHEMA_LINE = "# yaml-language-server: $schema=../schema.json"
"""First line of a new entry: with it editors complete and check the file."""


def new_id(title: str, day: date) -> str:
    """An id for an entry: the day, words of the title, four random hex digits.

    Random, not counted: two branches that write an entry at the same time do not take the same one.
    """
    words = slug(title, limit=MAX_ID - 20) or "entry"
    return f"{day.isoformat()}-{words}-{secrets.token_hex(2)}"


def path_of(root: Path, config: Config, identity: str) -> Path:
    """Where the entry ``identity`` lies."""
    return root / config.entries / identity[:4] / f"{identity}.yaml"


def write(root: Path, config: Config, identity: str, text: str) -> Path:
    """Write a new entry and return its path.

    Raises:
        WriteRefused: a file of that name is there; it is left as it is.
    """
    path = path_of(root, config, identity)
    files.create_text(path, text)
    return path


def nested(data: Mapping[str, Any] | list[Any], indent: int) -> str:
    """YAML of ``data`` to put on the lines below a key, ``indent`` spaces in."""
    pad = " " * indent
    return "".join(f"{pad}{line}\n" for line in yamlio.dump(data).rstrip("\n").split("\n"))
