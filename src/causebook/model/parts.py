"""The parts that entries are made of; every field's docstring is its description in the published schema."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from causebook.model import words
from causebook.model.words import Line, LocalId, RepoPath, Text, When

Texts = tuple[Text, ...]
Lines = Annotated[tuple[int, int], Field(description="First and last line, counted from 1.")]


class Part(BaseModel):
    """Base of every part: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class ErrorText(Part):
    """An error as it was printed: the key people search by."""

    text: Text
    """The error verbatim: message, or whole traceback. Not shortened, not translated."""
    source: words.ErrorSource | None = None
    """Where it was read."""


class Symptom(Part):
    """What was seen, before anyone knew why."""

    description: Text
    """What happened, to whom, and when it does and does not happen."""
    errors: tuple[ErrorText, ...] = ()
    """The errors, verbatim, the first one first."""
    reproduction: Text | None = None
    """The fewest steps that show it, or why it could not be reproduced."""


class Impact(Part):
    """What it cost."""

    description: Text
    """Who could not do what, and for how long."""
    scope: Line | None = None
    """How much was affected: tests, users, requests, environments."""
    user_visible: bool | None = None
    """Whether users of the product noticed."""
    data_loss: bool | None = None
    """Whether data was lost or spoilt."""


class Event(Part):
    """A moment of the timeline."""

    at: When
    """When it happened."""
    event: words.EventType
    """What kind of moment it is; `note` for anything else."""
    note: Text | None = None
    """What happened then."""


class Detection(Part):
    """How it was noticed."""

    at: When | None = None
    """When it was noticed."""
    method: words.DetectionMethod | None = None
    """What noticed it."""
    activity: Text | None = None
    """What was being done when it showed: a full test run, a deployment, a review."""
    why_late: Text | None = None
    """Why it was not noticed earlier."""


class Why(Part):
    """One step of the five whys."""

    why: Text
    """The question."""
    because: Text | None = None
    """The answer; left out while it is not known."""
    evidence: tuple[LocalId, ...] = ()
    """Ids of the evidence that shows it."""


class Cause(Part):
    """A cause that was found."""

    id: LocalId | None = None
    """Id inside this entry, such as `C1`, so that actions can name it."""
    role: words.CauseRole
    """`root`: without it nothing would have happened. `contributory`: made it worse. `trigger`: set it off."""
    category: words.Word | None = None
    """The kind of cause, such as `race`, `loop-binding`, `stale-mock`."""
    description: Text
    """The mechanism, so that someone else can check it."""
    undetected_because: Text | None = None
    """How it got past tests, review and monitoring."""
    evidence: tuple[LocalId, ...] = ()
    """Ids of the evidence that shows it."""


class Attempt(Part):
    """Something that was tried, also and above all when it failed."""

    id: LocalId | None = None
    """Id inside this entry, such as `A1`."""
    at: When | None = None
    """When it was tried."""
    hypothesis: Text | None = None
    """What was believed when it was tried."""
    action: Text
    """What was changed or run."""
    outcome: words.Outcome
    """How it ended."""
    result: Text | None = None
    """What was seen: counts, messages."""
    learned: Text | None = None
    """What it taught, and why it could not work if that is known."""
    commit: words.Sha | None = None
    """The commit that holds it, if it was committed."""
    files: tuple[FileRef, ...] = ()
    """The files it changed."""
    evidence: tuple[LocalId, ...] = ()
    """Ids of evidence."""


class FileRef(Part):
    """A file of the repository and, where it matters, lines in it."""

    path: RepoPath
    """The path from the root of the repository."""
    lines: Lines | None = None
    """First and last line, as they were at the commit of the fix."""
    change: words.Change | None = None
    """What happened to it."""
    note: Text | None = None
    """What was changed in it, or why it is named."""


class Verification(Part):
    """How it was shown that the fix works."""

    how: Text
    """What was run, in a form that others can run."""
    result: Text | None = None
    """What it gave, with numbers."""
    passed: bool | None = None
    """Whether it showed what it should."""
    evidence: tuple[LocalId, ...] = ()
    """Ids of evidence."""


class Fix(Part):
    """What ended it."""

    kind: words.FixKind
    """`fix` removes the cause; the others say honestly that it does not."""
    description: Text
    """What was changed, and why that removes the cause."""
    pr: words.PullRequest | None = None
    """The pull request that brought it: it outlives squashes and rebases, shas do not."""
    landed_with: Annotated[str, Field(pattern=r"^(self|unknown)$")] | None = None
    """`self`: the change that adds this entry is the fix. `unknown`: honest, and counted."""
    files: tuple[FileRef, ...] = ()
    """The files it changed."""
    verification: Verification | None = None
    """How it was shown to work. Needed from `resolved` on."""
    regression_tests: tuple[Line, ...] = ()
    """Tests that fail without it, as `path::name`."""


class Lesson(Part):
    """What to do differently, in a form that can be applied and can be proved wrong."""

    id: LocalId | None = None
    """Id inside this entry, such as `L1`."""
    rule: Text
    """One sentence in the imperative."""
    applies_when: Text | None = None
    """When to think of it."""
    because: Text | None = None
    """Why it is so."""
    falsified_by: Text | None = None
    """What would show that it is wrong or out of date."""
    enforced_by: Enforcement | None = None
    """What makes sure it is kept."""
    state: words.LessonState = "unassigned"
    """How far it has come: `encoded` means a machine enforces it."""


class Enforcement(Part):
    """What keeps a lesson true when nobody remembers it."""

    kind: words.EnforcedBy
    """The kind of guard."""
    ref: Line | None = None
    """Which one: a test `path::name`, a lint rule, a hook."""


class Correction(Part):
    """What this entry says and what running it showed instead; the entry keeps what its author believed."""

    claim: Text
    """What the entry, or the document it comes from, says."""
    finding: Text
    """What running it showed: that it holds, that it does not, or within which limits."""
    playbook: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")] | None = None
    """Id of the playbook that shows it."""
    case: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")] | None = None
    """The case of that playbook, such as `wrong-pre-ping`."""


class Action(Part):
    """Work that follows from an entry."""

    id: LocalId | None = None
    """Id inside this entry, such as `X1`."""
    kind: words.ActionKind = "prevent"
    """What it is for."""
    description: Text
    """What is to be done."""
    cause: LocalId | None = None
    """Id of the cause it acts on."""
    owner: Line | None = None
    """Who does it: a role or a handle."""
    due: When | None = None
    """Until when."""
    status: words.ActionStatus = "open"
    """How far it is."""
    evaluation: Text | None = None
    """How one will see that it worked."""
    ref: Line | None = None
    """Where it is tracked, such as `#130`."""


class CommitLink(Part):
    """A commit and what it has to do with this entry."""

    sha: words.Sha
    """The commit, at least 7 digits; the full 40 stay unambiguous."""
    role: words.CommitRole = "mentioned"
    """What it did."""
    repo: words.Word | None = None
    """Name of another repository under `[tool.causebook.repos]`; left out for this one."""
    note: Text | None = None
    """What it changed."""


class Relation(Part):
    """A link to another entry; the other entry should hold the inverse."""

    type: words.RelationType
    """How this entry stands to the other."""
    target: words.EntryId
    """Id of the other entry."""
    note: Text | None = None
    """Why."""


class Reference(Part):
    """Something outside the knowledge base."""

    type: words.ReferenceType
    """What it is."""
    ref: Line
    """A web address, `#123`, `owner/name#123`, or a path."""
    note: Text | None = None
    """What it says."""


class Evidence(Part):
    """Something that shows a claim of this entry."""

    id: LocalId
    """Id inside this entry, such as `E1`."""
    kind: Annotated[str, Field(pattern=r"^(log|test_run|command|measurement|code|screenshot|document|other)$")] = "log"
    """What it is: log, test_run, command, measurement, code, screenshot, document or other."""
    ref: Line | None = None
    """Where it lies: a path or an address."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Hash of the file, so that a changed one is noticed."""
    lines: Lines | None = None
    """The lines that show it."""
    quote: Text | None = None
    """The part that shows it, verbatim."""
    before: Text | None = None
    """Output or figures before the fix."""
    after: Text | None = None
    """The same after the fix."""
    note: Text | None = None
    """What it shows."""


class Credit(Part):
    """Someone who took part."""

    name: Line
    """A name or handle, no e-mail address."""
    type: Annotated[str, Field(pattern=r"^(finder|reporter|analyst|developer|reviewer|verifier|tool)$")] = "developer"
    """What they did: finder, reporter, analyst, developer, reviewer, verifier or tool."""


class Provenance(Part):
    """Where this entry comes from."""

    method: words.ProvenanceMethod = "authored"
    """Written by hand, imported from a document, or made by a tool."""
    source: Line | None = None
    """The document it was taken from."""
    source_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Hash of that document."""
    imported_by: Line | None = None
    """Tool and version that imported it."""
    receipts: tuple[Receipt, ...] = ()
    """Where each field was read. With them an import of the changed document leaves alone what a person has edited."""


class Receipt(Part):
    """Where the text of a field was read, and what it was."""

    field: Line
    """The field, such as `fix.description`; of a list each item, in order: `attempts[0]`."""
    lines: tuple[Annotated[str, Field(pattern=r"^[0-9]+(-[0-9]+)?$")], ...] = ()
    """Its lines in the document that `source_sha256` is the hash of: `12`, or `12-14`."""
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    """First digits of the SHA-256 of what was written; a field that has another one was edited since."""


class Withdrawal(Part):
    """Why an entry no longer counts."""

    at: When
    """When it was withdrawn."""
    reason: Text
    """Why."""


class Note(Part):
    """Text that has no field of its own."""

    heading: Line | None = None
    """What it is about."""
    text: Text
    """The text."""
