"""What the page of an incident and of a session share: badges, commits, relations, where the entry landed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from causebook.kb import Record
from causebook.links import CommitFact, Mention
from causebook.markdown import Md, code, escape, link
from causebook.model import Incident
from causebook.model.parts import Correction, FileRef
from causebook.pages import Site, entry_link, facet, home, playbooks, sha_code, to
from causebook.pages._timeline import date
from causebook.standing import FileStanding, Standing

_RELATION = {
    "related": "Related",
    "duplicate_of": "Duplicate of",
    "duplicated_by": "Duplicated by",
    "recurrence_of": "Happened before as",
    "recurred_as": "Happened again as",
    "caused_by": "Caused by",
    "causes": "Caused",
    "supersedes": "Replaces",
    "superseded_by": "Replaced by",
    "session": "Worked on in",
    "incident": "Worked on",
}


@dataclass(frozen=True, slots=True)
class CommitRow:
    """A commit in the table of an entry's page."""

    role: str
    name: Md
    subject: Md
    date: str
    notes: tuple[Md, ...]


@dataclass(frozen=True, slots=True)
class RelationRow:
    """A related entry."""

    how: str
    link: Md
    note: str


def context(site: Site, record: Record) -> dict[str, Any]:
    """The values that the templates of both kinds use."""
    here = home(record)
    facts = site.facts.commits.get(record.entry.id, ())
    history = site.facts.histories.get(record.path)
    return {
        "entry": record.entry,
        "record": record,
        "description": _description(record),
        "facets": list(_facets(here, record)),
        "commits": [_commit(f) for f in facts] + [_mention(site, m, facts) for m in _mentions(site, record, facts)],
        "relations": list(relations(site, record, here, _RELATED[record.entry.kind])),
        "history": history,
        "landed": _landed(site, record),
        "git_unavailable": site.facts.unavailable,
        "corrections": [(c, _proof(here, c)) for c in record.entry.corrections],
        "reference": _reference,
        "said": date,
        "closer": lambda target: entry_link(here, site.kb.by_id[target]) if target in site.kb.by_id else code(target),
    }


def _description(record: Record) -> str:
    """One line for search engines, of characters that are safe in an attribute of a template we do not control."""
    return " ".join(_UNSAFE.sub(" ", record.entry.summary or record.entry.title).split())[:160]


_UNSAFE = re.compile(r"[^\w .,/-]|_")


def _facets(here: str, record: Record) -> Iterator[tuple[str, list[Md]]]:
    entry = record.entry
    for name, label, values in (
        ("component", "Components", entry.components),
        ("tag", "Tags", entry.tags),
    ):
        if values:
            yield label, [link(value, to(here, facet(name, value))) for value in values]
    if entry.playbook:
        others = link("others of this class", to(here, facet("playbook", entry.playbook)))
        yield "Playbook", [Md(f"{link(entry.playbook, to(here, playbooks.home(entry.playbook)))} ({others})")]


def _commit(fact: CommitFact) -> CommitRow:
    name = sha_code(fact.sha or fact.text)
    notes = list(_commit_notes(fact))
    if fact.note:
        notes.insert(0, escape(fact.note))
    return CommitRow(
        fact.role,
        Md(f"[{name}]({fact.url})")
        if fact.url.startswith(("https://", "http://")) and fact.state != "missing"
        else name,
        escape(fact.commit.subject) if fact.commit else Md(""),
        fact.commit.authored[:10] if fact.commit else "",
        tuple(notes),
    )


def _commit_notes(fact: CommitFact) -> Iterator[Md]:
    if fact.repo:
        yield Md(f"in {code(fact.repo)}")
    if fact.state == "unverified":
        yield Md(f"<em>unverified</em>: {escape(fact.reason)}")
    elif fact.state == "ambiguous":
        yield Md("<em>ambiguous</em>: ") + Md(", ".join(code(c[:12]) for c in fact.candidates))
    elif fact.state != "verified":
        yield Md(
            "<em>not found in this repository</em>"
            if fact.state == "missing"
            else f"<em>is a {fact.object_type}, not a commit</em>"
        )
    if fact.reachable is False:
        yield Md("<em>not in the history of this branch</em>")
    if fact.reverted_by:
        yield Md(f"<strong>reverted</strong> by {code(fact.reverted_by.sha[:12])}")
    for proposal in fact.proposals[:2]:
        yield Md(f"perhaps now {code(proposal.proposed[:12])} ({escape(', '.join(proposal.evidence))})")


def _mentions(site: Site, record: Record, facts: tuple[CommitFact, ...]) -> Iterator[Mention]:
    """Commits that name the entry in a trailer and are not linked by it already."""
    known = {fact.sha for fact in facts}
    yield from (m for m in site.facts.mentions.get(record.entry.id, ()) if m.commit.sha not in known)


def _mention(site: Site, mention: Mention, facts: tuple[CommitFact, ...]) -> CommitRow:  # noqa: ARG001 - one shape for both
    commit, url = mention.commit, site.facts.url(mention.commit.sha)
    name = sha_code(commit.sha)
    note = "says that it fixes this, in a trailer" if mention.fixes else "names this in a trailer"
    role = "fixed" if mention.fixes else "mentioned"
    return CommitRow(
        role, Md(f"[{name}]({url})") if url else name, escape(commit.subject), commit.authored[:10], (Md(note),)
    )


def _landed(site: Site, record: Record) -> Md | None:
    history = site.facts.histories.get(record.path)
    if history is None:
        return None
    commit, url = history.landed_in, site.facts.url(history.landed_in.sha)
    name = sha_code(commit.sha)
    text = f"[{name}]({url})" if url else f"{name}"
    pull = f" (pull request #{commit.pull_request})" if commit.pull_request else ""
    return Md(f"{text}{pull}")


AGAIN = frozenset({"recurrence_of", "recurred_as", "duplicate_of", "duplicated_by"})
"""Relations that say that the same happened to someone else, or again; an incident's page shows them apart."""
_RELATED = {"incident": frozenset(_RELATION) - AGAIN, "session": frozenset(_RELATION)}


def relations(site: Site, record: Record, here: str, types: frozenset[str]) -> Iterator[RelationRow]:
    """The relations of these types, as links on the page ``here``."""
    for relation in site.kb.links.get(record.entry.id, ()):
        if relation.type in types:
            target = site.kb.by_id.get(relation.target)
            shown = entry_link(here, target) if target else code(relation.target)
            yield RelationRow(_RELATION[relation.type], shown, relation.note)


def _proof(here: str, correction: Correction) -> Md:
    """The case that shows it, as a link to its playbook."""
    if not correction.playbook:
        return escape("")
    case = f": {correction.case}" if correction.case else ""
    return link(f"{correction.playbook}{case}", to(here, playbooks.home(correction.playbook)))


def _reference(text: str) -> Md:
    """A reference as a link when it is a web address."""
    return link(text, text) if text.startswith(("https://", "http://")) else escape(text)


MOST_FILES = 20
"""Files of the fixing commits that a page lists."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that a fix changed."""

    path: Md
    """Its path, with a link to it, and to the lines, as they were at the commit of the fix."""
    lines: str
    change: str
    standing: str
    """What it is today; empty when that cannot be told."""
    letter: str
    """What a fixing commit did to it, where only that tells of it; empty for a file that the entry names."""
    sha: str
    """The fixing commit."""


_LETTERS = {"A": "added", "M": "modified", "D": "deleted", "R": "renamed"}
_SINCE = {"as the fix left it": "as the fix left it", "changed since": "changed since", "gone": "no longer there",
          "there": "", "not here": "not there"}  # fmt: skip


def fixed_files(site: Site, entry: Incident, stands: Standing) -> tuple[list[FileRow], int]:
    """The files that the entry names, else those that its fixing commits changed, and how many are left out."""
    today = {file.path: file for file in stands.files}
    if entry.fix and entry.fix.files:
        return [_file_row(site, file.path, file, today.get(file.path)) for file in entry.fix.files], stands.more
    rows = [_file_row(site, file.path, None, file) for file in stands.files[:MOST_FILES]]
    return rows, len(stands.files) - len(rows)


def _file_row(site: Site, path: str, file: FileRef | None, found: FileStanding | None) -> FileRow:
    sha, letter = (found.sha, found.status) if found else ("", "")
    lines, shown = file.lines if file else None, code(path)
    address = site.facts.file(sha, path, lines) if sha and letter != "D" else ""
    return FileRow(
        Md(f"[{shown}]({address})") if address.startswith(("https://", "http://")) else shown,
        f"{lines[0]} to {lines[1]}" if lines else "",
        (file.note or file.change if file else None) or _LETTERS.get(letter, ""),
        _SINCE[found.state] if found else "",
        "" if file else letter,
        sha[:12],
    )
