"""What was found the last times somebody looked at a web address: files in entries/links/, one a host."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from causebook import files
from causebook.config import Config
from causebook.errors import CausebookError, Place

FOLDER = "links"
"""Below the entries' folder. A file a host: two branches that look at different sites do not meet in one file."""
State = Literal["ok", "bad", "unknown"]
_STATES = ("ok", "bad", "unknown")
_NOT_NAME = re.compile(r"[^a-z0-9.-]")


class BadVerdicts(CausebookError):
    """A file of verdicts that cannot be read."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of one address. Days are ISO dates."""

    state: State
    """``bad`` after failures on two different days; one alone leaves it as it was, or ``unknown``."""
    checked: str
    """The day of the last look."""
    reason: str = ""
    """The status, or why it could not be reached."""
    failed: tuple[str, ...] = ()
    """Days of failures since it was last reached, the first and the last."""
    seen: str = ""
    """The day it was last reached."""
    moved: str = ""
    """Where it has permanently moved to."""

    def after(self, found: State, day: dt.date, reason: str, moved: str = "") -> Verdict:
        """This, after one more look on ``day``."""
        today = day.isoformat()
        if found == "ok":
            return Verdict("ok", today, reason, (), today, moved)
        if found == "unknown":
            return Verdict(self.state, today, reason, self.failed, self.seen, self.moved)
        failed = (*self.failed[:1], today) if self.failed[:1] != (today,) else self.failed
        return Verdict("bad" if len(set(failed)) > 1 else self.state, today, reason, failed, self.seen, self.moved)


NEVER = Verdict("unknown", "")


def load(root: Path, config: Config) -> dict[str, Verdict]:
    """All verdicts by address; nothing where nobody has looked yet.

    Raises:
        BadVerdicts: a file is not what `check --online` writes.
    """
    found: dict[str, Verdict] = {}
    for path in sorted((root / config.entries / FOLDER).glob("*.json")):
        name = path.relative_to(root).as_posix()
        try:
            for address, held in json.loads(files.read_text(path, name=name)).items():
                found[address] = _verdict(held)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadVerdicts(
                "is no file of verdicts", place=Place(name), hint="delete it; --online writes it anew"
            ) from error
    return found


def _verdict(held: dict[str, object]) -> Verdict:
    state = held["state"]
    if state not in _STATES:
        raise ValueError(state)
    texts = {key: str(held.get(key, "")) for key in ("checked", "reason", "seen", "moved")}
    failed = held.get("failed", [])
    if not isinstance(failed, list):
        raise TypeError(failed)
    return Verdict(state, failed=tuple(map(str, failed)), **texts)  # type: ignore[arg-type]


def save(root: Path, config: Config, verdicts: Mapping[str, Verdict]) -> tuple[str, ...]:
    """Write the files that change, and delete those of hosts that no entry names any more; the names of both."""
    by_file: dict[str, dict[str, object]] = defaultdict(dict)
    for address, verdict in sorted(verdicts.items()):
        kept = {key: value for key, value in asdict(verdict).items() if value}
        by_file[_file_name(urlsplit(address).hostname or "")][address] = kept
    folder = root / config.entries / FOLDER
    touched: list[str] = []
    for name, held in by_file.items():
        text = json.dumps(held, indent=1, ensure_ascii=False) + "\n"
        path = folder / name
        if not path.is_file() or path.read_text("utf-8") != text:
            files.write_text(path, text)
            touched.append(name)
    for path in sorted(folder.glob("*.json")):
        if path.name not in by_file:
            path.unlink()
            touched.append(path.name)
    return tuple(touched)


def _file_name(host: str) -> str:
    plain = _NOT_NAME.sub("-", host.lower())
    mark = "" if plain == host.lower() and len(plain) < 100 else f"-{hashlib.sha256(host.encode()).hexdigest()[:8]}"
    return f"{plain[:100]}{mark}.json"
