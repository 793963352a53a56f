"""What pieces mention wherever they stand: commits, and issues, pull requests and addresses."""

from __future__ import annotations

import re
from typing import Any

from causebook.importers._draft import Draft
from causebook.importers._evidence import file_refs, names_issue, shas
from causebook.importers._evidence import references as references_in

_FIXED = re.compile(r"(?:^|[\s`*:\"'(—–-])(?:bug|hot)?fix(?:\([^()\n]{0,60}\))?!?:\s", re.IGNORECASE)
_REVERTED = re.compile(r"(?:^|[\s`*:\"'(—–-])revert(?:\([^()\n]{0,60}\))?[:!]\s|\brevert \"", re.IGNORECASE)


def role_of(line: str) -> str:
    """What a listed commit did, by the type that its message begins with."""
    return "reverted" if _REVERTED.search(line) else "fixed" if _FIXED.search(line) else "mentioned"


def commits(draft: Draft) -> None:
    """Set the commits that the pieces name."""
    made: dict[str, dict[str, Any]] = {}
    rest = []
    for piece in draft.pieces:
        sure = piece.field == "commits"
        text = f"{piece.label}: {piece.text}" if piece.label else piece.text
        found = list(shas(text if piece.kind != "fence" or sure else "", sure=sure))
        found = list({sha: (sha, line) for sha, line in found}.values())
        for sha, line in found:
            made.setdefault(sha, {"sha": sha, "role": role_of(line) if sure else "mentioned"})
        if sure and found and len(found) == 1 and piece.text.strip("`* ") != found[0][0]:
            made[found[0][0]].setdefault("note", piece.text)
        elif sure and not (found and piece.text.strip("`* ") == found[0][0]):
            rest.append(piece)
    for sha, _ in shas(draft.title):
        made.setdefault(sha, {"sha": sha, "role": "mentioned"})
    draft.put("commits", list(made.values()), draft.of("commits"))
    draft.keep(rest)


def _counted(text: str, ref: str) -> dict[str, str]:
    """What a bare number counts, where a word before it says so: "Riddle #17" is no issue."""
    word = re.search(rf"([^\W\d_]{{3,40}}) {re.escape(ref)}(?!\w)", text) if ref.startswith("#") else None
    return {"note": word[0]} if word and not names_issue(word[0]) else {}


def references(draft: Draft) -> None:
    """Set what the pieces name outside: issues, pull requests, tickets, addresses."""
    made: dict[str, dict[str, Any]] = {}
    rest = []
    for piece in draft.pieces:
        own = piece.field == "references"
        if piece.kind == "fence" and not own:
            continue
        text = f"{piece.label}: {piece.text}" if piece.label else piece.text
        found = list(references_in(text))
        for kind, ref in found:
            made.setdefault(ref, {"type": kind, "ref": ref[:490], **_counted(text, ref)})
        if not own:
            continue
        refs = [ref["path"] for ref in file_refs(piece.text)] if not found else []
        name = found[0][1] if len(found) == 1 else refs[0] if len(refs) == 1 else ""
        if name:
            held = made.setdefault(name, {"type": "documentation", "ref": name[:490]})
            if piece.text.strip() != name:
                held["note"] = piece.text.strip()
        else:
            rest.append(piece)
    for kind, ref in references_in(draft.title):
        made.setdefault(ref, {"type": kind, "ref": ref})
    draft.put("references", [one for one in made.values() if one["ref"].strip()], draft.of("references"))
    draft.keep(rest)
