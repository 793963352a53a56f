"""What of the code a change touches: files, lines and, in Python, functions; only what is changed is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from causebook import spots
from causebook.change import Change
from causebook.config import Config
from causebook.git import Hunks, Repository
from causebook.gitlog import Lines
from causebook.spots import MAX_BYTES, Source

_INDEX = ":0"
"""As a commit: what is staged."""
ALL: Lines = ((1, 1 << 60),)


@dataclass(frozen=True)
class TouchedFile:
    """A file of the change. Paths are from the project's root."""

    path: str
    """Where it is now, or was before it was deleted."""
    before: str
    """Where it was before the change; empty for a new file."""
    status: str
    """Git's letter."""
    lines: Lines = ()
    """Lines of it as it is now."""
    was: Lines = ()
    """Lines of it as it was."""
    text: bytes | None = None
    """As it is now, where it is Python."""
    old: bytes | None = None
    """As it was, where it was Python."""

    @property
    def names(self) -> tuple[str, ...]:
        """Its path now and before."""
        return tuple(dict.fromkeys(name for name in (self.path, self.before) if name))

    @cached_property
    def source(self) -> Source | None:
        """It parsed; None for what is not Python, or not of this Python."""
        return spots.parse(self.text) if self.text is not None else None

    @cached_property
    def old_source(self) -> Source | None:
        """The same before the change."""
        return spots.parse(self.old) if self.old is not None else None

    @cached_property
    def functions(self) -> frozenset[str]:
        """Functions that hold changed lines, before or after: ``Pool.connect``."""
        now = self.source.functions(self.lines) if self.source else frozenset()
        return now | (self.old_source.functions(self.was) if self.old_source else frozenset())

    @property
    def line(self) -> int:
        """The first changed line; 0 where none is known."""
        return max(1, self.lines[0][0]) if self.lines else 0


@dataclass(frozen=True)
class Touched:
    """What a change touches."""

    files: tuple[TouchedFile, ...] = ()
    base: str = ""
    """Full sha of the commit that it is compared with; empty where there is none."""
    entries: frozenset[str] = frozenset()
    """Files of entries that the change itself brings or edits."""


def is_python(path: str) -> bool:
    """Whether a file is Python by its name."""
    return PurePosixPath(path).suffix in {".py", ".pyi"}


def read(change: Change, repo: Repository | None, root: Path, config: Config) -> Touched:
    """What ``change`` touches beside entries and pages. Two git processes, one where no Python is changed."""
    ours = (f"{config.entries}/", f"{config.kb}/")
    entries = frozenset(path for path in change.present if path.startswith(ours[0]))
    files = [f for f in change.files if not f.path.startswith(ours)]
    if change.unknown or repo is None or not files:
        return Touched(base=change.base, entries=entries)
    since = None if change.staged else change.base or None
    found = repo.hunks(since) if since or change.staged else []
    hunks = {repo.outside(root, h.path): h for h in found}
    places = {
        place
        for f in files
        for place in ((change.base, f.old_path or f.path), (_INDEX if change.staged else "", f.path))
        if place[0] and is_python(place[1])
    }
    texts = repo.contents((sha, repo.inside(root, path)) for sha, path in sorted(places))

    def text(sha: str, path: str) -> bytes | None:
        held = texts.get((sha, repo.inside(root, path)))
        return held if held is None or len(held) <= MAX_BYTES else None

    touched = []
    for f in sorted(files, key=lambda one: one.path):
        before = "" if f.status in {"A", "C"} else f.old_path or f.path
        now = text(_INDEX, f.path) if change.staged else _on_disk(root, f.path)
        old = text(change.base, before) if before else None
        lines, was = _lines(hunks.get(f.path), new=not before)
        touched.append(TouchedFile(f.path, before, f.status, lines, was, None if f.status == "D" else now, old))
    return Touched(tuple(touched), change.base, entries)


def only(seen: Touched, paths: frozenset[str]) -> Touched:
    """What of it is one of ``paths`` or lies in one of them; all where there are none."""
    if not paths or "" in paths:
        return seen
    kept = [f for f in seen.files if any(n == p or n.startswith(f"{p}/") for n in f.names for p in paths)]
    return replace(seen, files=tuple(kept))


def whole(paths: Iterable[str], root: Path) -> Touched:
    """Files as if every line of them were new."""
    return Touched(tuple(TouchedFile(p, "", "A", ALL, (), _on_disk(root, p)) for p in sorted(set(paths))))


def _lines(hunks: Hunks | None, *, new: bool) -> tuple[Lines, Lines]:
    if new:
        return ALL, ()
    return (hunks.after, hunks.before) if hunks else ((), ())


def _on_disk(root: Path, path: str) -> bytes | None:
    """A Python file of the checkout; None for another, a link, or one that is too large."""
    target = root / path
    if not is_python(path) or target.is_symlink():
        return None
    try:
        with target.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError):
        return None
    return data if len(data) <= MAX_BYTES else None
