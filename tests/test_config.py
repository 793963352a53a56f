"""The settings: where they are read from, what they may hold, and how mistakes in them are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from causebook.config import Config, ForeignRepo, find_root, load
from causebook.errors import ConfigError
from causebook.files import Unreadable


def settings(root: Path, text: str, name: str = "causebook.toml") -> Config:
    (root / name).write_text(text, encoding="utf-8")
    return load(root)


def refused(root: Path, text: str, name: str = "causebook.toml") -> str:
    with pytest.raises(ConfigError) as caught:
        settings(root, text, name)
    return str(caught.value)


def test_project_without_settings_has_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == Config()


def test_pyproject_without_our_table_gives_the_defaults(tmp_path: Path) -> None:
    assert settings(tmp_path, '[project]\nname = "x"\n', "pyproject.toml") == Config()


def test_settings_are_read_from_pyproject(tmp_path: Path) -> None:
    text = (
        '[tool.causebook]\nentries = "docs/incidents"\ncomponents = ["api", "worker"]\ncommit-url = "https://x/{sha}"\n'
        '[tool.causebook.repos.lib]\nurl = "https://example.org/lib/commit/{sha}"\npath = "../lib"\n'
    )
    config = settings(tmp_path, text, "pyproject.toml")
    assert config.entries == "docs/incidents"
    assert config.components == ("api", "worker")
    assert config.commit_url == "https://x/{sha}"
    assert config.repos == {"lib": ForeignRepo("https://example.org/lib/commit/{sha}", "../lib")}


def test_own_file_wins_over_pyproject(tmp_path: Path) -> None:
    settings(tmp_path, '[tool.causebook]\nkb = "one"\n', "pyproject.toml")
    assert settings(tmp_path, 'kb = "two"\n').kb == "two"


def test_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    assert settings(tmp_path, '\ufeffkb = "pages"\n').kb == "pages"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('entires = "x"', "causebook.toml: unknown setting 'entires'\n  did you mean entries?"),
        (
            "zzz = 1",
            (
                "causebook.toml: unknown setting 'zzz'\n"
                "  settings are: allow, commit_url, components, entries, file_url, gate, ignore, kb, levels, "
                "policy, repos, select, templates, web"
            ),
        ),
        ("kb = 3", 'causebook.toml: kb is 3, expected text\n  write kb = "…"'),
        (
            'select = "schema"',
            "causebook.toml: select is 'schema', expected a list of texts\n  select = [\"…\"]",
        ),
        ("ignore = [1]", 'causebook.toml: ignore is [1], expected a list of texts\n  ignore = ["…"]'),
        (
            'entries = "../x"',
            "causebook.toml: entries is '../x', expected a folder inside the project\n  entries = \"entries\"",
        ),
        ('kb = "/kb"', "causebook.toml: kb is '/kb', expected a folder inside the project\n  kb = \"kb\""),
        (
            'templates = ""',
            "causebook.toml: templates is '', expected a folder inside the project\n  templates = \"templates\"",
        ),
        (
            'repos = "x"',
            'causebook.toml: repos is not a table\n  write [tool.causebook.repos.NAME], url = "…"',
        ),
        ('[repos.lib]\nuri = "x"\nbranch = "y"', "causebook.toml: repos.lib: unknown branch, uri\n  url, path"),
        ('[repos]\nlib = "x"', "causebook.toml: repos.lib is not a table\n  url, path"),
        (
            '[repos.lib]\nurl = "https://example.org"',
            (
                "causebook.toml: repos.lib.url is not an address with {sha}\n"
                '  such as "https://example.org/team/app/commit/{sha}"'
            ),
        ),
        (
            '[repos.lib]\nurl = "javascript:{sha}"',
            (
                "causebook.toml: repos.lib.url is not an address with {sha}\n"
                '  such as "https://example.org/team/app/commit/{sha}"'
            ),
        ),
        ("[repos.lib]\npath = 1", 'causebook.toml: repos.lib.path is 1, expected text\n  write repos.lib.path = "…"'),
    ],
)
def test_mistake_is_told_with_the_way_out(tmp_path: Path, text: str, message: str) -> None:
    assert refused(tmp_path, text) == message


def test_file_that_is_not_toml_is_told_with_its_line(tmp_path: Path) -> None:
    assert refused(tmp_path, 'kb = "x"\nweb = \n') == "causebook.toml:2:7: is not TOML: invalid value"


def test_file_that_ends_too_early_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path, "kb").startswith("causebook.toml: is not TOML: expected '='")


def test_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    (tmp_path / "causebook.toml").write_bytes(b'kb = "\xff"\n')
    with pytest.raises(Unreadable, match=r"^causebook\.toml:1:7: is not UTF-8"):
        load(tmp_path)


@pytest.mark.parametrize("text", ['[tool]\ncausebook = "x"', "[tool]\ncausebook = []"])
def test_setting_in_place_of_the_table_is_told(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, text, "pyproject.toml") == (
        "pyproject.toml: [tool.causebook] is not a table\n  write [tool.causebook]"
    )


def test_tool_that_is_no_table_is_not_ours_to_judge(tmp_path: Path) -> None:
    assert settings(tmp_path, 'tool = "x"\n', "pyproject.toml") == Config()


@pytest.mark.parametrize("mark", ["causebook.toml", ".git", ".git/"])
def test_root_is_the_nearest_folder_up_that_says_so(tmp_path: Path, mark: str) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    if mark.endswith("/"):
        (tmp_path / mark).mkdir()
    else:
        (tmp_path / mark).write_text("", encoding="utf-8")
    assert find_root(inner) == tmp_path
    assert find_root(tmp_path) == tmp_path


def test_root_without_git_is_known_by_site_and_entries(tmp_path: Path) -> None:
    inner = tmp_path / "entries" / "2026"
    inner.mkdir(parents=True)
    assert find_root(inner) == inner
    (tmp_path / "mkdocs.yml").write_text("site_name: x\n", encoding="utf-8")
    assert find_root(inner) == tmp_path


def test_root_is_where_one_stands_if_nothing_says_otherwise(tmp_path: Path) -> None:
    assert find_root(tmp_path) == tmp_path
