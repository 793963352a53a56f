"""What a Python file does where: its calls, definitions, handlers and locks held, as data; it is parsed, never run."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from causebook.scopes import OWN_COROUTINE, Scope, bindings

MAX_BYTES = 512 * 1024
"""A larger file was not written by hand."""
Kind = Literal["call", "define", "handler", "held"]
Where = Literal["import", "main", "function", "coroutine", "callback"]
"""When it runs: at import, in the block of ``__main__``, in a plain function, in a coroutine itself, or in a function
or lambda inside one."""
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class Spot:
    """One place of a file that a rule can be about."""

    kind: Kind
    names: tuple[str, ...]
    """Of a call what is called; of a definition its decorators; of a handler what it catches, ``*`` for all; of a lock
    that is held across an ``await`` the call that made it."""
    where: Where
    line: int
    column: int
    last: int
    told: tuple[ast.expr, ...] = field(compare=False, default=())
    """The expressions that tell it."""
    kept: bool = True
    """Whether something is done with the result of a call."""
    awaited: bool = False
    """Whether a call is awaited where it is made."""
    keywords: Mapping[str, str] = field(default_factory=dict)
    """Keyword arguments of a call, or of the decorators; the value where it is a text."""
    name: str = ""
    """Of a definition."""
    coroutine: bool = False
    """Whether a definition is an ``async def``."""
    bases: tuple[str, ...] = ()
    """Of the class that a definition stands in."""

    @property
    def text(self) -> str:
        """It in one form, however it is indented or broken into lines."""
        return " ".join((self.kind, *self.names, self.name, *map(_text, self.told)))


@dataclass(frozen=True)
class Source:
    """A parsed file."""

    tree: ast.Module

    @cached_property
    def _walked(self) -> _Walk:
        return _Walk(self.tree)

    @cached_property
    def spots(self) -> tuple[Spot, ...]:
        """All of them, in the order of their lines."""
        return tuple(sorted(self._walked.spots(), key=lambda s: (s.line, s.column, s.kind)))

    @cached_property
    def _endings(self) -> dict[tuple[Kind, str], list[int]]:
        found: dict[tuple[Kind, str], list[int]] = {}
        for number, spot in enumerate(self.spots):
            for tail in {ending(name) for name in spot.names}:
                found.setdefault((spot.kind, tail), []).append(number)
        return found

    def ending(self, wanted: Iterable[tuple[Kind, str]]) -> list[Spot]:
        """Spots of a kind one of whose names has this last part, in the order of their lines."""
        return [self.spots[n] for n in sorted({n for one in wanted for n in self._endings.get(one, ())})]

    def functions(self, lines: Iterable[tuple[int, int]]) -> frozenset[str]:
        """Functions, with the classes and functions around them, that hold any of ``lines``: ``Pool.connect``."""
        wanted = tuple(lines)
        return frozenset(
            scope.name
            for scope in self._walked.scopes
            if scope.kind in {"def", "async"} and any(a <= scope.last and b >= scope.first for a, b in wanted)
        )

    def line_of(self, function: str) -> int:
        """The line on which ``function`` begins; 0: there is none."""
        return next((s.first for s in self._walked.scopes if s.name == function), 0)


def ending(name: str) -> str:
    """The last part of a dotted name."""
    return name.rsplit(".", 1)[-1]


def parse(data: bytes) -> Source | None:
    """The file as read; None for one that this Python cannot read, or that is too large."""
    if len(data) > MAX_BYTES:
        return None
    try:
        with warnings.catch_warnings():  # such as on an invalid escape: its author's own checks tell
            warnings.simplefilter("ignore")
            return Source(ast.parse(data))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@dataclass(frozen=True, slots=True)
class _At:
    """Where a node stands."""

    scope: Scope
    main: bool = False
    """In the block of ``__main__``."""
    loops: bool = False
    """In a loop of its function."""


class _Walk:
    """Goes through a tree once, with a stack of its own: no file is too deep for it."""

    def __init__(self, tree: ast.Module) -> None:
        self.scopes: list[Scope] = []
        self._seen: list[tuple[ast.AST, ast.AST, _At]] = []
        """Node, its parent, and where it stands."""
        todo: list[tuple[ast.AST, ast.AST, _At]] = [(tree, tree, _At(Scope("module")))]
        while todo:
            node, parent, at = todo.pop()
            self._seen.append((node, parent, at))
            bindings(node, at.scope)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "cancel":
                at.scope.cancels = True
            todo += [(child, node, inner) for child, inner in reversed(list(self._children(node, at)))]

    def _children(self, node: ast.AST, at: _At) -> Iterator[tuple[ast.AST, _At]]:
        """What stands in ``node``, each with its place: defaults and decorators belong to the scope outside."""
        main = at.main or _is_main(node)
        if isinstance(node, (*_FUNCTION, ast.ClassDef)):
            inner = _At(self._open(node, at.scope), main)
            body = node.body if isinstance(node.body, list) else [node.body]
            within = {id(one) for one in body}
            for child in ast.iter_child_nodes(node):
                yield child, inner if id(child) in within else at
        elif isinstance(node, ast.If) and _is_for_types(node.test):
            yield from ((child, at) for child in node.orelse)
        else:
            here = _At(at.scope, main, at.loops or isinstance(node, ast.While | ast.For | ast.AsyncFor))
            named = {id(t) for t in _targets(node) if isinstance(t, ast.Name)}  # bound with what they are set to
            yield from ((child, here) for child in ast.iter_child_nodes(node) if id(child) not in named)

    def _open(self, node: _Function | ast.ClassDef, scope: Scope) -> Scope:
        """The scope of a function or class, bound by its name in the one outside."""
        own = getattr(node, "name", "<lambda>")
        name = f"{scope.name}.{own}" if scope.name else own
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(d.lineno for d in decorators)])
        kinds: dict[type[ast.AST], Literal["class", "def", "async", "lambda"]] = {
            ast.ClassDef: "class", ast.FunctionDef: "def", ast.AsyncFunctionDef: "async", ast.Lambda: "lambda",
        }  # fmt: skip
        made = Scope(kinds[type(node)], name, scope, first, node.end_lineno or node.lineno)
        made.bases = tuple(getattr(node, "bases", ()))
        if not isinstance(node, ast.ClassDef):
            arguments = _arguments(node.args)
            made.names.update(dict.fromkeys(arguments, "?"))
            if scope.kind == "class" and arguments and not _is_static(decorators):
                made.me = arguments[0]
                del made.names[made.me]
        if not isinstance(node, ast.Lambda):
            plain = isinstance(node, ast.AsyncFunctionDef) and not decorators and not _yields(node)
            scope.bind(node.name, OWN_COROUTINE if plain else "?")
        self.scopes.append(made)
        return made

    def spots(self) -> Iterator[Spot]:
        """Everything a rule can be about."""
        for node, parent, at in self._seen:
            if isinstance(node, ast.Call):
                names = (at.scope.resolve(node.func),)
                # What is called is written on the lines of its name; arguments may go on for many more.
                last = node.func.end_lineno or node.lineno
                place = (node.lineno, node.col_offset + 1, last)
                kept, awaited = not isinstance(parent, ast.Expr), isinstance(parent, ast.Await)
                yield Spot("call", names, _where(at), *place, (node,), kept, awaited, _keywords([node]))
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield _definition(node, at)
            elif isinstance(node, ast.Try) and at.loops and _where(at) == "coroutine":
                yield from _handlers(node, at.scope)
            elif isinstance(node, ast.With) and _where(at) == "coroutine" and _awaits(node.body):
                for item in node.items:
                    lock = item.context_expr
                    place = (lock.lineno, lock.col_offset + 1, lock.lineno)
                    yield Spot("held", (at.scope.resolve(lock),), "coroutine", *place, (lock,))


def _where(at: _At) -> Where:
    around = [at.scope]
    while around[-1].parent is not None:
        around.append(around[-1].parent)
    kinds = [s.kind for s in around if s.kind in {"def", "async", "lambda"}]
    if not kinds:
        return "main" if at.main else "import"
    if kinds[0] == "async":
        return "coroutine"
    return "callback" if "async" in kinds else "function"


def _definition(node: ast.FunctionDef | ast.AsyncFunctionDef, at: _At) -> Spot:
    scope = at.scope
    names = tuple(scope.resolve(d.func if isinstance(d, ast.Call) else d) for d in node.decorator_list)
    keywords = _keywords([d for d in node.decorator_list if isinstance(d, ast.Call)])
    bases = tuple((scope.parent or scope).resolve(base) for base in scope.bases)
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return Spot(
        "define", names, _where(at), first, node.col_offset + 1, node.lineno, tuple(node.decorator_list),
        keywords=keywords, name=node.name, coroutine=isinstance(node, ast.AsyncFunctionDef), bases=bases,
    )  # fmt: skip


def _handlers(node: ast.Try, scope: Scope) -> Iterator[Spot]:
    """Handlers around an ``await`` in a loop that swallow what they catch, so that the loop goes on.

    One that leaves (raise, return, break) or hands on what it caught is none, nor is one in a function that itself
    cancels something and waits for the end of it.
    """
    if scope.cancels or not _awaits(node.body):
        return
    for handler in node.handlers:
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type] if handler.type else []
        names = tuple(scope.resolve(kind) for kind in kinds) or ("*",)
        if not any(_leaves(n, handler.name) for n in _inside(handler.body)):
            yield Spot("handler", names, "coroutine", handler.lineno, handler.col_offset + 1, handler.lineno)
        if {"*", "BaseException", "asyncio.CancelledError"} & set(names):
            return  # what comes after it gets no cancellation any more


def _leaves(node: ast.AST, caught: str | None) -> bool:
    return isinstance(node, ast.Raise | ast.Return | ast.Break) or (isinstance(node, ast.Name) and node.id == caught)


def _awaits(body: list[ast.stmt]) -> bool:
    return any(isinstance(n, ast.Await | ast.AsyncFor | ast.AsyncWith) for n in _inside(body))


def _inside(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Nodes of ``body``, without those of functions and classes in it."""
    todo: list[ast.AST] = [*body]
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, (*_FUNCTION, ast.ClassDef)):
            todo += ast.iter_child_nodes(node)


def _yields(node: ast.AsyncFunctionDef) -> bool:
    return any(isinstance(n, ast.Yield) for n in _inside(node.body))


def _is_main(node: ast.AST) -> bool:
    """Whether it is ``if __name__ == "__main__":``."""
    test = node.test if isinstance(node, ast.If) else None
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _is_for_types(test: ast.expr) -> bool:
    return (test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")) == "TYPE_CHECKING"


def _is_static(decorators: list[ast.expr]) -> bool:
    return any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in decorators)


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AnnAssign) else []


def _arguments(args: ast.arguments) -> list[str]:
    rest = [one for one in (args.vararg, args.kwarg) if one]
    return [a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs, *rest)]


def _keywords(calls: Iterable[ast.Call]) -> dict[str, str]:
    return {
        keyword.arg: keyword.value.value
        if isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str)
        else ""
        for call in calls
        for keyword in call.keywords
        if keyword.arg
    }


def _text(node: ast.expr) -> str:
    try:
        return ast.unparse(node)
    except (RecursionError, ValueError):  # too deep; its place in the source tells it from others well enough
        return f"{node.lineno}:{node.col_offset}"
