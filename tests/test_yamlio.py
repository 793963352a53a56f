"""YAML in, data with places out; edits by place that leave everything else as it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causebook import yamledit, yamlio
from causebook.errors import Place, YamlError

Path = tuple[Any, ...]

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\u2028\u2029"), max_size=30)
LINES = st.lists(TEXT, max_size=4).map("\n".join)
KEYS = st.text("abcdefgh_-", min_size=1, max_size=8)
VALUES = st.recursive(
    LINES.filter(lambda text: text not in {"", "~", "null", "Null", "NULL"}),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def refused(text: str) -> YamlError:
    with pytest.raises(YamlError) as caught:
        yamlio.parse(text, "x.yaml")
    return caught.value


def document(text: str) -> yamlio.Document:
    return yamlio.parse(text, "x.yaml")


@pytest.mark.parametrize("word", ["on", "no", "0123456", "1_000", "2026-11-21", "1e3", "0x1f", "12:30:45", "1.10"])
def test_every_scalar_is_text(word: str) -> None:
    assert document(f"key: {word}\n").data == {"key": word}


@pytest.mark.parametrize("word", ["", "~", "null", "Null", "NULL"])
def test_an_empty_value_is_left_out_and_a_quoted_one_is_text(word: str) -> None:
    assert document(f"key: {word}\nother: x\n").data == {"other": "x"}
    assert document(f"key: '{word}'\n").data == {"key": word}
    assert document(f"- {word}\n- x\n").data == [None, "x"]


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, "the key 'a' stands here twice; first on line 1", "keep one of the two"),
        ("a:\n  b: 1\n  b: 2\n", 3, 3, "the key 'b' stands here twice; first on line 2", "keep one of the two"),
        ("a:\n\tb: 1\n", 2, 1, "a tab is used for indentation", "indent with spaces"),
        ("a: &x [1]\nb: *x\n", 1, 4, "an anchor (&x)", "quote it if it is text"),
        ("a: *x\n", 1, 4, "an alias (*x)", "quote the star"),
        ("a: !!python/object:os.system x\n", 1, 4, "a tag (tag:yaml.org,2002:python/object:os.system)", "quote it"),
        ("a: !x {b: 1}\n", 1, 4, "a tag (!x)", "quote it"),
        ("a: 1\n---\nb: 2\n", 2, 1, "a second document", "one file holds one document"),
        ("? [a]\n: 1\n", 1, 3, "a key that is not text", "write `key: value`"),
        ("~: 1\n", 1, 1, "a key that is not text", "write `key: value`"),
        ("title: a: b\n", 1, 9, "mapping values are not allowed in this context", "put text that holds a colon in"),
        ("a: @x\n", 1, 4, "found character that cannot start any token", "that starts with this character"),
        ("%x\n", 1, 3, "", "put text that starts with this character in quotes"),
        ("a: [1\n", 2, 1, "", "check the quotes, brackets and indentation"),
        ('a: "x\\e[31m"\n', 1, 4, "control character U+001B written as an escape", "terminal output without"),
        ("ab: x\x1b[31m\n", 1, 6, "control character U+001B", "terminal output without"),
        ("a: 1\nb: x\x00y\n", 2, 5, "control character U+0000", "terminal output without"),
    ],
)
def test_what_is_no_entry_is_refused_with_its_place(text: str, line: int, column: int, message: str, hint: str) -> None:
    error = refused(text)
    assert error.place == Place("x.yaml", line, column)
    assert message in error.message
    assert hint in error.hint


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_an_empty_file_is_refused(text: str) -> None:
    assert refused(text).message == "the file is empty"


def test_deep_nesting_is_refused_and_does_not_end_the_process() -> None:
    assert refused("[" * 100_000).message == f"nested deeper than {yamlio.MAX_DEPTH}"
    assert refused("a: " + "{a: " * 100_000).message == f"nested deeper than {yamlio.MAX_DEPTH}"
    nested: Any = "x"
    for _ in range(yamlio.MAX_DEPTH - 1):
        nested = [nested]
    assert document(f"a: {'[' * (yamlio.MAX_DEPTH - 1)}x{']' * (yamlio.MAX_DEPTH - 1)}\n").data == {"a": nested}


def test_aliases_that_would_explode_are_refused_at_the_first() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(9)
    )
    assert refused(bomb).place == Place("x.yaml", 1, 4)


def test_places_of_keys_values_and_what_is_missing() -> None:
    held = document("id: x\nlist:\n  - größe: 1\n    b: two\nflow: {c: [d, e]}\n")
    assert held.place(("list", 0, "b")) == Place("x.yaml", 4, 8)
    assert held.place(("list", 0, "b"), key=True) == Place("x.yaml", 4, 5)
    assert held.place(("flow", "c", 1)) == Place("x.yaml", 5, 15)
    assert held.place(("list", 0, "none", "deeper")) == Place("x.yaml", 3, 5)
    assert held.place(("none",)) == Place("x.yaml", 1, 1)
    assert held.place() == Place("x.yaml", 1, 1)


@pytest.mark.parametrize(
    ("text", "path", "value", "expected"),
    [
        ("a: 1 # one\nb: 2\n", ("a",), "3", "a: '3' # one\nb: 2\n"),
        ("a: 1\n", ("a",), "plain words", "a: plain words\n"),
        ("a: 1\n# end\n", ("b",), "x", "a: 1\nb: x\n# end\n"),
        ("a: 1", ("b",), "x", "a: 1\nb: x"),
        ("a:\nb: 1\n", ("a",), "x", "a: x\nb: 1\n"),
        ("a: 'q' # c\n", ("a",), "x: y", "a: 'x: y' # c\n"),
        ("a: |\n  one\n  two\n# c\nb: 1\n", ("a",), "three", "a: three\n# c\nb: 1\n"),
        ("a: 1\nb: 1\n", ("a",), "one\ntwo\n", "a: |\n  one\n  two\nb: 1\n"),
        ("a:\n  b: 1\n", ("a", "c"), "x", "a:\n  b: 1\n  c: x\n"),
        ("a:\n  - b: 1\n    # c\n  - b: 2\n", ("a", 0, "d"), "x", "a:\n  - b: 1\n    d: x\n    # c\n  - b: 2\n"),
        ("a: {b: 1}\n", ("a", "c"), "x", "a: {b: 1, c: x}\n"),
        ("a: {}\n", ("a", "c"), "x", "a: {c: x}\n"),
        ("a: {b: 1}\n", ("a", "b"), "x", "a: {b: x}\n"),
        ("a: [1, 2]\n", ("a",), ["x"], "a: [x]\n"),
        ("a: 1\n", ("b",), {"c": ["d"]}, "a: 1\nb:\n  c:\n    - d\n"),
    ],
)
def test_set_changes_one_value_and_keeps_comments(text: str, path: Path, value: Any, expected: str) -> None:
    assert yamledit.put(document(text), path, value) == expected


@pytest.mark.parametrize(
    ("text", "path", "value", "expected"),
    [
        ("a:\n  - 1\n  # c\nb: 2\n", ("a",), "x", "a:\n  - 1\n  - x\n  # c\nb: 2\n"),
        ("a:\n- 1\nb: 2\n", ("a",), "x", "a:\n- 1\n- x\nb: 2\n"),
        ("a: [1] # c\n", ("a",), "x", "a: [1, x] # c\n"),
        ("a: []\n", ("a",), "x", "a: [x]\n"),
        ("a:\nb: 2\n", ("a",), "x", "a:\n  - x\nb: 2\n"),
        ("b: 2\n", ("a",), "x", "b: 2\na:\n  - x\n"),
        ("a:\n  - b: 1\n", ("a",), {"b": "2", "c": "3"}, "a:\n  - b: 1\n  - b: '2'\n    c: '3'\n"),
    ],
)
def test_append_adds_an_item_and_keeps_comments(text: str, path: Path, value: Any, expected: str) -> None:
    assert yamledit.append(document(text), path, value) == expected


def test_an_edit_without_a_safe_form_is_refused() -> None:
    held = document("a:\n  b: 1\nc: x\n")
    with pytest.raises(YamlError, match="a block of several lines cannot be replaced"):
        yamledit.put(held, ("a",), "x")
    with pytest.raises(YamlError, match="without touching its neighbours"):
        yamledit.drop(held, ("a", "b"))
    with pytest.raises(YamlError, match="without touching its neighbours"):
        yamledit.drop(document("a: {b: 1, c: 2}"), ("a", "b"))
    with pytest.raises(YamlError, match="items to put into it"):
        yamledit.arrange(document("a: [1]"), ("a",), [])
    with pytest.raises(YamlError, match="expected a list to add to"):
        yamledit.append(held, ("c",), "x")
    with pytest.raises(YamlError, match=r"there is no d\.e here"):
        yamledit.put(held, ("d", "e", "f"), "x")


def test_a_block_of_several_lines_is_replaced_whole() -> None:
    held = document("# top\na:\n  b: 1\n  c: 2\n# c\nd: x\n")
    assert yamledit.put(held, ("a",), "x", whole=True) == "# top\na: x\n# c\nd: x\n"
    assert yamledit.put(held, ("a",), {"e": [1, 2]}, whole=True) == "# top\na:\n  e:\n    - 1\n    - 2\n# c\nd: x\n"
    assert yamledit.drop(held, ("a",)) == "# top\n# c\nd: x\n"
    assert yamledit.drop(held, ("a", "b")) == "# top\na:\n  c: 2\n# c\nd: x\n"


@pytest.mark.parametrize(
    ("text", "items", "expected"),
    [
        ("a:\n  - x\n  # of y\n  - y: 1\n    z: 2 # c\nb: 1\n", [1, yamledit.Fresh("w"), 0],
         "a:\n  # of y\n  - y: 1\n    z: 2 # c\n  - w\n  - x\nb: 1\n"),
        ("a:\n  - x\n  - |\n    y\n\n    z\nb: 1\n", [1], "a:\n  - |\n    y\n\n    z\nb: 1\n"),
        ("a: [x, 1] # c\n", [1, yamledit.Fresh({"y": True})], "a: [1, {y: true}] # c\n"),
        ("a:\n- x\n- y\n", [yamledit.Fresh("p\n\nq"), 1], "a:\n- |-\n  p\n\n  q\n- y\n"),
    ],
)  # fmt: skip
def test_a_list_is_made_of_items_it_has_and_of_new_ones(text: str, items: list[Any], expected: str) -> None:
    assert yamledit.arrange(document(text), ("a",), items) == expected


def test_comments_are_told_from_text_that_holds_the_sign() -> None:
    held = document("a: '#1'\nb: 2 # two\nc:\n  - d: |\n      # text\n  # above\n  - e: 1\n")
    assert not yamledit.commented(held, ("a",))
    assert yamledit.commented(held, ("b",))
    assert not yamledit.commented(held, ("c", 0), above=True)
    assert not yamledit.commented(held, ("c", 1))
    assert yamledit.commented(held, ("c", 1), above=True)
    assert yamledit.commented(held, ("c",))
    assert not yamledit.commented(held, ("none",))


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4))
def test_what_is_written_reads_as_it_was(data: dict[str, Any]) -> None:
    assert document(yamlio.dump(data)).data == data


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4), KEYS, VALUES)
def test_an_edit_changes_its_value_only_or_is_refused(data: dict[str, Any], key: str, value: Any) -> None:
    held = document(yamlio.dump(data))
    try:
        edited = yamledit.put(held, (key,), value)
    except YamlError as error:
        assert error.place is not None
        return
    assert document(edited).data == {**data, key: value}


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        data = document(text).data
    except YamlError as error:
        assert error.place is not None
        return
    assert data is None or isinstance(data, str | list | dict)


PIECES = st.sampled_from(
    [
        "a",
        "b",
        ": ",
        ":\n",
        "\n",
        "\n  ",
        "\n    ",
        "- ",
        "? ",
        "~",
        "null",
        "",
        "'",
        '"',
        '"\\a"',
        "''",
        "|\n",
        ">\n",
        "#",
        " ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "&x ",
        "*x",
        "!t ",
        "!!str ",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "\t",
        "<<: ",
        "\x85",
        "é",
    ]
)


@settings(max_examples=400)
@given(st.lists(PIECES, min_size=1, max_size=14).map("".join))
def test_data_is_the_same_with_and_without_its_places(text: str) -> None:
    try:
        held = document(text)
    except YamlError as error:
        assert error.place is not None
        return
    assert held.root.data == held.data


@pytest.mark.parametrize(
    "text", ["a: {b: , c: 1}", "a:\nb: ~\nc: 'null'", "[a, , ]", "- \n- b", '"\\x41"', "a: !t b", "a: &x 1"]
)
def test_what_is_unusual_is_read_or_refused_the_same_way(text: str) -> None:
    try:
        held = document(text)
    except YamlError as error:
        assert (error.place, error.hint) != (None, "")
        return
    assert held.root.data == held.data


def test_texts_are_listed_with_the_way_to_them() -> None:
    data = {"a": "x", "b": ["y", {"c": "z"}], "d": None}
    assert list(yamlio.strings(data)) == [(("a",), "x"), (("b", 0), "y"), (("b", 1, "c"), "z")]
