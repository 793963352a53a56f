"""What a playbook is: how a class of failure shows, and the cases that prove its text, out of one Markdown file."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from causebook import markdown, yamlio
from causebook.detection import Detection
from causebook.errors import Place, YamlError
from causebook.event import Event
from causebook.patterns import VERSION_CLAUSE, Clause, Negative, Part, Pattern, Samples, Versions

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SECTIONS = (
    "The fix in three lines",
    "Is it this one?",
    "Why it happens",
    "Reproduce",
    "Fix",
    "What does not work",
    "Prevent",
    "Versions",
)
"""The sections of a playbook, in their order."""
SERVICES = ("postgresql", "redis")
_TITLE = re.compile(r"(?P<case>(?P<role>reproduce|fix|wrong|rule)(?:-[a-z0-9-]+)?)/(?P<file>[\w./-]+)")
_ITEM = re.compile(r"\s*\d+[.)]\s+(.*)")

Role = Literal["reproduce", "fix", "wrong", "rule"]
ROLES: tuple[Role, ...] = ("reproduce", "fix", "wrong", "rule")
_NEEDED: dict[str, tuple[Role, ...]] = {"playbook": ("reproduce", "fix"), "rules": ("rule",)}
"""Roles of which a page must have a case, by the kind of page."""


def _requirement(text: str) -> str:
    if text.startswith("-") or not re.fullmatch(r"[A-Za-z0-9][\w.-]*(\[[\w, -]+\])?[\w.<>=!~*, -]*", text):
        raise PydanticCustomError("requirement", "expected a package such as pytest-asyncio==1.5.0")
    return text


def applies(versions: str, python: str) -> bool:
    """Whether ``python``, such as ``3.12``, is one of ``versions``, such as ``>=3.11, <3.14``; empty: it is."""
    if not versions:
        return True
    have = tuple(int(part) for part in python.split(".")[:2])
    tests = {
        ">=": have.__ge__, "<=": have.__le__, "==": have.__eq__, "!=": have.__ne__, ">": have.__gt__, "<": have.__lt__,
    }  # fmt: skip
    return all(tests[op]((int(major), int(minor))) for op, major, minor in VERSION_CLAUSE.findall(versions))


Requirement = Annotated[str, AfterValidator(_requirement)]


class Options(Part):
    """How one case is run and what it has to show."""

    run: tuple[str, ...] = ()
    """The command; empty: ``pytest`` for a case with tests, else ``python main.py``."""
    python: Versions = ""
    """Versions it is for."""
    requirements: tuple[Requirement, ...] | None = None
    """Pinned packages, instead of the playbook's."""
    newest: tuple[Requirement, ...] | None = None
    """The same packages without versions."""
    services: tuple[Literal["postgresql", "redis"], ...] | None = None
    """Servers it needs, instead of the playbook's."""
    expect: tuple[Pattern, ...] = ()
    """Events that must occur, instead of one of the signatures."""
    exit: int | None = None
    """The exit code."""
    passed: int | None = None
    """How many tests pass, exactly."""
    hangs: str = ""
    """What it prints before it hangs."""
    seconds: Annotated[float, Field(gt=0, le=300)] = 30
    """Time limit."""
    times: Annotated[int, Field(ge=1, le=100)] = 1
    """How often it is run."""
    at_least: int | None = None
    """How many of the runs must show it; empty: all."""
    dev: Literal["true", "false", "both"] = "false"
    """Whether it is run in Python's development mode."""


class Front(Part):
    """The front matter of a playbook."""

    title: str
    """What fails, in words."""
    kind: Literal["playbook", "rules"] = "playbook"
    """A class of failure, or a page of rules, each with a case that shows it."""
    summary: str = ""
    """What it is, in one or two sentences."""
    group: str = ""
    """What the first line of the error is about, in a few words: playbooks of one group are neighbours."""
    when: str = ""
    """What tells it from the others of its group, in a few words."""
    libraries: tuple[str, ...] = ()
    """Packages in whose users' programs it is met."""
    signatures: tuple[Pattern, ...] = ()
    """How it shows: any of these."""
    require: tuple[Clause, ...] = ()
    """What else the output must hold, any of them."""
    support: tuple[Clause, ...] = ()
    """What makes it likelier."""
    refute: tuple[Clause, ...] = ()
    """What makes it less likely."""
    cascades: tuple[str, ...] = ()
    """Ids of playbooks whose failures follow from this one."""
    consequence: bool = False
    """Whether it mostly comes with another failure, which then is the one to mend."""
    samples: Samples | None = None
    """Output to try the signatures on."""
    detect: tuple[Detection, ...] = ()
    """What in a Python file re-creates it; no part of what a run of the cases stands for."""
    python: Versions = ""
    """Versions it applies to."""
    requirements: tuple[Requirement, ...] = ()
    """Pinned packages of its cases."""
    newest: tuple[Requirement, ...] = ()
    """The same packages without versions."""
    services: tuple[Literal["postgresql", "redis"], ...] = ()
    """Servers its cases need."""
    owner: str = ""
    """Who keeps it."""
    reviewed: str = ""
    """The day it was last read with care."""
    cases: dict[str, Options] = {}
    """Options of cases, by name."""

    @model_validator(mode="after")
    def _can_be_known(self) -> Front:
        """A class of failure that cannot be told by its output is of no use."""
        for name in ("signatures", "samples"):
            if self.kind == "playbook" and not getattr(self, name):
                raise PydanticCustomError("missing", "{name}", {"name": name})
        return self


@dataclass(frozen=True)
class Case:
    """Files that are run together to show one thing."""

    name: str
    role: Role
    files: dict[str, str]
    """Text by path inside the case's folder."""
    line: int
    """Line of the playbook on which its first block begins."""
    options: Options

    @property
    def tests(self) -> bool:
        """Whether it is run by pytest."""
        return any(PurePosixPath(name).name.startswith("test_") for name in self.files)

    @property
    def command(self) -> tuple[str, ...]:
        """The command to run; ``python`` stands for the Python of the case."""
        return self.options.run or (
            ("python", "-m", "pytest", "-p", "no:cacheprovider") if self.tests else ("python", "main.py")
        )


@dataclass(frozen=True)
class Playbook:
    """One class of failure."""

    id: str
    """The file's stem, such as ``loop-closed``."""
    path: str
    """Path from the project's root."""
    front: Front
    cases: tuple[Case, ...]
    body: str
    """Its Markdown without front matter."""

    @cached_property
    def digests(self) -> dict[str, str]:
        """Of each case what its results stand for: files, options, packages and signatures."""
        signatures = [pattern.model_dump() for pattern in self.front.signatures]
        parts = {c.name: [c.files, c.options.model_dump(), signatures, self.front.requirements] for c in self.cases}
        return {name: hashlib.sha256(_plain(part).encode()).hexdigest()[:16] for name, part in parts.items()}

    @property
    def title(self) -> str:
        """What fails, in words."""
        return self.front.title

    @property
    def fix(self) -> tuple[str, ...]:
        """The fix in three lines, as plain text."""
        section = self.body.split(f"## {SECTIONS[0]}", 1)[-1].split("\n## ", 1)[0]
        items: list[str] = []
        for line in section.splitlines():
            if match := _ITEM.match(line):
                items.append(match[1])
            elif items and line.strip():
                items[-1] += f" {line.strip()}"
        return tuple(markdown.plain(item) for item in items)

    @property
    def group(self) -> str:
        """What the first line of the error is about."""
        return self.front.group

    @property
    def when(self) -> str:
        """What tells it from the others of its group."""
        return self.front.when

    @property
    def positive(self) -> tuple[str, ...]:
        """Output that is this failure."""
        return self.front.samples.positive if self.front.samples else ()

    @property
    def negative(self) -> tuple[Negative, ...]:
        """Output that looks alike and is another failure."""
        return self.front.samples.negative if self.front.samples else ()

    @property
    def summary(self) -> str:
        """What it is, in one or two sentences."""
        return self.front.summary

    def matches(self, event: Event) -> bool:
        """Whether ``event`` is how this failure shows."""
        return any(pattern.matches(event) for pattern in self.front.signatures)


def _plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def parse(text: str, name: str) -> Playbook:
    """Read a playbook.

    Raises:
        YamlError: front matter that is missing or not of the form, a block or section out of place.
    """
    front, lines, body = markdown.split_front_matter(text)
    stem = PurePosixPath(name).stem
    if not front:
        raise YamlError("a playbook starts with front matter", place=Place(name, 1, 1), hint="---\ntitle: …\n---")
    # One empty line stands for the opening ---, so that positions are those of the file.
    document = yamlio.parse("\n" + front, name)
    if not ID.fullmatch(stem):
        hint = "use lower-case words joined by hyphens, such as loop-closed.md"
        raise YamlError(f"{stem!r} is no id for a playbook", place=Place(name), hint=hint)
    try:
        held = Front.model_validate(document.data)
    except ValidationError as error:
        raise _refused(error.errors(include_url=False)[0], document) from error
    if held.kind == "playbook":
        _sections(body, name, lines)
    cases = tuple(_cases(body, name, lines, held))
    unknown = sorted(set(held.cases) - {case.name for case in cases})
    if unknown:
        place = document.place(("cases", unknown[0]), key=True)
        raise YamlError(f"there are no blocks for the case {unknown[0]}", place=place, hint=f'title="{unknown[0]}/…"')
    for needed in _NEEDED[held.kind]:
        if not any(case.role == needed for case in cases):
            hint = f'a block such as ```python title="{needed}/main.py"'
            raise YamlError(f"a page without a {needed} case proves nothing", place=Place(name), hint=hint)
    return Playbook(stem, name, held, cases, body)


def _refused(error: Any, document: yamlio.Document) -> YamlError:
    location = tuple(error["loc"])
    place = document.place(location, key=error["type"] == "extra_forbidden")
    shown = ".".join(map(str, location))
    if error["type"] == "extra_forbidden":
        return YamlError(f"unknown key {shown}", place=place, hint="the guide on playbooks lists the keys")
    if error["type"] == "missing":
        shown = shown or error["msg"]
        return YamlError(f"{shown} is missing", place=place, hint=f"add `{shown.rsplit('.', 1)[-1]}:`")
    found = error["input"] if isinstance(error["input"], str) else type(error["input"]).__name__
    return YamlError(f"{shown}: found {found!r}, {error['msg'][:1].lower()}{error['msg'][1:]}", place=place)


def _sections(body: str, name: str, lines: int) -> None:
    """Refuse a playbook whose sections are not those of ``SECTIONS``, in that order."""
    found = [(h.text, h.line + lines) for h in markdown.headings(body) if h.level == 2]
    for n, wanted in enumerate(SECTIONS):
        if n >= len(found) or found[n][0] != wanted:
            line = found[n][1] if n < len(found) else lines + body.count("\n") + 1
            here = f"## {found[n][0]}" if n < len(found) else "the end"
            hint = f"the sections are: {', '.join(SECTIONS)}"
            raise YamlError(f"found {here}, expected ## {wanted}", place=Place(name, line, 1), hint=hint)


def _cases(body: str, name: str, lines: int, front: Front) -> Iterator[Case]:
    files: dict[str, dict[str, str]] = {}
    begin: dict[str, int] = {}
    for fence in markdown.fences(body):
        if "/" not in fence.title:
            continue
        line = fence.line + lines
        match = _TITLE.fullmatch(fence.title)
        if match is None or ".." in PurePosixPath(match["file"]).parts or match["file"].startswith("/"):
            hint = (
                'such as title="reproduce/main.py", title="fix-lifespan/test_pool.py", title="wrong-reset/conftest.py"'
            )
            raise YamlError(f"{fence.title!r} names no file of a case", place=Place(name, line - 1, 1), hint=hint)
        case = files.setdefault(match["case"], {})
        begin.setdefault(match["case"], line)
        if match["file"] in case:
            raise YamlError(f"{fence.title} stands here twice", place=Place(name, line - 1, 1), hint="rename one")
        case[match["file"]] = fence.text
    for case_name, texts in files.items():
        role = next(r for r in ROLES if case_name == r or case_name.startswith(f"{r}-"))
        options = front.cases.get(case_name, Options())
        yield Case(case_name, role, texts, begin[case_name], options)
