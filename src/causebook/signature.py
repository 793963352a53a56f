"""Message templates: literal text with typed gaps, matched in linear time; what playbooks use in place of regexes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from causebook.event import Event, Origin

GAPS = {
    "int": r"-?[0-9]+",
    "hex": r"(?:0x)?[0-9A-Fa-f]+",
    "quoted": r"(?:'[^'\n]*'|\"[^\"\n]*\")",
    "ident": r"[A-Za-z_][A-Za-z0-9_]*",
    "path": r"[^ \t\n'\"<>]+",
    "dotted": r"[A-Za-z_][A-Za-z0-9_.<>]*",
}
"""What each gap stands for, but ``{any}``, which stands for any text, also none."""
MIN_LITERAL = 8
"""Fewest letters and digits of literal text: fewer would match other failures as well."""
MAX_MESSAGE = 8192
"""Characters of a message that are looked at."""
_TOKEN = re.compile(r"\{\{|\}\}|\{([a-z]*)\}|\(([^()|]*(?:\|[^()|]*)+)\)|[{}]")


class TemplateSyntax(ValueError):
    """A template that cannot be read; the message says what is wrong."""


@dataclass(frozen=True)
class Template:
    """A message template such as ``Task {any} got Future {any} attached to a different loop``."""

    text: str
    fewest: int = MIN_LITERAL
    """Letters and digits of literal text it needs at least."""

    def __post_init__(self) -> None:
        """Refuse a bad template at once.

        Raises:
            TemplateSyntax: an unknown gap, a lone brace, or too little literal text.
        """
        literal = sum(c.isalnum() for c in _TOKEN.sub(lambda m: m[2] or "", self.text))
        for match in _TOKEN.finditer(self.text):
            if match[0] in {"{", "}"}:
                raise TemplateSyntax(f"a lone {match[0]}: write {match[0] * 2}")
            if match[1] is not None and match[1] not in {*GAPS, "any"}:
                raise TemplateSyntax(f"unknown gap {match[0]}: one of any, {', '.join(GAPS)}")
        if literal < self.fewest:
            raise TemplateSyntax(f"{literal} letters of literal text, expected at least {self.fewest}")

    @cached_property
    def _pieces(self) -> list[str]:
        """Regexes of what stands between the ``{any}``; none of them can run over another's text."""
        pieces, at = [""], 0
        for match in _TOKEN.finditer(self.text):
            pieces[-1] += re.escape(self.text[at : match.start()])
            at = match.end()
            if match[1] == "any":
                pieces.append("")
            elif match[1]:
                pieces[-1] += GAPS[match[1]]
            elif match[2]:
                pieces[-1] += "(?:" + "|".join(map(re.escape, match[2].split("|"))) + ")"
            else:
                pieces[-1] += re.escape(match[0][0])
        pieces[-1] += re.escape(self.text[at:])
        return pieces

    @cached_property
    def _compiled(self) -> list[re.Pattern[str]]:
        last = len(self._pieces) - 1
        return [re.compile(f"(?:{p})" + (r"\Z" if n == last else "")) for n, p in enumerate(self._pieces)]

    @property
    def shown(self) -> str:
        """The template for reading: an ellipsis for a gap, the first of several alternatives."""
        text = _TOKEN.sub(lambda m: "…" if m[1] else (m[2] or m[0][0]).split("|")[0], self.text)
        return text.replace("……", "…")

    def matches(self, message: str) -> bool:
        """Whether the whole ``message``, or its first line, is of this form."""
        message = message[:MAX_MESSAGE]
        if self.anchor not in message:  # nearly always, and far quicker than to compile it
            return False
        return self._fits(message) or ("\n" in message and self._fits(message.split("\n", 1)[0]))

    def _fits(self, message: str) -> bool:
        first, *others = self._compiled
        found = first.match(message)
        for pattern in others:
            if found is None:
                return False
            found = pattern.search(message, found.end())
        return found is not None

    def found_in(self, text: str) -> bool:
        """Whether ``text`` holds it somewhere; a gap at either end counts for nothing here."""
        if self.anchor not in text:
            return False
        at = 0
        for pattern in self._loose:
            found = pattern.search(text, at)
            if found is None:
                return False
            at = found.end()
        return True

    @cached_property
    def _loose(self) -> list[re.Pattern[str]]:
        return [re.compile(piece) for piece in self._pieces if piece]

    @cached_property
    def start(self) -> str:
        """The literal text it starts with."""
        return _TOKEN.split(self.text, maxsplit=1)[0]

    @cached_property
    def anchor(self) -> str:
        """The longest literal text in it: without that it cannot match."""
        literals = [part for part in re.split(r"\{\{|\}\}|\{[a-z]*\}|\([^()]*\)", self.text) if part]
        return max(literals, key=len, default="")

    @cached_property
    def weight(self) -> int:
        """Letters and digits of its literal text."""
        return sum(c.isalnum() for c in _TOKEN.sub(lambda m: m[2].split("|")[0] if m[2] else "", self.text))


@dataclass(frozen=True)
class Signature:
    """How a failure shows: an event's class and message, and perhaps where it is read and what stands above it."""

    message: Template | None
    """None: any message."""
    type: str = ""
    """The class by its last name; empty: any."""
    origins: tuple[Origin, ...] = ()
    """Empty: anywhere but in text that may just have been printed."""
    headers: tuple[Template, ...] = ()
    """One of them must stand above."""
    frames: tuple[Template, ...] = ()
    """One of them must be among the places it came from."""
    aside: bool = False
    """Whether it counts only where there is no other failure."""
    alone: bool = False
    """Whether it needs nothing of what is required beside."""

    def matches(self, event: Event) -> bool:
        """Whether ``event`` is surely of this form."""
        if event.origin not in self.origins if self.origins else event.origin in UNSURE:
            return False
        return self.fits(event)

    def fits(self, event: Event) -> bool:
        """As ``matches``, wherever the event was read."""
        if self.type and self.type != event.type:
            return False
        if self.message is not None and not self.message.matches(event.message):
            return False
        if self.headers and not any(template.found_in(event.header) for template in self.headers):
            return False
        return not self.frames or any(t.found_in(frame) for t in self.frames for frame in event.frames)


UNSURE: tuple[Origin, ...] = ("summary", "text", "log")
"""Origins that may repeat or only quote a failure."""
