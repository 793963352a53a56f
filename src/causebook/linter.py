"""Runs the checks over a knowledge base and gathers their findings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from causebook import acknowledged, hints, parallel, touched
from causebook.acknowledged import Acknowledgement
from causebook.change import Change
from causebook.errors import Place
from causebook.findings import Acknowledged, Finding, Report, Rule
from causebook.git import Repository
from causebook.kb import KnowledgeBase, Record
from causebook.links import GitFacts
from causebook.rules import Check
from causebook.touched import Touched


@dataclass(frozen=True)
class Given:
    """What checks can ask for, by the name of a parameter; ``record`` is one entry after the other."""

    kb: KnowledgeBase
    facts: GitFacts
    """What git says of the entries."""
    change: Change | None = None
    """The change that is looked at; a check that asks for it does not run without."""
    repo: Repository | None = None
    """To ask git more, in one batch a check; None where there is no git: then the answer is unknown."""
    today: dt.date = field(default_factory=dt.date.today)
    """For what has an end or is due."""

    @cached_property
    def touched(self) -> Touched:
        """What of the code the change touches; nothing where there is no change."""
        if self.change is None:
            return Touched()
        return touched.read(self.change, self.repo, self.kb.root, self.kb.config)


def lint(given: Given, rules: tuple[Check, ...], paths: frozenset[str] = frozenset()) -> Report:
    """Findings of ``rules``, sorted; with ``paths``, only those in these files.

    With a change, what it touches gets every rule and the rest only those that hold for old entries as well
    (``HISTORY``), because a change cannot be asked to mend what it did not touch.
    """
    if given.change is not None:
        given = replace(given, kb=replace(given.kb, only=given.change.present))
    found: set[Finding] = set()
    for check, finding in _asked(rules, given):
        if (not paths or finding.place.path in paths) and _counts(check, finding, given.change):
            level, subject = check.level_in(given.kb.config), finding.subject or _subject(finding, given.kb)
            found.add(replace(finding, rule=check.name, level=level, subject=subject))
    asked = {c.name for c in rules if given.change is not None or "change" not in c.needs}
    kept, known, ended = _sorted_out(found, given, asked, paths)
    ran = tuple(Rule(c.name, c.level_in(given.kb.config), c.manual) for c in rules)
    shown = tuple(sorted({*kept, *ended}, key=Finding.sort_key))
    told = hints.incidents(given.kb, given.facts, given.touched, given.repo)
    return Report(shown, len(paths) or given.kb.files, ran, known, summary=_summary(given.change), hints=told)


def _counts(check: Check, finding: Finding, change: Change | None) -> bool:
    """Whether a finding is one of this run: all are, but a change answers for what it touched."""
    if change is None or check.history or "change" in check.needs:
        return True
    return finding.place.path in change.present


def _subject(finding: Finding, kb: KnowledgeBase) -> str:
    record = kb.by_path.get(finding.place.path)
    return record.entry.id if record else ""


def _summary(change: Change | None) -> str:
    if change is None:
        return "everything"
    if change.unknown:
        return f"the change could not be told: {change.unknown}"
    since = "what is staged" if change.staged else f"the change since {change.base[:12] or 'the beginning'}"
    return f"{since}: {len(change.files)} files, {len(change.commits)} commits"


ACKNOWLEDGEMENT = "acknowledgement"
"""The check that speaks for the acknowledgements themselves; it cannot be acknowledged."""


RANGE = "change_range"
"""The check that says why a change could not be told; no other is asked about such a change."""


def _sorted_out(
    found: set[Finding], given: Given, ran: set[str], paths: frozenset[str]
) -> tuple[list[Finding], tuple[Acknowledged, ...], list[Finding]]:
    """What stays, what is acknowledged, and the acknowledgements that have ended or cover nothing."""
    held, _ = acknowledged.load(given.kb.root, given.kb.config)
    kept: list[Finding] = []
    known: list[Acknowledged] = []
    used: set[Place] = set()
    for finding in sorted(found, key=Finding.sort_key):
        if finding.accepted:
            known.append(Acknowledged(finding, finding.accepted, ""))
            continue
        one = next((a for a in held if a.covers(finding)), None) if finding.rule != ACKNOWLEDGEMENT else None
        if one is not None:
            used.add(one.at)
        if one is None or one.until < given.today:
            kept.append(finding)
        else:
            known.append(Acknowledged(finding, one.reason, one.until.isoformat()))
    if ACKNOWLEDGEMENT not in ran:
        return kept, tuple(known), []
    whole = given.change is None and not paths
    return kept, tuple(known), [e for a in held if (e := _ended(a, given, used, ran, whole=whole))]


def _ended(one: Acknowledgement, given: Given, used: set[Place], ran: set[str], *, whole: bool) -> Finding | None:
    if one.until < given.today:
        message = f"the acknowledgement of {one.rule} ended on {one.until}"
        fix = "mend the finding and delete this, or give it another day"
        return Finding(message, one.at, fix, rule=ACKNOWLEDGEMENT)
    if whole and one.rule in ran and one.at not in used:
        message = f"nothing of {one.rule} is found at {one.place} any more"
        return Finding(message, one.at, "delete it", rule=ACKNOWLEDGEMENT, level="note")
    return None


_SHARE = 50
"""Entries that one of two processes takes at a time."""
FORK_FROM = 500
"""Entries from which a second process pays: the checks of one take a third of a millisecond, a fork some 50."""


def _asked(rules: tuple[Check, ...], given: Given) -> list[tuple[Check, Finding]]:
    """What all of ``rules`` find; of many entries, two processes ask.

    Those about the whole come first, and so this process asks them all: they ask git, which remembers its answers.
    """
    each = [n for n, check in enumerate(rules) if "record" in check.needs]
    whole: tuple[list[int], Sequence[Record]] = [n for n in range(len(rules)) if n not in each], ()
    records = given.kb.records
    shares = [(each, records[n : n + _SHARE]) for n in range(0, len(records), _SHARE)]
    if many := len(records) > FORK_FROM:
        given.kb.links  # noqa: B018 - both processes need them
    # By number, because a check may be what cannot be sent.
    found = parallel.shared(
        [whole, *shares],
        lambda job: [(n, finding) for n in job[0] for finding in ask(rules[n], given, job[1])],
        worth=many,
    )
    return [(rules[n], finding) for share in found for n, finding in share]


def ask(check: Check, given: Given, records: Sequence[Record] | None = None) -> Iterator[Finding]:
    """What one check finds, of ``records`` (None: all), name and level not stamped yet.

    Nothing where it asks for a change and there is none.
    """
    wanted = {name: getattr(given, name) for name in check.needs if name != "record"}
    if "change" in wanted and (given.change is None or (given.change.unknown and check.name != RANGE)):
        return
    if "record" not in check.needs:
        yield from check.run(**wanted)
        return
    # What a change did not touch has only to hold together; what it touched has every rule.
    only = given.kb.only if not check.history and "change" not in check.needs else None
    for record in given.kb.records if records is None else records:
        if only is None or record.path in only:
            yield from check.run(record=record, **wanted)
