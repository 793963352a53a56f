"""Texts of a source that is no document, put together as one page for the Markdown importer, and told apart again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any, TypeVar

from causebook import __version__
from causebook.importers import Imported, Receipt, Skipped, Source, markdown_document
from causebook.markdown import slug
from causebook.model.words import MAX_ID
from causebook.redaction import redact

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WORD = re.compile(r"[\w][\w .+#/@-]{0,59}")
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff\u2028\u2029\ud800-\udfff]")
NAMES = {
    "names a person": re.compile(
        r"\s*(?:signed-off-by|co-authored-by|reviewed-by|acked-by|tested-by|reported-by|suggested-by|helped-by|cc)\s*:",
        re.IGNORECASE,
    )
}
"""Trailers that name people: why a line is left out, and what it looks like."""
MOST_TITLE = 118
One = TypeVar("One", Receipt, Skipped)


@dataclass(slots=True)
class Page:
    """A page in the making: a title, a day, and texts with their place in the source."""

    title: str
    day: str | None
    lines: list[str] = field(default_factory=list)
    places: list[tuple[str, int]] = field(default_factory=list)
    """For each line the place of its text and its number in that; no place for a line of our own."""
    skipped: list[Skipped] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with the title and the day."""
        self._own(f"# {self.title}", "")
        if self.day:
            self._own(f"**Date:** {self.day}", "")

    def _own(self, *lines: str) -> None:
        self.lines += lines
        self.places += [("", 0)] * len(lines)

    def add(
        self, at: str, text: str, heading: str = "", leave_out: Mapping[str, re.Pattern[str]] = MappingProxyType({})
    ) -> None:
        """Add a text; lines that a pattern of ``leave_out`` matches are skipped, its key tells why."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if not text.strip():
            return
        if heading:
            self._own(f"## {heading}", "")
        for number, line in enumerate(text.split("\n"), 1):
            reason = next((why for why, pattern in leave_out.items() if pattern.match(line)), "")
            if reason:
                self.skipped.append(Skipped(number, number, reason, at))
                continue
            self.lines.append(line)
            self.places.append((at, number))
        self._own("")

    @property
    def empty(self) -> bool:
        """Whether no text was added."""
        return not any(at for at, _ in self.places)

    def imported(self, source: Source, kind: str | None) -> Imported:
        """What the Markdown importer makes of it, with receipts that point into the source.

        Raises:
            NothingToImport: it tells neither of a failure nor of a session.
        """
        whole = replace(source, data="\n".join(self.lines).encode())
        made = markdown_document.convert(whole, kind)
        skipped = (*self._told(made.skipped), *self.skipped)
        receipts = tuple(self._told(made.receipts))
        own = sum(1 for (at, _), line in zip(self.places, self.lines, strict=True) if not at and line.strip())
        account = dict(made.account)
        taken = min(own, account.get("skipped", 0))  # headings and the day that we put there ourselves
        account["skipped"] = account.get("skipped", 0) - taken + len(self.skipped)
        account["placed"] = max(0, account.get("placed", 0) - (own - taken))
        remarks = tuple(self._remark(text) for text in made.remarks)
        return replace(made, skipped=skipped, receipts=receipts, account=account, remarks=remarks)

    def _told(self, found: Iterable[One]) -> Iterator[One]:
        """Each with the lines of the texts it covers; lines of our own are left out."""
        for one in found:
            runs: list[tuple[str, int, int]] = []
            for number in range(one.first, min(one.last, len(self.places)) + 1):
                at, line = self.places[number - 1]
                if not at:
                    continue
                if runs and runs[-1][0] == at and runs[-1][2] + 1 == line:
                    runs[-1] = (at, runs[-1][1], line)
                else:
                    runs.append((at, line, line))
            for at, first, last in runs:
                yield replace(one, first=first, last=last, at=at)

    def _remark(self, text: str) -> str:
        def put(match: re.Match[str]) -> str:
            number = int(match[1])
            at, line = self.places[number - 1] if 0 < number <= len(self.places) else ("", 0)
            return f"{at} line {line}" if at else match[0]

        return re.sub(r"\bline (\d+)", put, text)


def one_line(text: str, allow: Sequence[str] = ()) -> str:
    """``text`` as a title, without what must not be published."""
    line = " ".join(cleaned(text, allow)[0].split())
    return line if len(line) <= MOST_TITLE else f"{line[: MOST_TITLE - 2]} …"


def day_of(moment: Any) -> str | None:
    """The day of an ISO time; None where it is none."""
    if not isinstance(moment, str) or not _DAY.match(moment):
        return None
    try:
        return date.fromisoformat(moment[:10]).isoformat()
    except ValueError:
        return None


def word(text: str) -> str:
    """``text`` as a tag; empty where it cannot be one."""
    clean = re.sub(r"[^\w .+#/@-]+\s*", "-", redact(text).text).strip(" .+#/@-")[:60].strip()
    return clean if _WORD.fullmatch(clean) else ""


def renamed(made: Imported, key: str, name: str, sha: str, title: str, day: str) -> Imported:
    """``made`` with ids, title and provenance of the source it really comes from.

    ``key`` tells the source from all others, so that it gets the same id each time; ``sha`` is its hash.
    """
    ids: dict[str, str] = {}
    for index, data in enumerate(made.entries):
        own = title if index == 0 else str(data["title"])
        ids[data["id"]] = identity(own, day, f"{key}\0{index}" if index else key)
    entries = tuple(_with_ids(data, ids) for data in made.entries)
    for index, data in enumerate(entries):
        if index == 0:
            data["title"] = title
        data["provenance"] = provenance(name, sha)
    receipts = tuple(replace(one, entry=ids.get(one.entry, one.entry)) for one in made.receipts)
    return replace(made, entries=entries, receipts=receipts)


def identity(title: str, day: str, key: str) -> str:
    """An id that is the same each time for the same ``key``, title and day."""
    digits = hashlib.sha256(key.encode("utf-8", "backslashreplace")).hexdigest()[:4]
    return f"{day}-{slug(title, limit=40) or 'incident'}-{digits}"[-MAX_ID:]


def provenance(name: str, sha: str) -> dict[str, str]:
    """Where an entry comes from."""
    return {
        "method": "imported", "source": name[-480:], "source_sha256": sha, "imported_by": f"causebook {__version__}",
    }  # fmt: skip


def _with_ids(data: Any, ids: dict[str, str]) -> Any:
    if isinstance(data, dict):
        return {key: _with_ids(value, ids) for key, value in data.items()}
    if isinstance(data, list):
        return [_with_ids(value, ids) for value in data]
    return ids.get(data, data) if isinstance(data, str) else data


def cleaned(text: str, allow: Sequence[str] = ()) -> tuple[str, int]:
    """``text`` without what must not be published and what YAML cannot hold; and how much was taken out."""
    redacted = redact(text.replace("\r\n", "\n").replace("\r", "\n"), allow)
    return _CONTROL.sub("", _COLOUR.sub("", redacted.text)), len(redacted.marks)
