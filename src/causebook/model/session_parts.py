"""The parts of work sessions only: plan, choices, progress, and what is left of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from causebook.model import words
from causebook.model.parts import Part, Texts
from causebook.model.words import Line, Text, When


class Step(Part):
    """A step of a plan, or something left to do."""

    step: Text
    """What is to be done."""
    state: words.StepState = "open"
    """Whether it was done."""
    note: Text | None = None
    """What came of it."""
    closed_by: words.EntryId | None = None
    """The later session that did it."""


class Option(Part):
    """A way that was considered."""

    option: Text
    """What it is."""
    pros: Texts = ()
    """What speaks for it."""
    cons: Texts = ()
    """What speaks against it."""
    chosen: bool | None = None
    """Whether it was taken."""
    because: Text | None = None
    """Why, or why not."""


class Criterion(Part):
    """A condition that says when the session has reached its goal."""

    criterion: Text
    """What must hold."""
    met: Annotated[str, Field(pattern=r"^(yes|no|partly|unknown)$")] = "unknown"
    """Whether it held in the end: yes, no, partly or unknown."""


class Progress(Part):
    """A number before and after."""

    measure: Line
    """What was counted or measured."""
    before: Line | None = None
    """Its value at the start."""
    after: Line | None = None
    """Its value at the end."""
    note: Text | None = None
    """How it was measured, or what it does not show."""


class Decision(Part):
    """A decision and its reason."""

    choice: Text
    """What was decided."""
    because: Text | None = None
    """Why."""
    alternatives: Texts = ()
    """What was decided against."""


class Confusion(Part):
    """Something that was misunderstood: the cheapest lesson there is, if it is written down."""

    believed: Text
    """What was taken to be true."""
    actual: Text | None = None
    """What is true; left out while it is not known."""
    cost: Line | None = None
    """What the misunderstanding cost."""


class Build(Part):
    """A CI build."""

    number: Line
    """Its number or name."""
    status: Annotated[str, Field(pattern=r"^(passed|failed|running|cancelled|planned|unknown)$")]
    """How it ended: passed, failed, running, cancelled, planned or unknown."""
    url: Annotated[str, Field(pattern=r"^https?://[^\s<>\"']+$")] | None = None
    """Its address."""
    note: Text | None = None
    """What it showed."""


class Command(Part):
    """A command worth keeping."""

    cmd: Text
    """The command."""
    purpose: Text | None = None
    """What it is for."""
    exit: int | None = None
    """Its exit code."""


class Agent(Part):
    """A person or program that worked."""

    name: Line
    """A name or handle, no e-mail address."""
    type: Annotated[str, Field(pattern=r"^(human|software)$")] = "human"
    """human or software."""


class Work(Part):
    """Something done during a session."""

    at: When | None = None
    """When."""
    activity: Annotated[str, Field(pattern=r"^(edit|run|test|review|research|debug|write|deploy)$")]
    """What kind of work: edit, run, test, review, research, debug, write or deploy."""
    description: Text
    """What was done."""
    result: Line | None = None
    """What came of it."""


class Base(Part):
    """What a session started from."""

    sha: words.Sha | None = None
    """The commit."""
    pr: words.PullRequest | None = None
    """The pull request."""


class TestRun(Part):
    """A run of a test suite."""

    __test__ = False  # pytest: not a test class

    command: Text | None = None
    """The command."""
    passed: int | None = Field(default=None, ge=0)
    """How many passed."""
    failed: int | None = Field(default=None, ge=0)
    """How many failed."""
    skipped: int | None = Field(default=None, ge=0)
    """How many were skipped."""
    seconds: float | None = Field(default=None, ge=0)
    """How long it took, in seconds."""
    note: Text | None = None
    """What the numbers hide."""
