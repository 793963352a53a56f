"""Jinja2 templates: the project's own before ours, every printed value escaped; only this file imports jinja2."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jinja2
from jinja2.bccache import Bucket
from markupsafe import Markup

from causebook import markdown, yamlio
from causebook.errors import Place, TemplateError

_PACKAGED = Path(__file__).parent / "templates"
SHIPPED = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[2] / "templates"
"""Our templates: inside the installed package, or at the top of a checkout."""


class Templates:
    """Renders templates by name, such as ``pages/incident.md.j2``."""

    def __init__(
        self,
        own: Path | None = None,
        filters: Mapping[str, Callable[..., Any]] | None = None,
        compiled: Mapping[str, bytes] | None = None,
    ) -> None:
        """Look in ``own`` first, the project's folder, then in ours; a template can extend ours as ``!/pages/…``.

        ``compiled`` is what ``compiled`` of others gave, which saves the time to compile what has not changed since.
        """
        own = own if own is not None and own.is_dir() else None
        folders = [str(folder) for folder in (own, SHIPPED) if folder is not None and folder.is_dir()]
        loader = jinja2.ChoiceLoader(
            [jinja2.FileSystemLoader(folders), jinja2.PrefixLoader({"!": jinja2.FileSystemLoader(str(SHIPPED))})]
        )
        self._own = own
        self._compiled = _Compiled(compiled or {})
        self._environment = _Environment(
            loader=loader,
            undefined=jinja2.StrictUndefined,
            autoescape=False,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            bytecode_cache=self._compiled,
        )
        self._environment.filters.update(_FILTERS)
        self._environment.filters.update(filters or {})

    def render(self, name: str, context: Mapping[str, Any], *, subject: str = "") -> str:
        """The text of the template ``name``; ``subject`` says in errors what was being rendered.

        Raises:
            TemplateError: it is missing, has a syntax error, or names something that is not there.
        """
        try:
            return self._environment.get_template(name).render(context)
        except jinja2.TemplateSyntaxError as error:
            place = Place(self._shown(error.filename or error.name or name), error.lineno)
            raise TemplateError(
                f"{error.message}{_about(subject)}", place=place, hint="correct the template"
            ) from error
        except jinja2.TemplateNotFound as error:
            raise TemplateError(
                f"there is no template {error.name}", place=Place(name), hint="check its name"
            ) from error
        except Exception as error:  # an expression of a template can fail in any way
            place = Place(self._shown(*_innermost(error, name)), _line(error))
            message = f"{type(error).__name__}: {error}{_about(subject)}"
            raise TemplateError(
                message, place=place, hint="correct the template; see the guide on templates"
            ) from error

    def compiled(self, start: str) -> dict[str, bytes]:
        """The templates whose names start with ``start``, compiled: data that another process can hand over."""
        for name in self._environment.list_templates(filter_func=lambda name: name.startswith(start)):
            with contextlib.suppress(jinja2.TemplateError):  # told when it is rendered
                self._environment.get_template(name)
        return self._compiled.held

    def _shown(self, filename: str) -> str:
        """A template's path as the user knows it."""
        path = Path(filename)
        if self._own is not None and path.is_relative_to(self._own):
            return path.relative_to(self._own.parent).as_posix()
        return path.name if path.is_absolute() else filename


def _about(subject: str) -> str:
    return f" (while rendering {subject})" if subject else ""


def _innermost(error: BaseException, default: str) -> tuple[str]:
    """File of the template line that failed: the last frame of the traceback that is a template."""
    found = default
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(".j2"):
            found = trace.tb_frame.f_code.co_filename
        trace = trace.tb_next
    return (found,)


def _line(error: BaseException) -> int:
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(".j2"):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


class _Compiled(jinja2.BytecodeCache):
    """Keeps compiled templates in memory; Jinja2 itself tells whether one still is that of its source."""

    def __init__(self, held: Mapping[str, bytes]) -> None:
        self.held = dict(held)

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self.held.get(bucket.key):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.held[bucket.key] = bucket.bytecode_to_string()


class _Environment(jinja2.Environment):
    """What a block, macro or ``super()`` gives is Markup, so that finalize leaves it alone."""

    concat = staticmethod(lambda parts: Markup("".join(parts)))  # noqa: S704 - every part is escaped


def _finalize(value: object) -> object:
    """What a template prints: Markdown as it is, nothing for None, anything else escaped."""
    kind = type(value)
    if kind is str:
        return markdown.escaped(value)
    if kind is markdown.Md or isinstance(value, (Markup, jinja2.Undefined)):
        return value
    return "" if value is None else markdown.escaped(str(value))


def _yaml(value: object, indent: int = 2) -> Markup:
    """A value as YAML to stand behind a key; for the templates of new files."""
    return markdown.Md(yamlio.scalar(str(value), indent))


_FILTERS: dict[str, Callable[..., Any]] = {
    "block": markdown.block,
    "code": markdown.code,
    "fenced": markdown.fenced,
    "link": markdown.link,
    "attribute": markdown.attribute,
    "join": lambda parts, separator=", ": markdown.joined(parts, separator),
    "yaml": _yaml,
}
