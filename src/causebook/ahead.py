"""What can be read before anything else is known: git's history, and some of the entries' data.

Of many entries it is made in a second process, while the first one imports the rest and reads the others.
"""

from __future__ import annotations

import contextlib
import marshal
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from causebook import files, parallel, yamlio
from causebook.config import Config, entry_paths
from causebook.errors import CausebookError
from causebook.git import GitUnavailable, Repository
from causebook.parallel import Ends
from causebook.yamlio import Document

_SHA = re.compile(rb"sha: *['\"]?([0-9a-f]{40})\b(?!,? *role: mentioned)")
"""A commit whose files are asked for. This and the next begin with fixed words: so each costs a tenth."""
_FILE = re.compile(rb"(?:path:|ref:|- ) *([\w./+-]+\.\w{1,5})")
FORK_FROM = 200
"""Entries from which a second process pays: reading one takes half a millisecond, a fork and its answer about 30."""


@dataclass(frozen=True, slots=True)
class Made:
    """What the second process gives."""

    repo: Repository | None
    documents: dict[Path, bytes]
    """Name, text and data of each, packed as soon as it is read, so that nobody waits for it at the end."""


@dataclass(frozen=True, slots=True)
class Early:
    """What is made meanwhile; to ask for any of it waits for all."""

    _made: Callable[[], Made]
    _places: dict[Path, int]
    _ends: Ends

    @property
    def repo(self) -> Repository | None:
        """The repository, with its history read; None where git cannot be asked."""
        return self._made().repo

    def document(self, path: Path) -> Document | None:
        """The entry's file ``path``, asked for in order; None where that one has not come to it, or failed."""
        place = self._places.get(path)
        held = None if place is None or self._ends.take(place) else self._made().documents.get(path)
        return Document(*marshal.loads(held)) if held else None  # noqa: S302 - from our own child


@contextlib.contextmanager
def reading(root: Path, config: Config) -> Iterator[Early]:
    """What is made of the project at ``root``."""
    paths = list(entry_paths(root, config))
    ends = Ends(len(paths))

    def made() -> Made:
        return Made(_repository(root, config, paths), dict(_packed(root, (paths[n] for n in ends.from_end()))))

    with parallel.meanwhile(made, worth=len(paths) > FORK_FROM) as answer:
        yield Early(answer, {path: n for n, path in enumerate(paths)}, ends)


def _packed(root: Path, paths: Iterable[Path]) -> Iterator[tuple[Path, bytes]]:
    """Those of the files that can be read; who asks for another one reads it, and tells why that fails."""
    for path in paths:
        with contextlib.suppress(CausebookError):
            one = read_document(root, path)
            yield path, marshal.dumps((one.name, one.text, one.data))


def read_document(root: Path, path: Path) -> Document:
    """The entry's file ``path``.

    Raises:
        Unreadable: it cannot be read as text.
        YamlError: it is not YAML of the kind that entries are written in.
    """
    name = path.relative_to(root).as_posix()
    return yamlio.parse(files.read_text(path, name=name), name)


def _repository(root: Path, config: Config, paths: Iterable[Path]) -> Repository | None:
    try:
        repo = Repository.open(root)
        texts = [path.read_bytes() for path in paths if path.is_file()]
        # Guesses at what the entries link to; a wrong one costs only its share of one process.
        repo.foresee(in_repo(repo, root, config), _found(_SHA, texts), _found(_FILE, texts))
    except (GitUnavailable, OSError):
        return None  # who asks git later meets the same and says so
    return repo


def _found(pattern: re.Pattern[bytes], texts: Iterable[bytes]) -> set[str]:
    return {one.decode("utf-8", "replace") for text in texts for one in pattern.findall(text)}


def in_repo(repo: Repository, root: Path, config: Config) -> str:
    """The entries' folder as git names it, from the root of the repository."""
    try:
        return (root.resolve() / config.entries).relative_to(repo.root.resolve()).as_posix()
    except ValueError:
        return config.entries
