"""What history knows about what a change touches: past incidents, why each is shown, and what they advise."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from causebook import ties
from causebook.findings import Hint
from causebook.git import Repository
from causebook.kb import KnowledgeBase
from causebook.links import GitFacts
from causebook.model import Incident
from causebook.recreated import Recreated
from causebook.ties import Tie
from causebook.touched import Touched

MOST = 5
"""Incidents shown; nobody reads the sixth."""
_EACH = 3
"""Lessons and attempts shown of one incident."""
_LONGEST = 300
_OPEN = frozenset({"reopened", "investigating", "identified", "mitigated"})
_FAILED = frozenset({"failed", "reverted"})


def incidents(
    kb: KnowledgeBase, facts: GitFacts, touched: Touched, repo: Repository | None, most: int = MOST
) -> tuple[Hint, ...]:
    """Past incidents that the change touches, the closest first, at most ``most``.

    Closer is a function, then lines, then a file, then a component; of those equally close the ones that are open, then
    the worse, then the later: what is not over can still be met.
    """
    found = ties.of(kb, facts, touched, repo)
    held = [(record, entry, found[entry.id]) for record, entry in kb.incidents if entry.id in found]
    held.sort(key=lambda one: (one[0].date, one[1].id), reverse=True)
    held.sort(key=lambda one: (one[2][0].rank, _openness(one[1]), one[1].severity or "sev9"))
    return tuple(_hint(kb, entry, its) for _, entry, its in held[:most])


def _openness(entry: Incident) -> int:
    return 0 if entry.status == "reopened" else 1 if entry.status in _OPEN else 2


def _hint(kb: KnowledgeBase, entry: Incident, its: tuple[Tie, ...]) -> Hint:
    because = its[0].because
    if entry.status in _OPEN:
        because += f"; it is {entry.status}"
    return Hint(_line(entry.title), because, entry.id, its[0].place, tuple(_advice(kb, entry)))


def _advice(kb: KnowledgeBase, entry: Incident) -> Iterator[str]:
    """What was learned, what failed, what guards it, where to read on."""
    for lesson in [one for one in entry.lessons if one.state != "retired"][:_EACH]:
        yield _line(f"lesson: {lesson.rule}" + (f" (when: {lesson.applies_when})" if lesson.applies_when else ""))
    for attempt in [one for one in entry.attempts if one.outcome in _FAILED][:_EACH]:
        learned = attempt.learned or attempt.result
        yield _line(f"tried, and {attempt.outcome}: {attempt.action}" + (f": {learned}" if learned else ""))
    if tests := [test for test in (entry.fix.regression_tests if entry.fix else ()) if _runs(test)]:
        yield f"run its regression tests: pytest {shlex.join(tests)}"
    if entry.corrections:
        yield f"running it showed {len(entry.corrections)} of its claims in another light: causebook show {entry.id}"
    if entry.playbook and (playbook := kb.library.get(entry.playbook)):
        yield _line(f"playbook {playbook.id}: {playbook.title}")


def _runs(test: str) -> bool:
    """Whether pytest can be told to run it: words that name no file are none."""
    return test.split("::", 1)[0].endswith(".py") and not test.startswith("-")


def patterns(found: Iterable[Recreated]) -> tuple[Hint, ...]:
    """Places that re-create what a playbook is about; those that a comment lets be, with its reason, are left out."""
    return tuple(_pattern(one) for one in found if not one.reason)


def _pattern(one: Recreated) -> Hint:
    because = f"{one.why}: the playbook's own detection rule finds it"
    return Hint(one.playbook.title, because, one.playbook.id, one.place, (_line(f"instead: {one.rule.fix}"),))


def _line(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else f"{flat[: _LONGEST - 1]}…"
