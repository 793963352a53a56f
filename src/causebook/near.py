"""Checks a change by reading the entries that it touches and those near them, where the rest was found sound before.

What was found is kept in the user's cache folder: of the base's entries what others are compared with (``traits``), and
of its history what a change asks about (``recent``). A base that does not hold together is never kept: then, as
whenever this cannot tell, everything is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from causebook import __version__, cache, kb, links, linter, recent
from causebook import config as settings
from causebook.change import Change
from causebook.config import Config
from causebook.findings import Report
from causebook.git import GitUnavailable, Repository
from causebook.kb import KnowledgeBase
from causebook.linter import Given
from causebook.model import Incident
from causebook.rules import PACKAGE, Check, checks
from causebook.traits import Traits

FORMAT = 1
"""Of what is kept."""
_CIRCLES = frozenset({"supersedes", "superseded_by", "causes", "caused_by", "duplicated_by", "duplicate_of"})
"""Relations that are followed from entry to entry."""


def lint(
    root: Path, change: Change | None, repo: Repository | None, rules: tuple[Check, ...], paths: frozenset[str]
) -> Report:
    """As ``linter.lint``, of a change as quickly as may be."""
    if change is None or repo is None or not _plain(change, rules):
        return linter.lint(_whole(root, change), rules, paths)
    config = settings.load(root)
    shelf = _shelf(root, config, change, repo)
    if shelf is not None and (given := _near(root, config, change, repo, shelf)) is not None:
        return linter.lint(given, rules, paths)
    given = _whole(root, change)
    if shelf is not None:
        _remember(given, change, repo, shelf)
    return linter.lint(given, rules, paths)


def _whole(root: Path, change: Change | None) -> Given:
    base, facts, repo = links.read(root)
    return Given(base, facts, change, repo)


def _plain(change: Change, rules: Iterable[Check]) -> bool:
    """Whether it can be told from a part: a revert asks about all fixes, another package's check about anything."""
    own = all(rule.run.__module__.startswith(f"{PACKAGE}.") for rule in rules)
    reverts = any(commit.reverts for commit, _ in change.commits)
    return own and bool(change.base) and not (change.unknown or change.staged or reverts)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Where it is kept, and what it has to be about."""

    sound: Path
    history: Path
    entries: str
    """Changes with the entries of the base, the settings and the program."""
    base: str


def _shelf(root: Path, config: Config, change: Change, repo: Repository) -> _Shelf | None:
    """None where no part will do: code that is touched can be told of by any incident, playbooks concern them all."""
    touched = {name for f in change.files for name in (f.path, f.old_path or f.path)}
    if repo.shallow or not all(name.startswith((f"{config.entries}/", f"{config.kb}/")) for name in touched):
        return None
    tree = repo.tree(change.base, repo.inside(root, config.entries))
    if not tree or any(name.startswith(f"{config.kb}/playbooks/") for name in touched):
        return None
    here = Path(__file__).parent
    code = max(p.stat().st_mtime_ns for part in ("", "checks", "model") for p in (here / part).glob("*.py"))
    folder = cache.folder("base")
    name = hashlib.sha256(str(root).encode(errors="surrogateescape")).hexdigest()[:16]
    entries = hashlib.sha256(f"{FORMAT} {__version__} {code} {tree} {config!r}".encode()).hexdigest()
    return _Shelf(folder / f"{name}-entries.json", folder / f"{name}-history.json", entries, f"{FORMAT} {change.base}")


def _near(root: Path, config: Config, change: Change, opened: Repository, shelf: _Shelf) -> Given | None:
    """The part of the project that the change can matter to; None where that cannot be told."""
    rows, history = cache.read(shelf.sound, shelf.entries), cache.read(shelf.history, shelf.base)
    if rows is None or history is None:
        return None
    sound = {row[1]: Traits(*row) for row in rows}
    paths = tuple(settings.entry_names(root, config))
    touched = change.present & set(paths)
    if any(path not in sound for path in paths if path not in touched):
        return None  # a file that git ignores, or one that another change had touched
    others = {path: sound[path] for path in paths if path not in touched}
    part = _load(root, config, paths, touched, others)
    if any(isinstance(r.entry, Incident) and (r.entry.signatures or r.entry.samples) for r in part.records):
        return None  # they are tried on the samples of all others
    if beside := _beside(part, others):
        part = _load(root, config, paths, touched | beside, others)
    repo = recent.Recent(opened, history, (commit for commit, _ in change.commits))
    try:
        return Given(part, links.asked(part, repo), change, repo)
    except GitUnavailable:
        return None


def _load(
    root: Path, config: Config, paths: tuple[str, ...], wanted: Iterable[str], sound: dict[str, Traits]
) -> KnowledgeBase:
    """The project with only the entries ``wanted`` read; ``sound`` are all that need not be."""
    from dataclasses import replace

    chosen = set(wanted)
    held = kb.load(root, config, only=[root / path for path in paths if path in chosen])
    return replace(held, files=len(paths), others={p: t for p, t in sound.items() if p not in chosen})


def _beside(part: KnowledgeBase, others: dict[str, Traits]) -> set[str]:
    """Paths of the sound entries that the touched ones of ``part`` name or are named by, or whose circle they close."""
    touched = {*part.by_id, *part.unread}
    named = {target for one in part.traits if one.path not in others for target in one.cited}
    near = {
        path
        for path, one in others.items()
        if one.id in named or one.id in touched or any(c in touched or c not in part.ids for c in one.cited)
    }
    followed = _followed(part, touched)
    return near | {path for path, one in others.items() if one.id in followed}


def _followed(part: KnowledgeBase, start: set[str]) -> set[str]:
    """Ids that a relation which must not run in a circle leads to from ``start``, however far."""
    open_, seen = list(start), set(start)
    while open_:
        for link in part.links.get(open_.pop(), ()):
            if link.type in _CIRCLES and link.target not in seen:
                seen.add(link.target)
                open_.append(link.target)
    return seen


def _remember(given: Given, change: Change, repo: Repository, shelf: _Shelf) -> None:
    """Keep what is sound: the entries as they are at the base, if all that is there holds together."""
    whole = given.kb
    if whole.problems or any(True for rule in checks() if rule.history for _ in linter.ask(rule, given)):
        return
    known = {repo.outside(whole.root, path) for path in repo.tracked(change.base)}
    sound = (t for t in whole.traits if t.path in known and t.path not in change.present)
    # Where a text stands in them is never asked: it is told at the other entry.
    rows = [t._replace(own=[(what, mark, []) for what, mark, _ in t.own]) for t in sound]
    cache.write(shelf.sound, shelf.entries, rows)
    if cache.read(shelf.history, shelf.base) is None:
        cache.write(shelf.history, shelf.base, recent.kept(repo.log(change.base)))
