"""Changes the text of a YAML file by position: what is not changed keeps its comments, order and form."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from causebook import yamlio
from causebook.errors import YamlError
from causebook.yamlio import Document, Node, Path


@dataclass(frozen=True, slots=True)
class Fresh:
    """An item that is new to a list."""

    value: Any


def put(document: Document, path: Path, value: Any, *, whole: bool = False) -> str:
    """The text with the value at ``path`` replaced, or added as the last key of its mapping.

    ``whole`` lets a block of several lines be replaced, with the comments that stand in it.

    Raises:
        YamlError: its mapping is not there, or the edit has no safe form here.
    """
    parent = _node(document, path[:-1])
    key = path[-1]
    old = parent.children.get(key)
    if old is None:
        new = _insert(document, parent, f"{yamlio.flow(str(key))}:", value)
    elif parent.flow or ((not old.children or old.flow) and not isinstance(value, dict | list)) or old.flow:
        new = _splice(document, parent, old, value)
    elif not whole and old.children:
        raise YamlError("a block of several lines cannot be replaced", place=document.place(path))
    else:
        new = _replace(document, parent, old, key, value)
    return _verified(document, new, path, lambda holder: _store(holder, key, plain(value)))


def drop(document: Document, path: Path) -> str:
    """The text without the key at ``path``, which is a mapping's.

    Raises:
        YamlError: the edit has no safe form here.
    """
    parent, key = _node(document, path[:-1]), path[-1]
    old = _node(document, path)
    begin = document.text.rfind("\n", 0, parent.keys.get(str(key), old.start)) + 1
    shares_line = document.text[begin : parent.keys.get(str(key), old.start)].strip()
    if parent.flow or shares_line or len(parent.children) == 1:
        raise YamlError("cannot be taken out here without touching its neighbours", place=document.place(path))
    end = _line_end(document, old)
    new = f"{document.text[:begin]}{document.text[end + 1 :]}"
    return _verified(document, new, path, lambda holder: holder.pop(key))


def append(document: Document, path: Path, value: Any) -> str:
    """The text with ``value`` added at the end of the list at ``path``; a missing list is made.

    Raises:
        YamlError: the edit has no safe form here.
    """
    held = document.find(path)
    if held is None or held.data is None:
        return put(document, path, [value])
    if not isinstance(held.data, list):
        raise YamlError("expected a list to add to", place=document.place(path))
    return arrange(document, path, [*range(len(held.data)), Fresh(value)])


def arrange(document: Document, path: Path, items: Sequence[int | Fresh]) -> str:
    """The text with the list at ``path`` made of these items: numbers are items it has, in the text they have.

    What stands above an item, a comment say, goes where the item goes.

    Raises:
        YamlError: the edit has no safe form here.
    """
    held = _node(document, path)
    old = held.data
    if not isinstance(old, list) or not items:
        raise YamlError("expected a list, and items to put into it", place=document.place(path))
    wanted = [old[item] if isinstance(item, int) else plain(item.value) for item in items]
    new = _in_brackets(document, held, items) if held.flow or not old else _arranged(document, held, items)
    return _verified(document, new, path, lambda holder: _store(holder, path[-1] if path else slice(None), wanted))


def _arranged(document: Document, held: Node, items: Sequence[int | Fresh]) -> str:
    column = _column(document, held)
    pad = " " * column
    text, pieces, begin = document.text, [], held.start - column
    first = begin
    for index in range(len(held.children)):
        end = _line_end(document, held.children[index])
        pieces.append(text[begin:end])
        begin = min(end + 1, len(text))
    made = [
        pieces[item] if isinstance(item, int) else f"{pad}-{_block(item.value, column, in_list=True)}"
        for item in items
    ]  # fmt: skip
    joined = "\n".join(made)
    return f"{text[:first]}{joined}{text[_line_end(document, held.children[len(pieces) - 1]) :]}"


def _in_brackets(document: Document, held: Node, items: Sequence[int | Fresh]) -> str:
    kept = {index: document.text[child.start : child.end] for index, child in held.children.items()}
    made = ", ".join(kept[item] if isinstance(item, int) else yamlio.flow(item.value) for item in items)
    return f"{document.text[: held.start]}[{made}]{document.text[held.end :]}"


def commented(document: Document, path: Path, *, above: bool = False) -> bool:
    """Whether a comment stands inside the value at ``path``, behind it, or (``above``) right above it."""
    node = document.find(path)
    if node is None:
        return False
    parent = _node(document, path[:-1])
    begin = parent.keys.get(str(path[-1]), node.start)
    text = document.text
    if above:
        number = path[-1]
        before = parent.children.get(number - 1) if isinstance(number, int) else None
        begin = _line_end(document, before) if before else text.rfind("\n", 0, parent.start) + 1
    spans = sorted((leaf.start, leaf.end) for leaf in _leaves(node))
    for start, end in [*spans, (_line_end(document, node), 0)]:
        if "#" in text[begin:start]:
            return True
        begin = max(begin, end)
    return False


def _leaves(node: Node) -> Iterator[Node]:
    if not node.children:
        yield node
    for child in node.children.values():
        yield from _leaves(child)


def plain(value: Any) -> Any:
    """``value`` as it reads from a file: every scalar is text, and what is empty in a mapping is not there."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None else str(value)


def _node(document: Document, path: Path) -> Node:
    node = document.find(path)
    if node is None:
        raise YamlError(f"there is no {'.'.join(map(str, path))} here", place=document.place(path))
    return node


def _column(document: Document, node: Node) -> int:
    return node.start - (document.text.rfind("\n", 0, node.start) + 1)


def _insert(document: Document, node: Node, lead: str, value: Any) -> str:
    """The text with one more ``key:`` in a mapping."""
    text = document.text
    if node.flow:
        close = text.rindex("}", node.start, node.end)
        comma = ", " if node.children else ""
        return f"{text[:close].rstrip(' ,')}{comma}{lead} {yamlio.flow(value)}{text[close:]}"
    column = _column(document, node)
    end = _line_end(document, node)
    return f"{text[:end]}\n{' ' * column}{lead}{_block(value, column, in_list=False)}{text[end:]}"


def _replace(document: Document, parent: Node, old: Node, key: str | int, value: Any) -> str:
    """The text with a key's value of several lines replaced by another."""
    if not isinstance(key, str):
        raise YamlError("an item of a list is replaced with its list", place=document.place())
    text, start = document.text, parent.keys[key]
    lead = f"{yamlio.flow(key)}:"
    column = start - (text.rfind("\n", 0, start) + 1)
    return f"{text[:start]}{lead}{_block(value, column, in_list=False)}{text[_line_end(document, old) :]}"


def _splice(document: Document, parent: Node, node: Node, value: Any) -> str:
    text, column = document.text, _column(document, parent) + 2
    end = len(text[: node.end].rstrip()) if text[node.start : node.start + 1] in {"|", ">"} else node.end
    inline = node.flow or parent.flow or not isinstance(value, str)
    new = yamlio.flow(value) if inline else yamlio.scalar(value, column)
    space = " " if node.start == node.end and text[node.start - 1 : node.start] == ":" else ""
    return f"{text[: node.start]}{space}{new}{text[end:]}"


def _line_end(document: Document, node: Node) -> int:
    """Where the last line of a value ends, comments below it aside."""
    while node.children and not node.flow:
        node = list(node.children.values())[-1]
    end = len(document.text[: node.end].rstrip()) if node.end > node.start else node.end
    newline = document.text.find("\n", end)
    return len(document.text) if newline < 0 else newline


def _block(value: Any, column: int, *, in_list: bool) -> str:
    """``value`` to put behind a ``-`` or ``key:`` that stands at ``column``, with the space before it."""
    if isinstance(value, str):
        return " " + yamlio.scalar(value, column + 2)
    if not isinstance(value, dict | list) or not value:
        return " " + yamlio.flow(value)
    lines = yamlio.dump(value).rstrip("\n").split("\n")
    pad = " " * (column + 2)
    if in_list:
        return " " + "\n".join([lines[0], *(f"{pad}{line}" if line else "" for line in lines[1:])])
    return "".join(f"\n{pad}{line}" if line else "\n" for line in lines)


def _store(holder: Any, key: str | int | slice, value: Any) -> None:
    holder[key] = value


def _verified(document: Document, text: str, path: Path, change: Any) -> str:
    """``text``, if it reads as the old data with ``change`` made to what holds ``path``, and nothing else changed."""
    expected: Any = copy.deepcopy(document.data)
    holder = expected
    for step in path[:-1]:
        holder = holder[step]
    change(holder)
    try:
        same = yamlio.parse(text, document.name).data == expected
    except YamlError:
        same = False
    if not same:
        raise YamlError("cannot be edited here without touching its neighbours", place=document.place(path))
    return text
