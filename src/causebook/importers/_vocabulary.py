"""Which field a heading or label names: the wordings lie in ``vocabulary``, one data file a language."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from causebook import yamlio

FOLDER = Path(__file__).parent / "vocabulary"
_MARKUP = re.compile(r"[`*~]+|<[^>]+>|(?<!\w)_+|_+(?!\w)")
_LINK = re.compile(r"!?\[([^\[\]]{0,400})\]\([^()]{0,600}\)")
_NUMBER = re.compile(
    r"^(?:[#§№]?\d{1,3}(?:\.\d{1,3})*[.):、．]?\s+|[（(]?\d{1,2}[)）.、．]\s*|[ivx]{1,4}[.)]\s+|[a-h][.)]\s+"
    r"|[一二三四五六七八九十]{1,3}[、.．]\s*)"
)
_APART = re.compile(r"[^\w]+")
_WHYS = re.compile(
    r"\b(?:5|five|fünf|cinq|cinco|пять|пяти)[ \-x×]*(?:fois |mal |times )?[ -]*(?:whys?\b|warum"
    r"|pourquoi|por ?qu[eéê]|porqu[eéê]|почему)"
    r"|(?:5|五|５|five)[ -]?(?:why|回?の?なぜ|つのなぜ|次?个?為?什麼|个?为什么|个?为何|個為什麼)"
    r"|なぜなぜ|\bwhys?[ -](?:chain|analys\w+)\b"
    r"|\bwarum-(?:analyse|kette)",
    re.IGNORECASE,
)
"""A chain of whys, however its number is written."""
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


@functools.lru_cache(maxsize=16384)
def normal(text: str) -> str:
    """``text`` as wordings are compared: without case, accents, emoji, numbering, punctuation and marks."""
    plain = _LINK.sub(r"\1", _MARKUP.sub("", text.replace("’", "'"))).strip()
    plain = re.sub(r"(?<=n)'(?=t\b)|'(?=s\b)", "", plain)
    if plain.isascii():
        return _APART.sub(" ", _NUMBER.sub("", plain.replace("^", "").strip().lower()).replace("_", " ")).strip()
    plain = "".join(c for c in plain if unicodedata.category(c) not in {"So", "Cf", "Mn", "Sk"}).strip()
    plain = _NUMBER.sub("", plain.lower())
    parts = unicodedata.normalize("NFKD", plain)
    bare = "".join(c for c in parts if not unicodedata.combining(c))
    return _APART.sub(" ", bare.replace("_", " ")).strip()


class _Wordings:
    """Wordings to be found in normal text as whole words, by their first words; CJK has no words to keep whole."""

    def __init__(self, wordings: Iterable[str]) -> None:
        self._by_first: dict[str, list[str]] = {}
        self._cjk: list[str] = []
        for wording in dict.fromkeys(wordings):
            if _CJK.search(wording):
                self._cjk.append(wording)
            elif wording:
                self._by_first.setdefault(wording.split(" ", 1)[0], []).append(wording)

    def within(self, plain: str) -> Iterator[str]:
        """Those that stand in ``plain``, each once."""
        padded = f" {plain} "
        for first in self._by_first.keys() & set(plain.split()):
            yield from (wording for wording in self._by_first[first] if f" {wording} " in padded)
        if self._cjk and _CJK.search(plain):
            yield from (wording for wording in self._cjk if wording in plain)


MOST_WORDS = 9
"""Words of a heading that the beginnings of words are looked for in: a longer one is a sentence about something."""
MOST_BETWEEN = 3
"""Words that may stand between two parts of a wording in beginnings."""


def _begun(beginnings: str) -> re.Pattern[str]:
    """A pattern for words in order of which each begins as ``beginnings`` says; in CJK for parts in order.

    ``beginnings`` has at most six words, and each gap at most ``MOST_BETWEEN``: the pattern cannot run away.
    """
    parts = [re.escape(part) for part in normal(beginnings).split()[:6]]
    if _CJK.search(beginnings):
        return re.compile(r"[^\n]{0,8}?".join(parts))
    return re.compile(r"(?<!\w)" + rf"\w*(?: \w+){{0,{MOST_BETWEEN}}}? ".join(parts))


def _signs(wording: str) -> int:
    return 1 if _CJK.search(wording) else 2


@dataclass(frozen=True, slots=True)
class Match:
    """A field and how well a wording named it."""

    field: str
    wording: str
    exact: bool
    start: bool
    """Whether the text begins (CJK: or ends) with the wording."""
    share: float
    """Part of the text that the wording makes up."""


class Vocabulary:
    """The wordings of all languages together: documents mix them."""

    def __init__(self, tables: Iterable[dict[str, Any]]) -> None:
        self.fields: dict[str, list[str]] = {}
        self.lists: dict[str, dict[str, tuple[str, ...]]] = {"outcome": {}, "status": {}, "severity": {}, "cues": {}}
        self.words: dict[str, tuple[str, ...]] = {}
        self.months: dict[str, int] = {}
        self.begun: dict[str, dict[str, list[re.Pattern[str]]]] = {}
        """Of each field, by the first two signs of a wording in beginnings (CJK: the first), its patterns."""
        for table in tables:
            self._add(table)
        self.problems = frozenset(w for w, fields in self.fields.items() if "problems" in fields)
        self._fields = _Wordings(self.fields)
        self._keys: dict[str, dict[str, list[str]]] = {}
        for name, keyed in self.lists.items():
            known = self._keys.setdefault(name, {})
            for key, wordings in keyed.items():
                for wording in dict.fromkeys(wordings):
                    known.setdefault(wording, []).append(key)
        self._finders = {name: _Wordings(wordings) for name, wordings in self.words.items()}
        self._finders |= {name: _Wordings(known) for name, known in self._keys.items()}
        self._finders |= {f"cues.{key}": _Wordings(wordings) for key, wordings in self.lists["cues"].items()}

    def _add(self, table: dict[str, Any]) -> None:
        for name, value in table.items():
            if name == "fields":
                self._name(value)
            elif name == "months":
                for number, names in enumerate(value, 1):
                    self.months.update({normal(word): number for word in names.split()})
            elif name == "begun":
                for key, wordings in value.items():
                    by_first = self.begun.setdefault(key, {})
                    for wording in wordings:
                        by_first.setdefault(normal(wording)[: _signs(wording)], []).append(_begun(wording))
            elif name in self.lists:
                for key, wordings in value.items():
                    known = self.lists[name].get(key, ())
                    self.lists[name][key] = (*known, *(normal(w) for w in wordings))
            else:
                self.words[name] = (*self.words.get(name, ()), *(normal(w) for w in value))

    def _name(self, fields: dict[str, list[str]]) -> None:
        for fieldname, wordings in fields.items():
            for wording in wordings:
                held = self.fields.setdefault(normal(wording), [])
                if fieldname not in held:
                    held.append(fieldname)

    @functools.lru_cache(maxsize=4096)  # noqa: B019 - there is one vocabulary
    def loosely(self, text: str) -> Match | None:
        """The field that a heading or marked label names: by a wording, else by how its words begin."""
        found = self.field_of(text)
        enough = 0.9 if found and found.field == "notes" else 0.3 if found and found.start else 0.5
        if found is not None and found.exact:
            return found
        plain = normal(text)
        if not plain or len(plain.split()) > MOST_WORDS or (_CJK.search(plain) and len(plain) > 24):
            return found
        told = [
            (len(m[0]), name, m[0])
            for name in self.begun
            for m in self._begins(name, plain)
            if name != "change" and (name != "workaround" or len(m[0]) * 2 >= len(plain))  # "until then" says little
        ]
        _, name, words = max(told, default=(0, "", ""))
        sure = found is not None and found.share >= enough and found.wording not in words
        if not told or sure:  # "options that did not" says more than "options"
            return found
        return Match(name, words, exact=False, start=True, share=0.6)

    def _begins(self, name: str, plain: str) -> Iterator[re.Match[str]]:
        by_first = self.begun.get(name, {})
        firsts = {word[:2] for word in plain.split()} | set(plain if _CJK.search(plain) else "")
        patterns = (pattern for first in by_first.keys() & firsts for pattern in by_first[first])
        return (match for pattern in patterns if (match := pattern.search(plain)))

    def begins(self, name: str, text: str) -> bool:
        """Whether words of ``text`` begin as ``begun.<name>`` says."""
        return any(True for _ in self._begins(name, normal(text)))

    def field_of(self, text: str) -> Match | None:
        """The field that a heading or label names; the longest wording wins, one at its start before one inside."""
        plain = normal(text)
        if len(text) < 80 and _WHYS.search(text):
            return Match("whys", plain, exact=True, start=True, share=1.0)
        if not plain or len(plain) > 160:
            return None
        found = [self._match(wording, plain) for wording in self._fields.within(plain)]
        last = _CJK.search(plain) is not None  # where what a heading is about stands at its end
        return max(
            found,
            key=lambda m: (m.exact, m.start, last and plain.endswith(m.wording), len(m.wording), m.wording),
            default=None,
        )

    def _match(self, wording: str, plain: str) -> Match:
        names = [name for name in self.fields[wording] if name != "problems"] or ["problems"]
        start = plain.startswith(wording) or (bool(_CJK.search(plain)) and plain.endswith(wording))
        return Match(names[0], wording, plain == wording, start, len(wording) / len(plain))

    def best(self, name: str, text: str) -> str | None:
        """The key of list ``name`` whose longest wording stands in ``text``; None when none does."""
        found = [(len(wording), key) for wording, key in self.found(name, text)]
        return max(found)[1] if found else None

    def found(self, name: str, text: str) -> list[tuple[str, str]]:
        """The wordings of list ``name`` that stand in ``text``, each with its key."""
        known = self._keys[name]
        return [(wording, key) for wording in self._finders[name].within(normal(text)) for key in known[wording]]

    def holds(self, name: str, text: str) -> bool:
        """Whether a word of ``name`` (a top-level list, or ``cues.<key>``) stands in ``text``."""
        return any(self.within(name, text))

    def within(self, name: str, text: str) -> Iterator[str]:
        """The wordings of ``name``, as for ``holds``, that stand in ``text``."""
        finder = self._finders.get(name)
        return finder.within(normal(text)) if finder else iter(())


@functools.lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The wordings of all files of ``vocabulary``."""
    paths = sorted(FOLDER.glob("*.yaml"), key=lambda path: (path.stem != "en", path.stem))
    return Vocabulary(cast("dict[str, Any]", yamlio.parse(p.read_text(encoding="utf-8"), p.name).data) for p in paths)


def mends(label: str, text: str) -> bool:
    """Whether a label such as "fixes" stands before what failed rather than before what was changed."""
    verb = normal(label) in vocabulary().words.get("mends", ())
    first = " ".join(re.findall(r"\w+", text)[:1])
    changed = any(vocabulary().within("change", first))
    return verb and not changed and vocabulary().holds("cues.symptom", text)
