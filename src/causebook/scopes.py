"""What names mean in a Python file: imports, own functions and once-made objects, each in its scope; nothing is run."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["module", "class", "def", "async", "lambda"]
OWN_COROUTINE = "@coroutine"
"""What a name stands for that this file defines with ``async def``, once and without a decorator."""
UNKNOWN = "?"
"""What a name stands for that cannot be told: a parameter, a variable that is set twice."""
_LONGEST = 12
"""Parts of a dotted name that are followed."""
_DEEPEST = 8
"""Names that stand for names: how many of them are followed."""


@dataclass(eq=False)
class Scope:
    """A module, class, function or lambda."""

    kind: Kind
    name: str = ""
    """With the names around it: ``Pool.connect``."""
    parent: Scope | None = None
    first: int = 1
    last: int = 1
    me: str = ""
    """The first parameter of a method."""
    names: dict[str, str | ast.expr] = field(default_factory=dict)
    """What is bound here: a dotted name, or the call whose result it is."""
    attributes: dict[str, str | ast.expr] = field(default_factory=dict)
    """Of a class: what its methods set on their first parameter."""
    bases: tuple[ast.expr, ...] = ()
    """Of a class."""
    cancels: bool = False
    """Whether something is cancelled here."""

    def bind(self, name: str, meaning: str | ast.expr, *, attribute: bool = False) -> None:
        """Note what ``name`` stands for; an import outlives other meanings, any other name has to be bound once."""
        held = self.attributes if attribute else self.names
        before = held.get(name)
        if before is None:
            held[name] = meaning
        elif not (_imported(before) and meaning == UNKNOWN):
            held[name] = meaning if _imported(meaning) else before if _imported(before) else UNKNOWN

    @property
    def functions(self) -> Iterator[Scope]:
        """The functions around, from the inside out, itself included."""
        scope: Scope | None = self
        while scope is not None:
            if scope.kind in {"def", "async"}:
                yield scope
            scope = scope.parent

    def resolve(self, node: ast.expr) -> str:
        """The dotted name that ``node`` stands for, with ``()`` for what is called: ``asyncio.get_event_loop()``."""
        scope, tail = self, ""
        for _ in range(_DEEPEST):
            inner, node = _tail(node)
            tail = inner + tail
            if not isinstance(node, ast.Name):
                return UNKNOWN + tail
            found, scope, tail = scope._meaning(node.id, tail)
            if isinstance(found, str):
                return found + tail
            node = found
        return UNKNOWN + tail

    def _meaning(self, name: str, tail: str) -> tuple[str | ast.expr, Scope, str]:
        """What ``name`` means here, the scope that says so, and what is left of ``tail``."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names and (scope.kind != "class" or scope is self):
                return scope.names[name], scope, tail
            if name == scope.me and scope.parent is not None and scope.parent.kind == "class":
                return _own(scope, tail)
            scope = scope.parent
        # What is bound nowhere comes out of a star import, or is a mistake that Python itself will tell.
        return (name if hasattr(builtins, name) else UNKNOWN), self, tail


def _own(method: Scope, tail: str) -> tuple[str | ast.expr, Scope, str]:
    """What ``self.x`` means in ``method``: a method of the class, or what its methods make once."""
    owner = method.parent or method
    first, dot, rest = tail.removeprefix(".").partition(".")
    name, call, after = first.partition("(")
    meaning = owner.attributes.get(name) or owner.names.get(name, UNKNOWN)
    if not tail.startswith(".") or meaning == UNKNOWN:
        return UNKNOWN, method, tail
    # What a method makes is resolved where the class stands: names of the module, imports, the class's own.
    return meaning, owner, f"{call}{after}{dot}{rest}"


def _imported(meaning: str | ast.expr) -> bool:
    return isinstance(meaning, str) and meaning not in {UNKNOWN, OWN_COROUTINE}


def _tail(node: ast.expr) -> tuple[str, ast.expr]:
    """``a.b().c`` as ``.b().c`` and ``a``."""
    parts: list[str] = []
    while len(parts) <= _LONGEST:
        if isinstance(node, ast.Attribute):
            parts.append(f".{node.attr}")
            node = node.value
        elif isinstance(node, ast.Call):
            parts.append("()")
            node = node.func
        else:
            break
    # A chain of a thousand calls is no name: to follow it for each of its parts would take for ever.
    return "".join(reversed(parts)), node


def bindings(node: ast.AST, scope: Scope) -> None:
    """Bind in ``scope`` what ``node``, a statement or expression of it, gives names to."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            scope.bind(
                alias.asname or alias.name.split(".")[0], alias.name if alias.asname else alias.name.split(".")[0]
            )
    elif isinstance(node, ast.ImportFrom):
        start = "." * node.level + (node.module or "")
        for alias in node.names:
            scope.bind(alias.asname or alias.name, f"{start}.{alias.name}")
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        _assigned(node, scope)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        scope.bind(node.id, UNKNOWN)
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        scope.bind(node.name, UNKNOWN)


def _assigned(node: ast.Assign | ast.AnnAssign, scope: Scope) -> None:
    """Names and attributes of the first parameter; what is unpacked comes again as a ``Name`` of its own."""
    meaning = node.value if isinstance(node.value, ast.Call) else UNKNOWN
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        if isinstance(target, ast.Name):
            if node.value is not None:
                scope.bind(target.id, meaning)
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            owner = next((f for f in scope.functions if f.me == target.value.id), None)
            if owner is not None and owner.parent is not None:
                owner.parent.bind(target.attr, meaning, attribute=True)
