"""Blocks -> a tree of sections, each with the field that its heading names."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from causebook.importers._structure import Block
from causebook.importers._vocabulary import Match, normal, vocabulary

_COLON = re.compile(r"\s*(?<!\d):\s*|\s*:(?!\d)\s*|\s*：\s*|\s+[-–—]\s+")
_ATTEMPT_NUMBER = r"\W{0,3}#?\d{1,2}\b"
_UNIT_NUMBER = r"\W{0,3}#?(?:\d{1,3}|[a-h])\b"
_OPTION_NUMBER = r"\W{0,3}#?(?:\d{1,2}|[a-hа-е]|[一二三四五])(?!\w)"
_COUNTED = re.compile(
    r"\W*(?:phase|step|part|stage|section|schritt|teil|abschnitt|étape|partie|paso|parte|fase|etapa|passo|шаг|этап|часть|фаза"
    r"|フェーズ|ステップ|第|阶段|步骤|部分)\W{0,2}[\divx一二三四五六七八九十]{1,4}\s*(?:部分|阶段|步|章|部)?\W*$",
    re.IGNORECASE,
)
"""What counts a section and says nothing of it: "Phase 3"."""
LOOSE = frozenset({"notes", "summary", "people", "title", "branch", "id"})
"""Fields that say little: a heading of theirs does not set what lies below it."""
STICKY = frozenset({
    "lessons", "actions", "attempts", "timeline", "references", "files", "plan", "options", "criteria", "commands",
    "whys", "went_well", "went_poorly", "lucky", "decisions", "prevention", "verification", "environment", "questions",
    "techniques",
})  # fmt: skip
"""Fields whose sections keep what stands below them, whatever labels are used inside."""


@dataclass(slots=True)
class Section:
    """A heading, what stands below it up to the next one, and the sections inside."""

    title: str
    level: int
    heading: Block | None = None
    parent: Section | None = None
    own: str | None = None
    """The field its own heading names."""
    exact: bool = False
    """Whether the heading is a wording as a whole."""
    value: str = ""
    """What the heading says behind its wording: ``Status: done``."""
    unit: bool = False
    """Whether it tells of one incident of several."""
    blocks: list[Block] = field(default_factory=list)
    children: list[Section] = field(default_factory=list)

    @property
    def path(self) -> tuple[str, ...]:
        """The headings that lead here."""
        above = self.parent.path if self.parent else ()
        return (*above, self.title) if self.title else above

    @property
    def fieldname(self) -> str | None:
        """The field of its heading or of the nearest one above that has one."""
        if self.own is not None:
            return self.own
        return self.parent.fieldname if self.parent else None

    def walk(self) -> Iterator[Section]:
        """It and all sections inside, in order."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def first(self) -> int:
        """Its first line."""
        return self.heading.first if self.heading else min((b.first for b in self.blocks), default=1)


def heading_field(text: str, above: str | None, *, top: bool) -> tuple[str | None, str]:
    """The field that a heading names, below one that names ``above``; and a value that it holds itself."""
    if top:
        return None, ""
    if attempt_of(text) is not None and above != "fix":
        return "attempt", ""
    head, value = split_heading(text)
    if value and _COUNTED.match(head):
        head, value = split_heading(value)
    match = vocabulary().loosely(head) or (vocabulary().loosely(text) if value else None)
    if match is None or not _is_meant(match, text, above):
        return None, ""
    if match.field == "references" and not match.exact and vocabulary().holds("change", text):
        return "files", ""
    if not match.exact and match.field in {"status", "date", "severity", "title", "branch", "people", "updated"}:
        return (match.field, value) if value and match.share >= 0.5 else (None, "")
    return match.field, value if match.exact or match.share > 0.5 else ""


def _is_meant(match: Match, text: str, above: str | None) -> bool:
    """Whether a heading that holds a wording is about its field, given what stands above it."""
    ends = match.field == "impact" and normal(text).endswith(match.wording)
    if not (match.exact or match.start or match.share >= 0.3 or ends):
        return False
    if match.field == "cause" and not match.exact and match.share < 0.2 and match.start and text.isascii():
        return False  # "why I sat down to this" gives no cause
    numbered = re.match(r"\W*\d{1,3}[.):、]", text) is not None
    if numbered and above and above not in LOOSE and not match.exact:
        return False
    if above in {"cause", "fix", "verification"} and match.field in _SAID_INSIDE and not _leaves_cause(match):
        return False
    if above in STICKY and not _may_leave(above, match.field, exact=match.exact):
        return False
    return not (match.field in LOOSE and above and above not in LOOSE)


_SAID_INSIDE = frozenset({"symptom", "errors", "cause", "questions", "actions", "environment", "detection", "trigger"})
"""Fields that a heading within a cause or fix speaks of without leaving it: "primary issue", "1. Config error"."""
_CORE = frozenset(
    {
        "symptom",
        "cause",
        "fix",
        "lessons",
        "actions",
        "timeline",
        "files",
        "commits",
        "whys",
        "impact",
        "attempts",
        "verification",
    }
)


def _leaves_cause(match: Match) -> bool:
    """Whether a heading below a cause or fix speaks of something else: "primary issue" is still the cause."""
    return match.exact and (
        match.field != "symptom" or re.match("s[iy]n?[mt]|симптом|症|现象|現象", match.wording) is not None
    )


def _may_leave(above: str | None, below: str, *, exact: bool) -> bool:
    if above == "attempts" and below in {"symptom", "errors", "impact"}:
        return False
    if above == "lessons" and below in {"went_well", "went_poorly", "lucky", "symptom", "cause"}:
        return False
    return exact and below in _CORE and above != below


def split_heading(text: str) -> tuple[str, str]:
    """A heading before and behind its first colon or dash."""
    parts = _COLON.split(text, maxsplit=1)
    return (parts[0], parts[1]) if len(parts) == 2 else (text, "")


@functools.cache
def _counting(name: str, number: str) -> re.Pattern[str]:
    """The pattern of a word of list ``name`` with a number, at the start of a text."""
    words = "|".join(_loosely(word) for word in vocabulary().words.get(name, ()))
    return re.compile(
        rf"\W{{0,40}}(?:\d{{1,2}}[:h]\d{{2}}\W{{1,6}})?(?:\d{{1,9}}[.)]\s*)?(?:{words}){number}[^\w`(\[]*",
        re.IGNORECASE,
    )


def _loosely(word: str) -> str:
    return r"\s*".join(re.escape(part) for part in word.split())


def attempt_of(text: str) -> str | None:
    """What ``Attempt 3: …`` says behind its number; None where ``text`` does not begin so."""
    if not re.search(r"\d", text[:60]):
        return None
    return _behind_number(unicodedata.normalize("NFC", text), "attempt", _ATTEMPT_NUMBER)


def unit_of(text: str) -> str | None:
    """What ``Incident 3: …`` says behind its number."""
    return _behind_number(text, "unit", _UNIT_NUMBER) if re.search(r"\d|[A-H]\b", text[:60]) else None


def option_of(text: str) -> str | None:
    """What ``Option B: …`` says behind its letter or number."""
    return _behind_number(text, "option", _OPTION_NUMBER)


def _behind_number(text: str, name: str, number: str) -> str | None:
    """What follows a word of list ``name`` with its number, accents and emphasis aside; None where none begins it."""
    kept = [(at, c) for at, c in enumerate(text[:200]) if c != "*"]
    folded = "".join(" " if c == "_" else c if c.isascii() else unicodedata.normalize("NFKD", c)[:1] for _, c in kept)
    found = _counting(name, number).match(folded)
    if found is None:
        return None
    return text[kept[found.end()][0] :].strip() if found.end() < len(kept) else text[200:].strip()


_ALL_BOLD = re.compile(r"^\s*(?:\*\*|__)([^*\n]+?)(?:\*\*|__)\s*[:：]?\s*$")
BELOW = 7
"""Level of what only looks like a heading: below all that are."""


def promoted(blocks: list[Block], named: Callable[[str], bool]) -> list[Block]:
    """Blocks with headings for bold lines that count incidents or attempts, for items and rows that each tell of one.

    ``named`` says whether a line begins with the label of a field that a failure has.
    """
    items = [n for n, block in enumerate(blocks) if block.kind == "item" and _tells_of_one(blocks, n, named)]
    chosen = set(items) if len(items) >= 2 else set()
    out: list[Block] = []
    above = ""
    for index, block in enumerate(blocks):
        above = block.text if block.kind == "heading" else above
        if block.kind == "table" and (rows := _rows_of_problems(block, above)):
            out += rows
            continue
        bold = _ALL_BOLD.match(block.source) if block.kind == "paragraph" and len(block.lines) == 1 else None
        led = _ALL_BOLD.match(block.lines[0]) if block.kind == "paragraph" and len(block.lines) > 1 else None
        if led and unit_of(led[1]) is not None:  # its labels follow without a blank line
            head, rest = block.lines[:1], block.lines[1:]
            out.append(replace(block, kind="heading", level=BELOW, text=led[1], last=block.first, lines=head))
            out.append(replace(block, first=block.first + 1, lines=rest))
        elif bold and (unit_of(bold[1]) is not None or attempt_of(bold[1]) is not None):
            out.append(replace(block, kind="heading", level=BELOW, text=bold[1]))
        elif index in chosen:
            text = f"{block.number} {plain_title(block.text)}".strip()
            out.append(replace(block, kind="heading", level=BELOW, text=text))
        else:
            out.append(block)
    return out


def _rows_of_problems(block: Block, above: str) -> list[Block]:
    """A table of two or more problems with their fixes, below a heading that says so, as a section a row."""
    cells = [[c.strip() for c in re.split(r"(?<!\\)\|", line.strip().strip("|"))] for line in block.lines]
    matches = [vocabulary().field_of(cell) for cell in cells[0]]
    fields = [match.field if match and match.exact else "" for match in matches]
    wordings = vocabulary().field_of(above)
    listed = bool(wordings and (wordings.field == "problems" or wordings.wording in vocabulary().problems))
    seen = next((n for n, name in enumerate(fields) if name in {"symptom", "errors", "problems"}), None)
    if seen is None or not listed or not {"fix", "workaround", "cause"} & set(fields) or len(cells) < 4:
        return []
    out = [replace(block, last=block.first + 1, lines=block.lines[:2])]
    for number, row in enumerate(cells[2:], block.first + 2):
        if len(row) <= seen or not row[seen]:
            return []
        line = block.lines[number - block.first]
        out.append(Block("heading", number, number, (line,), level=BELOW, text=row[seen]))
        for head, cell in zip(cells[0], row, strict=False):
            if cell:
                out.append(Block("paragraph", number, number, (f"**{head}:** {cell}",)))
    return out


def _tells_of_one(blocks: list[Block], index: int, named: Callable[[str], bool]) -> bool:
    """Whether a short item has items below it with the labels of a failure."""
    block = blocks[index]
    if block.level or "\n" in block.text or len(block.text) > 120 or named(block.text):
        return False
    below = 0
    for one in blocks[index + 1 :]:
        if one.kind in {"heading", "rule"} or (one.kind == "item" and one.level == 0):
            break
        below += one.kind == "item" and named(one.text)
    return below >= 2


def tree(blocks: list[Block]) -> Section:
    """The sections of a document; what stands before the first heading belongs to the root."""
    root = Section("", 0)
    open_: list[Section] = [root]
    seen = 0
    for block in blocks:
        if block.kind != "heading":
            open_[-1].blocks.append(block)
            continue
        seen += 1
        while open_[-1].level >= block.level:
            open_.pop()
        parent = open_[-1]
        top = seen == 1 or (block.level == 1 and parent is root and seen <= 2 and not parent.children)
        title = plain_title(block.text)
        own, value = heading_field(title, parent.fieldname, top=top and not _names_field(title))
        match = vocabulary().field_of(split_heading(title)[0]) if own else None
        beside = parent.children[-1].own if parent.children else None
        if beside in _REVIEW and own not in _REVIEW and vocabulary().holds("poorly", title):
            own = "went_poorly"
        section = Section(title, block.level, block, parent, own, bool(match and match.exact), value)
        parent.children.append(section)
        open_.append(section)
    return root


_REVIEW = frozenset({"went_well", "went_poorly", "lucky"})
"""Sections of a review: beside them "what went wrong" speaks of the handling, not of the failure."""


def _names_field(text: str) -> bool:
    match = vocabulary().field_of(text)
    return bool(
        match
        and match.exact
        and match.field in {"symptom", "cause", "errors", "summary", "objective"}
        and len(normal(text)) < 20
    )


def plain_title(text: str) -> str:
    """A heading without emphasis and link targets; its words stay as they are."""
    text = re.sub(r"!?\[([^\[\]]{0,400})\]\([^()]{0,600}\)", r"\1", text)
    return re.sub(r"\*\*|__(?=\S)|(?<=\S)__", "", text).strip()
