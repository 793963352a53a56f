"""A file that an entry names is there, and so are the lines.

A path of the fix is looked up at the fixing commit, any other where the entry landed or now: what was right when it was
written stays right when the file moves on. Upper and lower case count, also where the disk does not mind. Lines are
counted at the same commit.

Good:
    evidence: [{id: E1, ref: README.md, quote: "what it said"}]
Bad:
    fix: {kind: fix, description: Pool per loop, files: [{path: src/gone.py}]}
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from causebook import links, named
from causebook.files import line_count
from causebook.findings import Finding, dotted
from causebook.git import Repository
from causebook.kb import KnowledgeBase, Record
from causebook.links import GitFacts
from causebook.named import NamedFile

_MOST_BYTES = 20 * 1024 * 1024


def check(kb: KnowledgeBase, facts: GitFacts, repo: Repository | None) -> Iterator[Finding]:
    """Files and lines that are nowhere."""
    asked: dict[str, list[tuple[Record, NamedFile]]] = defaultdict(list)
    for record in kb.asked:
        found = [f for f in named.files(record.entry) if not f.gone]
        if found and links.home(kb, record.entry) is None:
            yield Finding(*links.not_at_hand(kb, record), "unknown", field="repo")
        else:
            asked[record.entry.repo or ""] += [(record, f) for f in found]
    for name, files in asked.items():
        root = links.home(kb, files[0][0].entry) if files else None
        if root is not None:
            yield from _in_one(root, files, facts, repo if not name else links.clone(kb, name))


def _in_one(
    root: Path, files: list[tuple[Record, NamedFile]], facts: GitFacts, repo: Repository | None
) -> Iterator[Finding]:
    """Findings of the files of one repository: one question to git for all of them."""
    tracked = {repo.outside(root, p) for p in repo.tracked()} if repo else set()
    texts: dict[tuple[str, str], bytes | None] = {}
    # Where else than now it is looked up: asked only for what is not plainly there, since it is read from the history.
    places = {(r.path, f.way): _commits(r, f, facts) for r, f in files if f.lines or f.fix or f.path not in tracked}
    if repo is not None:
        wanted = [(sha, repo.inside(root, f.path)) for r, f in files for sha in places.get((r.path, f.way), ())]
        texts = repo.contents(wanted)
    for record, file in files:
        inside = repo.inside(root, file.path) if repo else file.path
        held = [
            text for sha in places.get((record.path, file.way), ()) if (text := texts.get((sha, inside))) is not None
        ]
        on_disk = _on_disk(root, file.path, tracked, known=repo is not None)
        if not held and not on_disk:
            yield _missing(record, file, tracked, shallow=facts.shallow)
        elif file.lines:
            yield from _lines(record, file, held[0] if held else _read(root / file.path))


def _commits(record: Record, file: NamedFile, facts: GitFacts) -> tuple[str, ...]:
    """Where ``file`` may be looked up, the best first: the fixing commits, then where the entry landed."""
    fixes = [f.sha for f in facts.commits.get(record.entry.id, ()) if f.sha and f.role in {"fixed", "mitigated"}]
    history = facts.histories.get(record.path) if not record.entry.repo else None
    landed = [history.landed_in.sha, history.first.sha] if history else []
    return tuple(dict.fromkeys([*fixes, *landed] if file.fix else [*landed, *fixes]))


def _on_disk(root: Path, path: str, tracked: set[str | None], *, known: bool) -> bool:
    """Whether it is there now: a file or folder of the checkout, in the same case where git can tell."""
    target = root / path
    if not target.exists() or ".." in Path(path).parts:
        return False
    folded = path.rstrip("/").casefold()
    same = {p for p in tracked if p is not None and p.casefold() == folded} if known else set()
    return not same or path.rstrip("/") in same


def _missing(record: Record, file: NamedFile, tracked: set[str | None], *, shallow: bool) -> Finding:
    place, field = record.place(*file.way), dotted(file.way)
    if shallow:
        message = f"{file.path} is not there now, and in a shallow clone it cannot be told whether it was"
        return Finding(message, place, "git fetch --unshallow", "unknown", field=field)
    known = sorted(p for p in tracked if p is not None)
    same_name = [p for p in known if p.rsplit("/", 1)[-1] == file.path.rsplit("/", 1)[-1]]
    close = same_name[:1] if len(same_name) == 1 else difflib.get_close_matches(file.path, known, 1, 0.8)
    fix = f"did you mean {close[0]}?" if close else "correct the path, or say `change: deleted`"
    return Finding(f"there is no {file.path}", place, fix, field=field)


def _lines(record: Record, file: NamedFile, text: bytes | None) -> Iterator[Finding]:
    if text is None or file.lines is None:
        return
    first, last = file.lines
    count = line_count(text)
    if not 1 <= first <= last or last > count:
        message = f"lines {first} to {last} of {file.path}, which has {count}"
        fix = "name the lines as they are at the commit of the fix" if file.fix else "name lines that are there"
        yield Finding(message, record.place(*file.lines_way), fix, field=dotted(file.lines_way))


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError:
        return None
