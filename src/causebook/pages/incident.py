"""The page of an incident."""

from __future__ import annotations

from collections.abc import Iterator

from causebook import diagram
from causebook.markdown import Md
from causebook.model import Incident
from causebook.pages import Page, Site, home
from causebook.pages._entry import context


def pages(site: Site) -> Iterator[Page]:
    """One page for each incident."""
    for record, entry in site.kb.incidents:
        values = {**context(site, record), "diagram": _diagram(entry)}
        yield Page(home(record), "pages/incident.md.j2", values, record.path)


def _diagram(entry: Incident) -> Md | None:
    """The chain from the symptom to the root cause, or None when there is no answer to draw."""
    answers = [why.because for why in entry.five_whys if why.because]
    if not answers:
        return None
    boxes = [("cb-symptom", entry.title), *(("cb-why", answer) for answer in answers)]
    return diagram.chain(boxes, title=f"From the symptom to the cause in {len(answers)} whys; the text stands above")
