"""The index that the site's search reads: what is said of each entry and playbook, weighed; see ``searchindex``."""

from __future__ import annotations

from collections.abc import Iterator

from causebook import searchindex
from causebook.kb import Record
from causebook.model import Incident, Session
from causebook.model.parts import FileRef
from causebook.pages import Data, Site
from causebook.pages.files import touched
from causebook.playbook import Playbook
from causebook.searchindex import ERROR, NAME, Document, Said

FOLDER = "search"
FACETS = ("kind", "status", "severity", "component", "tag", "playbook", "year")
LABEL, SUMMARY, CAUSE, STEP, REST = 7, 5, 4, 3, 2
"""Weights below those of names and errors: words chosen to find it by, what happened, why, how, and all else."""


def files(site: Site) -> Iterator[Data]:
    """The files of the index."""
    documents = [_entry(site, record) for record in site.kb.by_id.values()]
    documents += [_playbook(name, playbook) for name, playbook in site.kb.library.items()]
    for name, text in searchindex.build(documents, FACETS).files.items():
        yield Data(f"{FOLDER}/{name}", text)


def _entry(site: Site, record: Record) -> Document:
    entry = record.entry
    severity = entry.severity if isinstance(entry, Incident) else None
    facets = {
        "kind": (entry.kind,),
        "status": (entry.status,),
        "severity": (severity,) if severity else (),
        "component": entry.components,
        "tag": entry.tags,
        "playbook": (entry.playbook,) if entry.playbook else (),
        "year": (record.date[:4],),
    }
    texts = (*_named(site, record), *(_incident(entry) if isinstance(entry, Incident) else _session(entry)))
    said = [Said(weight, label, text) for weight, label, text in (*texts, *_shared(record)) if text]
    said.sort(key=lambda one: -one.weight)
    return Document(entry.id, entry.kind, entry.title, record.date, facets, tuple(said))


_Texts = Iterator[tuple[int, str, str | None]]


def _named(site: Site, record: Record) -> _Texts:
    """What it is called, and the names that stand in it."""
    entry = record.entry
    yield NAME, "title", entry.title
    yield NAME, "id", entry.id
    yield NAME, "playbook", entry.playbook
    yield ERROR, "keywords", "\n".join(entry.keywords)
    yield LABEL, "tags", ", ".join((*entry.tags, *entry.components))
    yield from ((LABEL, how, path) for path, how in touched(site, record).items())
    for fact in site.facts.commits.get(entry.id, ()):
        subject = fact.commit.subject if fact.commit else fact.note
        yield LABEL, "commit", f"{fact.role} {fact.sha or fact.text} {subject}"
    for mention in site.facts.mentions.get(entry.id, ()):
        yield LABEL, "commit", f"{mention.commit.sha} {mention.commit.subject}"
    history = site.facts.histories.get(record.path)
    if history:
        yield LABEL, "landed in", f"{history.landed_in.sha} {history.landed_in.subject}"


def _shared(record: Record) -> _Texts:
    """What both kinds say."""
    entry = record.entry
    yield SUMMARY, "summary", entry.summary
    for lesson in entry.lessons:
        yield CAUSE, "lesson", lesson.rule
        yield STEP, "lesson", " ".join(filter(None, (lesson.applies_when, lesson.because, lesson.falsified_by)))
        yield LABEL, "enforced by", lesson.enforced_by.ref if lesson.enforced_by else None
    for attempt in entry.attempts:
        yield REST, f"tried, {attempt.outcome}", attempt.action
        yield REST, "tried", " ".join(filter(None, (attempt.hypothesis, attempt.result, attempt.learned)))
        yield from _notes(attempt.files)
    for commit in entry.commits:
        yield STEP, "commit", commit.note
    for evidence in entry.evidence:
        yield STEP, "evidence", "\n".join(filter(None, (evidence.quote, evidence.before, evidence.after)))
        yield REST, "evidence", " ".join(filter(None, (evidence.ref, evidence.note)))
    for correction in entry.corrections:
        yield REST, "correction", f"{correction.claim} {correction.finding}"
    yield from ((REST, "action", f"{action.description} {action.ref or ''}") for action in entry.actions)
    yield from ((REST, "reference", f"{one.ref} {one.note or ''}") for one in entry.references)
    yield from ((REST, "related", f"{one.target} {one.note or ''}") for one in entry.relations)
    yield REST, "environment", " ".join(f"{name} {value}" for name, value in entry.environment.items())
    yield from ((REST, "open question", text) for text in entry.open_questions)
    yield from ((REST, note.heading or "note", note.text) for note in entry.notes)
    yield from ((REST, "by", credit.name) for credit in entry.credits)


def _notes(changed: tuple[FileRef, ...]) -> _Texts:
    yield from ((STEP, "file", f"{file.path} {file.note}") for file in changed if file.note)


def _incident(entry: Incident) -> _Texts:
    if entry.symptom:
        yield from ((ERROR, "error", error.text) for error in entry.symptom.errors)
        yield SUMMARY, "symptom", entry.symptom.description
        yield STEP, "reproduction", entry.symptom.reproduction
    yield from ((ERROR, "known by", f"{pattern.type}: {pattern.shown}") for pattern in entry.signatures)
    for cause in entry.causes:
        yield CAUSE, f"{cause.role} cause", cause.description
        yield STEP, "cause", " ".join(filter(None, (cause.category, cause.undetected_because)))
    for step in entry.five_whys:
        yield STEP, "why", " ".join(filter(None, (step.why, step.because)))
    if entry.fix:
        yield CAUSE, entry.fix.kind.replace("_", " "), entry.fix.description
        yield LABEL, "pull request", f"#{entry.fix.pr} pr{entry.fix.pr}" if entry.fix.pr else None
        yield from ((LABEL, "test", test) for test in entry.fix.regression_tests)
        yield from _notes(entry.fix.files)
        if entry.fix.verification:
            yield STEP, "verified", " ".join(filter(None, (entry.fix.verification.how, entry.fix.verification.result)))
    yield STEP, "trigger", entry.trigger
    yield STEP, "impact", entry.impact.description if entry.impact else None
    yield (
        STEP,
        "detection",
        " ".join(filter(None, (entry.detection.activity, entry.detection.why_late))) if (entry.detection) else None,
    )
    yield from ((REST, "timeline", event.note) for event in entry.timeline)
    yield REST, "surprise", entry.why_surprised
    for text in (*entry.workarounds, *entry.what_went_well, *entry.what_went_poorly, *entry.where_we_got_lucky):
        yield REST, "note", text


def _session(entry: Session) -> _Texts:
    yield SUMMARY, "objective", entry.objective
    yield SUMMARY, "outcome", entry.outcome
    yield LABEL, "pull request", f"#{entry.pr} pr{entry.pr}" if entry.pr else None
    yield LABEL, "branch", entry.branch
    yield LABEL, "base", entry.base.sha if entry.base else None
    yield from ((LABEL, "worked on", target) for target in entry.incidents)
    for decision in entry.decisions:
        yield CAUSE, "decision", " ".join((decision.choice, decision.because or "", *decision.alternatives))
    for confusion in entry.confusions:
        yield CAUSE, "believed", f"{confusion.believed} {confusion.actual or ''}"
    for step in (*entry.plan, *entry.next_steps):
        yield STEP, f"step, {step.state}", f"{step.step} {step.note or ''}"
    for option in entry.options:
        yield REST, "option", " ".join((option.option, *option.pros, *option.cons, option.because or ""))
    yield from ((REST, "criterion", one.criterion) for one in entry.success_criteria)
    for one in entry.progress:
        yield REST, "progress", " ".join(filter(None, (one.measure, one.before, one.after, one.note)))
    yield from ((STEP, "build", f"{build.number} {build.status} {build.note or ''}") for build in entry.builds)
    yield from _notes(entry.files)
    for work in entry.work:
        yield REST, work.activity, f"{work.description} {work.result or ''}"
    yield from ((STEP, "command", f"{command.cmd}  {command.purpose or ''}") for command in entry.commands)
    if entry.tests:
        yield STEP, "tests", " ".join(filter(None, (entry.tests.command, entry.tests.note)))
    yield from ((REST, "agent", agent.name) for agent in entry.agents)


def _playbook(name: str, playbook: Playbook) -> Document:
    front = playbook.front
    texts: list[tuple[int, str, str]] = [
        (NAME, "title", playbook.title),
        (NAME, "id", name),
        *((ERROR, "known by", f"{pattern.type}: {pattern.shown}") for pattern in front.signatures),
        *(
            (ERROR, "error", f"{pattern.type}: {pattern.shown}")
            for pattern in front.signatures
            if "…" not in pattern.shown
        ),
        *((LABEL, "error", text) for text in playbook.positive),  # what follows from it stands in them as well
        (LABEL, "about", " ".join((front.group, *front.libraries))),
        (SUMMARY, "summary", front.summary),
        (SUMMARY, "it is this one if", front.when),
        *((CAUSE, "fix", line) for line in playbook.fix),
        (REST, "text", playbook.body),
    ]
    said = tuple(Said(weight, label, text) for weight, label, text in texts if text)
    facets = {"kind": ("playbook",), "playbook": (name,)}
    return Document(name, "playbook", playbook.title, "", facets, tuple(sorted(said, key=lambda s: -s.weight)))
