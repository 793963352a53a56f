"""Redirects: a page at each address that an entry had before its file was renamed."""

from __future__ import annotations

import html

from causebook import files
from causebook.finish.built import Built, Site
from causebook.kb import Record

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<meta http-equiv="refresh" content="0; url={target}">
<meta name="robots" content="noindex">
<link rel="canonical" href="{canonical}">
<title>{title}</title>
</head>
<body>
<p>This page has moved: <a href="{target}">{title}</a></p>
</body>
</html>
"""


def write(site: Site) -> None:
    """Write the redirects; an address that has a page of its own keeps it."""
    for twin, record in site.records.items():
        if page := site.by_twin.get(twin):
            for old in site.facts.former(record):
                _write(site, page, record, old)


def _write(site: Site, page: Built, record: Record, old: str) -> None:
    path = site.folder / page.path.replace(record.entry.id, old)
    if path.exists():
        return
    # From a page in a folder of its own it is one folder up; the last part of the address is what changes.
    target = f"../{record.entry.id}/" if path.name == "index.html" else path.with_stem(record.entry.id).name
    canonical = f"{site.published.address}{page.address}" if site.published.address else target
    title = html.escape(record.entry.title)
    files.write_text(path, _PAGE.format(target=target, canonical=html.escape(canonical), title=title))
