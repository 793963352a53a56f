"""Templates: the project's own before ours, values escaped, errors with their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from causebook.errors import TemplateError
from causebook.markdown import Md
from causebook.templating import SHIPPED, Templates


def templates(tmp_path: Path, **files: str) -> Templates:
    """Templates with these files in the project's folder; ``a__b`` is ``a/b.md.j2``."""
    own = tmp_path / "templates"
    own.mkdir(exist_ok=True)
    for name, text in files.items():
        path = own / f"{name.replace('__', '/')}.md.j2"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Templates(own)


def test_values_are_escaped_and_markdown_is_not(tmp_path: Path) -> None:
    held = templates(tmp_path, t="{{ a }} {{ b }}{{ c }} {{ d }}")
    text = held.render("t.md.j2", {"a": "<b> *x* {{ 7 }}", "b": Md("**y**"), "c": None, "d": 7})
    assert text == "&lt;b&gt; \\*x\\* &#123;&#123; 7 &#125;&#125; **y** 7"


def test_nothing_is_escaped_twice_by_blocks_macros_and_super(tmp_path: Path) -> None:
    held = templates(
        tmp_path,
        base="{% macro m(x) %}[{{ x }}]{% endmacro %}{% block b %}{{ m(a) }}{% endblock %}",
        t="{% extends 'base.md.j2' %}{% block b %}{{ super() }}{% set y %}{{ a }}{% endset %}{{ y }}{% endblock %}",
    )
    assert held.render("t.md.j2", {"a": "*"}) == "[\\*]\\*"


def test_included_and_imported_templates_are_escaped(tmp_path: Path) -> None:
    held = templates(
        tmp_path,
        part="{{ a }}",
        macros="{% macro m(x) %}({{ x }}){% endmacro %}",
        t="{% include 'part.md.j2' %}{% from 'macros.md.j2' import m %}{{ m(a) }}",
    )
    assert held.render("t.md.j2", {"a": "*"}) == "\\*(\\*)"


def test_ours_can_be_named_behind_an_exclamation_mark(tmp_path: Path) -> None:
    held = templates(tmp_path, pages__base="{% extends '!/pages/base.md.j2' %}{% block title %}Own{% endblock %}")
    text = held.render("pages/base.md.j2", {"title": "Theirs"})
    assert text.startswith("---\ngenerated: causebook\n")
    assert "# Own" in text


def test_without_a_folder_of_the_project_ours_are_used(tmp_path: Path) -> None:
    text = Templates(tmp_path / "missing").render("pages/base.md.j2", {"title": "Theirs"})
    assert "# Theirs" in text
    assert (SHIPPED / "pages" / "base.md.j2").is_file()


@pytest.mark.parametrize("name", ["none.md.j2", "../secret.md.j2", "/etc/passwd", "!/none.md.j2", "!/../x"])
def test_a_template_that_is_missing_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(TemplateError, match="there is no template"):
        templates(tmp_path).render(name, {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n{% if %}", "Expected an expression"),
        ("\n{{ nope }}", "UndefinedError: 'nope' is undefined"),
        ("\n{{ 1 / 0 }}", "ZeroDivisionError: division by zero"),
        ("\n{{ a.b.c }}", "UndefinedError"),
        ("\n{{ a|unknown }}", "No filter named 'unknown'"),
        ("\n{% for x in 5 %}{% endfor %}", "TypeError"),
        ("\n{% macro m() %}\n{{ nope }}{% endmacro %}{{ m() }}", "UndefinedError"),
        ("\n{% include 'broken.md.j2' %}", "UndefinedError"),
    ],
)
def test_an_error_has_its_file_line_and_subject(tmp_path: Path, text: str, message: str) -> None:
    held = templates(tmp_path, t=text, broken="\n\n\n{{ nope }}")
    with pytest.raises(TemplateError) as error:
        held.render("t.md.j2", {"a": {}}, subject="the entry")
    place = error.value.place
    assert place is not None
    assert (place.path, place.line) in {
        ("templates/t.md.j2", 2), ("templates/t.md.j2", 3), ("templates/broken.md.j2", 4),
    }  # fmt: skip
    assert message in error.value.message
    assert "the entry" in error.value.message
    assert error.value.hint


def test_a_template_that_is_not_utf_8_is_an_error_of_ours(tmp_path: Path) -> None:
    held = templates(tmp_path)
    (tmp_path / "templates" / "t.md.j2").write_bytes(b"\xff\xfe")
    with pytest.raises(TemplateError):
        held.render("t.md.j2", {})


def test_templates_that_extend_themselves_end_with_an_error(tmp_path: Path) -> None:
    with pytest.raises(TemplateError):
        templates(tmp_path, t="{% extends 't.md.j2' %}").render("t.md.j2", {})


def test_join_and_yaml_filters(tmp_path: Path) -> None:
    held = templates(tmp_path, t="{{ a|join }}|{{ b|yaml }}")
    assert held.render("t.md.j2", {"a": ["*", Md("**")], "b": "x: #"}) == "\\*, **|'x: #'"


BASE = "{% block first %}1{% endblock %}{% block second %}2{% block inner %}3{% endblock %}{% endblock %}"


@pytest.mark.parametrize(
    ("text", "message", "line", "hint"),
    [
        ("{% extends 'base.md.j2' %}\n{% block frist %}x{% endblock %}", "block 'frist' is in no", 2, "mean first?"),
        ("{% extends 'base.md.j2' %}\n{% block zzz %}x{% endblock %}", "never shown", 2, "first, inner, second"),
        ("{% extends 'base.md.j2' %}\n\nHello {{ a }}\n", "text outside of a block", 3, "into a block"),
        ("\n{% extends 't.md.j2' %}", "extends itself", 2, '{% extends "!/t.md.j2" %}'),
        ("\n{% extends 'none.md.j2' %}", "there is no template none.md.j2", 2, "check its name"),
        ("{% include 't.md.j2' %}", "includes or calls itself without an end", 1, "give it an end"),
    ],
)  # fmt: skip
def test_what_would_be_passed_over_in_silence_is_an_error(
    tmp_path: Path, text: str, message: str, line: int, hint: str
) -> None:
    held = templates(tmp_path, t=text, base=BASE)
    with pytest.raises(TemplateError, match=message) as error:
        held.render("t.md.j2", {"a": 1}, subject="an entry")
    place = error.value.place
    assert place is not None
    assert (place.path, place.line) == ("templates/t.md.j2", line)
    assert hint in error.value.hint


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{# why #}\n{% extends 'base.md.j2' %}\n\n{% block inner %}x{% endblock %}\n", "12x"),
        ("{% extends 'base.md.j2' %}{% block first %}[{% block own %}x{% endblock %}]{% endblock %}", "[x]23"),
        ("{% extends 'base.md.j2' %}\n{% macro m() %}x{% endmacro %}{% block first %}{{ m() }}{% endblock %}", "x23"),
        ("{% extends which %}{% block anything %}x{% endblock %}", "123"),
    ],
)  # fmt: skip
def test_what_is_right_is_left_alone(tmp_path: Path, text: str, shown: str) -> None:
    assert templates(tmp_path, t=text, base=BASE).render("t.md.j2", {"which": "base.md.j2"}).strip() == shown


def test_a_template_of_ours_finds_the_projects_mistake_below_it(tmp_path: Path) -> None:
    held = templates(tmp_path, pages__base="{% extends '!/pages/base.md.j2' %}\n{% block boddy %}x{% endblock %}")
    with pytest.raises(TemplateError, match="block 'boddy'") as error:
        held.render("pages/list.md.j2", {"title": "T", "rows": []})
    assert (error.value.place and error.value.place.path) == "templates/pages/base.md.j2"


def test_compiled_templates_are_kept_and_made_anew_when_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert templates(tmp_path, a="{{ x }} one").render("a.md.j2", {"x": 1}) == "1 one"
    (kept,) = (tmp_path / "cache").rglob("*.cache")
    before = kept.read_bytes()
    assert templates(tmp_path, a="{{ x }} two").render("a.md.j2", {"x": 1}) == "1 two"
    assert kept.read_bytes() != before
    for broken in (b"", before[:-20], before[:30], b"nothing of ours"):
        kept.write_bytes(broken)
        assert templates(tmp_path, a="{{ x }} two").render("a.md.j2", {"x": 1}) == "1 two"


def test_where_nothing_can_be_kept_templates_are_rendered_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert templates(tmp_path, a="{{ x }}").render("a.md.j2", {"x": 1}) == "1"
