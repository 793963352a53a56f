"""Untrusted text in Markdown: what Python-Markdown shows of it is exactly the text."""

from __future__ import annotations

import html
import re
from pathlib import Path

import markdown as python_markdown
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from causebook.markdown import (
    Fence,
    Heading,
    Md,
    attribute,
    block,
    code,
    escape,
    fenced,
    fences,
    headings,
    joined,
    link,
    slug,
    split_front_matter,
)

ROOT = Path(__file__).parent.parent
FEW = settings(deadline=None, max_examples=200, derandomize=True)
EXTRA = ["pymdownx.betterem", "pymdownx.caret", "pymdownx.tilde", "pymdownx.mark", "pymdownx.keys", "pymdownx.emoji"]
EXTRA += ["pymdownx.arithmatex", "pymdownx.inlinehilite", "pymdownx.tasklist", "footnotes"]
EXTRA += ["pymdownx.details", "abbr"]


def renderer(extra: list[str]) -> python_markdown.Markdown:
    """Python-Markdown as MkDocs sets it up for this project."""
    names: list[str] = [*extra]
    options: dict[str, dict[str, object]] = {}
    listed = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["markdown_extensions"]
    for item in ["toc", "tables", "fenced_code", *listed]:
        name, given_options = next(iter(item.items())) if isinstance(item, dict) else (item, {})
        if name not in names:
            names.append(name)
        options[name] = given_options
    return python_markdown.Markdown(extensions=names, extension_configs=options)


PLAIN = renderer([])
WIDE = renderer(EXTRA)


def rendered(source: str, engine: python_markdown.Markdown = PLAIN) -> str:
    return engine.reset().convert(source)


def shown(page: str) -> str:
    """What a reader sees of ``page``: no tags, no entities, blanks as a browser shows them."""
    without_permalink = re.sub(r'<a class="headerlink".*?</a>', "", page)
    return normal(html.unescape(re.sub(r"<[^>]*>", "", without_permalink)))


def normal(text: str) -> str:
    return " ".join(text.replace("\xa0", " ").split())


def tags(page: str) -> set[str]:
    without_permalink = re.sub(r'<a class="headerlink".*?</a>', "", page)
    return set(re.findall(r"<\s*([a-zA-Z!?][^\s>/]*)", without_permalink))


HOSTILE = [
    "<script>alert(1)</script>",
    "</p><img src=x onerror=alert(1)>",
    "<!-- comment -->",
    "**b** *i* __b__ _i_ ***bi***",
    "[x](javascript:alert(1))",
    "![x](data:text/html,x)",
    "[a]: https://example.org",
    "[TOC]",
    "[^1]: note",
    "*[abbr]: word",
    "{{ 7*7 }} {% raw %} {# c #}",
    "{: .cls } {#id} {.cls}",
    "`code` ``co`de``",
    "a | b || c",
    "# h",
    "a heading # ##",
    "1. x",
    "1) x",
    "- x",
    "+ x",
    "* x",
    "> quote",
    "---",
    "===",
    ": definition",
    ":smile:",
    "!!! note",
    "??? note",
    "--8<--",
    "```python",
    "~~~",
    "http://x_y_z/a_b_",
    "someone@example.org",
    "&lt; &amp; &#60; &#x3c; &nbsp",
    "==mark== ^^insert^^ ~~strike~~ H~2~O x^2^ ++ctrl++",
    "$x$ $$x$$ \\(x\\) \\[x\\]",
    "[x] done",
    "C:\\new\\*.py \\_ \\",
    "'single' \"double\"",
    "a  b\tc\nd",
    "größer — 日本語 🙂",
]
ALPHABET = "*_[](){}<>&|~^=+-!#:$@\"'\\`.?;/%,1aé \n"
FRAGMENTS = [
    *ALPHABET,
    "  ",
    "```",
    "<br>",
    "<!--",
    "-->",
    "{:",
    "{{",
    "[^1]",
    "[a]: b",
    "!!! note",
    "==",
    "++",
    "--",
    "***",
]
FRAGMENTS += ["http://", "1. ", "- ", "# ", ":ok:", "&lt;", "&#60;", "\n\n", "\n    ", "\n---\n", "\n| a |", "\t"]
TEXTS = st.one_of(st.text(ALPHABET, max_size=12), st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("".join)).filter(
    lambda text: bool(text.strip())
)
CELLS = {"table", "thead", "tbody", "tr", "th", "td"}
FENCE = {"div", "pre", "span", "code", "a"}


def check_line(text: str, engine: python_markdown.Markdown) -> None:
    """``text`` is seen as it is wherever a line of text can stand."""
    line, want = escape(text), normal(text)
    for source, around, allowed in (
        (f"{line}", "{}", {"p"}),
        (f"# {line}", "{}", {"h1"}),
        (f"- {line}", "{}", {"ul", "li"}),
        (f"**Word:** {line}", "Word: {}", {"p", "strong"}),
        (f"| a | b |\n| --- | --- |\n| {line} | z |", "a b {} z", CELLS),
        (f"a {code(text)} z", "a {} z", {"p", "code"}),
        (f"{link(text, 'page.md')} z", "{} z", {"p", "a"}),
    ):
        page = rendered(source, engine)
        assert shown(page) == around.replace("{}", want), source
        assert tags(page) == allowed, source


def check_block(text: str, engine: python_markdown.Markdown) -> None:
    """``text`` is seen as it is wherever paragraphs can stand."""
    want = normal(text)
    for source, around, allowed in (
        (f"{block(text)}", "{}", {"p", "br"}),
        (f"- {block(text, '    ')}", "{}", {"ul", "li", "p", "br"}),
        (f'!!! note "T"\n\n    {block(text, "    ")}', "T {}", {"div", "p", "br"}),
        (f"{fenced(text)}", "{}", FENCE),
        (f"{fenced(text, 'python')}", "{}", FENCE),
    ):
        page = rendered(source, engine)
        assert shown(page) == around.replace("{}", want), source
        assert tags(page) <= allowed, source


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_line_is_shown_as_written(text: str) -> None:
    check_line(text, PLAIN)
    check_line(text, WIDE)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_block_is_shown_as_written(text: str) -> None:
    check_block(f"first\n{text}\n\n{text}", PLAIN)
    check_block(f"{text}\nlast", WIDE)


@FEW
@given(TEXTS)
@example("a#")
@example("\\[x\\]")
def test_any_line_is_shown_as_written(text: str) -> None:
    check_line(text, PLAIN)


@settings(FEW, max_examples=60)
@given(TEXTS)
def test_any_line_is_shown_as_written_with_extensions_a_project_may_add(text: str) -> None:
    check_line(text, WIDE)


@FEW
@given(TEXTS)
def test_any_block_is_shown_as_written(text: str) -> None:
    check_block(text, PLAIN)


@settings(FEW, max_examples=60)
@given(TEXTS)
def test_any_block_is_shown_as_written_with_extensions_a_project_may_add(text: str) -> None:
    check_block(text, WIDE)


@FEW
@given(TEXTS)
def test_attribute_holds_the_text_and_ends_where_it_should(text: str) -> None:
    page = rendered(f'<span title="{attribute(text)}">x</span>')
    found = re.fullmatch(r'<p><span title="([^"<>]*)">x</span></p>', page)
    assert found
    assert html.unescape(found[1]) == normal(text)


def test_escape_leaves_plain_words_readable_in_the_source() -> None:
    assert escape("Loop is closed, again (see 3.1)") == "Loop is closed, again (see 3.1)"


def test_escape_gives_markup_that_templates_leave_alone() -> None:
    assert isinstance(escape("<b>"), Markup)
    assert escape("") == ""


def test_block_keeps_lines_of_a_list_apart_and_joins_wrapped_lines() -> None:
    assert block("one\ntwo") == "one\ntwo"
    assert block("one\n- two") == "one<br>\n&#45; two"
    assert block("a\n\n\n   \nb") == "a\n\nb"
    assert block("one\n  two") == "one<br>\n&nbsp;&nbsp;two"


def test_block_indents_every_line_but_the_first() -> None:
    assert block("one\ntwo\n\nthree", "  ") == "one\n  two\n  \n  three"


def test_fence_is_longer_than_any_run_of_backticks() -> None:
    assert fenced("a ```` b").splitlines()[0] == "`````text"
    assert fenced("a", "python", 'x "y" {z}').splitlines()[0] == '```python title="x y z"'


@pytest.mark.parametrize(
    "text", ["def f():\n    return 1\n\n\n# end", "  indented first line\nsecond", "<b>\t&amp;\n``` \n~~~\n!!! x"]
)
def test_fenced_keeps_blanks_and_lines(text: str) -> None:
    page = rendered(fenced(text))
    held = re.search(r"<code>(.*)</code>", page, re.DOTALL)
    assert held
    assert html.unescape(re.sub(r"<[^>]*>", "", held[1])).rstrip("\n") == text.replace("\t", " ")


@pytest.mark.parametrize(
    ("target", "href"),
    [
        ("records/a.md", "records/a.md"),
        ("../a b(1).md#part", "../a%20b%281%29.md#part"),
        ("#part", "#part"),
        ("a&b.md", "a%26b.md"),
        ("https://example.org/a?b=1&copy=2", "https://example.org/a?b=1&amp;copy=2"),
        ("http://example.org/a_b_c", "http://example.org/a%5Fb%5Fc"),
    ],
)
def test_link_leads_to_its_target(target: str, href: str) -> None:
    assert rendered(link("a_b_", target)) == f'<p><a href="{href}">a_b_</a></p>'


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java&#115;cript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "vnd.ms-word:x",
        "//example.org/x",
        'https://example.org/"onclick="x',
        "https://example.org/'x",
        "https://example.org/(x",
        "https://example.org/a b",
        'a".md',
        "a\\b.md",
        "a\nb.md",
        "x/ftp://example.org",
    ],
)
def test_link_to_anything_else_is_text(target: str) -> None:
    assert link("a*b", target) == "a\\*b"


def test_headings_leave_out_what_stands_in_fences() -> None:
    text = (
        "# One\n\n```sh\n# not this\n~~~\n# nor this\n```\n## Two ##\n~~~~\n```\n~~~\n# no\n~~~~\n #### Four\n#none\n"
    )
    assert list(headings(text)) == [Heading(1, "One", 1), Heading(2, "Two", 8), Heading(4, "Four", 14)]


def test_headings_stop_at_a_fence_that_is_never_closed() -> None:
    assert list(headings("# a\n```\n# b\n")) == [Heading(1, "a", 1)]


def test_front_matter_is_split_off_and_its_lines_counted() -> None:
    assert split_front_matter("---\ntitle: x\n---\nbody\n") == ("title: x\n", 3, "body\n")
    assert split_front_matter("---\r\ntitle: x\r\n---\r\nbody") == ("title: x\r\n", 3, "body")
    assert split_front_matter("---\n---\nbody") == ("", 2, "body")


@pytest.mark.parametrize("text", ["body\n---\nx: y\n---\n", "---\nnever closed\n", "", "----\nx: y\n----\n"])
def test_text_without_front_matter_is_all_body(text: str) -> None:
    assert split_front_matter(text) == ("", 0, text)


def test_joined_escapes_plain_text_only() -> None:
    assert joined(["a*b", Md("**c**"), link("d", "e.md")]) == "a\\*b, **c**, [d](e.md)"
    assert joined(["a", "b"], " · ") == "a · b"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Pool bound to a closed loop!", "pool-bound-to-a-closed-loop"),
        ("Größe  straße_3", "groe-strae-3"),
        ("日本語", ""),
        ("---", ""),
    ],
)
def test_slug_is_lower_case_ascii_joined_by_hyphens(text: str, words: str) -> None:
    assert slug(text) == words


def test_slug_is_cut_at_a_word() -> None:
    assert slug("one two three", limit=9) == "one-two"
    assert slug("one two three", limit=7) == "one-two"
    assert slug("onetwothree", limit=5) == "onetw"


def test_fences_are_told_with_language_title_text_and_line() -> None:
    text = 'a\n```python title="x/y.py" hl="1"\none\n~~~\n```\n\n~~~~\n```\n~~~\n~~~~\n```sh\nopen'
    assert list(fences(text)) == [
        Fence("python", "x/y.py", "one\n~~~\n", 3),
        Fence("", "", "```\n~~~\n", 8),
        Fence("sh", "", "open\n", 12),
    ]
