"""What a playbook is: a Markdown file with front matter that says which class of failure it is for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from causebook import markdown, yamlio
from causebook.errors import Place, YamlError

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Playbook:
    """A playbook as far as entries and lists need it."""

    id: str
    """The file's stem, such as ``loop-closed``."""
    title: str
    path: str
    """Path from the project's root."""
    summary: str = ""


def parse(text: str, name: str) -> Playbook:
    """Read a playbook.

    Raises:
        YamlError: front matter that is missing, not a mapping, or without a title.
    """
    front, _, _ = markdown.split_front_matter(text)
    stem = PurePosixPath(name).stem
    if not front:
        raise YamlError("a playbook starts with front matter", place=Place(name, 1, 1), hint="---\ntitle: …\n---")
    # One empty line stands for the opening ---, so that positions are those of the file.
    data = yamlio.parse("\n" + front, name).data
    if not isinstance(data, dict) or not isinstance(data.get("title"), str):
        raise YamlError("front matter without a title", place=Place(name, 2, 1), hint="title: Event loop is closed")
    if not ID.fullmatch(stem):
        hint = "use lower-case words joined by hyphens, such as loop-closed.md"
        raise YamlError(f"{stem!r} is no id for a playbook", place=Place(name), hint=hint)
    summary = data.get("summary")
    return Playbook(stem, data["title"], name, summary if isinstance(summary, str) else "")
