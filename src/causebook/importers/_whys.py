"""Pieces -> the chain of whys: lists, tables, and pairs of question and answer."""

from __future__ import annotations

import re
from typing import Any

from causebook.importers._lists import groups, rows, text_of
from causebook.importers._pieces import Piece

_WHY_SPLIT = re.compile(r"(?<=[?？])[*_\"」]*\s*(?:→|->|=>|[-–—:：])?\s*|\s*(?:→|=>|->)\s*")
WHY_WORD = re.compile(
    r"\b(?:why|warum|wieso|weshalb|pourquoi|por ?qu[eé]|почему|зачем)\b|なぜ|为什么|為什麼|为何", re.IGNORECASE
)
QUESTION = re.compile(r"\W{0,3}\*\*([^*\n]{3,160}[?？])\*\*[ \t]*[:：–—-]?[ \t]*(\S.*)", re.DOTALL)
"""A bold question with its answer."""
_ANSWER = re.compile(
    r"^(?:[-*→>]\s*)*\**(?:answer|because|a\d?|antwort|weil|réponse|parce que|respuesta|porque|resposta|ответ"
    r"|потому что|答|回答|答え|因为)\b\**\s*[:：.]?\**\s*",
    re.IGNORECASE,
)


def whys(pieces: list[Piece]) -> list[dict[str, Any]]:
    """The steps of a chain of whys."""
    made: list[dict[str, Any]] = []
    for group in groups(pieces):
        text = text_of(group)
        if group[0].kind == "table":
            made += [
                {"why": row[0], **({"because": " ".join(row[1:])} if row[1:] else {})}
                for row in rows(text)[1:]
                if row[0]
            ]
            continue
        for one in _why_lines(text):
            question, answer = one
            if not question and made and "because" not in made[-1]:
                made[-1]["because"] = answer
            elif not question:
                made.append({"why": answer})
            else:
                made.append({"why": question, **({"because": answer} if answer else {})})
    return made


def _why_lines(text: str) -> list[tuple[str, str]]:
    """Questions and answers of one item or paragraph, its later lines with them."""
    out: list[tuple[str, str]] = []
    for line in text.split("\n"):
        bare = re.sub(r"^\s*(?:[-*+>]|\d+[.)])\s+", "", line).strip()
        if not bare:
            continue
        parts = [part for part in _WHY_SPLIT.split(bare, maxsplit=1) if part.strip(" *")]
        if _ANSWER.match(bare) and not WHY_WORD.match(bare.lstrip("* ")):
            out.append(("", _ANSWER.sub("", bare)))
        elif len(parts) == 2:
            out.append((_plain(parts[0]), _plain(parts[1])))
        elif WHY_WORD.search(bare[:40]):
            out.append((bare, ""))
        elif out and out[-1][1]:
            out[-1] = (out[-1][0], f"{out[-1][1]}\n{bare}")
        else:
            out.append(("", bare))
    return out


def _plain(part: str) -> str:
    """A half of a line without the emphasis whose other end is in the other half."""
    bare = part.strip()
    if bare.count("**") % 2:
        bare = bare.removeprefix("**") if bare.startswith("**") else bare.removesuffix("**")
    return bare.strip()
