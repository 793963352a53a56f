"""The timeline of an incident drawn to scale: a bar without text, because the list below it tells the same in words."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from causebook.durations import between, said, spoken, spoken_days
from causebook.markdown import Md, attribute, escape
from causebook.model.parts import Event
from causebook.model.words import moment

_PHASE = {
    "introduced": "unnoticed", "started": "unnoticed", "detected": "open", "mitigated": "open",
    "resolved": "over", "closed": "over",
}  # fmt: skip
_LEFT, _ROOM = 2.0, 96.0
"""Where the first event lies and the last one after it, in hundredths of the width, so that both dots fit."""
_BROKEN, _TIMES = 12.0, 6
"""Width of a gap that is not drawn to scale, and how many times longer than all others together it must be."""
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Moment:
    """An event of the timeline as the list shows it."""

    event: str
    at: Md
    after: str
    """How long after the event before it; empty for the first, and where dates do not tell."""
    note: str


def moments(timeline: Sequence[Event]) -> list[Moment]:
    """The events in the order written, each with the time since the one before."""
    found = []
    for n, event in enumerate(timeline):
        gap = between(timeline[n - 1].at, event.at) if n else None
        found.append(
            Moment(event.event, date(event.at), f"{gap} later" if gap and gap.seconds else "", event.note or "")
        )
    return found


@functools.lru_cache(maxsize=4096)  # a date stands at the top of its page and in the timeline
def date(at: str) -> Md:
    """A valid date as people write it, with the date as it is in the entry for programs, such as our own import."""
    text = said(at)
    return escape(at) if text == at else Md(f'<time datetime="{attribute(at)}">{escape(text)}</time>')


def drawn(timeline: Sequence[Event]) -> Md | None:
    """The events on a line, in the order of time; None for fewer than two moments.

    A gap that would push all others together is drawn short and dashed, and the caption says so.
    """
    events = sorted(((_seconds(e.at), _PHASE.get(e.event)) for e in timeline), key=lambda found: found[0])
    times = [seconds for seconds, _ in events]
    if len(events) < 2 or times[-1] == times[0]:
        return None
    gaps = [b - a for a, b in pairwise(times)]
    longest = max(range(len(gaps)), key=gaps.__getitem__)
    rest = sum(gaps) - gaps[longest]
    broken = longest if 0 < rest * _TIMES < gaps[longest] else None
    places, parts = [_LEFT], []
    for n, gap in enumerate(gaps):
        share = gap / rest * (_ROOM - _BROKEN) if broken is not None else gap / sum(gaps) * _ROOM
        places.append(places[-1] + (_BROKEN if n == broken else share))
    phase = "unnoticed"
    for n, (_, kind) in enumerate(events):
        phase = kind or phase
        if n < len(gaps):
            dashed = " cb-broken" if n == broken else ""
            ends = f'x1="{places[n]:.1f}%" x2="{places[n + 1]:.1f}%"'
            parts.append(f'<line class="cb-{phase}{dashed}" {ends} y1="12" y2="12"/>')
    phase = "unnoticed"
    for n, (_, kind) in enumerate(events):
        phase = kind or phase
        parts.append(f'<circle class="cb-{phase}" cx="{places[n]:.1f}%" cy="12" r="{6 if kind else 4}"/>')
    caption = f"{_long(times[-1] - times[0])} from the first to the last, to scale"
    if broken is not None:
        caption += f", but for the dashed part, which is {_long(gaps[broken])}"
    line = f'<svg width="100%" height="24" aria-hidden="true">{"".join(parts)}</svg>'
    text = f"<figcaption>{caption}.</figcaption>"
    return Md(f'<figure class="cb-scale" data-search-exclude>\n{line}\n{text}\n</figure>')


def _seconds(at: str) -> float:
    wide = moment(at)
    return (wide.earliest + (wide.latest - wide.earliest) / 2).timestamp()


def _long(seconds: float) -> str:
    return spoken(seconds) if seconds < 10 * _DAY else spoken_days(round(seconds / _DAY))
