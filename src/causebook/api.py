"""Entries + history -> what programs read, in kb/api/: makes every output, writes what changed, deletes the rest."""

from __future__ import annotations

from pathlib import Path

from causebook import files, owned, plugins
from causebook.errors import ConfigError
from causebook.kb import KnowledgeBase
from causebook.links import GitFacts
from causebook.owned import Plan
from causebook.pages import Site

PACKAGE = "causebook.outputs"
FOLDER = "api"
"""The folder under kb/ that ``build`` owns."""
_LIST = ".causebook-files"
"""Names the files that are ours, a path a line; engines leave files out that begin with a dot."""


def write(kb: KnowledgeBase, facts: GitFacts, *, keep: bool = False) -> Plan:
    """Bring kb/api/ up to date and say what was done; a file that does not change keeps its time stamp.

    With ``keep``, files that nothing stands behind any more stay.

    Raises:
        ConfigError: two outputs make the same file.
        WriteRefused: someone else's file stands where one has to go, or a file cannot be written.
    """
    shown = f"{kb.config.kb}/{FOLDER}"
    folder = kb.root / shown
    before, wanted = _listed(folder), render(kb, facts)
    todo = owned.plan(folder, wanted, lambda path, _: path in before, shown=shown, by="causebook build")
    todo = todo.keeping() if keep else todo
    after = before | set(wanted) if keep else set(wanted)
    if todo.up_to_date and before == after:
        return todo
    # First the files of both runs: one that is interrupted must not leave files behind that nobody owns.
    _list(folder, before | set(wanted))
    owned.apply(folder, todo)
    _list(folder, after)
    return todo


def render(kb: KnowledgeBase, facts: GitFacts) -> dict[str, bytes]:
    """Every file of kb/api/ by its path there.

    Raises:
        ConfigError: two outputs make the same file.
    """
    site = Site(kb, facts)
    made: dict[str, bytes] = {}
    makers: dict[str, str] = {}
    for name, module in plugins.modules(PACKAGE).items():
        for data in module.files(site):
            if data.path in made:
                raise ConfigError(f"outputs {makers[data.path]!r} and {name!r} both make {data.path}")
            text = data.text if isinstance(data.text, str) else data.text()
            made[data.path], makers[data.path] = text.encode("utf-8"), name
    return made


def _listed(folder: Path) -> set[str]:
    path = folder / _LIST
    return set(files.read_text(path, name=str(path), limit=_LONGEST).splitlines()) if path.is_file() else set()


_LONGEST = 64 * files.MAX_BYTES


def _list(folder: Path, paths: set[str]) -> None:
    files.write_text(folder / _LIST, "".join(f"{path}\n" for path in sorted(paths)))
