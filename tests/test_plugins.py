"""Checks and formats are found by the name of their file, and by entry points of installed packages."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from causebook import plugins
from causebook.errors import ConfigError

GROUP = "some_checks"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of two checks, and a folder where others can be installed beside it."""
    package = tmp_path / GROUP
    package.mkdir()
    for name in ("__init__", "second", "first", "_helper"):
        (package / f"{name}.py").write_text(f"NAME = {name!r}\n", encoding="utf-8")
    (package / "notes.txt").write_text("not a module", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [n for n in sys.modules if n.split(".")[0] in {GROUP, "plug"}]:
        monkeypatch.delitem(sys.modules, name)
    return tmp_path


def install(folder: Path, point: str, source: str | None) -> None:
    """Put a distribution into ``folder`` that names ``point``, with the module ``plug``."""
    info = folder / "plug-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plug\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{point}\n", encoding="utf-8")
    if source is not None:
        (folder / "plug.py").write_text(source, encoding="utf-8")


def test_names_are_sorted_and_leave_out_underscores(installed: Path) -> None:
    assert plugins.names(GROUP) == ("first", "second")


def test_modules_are_imported_by_name(installed: Path) -> None:
    found = plugins.modules(GROUP)
    assert list(found) == ["first", "second"]
    assert found["first"].NAME == "first"


def test_entry_point_adds_a_module(installed: Path) -> None:
    install(installed, "third = plug", "NAME = 'third'\n")
    found = plugins.modules(GROUP)
    assert list(found) == ["first", "second", "third"]
    assert found["third"].NAME == "third"


def test_entry_point_of_another_group_is_not_ours(installed: Path) -> None:
    install(installed, "third = plug", "")
    (installed / "plug-1.0.dist-info" / "entry_points.txt").write_text("[others]\nthird = plug\n", encoding="utf-8")
    assert list(plugins.modules(GROUP)) == ["first", "second"]


def test_entry_point_cannot_take_a_name_in_use(installed: Path) -> None:
    install(installed, "first = plug", "")
    with pytest.raises(ConfigError) as caught:
        plugins.modules(GROUP)
    assert str(caught.value) == "plug-in 'plug' takes the name 'first', which some_checks already has"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (None, "No module named 'plug'"),
        ("raise RuntimeError('no database')\n", "no database"),
        ("import does_not_exist_anywhere\n", "No module named 'does_not_exist_anywhere'"),
    ],
)
def test_entry_point_that_cannot_be_imported_is_told(installed: Path, source: str | None, reason: str) -> None:
    install(installed, "third = plug", source)
    with pytest.raises(ConfigError) as caught:
        plugins.modules(GROUP)
    assert str(caught.value) == f"plug-in 'plug' cannot be imported: {reason}"


def test_own_checks_are_found_without_importing_them() -> None:
    assert {"schema", "yaml_syntax", "file_readable"} <= set(plugins.names("causebook.checks"))
