"""Lists of entries: all, by kind, and by status, severity, component, tag, playbook and month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from causebook.kb import Record
from causebook.model import Incident
from causebook.pages import Page, Site, key, rows

OPEN = ("draft", "investigating", "reopened", "identified", "mitigated", "planned", "in_progress", "blocked")
"""Statuses that ask for more work."""
_STATUS = ["status", "severity", "component", "tag", "playbook", "month"]


def _values(record: Record) -> dict[str, Iterable[str]]:
    entry = record.entry
    severity = entry.severity if isinstance(entry, Incident) else None
    return {
        "status": [entry.status],
        "severity": [severity] if severity else [],
        "component": entry.components,
        "tag": entry.tags,
        "playbook": [entry.playbook] if entry.playbook else [],
        "month": [record.date[:7]],
    }


def pages(site: Site) -> Iterator[Page]:
    """The overview, the list of incidents, and one page for each value of each facet."""
    records = site.kb.records
    groups: dict[str, dict[str, list[Record]]] = {name: defaultdict(list) for name in _STATUS}
    titles: dict[tuple[str, str], str] = {}
    for record in records:
        for name, values in _values(record).items():
            for slug, value in {key(v): v for v in values}.items():
                groups[name][slug].append(record)
                titles.setdefault((name, slug), value)
    yield _overview(site, groups, titles)
    yield _list("incidents/index.md", "All incidents", [record for record, _ in site.kb.incidents])
    for name, values in groups.items():
        for slug, found in values.items():
            yield _list(f"by/{name}/{slug}.md", f"{name.capitalize()}: {titles[name, slug]}", found)


def _list(here: str, title: str, records: list[Record]) -> Page:
    def context() -> dict[str, Any]:
        return {"title": title, "rows": rows(here, records), "kinds": _kinds(records)}

    return Page(here, "pages/list.md.j2", context, title)


def _kinds(records: list[Record]) -> bool:
    """Whether the list holds both kinds, so that a column must tell them apart."""
    return len({r.entry.kind for r in records}) > 1


def _overview(site: Site, groups: dict[str, dict[str, list[Record]]], titles: dict[tuple[str, str], str]) -> Page:
    here = "index.md"
    facets = [(name, list(_counts(name, values, titles))) for name, values in groups.items() if values]
    waiting = [r for r in site.kb.records if r.entry.status in OPEN]
    context = {
        "open": rows(here, waiting[:20]),
        "open_count": len(waiting),
        "latest": rows(here, site.kb.records[:20]),
        "facets": facets,
        "incidents": len(site.kb.incidents),
        "sessions": len(site.kb.sessions),
    }
    return Page(here, "pages/overview.md.j2", context, "the overview")


def _counts(
    name: str, values: dict[str, list[Record]], titles: dict[tuple[str, str], str]
) -> Iterator[tuple[str, str, int]]:
    """Value, page and count: months from the latest, severities from the worst, others by count."""
    for slug in sorted(values, key=lambda s: (_rank(name, s, len(values[s])), s)):
        yield titles[name, slug], f"by/{name}/{slug}.md", len(values[slug])


def _rank(name: str, slug: str, count: int) -> int:
    if name == "month":
        return -int(slug.replace("-", ""))
    return int(slug[-1]) if name == "severity" else -count
