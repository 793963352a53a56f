"""Addresses and times as outputs write them: whole where mkdocs.yml says where the site stands, else from the file."""

from __future__ import annotations

from datetime import datetime, timezone

from causebook import config
from causebook.kb import Record
from causebook.links import GitFacts
from causebook.model.words import moment
from causebook.pages import Site, home


class Addresses:
    """Of a site; its ``site_url`` is read once."""

    def __init__(self, site: Site) -> None:
        self.published = config.published(site.kb.root)

    def to(self, path: str, here: str) -> str:
        """``path`` from the root of the site, as a file below ``api/`` called ``here`` has to write it."""
        return f"{self.published.address or '../' * (here.count('/') + 1)}{path}"


def page(record: Record) -> str:
    """Address of an entry's page from the root of the site."""
    return f"records/{home(record).removesuffix('.md')}/"


def published(facts: GitFacts, record: Record) -> str:
    """When an entry was first written, as git has it; the day of an entry that is not committed."""
    history = facts.histories.get(record.path)
    return utc(history.first.authored if history else record.date)


def updated(facts: GitFacts, record: Record) -> str:
    """When an entry was last changed, as git has it; never what the clock says."""
    history = facts.histories.get(record.path)
    return utc(history.last.authored if history else record.date)


def utc(when: str) -> str:
    """A time of an entry or of git as RFC 3339 in UTC; a day is its first second, a time without offset is in UTC."""
    if len(when) == len("2026-01-01"):
        return f"{when}T00:00:00Z"
    known = moment(when)
    time = known.earliest if known.earliest == known.latest else known.earliest.replace(tzinfo=timezone.utc)
    return _text(time)


def _text(time: datetime) -> str:
    return time.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
