"""Where a change re-creates what a playbook is about, by the playbook's own detection rules."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from causebook.detection import Detection
from causebook.errors import Place
from causebook.playbook import Playbook
from causebook.pull_request import MIN_REASON
from causebook.spots import Source, Spot
from causebook.touched import Touched, TouchedFile

_IGNORE = re.compile(r"#\s*causebook:\s*ignore\[([a-z0-9, -]*)\]\s*([^#\n]*)")


@dataclass(frozen=True, slots=True)
class Recreated:
    """One place that holds a known pattern."""

    playbook: Playbook
    rule: Detection
    place: Place
    why: str
    """What is wrong there, in one line."""
    reason: str = ""
    """Why it may stay, as a comment on its lines says; empty where none does."""
    thin: bool = False
    """Whether such a comment gives no reason."""


def patterns(touched: Touched, playbooks: Iterable[Playbook]) -> tuple[Recreated, ...]:
    """Every place in the changed Python files that a rule is about and that was not there before the change."""
    rules = [(p, rule) for p in sorted(playbooks, key=lambda p: p.id) for rule in p.front.detect]
    found = (one for file in touched.files if rules and file.source for one in _in(file, file.source, rules))
    return tuple(sorted(found, key=lambda r: (r.place.path, r.place.line, r.place.column, r.playbook.id)))


def _in(file: TouchedFile, source: Source, rules: list[tuple[Playbook, Detection]]) -> Iterator[Recreated]:
    lines = (file.text or b"").splitlines()  # of bytes: at the line breaks that Python knows, and no others
    for playbook, rule in rules:
        # An old version that this Python cannot read tells nothing; the changed lines are then all there is.
        before = Counter(spot.text for spot in rule.found(file.old_source)) if file.old_source else Counter()
        new = [spot for spot in rule.found(source) if file.old_source or not file.before or _changed(spot, file)]
        # Of several alike those on unchanged lines are the old ones.
        for spot in sorted(new, key=lambda s: (_changed(s, file), s.line)):
            if before and before[spot.text] > 0:
                before[spot.text] -= 1
                continue
            ids, reason = _ignored(lines[spot.line - 1 : spot.last])
            meant = playbook.id in ids
            kept = meant and len(reason) >= MIN_REASON
            column = len(lines[spot.line - 1][: spot.column - 1].decode("utf-8", "replace")) + 1
            place = Place(file.path, spot.line, column)
            yield Recreated(playbook, rule, place, rule.told(spot), reason if kept else "", thin=meant and not kept)


def _changed(spot: Spot, file: TouchedFile) -> bool:
    return any(first <= spot.last and last >= spot.line for first, last in file.lines)


def _ignored(lines: list[bytes]) -> tuple[set[str], str]:
    """Ids of playbooks that a comment on these lines lets be, and its reason."""
    for line in lines:
        if match := _IGNORE.search(line.decode("utf-8", "replace")):
            return {name.strip() for name in match[1].split(",")}, match[2].strip()
    return set(), ""
