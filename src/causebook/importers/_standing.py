"""How an entry stands by its document: status and severity as they are stated, what is said not to be known yet."""

from __future__ import annotations

import re
from typing import Any

from causebook.importers._draft import Draft
from causebook.importers._pieces import Piece
from causebook.importers._vocabulary import normal, vocabulary
from causebook.model import requirements
from causebook.model.entry import ENTRY

_TBD = re.compile(r"\b(?:TBD|TBA|TODO)\b|[?？]{2,}|^\s*[(（]?(?:\?|…|\.\.\.)[)）]?\s*$")
_ASIDE = re.compile(r"[(（]([^()（）]{2,40})[)）]\s*$")
_COLON = re.compile("[:：]")
_LEADING = re.compile(r"\W{0,4}\*\*([^*\n]{2,40})\*\*")


def is_unknown(piece: Piece) -> bool:
    """Whether a piece says that something is not known yet."""
    text = normal(piece.text)
    heading = piece.path[-1] if piece.path else ""
    unknown = vocabulary().words.get("unknown", ())
    aside = _ASIDE.search(heading)
    return bool(
        _TBD.search(heading[-14:])
        or (aside and normal(aside[1]) in unknown)
        or (len(piece.text) < 160 and _TBD.search(piece.text[:24]))
        or (len(text) < 40 and text in unknown)
    )


def finish(draft: Draft) -> None:
    """Set status and severity as far as the document says."""
    words = (text for p in draft.of("severity") for text in (p.text, _COLON.split(p.label, maxsplit=1)[0]))
    severity = next((found for text in words if (found := vocabulary().best("severity", text))), None)
    if severity and draft.kind == "incident":
        draft.data["severity"] = severity
    status = told(draft) or (draft.stated if "fix" in draft.data else "")
    draft.data["status"] = _STATUSES[draft.kind].get(status, "draft") if status else _shown(draft)


def told(draft: Draft) -> str:
    """The status that is stated: by its label, by what a result begins with, by the heading over several incidents."""
    labelled = [found for p in draft.of("status") if (found := vocabulary().best("status", p.text))]
    if labelled:
        return labelled[-1]
    for piece in draft.of("outcome", "fix"):
        own = piece.section.own if piece.section else None
        if own == "outcome" and (lead := _LEADING.match(piece.raw)) and (found := vocabulary().best("status", lead[1])):
            return found
    above = draft.path[-2] if len(draft.path) > 2 else ""  # the heading of the document itself says too much
    mended = vocabulary().best("status", above) == "done" and vocabulary().best("outcome", above) == "worked"
    return "done" if mended else ""


def _shown(draft: Draft) -> str:
    """The status of an incident of which nothing is stated but what is known and what is not."""
    if draft.kind != "incident" or "fix" in draft.data:
        return "draft"
    open_ = any(is_unknown(p) for p in draft.of("cause", "fix"))
    if "causes" in draft.data:
        return "identified" if open_ or draft.unsolved else "draft"
    return "investigating" if open_ and draft.data.keys() & {"attempts", "five_whys"} else "draft"


_STATUSES = {
    "incident": {
        "done": "resolved", "mitigated": "mitigated", "identified": "identified", "open": "investigating",
        "blocked": "investigating",
    },
    "session": {
        "done": "completed", "partial": "partial", "open": "in_progress", "blocked": "blocked", "planned": "planned",
        "abandoned": "abandoned",
    },
}  # fmt: skip


def settle(data: dict[str, Any]) -> dict[str, Any]:
    """``data`` with the status its fields allow."""
    return {**data, "status": "draft"} if lacking(data) else data


def lacking(data: dict[str, Any]) -> tuple[str, ...]:
    """The fields that the status of ``data`` requires and that are not there."""
    return tuple(one.field for one in requirements.unmet(ENTRY.validate_python(data)) if one.statuses)
