"""The account of a document's lines: which words stand in an entry, and why a line may stand in none."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Any

from causebook.importers import Skipped
from causebook.importers._labels import label_of
from causebook.importers._structure import Block
from causebook.importers._vocabulary import normal, vocabulary


def holds_told(kept: Held, text: str) -> bool:
    """Whether what a log says stands in an entry, the word before its first colon aside: "Hypothesis: …"."""
    label = label_of(text)
    return kept.holds(text) or bool(label and len(label[0].split()) == 1 and kept.holds(label[1]))


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from texts_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts_of(one)
    elif value is not None:
        yield str(value)


def words_of(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


class Held:
    """The word pairs that stand in entries."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.pairs: set[tuple[str, ...]] = set()
        words = [word for text in texts for word in words_of(text)]  # parts of one line stand side by side
        self.pairs.update(itertools.pairwise(words))
        self.pairs.update((word,) for word in words)

    def holds(self, line: str) -> bool:
        words = words_of(line)
        wanted = set(itertools.pairwise(words)) if len(words) > 1 else {(word,) for word in words}
        return len(wanted & self.pairs) >= 0.8 * len(wanted)


def reason_of(block: Block | None, line: str) -> str:
    """Why a line may stand in no entry; empty where it has to."""
    if not re.search(r"\w", line):
        return "holds no words"
    if block is None or block.kind == "heading":
        return "heading: names the field of what stands below it"
    if block.kind == "fence":
        return "mark of a fenced block" if re.match(r"^\s*(?:`{3,}|~{3,})", line) else ""
    if block.kind == "table":
        return "head of a table" if line == block.lines[0] else ""
    bare = line.strip(" \t*_:：#->")
    label = re.match(r"[^:：]{1,60}$", bare)
    match = vocabulary().field_of(label[0]) if label and block.kind in {"paragraph", "item"} else None
    if match and match.share >= 0.5 and len(normal(line)) < 60:
        return f"label: names the field {match.field}"
    return ""


def merged(skipped: list[Skipped]) -> list[Skipped]:
    out: list[Skipped] = []
    for one in skipped:
        if out and out[-1].reason == one.reason and out[-1].last + 1 == one.first:
            out[-1] = Skipped(out[-1].first, one.last, one.reason)
        else:
            out.append(one)
    return out
