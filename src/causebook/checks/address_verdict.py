"""A web address that an entry names still answers.

Nobody is asked during a check: the verdicts stand in `entries/links/`, written by `causebook check --online` in a
nightly run. An address is bad after failures on two different days; a login, a limit or a guard against programs says
nothing. Addresses that nobody has looked at yet are unknown. Where lychee is installed, it asks first: the verdicts are
the same, a long list is done sooner.

Good:
    an address that answered when it was last looked at
Bad:
    an address that was gone on two different days
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook import addresses, named, verdicts
from causebook.errors import CausebookError, Place
from causebook.findings import Finding, dotted
from causebook.kb import KnowledgeBase
from causebook.links import GitFacts

LEVEL = "warning"


def check(kb: KnowledgeBase, facts: GitFacts) -> Iterator[Finding]:
    """Addresses that are bad, have moved, or were never looked at."""
    try:
        held = verdicts.load(kb.root, kb.config)
    except CausebookError as error:
        yield Finding(error.message, error.place or Place(kb.config.entries), error.hint)
        return
    for record in kb.records:
        for text, way in named.addresses(record.entry):
            if not addresses.is_foreign(text, facts.web):
                continue
            verdict = held.get(addresses.canonical(text), verdicts.NEVER)
            place, field = record.place(*way), dotted(way)
            if verdict.state == "bad":
                since = f", last reached on {verdict.seen}" if verdict.seen else ""
                message = f"{text} did not answer on {' and '.join(verdict.failed)} ({verdict.reason}){since}"
                year = (verdict.seen or record.date)[:4]
                fix = f"name another page, or a copy: https://web.archive.org/web/{year}/{text}"
                yield Finding(message, place, fix, field=field)
            elif not verdict.checked:
                message = f"nobody has looked at {text} yet"
                yield Finding(message, place, "causebook check --online", "unknown", field=field)
