"""The tree of errors that Causebook raises on purpose; anything else that escapes is a bug.

CausebookError            bad input or a bad setting: one message for a person, exit code 2
├── UsageError            options that do not fit together, a missing argument
├── ConfigError           pyproject.toml or causebook.toml holds something we cannot use
├── YamlError             text that is not the YAML we accept; carries the position
├── TemplateError         a Jinja2 template of ours or of the project's fails
├── GitUnavailable        no git, no repository, or git refuses to read it
├── SiteError             the site generator is missing or failed
└── WriteRefused          writing would overwrite or lose something of the user's
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where something stands: a path as the user would type it, line and column counted from 1 (0 = unknown)."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """``path:line:column``, leaving out what is unknown."""
        if not self.line:
            return self.path
        return f"{self.path}:{self.line}:{self.column}" if self.column else f"{self.path}:{self.line}"


class CausebookError(Exception):
    """Something the user can mend. ``hint`` says how; ``place`` says where."""

    def __init__(self, message: str, *, place: Place | None = None, hint: str = "") -> None:
        self.message = message
        self.place = place
        self.hint = hint
        super().__init__(message)

    def __str__(self) -> str:
        """``place: message`` and, on a line of its own, the hint."""
        text = f"{self.place}: {self.message}" if self.place else self.message
        return f"{text}\n  {self.hint}" if self.hint else text


class UsageError(CausebookError):
    """Options or arguments that do not fit together."""


class ConfigError(CausebookError):
    """A setting that cannot be used."""


class YamlError(CausebookError):
    """Text that is not the YAML Causebook accepts."""


class TemplateError(CausebookError):
    """A template that does not render."""


class GitUnavailable(CausebookError):
    """Git cannot answer: not installed, not a repository, or not readable."""


class SiteError(CausebookError):
    """The site generator is missing or failed."""


class WriteRefused(CausebookError):
    """Writing would overwrite or lose something of the user's."""
