"""What is known of failures: the playbooks and incidents of a project and the playbooks that come with Causebook.

Reading them all takes longer than using them, so the compiled form is kept in the user's cache folder; it is made anew
when any of the files has changed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from causebook import __version__, cache
from causebook import config as settings
from causebook.cause import compiled, compiled_incident
from causebook.packaged import PLAYBOOKS

FORMAT = 3
"""Of what is cached."""


@dataclass(frozen=True)
class Known:
    """Causes as plain data, and past incidents."""

    causes: tuple[dict[str, Any], ...]
    """As ``cause.compiled`` gives them, the project's own first."""
    incidents: dict[str, list[dict[str, str]]]
    """By id of a playbook, the latest first: ``id``, ``title``, ``date``, ``status``, ``path``."""


def load(root: Path | None) -> Known:
    """Of the project at ``root`` and of the package; of the package alone where there is no project."""
    sources = sorted(PLAYBOOKS.glob("*.md"))
    if root is not None:
        sources += _sources(root)
    key = _key(root, sources)
    kept = _kept(root)
    held = cache.read(kept, key)
    if held is None:
        held = _compile(root)
        cache.write(kept, key, held)
    return Known(tuple(held["causes"]), held["incidents"])


def _sources(root: Path) -> list[Path]:
    config = settings.load(root)
    return [*sorted((root / config.kb / "playbooks").glob("*.md")), *settings.entry_paths(root, config)]


def _key(root: Path | None, sources: Iterable[Path]) -> str:
    """Changes with any file's place, size or time."""
    parts = [f"{FORMAT} {__version__} {root}"]
    for path in sources:
        found = path.stat()
        parts.append(f"{path} {found.st_size} {found.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode(errors="surrogateescape")).hexdigest()


def _kept(root: Path | None) -> Path:
    name = hashlib.sha256(f"{root}{PLAYBOOKS}".encode(errors="surrogateescape")).hexdigest()[:16]
    return cache.folder("known") / f"{name}.json"


def _compile(root: Path | None) -> dict[str, Any]:
    from causebook import kb, pack

    if root is None:
        playbooks = [pack.load(name) for name in sorted(pack.names())]
        return {"causes": [compiled(p) for p in playbooks if p.front.signatures], "incidents": {}}
    base = kb.load(root)
    own = [base.library[name] for name in sorted(base.library, key=lambda n: (n not in base.playbooks, n))]
    return of(base, [compiled(p) for p in own if p.front.signatures])


def of(base: Any, playbooks: list[dict[str, Any]]) -> dict[str, Any]:
    """The causes and incidents of a loaded knowledge base."""
    incidents: dict[str, list[dict[str, str]]] = {}
    causes: list[dict[str, Any]] = []
    for record, entry in base.incidents:
        if entry.status in {"draft", "withdrawn"}:
            continue
        told = {
            "id": entry.id, "title": entry.title, "date": record.date, "status": entry.status, "path": record.path,
        }  # fmt: skip
        if entry.playbook:
            incidents.setdefault(entry.playbook, []).append(told)
        cause = compiled_incident(entry)
        if not entry.signatures:
            cause.update(signatures=list(_remembered(entry)), remembered=True)
        if cause["signatures"]:
            causes.append(cause)
            incidents.setdefault(entry.id, []).append(told)
    return {"causes": [*playbooks, *causes], "incidents": incidents}


def _remembered(entry: Any) -> Iterator[dict[str, Any]]:
    """Signatures made from the errors that an incident quotes, so that the same failure is known again.

    Of each error its last line is taken, where that names a class: to decode all of it would take longer than all else
    that a site is made of.
    """
    for error in entry.symptom.errors if entry.symptom else ():
        lines = [line for line in error.text.splitlines() if line.strip()]
        told = _TOLD.fullmatch(lines[-1]) if lines else None
        if told and told[1] != "AssertionError" and (text := template(told[2])):
            yield {"type": told[1], "message": text}


_TOLD = re.compile(r"(?:E {2,})?(?:[A-Za-z_][A-Za-z0-9_]*\.)*([A-Z][A-Za-z0-9_]*): (.+)")
_VALUES = re.compile(
    r"0x[0-9A-Fa-f]+|'[^'\n]*'|\"[^\"\n]*\"|(?:[A-Za-z]:)?(?:[\\/][A-Za-z0-9_.@+-]+){2,}|[0-9]+(?:\.[0-9]+)*|<[^<>]*>"
)
_FEWEST = 14
"""Letters of literal text below which a message is too common to be known again by itself."""


def template(message: str) -> str:
    """A signature for a message: what differs from run to run becomes a gap; empty where too little is left."""
    from causebook.signature import Template, TemplateSyntax

    escaped = message.replace("{", "{{").replace("}", "}}")
    text = re.sub(r"\([^()|]*\|[^()]*\)", "{any}", _VALUES.sub("{any}", escaped))
    text = re.sub(r"(?:\{any\}[ ,:]*){2,}", "{any} ", text).strip()
    try:
        return text if Template(text).weight >= _FEWEST else ""
    except TemplateSyntax:
        return ""
