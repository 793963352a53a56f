"""Sections -> pieces: each a run of lines with the field it belongs to, read from headings, labels and position."""

from __future__ import annotations

import dataclasses
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace

from causebook.importers._evidence import fenced_errors, shows_error
from causebook.importers._labels import field_of_label, label_of, names_field
from causebook.importers._sections import LOOSE, STICKY, Section, attempt_of, option_of, plain_title
from causebook.importers._structure import Block
from causebook.importers._vocabulary import Match, mends, normal, vocabulary

COLUMNS = frozenset({"symptom", "errors", "cause", "fix", "workaround", "prevention", "impact", "verification"})
"""Fields that a column of a table may hold."""
HEADED = frozenset({
    "lessons", "attempts", "symptom", "cause", "contributing", "fix", "verification", "impact", "outcome", "workaround",
    "actions", "plan", "decisions", "prevention", "options", "questions", "techniques",
})  # fmt: skip
"""Fields that what a heading below them says belongs to, where it names no field of its own."""
LED = frozenset({"attempts", "lessons", "actions", "workaround", "prevention", "verification"})
"""Fields of a list that a line of prose may lead to."""
SCALARS = frozenset({"date", "updated", "status", "severity", "title", "people", "branch", "notes"})
"""Fields of one value: what follows their label's line is not theirs."""


@dataclass(slots=True)
class Piece:
    """Lines of the document that belong to one field; an empty ``field`` is one that nothing names."""

    field: str
    text: str
    """The text without the label or list mark that was read."""
    first: int
    last: int
    path: tuple[str, ...]
    kind: str = "paragraph"
    label: str = ""
    raw: str = ""
    """The lines as they stand."""
    checked: bool | None = None
    number: str = ""
    section: Section | None = None
    language: str = ""
    """Of a fence: the word behind its mark."""
    code: list[str] = dataclasses.field(default_factory=list)
    """Fenced text inside."""


_DIGIT = re.compile(r"^[^`]*?\d|[一二三四五六七八九十]")
"""What a date has outside of code."""
_FOOT = re.compile(r"[ \t]*([*_])(?![*_\s])[^\n]{1,400}(?<![*_\s])\1[ \t]*")
_PIPES = re.compile(r"[ \t]+[|·•][ \t]+|[ \t]*\|[ \t]*(?=\*\*)")


class Gatherer:
    """Goes over the sections of a document in order."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.headings: list[tuple[Section, str]] = []
        """Headings whose words stand nowhere else, with what they were read as."""
        self.section: Section = Section("", 0)
        self.base = ""
        self.current = ""
        self.item: Piece | None = None
        self.depth = 0
        self.choice: Piece | None = None
        """The option whose text follows."""
        self.ruled = False
        """Whether a rule stood in this section: what follows may be the foot of the whole document."""
        self.next: Block | None = None
        """The block of words that follows in this section."""
        self.led: str | None = None
        """The field that text has again behind a list or fence that a line led to."""

    def run(self, root: Section) -> list[Piece]:
        for section in root.walk():
            self._open(section)
            for index, block in enumerate(section.blocks):
                self.next = next((one for one in section.blocks[index + 1 :] if one.kind != "blank"), None)
                self._block(block)
        return self.pieces

    def _open(self, section: Section) -> None:
        self.section, self.item, self.choice, self.ruled, self.led = section, None, None, False, None
        base = section.fieldname or ""
        if base == "problems":
            base = "symptom"
        self.base = self.current = base
        heading = section.heading
        if heading is None:
            return
        above = section.parent.fieldname if section.parent else None
        lesson = above in HEADED and (section.own is None or (section.own == above and not section.exact))
        lesson = lesson and not section.unit
        if section.own == "attempt" or lesson:
            self._add(heading, section.own or above or "", section.title, kind="head")
        elif section.value and section.own:
            self._add(heading, section.own, section.value, kind="value", label=section.title)

    def _add(self, block: Block, fieldname: str, text: str, **more: object) -> Piece:
        piece = Piece(fieldname, text, block.first, block.last, self.section.path, section=self.section)
        piece.raw = block.source
        for key, value in more.items():
            setattr(piece, key, value)
        self.pieces.append(piece)
        return piece

    def _block(self, block: Block) -> None:
        if block.kind in {"blank", "heading"}:
            return
        if block.kind == "rule":
            self.current, self.item, self.ruled, self.led = self.base, None, True, None
        elif block.kind == "front":
            self._front(block)
        elif block.kind == "paragraph":
            self._paragraph(block)
        elif block.kind == "item":
            self._item(block)
        elif block.kind == "links":
            self._add(block, "references", block.source.strip(), kind="link")
        elif block.kind == "html":
            hidden = block.source.lstrip().startswith("<!--") or not re.sub(r"<[^<>]*>", "", block.source).strip()
            self._add(block, "" if hidden else self.current, block.source, kind="html")
        else:
            self._solid(block)

    def _solid(self, block: Block) -> None:
        """A fence, quote or table: it belongs to the item or label above it."""
        if block.kind == "table" and self._table(block):
            self.item = None
            return
        code = "\n".join(block.lines[1:-1]) if block.kind == "fence" else ""
        indented = len(block.lines[0]) - len(block.lines[0].lstrip())
        if self.item is not None and indented > self.depth:
            self.item.text += "\n" + block.source
            self.item.raw += "\n" + block.source
            self.item.last = block.last
            self.item.code += [code] if code else []
            return
        self.item = None
        text = textwrap.dedent(block.source)
        owned = block.kind == "table" and self.current in {"fix", "", "outcome", "cause"} and _has_owners(block)
        name = "actions" if owned else self.choice.field if self.choice else self.current
        piece = self._add(block, name, text, kind=block.kind, language=block.text.split(" ", 1)[0].lower())
        piece.code = [textwrap.dedent(code)] if code else []

    def _table(self, block: Block) -> bool:
        """Read a table whose first column or whose head names fields; False where neither does."""
        if self._keeps():
            return False
        cells = [[c.strip() for c in re.split(r"(?<!\\)\|", line.strip().strip("|"))] for line in block.lines]
        head = [match.field if (match := field_of_label(plain_title(c), marked=False)) else "" for c in cells[0]]
        if sum(name in COLUMNS for name in head) >= 2:
            self._columns(block, cells, head)
            return True
        first = [field_of_label(plain_title(row[0]), marked=True) for row in cells]
        if (
            len(cells[0]) == 2
            and sum(m is not None for m in first) * 2 > len([r for r in cells if any(c.strip(":-") for c in r)]) - 1
        ):
            for offset, (row, match) in enumerate(zip(cells, first, strict=True)):
                one = Block("table", block.first + offset, block.first + offset, (block.lines[offset],))
                if any(c.strip(":-") for c in row):
                    value = row[1] if len(row) > 1 else ""
                    name = match.field if match and not (offset == 0 and len(cells) > 1) else "notes"
                    self._add(one, name, value, kind="row", label=row[0])
            return True
        return False

    def _columns(self, block: Block, cells: list[list[str]], head: list[str]) -> None:
        for offset, row in enumerate(cells[1:], 1):
            number = block.first + offset
            one = Block("table", number, number, (block.lines[offset],))
            for name, cell in zip(head, row, strict=False):
                if cell.strip(":- "):
                    piece = self._add(one, name if name in COLUMNS else self.current, cell, kind="row")
                    piece.label = "" if name else "row"

    def _front(self, block: Block) -> None:
        """``key: value`` lines; deeper lines belong to the key above."""
        start = block.first + 1
        entry: list[str] = []
        for number, line in enumerate([*block.lines[1:-1], "end:"], block.first + 1):
            if entry and re.match(r"[\w]", line):
                self._front_entry(entry, start, number - 1)
                entry = []
            if not entry:
                start = number
            entry.append(line)

    def _front_entry(self, lines: list[str], first: int, last: int) -> None:
        raw = "\n".join(lines).rstrip()
        key, _, value = raw.partition(":")
        match = field_of_label(key, marked=False)
        name = match.field if match else "notes"
        if name in {"commits", "references", "outcome", "files", "commands"} and not re.search(
            r"[\w/]\.\w|://|#\d", value
        ):
            name = "notes"
        piece = Piece(name, value.strip().strip("\"'"), first, last, self.section.path, "front", key.strip(), raw)
        piece.section = self.section
        if raw.strip():
            self.pieces.append(piece)

    def _paragraph(self, block: Block) -> None:
        self.item = self.choice = None
        if self.led is not None:
            self.current, self.led = self.led, None
        held: Piece | None = None
        for offset, line in enumerate(block.lines):
            number = block.first + offset
            parts = self._parts(line)
            for part in parts:
                if self.ruled and self._is_foot(part):
                    self._add(Block("paragraph", number, number, (line,)), "notes", part.strip())
                    continue
                labelled = self._labelled(part, number, line)
                if labelled is not None:
                    held = labelled if labelled.field not in SCALARS else None
                elif held is not None:
                    held.text = f"{held.text}\n{part}".strip("\n")
                    held.raw += "\n" + line
                    held.last = number
                else:
                    one = Block("paragraph", number, number, (line,))
                    held = self._add(one, self.current, part.strip())

    @staticmethod
    def _is_foot(text: str) -> bool:
        """Whether a line behind a rule is all in italics and names no field."""
        found = label_of(text.strip())
        match = field_of_label(found[0], marked=True) if found else None
        return _FOOT.fullmatch(text) is not None and not (match and match.exact)

    @staticmethod
    def _parts(line: str) -> list[str]:
        """A line of several labels as its parts."""
        parts = _PIPES.split(line, maxsplit=40)
        labelled = [p for p in parts if (found := label_of(p)) and (found[2] or field_of_label(found[0], marked=False))]
        return parts if len(parts) > 1 and len(labelled) >= 2 else [line]

    def _labelled(self, text: str, number: int, line: str) -> Piece | None:
        """The piece that a label at the start of ``text`` opens; None where there is none."""
        found = label_of(text.strip())
        if found is None:
            return None
        label, value, marked = found
        one = Block("paragraph", number, number, (line,))
        if marked and (counted := self._counted(one, text, label)) is not None:
            return counted
        match = self._meant(field_of_label(label, marked=marked), label, value)
        foot = match is not None and match.exact and (self.ruled or match.field == "status") and match.field in SCALARS
        if self.base == "whys" and match is not None and match.exact and match.field in {"cause", "fix", "lessons"}:
            foot = True  # the chain is at its end
        if (self.base in STICKY or self.base == "attempt") and not foot:
            return self._add(one, self.base, text.strip(), label=label) if marked else None
        if match is None and marked:
            self.current = self.base
            return self._add(one, self.current, text.strip(), label=label)
        if match is None:
            return None if value else self._leading(one, label)
        if match.field not in SCALARS and not (match.field in {"commands", "reproduction"} and value):
            self.current = match.field
        return self._add(one, match.field, value, label=label)

    def _leading(self, one: Block, label: str) -> Piece | None:
        """The piece of a line such as "Before that we tried:", which says what the list or fence below it holds."""
        led = self._leads_to(label)
        if not led:
            return None
        self.led, self.current = self.current, led
        return self._add(one, led, "", label=label)

    def _leads_to(self, label: str) -> str:
        match = vocabulary().loosely(label) if self.next is not None else None
        if match is None or self.next is None or match.share < 0.5:
            return ""
        if match.field == "errors":
            shows = self.base in {"", *LOOSE} or any(fenced_errors("\n".join(self.next.lines[1:-1])))
            return "errors" if self.next.kind == "fence" and shows else ""
        return match.field if match.field in LED and self.next.kind in {"item", "table"} else ""

    def _counted(self, one: Block, text: str, label: str) -> Piece | None:
        """The piece of a label that counts: an attempt, an option of a plan."""
        if attempt_of(label) is not None:
            self.current = "attempts"
            return self._add(one, "attempt", text.strip(), label=label)
        if self.base in {"plan", "options", "decisions", "actions"} and option_of(label) is not None:
            self.choice = self._add(one, "options", text.strip(), label=label)
            return self.choice
        return None

    def _item(self, block: Block) -> None:
        keeps = self.base in STICKY or self.base == "attempt"
        at = 0 if keeps else next((n for n, line in enumerate(block.lines) if n and names_field(line)), 0)
        if at:  # authors mean it to end the list, although Markdown joins it to the last item
            start = block.first + at
            told = "\n".join(block.text.split("\n")[:at])
            self._item(replace(block, last=start - 1, lines=block.lines[:at], text=told))
            self._paragraph(Block("paragraph", start, block.last, block.lines[at:]))
            return
        self.choice = None
        if self.item is not None and block.level > self.depth:
            self.item.text += "\n" + block.source
            self.item.raw += "\n" + block.source
            self.item.last = block.last
            return
        self.depth = block.level
        name, text, label = self.current, block.text, ""
        found = label_of(block.text)
        if found is not None:
            label = found[0]
            match = None if self._keeps() else self._meant(field_of_label(label, marked=found[2]), label, found[1])
            undated = match is not None and match.field in {"date", "updated"} and not _DIGIT.search(found[1])
            if found[2] and attempt_of(label) is not None:
                name = "attempt"
            elif match is not None and not undated:
                name, text = match.field, found[1]
        elif attempt_of(block.text) is not None and self.base in {"attempts", ""}:
            name = "attempt"
        self.item = self._add(block, name, text, kind="item", label=label, checked=block.checked, number=block.number)

    def _meant(self, match: Match | None, label: str, value: str) -> Match | None:
        """A label that only holds a wording says little below a heading that names a field of its own.

        One that holds a word for errors names one only where its value is one.
        """
        if (match is None or match.field == "fix") and self.base in {"", *LOOSE, "impact"} and mends(label, value):
            return Match("symptom", normal(label), exact=True, start=True, share=1.0)
        if match is None:
            return None
        if match.field == "errors" and not match.exact and value and not shows_error(value):
            return None
        vague = not match.exact and match.share < 0.6
        return None if vague and self.base and self.base not in LOOSE else match

    def _keeps(self) -> bool:
        """Whether items here keep their field whatever label they begin with."""
        return self.base in STICKY or self.base == "attempt" or self.current in STICKY


def _has_owners(block: Block) -> bool:
    """Whether a table says who does what until when: it lists work, wherever it stands."""
    cells = block.lines[0].strip().strip("|").split("|")
    return any(vocabulary().holds("owner", cell) and len(cell) < 30 for cell in cells)


def joined(pieces: list[Piece], *, raw: bool = False) -> str:
    """The text of pieces in order: lines that followed each other stay together."""
    out = ""
    last = -9
    for piece in pieces:
        text = piece.raw if raw or (piece.kind == "item" and not piece.label) else piece.text
        if not text.strip():
            continue
        gap = "\n" if piece.first - last <= 1 else "\n\n"
        out += (gap if out else "") + text.strip("\n")
        last = piece.last
    return textwrap.dedent(out).strip()


def distinct(pieces: list[Piece]) -> list[Piece]:
    """Pieces without those that show a line again: two labels on one line are two pieces of it."""
    seen: set[int] = set()
    out = []
    for piece in pieces:
        if piece.first not in seen:
            out.append(piece)
        seen.update(range(piece.first, piece.last + 1))
    return out


def runs(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """Pieces of the same section and label that follow each other."""
    run: list[Piece] = []
    for piece in pieces:
        if run and piece.section is not run[-1].section:
            yield run
            run = []
        run.append(piece)
    if run:
        yield run
