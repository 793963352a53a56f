"""Jinja2 templates: the project's own before ours, every printed value escaped; only this file imports jinja2."""

from __future__ import annotations

import contextlib
import difflib
import pickle
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.bccache import Bucket
from markupsafe import Markup

from causebook import __version__, cache, markdown, yamlio
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
    ) -> None:
        """Look in ``own`` first, the project's folder, then in ours; a template can extend ours as ``!/pages/…``."""
        own = own if own is not None and own.is_dir() else None
        folders = [str(folder) for folder in (own, SHIPPED) if folder is not None and folder.is_dir()]
        self._loader = jinja2.ChoiceLoader(
            [jinja2.FileSystemLoader(folders), jinja2.PrefixLoader({"!": jinja2.FileSystemLoader(str(SHIPPED))})]
        )
        self._own = own
        # In a checkout of ours the two folders are one, and nothing is overridden.
        self._overrides = own is not None and not own.samefile(SHIPPED)
        self._checked: set[str] = set()
        self._environment = _Environment(
            loader=self._loader,
            undefined=jinja2.StrictUndefined,
            autoescape=False,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,  # a page asks for three templates, and each would be looked for on disk again
            bytecode_cache=_compiled(),
        )
        self._environment.filters.update(_FILTERS)
        self._environment.filters.update(filters or {})

    def render(self, name: str, context: Mapping[str, Any], *, subject: str = "") -> str:
        """The text of the template ``name``; ``subject`` says in errors what was being rendered.

        Raises:
            TemplateError: it is missing, has a syntax error, or names something that is not there.
        """
        try:
            self._check(name)
            return self._environment.get_template(name).render(context)
        except TemplateError:
            raise
        except RecursionError as error:
            place = Place(self._shown(*_innermost(error, name)), _line(error))
            message = f"includes or calls itself without an end{_about(subject)}"
            raise TemplateError(message, place=place, hint="give it an end, or name ours: !/pages/…") from error
        except jinja2.TemplateSyntaxError as error:
            place = Place(self._shown(error.filename or error.name or name), error.lineno)
            raise TemplateError(
                f"{error.message}{_about(subject)}", place=place, hint="correct the template"
            ) from error
        except jinja2.TemplateNotFound as error:
            raise _missing(str(error.name or name), Place(name)) from error
        except Exception as error:  # an expression of a template can fail in any way
            place = Place(self._shown(*_innermost(error, name)), _line(error))
            message = f"{type(error).__name__}: {error}{_about(subject)}"
            raise TemplateError(
                message, place=place, hint="correct the template; see the guide on templates"
            ) from error

    def _check(self, name: str) -> None:
        """Refuse what Jinja2 passes over in silence: a block that no template below has, and text beside blocks.

        Raises:
            TemplateError: one of these, or a template that extends itself or one that is not there.
        """
        if self._own is None or not self._overrides or name in self._checked:
            return
        self._checked.add(name)
        known: set[str] = set()
        for filename, tree in reversed(list(self._chain(name))):
            extends = next(tree.find_all(nodes.Extends), None)
            fixed = extends is not None and isinstance(extends.template, nodes.Const)
            if fixed and Path(filename).is_relative_to(self._own):
                _check_child(tree, known, self._shown(filename))
            known |= {block.name for block in tree.find_all(nodes.Block)}

    def _chain(self, name: str) -> Iterator[tuple[str, nodes.Template]]:
        """Path and tree of a template, of the one it extends, and so on."""
        seen: set[str] = set()
        place = Place(name)
        while True:
            try:
                source, filename, _ = self._loader.get_source(self._environment, name)
            except jinja2.TemplateNotFound as error:
                raise _missing(name, place) from error
            filename = filename or name
            if filename in seen:
                hint = f'to extend ours write {{% extends "!/{name.removeprefix("!/")}" %}}'
                raise TemplateError("the template extends itself", place=place, hint=hint)
            seen.add(filename)
            tree = self._environment.parse(source, name, filename)
            yield filename, tree
            extends = next(tree.find_all(nodes.Extends), None)
            if extends is None or not isinstance(extends.template, nodes.Const):
                return  # the last one, or one that is chosen while rendering
            name, place = str(extends.template.value), Place(self._shown(filename), extends.lineno)

    def _shown(self, filename: str) -> str:
        """A template's path as the user knows it."""
        path = Path(filename)
        if self._own is not None and path.is_relative_to(self._own):
            return path.relative_to(self._own.parent).as_posix()
        return path.name if path.is_absolute() else filename


def _missing(name: str, place: Place) -> TemplateError:
    return TemplateError(f"there is no template {name}", place=place, hint="check its name")


def _check_child(tree: nodes.Template, known: set[str], shown: str) -> None:
    """Refuse in a template that extends another what would never be shown."""
    after = False
    for part in tree.body:
        if isinstance(part, nodes.Block) and part.name not in known:
            close = difflib.get_close_matches(part.name, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"its blocks are: {', '.join(sorted(known))}"
            message = f"block {part.name!r} is in no template that this one extends, so it is never shown"
            raise TemplateError(message, place=Place(shown, part.lineno), hint=hint)
        line = _first_text(part) if after and isinstance(part, nodes.Output) else None
        if line is not None:
            message = "text outside of a block is never shown in a template that extends another"
            raise TemplateError(message, place=Place(shown, line), hint="put it into a block")
        after = after or isinstance(part, nodes.Extends)


def _first_text(part: nodes.Output) -> int | None:
    """Line on which something is printed; None for blanks."""
    for node in part.nodes:
        text = node.data if isinstance(node, nodes.TemplateData) else "x"
        if text.strip():
            return node.lineno + text[: len(text) - len(text.lstrip())].count("\n")
    return None


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


def _compiled() -> jinja2.BytecodeCache | None:
    """Compiled templates, as Python keeps compiled modules; Jinja2 tells whether one still is that of its source."""
    folder = cache.folder(f"templates-{_COMPILED}-{__version__}-{metadata.version('jinja2')}")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return None
    return _Kept(str(folder))


_COMPILED = 1
"""Raised when the same source has to be compiled anew: another option of the environment, or another filter."""


class _Kept(jinja2.FileSystemBytecodeCache):
    """Where a compiled template cannot be kept, or is not whole, it is compiled again."""

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            super().dump_bytecode(bucket)


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
