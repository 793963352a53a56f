"""Finds what must not be published (keys, passwords, personal data) and puts typed marks in its place.

Import redacts before it writes, and the checks hold entries written by hand against the same rules.

Why the rules are ours, and no package's: detect-secrets 1.5.0, the best kept detector that Python can install, was
run with its defaults over the cases of ``tests/test_redaction.py`` as a Markdown file: of 57 secrets it found 27, of
145 look-alikes it took 25 for secrets (digests, ``settings.DB_PASSWORD``, ``changeme``), at a fortieth of the speed.
What it does best are the forms of tokens that their makers publish; those are in ``_forms``, beside many more, save
IBM's and Artifactory's passwords, which have hardly a form. It knows no e-mail address, home folder, private host,
cookie or header. Some of its patterns have unbounded repeats, and it brings requests, to ask the makers over the
network. As an extra it would make what an import writes depend on the machine. gitleaks and trufflehog are programs
in Go, presidio brings a language model, ggshield sends the text away.

Every repeat in a pattern here has an upper bound and holds no other repeat, and every search starts at a fixed word or
at the start of a run, so the time grows with the length of the text and nothing else; a test reads the patterns for it.
"""

from __future__ import annotations

import fnmatch
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from causebook.redaction import _traces
from causebook.redaction._span import Span

KINDS = {
    "private key": "a private key",
    "token": "a key or token",
    "password": "a password",
    "cookie": "a cookie",
    "secret": "a value named as a secret",
    "email": "an e-mail address",
    "home": "a home folder",
    "user": "a user name",
    "login": "a login at a host",
    "host": "a private host",
}
"""The words that stand in marks, and what each stands for."""
SHAPES = frozenset({"private key", "token", "password", "cookie"})
"""Kinds told by their form or place: hardly ever wrong."""
PERSONAL = frozenset({"email", "home", "user", "login", "host"})
"""Kinds that are no secret, and still nobody's business."""
_MARK = re.compile(rf"\[({'|'.join(KINDS)})(?: (\d{{1,6}}))?\]")
_MOST_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that was taken out; what it was is not kept."""

    kind: str
    """One of ``KINDS``."""
    line: int
    label: str
    """The mark as it stands in the text: ``[email]``, or ``[email 2]`` where the text holds several."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text in which marks stand for what must not be published."""

    text: str
    """As many lines as before."""
    marks: tuple[Mark, ...] = ()
    """In the order of the text."""
    allowed: int = 0
    """How many findings stayed because they are allowed."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something that must not be published: what, and on which line of the text it begins."""

    kind: str
    line: int


def redact(text: str, allow: Sequence[str] = ()) -> Redacted:
    """``text`` with marks; the same thing gets the same mark, numbered where there are several of a kind.

    What lies within a text of ``allow`` stays; ``*`` in it stands for anything, as in ``*@example.org``. Redacting
    again changes nothing.
    """
    marks: list[Mark] = []
    allowed = 0
    for _ in range(_MOST_ROUNDS):  # a mark can make the end of a word of what stood beside it
        spans, left = _search(text, allow)
        allowed = allowed or left
        if not spans:
            break
        text, made = _marked(text, spans)
        marks += made
    return Redacted(text, tuple(sorted(marks, key=lambda m: m.line)), allowed)


def find(text: str, allow: Sequence[str] = ()) -> tuple[Found, ...]:
    """What must not be published in ``text``, in its order."""
    starts = _starts(text)
    return tuple(Found(s.kind, bisect_right(starts, s.start)) for s in _search(text, allow)[0])


def find_among(texts: Sequence[str], allow: Sequence[str] = ()) -> Iterator[tuple[int, tuple[Found, ...]]]:
    """The number of each of ``texts`` that holds something, and what ``find`` gives for it.

    Where nothing is found, much faster than to search each by itself.
    """
    for number in _traces.suspects(texts):
        if found := find(texts[number], allow):
            yield number, found


def told(redacted: Redacted) -> tuple[str, ...]:
    """What was taken out and what was allowed to stay, a line for each mark; never the thing itself."""
    lines: dict[tuple[str, str], list[int]] = {}
    for mark in redacted.marks:
        lines.setdefault((mark.kind, mark.label), []).append(mark.line)
    said = [f"{label} put in place of {KINDS[kind]}: {_lines(on)}" for (kind, label), on in lines.items()]
    if redacted.allowed:
        said.append(f"left as allowed: {redacted.allowed} that would have been redacted")
    return tuple(said)


def _lines(numbers: list[int]) -> str:
    shown = sorted(set(numbers))
    more = f" and {len(shown) - 12} more" if len(shown) > 12 else ""
    return ", ".join(f"line {number}" for number in shown[:12]) + more


def _search(text: str, allow: Sequence[str]) -> tuple[list[Span], int]:
    """Spans to take out, sorted, apart from one another and from marks; and how many are allowed."""
    from causebook.redaction import _forms, _named, _personal  # hundreds of patterns, and few texts are searched

    kept = [m.span() for m in _MARK.finditer(text)]
    stays = sorted(_allowed_places(text, allow))
    wild = [re.compile(fnmatch.translate(one.replace("[", "[[]"))) for one in allow if "*" in one]
    spans: list[Span] = []
    left = 0
    found = chain(_forms.find(text), _named.find(text), _personal.find(text))
    for span in _apart(sorted(found, key=lambda s: s.start)):
        if _inside(span, kept, touching=True):
            continue
        if _inside(span, stays, touching=False) or any(w.match(text[span.start : span.end]) for w in wild):
            left += 1
        else:
            spans.append(span)
    return spans, left


def _apart(spans: list[Span]) -> Iterator[Span]:
    """Overlapping spans made one, of the kind that is the surer."""
    order = list(KINDS)
    held: Span | None = None
    for span in spans:
        if held is None or span.start >= held.end:
            if held is not None:
                yield held
            held = span
        else:
            kind = min(held.kind, span.kind, key=order.index)
            held = Span(held.start, max(held.end, span.end), kind)
    if held is not None:
        yield held


def _allowed_places(text: str, allow: Sequence[str]) -> Iterator[tuple[int, int]]:
    for one in allow:
        at = text.find(one) if one and "*" not in one else -1
        while at >= 0:
            yield at, at + len(one)
            at = text.find(one, at + len(one))


def _inside(span: Span, places: list[tuple[int, int]], *, touching: bool) -> bool:
    """Whether ``span`` lies within one of the sorted ``places``, or with ``touching`` overlaps one."""
    at = bisect_right(places, (span.end, 0))
    for first, last in reversed(places[max(0, at - 8) : at]):
        if (first < span.end and span.start < last) if touching else (first <= span.start and span.end <= last):
            return True
    return False


def _marked(text: str, spans: list[Span]) -> tuple[str, list[Mark]]:
    """``text`` with the spans replaced, and the marks."""
    labels = _labels(text, spans)
    starts = _starts(text)
    parts: list[str] = []
    marks: list[Mark] = []
    at = 0
    for span, label in zip(spans, labels, strict=True):
        line = bisect_right(starts, span.start)
        parts += [text[at : span.start], label, "\n" * text.count("\n", span.start, span.end)]
        marks.append(Mark(span.kind, line, label))
        at = span.end
    return "".join([*parts, text[at:]]), marks


def _labels(text: str, spans: list[Span]) -> list[str]:
    """The mark of each span: numbered by what stood there, unless it is the only one of its kind."""
    highest: dict[str, int] = {}
    for held in _MARK.finditer(text):
        highest[held[1]] = max(highest.get(held[1], 1), int(held[2] or 1))
    first = dict(highest)
    numbers: dict[tuple[str, str], int] = {}
    for span in spans:
        key = (span.kind, text[span.start : span.end])
        if key not in numbers:
            numbers[key] = highest[span.kind] = highest.get(span.kind, 0) + 1
    several = Counter(kind for kind, _ in numbers)
    labels = []
    for span in spans:
        number = numbers[span.kind, text[span.start : span.end]]
        alone = several[span.kind] == 1 and span.kind not in first
        labels.append(f"[{span.kind}]" if alone else f"[{span.kind} {number}]")
    return labels


def _starts(text: str) -> list[int]:
    """Where each line begins."""
    return [0, *(m.end() for m in re.finditer("\n", text))]
