"""How long an incident took to be noticed and to be resolved, as far as its dates say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

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
    wide, open_ended = first.earliest != first.latest, last.earliest != last.latest
    if not wide and not open_ended:
        seconds = (last.earliest - first.earliest).total_seconds()
        return Duration(seconds, to_the_day=False) if seconds >= 0 else None
    if first.surely_after(last):
        return None
    middle = last.earliest + (last.latest - last.earliest) / 2 - first.earliest - (first.latest - first.earliest) / 2
    # Two times of one clock, whichever it is, are exact although neither says its zone.
    one_clock = wide and open_ended and len(start) > 10 and len(end) > 10
    return Duration(max(middle.total_seconds(), 0.0), not one_clock)


@dataclass(frozen=True, slots=True)
class Times:
    """The moments of an incident that matter most, as written, and the time between them; None where not told."""

    started: str | None
    """The first event ``started``, else ``introduced``."""
    noticed: str | None
    """``detection.at``, else the first event ``detected``."""
    resolved: str | None
    """The last event ``resolved``, else the first ``closed``."""
    to_notice: Duration | None
    """From its start until it was noticed."""
    to_resolve: Duration | None
    """From when it was noticed, or else began, until it was over."""


def of(entry: Incident) -> Times:
    """What the timeline and ``detection`` of an incident say."""
    at: dict[str, list[str]] = {}
    for event in entry.timeline:
        at.setdefault(event.event, []).append(event.at)
    started = _end(min, at.get("started") or at.get("introduced"))
    noticed = (entry.detection.at if entry.detection else None) or _end(min, at.get("detected"))
    resolved = _end(max, at.get("resolved")) or _end(min, at.get("closed"))
    begun = noticed or started
    return Times(
        started,
        noticed,
        resolved,
        between(started, noticed) if started and noticed else None,
        between(begun, resolved) if begun and resolved else None,
    )


def _end(choose: Callable[..., str], found: list[str] | None) -> str | None:
    """The earliest or latest of some dates."""
    if not found:
        return None
    return found[0] if len(found) == 1 else choose(found, key=lambda text: moment(text).earliest)


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
