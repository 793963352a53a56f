"""Dates do not contradict each other and do not lie in the future.

Introduced, started, detected, mitigated, resolved, closed: in this order. Dates are compared as instants; one without
a time or an offset contradicts another only when no time zone could make it right.

Good:
    timeline: [{at: 2026-01-01, event: started}, {at: 2026-01-02, event: resolved}]
Bad:
    timeline: [{at: 2026-01-05, event: started}, {at: 2026-01-02, event: resolved}]
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import pairwise

from causebook.findings import Finding, dotted
from causebook.kb import Record
from causebook.model import Incident, Session
from causebook.model.words import moment

_ORDER = ("introduced", "started", "detected", "mitigated", "resolved", "closed")
Dated = tuple[str, str, tuple[str | int, ...]]
"""Name, text and place of a date."""


def check(record: Record) -> Iterator[Finding]:
    """Pairs in the wrong order, and dates to come."""
    chain = list(_chain(record))
    for (first, at, _), (second, other, path) in pairwise(chain):
        if moment(at).surely_after(moment(other)):
            message = f"{second} ({other}) lies before {first} ({at})"
            yield Finding(message, record.place(*path), "correct one of the two dates", field=dotted(path))
    limit = datetime.now(timezone.utc) + timedelta(days=1)  # a day's grace for clocks and zones
    for name, at, path in _past(record):
        if moment(at).earliest > limit:
            yield Finding(
                f"{name} ({at}) lies in the future", record.place(*path), "correct the date", field=dotted(path)
            )


def _chain(record: Record) -> Iterator[Dated]:
    """Dates that must not decrease, in the order they must have; of several of one kind the first."""
    entry = record.entry
    if isinstance(entry, Session):
        for key, at in (("started_at", entry.started_at), ("ended_at", entry.ended_at)):
            if at:
                yield key, at, (key,)
        return
    found: dict[str, Dated] = {}
    for index, event in enumerate(entry.timeline):
        found.setdefault(event.event, (event.event, event.at, ("timeline", index, "at")))
    if entry.detection and entry.detection.at:
        found.setdefault("detected", ("detected", entry.detection.at, ("detection", "at")))
    yield from (found[name] for name in _ORDER if name in found)


def _past(record: Record) -> Iterator[Dated]:
    """Dates of things that have happened; due dates and plans are left out."""
    yield "the id's date", record.date, ("id",)
    entry = record.entry
    yield from _chain(record)
    for index, attempt in enumerate(entry.attempts):
        if attempt.at:
            yield "the attempt", attempt.at, ("attempts", index, "at")
    if isinstance(entry, Incident):
        for index, event in enumerate(entry.timeline):
            if event.event == "note":
                yield "the event", event.at, ("timeline", index, "at")
