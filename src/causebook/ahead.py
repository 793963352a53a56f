"""What can be made before anything else is known: git's history, compiled templates, some of the entries' data.

Of many entries it is made in a second process, while the first one imports the rest and reads the others.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from causebook import files, git, parallel, yamlio
from causebook.config import Config, entry_paths
from causebook.errors import CausebookError
from causebook.git import Repository
from causebook.templating import Templates
from causebook.yamlio import Document

_FULL_SHA = re.compile(rb"\b[0-9a-f]{40}\b")
FORK_FROM = 200
"""Entries from which a second process pays: reading one takes half a millisecond, a fork and its answer about 30."""


_SHARE = 4
"""One entry in so many is read by the second process: as many as it has time for while the first imports."""


@dataclass(frozen=True, slots=True)
class Made:
    """What the second process gives."""

    past: git.Past | None
    templates: dict[str, bytes]
    documents: dict[Path, Document]


@dataclass(frozen=True, slots=True)
class Early:
    """What is made meanwhile; to ask for any of it waits for all."""

    _made: Callable[[], Made]
    _share: frozenset[Path]

    @property
    def past(self) -> git.Past | None:
        """Git's history; None where git cannot be asked."""
        return self._made().past

    @property
    def templates(self) -> dict[str, bytes]:
        """The templates of pages, as ``Templates.compiled`` gives them."""
        return self._made().templates

    def document(self, path: Path) -> Document | None:
        """The entry's file ``path``; None where that is not to be read here, or could not be."""
        return self._made().documents.get(path) if path in self._share else None


@contextlib.contextmanager
def reading(root: Path, config: Config, *, templates: bool = False) -> Iterator[Early]:
    """What is made of the project at ``root``, with its templates where they are asked for."""
    paths = list(entry_paths(root, config))
    many = len(paths) > FORK_FROM
    share = paths[-len(paths) // _SHARE :] if many else []  # the last ones: when they are asked for, they are there

    def made() -> Made:
        past = _past(root, config, paths)
        ready = Templates(root / config.templates).compiled("pages/") if templates and many else {}
        return Made(past, ready, dict(_documents(root, share)))

    with parallel.meanwhile(made, worth=many) as answer:
        yield Early(answer, frozenset(share))


def _documents(root: Path, paths: Iterable[Path]) -> Iterator[tuple[Path, Document]]:
    """Those of the files that can be read; who asks for another one reads it, and tells why that fails."""
    for path in paths:
        with contextlib.suppress(CausebookError):
            yield path, read_document(root, path)


def read_document(root: Path, path: Path) -> Document:
    """The entry's file ``path``.

    Raises:
        Unreadable: it cannot be read as text.
        YamlError: it is not YAML of the kind that entries are written in.
    """
    name = path.relative_to(root).as_posix()
    return yamlio.parse(files.read_text(path, name=name), name)


def _past(root: Path, config: Config, paths: Iterable[Path]) -> git.Past | None:
    try:
        repo = Repository.open(root)
        # Guesses at what the entries link to: a sha that is none, or in a comment, costs only its share of one process.
        texts = (path.read_bytes() for path in paths if path.is_file())
        guesses = {sha.decode() for text in texts for sha in _FULL_SHA.findall(text)}
        return repo.past(in_repo(repo, root, config), guesses)
    except (git.GitUnavailable, OSError):
        return None  # who asks git later meets the same and says so


def in_repo(repo: Repository, root: Path, config: Config) -> str:
    """The entries' folder as git names it, from the root of the repository."""
    try:
        return (root.resolve() / config.entries).relative_to(repo.root.resolve()).as_posix()
    except ValueError:
        return config.entries
