"""From commits to entries: which incidents has this commit to do with?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from causebook.kb import Record
from causebook.markdown import Md, escape
from causebook.pages import Page, Site, entry_link, sha_code, to

INDEX = "commits/index.md"


@dataclass(frozen=True, slots=True)
class Linked:
    """A commit as one entry has to do with it."""

    record: Record
    date: str
    sha: str
    url: str
    subject: str
    role: str


@dataclass(frozen=True, slots=True)
class CommitRow:
    """A commit and the entries it has to do with."""

    date: str
    name: Md
    subject: Md
    entries: list[tuple[str, Md]]
    """Role and link."""


def pages(site: Site) -> Iterator[Page]:
    """An index, and a page for each year of commits; those that git does not know stand under their entry's year."""
    years: dict[str, dict[str, list[Linked]]] = defaultdict(lambda: defaultdict(list))
    for record in site.kb.records:
        for repo, linked in _links(site, record):
            years[linked.date[:4]][f"{repo}:{linked.sha}"].append(linked)
    counts = [(year, to(INDEX, f"commits/{year}.md"), len(years[year])) for year in sorted(years, reverse=True)]
    yield Page(INDEX, "pages/commits.md.j2", {"years": counts, "rows": None, "title": "Commits"}, "the commits")
    for year, found in years.items():
        yield _year(year, counts, found)


def _year(year: str, counts: list[tuple[str, str, int]], found: dict[str, list[Linked]]) -> Page:
    here = f"commits/{year}.md"

    def context() -> dict[str, Any]:
        ordered = sorted(found.values(), key=lambda group: group[0].date, reverse=True)
        return {"years": counts, "rows": [_row(here, group) for group in ordered], "title": f"Commits of {year}"}

    return Page(here, "pages/commits.md.j2", context, f"the commits of {year}")


def _row(here: str, group: list[Linked]) -> CommitRow:
    first, name = group[0], sha_code(group[0].sha)
    shown = Md(f"[{name}]({first.url})") if first.url.startswith(("https://", "http://")) else name
    entries = [(linked.role, entry_link(here, linked.record)) for linked in group]
    return CommitRow(first.date, shown, escape(first.subject), entries)


def _links(site: Site, record: Record) -> Iterator[tuple[str, Linked]]:
    """Name of the repository, empty for this one, and commit."""
    seen = set()
    for fact in site.facts.commits.get(record.entry.id, ()):
        date, subject = (fact.commit.authored, fact.commit.subject) if fact.commit else (record.date, "")
        seen.add(fact.sha)
        text = subject or fact.reason or fact.note
        yield fact.repo, Linked(record, date[:10], fact.sha or fact.text, fact.url, text, fact.role)
    for mention in site.facts.mentions.get(record.entry.id, ()):
        commit = mention.commit
        if commit.sha not in seen:
            role = "fixed" if mention.fixes else "mentioned"
            url = site.facts.url(commit.sha)
            yield "", Linked(record, commit.authored[:10], commit.sha, url, commit.subject, role)
