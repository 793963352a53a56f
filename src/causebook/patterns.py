"""How failures are told from one another: message templates, places and text, and samples to try them on.

What playbooks and incidents say in their ``signatures``, validated; ``signature`` matches.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from causebook.event import Event, Origin
from causebook.signature import Signature, Template, TemplateSyntax

FEWEST = 2
"""Fewest letters of a template that is looked for in something short."""
VERSION_CLAUSE = re.compile(r"(>=|<=|==|!=|>|<)\s*(\d+)\.(\d+)")


def _template(text: str) -> str:
    if not text:
        return text
    try:
        Template(text)
    except TemplateSyntax as error:
        raise PydanticCustomError("template", "{reason}", {"reason": str(error)}) from None
    return text


def _versions(text: str) -> str:
    if not all(VERSION_CLAUSE.fullmatch(clause.strip()) for clause in text.split(",")):
        raise PydanticCustomError("versions", 'expected versions such as ">=3.11" or ">=3.10, <3.13"')
    return text


def one_or_more(value: Any) -> Any:
    """A single text as a list of one."""
    return (value,) if isinstance(value, str) else value


TemplateText = Annotated[str, AfterValidator(_template)]
Versions = Annotated[str, AfterValidator(_versions)]


class Part(BaseModel):
    """Base of what is read from files: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def _short_template(text: str) -> str:
    try:
        Template(text, FEWEST)
    except TemplateSyntax as error:
        raise PydanticCustomError("template", "{reason}", {"reason": str(error)}) from None
    return text


ShortTemplate = Annotated[str, AfterValidator(_short_template)]
"""A template that is looked for in something short: a place in the code, a header, a line."""
ShortTemplates = Annotated[tuple[ShortTemplate, ...], BeforeValidator(one_or_more)]


class Clause(Part):
    """Something about a report that tells one cause from another."""

    frame: ShortTemplates = ()
    """Places of tracebacks, any of them, such as `celery/{any}` or `asyncio/base_events.py:run_forever`."""
    text: ShortTemplates = ()
    """Text of lines, any of them."""

    @model_validator(mode="after")
    def _says_something(self) -> Clause:
        if not self.frame and not self.text:
            raise PydanticCustomError("missing", "{name}", {"name": "frame or text"})
        return self


class Pattern(Part):
    """How one event looks."""

    message: TemplateText = ""
    """Template of its message; may be left out where a header or a frame tells enough."""
    header: ShortTemplates = ()
    """What the line above its traceback holds, any of them: `Exception ignored in`."""
    frame: ShortTemplates = ()
    """Places of its traceback, one of which must be there, such as `asyncio/unix_events.py:add_reader`."""
    type: str = ""
    """Class of the exception or warning by its last name."""
    alone: bool = False
    """Whether it tells the failure by itself, without what the playbook requires beside."""
    aside: bool = False
    """Whether it is said beside other failures as well, and counts only where there is no other."""
    origin: Annotated[tuple[Origin, ...], BeforeValidator(one_or_more)] = ()
    """Where it may be read: one origin or a list."""
    python: Versions = ""
    """Versions that say it so; empty: all."""

    @model_validator(mode="after")
    def _says_something(self) -> Pattern:
        if not (self.message or self.header or self.frame):
            raise PydanticCustomError("missing", "{name}", {"name": "message"})
        return self

    @cached_property
    def signature(self) -> Signature:
        """The same, ready to match."""
        return Signature(
            Template(self.message) if self.message else None,
            self.type,
            self.origin,
            tuple(Template(text, FEWEST) for text in self.header),
            tuple(Template(text, FEWEST) for text in self.frame),
            self.aside,
            self.alone,
        )

    @cached_property
    def shown(self) -> str:
        """It for reading: the message, else what stands above it or where it comes from."""
        told = self.message or next(iter((*self.header, *self.frame)))
        return Template(told, 0).shown

    def matches(self, event: Event) -> bool:
        """Whether ``event`` is of this form."""
        return self.signature.matches(event)


class Negative(Part):
    """Output that looks alike and is another failure."""

    text: str
    """What is printed."""
    why: str
    """Why it is another one."""


def _sample(value: Any) -> Any:
    return value["text"] if isinstance(value, dict) and set(value) == {"text"} else value


class Samples(Part):
    """Output to try the signatures on."""

    positive: Annotated[tuple[Annotated[str, BeforeValidator(_sample)], ...], Field(min_length=1)]
    """Output that is this failure."""
    negative: Annotated[tuple[Negative, ...], Field(min_length=1)]
    """Output that is not."""
