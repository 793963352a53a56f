"""The two kinds of entry: an incident and a work session."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from causebook.model import parts, session_parts, words
from causebook.model.parts import Part, Texts
from causebook.model.words import EntryId, Line, Text, Title, When, Word
from causebook.patterns import Pattern, Samples

SCHEMA_VERSION = "1"
"""Version of the format; a new one is announced in the changelog with a way over."""


class _Entry(Part):
    """What incidents and sessions share."""

    schema_version: Literal["1"] = "1"
    """Version of the format."""
    id: EntryId
    """Date, words and four random hex digits; also the file's name. Never changes."""
    title: Title
    """What happened and where, in one line: `<symptom> in <component>`."""
    summary: Text | None = None
    """One to three plain sentences."""
    confidence: words.Confidence = "not_validated"
    """How far the text can be trusted, apart from how far the work is."""
    playbook: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")] | None = None
    """Id of the playbook for this class of failure."""
    repo: Word | None = None
    """Name of the other repository that its files, tests and pull requests are of; by default this one."""
    components: tuple[Word, ...] = ()
    """Parts of the system."""
    tags: tuple[Word, ...] = ()
    """Free words to find it by."""
    keywords: tuple[Line, ...] = ()
    """Other things people would type: function names, codes."""
    environment: dict[Word, Line] = {}
    """Versions and platform, such as `python: "3.12"`."""
    attempts: tuple[parts.Attempt, ...] = ()
    """What was tried, in order."""
    lessons: tuple[parts.Lesson, ...] = ()
    """What was learned."""
    corrections: tuple[parts.Correction, ...] = ()
    """What is said here and was shown to be otherwise."""
    commits: tuple[parts.CommitLink, ...] = ()
    """Commits of this or other repositories and what they did."""
    actions: tuple[parts.Action, ...] = ()
    """Work that follows, with owner and date."""
    relations: tuple[parts.Relation, ...] = ()
    """Other entries."""
    references: tuple[parts.Reference, ...] = ()
    """Things outside the knowledge base."""
    evidence: tuple[parts.Evidence, ...] = ()
    """What shows the claims of this entry."""
    open_questions: Texts = ()
    """What is not known yet."""
    credits: tuple[parts.Credit, ...] = ()
    """Who took part."""
    provenance: parts.Provenance | None = None
    """Where the entry comes from, unless it was written by hand."""
    notes: tuple[parts.Note, ...] = ()
    """Text that has no field of its own."""
    extensions: dict[str, Any] = Field(default={}, exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _set_extensions_apart(cls, data: Any) -> Any:
        """Keys that start with ``x-`` are a project's own: kept, not checked."""
        if not isinstance(data, dict) or not any(str(k).startswith("x-") for k in data):
            return data
        own = {k: v for k, v in data.items() if str(k).startswith("x-")}
        return {**{k: v for k, v in data.items() if k not in own}, "extensions": own}


class Incident(_Entry):
    """A failure: what was seen, why it happened, what was tried, what ended it, what was learned."""

    kind: Literal["incident"]
    """`incident`."""
    status: words.IncidentStatus
    """How far it is: draft, investigating, identified, mitigated, resolved, closed; or one of the side exits."""
    severity: words.Severity | None = None
    """By impact: `sev1` stops everyone, `sev2` stops some or blocks a release, `sev3` hinders, `sev4` annoys."""
    symptom: parts.Symptom | None = None
    """What was seen."""
    signatures: tuple[Pattern, ...] = ()
    """How `diagnose` knows this failure again; needs `samples`."""
    samples: Samples | None = None
    """Output to try the signatures on: some that is this failure, some that only looks like it."""
    trigger: Text | None = None
    """What set it off."""
    impact: parts.Impact | None = None
    """What it cost."""
    timeline: tuple[parts.Event, ...] = ()
    """The moments that matter, in order."""
    detection: parts.Detection | None = None
    """How it was noticed."""
    five_whys: tuple[parts.Why, ...] = ()
    """From the symptom to a cause one can act on."""
    stopping_rule: Text | None = None
    """Why the chain of whys ends where it does."""
    causes: tuple[parts.Cause, ...] = ()
    """The causes found."""
    fix: parts.Fix | None = None
    """What ended it."""
    workarounds: Texts = ()
    """What helps until then."""
    no_lessons: Text | None = None
    """Why nothing was learned, if so."""
    what_went_well: Texts = ()
    """What helped."""
    what_went_poorly: Texts = ()
    """What made it worse or longer."""
    where_we_got_lucky: Texts = ()
    """What could have been worse."""
    why_surprised: Text | None = None
    """What was believed that turned out otherwise."""
    withdrawn: parts.Withdrawal | None = None
    """Why it no longer counts."""

    @model_validator(mode="after")
    def _signatures_are_tried(self) -> Incident:
        if self.signatures and self.samples is None:
            raise PydanticCustomError("samples", "samples are missing: signatures are to be tried on output")
        return self


class Session(_Entry):
    """A stretch of work: what was wanted, planned, done, decided, misunderstood and left open."""

    kind: Literal["session"]
    """`session`."""
    status: words.SessionStatus
    """How it ended."""
    objective: Text | None = None
    """What was wanted."""
    outcome: Text | None = None
    """What came of it."""
    agents: tuple[session_parts.Agent, ...] = ()
    """Who worked."""
    started_at: When | None = None
    """When it began."""
    ended_at: When | None = None
    """When it ended."""
    branch: Line | None = None
    """The branch worked on."""
    base: session_parts.Base | None = None
    """What it started from."""
    pr: words.PullRequest | None = None
    """The pull request it made."""
    incidents: tuple[EntryId, ...] = ()
    """Incidents it worked on."""
    plan: tuple[session_parts.Step, ...] = ()
    """The steps planned, and which were done."""
    options: tuple[session_parts.Option, ...] = ()
    """Ways considered."""
    success_criteria: tuple[session_parts.Criterion, ...] = ()
    """When it counts as reached."""
    progress: tuple[session_parts.Progress, ...] = ()
    """Numbers before and after."""
    decisions: tuple[session_parts.Decision, ...] = ()
    """What was decided and why."""
    confusions: tuple[session_parts.Confusion, ...] = ()
    """What was misunderstood, and what is true."""
    builds: tuple[session_parts.Build, ...] = ()
    """CI builds."""
    files: tuple[parts.FileRef, ...] = ()
    """Files touched."""
    work: tuple[session_parts.Work, ...] = ()
    """What was done, in order."""
    commands: tuple[session_parts.Command, ...] = ()
    """Commands worth keeping."""
    tests: session_parts.TestRun | None = None
    """The last run of the tests."""
    next_steps: tuple[session_parts.Step, ...] = ()
    """What the next session should do."""


Entry = Incident | Session
KINDS: dict[str, type[Incident | Session]] = {"incident": Incident, "session": Session}
"""The class of each kind."""
ENTRY: TypeAdapter[Entry] = TypeAdapter(
    Annotated[Entry, Field(discriminator="kind")], config=ConfigDict(defer_build=True)
)
"""Validates the data of one entry."""
