"""YAML text to data with positions, and data to YAML text; the only file that imports yaml.

Every scalar is text: the schema, not YAML, says what is a number or a date. (A loader with types reads the
tag ``on`` as True and the commit ``0123456`` as the number 42798.) The tree is built from parser events with a
stack of our own, because PyYAML's C composer recurses and crashes the process on a hundred thousand brackets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

import yaml

from causebook.errors import Place, YamlError

Data = dict[str, Any] | list[Any] | str | None
"""What a YAML value becomes: mappings with text keys, lists, text, or None for an empty value."""
Path = tuple[str | int, ...]
"""The way to a value: keys and list indexes from the root."""

MAX_DEPTH = 40
"""Deepest nesting accepted. The entry schema needs 5."""
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Node:
    """One value and where it stands: ``start`` and ``end`` are offsets into the text, in characters."""

    start: int
    end: int
    data: Data
    flow: bool = False
    children: dict[str | int, Node] = field(default_factory=lambda: _NONE)
    keys: dict[str, int] = field(default_factory=lambda: _NO_KEYS)
    """Offset of each key of a mapping."""


_NONE: dict[str | int, Node] = {}
_NO_KEYS: dict[str, int] = {}
"""Shared by all scalars, which have no children; nothing is ever put into them."""


@dataclass(frozen=True)
class Document:
    """A parsed file: ``data`` to read and positions to point at; ``yamledit`` changes its text."""

    name: str
    text: str
    data: Data
    """The whole value; empty values of mappings are left out, as if not written."""

    @cached_property
    def root(self) -> Node:
        """The values with their positions: made anew, since hardly any file is asked for them."""
        return _tree(self.text, self.name)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Every text of ``data``, as ``strings`` gives them."""
        return tuple(_texts([self.data], []))

    def place(self, path: Path = (), *, key: bool = False) -> Place:
        """Where the value at ``path`` stands (with ``key``: its key); for a missing one, its nearest parent."""
        node, offset = self.root, self.root.start
        for step in path:
            child = node.children.get(step)
            if child is None:
                break
            offset = node.keys.get(str(step), child.start) if key else child.start
            node = child
        return place_at(self.name, self.text, offset)

    def find(self, path: Path) -> Node | None:
        """The value at ``path``; None where there is none."""
        node: Node | None = self.root
        for step in path:
            node = node.children.get(step) if node else None
        return node


def place_at(name: str, text: str, offset: int) -> Place:
    """The place of the character ``offset`` of ``text``, as editors count: lines end at a line feed."""
    line = text.count("\n", 0, offset) + 1
    return Place(name, line, offset - (text.rfind("\n", 0, offset) + 1) + 1)


def parse(text: str, name: str) -> Document:
    """Read one YAML document.

    Raises:
        YamlError: not YAML, no or several documents, a duplicate key, an anchor, alias or tag, a key that is not
            text, a control character, nesting deeper than ``MAX_DEPTH``.
    """
    try:
        return Document(name, text, _plain(text))
    except (_Unusual, yaml.YAMLError):
        return Document(name, text, _tree(text, name).data)  # which tells what is wrong, and where


def only_comments(text: str) -> bool:
    """Whether ``text`` holds nothing but comments and blank lines, which ``parse`` refuses as empty."""
    return not any(line.strip() and not line.lstrip().startswith("#") for line in text.split("\n"))


class _Unusual(Exception):
    """Something that only ``_tree`` can judge."""


def _plain(text: str) -> Data:
    """The data of ``text`` without its places, in two thirds of the time: reading is most of loading a base.

    Raises:
        _Unusual: the text holds what may have to be refused.
        yaml.YAMLError: it is not YAML.
    """
    documents: list[Data] = []
    inner: Any = documents  # the list or mapping that is open
    key: str | None = None  # in a mapping: the key whose value comes next
    outer: list[Any] = []
    scalar = yaml.ScalarEvent
    for event in iter(_Loader(text).get_event, None):
        kind = type(event)
        if kind in _ENDS:
            _drop_empty(inner)
            inner = outer.pop()
            continue
        if kind is not scalar and kind not in _STARTS:
            if kind is yaml.AliasEvent:
                raise _Unusual
            continue
        value = _scalar(event) if kind is scalar else _opened(event, len(outer))
        if type(inner) is list:
            inner.append(value)
        elif key is None:
            if type(value) is not str or value in inner:
                raise _Unusual
            key = value
            continue
        else:
            inner[key], key = value, None
        if kind is not scalar:
            outer.append(inner)
            inner = value
    if len(documents) != 1 or documents[0] is None:
        raise _Unusual
    return documents[0]


def _scalar(event: Any) -> str | None:
    """Text, or None where it is empty.

    Raises:
        _Unusual: it may have to be refused.
    """
    value: str = event.value
    if event.anchor or event.tag or (event.style == '"' and value and not value.isprintable()):
        raise _Unusual
    return None if event.implicit[0] and value in _NULLS else value


def _opened(event: Any, depth: int) -> Data:
    """A mapping or a list that begins ``depth`` levels down.

    Raises:
        _Unusual: it may have to be refused.
    """
    if event.anchor or event.tag or depth >= MAX_DEPTH:
        raise _Unusual
    return {} if type(event) is yaml.MappingStartEvent else []


def _drop_empty(held: Any) -> None:
    """Leave out empty values, which only had to be there so that a key that stands twice is seen."""
    if type(held) is dict and None in held.values():
        for name in [name for name, value in held.items() if value is None]:
            del held[name]


def _tree(text: str, name: str) -> Node:
    try:
        return _Builder(name, text).build(yaml.parse(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = place_at(name, text, _offset(text, mark.line, mark.column)) if mark else Place(name)
        raise _syntax(error, text, place) from error
    except yaml.YAMLError as error:
        raise _bad_character(error, name, text) from error


def _offset(text: str, line: int, column: int) -> int:
    """Offset of a mark; the C parser's marks on errors have no usable index."""
    start = 0
    for _ in range(line):
        newline = text.find("\n", start)
        if newline < 0:
            break
        start = newline + 1
    return min(start + column, len(text))


def _syntax(error: yaml.MarkedYAMLError, text: str, place: Place) -> YamlError:
    lines = text.split("\n")
    line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    problem = error.problem or "not valid YAML"
    context = f" {error.context}" if error.context else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return YamlError("a tab is used for indentation", place=place, hint="indent with spaces")
    return YamlError(f"{problem}{context}", place=place, hint=_syntax_hint(problem, line))


def _syntax_hint(problem: str, line: str) -> str:
    if "mapping values are not allowed" in problem or "could not find expected ':'" in problem:
        return "put text that holds a colon in quotes, or start it with | on a line of its own"
    if "cannot start any token" in problem or line.lstrip().startswith("%"):
        return "put text that starts with this character in quotes"
    return "check the quotes, brackets and indentation of this line and the one above"


def _bad_character(error: yaml.YAMLError, name: str, text: str) -> YamlError:
    for offset, character in enumerate(text):
        if not (character in "\t\n\r\x85\ufeff" or " " <= character <= "~" or character >= "\xa0"):
            return YamlError(
                f"control character U+{ord(character):04X}",
                place=place_at(name, text, offset),
                hint="remove it; paste terminal output without its colours",
            )
    return YamlError(str(error), place=Place(name))


_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
_STARTS = (yaml.MappingStartEvent, yaml.SequenceStartEvent)


class _Builder:
    """Turns parser events into a tree of nodes, refusing what an entry may not hold."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.stack: list[Node] = []
        self.pending: list[str | None] = []
        """For each open mapping the key whose value comes next, None before a key; for a list, None."""

    def fail(self, message: str, offset: int, hint: str) -> YamlError:
        return YamlError(message, place=place_at(self.name, self.text, offset), hint=hint)

    def build(self, events: Iterator[Any]) -> Node:
        """The root node. One loop with the frequent case first: most of loading a base is spent here."""
        root: Node | None = None
        scalar, stack, pending, add, leaf = yaml.ScalarEvent, self.stack, self.pending, self.add, self.leaf
        for event in events:
            kind = type(event)
            if kind is scalar:
                if stack and pending[-1] is None and type(stack[-1].data) is dict:
                    pending[-1] = self.key(stack[-1], event)
                    continue
                node = leaf(event)
            elif kind in _ENDS:
                node = stack.pop()
                pending.pop()
                node.end = event.end_mark.index
            elif kind in _STARTS:
                self.open(event, {} if kind is yaml.MappingStartEvent else [])
                continue
            elif kind is yaml.AliasEvent:
                message = f"an alias (*{event.anchor})"
                raise self.fail(message, event.start_mark.index, "write the text out, or quote the star")
            elif kind is yaml.DocumentStartEvent and root is not None:
                raise self.fail("a second document", event.start_mark.index, "one file holds one document")
            else:
                continue
            if stack:
                add(node)
            else:
                root = node
        if root is None:
            raise YamlError("the file is empty", place=Place(self.name), hint="`causebook new` writes one to fill in")
        return root

    def leaf(self, event: Any) -> Node:
        if event.anchor or event.tag:
            self.refuse(event)
        value: str | None = event.value
        if event.implicit[0]:
            if value in _NULLS:
                value = None
        elif event.style == '"' and value and not value.isprintable():
            self.printable(event, value)
        return Node(event.start_mark.index, event.end_mark.index, value, False, _NONE, _NO_KEYS)  # noqa: FBT003

    def refuse(self, event: Any) -> None:
        what = f"an anchor (&{event.anchor})" if event.anchor else f"a tag ({event.tag})"
        raise self.fail(what, event.start_mark.index, "plain text, lists and mappings only; quote it if it is text")

    def printable(self, event: Any, value: str) -> None:
        bad = next((c for c in value if (c < " " and c not in "\t\n") or "\x7f" <= c <= "\x9f"), None)
        if bad is not None:
            message = f"control character U+{ord(bad):04X} written as an escape"
            raise self.fail(message, event.start_mark.index, "remove it; paste terminal output without its colours")

    def open(self, event: Any, data: Data) -> None:
        if event.anchor or event.tag:
            self.refuse(event)
        if len(self.stack) >= MAX_DEPTH:
            raise self.fail(f"nested deeper than {MAX_DEPTH}", event.start_mark.index, "flatten it")
        if self.stack and self.pending[-1] is None and isinstance(self.stack[-1].data, dict):
            raise self.fail("a key that is not text", event.start_mark.index, "write `key: value`")
        self.stack.append(Node(event.start_mark.index, 0, data, bool(event.flow_style), {}, {}))
        self.pending.append(None)

    def add(self, node: Node) -> None:
        parent, name = self.stack[-1], self.pending[-1]
        if name is None:
            held = cast("list[Any]", parent.data)
            parent.children[len(held)] = node
            held.append(node.data)
            return
        self.pending[-1] = None
        parent.children[name] = node
        if node.data is not None:
            cast("dict[str, Any]", parent.data)[name] = node.data

    def key(self, parent: Node, event: Any) -> str:
        """The key that ``event`` is, entered into ``parent``."""
        start, name = event.start_mark.index, cast("str", event.value)
        if event.anchor or event.tag or event.style:  # rare in a key
            self.leaf(event)
        if event.implicit[0] and name in _NULLS:
            raise self.fail("a key that is not text", start, "write `key: value`")
        if name in parent.keys:
            first = place_at(self.name, self.text, parent.keys[name])
            message = f"the key {name!r} stands here twice; first on line {first.line}"
            raise self.fail(message, start, "keep one of the two, or make one list of them")
        parent.keys[name] = start
        return name


class _Dumper(yaml.SafeDumper):
    """Writes lists indented under their key and text of several lines as a literal block."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002, ARG002 - PyYAML's signature
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


class Inline(dict[str, Any]):
    """A mapping that ``dump`` writes on one line."""


def _inline(dumper: yaml.SafeDumper, value: Inline) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=True)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Inline, _inline)


def dump(data: Any) -> str:
    """YAML text of plain data, keys in the order given; ``parse`` of it gives the data back, numbers as text."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def scalar(value: str, indent: int) -> str:
    """``value`` as a YAML scalar to put behind ``key: ``; further lines are indented by ``indent`` spaces."""
    lines = dump({"k": value})[3:].rstrip("\n").split("\n")
    return "\n".join([lines[0], *(f"{' ' * (indent - 2)}{line}" if line else line for line in lines[1:])])


def flow(value: Data) -> str:
    """``value`` as YAML on one line."""
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6, default_flow_style=True)
    return text.removesuffix("\n").removesuffix("\n...")


def strings(data: Data, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text of ``data`` with the way to it, in the order of the file."""
    if isinstance(data, str):
        yield path, data
    elif data is not None:
        for step, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from strings(value, (*path, step))


def _texts(data: Data, found: list[str]) -> list[str]:
    """As ``strings``, without the ways to them: in a tenth of the time, and hardly anybody who looks has to point."""
    for value in data.values() if type(data) is dict else data or ():
        if type(value) is str:
            found.append(value)
        elif value is not None:
            _texts(value, found)
    return found
