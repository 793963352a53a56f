"""From commits to entries: which incidents has this commit to do with?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from causebook.kb import Record
from causebook.markdown import Md, escape
from causebook.pages import Page, Site, entry_link, sha_code, to

INDEX = "commits/index.md"


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
    years: dict[str, dict[str, CommitRow]] = defaultdict(dict)
    for record in site.kb.records:
        for year, key, name, date, subject, role in _links(site, record):
            row = years[year].setdefault(key, CommitRow(date, name, subject, []))
            row.entries.append((role, entry_link(f"commits/{year}.md", record)))
    counts = [(year, to(INDEX, f"commits/{year}.md"), len(years[year])) for year in sorted(years, reverse=True)]
    yield Page(INDEX, "pages/commits.md.j2", {"years": counts, "rows": None, "title": "Commits"}, "the commits")
    for year, found in years.items():
        ordered = sorted(found.values(), key=lambda row: row.date, reverse=True)
        context = {"years": counts, "rows": ordered, "title": f"Commits of {year}"}
        yield Page(f"commits/{year}.md", "pages/commits.md.j2", context, f"the commits of {year}")


def _links(site: Site, record: Record) -> Iterator[tuple[str, str, Md, str, Md, str]]:
    seen = set()
    for fact in site.facts.commits.get(record.entry.id, ()):
        date = fact.commit.authored[:10] if fact.commit else record.date
        name = sha_code(fact.sha or fact.text)
        shown = Md(f"[{name}]({fact.url})") if fact.url.startswith(("https://", "http://")) else name
        subject = escape(fact.commit.subject) if fact.commit else escape(fact.reason or fact.note)
        seen.add(fact.sha)
        yield date[:4], f"{fact.repo}:{fact.sha or fact.text}", shown, date, subject, fact.role
    for mention in site.facts.mentions.get(record.entry.id, ()):
        commit, url = mention.commit, site.facts.url(mention.commit.sha)
        if commit.sha not in seen:
            name = sha_code(commit.sha)
            shown = Md(f"[{name}]({url})") if url else name
            role = "fixed" if mention.fixes else "mentioned"
            yield commit.authored[:4], f":{commit.sha}", shown, commit.authored[:10], escape(commit.subject), role
