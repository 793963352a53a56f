"""sitemap.xml with the times of git: engines write the day of the build, or nothing that says when a page changed."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote
from xml.sax.saxutils import escape

from causebook import files
from causebook.finish.built import Site
from causebook.outputs._addresses import updated


def write(site: Site) -> None:
    """Write it where the address of the site is known: a sitemap has whole addresses only."""
    if not site.published.address:
        return
    (site.folder / "sitemap.xml.gz").unlink(missing_ok=True)  # the engine's: it would contradict ours
    start = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    files.write_text(site.folder / "sitemap.xml", start + "".join(_urls(site)) + "</urlset>\n")


def _urls(site: Site) -> Iterator[str]:
    for page in site.pages:
        if page.twin:
            record = site.records.get(page.twin)
            changed = f"<lastmod>{updated(site.facts, record)}</lastmod>" if record else ""
            yield f" <url><loc>{escape(site.published.address + quote(page.address))}</loc>{changed}</url>\n"
