"""Every check has a case that passes and one that fails; turning any of its decisions round turns a case red."""

from __future__ import annotations

import ast
import copy
import dataclasses
import datetime as dt
import inspect
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

import pytest

from causebook import change as changes
from causebook import links, linter, plugins, rules
from causebook.findings import Finding
from causebook.git import GitUnavailable, Repository
from causebook.linter import Given
from causebook.rules import Check
from gitrepo import GitRepo, Project
from rule_cases import CASES, Asked, Case, base

CHECKS = plugins.modules("causebook.checks")
BY_RULE: dict[str, list[Case]] = defaultdict(list)
for _case in CASES:
    BY_RULE[_case.rule].append(_case)
TODAY = dt.date(2026, 6, 1)
MOST_STEPS = 20_000
"""Rounds of one loop after which a mutant counts as one that never ends."""
_PLACED = "whoever reads that file says where it is wrong, so what stands in for the place is never used"
SURVIVORS = {
    "address_verdict: Place(kb.config.entries)": _PLACED,
    "ignore_rule: Place(f'{kb.config.entries}/{ignored.NAME}')": _PLACED,
    "page_link: Place(name)": _PLACED,
    "file_reference: known": "without git nothing is tracked",
    "file_reference: f.fix": "spares git a question; a file that is tracked is there",
    "file_reference: p is not None": "the project is the whole repository in these cases",
}
"""Mutants that no case can tell from the check itself, each with the reason."""


@dataclass(frozen=True)
class Ready:
    """A case with all that a check can ask for."""

    case: Case
    given: Given


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Ready]]:
    """Every case, made once."""
    folder = tmp_path_factory.mktemp("rules")
    template = Project(GitRepo(folder / "base"), folder / "base")
    base(template)
    made: dict[str, list[Ready]] = defaultdict(list)
    for number, case in enumerate(CASES):
        root = folder / str(number) / "repo"
        shutil.copytree(template.root, root, symlinks=True)
        project = Project(GitRepo(root, init=False), root)
        asked = case.make(project)
        made[case.rule].append(Ready(case, given(project, asked)))
    return made


def given(project: Project, asked: Asked | None) -> Given:
    kb = project.load()
    change = None
    if asked is not None:
        scope: changes.Scope = "staged" if asked.staged else "base"
        change = changes.read(project.root, asked.base, scope=scope, request=asked.request, variables={})
        kb = dataclasses.replace(kb, only=asked.only)
    try:
        repo = Repository.open(project.root)
    except GitUnavailable:
        repo = None
    return Given(kb, links.gather(kb), change, repo, TODAY)


def found(check: Check, case: Ready) -> list[Finding]:
    """What a check finds in a case, in order."""
    return sorted(linter.ask(check, case.given), key=Finding.sort_key)


def wrong(check: Check, case: Ready) -> str:
    """How what is found differs from what the case expects; empty: it does not."""
    held = found(check, case)
    expected = case.case.found
    if len(held) != len(expected):
        return f"expected {len(expected)} findings, got {[f.message for f in held]}"
    level = check.level_in(case.given.kb.config)
    told = sorted((f.message, f"{f.fix} (at {f.place}, {level})") for f in held)
    for (message, fix), start in zip(told, sorted(expected), strict=True):
        begins, _, remedy = start.partition(" => ")
        if begins not in message or remedy not in fix:
            return f"expected {start!r}, got {message!r} with {fix!r}"
    if any((f.verdict == "unknown") != case.case.unknown for f in held):
        return "the verdict is another"
    return ""


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_each_check_passes_and_fails_where_it_should(name: str, ready: dict[str, list[Ready]]) -> None:
    check = rules.find(name)
    problems = [f"case {n}: {said}" for n, case in enumerate(ready[name]) if (said := wrong(check, case))]
    assert problems == []
    assert any(not case.case.found for case in ready[name]), "no case passes"
    assert any(case.case.found for case in ready[name]), "no case fails"


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_what_is_said_to_be_mended_brings_an_edit(name: str, ready: dict[str, list[Ready]]) -> None:
    check = rules.find(name)
    edits = [f for case in ready[name] for f in found(check, case) if f.edit is not None]
    assert bool(edits) == check.mends


# Mutations ------------------------------------------------------------------------------------------------------------


_DECIDES: dict[type[ast.AST], tuple[type[ast.expr], ...]] = {
    ast.Return: (ast.Compare, ast.BoolOp, ast.UnaryOp),
    ast.Expr: (ast.Yield, ast.YieldFrom),
}


def decisions(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Each expression that decides something, as its holder, field and position there: what a condition rests on."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.IfExp | ast.While):
            yield node, "test", None
        elif isinstance(node, ast.comprehension):
            yield from ((node, "ifs", n) for n in range(len(node.ifs)))
        elif isinstance(node, ast.BoolOp):
            yield from ((node, "values", n) for n in range(len(node.values)))
        elif isinstance(node, ast.Return | ast.Expr) and isinstance(node.value, _DECIDES[type(node)]):
            yield node, "value", None


def mutants(module: ModuleType) -> Iterator[tuple[str, ast.Module]]:
    """The module with one decision turned round, or one finding not told."""
    tree = ast.parse(inspect.getsource(module))
    for number, _ in enumerate(decisions(tree)):
        mutant = copy.deepcopy(tree)
        holder, name, position = list(decisions(mutant))[number]
        held = getattr(holder, name)
        old = held if position is None else held[position]
        shown = f"{module.__name__.rsplit('.', 1)[-1]}: {ast.unparse(old)}"
        if isinstance(holder, ast.Expr):
            new: ast.expr = ast.YieldFrom(ast.Tuple([], ast.Load()))
            shown = f"{shown.partition(chr(10))[0]} left out"
        else:
            new = ast.UnaryOp(ast.Not(), old)
        if position is None:
            setattr(holder, name, new)
        else:
            held[position] = new
        yield shown, mutant


def loaded(check: Check, module: ModuleType, mutant: ast.Module) -> Check:
    """The check that a mutant is; its loops end."""
    for node in ast.walk(mutant):
        if isinstance(node, ast.While | ast.For):
            node.body.insert(0, ast.Expr(ast.Call(ast.Name("_step", ast.Load()), [], [])))
    made = ModuleType(module.__name__)
    steps = iter(range(MOST_STEPS))
    made.__dict__["_step"] = lambda: next(steps)
    exec(compile(ast.fix_missing_locations(mutant), "<mutant>", "exec"), made.__dict__)  # noqa: S102 - our own code
    return dataclasses.replace(check, run=made.__dict__["check"], level_of=made.__dict__.get("level"))


def survives(check: Check, cases: list[Ready]) -> bool:
    """Whether no case notices; one that fails is noticed."""
    try:
        return not any(wrong(check, case) for case in cases)
    except Exception:  # noqa: BLE001 - any failure is noticed
        return False


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_every_decision_of_a_check_is_noticed(name: str, ready: dict[str, list[Ready]]) -> None:
    check = rules.find(name)
    alive = [
        shown for shown, mutant in mutants(CHECKS[name])
        if survives(loaded(check, CHECKS[name], mutant), ready[name])
    ]  # fmt: skip
    assert [one for one in alive if one not in SURVIVORS] == []
    assert [one for one in SURVIVORS if one.startswith(f"{name}:") and one not in alive] == []
