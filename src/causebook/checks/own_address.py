"""An address of the project's own forge leads to a commit, file and lines that are there.

The forge need not be asked: the commit, the file at that commit and its lines are in git. A branch is looked up as the
clone knows it.

Good:
    an address of the project that ends in `blob/<sha>/src/pool.py#L10-L20`
Bad:
    an address of the project that ends in `commit/0123456789abcdef0123456789abcdef01234567`
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook import addresses, files, named
from causebook.addresses import Own
from causebook.findings import Finding, dotted
from causebook.git import Repository
from causebook.kb import KnowledgeBase, Record
from causebook.links import GitFacts

Held = tuple[Record, named.Way, str, Own]


def check(kb: KnowledgeBase, facts: GitFacts, repo: Repository | None) -> Iterator[Finding]:
    """Own addresses that lead nowhere; two questions to git for all of them."""
    found = [
        (record, way, text, own)
        for record in kb.asked
        for text, way in named.addresses(record.entry)
        if named.is_address(text) and addresses.problem(text) is None
        if (own := addresses.own(text, facts.web)) is not None and (own.commit or own.path)
    ]
    if not found or repo is None:
        return
    commits = repo.commits_named({own.commit or own.ref for _, _, _, own in found})
    wanted = {(sha, own.path) for _, _, _, own in found if own.path and (sha := commits.get(own.ref))}
    texts = repo.contents(wanted)
    trees = repo.folders(wanted)
    for held in found:
        yield from _one(held, commits, texts, trees, shallow=facts.shallow)


def _one(
    held: Held, commits: dict[str, str], texts: dict[tuple[str, str], bytes | None], trees: set[tuple[str, str]],
    *, shallow: bool,
) -> Iterator[Finding]:  # fmt: skip
    record, way, text, own = held
    place, field = record.place(*way), dotted(way)
    name = own.commit or own.ref
    sha = commits.get(name)
    if sha is None:
        sure = not shallow and _is_sha(name)
        message = f"{text} names {name}, which is not in this {'repository' if sure else 'clone'}"
        fix = "name a commit that is there" if sure else "git fetch --unshallow --tags"
        yield Finding(message, place, fix, "fail" if sure else "unknown", field=field)
    elif own.path and (sha, own.path) not in trees and texts.get((sha, own.path)) is None:
        yield Finding(f"{text} names {own.path}, which {name} does not hold", place, "correct the path", field=field)
    elif own.lines and (data := texts.get((sha, own.path))) is not None:
        count = files.line_count(data)
        if not 1 <= own.lines[0] <= own.lines[1] <= count:
            message = f"{text} names line {own.lines[1]} of {own.path}, which has {count}"
            yield Finding(message, place, "name lines that are there", field=field)


def _is_sha(name: str) -> bool:
    return 7 <= len(name) <= 64 and all(c in "0123456789abcdef" for c in name.lower())
