"""Figures over all entries as charts, each with its table, and the lists of what to look at again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

from causebook import charts, trends
from causebook.charts import Bars
from causebook.kb import Record
from causebook.markdown import Md, attribute, code, escape, link
from causebook.pages import FOLDER, Data, Page, Site, entry_link, facet, to
from causebook.pages.files import touched

HERE = "insights/index.md"
_MOST = 15
"""Rows of a list; what it leaves out is counted below it."""


def pages(site: Site) -> Iterator[Page | Data]:
    """One page, and a file for each of its charts; ages on it are counted from the latest entry."""
    now = trends.newest(site.kb, site.facts)
    incidents = trends.counted(site.kb)
    context: dict[str, Any] = {"now": now, "incidents": len(incidents), "most": _MOST}
    drawn: dict[str, Bars] = {}
    if now is not None:
        for part in (_over_time, _lengths, _again, _lessons, _actions, _files, _stale):
            context |= part(site, incidents, now, drawn)
    context["chart"] = lambda name: _image(name, drawn[name]) if name in drawn else None
    yield Page(HERE, "pages/insights.md.j2", context, "the insights")
    for name, chart in drawn.items():
        path = f"insights/{name}.svg"
        yield Data(path, partial(_drawn, site, path, chart))


_Incidents = tuple[tuple[Record, Any], ...]


def _drawn(site: Site, path: str, chart: Bars) -> str:
    """The file of a chart: the one that is there, where it shows the same."""
    there = site.kb.root / site.kb.config.kb / FOLDER / path
    return charts.draw(chart, there.read_bytes() if there.is_file() and not there.is_symlink() else None)


def _image(name: str, chart: Bars) -> Md:
    """The chart as an image: HTML, because Markdown cannot say its size, without which the page jumps as it loads."""
    width, height = charts.size(chart)
    alt = attribute(chart.title)
    return Md(f'<img src="{name}.svg" alt="{alt}" width="{width}" height="{height}" loading="lazy">')


def _class(kind: str) -> Md:
    """A class of failure, with a link to its entries."""
    if kind in {trends.NO_CLASS, trends.OTHERS}:
        return escape(kind)
    return link(kind, to(HERE, facet("playbook", kind)))


def _over_time(site: Site, incidents: _Incidents, now: date, drawn: dict[str, Bars]) -> dict[str, Any]:  # noqa: ARG001
    found = trends.over_time(incidents, now, most=charts.MOST_SERIES)
    totals = found.totals
    if len(found.periods) > 1 and incidents:
        most = max(totals)
        title = (
            f"Incidents by {found.unit} and class, {found.periods[0]} to {found.periods[-1]}: {sum(totals)} in all, "
            f"the most, {most}, in {found.periods[totals.index(most)]}"
        )
        drawn["over-time"] = Bars(title, found.periods, found.classes)
    return {
        "unit": found.unit,
        "classes": [_class(kind) for kind, _ in found.classes],
        "periods": [
            (period, [numbers[n] for _, numbers in found.classes], totals[n] if totals else 0)
            for n, period in reversed(list(enumerate(found.periods)))
        ],
        "trend": trends.trend(totals),
    }


def _lengths(site: Site, incidents: _Incidents, now: date, drawn: dict[str, Bars]) -> dict[str, Any]:  # noqa: ARG001
    rows = trends.spreads(incidents)
    _, notice, resolve = rows[0]
    if notice.found or resolve.found:
        numbers = [trends.histogram(spread.seconds, trends.LENGTHS) for spread in (notice, resolve)]
        title = (
            f"How long incidents took. To be noticed: n = {len(notice.found)}, median {notice.median}. "
            f"To be resolved: n = {len(resolve.found)}, median {resolve.median}"
        )
        series = (("to be noticed", numbers[0]), ("to be resolved", numbers[1]))
        drawn["how-long"] = Bars(title, tuple(name for name, _ in trends.LENGTHS), series, lying=True, grouped=True)
    notices = [(severity, spread) for severity, spread, _ in rows]
    return {"lengths": [("To notice", notices), ("To resolve", [(severity, spread) for severity, _, spread in rows])]}


def _again(site: Site, incidents: _Incidents, now: date, drawn: dict[str, Bars]) -> dict[str, Any]:  # noqa: ARG001
    rows = trends.again(site.kb, incidents)
    back = trends.recurrences(site.kb)
    fixed, came = sum(r.fixed for r in rows), sum(r.came_back for r in rows)
    shown = [row for row in rows if row.kind != trends.NO_CLASS][:8]
    if len(shown) > 1:
        title = f"Fixed incidents of the {len(shown)} most frequent classes; {came} of all {fixed} fixed ones came back"
        stands = tuple(row.fixed - row.came_back for row in shown)
        series = (("not seen again", stands), ("happened again", tuple(r.came_back for r in shown)))
        drawn["again"] = Bars(title, tuple(row.kind for row in shown), series, lying=True)
    return {
        "again": [(_class(row.kind), row) for row in rows],
        "share": trends.interval(came, fixed),
        "fixed": fixed,
        "recurrences": [(entry_link(HERE, a), a.date, entry_link(HERE, b), b.date, days) for a, b, days in back],
    }


def _lessons(site: Site, incidents: _Incidents, now: date, drawn: dict[str, Bars]) -> dict[str, Any]:  # noqa: ARG001
    rows = trends.lessons(site.kb)
    total, kept = sum(n for _, n in rows), sum(n for name, n in rows if name in trends.MACHINES)
    if total:
        title = f"What keeps lessons: {kept} of {total} are kept by a machine"
        drawn["lessons"] = Bars(title, tuple(n for n, _ in rows), (("lessons", tuple(n for _, n in rows)),), lying=True)
    return {"lessons": rows, "lessons_total": total, "lessons_kept": kept}


def _actions(site: Site, incidents: _Incidents, now: date, drawn: dict[str, Bars]) -> dict[str, Any]:  # noqa: ARG001
    rows = trends.open_actions(site.kb, now)
    if rows:
        late = tuple(trends.histogram((age for _, _, age, over in rows if over), trends.AGES))
        rest = tuple(trends.histogram((age for _, _, age, over in rows if not over), trends.AGES))
        title = f"Open actions by the age of their entry: {len(rows)}, of which {sum(late)} are overdue"
        series = (("not overdue", rest), ("overdue", late))
        drawn["actions"] = Bars(title, tuple(name for name, _ in trends.AGES), series, lying=True)
    return {"actions": [(a, entry_link(HERE, r), age, over) for a, r, age, over in rows]}


def _files(site: Site, incidents: _Incidents, now: date, drawn: dict[str, Bars]) -> dict[str, Any]:  # noqa: ARG001
    held: dict[str, list[Record]] = defaultdict(list)
    for record, _ in incidents:
        for path, how in touched(site, record).items():
            if how != "introduced":  # the commit that brought the fault often brought everything
                held[path].append(record)
    rows = trends.hot(held, most=_MOST)
    if len(rows) > 1:
        top = rows[:8]
        title = f"Files that most incidents have to do with; first {top[0][0]}, in {top[0][1]}"
        series = (("incidents", tuple(number for _, number, _ in top)),)
        drawn["files"] = Bars(title, tuple(_short(path) for path, _, _ in top), series, lying=True)
    return {"files": [(code(path), number, last) for path, number, last in rows], "files_total": len(held)}


def _short(path: str) -> str:
    """The end of a path, which tells more than its beginning."""
    return path if len(path) <= 28 else f"…{path[-27:]}"


def _stale(site: Site, incidents: _Incidents, now: date, drawn: dict[str, Bars]) -> dict[str, Any]:  # noqa: ARG001
    ages = trends.ages(site.kb, site.facts, now)
    groups: dict[bool, list[int]] = {True: [], False: []}
    for record in site.kb.records:
        if record.entry.id in ages:
            groups[trends.is_open(record)].append(ages[record.entry.id])
    rows = sorted(trends.stale(site.kb, site.facts, now), key=lambda row: -row[1])
    if ages:
        series = tuple(
            (name, trends.histogram(groups[state], trends.AGES)) for name, state in (("open", True), ("done", False))
        )
        title = f"Entries by the time since they were last changed: {len(ages)}, of which {len(rows)} are going stale"
        drawn["stale"] = Bars(title, tuple(name for name, _ in trends.AGES), series, lying=True)
    return {"stale": [(entry_link(HERE, r), days, why) for r, days, why in rows]}
