"""What pieces mention wherever they stand: commits, and issues, pull requests and addresses."""

from __future__ import annotations

from typing import Any

from causebook.importers._draft import Draft
from causebook.importers._evidence import file_refs, shas
from causebook.importers._evidence import references as references_in


def commits(draft: Draft) -> None:
    """Set the commits that the pieces name."""
    made: dict[str, dict[str, Any]] = {}
    rest = []
    for piece in draft.pieces:
        sure = piece.field == "commits"
        text = f"{piece.label}: {piece.text}" if piece.label else piece.text
        found = list(shas(text if piece.kind != "fence" or sure else "", sure=sure))
        found = list({sha: (sha, line) for sha, line in found}.values())
        for sha, _ in found:
            made.setdefault(sha, {"sha": sha, "role": "mentioned"})
        if sure and found and len(found) == 1 and piece.text.strip("`* ") != found[0][0]:
            made[found[0][0]].setdefault("note", piece.text)
        elif sure and not (found and piece.text.strip("`* ") == found[0][0]):
            rest.append(piece)
    for sha, _ in shas(draft.title):
        made.setdefault(sha, {"sha": sha, "role": "mentioned"})
    draft.put("commits", list(made.values()), draft.of("commits"))
    draft.keep(rest)


def references(draft: Draft) -> None:
    """Set what the pieces name outside: issues, pull requests, tickets, addresses."""
    made: dict[str, dict[str, Any]] = {}
    rest = []
    for piece in draft.pieces:
        own = piece.field == "references"
        if piece.kind == "fence" and not own:
            continue
        found = list(references_in(f"{piece.label}: {piece.text}" if piece.label else piece.text))
        for kind, ref in found:
            made.setdefault(ref, {"type": kind, "ref": ref[:490]})
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
