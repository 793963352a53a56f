"""The page of an incident."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from causebook import diagram
from causebook.kb import Record
from causebook.markdown import Md
from causebook.model import Incident
from causebook.pages import Page, Site, home
from causebook.pages._entry import context


def pages(site: Site) -> Iterator[Page]:
    """One page for each incident."""
    for record, entry in site.kb.incidents:
        yield Page(home(record), "pages/incident.md.j2", partial(_context, site, record, entry), record.path)


def _context(site: Site, record: Record, entry: Incident) -> dict[str, Any]:
    return {**context(site, record), "diagram": _diagram(entry)}


def _diagram(entry: Incident) -> Md | None:
    """The chain from the symptom to the root cause, or None when there is no answer to draw."""
    answers = [why.because for why in entry.five_whys if why.because]
    if not answers:
        return None
    boxes = [("cb-symptom", entry.title), *(("cb-why", answer) for answer in answers)]
    return diagram.chain(boxes, title=f"From the symptom to the cause in {len(answers)} whys; the text stands above")
