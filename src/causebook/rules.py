"""The checks as rules: their names, levels and manuals, read from their modules."""

from __future__ import annotations

import difflib
import inspect
import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from causebook import plugins
from causebook.config import Config
from causebook.errors import UsageError
from causebook.findings import LEVELS, Finding, Level

PACKAGE = "causebook.checks"
_GIVEN = frozenset({"record", "kb", "facts", "change", "touched", "repo", "today"})
"""What a check can ask for: ``record`` and the fields of ``linter.Given``."""


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
    mends: bool = False
    """Whether `check --fix` can mend some of what it finds."""

    @property
    def summary(self) -> str:
        """The first line of the manual."""
        return self.manual.split("\n", 1)[0].rstrip(".")

    @property
    def why(self) -> tuple[str, ...]:
        """The paragraphs between the first line and the examples."""
        return tuple(re.split(r"\n\s*\n", self.manual.partition("\nGood:\n")[0].strip())[1:])

    def example(self, heading: Literal["Good", "Bad"]) -> str:
        """The indented lines below ``Good:`` or ``Bad:``."""
        _, _, rest = self.manual.partition(f"\n{heading}:\n")
        held = itertools.takewhile(lambda line: line.startswith("    "), rest.split("\n"))
        return "\n".join(line[4:] for line in held)

    @property
    def scope(self) -> str:
        """What it is asked about, in words."""
        if "change" in self.needs:
            return "It is asked about a change: with `--base` or `--staged`."
        if self.history:
            return "It is asked about all entries, also those that a change does not touch."
        return "It is asked about what a change touches, and about everything where no change is named."

    def level_in(self, config: Config) -> Level:
        """Its level by the settings."""
        own = self.level_of(config) if self.level_of else self.level
        return config.levels.get(self.name, own)

    @property
    def advice(self) -> tuple[tuple[str, str], ...]:
        """What to do about it: a sentence, and what to write; where that is nothing, an empty text."""
        table = f'[tool.causebook.levels]\n{self.name} = "{"note" if self.level != "note" else "warning"}"'
        known = f'- {{rule: {self.name}, place: entries/2026/*.yaml, reason: "why it stays", until: 2027-01-31}}'
        mending = "`causebook check --fix` mends what has one right answer; `--diff` shows it first."
        level = "The settings decide its level" if self.level_of else f"Its level is {self.level}"
        return (
            *(((mending, ""),) if self.mends else ()),
            (f"{level}; pyproject.toml can give it another, or leave it out with `ignore`:", table),
            ("A finding that has to stay for a while is named in `entries/acknowledged.yaml`:", known),
        )


def names() -> tuple[str, ...]:
    """Names of all checks, those of other packages included; imports none of them."""
    return tuple(sorted({*plugins.names(PACKAGE), *plugins.points(PACKAGE)}))


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
    history, mends = (bool(getattr(module, word, False)) for word in ("HISTORY", "MENDS"))
    return Check(name, level, manual, module.check, needs, getattr(module, "level", None), history, mends)


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


def explained(check: Check) -> str:
    """All that is known of a check, as text."""
    parts = [f"{check.name} ({check.level})", check.manual, check.scope]
    for sentence, written in check.advice:
        shown = "\n".join(f"    {line}" for line in written.split("\n") if line)
        parts.append(f"{sentence}\n{shown}" if shown else sentence)
    return "\n\n".join(parts)
