"""Incidents with commits in the form of OSV (Open Source Vulnerability format, schema 1.7): which commits have it.

https://ossf.github.io/osv-schema/. An incident is no vulnerability: it has no package and an id without a registered
prefix; what fits no field of the format stands under ``database_specific``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any

from causebook.kb import Record
from causebook.links import CommitFact
from causebook.model import Incident
from causebook.outputs._addresses import Addresses, page, published, updated, utc
from causebook.pages import Data, Site

SCHEMA = "1.7.0"
_ROLES = {"introduced": "introduced", "fixed": "fixed"}
_REFERENCES = frozenset({"advisory", "article", "detection", "discussion", "report", "fix", "introduced", "evidence"})
_CREDITS = {
    "developer": "REMEDIATION_DEVELOPER", "reviewer": "REMEDIATION_REVIEWER", "verifier": "REMEDIATION_VERIFIER",
}  # fmt: skip


def files(site: Site) -> Iterator[Data]:
    """``osv/<id>.json`` for each incident of which git knows a commit that brought or mended it."""
    addresses = Addresses(site)
    for record, entry in site.kb.incidents:
        facts = [f for f in site.facts.commits.get(entry.id, ()) if f.role in _ROLES and f.state == "verified"]
        if facts and site.kb.by_id[entry.id] is record:
            path = f"osv/{entry.id}.json"
            yield Data(path, partial(_text, site, addresses, record, entry, facts))


def _text(site: Site, addresses: Addresses, record: Record, entry: Incident, facts: list[CommitFact]) -> str:
    known = {
        "schema_version": SCHEMA,
        "id": entry.id,
        "modified": updated(site.facts, record),
        "published": published(site.facts, record),
        "withdrawn": utc(entry.withdrawn.at) if entry.withdrawn else None,
        "aliases": list(site.facts.former(record)),
        "related": sorted(_related(site, entry)),
        "summary": entry.title,
        "details": _details(entry),
        "affected": [{"ranges": ranges}] if (ranges := list(_ranges(site, facts))) else [],
        "references": list(_references(addresses, record, entry, facts)),
        "credits": [{"name": c.name, "type": _CREDITS.get(c.type, c.type.upper())} for c in entry.credits],
        "database_specific": {
            "kind": entry.kind,
            "status": entry.status,
            "severity": entry.severity,
            "playbook": entry.playbook,
            "components": list(entry.components),
            "commits": [{"role": f.role, "sha": f.sha, "repo": f.repo or None} for f in facts],
        },
    }
    return json.dumps({k: v for k, v in known.items() if v not in (None, [])}, indent=1, ensure_ascii=False) + "\n"


def _related(site: Site, entry: Incident) -> set[str]:
    targets = {link.target for link in site.kb.links.get(entry.id, ())}
    return {t for t in targets if t in site.kb.by_id and site.kb.by_id[t].entry.kind == "incident"}


def _details(entry: Incident) -> str:
    """What is known in Markdown, as the format asks for."""
    parts = [
        entry.summary,
        entry.symptom and f"## Symptom\n\n{entry.symptom.description}",
        entry.causes and "## Causes\n\n" + "\n".join(f"- {cause.description}" for cause in entry.causes),
        entry.fix and f"## Fix\n\n{entry.fix.description}",
        entry.workarounds and "## Until it is fixed\n\n" + "\n".join(f"- {text}" for text in entry.workarounds),
    ]
    return "\n\n".join(part.strip() for part in parts if part) or entry.title


def _ranges(site: Site, facts: list[CommitFact]) -> Iterator[dict[str, Any]]:
    """A range for each repository whose address is known; who does not know where it began has it from the start."""
    by_repo: dict[str, list[CommitFact]] = defaultdict(list)
    for fact in facts:
        if repo := _web(site, fact):
            by_repo[repo].append(fact)
    for repo, found in by_repo.items():
        begun = [{"introduced": f.sha} for f in found if f.role == "introduced"] or [{"introduced": "0"}]
        ended = [{"fixed": f.sha} for f in found if f.role == "fixed"]
        yield {"type": "GIT", "repo": repo, "events": [*begun, *ended]}


def _web(site: Site, fact: CommitFact) -> str:
    """Web address of the repository of a commit; of another one it is what stands before ``/commit/``."""
    if not fact.repo:
        return site.facts.web
    head, found, _ = fact.url.partition("/commit")
    return head.removesuffix("/-") if found else ""


def _references(
    addresses: Addresses, record: Record, entry: Incident, facts: list[CommitFact]
) -> Iterator[dict[str, str]]:
    if addresses.published.address:
        yield {"type": "ADVISORY", "url": addresses.to(page(record), "osv/")}
    for fact in facts:
        if fact.url:
            yield {"type": "FIX" if fact.role == "fixed" else "INTRODUCED", "url": fact.url}
    for reference in entry.references:
        if reference.ref.startswith(("https://", "http://")):
            known = reference.type in _REFERENCES
            yield {"type": reference.type.upper() if known else "WEB", "url": reference.ref}
