"""Atom feeds (RFC 4287): of all entries, of each component, of each playbook; the same history gives the same bytes."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from xml.etree import ElementTree as ET

from causebook.kb import Record
from causebook.outputs._addresses import Addresses, page, published, updated
from causebook.pages import Data, Site, facet, key

ALL = "feeds/all.xml"
LONGEST = 50
"""Entries of a feed: those that changed last."""
_ATOM = "http://www.w3.org/2005/Atom"
_NEVER = "1970-01-01T00:00:00Z"
"""When a feed without entries changed."""
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def files(site: Site) -> Iterator[Data]:
    """``feeds/all.xml``, ``feeds/component/<name>.xml`` and ``feeds/playbook/<id>.xml``."""
    addresses = Addresses(site)
    name = addresses.published.name
    records = sorted(site.kb.by_id.values(), key=lambda r: (updated(site.facts, r), r.entry.id), reverse=True)
    yield Data(ALL, partial(_feed, site, addresses, ALL, name, "records/", records))
    for (kind, value), chosen in sorted(_groups(records).items()):
        path = f"feeds/{kind}/{key(value)}.xml"
        about = f"records/{facet(kind, value).removesuffix('.md')}/"
        yield Data(path, partial(_feed, site, addresses, path, f"{name}: {value}", about, chosen))


def _groups(records: list[Record]) -> dict[tuple[str, str], list[Record]]:
    """Entries by component and by playbook."""
    found: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        for component in record.entry.components:
            found["component", component].append(record)
        if record.entry.playbook:
            found["playbook", record.entry.playbook].append(record)
    return found


def _feed(site: Site, addresses: Addresses, path: str, title: str, about: str, records: Sequence[Record]) -> str:
    feed = ET.Element("feed", xmlns=_ATOM)
    _text(feed, "id", _urn(f"{site.facts.web or addresses.published.name}/{path}"))
    _text(feed, "title", title)
    _text(feed, "updated", updated(site.facts, records[0]) if records else _NEVER)
    ET.SubElement(feed, "link", rel="self", type="application/atom+xml", href=addresses.to(f"api/{path}", path))
    ET.SubElement(feed, "link", rel="alternate", type="text/html", href=addresses.to(about, path))
    _text(ET.SubElement(feed, "author"), "name", addresses.published.name)
    _text(feed, "generator", "Causebook")
    for record in records[:LONGEST]:
        _entry(ET.SubElement(feed, "entry"), site, addresses.to(page(record), path), record)
    ET.indent(feed, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="unicode") + "\n"


def _entry(item: ET.Element, site: Site, address: str, record: Record) -> None:
    entry = record.entry
    # The first id that it had: a reader must not take a renamed entry for a new one.
    _text(item, "id", _urn(next(iter(site.facts.former(record)), entry.id)))
    _text(item, "title", entry.title)
    _text(item, "updated", updated(site.facts, record))
    _text(item, "published", published(site.facts, record))
    ET.SubElement(item, "link", rel="alternate", type="text/html", href=address)
    for term in dict.fromkeys((entry.kind, entry.status, *entry.components, *entry.tags)):
        ET.SubElement(item, "category", term=term)
    _text(item, "summary", entry.summary or entry.title)


def _urn(name: str) -> str:
    """An address that never changes, wherever the site stands."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"causebook:{name}").urn


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = _NO_XML.sub("\ufffd", text)
