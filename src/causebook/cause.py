"""What is known of one class of failure: what a playbook or an incident says of it, as plain data and to match."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from causebook.event import Event
from causebook.signature import Signature, Template

if TYPE_CHECKING:  # to compile the rules of reading, or to read a playbook, takes longer than all else here
    from causebook.decode import Line
    from causebook.playbook import Playbook


@dataclass(frozen=True, slots=True)
class Clause:
    """Places or text of which one must be there."""

    frames: tuple[Template, ...]
    texts: tuple[Template, ...]

    def holds(self, report: Report) -> bool:
        """Whether one of them is."""
        if any(template.found_in(frame) for template in self.frames for frame in report.frames):
            return True
        return any(template.found_in(line) for template in self.texts for line in report.texts)

    def __str__(self) -> str:
        """For reading."""
        told = [f"a frame {t.shown}" for t in self.frames] + [f"the text {t.shown}" for t in self.texts]
        return " or ".join(told)


@dataclass(frozen=True)
class Cause:
    """What is known of one class of failure."""

    data: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Id of the playbook or of the incident."""
        return str(self.data["id"])

    @property
    def title(self) -> str:
        """What fails, in words."""
        return str(self.data["title"])

    @property
    def consequence(self) -> bool:
        """Whether it mostly comes with another failure."""
        return bool(self.data.get("consequence"))

    @property
    def cascades(self) -> tuple[str, ...]:
        """Ids of what follows from it."""
        return tuple(self.data.get("cascades", ()))

    @cached_property
    def signatures(self) -> tuple[Signature, ...]:
        """Ready to match."""
        return tuple(
            Signature(
                Template(one["message"]) if one.get("message") else None,
                one.get("type", ""),
                tuple(one.get("origin", ())),
                _templates(one.get("header", ())),
                _templates(one.get("frame", ())),
                bool(one.get("aside")),
                bool(one.get("alone")),
            )
            for one in self.data["signatures"]
        )

    @cached_property
    def require(self) -> tuple[Clause, ...]:
        """What else the output must hold, any of them."""
        return _clauses(self.data.get("require", ()))

    @cached_property
    def support(self) -> tuple[Clause, ...]:
        """What makes it likelier."""
        return _clauses(self.data.get("support", ()))

    @cached_property
    def refute(self) -> tuple[Clause, ...]:
        """What makes it less likely."""
        return _clauses(self.data.get("refute", ()))


def _templates(texts: Iterable[str]) -> tuple[Template, ...]:
    return tuple(Template(text, 2) for text in texts)


def _clauses(found: Iterable[Mapping[str, Any]]) -> tuple[Clause, ...]:
    return tuple(Clause(_templates(one.get("frame", ())), _templates(one.get("text", ()))) for one in found)


def compiled(playbook: Playbook) -> dict[str, Any]:
    """A playbook as plain data: what matching and answering need of it, and nothing that is empty."""
    front = playbook.front
    data = {
        "id": playbook.id,
        "title": playbook.title,
        "when": front.when or front.summary,
        "fix": list(playbook.fix),
        "signatures": [_plain(one.model_dump(mode="json", exclude={"python"})) for one in front.signatures],
        "require": [_plain(one.model_dump(mode="json")) for one in front.require],
        "support": [_plain(one.model_dump(mode="json")) for one in front.support],
        "refute": [_plain(one.model_dump(mode="json")) for one in front.refute],
        "cascades": list(front.cascades),
        "consequence": front.consequence,
    }
    return _plain(data)


def compiled_incident(entry: Any) -> dict[str, Any]:
    """An incident with signatures as plain data."""
    data = {
        "id": entry.id,
        "title": entry.title,
        "when": entry.summary or "",
        "fix": [entry.fix.description] if entry.fix else [],
        "signatures": [_plain(one.model_dump(mode="json", exclude={"python"})) for one in entry.signatures],
        "incident": True,
        "playbook": entry.playbook or "",
    }
    return _plain(data)


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value not in ("", [], False, None)}


@dataclass(frozen=True)
class Report:
    """A failure's output, read."""

    events: tuple[Event, ...]
    lines: Sequence[Line]

    @cached_property
    def frames(self) -> tuple[str, ...]:
        """Every place that a traceback tells, once."""
        return tuple(dict.fromkeys(frame for event in self.events for frame in (*event.frames, event.header) if frame))

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Every line, once."""
        return tuple(dict.fromkeys(line.text for line in self.lines))
