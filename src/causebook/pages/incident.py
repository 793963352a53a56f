"""The page of an incident: its state at a glance, what happened, why, what ended it, and whether that still holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from causebook import durations, standing, verified
from causebook.kb import Record
from causebook.markdown import Md, code, escape, joined, link
from causebook.model import Incident
from causebook.pages import Page, Site, entry_link, facet, home, playbooks, to
from causebook.pages._entry import AGAIN, RelationRow, context, fixed_files, relations
from causebook.pages._timeline import date, drawn, moments
from causebook.standing import Standing, State

_OTHERS = 5
"""Other incidents of the class that a page names."""
_STATES: tuple[State, ...] = ("as the fix left it", "changed since", "gone", "there", "not here")


@dataclass(frozen=True)
class _Around:
    """What pages share: made once, because each page would look through all entries for it."""

    classes: Mapping[str, list[Record]]
    shown: Mapping[str, str]
    """What running a playbook showed last, by its id."""


def pages(site: Site) -> Iterator[Page]:
    """One page for each incident."""

    @cache
    def around() -> _Around:
        classes: dict[str, list[Record]] = defaultdict(list)
        for record, entry in site.kb.incidents:
            if entry.playbook:
                classes[entry.playbook].append(record)
        return _Around(classes, {name: _shown(site, name) for name in classes if name in site.kb.library})

    for record, entry in site.kb.incidents:
        yield Page(home(record), "pages/incident.md.j2", partial(_context, site, record, entry, around), record.path)


def _context(site: Site, record: Record, entry: Incident, around: Any) -> dict[str, Any]:
    shared: _Around = around()
    stands = standing.of(entry, site.facts)
    held = shared.classes.get(entry.playbook or "", ())
    others = [r for r in held[: _OTHERS + 1] if r is not record][:_OTHERS]
    again = list(relations(site, record, home(record), AGAIN))
    files, left_out = fixed_files(site, entry, stands)
    return {
        **context(site, record),
        "glance": list(_glance(record, entry, stands, again)),
        "timeline": moments(entry.timeline),
        "timeline_drawn": drawn(entry.timeline) if entry.timeline else None,
        "files": files,
        "files_left_out": left_out,
        "facts_since": list(_since(record, entry, stands, shared)),
        "missing_guards": stands.missing_guards,
        "again": again,
        "others": [(r.date, entry_link(home(record), r), r.entry.status.replace("_", " ")) for r in others],
        "others_count": max(0, len(held) - 1),
        "class_page": to(home(record), facet("playbook", entry.playbook)) if entry.playbook else "",
    }


def _glance(record: Record, entry: Incident, stands: Standing, again: list[RelationRow]) -> Iterator[tuple[str, Md]]:
    """Label and value of what one wants to know first; what is not known is left out."""
    times = durations.of(entry)
    if times.started:
        yield "Began", date(times.started)
    if times.noticed:
        yield "Noticed", _moment(times.noticed, times.to_notice, "after it began")
    if times.resolved:
        yield (
            "Over",
            _moment(times.resolved, times.to_resolve, f"after it {'was noticed' if times.noticed else 'began'}"),
        )
    if entry.playbook:
        yield "Class", link(entry.playbook, to(home(record), playbooks.home(entry.playbook)))
    if stands.commit and stands.commit.commit:
        url, name = stands.commit.url, _short(stands.commit.sha)
        yield "Fixed in", Md(f"[{name}]({url})" if url.startswith(("https://", "http://")) else name)
    elif entry.fix and entry.fix.pr:
        yield "Fixed in", escape(f"pull request {entry.fix.pr}")
    if again:
        yield "Seen", joined((Md(f"{row.how.lower()} {row.link}") for row in again), "; ")
    if entry.fix and (stands.files or stands.commit):
        yield "Today", Md(f"[{_today(stands)}](#since-then)")


def _short(sha: str) -> str:
    """A sha that git gave, as code: it needs no escape."""
    return f"<code>{sha[:12]}</code>"


def _moment(at: str, after: durations.Duration | None, of: str) -> Md:
    return Md(f"{date(at)}, {after} {of}") if after and after.seconds else date(at)


def _today(stands: Standing) -> str:
    if stands.reverted:
        return "the fix was reverted"
    if not stands.doubtful:
        changed = stands.count("changed since")
        return f"the fix stands; {changed} of its files changed since" if changed else "the fix stands unchanged"
    told = [f"{n} of its files {'is' if n == 1 else 'are'} gone" for n in [stands.count("gone")] if n]
    told += [f"{n} of its guards {'is' if n == 1 else 'are'} gone" for n in [len(stands.missing_guards)] if n]
    return f"look again: {', '.join(told)}"


def _since(record: Record, entry: Incident, stands: Standing, shared: _Around) -> Iterator[Md]:
    """Sentences on what still holds, each from a fact at hand."""
    fact = stands.commit
    if fact and fact.reverted_by:
        by, day = _short(fact.reverted_by.sha), fact.reverted_by.authored[:10]
        yield Md(f"<strong>Reverted</strong>: {_short(fact.sha)} was taken back by {by} on {day}.")
    elif fact and fact.reachable:
        yield Md(f"Not reverted: {_short(fact.sha)} stands in the history of this branch.")
    elif fact and fact.reachable is False:
        yield Md(f"{_short(fact.sha)} is not in the history of this branch.")
    if told := [f"{n} {state}" for state in _STATES if (n := stands.count(state))]:
        yield Md(f"Of the files of the fix: {', '.join(told)}.")
    for reference in stands.missing_guards:
        yield Md(f"<strong>Gone</strong>: {code(reference)}, which was to keep it fixed.")
    if entry.playbook and entry.playbook in shared.shown:
        page = link(entry.playbook, to(home(record), playbooks.home(entry.playbook)))
        yield Md(f"The playbook {page}: {shared.shown[entry.playbook]}.")


def _shown(site: Site, name: str) -> str:
    """When the cases of a playbook were last run, and where they did not hold."""
    playbook, held = site.kb.library[name], site.kb.shown
    states = {
        version: verified.state(held, playbook, version) for version in verified.pythons({name: held.get(name, {})})
    }
    passed = [version for version, (state, _) in states.items() if state == "passed"]
    days = [day for state, day in states.values() if day and state == "passed"]
    told = [f"re-verified on {min(days)} with Python {', '.join(passed)}"] if days else ["not verified"]
    for state, words in (("failed", "fails on"), ("stale", "changed since it was run on"), ("missing", "not run on")):
        if versions := [version for version, (found, _) in states.items() if found == state]:
            told.append(f"{words} Python {', '.join(versions)}")
    return "; ".join(told)
