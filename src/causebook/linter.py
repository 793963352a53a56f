"""Runs the checks over a knowledge base and gathers their findings."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from causebook import plugins
from causebook.errors import UsageError
from causebook.findings import LEVELS, Finding, Level, Report
from causebook.kb import KnowledgeBase, Record
from causebook.links import GitFacts

PACKAGE = "causebook.checks"


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
    if unknown := set(needs) - {"record", "kb", "facts"}:
        raise UsageError(f"the check {name} asks for {', '.join(sorted(unknown))}; there are record, kb and facts")
    return Check(name, level, inspect.cleandoc(module.__doc__), module.check, needs)


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


def lint(kb: KnowledgeBase, facts: GitFacts, rules: tuple[Check, ...], paths: frozenset[str] = frozenset()) -> Report:
    """Findings of ``rules``, sorted; with ``paths``, only those in these files."""
    found: set[Finding] = set()
    for check in rules:
        for finding in _findings(check, kb, facts):
            if not paths or finding.place.path in paths:
                found.add(replace(finding, rule=check.name, level=check.level))
    return Report(tuple(sorted(found, key=Finding.sort_key)), len(paths) or kb.files, tuple(c.name for c in rules))


def _findings(check: Check, kb: KnowledgeBase, facts: GitFacts) -> Iterator[Finding]:
    given: dict[str, KnowledgeBase | GitFacts | Record] = {"kb": kb, "facts": facts}
    wanted = {name: given[name] for name in check.needs if name in given}
    if "record" not in check.needs:
        yield from check.run(**wanted)
        return
    for record in kb.records:
        yield from check.run(record=record, **wanted)
