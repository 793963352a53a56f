"""Detection rules of playbooks: what in a Python file re-creates a known failure, written as data and never run."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, model_validator
from pydantic_core import PydanticCustomError

from causebook import spots
from causebook.patterns import Part, Samples, one_or_more
from causebook.scopes import OWN_COROUTINE
from causebook.spots import Kind, Source, Spot, Where


def _name(text: str) -> str:
    plain = text.removeprefix("*.").replace("()", "")
    if text not in {"*", OWN_COROUTINE} and not all(part.isidentifier() for part in plain.split(".")):
        raise PydanticCustomError("name", "expected a dotted name such as asyncio.Lock or *.run_until_complete")
    return text


Names = Annotated[tuple[Annotated[str, AfterValidator(_name)], ...], BeforeValidator(one_or_more)]
Words = Annotated[tuple[str, ...], BeforeValidator(one_or_more)]
_KINDS: tuple[Kind, ...] = get_args(Kind)


class Detection(Part):
    """One rule. Of ``call``, ``define``, ``handler`` and ``held`` it has exactly one."""

    call: Names = ()
    """What is called, any of these; ``*.name`` is that method of anything, ``@coroutine`` what the file itself defines
    with ``async def``."""
    define: Literal["", "any", "async", "sync"] = ""
    """A function is defined, of this kind."""
    handler: Names = ()
    """What is caught around an ``await`` and swallowed, any of these; ``*`` is an ``except:`` that names nothing."""
    held: Names = ()
    """What made the lock that a plain ``with`` holds across an ``await``."""
    where: Annotated[tuple[Where, ...], BeforeValidator(one_or_more)] = ()
    """When it runs; empty: whenever."""
    unused: bool = False
    """Whether it counts only where the result of the call is thrown away."""
    unawaited: bool = False
    """Whether it counts only where the call is not awaited."""
    keywords: dict[str, Words] = {}
    """Keyword arguments that it must have, each with one of these texts, or with anything where there are none."""
    without: Words = ()
    """Keyword arguments that it must not have."""
    decorator: Names = ()
    """Decorators of a definition, any of them."""
    named: Words = ()
    """The name of a definition, any of these, with ``*`` for any letters."""
    bases: Names = ()
    """Bases of the class that a definition stands in, any of them."""
    why: str
    """What is wrong with it, in one line; ``{name}`` stands for what was found."""
    fix: str
    """What to do, in one line."""
    samples: Samples
    """Python to try it on."""

    @model_validator(mode="after")
    def _has_one_subject(self) -> Detection:
        if sum(bool(getattr(self, kind)) for kind in _KINDS) != 1:
            raise PydanticCustomError("subject", "expected exactly one of {kinds}", {"kinds": ", ".join(_KINDS)})
        if not self.define and (self.decorator or self.named or self.bases):
            raise PydanticCustomError("subject", "decorator, named and bases go with define")
        if not self.call and (self.unused or self.unawaited):
            raise PydanticCustomError("subject", "unused and unawaited go with call")
        return self

    @cached_property
    def kind(self) -> Kind:
        """What it is about."""
        return next(kind for kind in _KINDS if getattr(self, kind))

    @cached_property
    def _wanted(self) -> tuple[str, ...]:
        """Its names as a spot has them: a lock that is held is what a call gave."""
        called = "()" if self.kind == "held" else ""
        return tuple(f"{name}{called}" for name in getattr(self, self.kind))

    def matches(self, spot: Spot) -> bool:
        """Whether ``spot`` is what it describes."""
        return (
            spot.kind == self.kind
            and self._is_named(spot)
            and (not self.where or spot.where in self.where)
            and not (self.unused and spot.kept)
            and not (self.unawaited and spot.awaited)
            and not set(self.without) & set(spot.keywords)
            and all(k in spot.keywords and (not v or spot.keywords[k] in v) for k, v in self.keywords.items())
        )

    def _is_named(self, spot: Spot) -> bool:
        if self.kind != "define":
            return any(_fits(name, spot.names) for name in self._wanted)
        return (
            (self.define == "any" or (self.define == "async") == spot.coroutine)
            and (not self.named or any(fnmatch.fnmatchcase(spot.name, name) for name in self.named))
            and (not self.decorator or any(_fits(name, spot.names) for name in self.decorator))
            and (not self.bases or any(_fits(name, spot.bases) for name in self.bases))
        )

    def found(self, source: Source) -> Iterator[Spot]:
        """Every place of ``source`` that it is about, in the order of their lines."""
        if self.kind == "define":
            asked = [spot for spot in source.spots if spot.kind == "define"]
        else:
            asked = source.ending({(self.kind, spots.ending(name)) for name in self._wanted})
        return (spot for spot in asked if self.matches(spot))

    def told(self, spot: Spot) -> str:
        """What is wrong at ``spot``."""
        return self.why.replace("{name}", spot.name or spot.names[0].removeprefix("?.").removesuffix("()"))


def _fits(wanted: str, names: tuple[str, ...]) -> bool:
    if wanted.startswith("*."):
        return any(name.endswith(wanted[1:]) for name in names)
    return wanted in names
