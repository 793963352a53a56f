"""What was shown by running: the results of `verify`, kept beside the playbooks in verified.json."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from causebook import files
from causebook.errors import CausebookError, Place
from causebook.playbook import Case, Playbook
from causebook.verify import Job, Result

NAME = "verified.json"
Held = dict[str, dict[str, dict[str, dict[str, Any]]]]
"""Playbook -> case -> Python (with ``-X dev`` where so run) -> what was shown."""


class BadRecord(CausebookError):
    """A verified.json that cannot be read."""


def load(folder: Path) -> Held:
    """What is recorded in ``folder``; nothing where there is no record.

    Raises:
        BadRecord: not what `verify --record` writes.
    """
    path = folder / NAME
    if not path.is_file():
        return {}
    try:
        data = json.loads(files.read_text(path, name=NAME))["playbooks"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadRecord(
            "is not a record of verify", place=Place(str(path)), hint="`causebook verify --record`"
        ) from error
    held: Held = data
    return held


def slot(job: Job) -> str:
    """Under which name a result is kept."""
    return f"{job.python} -X dev" if job.dev else job.python


def digest(playbook: Playbook, case: Case) -> str:
    """What a result stands for: when the files, options or signatures change, it is stale."""
    signatures = [p.model_dump() for p in playbook.front.signatures]
    parts = [case.files, case.options.model_dump(), signatures, playbook.front.requirements]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def entry(result: Result) -> dict[str, Any]:
    """A result as it is kept."""
    kept = {
        "verdict": result.verdict,
        "reason": result.reason,
        "messages": list(result.messages),
        "packages": list(result.packages),
        "date": date.today().isoformat(),  # noqa: DTZ011 - the day on the wall of who ran it
        "seconds": round(result.seconds, 1),
        "shown": f"{result.shown}/{result.runs}" if result.runs > 1 else "",
        "of": digest(result.job.playbook, result.job.case),
    }
    return {key: value for key, value in kept.items() if value not in ("", [])}


def record(folder: Path, results: Iterable[Result], playbooks: Iterable[Playbook]) -> Held:
    """Write ``results`` into the record; those of cases and playbooks that are gone go."""
    held = load(folder)
    cases = {playbook.id: {case.name for case in playbook.cases} for playbook in playbooks}
    for result in results:
        if result.verdict != "skipped":
            job = result.job
            held.setdefault(job.playbook.id, {}).setdefault(job.case.name, {})[slot(job)] = entry(result)
    kept = {
        name: {case: dict(sorted(slots.items())) for case, slots in sorted(found.items()) if case in cases[name]}
        for name, found in sorted(held.items())
        if name in cases
    }
    text = json.dumps({"version": 1, "playbooks": kept}, indent=1, ensure_ascii=False)
    files.write_text(folder / NAME, text + "\n")
    return kept
