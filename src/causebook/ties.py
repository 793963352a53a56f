"""What past incidents have in common with what a change touches: functions, lines, files, components."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Literal

from causebook import named, spots
from causebook.errors import Place
from causebook.git import FileChange, Repository
from causebook.gitlog import Lines
from causebook.kb import KnowledgeBase, Record
from causebook.links import GitFacts
from causebook.model import Incident
from causebook.touched import Touched, TouchedFile, is_python

Strength = Literal["function", "lines", "file", "component"]
STRENGTHS: tuple[Strength, ...] = ("function", "lines", "file", "component")
"""From the closest to the loosest."""
_OVER = frozenset({"draft", "withdrawn", "superseded", "duplicate"})
"""States of incidents that nobody stands by yet or any more, or that another entry tells better."""
_WIDE = 30
"""Files of a commit from which on it says little about each of them: a release, a reformatting."""
_MOST_COMMITS = 50
"""Commits whose lines are read for one run."""
_MOST_LINES = 5000
"""Lines of a file in which those of another time are still looked for."""
_COMMON = frozenset({"src", "lib", "app", "test", "tests", "docs", "scripts", "main", "init"})
"""Names of folders and files that stand in every project, and so tell no component."""
_FRAME = re.compile(r'File "([^"\n]{1,300})", line \d{1,7}, in ([\w.<>]{1,100})')
_PYTEST_FRAME = re.compile(r"^([\w./\\-]{1,300}\.py):\d{1,7}: in ([\w.<>]{1,100})$", re.MULTILINE)
_NOT_OURS = ("site-packages/", "dist-packages/", "/lib/python", "<frozen")


@dataclass(frozen=True, slots=True)
class Tie:
    """One thing that an incident and the change have in common."""

    strength: Strength
    because: str
    """It in words, such as ``its fix changed src/pool.py, which this change touches``."""
    place: Place
    """What of the change it is about."""

    @property
    def rank(self) -> int:
        """0 for the closest."""
        return STRENGTHS.index(self.strength)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A file that an incident names, in one of several ways."""

    said: str
    path: str
    sha: str = ""
    """The commit at which its lines count."""
    lines: Lines = ()
    diff: bool = False
    """Whether the lines are those that the commit changed."""
    function: str = ""
    """The function that it names by itself."""


@dataclass(frozen=True, slots=True)
class _Fix:
    """A commit that mended an incident."""

    sha: str
    did: str = "fixed it"
    files: tuple[FileChange, ...] = ()


@dataclass(frozen=True, slots=True)
class _Met:
    """A claim that is about a file of the change."""

    entry: str
    claim: _Claim
    file: TouchedFile


def of(kb: KnowledgeBase, facts: GitFacts, touched: Touched, repo: Repository | None) -> dict[str, tuple[Tie, ...]]:
    """Ties by id of the incident, the closest first. Six git processes at most, however many incidents there are."""
    if not touched.files:
        return {}
    held = [
        (record, entry)
        for record, entry in kb.incidents
        if entry.status not in _OVER and not entry.repo and record.path not in touched.entries
    ]
    claims = _claims(held, facts, repo, kb)
    met = list(_meetings(claims, touched, repo, kb))
    found: dict[str, list[Tie]] = defaultdict(list)
    for entry_id, tie in _close(met, touched, repo, kb):
        found[entry_id].append(tie)
    for one in met:
        found[one.entry].append(_tie("file", one, ""))
    for _, entry in held:
        if entry.id not in found:
            found[entry.id] += _components(entry, touched)
    return {name: tuple(sorted(ties, key=lambda t: (t.rank, t.because))) for name, ties in found.items() if ties}


def _claims(
    held: list[tuple[Record, Incident]], facts: GitFacts, repo: Repository | None, kb: KnowledgeBase
) -> list[tuple[str, _Claim]]:
    """Every file that the incidents name, with the commits that mended them: one git process."""
    fixes = {entry.id: list({f.sha: f for f in _fixing(record, entry, facts)}.values()) for record, entry in held}
    unread = [fix.sha for found in fixes.values() for fix in found if not fix.files]
    changes = repo.changes(unread) if repo else {}
    claims: list[tuple[str, _Claim]] = []
    for _, entry in held:
        its = fixes[entry.id]
        claims += [(entry.id, claim) for claim in _named(entry, its[0].sha if its else "")]
        for fix in its:
            files = fix.files or (changes[fix.sha][1] if fix.sha in changes else ())
            for file in files if len(files) <= _WIDE else ():
                path = repo.outside(kb.root, file.path) if repo else None
                if path is not None:
                    said = f"commit {fix.sha[:12]}, which {fix.did}, changed"
                    claims.append((entry.id, _Claim(said, path, fix.sha, diff=True)))
    return claims


def _fixing(record: Record, entry: Incident, facts: GitFacts) -> Iterator[_Fix]:
    """The commits that mended it, what is known best last; one that was taken back left its incident open again."""
    history = facts.histories.get(record.path)
    if entry.fix is not None and entry.fix.landed_with == "self" and history is not None:
        yield _Fix(history.landed_in.sha)
    for mention in facts.mentions.get(entry.id, ()):
        if mention.fixes:
            yield _Fix(mention.commit.sha)
    for fact in facts.commits.get(entry.id, ()):
        if fact.sha and not fact.repo and fact.role in {"fixed", "mitigated"}:
            back = " and was taken back" if fact.reverted_by else ""
            yield _Fix(fact.sha, f"{fact.role} it{back}", fact.files)


def _named(entry: Incident, at: str) -> Iterator[_Claim]:
    """Files that the entry itself names; ``at`` is the commit of its fix, where there is one."""
    ways = {"fix": "its fix changed", "attempts": "an attempt on it changed", "evidence": "its evidence lies in"}
    for file in named.files(entry):
        said = ways.get(str(file.way[0]), "it refers to")
        yield _Claim(said, file.path, at, (file.lines,) if file.lines else ())
    for test in entry.fix.regression_tests if entry.fix else ():
        path, *inner = test.split("[", 1)[0].split("::")
        yield _Claim("it is guarded by", path.strip(), function=".".join(inner))
    for error in entry.symptom.errors if entry.symptom else ():
        for path, function in (*_FRAME.findall(error.text), *_PYTEST_FRAME.findall(error.text)):
            plain = path.replace("\\", "/")
            if not any(part in plain for part in _NOT_OURS):
                yield _Claim("its traceback goes through", f"*{plain}", function=function)


def _meetings(
    claims: list[tuple[str, _Claim]], touched: Touched, repo: Repository | None, kb: KnowledgeBase
) -> Iterator[_Met]:
    """Claims about files that the change touches, under the names of today and of then."""
    by_name = {name: file for file in touched.files for name in file.names}
    by_tail: dict[str, list[TouchedFile]] = defaultdict(list)
    for file in touched.files:
        by_tail[PurePosixPath(file.path).name].append(file)
    others = {c.path for _, c in claims if c.path not in by_name and not c.path.startswith("*")}
    by_name |= _renamed(others, by_name, repo, kb)
    for entry_id, claim in claims:
        if not claim.path.startswith("*"):
            if claim.path in by_name:
                yield _Met(entry_id, claim, by_name[claim.path])
            continue
        for file in by_tail.get(PurePosixPath(claim.path[1:]).name, ()):
            if _same_file(claim.path[1:], file.path):
                yield _Met(entry_id, replace(claim, path=file.path), file)


def _same_file(frame: str, path: str) -> bool:
    """Whether a path of a traceback, on whatever machine, is that of a file here: its last two parts agree."""
    theirs, ours = PurePosixPath(frame).parts, PurePosixPath(path).parts
    return theirs == ours or (len(ours) > 1 and theirs[-2:] == ours[-2:])


def _renamed(
    others: set[str], by_name: dict[str, TouchedFile], repo: Repository | None, kb: KnowledgeBase
) -> dict[str, TouchedFile]:
    """Old names of touched files: asked for only where an entry names something that is not there any more."""
    if repo is None or not others:
        return {}
    here = repo.tracked()
    gone = {path for path in others if repo.inside(kb.root, path) not in here}
    if not gone:
        return {}
    now: dict[str, str] = {}
    changes: list[FileChange] = repo.renames()
    for change in changes:
        if change.old_path:
            now.setdefault(change.old_path, now.get(change.path, change.path))
    there = {path: repo.outside(kb.root, now.get(repo.inside(kb.root, path), "")) for path in gone}
    return {path: by_name[new] for path, new in there.items() if new is not None and new in by_name}


def _tie(strength: Strength, met: _Met, part: str, line: int = 0) -> Tie:
    file, then = met.file, met.claim.path
    path = file.path if then in file.names else f"{file.path} (then {then})"
    does = "deletes" if file.status == "D" else "touches"
    because = f"{met.claim.said} {part}{path}, which this change {does}"
    return Tie(strength, because, Place(file.path, line or file.line))


def _close(met: list[_Met], touched: Touched, repo: Repository | None, kb: KnowledgeBase) -> Iterator[tuple[str, Tie]]:
    """Ties by function and by line: two git processes; a file of another time is read and parsed once."""
    for one in met:
        if one.claim.function and (found := _function(one.claim.function, one.file.functions)):
            yield one.entry, _function_tie(one, found)
    exact = _with_lines(met, repo, kb) if repo else []
    if repo is None or not exact:
        return
    places = {(m.claim.sha, repo.inside(kb.root, m.claim.path)) for m, _ in exact}
    places |= {(touched.base, repo.inside(kb.root, m.file.before)) for m, _ in exact if touched.base and m.file.before}
    texts = repo.contents(sorted(places))
    parsed: dict[tuple[str, str], spots.Source | None] = {}
    for one, lines in exact:
        at = (one.claim.sha, repo.inside(kb.root, one.claim.path))
        then, before = texts.get(at), texts.get((touched.base, repo.inside(kb.root, one.file.before)))
        if at not in parsed:
            parsed[at] = spots.parse(then) if then is not None and is_python(one.claim.path) else None
        source = parsed[at]
        # The innermost of those that both hold: a change in a nested function is one in the function around it.
        both = sorted(source.functions(lines) & one.file.functions, key=lambda f: (-f.count("."), f)) if source else []
        if both:
            yield one.entry, _function_tie(one, both[0])
        elif one.claim.lines and _overlap(then, before, one):
            first, last = one.claim.lines[0]
            part = f"line {first} of " if first == last else f"lines {first} to {last} of "
            yield one.entry, _tie("lines", one, part)


def _with_lines(met: list[_Met], repo: Repository, kb: KnowledgeBase) -> list[tuple[_Met, Lines]]:
    """Claims that tell lines at a commit: written down, or those that the commit changed. One git process."""
    shas = list(dict.fromkeys(m.claim.sha for m in met if m.claim.diff and is_python(m.claim.path)))[:_MOST_COMMITS]
    found = repo.hunks_of(shas) if shas else []
    changed = {(h.commit, repo.outside(kb.root, h.path)): h.after for h in found}
    exact = [(m, m.claim.lines or changed.get((m.claim.sha, m.claim.path), ())) for m in met if m.claim.sha]
    return [(m, lines) for m, lines in exact if lines]


def _function_tie(met: _Met, function: str) -> Tie:
    line = met.file.source.line_of(function) if met.file.source else 0
    return _tie("function", met, f"{function}() of ", line)


def _function(wanted: str, functions: frozenset[str]) -> str:
    """The touched function that a traceback or a test means: all of its name, or its last part."""
    fits = sorted(f for f in functions if f == wanted or f.rsplit(".", 1)[-1] == wanted)
    return fits[0] if fits else ""


def _overlap(then: bytes | None, now: bytes | None, met: _Met) -> bool:
    """Whether the lines that a claim names at its commit are among those that the change touches."""
    old, new = (then or b"").splitlines(), (now or b"").splitlines()
    if not old or not new or max(len(old), len(new)) > _MOST_LINES:
        return False
    carried: set[int] = set()
    wanted = {n for first, last in met.claim.lines for n in range(first, min(last, len(old)) + 1)}
    for a, b, size in difflib.SequenceMatcher(None, old, new).get_matching_blocks():
        carried |= {n - a + b for n in wanted if a < n <= a + size}
    return any(carried & set(range(first, last + 1)) or {first, last} <= carried for first, last in met.file.was)


def _components(entry: Incident, touched: Touched) -> Iterator[Tie]:
    """Components that a folder or file of the change is called after."""
    for component in entry.components:
        word = _word(component)
        for file in touched.files:
            parts = {_word(part) for part in (*PurePosixPath(file.path).parts[:-1], PurePosixPath(file.path).stem)}
            if word in parts - _COMMON:
                because = f"it is about {component}, which {file.path} is part of by its name"
                yield Tie("component", because, Place(file.path, file.line))
                break


def _word(text: str) -> str:
    return re.sub(r"[\W_]+", "-", text.lower()).strip("-")
