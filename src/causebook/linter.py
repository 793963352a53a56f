"""Runs the checks over a knowledge base and gathers their findings."""

from __future__ import annotations

import datetime as dt
import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from causebook import acknowledged, plugins
from causebook.acknowledged import Acknowledgement
from causebook.change import Change
from causebook.config import Config
from causebook.errors import Place, UsageError
from causebook.findings import LEVELS, Acknowledged, Finding, Level, Report, Rule
from causebook.git import Repository
from causebook.kb import KnowledgeBase
from causebook.links import GitFacts

PACKAGE = "causebook.checks"
_GIVEN = frozenset({"record", "kb", "facts", "change", "repo", "today"})
"""What a check can ask for: ``record`` and the fields of ``Given``."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check, read from its module."""

    name: str
    level: Level
    manual: str
    """The module's docstring."""
    run: Callable[..., Iterable[Finding]]
    needs: tuple[str, ...]
    """Names of the parameters of ``run``."""
    level_of: Callable[[Config], Level] | None = None
    """Its level by the settings, for a check whose level they decide."""
    history: bool = False
    """Whether it also holds for entries that a change did not touch: structure and the other side of relations."""

    @property
    def summary(self) -> str:
        """The first line of the manual."""
        return self.manual.split("\n", 1)[0].rstrip(".")


def checks() -> tuple[Check, ...]:
    """All checks, by name."""
    return tuple(_check(name, module) for name, module in sorted(plugins.modules(PACKAGE).items()))


def _check(name: str, module: Any) -> Check:
    level = getattr(module, "LEVEL", "error")
    if level not in LEVELS or not callable(getattr(module, "check", None)) or not module.__doc__:
        raise UsageError(f"the check {name} needs a docstring, a function check(), and a LEVEL of {', '.join(LEVELS)}")
    needs = tuple(inspect.signature(module.check).parameters)
    if unknown := set(needs) - _GIVEN:
        has = ", ".join(sorted(_GIVEN))
        raise UsageError(f"the check {name} asks for {', '.join(sorted(unknown))}; there are {has}")
    manual = inspect.cleandoc(module.__doc__)
    history, level_of = bool(getattr(module, "HISTORY", False)), getattr(module, "level", None)
    return Check(name, level, manual, module.check, needs, level_of, history)


def chosen(select: Iterable[str], ignore: Iterable[str]) -> tuple[Check, ...]:
    """The checks to run: those in ``select`` (all when empty) without those in ``ignore``.

    Raises:
        UsageError: a name that no check has.
    """
    known = {check.name: check for check in checks()}
    wanted = {find(name, known).name for name in select} or set(known)
    left_out = {find(name, known).name for name in ignore}
    return tuple(check for name, check in known.items() if name in wanted - left_out)


def find(name: str, known: dict[str, Check] | None = None) -> Check:
    """The check called ``name``; hyphens count as underscores.

    Raises:
        UsageError: there is none.
    """
    known = {check.name: check for check in checks()} if known is None else known
    plain = name.strip().replace("-", "_")
    if plain not in known:
        close = difflib.get_close_matches(plain, list(known), 1)
        raise UsageError(f"there is no check {name!r}", hint=f"did you mean {close[0]}?" if close else ", ".join(known))
    return known[plain]


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


def lint(given: Given, rules: tuple[Check, ...], paths: frozenset[str] = frozenset()) -> Report:
    """Findings of ``rules``, sorted; with ``paths``, only those in these files.

    With a change, what it touches gets every rule and the rest only those that hold for old entries as well
    (``HISTORY``), because a change cannot be asked to mend what it did not touch.
    """
    found: set[Finding] = set()
    for check in rules:
        level = _level(check, given.kb.config)
        for finding in _findings(check, given):
            if (not paths or finding.place.path in paths) and _counts(check, finding, given.change):
                found.add(
                    replace(
                        finding, rule=check.name, level=level, subject=finding.subject or _subject(finding, given.kb)
                    )
                )
    kept, known, ended = _sorted_out(found, given, {c.name for c in rules}, paths)
    ran = tuple(Rule(c.name, _level(c, given.kb.config), c.manual) for c in rules)
    findings = tuple(sorted({*kept, *ended}, key=Finding.sort_key))
    return Report(findings, len(paths) or given.kb.files, ran, known, summary=_summary(given.change))


def _level(check: Check, config: Config) -> Level:
    own = check.level_of(config) if check.level_of else check.level
    return config.levels.get(check.name, own)


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


def _findings(check: Check, given: Given) -> Iterator[Finding]:
    wanted = {name: getattr(given, name) for name in check.needs if name != "record"}
    if "change" in wanted and (given.change is None or (given.change.unknown and check.name != RANGE)):
        return
    if "record" not in check.needs:
        yield from check.run(**wanted)
        return
    for record in given.kb.records:
        yield from check.run(record=record, **wanted)
