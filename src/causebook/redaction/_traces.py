"""Tells quickly which of many texts cannot hold anything of what is searched for: nearly all of them.

A trace is a part of every find: a place without one need not be searched. Each pattern's trace is a fixed word and what
has to stand directly beside it, looked for once in all texts together.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from causebook.redaction import _forms
from causebook.redaction._span import lower

SHORTEST = 15
"""Characters without a blank that the shortest of the forms has."""
_BLANK = frozenset({"_authToken", "AWS4-HMAC-SHA256"})
"""Words of forms that may hold blanks."""

_NAMES = (
    "pass", "kennwort", "pwd", "senha", "contrase", "пароль", "密", "口令", "パスワード", "key", "secret", "token",
    "session_id", "session-id", "sessionid", "credential",
)  # fmt: skip
_NAMED = re.compile(r"[a-zñ码碼]{0,6}\d{0,2}[\"'`*\\\]]{0,4}[ \t]{0,4}[:=：|>]", re.IGNORECASE)
"""What follows the name of a value: the rest of the word, and a sign that gives it the value."""
_OPTION = 24
"""Characters from the hyphen of an option to the end of the word that tells it, at most."""
_GIVEN = re.compile(r"[\"'\\*`]{0,4}[ \t]{0,3}[:=]")
_BESIDE: tuple[tuple[str, re.Pattern[str] | None], ...] = (
    # a word in lower case; what directly follows it, or nothing in particular
    ("authorization", _GIVEN),
    ("cookie", _GIVEN),
    ("bearer", re.compile(r"[ \t]{1,3}[a-z0-9_\-.=+/~]{16}")),
    ("basic", re.compile(r"[ \t]{1,3}[a-z0-9+/]{8}")),
    ("curl", re.compile(r"[ \t]")),
    ("wget", re.compile(r"[ \t]")),
    ("http", re.compile(r"s?[ \t]")),
    ("sshpass", None),
    ("://", re.compile(r"[^\s/@'\"`<>]{1,281}@")),
    ("/home/", None),
    ("/users/", None),
    (":\\", re.compile(r"\\{0,3}(?:users|documents and settings)")),
    (":/", re.compile(r"users|documents and settings")),
    ("pytest-of-", None),
    ("/-home-", None),
    ("/-users-", None),
    ("10.", re.compile(r"\d{1,3}\.\d")),
    ("172.", re.compile(r"\d\d\.\d")),
    ("192.168.", None),
)
_MAIL = re.compile(r"@(?<=[\w.+%-]@)[^\W_]")
_HOST = re.compile(
    r"\.(?:internal|corp|local|localdomain|lan|intra|intranet|home\.arpa|INTERNAL|CORP|LOCAL|LAN|INTRA)"
    r"(?![\w-]|\.\w|\()"
)


def suspects(texts: Sequence[str]) -> list[int]:
    """Numbers of those of ``texts`` that may hold something, in order; the others hold nothing."""
    whole = "\n".join(texts)  # as what begins a line is told from what does not, so is what begins a text
    ends = list(accumulate(len(text) + 1 for text in texts))
    low = lower(whole)
    return sorted({bisect_right(ends, at) for at in (*_forms_in(whole), *_beside(whole, low), *_names(low))})


def _forms_in(whole: str) -> Iterator[int]:
    if "PRIVATE KEY" in whole or "Private-Lines" in whole:
        yield from _all(whole, ("PRIVATE KEY", "Private-Lines"))
    yield from _all(whole, _BLANK)
    # Of most texts only a few words are long enough to be a token.
    long = "\n".join([word for word in whole.split() if len(word) >= SHORTEST])
    for pattern in _forms.patterns(long):
        if pattern.search(long):
            yield from (match.start() for match in pattern.finditer(whole))


def _beside(whole: str, low: str) -> Iterator[int]:
    for word, pattern in _BESIDE:
        if word in low:
            size = len(word)
            yield from (at for at in _all(low, (word,)) if pattern is None or pattern.match(low, at + size))
    yield from (match.start() for match in _MAIL.finditer(whole))
    yield from (match.start() for match in _HOST.finditer(whole))


def _names(low: str) -> Iterator[int]:
    for word in _NAMES:
        if word in low:
            size = len(word)
            for at in _all(low, (word,)):
                if _NAMED.match(low, at + size) or low.rfind("-", max(0, at - _OPTION), at) >= 0:
                    yield at


def _all(text: str, words: Iterable[str]) -> Iterator[int]:
    """Every place where one of ``words`` stands."""
    for word in words:
        at = text.find(word)
        while at >= 0:
            yield at
            at = text.find(word, at + 1)
