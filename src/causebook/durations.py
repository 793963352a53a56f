"""How long an incident took to be noticed and to be resolved, as far as its dates say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from causebook.model import Incident
from causebook.model.words import moment

_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Duration:
    """A stretch of time."""

    seconds: float
    to_the_day: bool
    """Whether an end of it is known only as a day, or in a zone that is not told."""

    def __str__(self) -> str:
        """As people say it: ``3 h 12 min``, ``2 days 4 h``, ``96 days``."""
        if self.to_the_day:
            return spoken_days(round(self.seconds / _DAY))
        return spoken(self.seconds)


def spoken(seconds: float) -> str:
    """A duration in its two largest units, the smaller one left out from ten of the larger on."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "under a minute"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h" + (f" {minutes} min" if minutes and hours < 10 else "")
    days, hours = divmod(hours, 24)
    return spoken_days(days) + (f" {hours} h" if hours and days < 10 else "")


def spoken_days(days: int) -> str:
    """A number of days."""
    return "the same day" if days == 0 else "1 day" if days == 1 else f"{days} days"


def said(at: str) -> str:
    """A date as people write it: ``2026-11-21 10:29 UTC``."""
    match = _WHEN.fullmatch(at)
    if match is None:
        return at
    day, time, zone = match.groups()
    return f"{day} {time} {'UTC' if zone in {'Z', '+00:00'} else zone or ''}".rstrip()


_WHEN = re.compile(r"(.{10})[T ](\d\d:\d\d(?::(?!00)\d\d(?:\.\d+)?)?)(?::00(?:\.0+)?)?(Z|[+-].*)?")


def between(start: str, end: str) -> Duration | None:
    """From one date of an entry to a later one; None when they contradict each other.

    A day without a time counts as its noon, so a duration between such days is right to the day.
    """
    first, last = moment(start), moment(end)
    if first.surely_after(last):
        return None
    exact = first.earliest == first.latest and last.earliest == last.latest
    same_clock = len(start) > 10 and len(end) > 10 and not exact and _naive(start) and _naive(end)
    middle = (last.earliest + (last.latest - last.earliest) / 2) - (
        first.earliest + (first.latest - first.earliest) / 2
    )
    return Duration(max(middle, timedelta(0)).total_seconds(), not (exact or same_clock))


def _naive(text: str) -> bool:
    wide = moment(text)
    return wide.earliest != wide.latest


def _first(entry: Incident, *events: str) -> str | None:
    """The earliest date of the first of these kinds of event that there is."""
    for event in events:
        found = [e.at for e in entry.timeline if e.event == event]
        if found:
            return min(found, key=lambda at: moment(at).earliest)
    return None


def started(entry: Incident) -> str | None:
    """When it began: the event ``started``, else ``introduced``."""
    return _first(entry, "started", "introduced")


def noticed(entry: Incident) -> str | None:
    """When it was noticed: ``detection.at``, else the event ``detected``."""
    return (entry.detection.at if entry.detection else None) or _first(entry, "detected")


def resolved(entry: Incident) -> str | None:
    """When it was over: the last event ``resolved``, else the first ``closed``."""
    found = [e.at for e in entry.timeline if e.event == "resolved"]
    return max(found, key=lambda at: moment(at).latest) if found else _first(entry, "closed")


def to_notice(entry: Incident) -> Duration | None:
    """From its start until it was noticed."""
    return _span(started(entry), noticed(entry))


def to_resolve(entry: Incident) -> Duration | None:
    """From when it was noticed, or else began, until it was over."""
    return _span(noticed(entry) or started(entry), resolved(entry))


def _span(start: str | None, end: str | None) -> Duration | None:
    return between(start, end) if start and end else None


def median(values: Iterable[float]) -> float:
    """The middle of sorted values, or of the two in the middle."""
    found = sorted(values)
    half = len(found) // 2
    return found[half] if len(found) % 2 else (found[half - 1] + found[half]) / 2


def quartiles(values: Iterable[float]) -> tuple[float, float]:
    """The first and third quartile: medians of the lower and upper half (Tukey's hinges); needs two values."""
    found = sorted(values)
    half = (len(found) + 1) // 2
    return median(found[:half]), median(found[-half:])
