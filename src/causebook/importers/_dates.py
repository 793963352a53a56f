"""Dates and times as people write them, in several languages, to those of an entry."""

from __future__ import annotations

import re
from datetime import date

from causebook.importers._vocabulary import normal, vocabulary

_HYPHENS = {0x2010: "-", 0x2011: "-", 0x2012: "-"}
_YEAR = re.compile(r"\d{4}")
_ISO = re.compile(r"(?<!\d)(\d{4})[-/._](\d{1,2})[-/._](\d{1,2})(?!\d)")
_PACKED = re.compile(r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)")
_CJK = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日?")
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?!\d)")
_WORDS = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|\.|º|°)?\s+(?:de\s+|of\s+)?([^\W\d]{3,12})\.?,?\s+(?:de\s+)?(\d{4})(?!\d)"
)
_MONTH_FIRST = re.compile(r"\b([^\W\d]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)")
_TIME = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?::(\d{2}))?(?!\d)\s*([AaPp]\.?[Mm]\.?)?(?:\s*(?:h\b|Uhr))?")
_HOURS = re.compile(r"(?<![\d:])(\d{1,2})h(\d{2})\b|(\d{1,2})時(\d{1,2})分|(\d{1,2})[点时](\d{1,2})分?")
_ZONES = {
    "Z": "Z", "UTC": "Z", "GMT": "Z", "CET": "+01:00", "CEST": "+02:00", "MEZ": "+01:00", "MESZ": "+02:00",
    "BST": "+01:00", "EST": "-05:00", "EDT": "-04:00", "CDT": "-05:00", "MDT": "-06:00", "MST": "-07:00",
    "PST": "-08:00", "PDT": "-07:00", "JST": "+09:00", "MSK": "+03:00", "МСК": "+03:00", "BRT": "-03:00",
    "AEST": "+10:00",
}  # fmt: skip
"""Names that mean one offset nearly everywhere; CST and IST mean several and stay unread."""
_ZONE = re.compile(r"^\s*\(?([A-ZМСК]{1,4}|[+-]\d{2}:\d{2})\b")


def day_in(text: str, *, month_first: bool = False) -> str | None:
    """The first date with a year in ``text``, as ``2026-11-21``; ``month_first`` reads 3/4/2026 as Americans do."""
    found = [(m.start(), day) for m, day in _days(text, month_first=month_first) if day]
    return min(found)[1] if found else None


def _days(text: str, *, month_first: bool) -> list[tuple[re.Match[str], str | None]]:
    if not _YEAR.search(text):
        return []
    text = text.translate(_HYPHENS)
    out = [(m, _day(m[1], m[2], m[3])) for p in (_ISO, _CJK, _PACKED) for m in p.finditer(text)]
    for m in _DAY_FIRST.finditer(text):
        american = (month_first and int(m[2]) > 12) or (month_first and "/" in m[0] and int(m[1]) <= 12)
        american = american or (int(m[2]) > 12)
        out.append((m, _day(m[3], m[1], m[2]) if american else _day(m[3], m[2], m[1])))
    out += [(m, _day(m[3], _month(m[2]), m[1])) for m in _WORDS.finditer(text)]
    out += [(m, _day(m[3], _month(m[1]), m[2])) for m in _MONTH_FIRST.finditer(text)]
    return out


def _month(name: str) -> int:
    return vocabulary().months.get(normal(name), 0)


def _day(year: str, month: str | int, day: str) -> str | None:
    try:
        made = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return made.isoformat() if 1970 <= made.year <= 2199 else None


def moment_in(text: str, context: str | None) -> str | None:
    """The moment that ``text`` begins with; a time without a date takes that of ``context``."""
    head = text[:60]
    day = day_in(head) or context
    if day is None:
        return None
    time = _TIME.search(head)
    if time is None:
        hours = _HOURS.search(head)
        if hours is None:
            return day if day_in(head) else None
        hour, minute = [int(group) for group in hours.groups() if group is not None]
        return f"{day}T{hour:02}:{minute:02}" if hour < 24 and minute < 60 else day
    hour, minute, second = int(time[1]), int(time[2]), time[3]
    if time[4]:
        hour = hour % 12 + (12 if time[4][0] in "Pp" else 0)
    if hour > 23 or minute > 59 or int(second or 0) > 59:
        return None
    zone = _ZONE.match(head[time.end() :])
    offset = "" if zone is None else zone[1] if zone[1][0] in "+-" else _ZONES.get(zone[1], "")
    return f"{day}T{hour:02}:{minute:02}{':' + second if second else ''}{offset}"
