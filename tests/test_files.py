"""Reading within bounds, and writing that never leaves half a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from causebook.errors import Place, WriteRefused
from causebook.files import MAX_BYTES, Unreadable, create_text, read_text, write_bytes, write_text


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def unreadable(path: Path) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read_text(path, name="entries/x.yaml")
    return caught.value


def test_text_is_read_as_utf8(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("größe: 日本\r\n".encode())
    assert read_text(path, name="x.yaml") == "größe: 日本\r\n"


def test_byte_order_mark_of_utf8_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbfid: x\n")
    assert read_text(path, name="x.yaml") == "id: x\n"


def test_byte_that_is_not_utf8_is_named_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"id: x\ntitle: caf\xe9\n")
    error = unreadable(path)
    assert str(error) == "entries/x.yaml:2:11: is not UTF-8: byte 0xe9\n  save the file as UTF-8"


def test_column_of_a_bad_byte_counts_characters(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("id: x\ntitle: größe ".encode() + b"\xff\n")
    assert unreadable(path).place == Place("entries/x.yaml", 2, 14)


def test_column_of_a_bad_byte_does_not_count_the_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbfid: \xff\n")
    assert unreadable(path).place == Place("entries/x.yaml", 1, 5)


def test_utf16_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("id: x\n".encode("utf-16"))
    error = unreadable(path)
    assert error.message in {"is not UTF-8: byte 0xff", "is not UTF-8: byte 0xfe"}
    assert error.place == Place("entries/x.yaml", 1, 1)


def test_file_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"a" * MAX_BYTES)
    assert len(read_text(path, name="x.yaml")) == MAX_BYTES


def test_file_over_the_limit_is_refused_with_both_sizes(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    error = unreadable(path)
    assert error.message == "is 52,428,800 bytes, more than the 1,048,576 that are read"
    assert error.hint == "keep long logs in a file of their own and refer to it under evidence:"


def test_folder_with_the_name_of_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.mkdir()
    error = unreadable(path)
    assert str(error) == (
        "entries/x.yaml: cannot be read: is a directory\n  a folder has the name of a file here: rename it"
    )


def test_loop_of_links_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.symlink_to(path)
    assert unreadable(path).message == "cannot be read: too many levels of symbolic links"


def test_link_to_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.symlink_to("nowhere.yaml")
    error = unreadable(path)
    assert error.message == "cannot be read: no such file or directory"
    assert error.hint == "restore or remove it"


def test_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("id: x\n", encoding="utf-8")
    path.chmod(0)
    user = os.geteuid()
    if user == 0:  # root reads every file, nobody does not
        os.seteuid(65534)
    try:
        error = unreadable(path)
    finally:
        os.seteuid(user)
    assert error.message == "cannot be read: permission denied"
    assert error.hint == "make it readable, or move it away"


def test_written_file_holds_the_text_and_its_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "x.md"
    write_text(path, "größe\n")
    assert path.read_bytes() == "größe\n".encode()
    assert names(path.parent) == ["x.md"]


def test_writing_keeps_the_permissions_a_file_has(tmp_path: Path) -> None:
    path = tmp_path / "x.sh"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o750)
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o750


def test_new_file_has_the_permissions_of_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "x", "x")
        create_text(tmp_path / "y", "y")
    finally:
        os.umask(before)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "y").stat().st_mode & 0o777 == 0o640


def test_writing_replaces_the_file_and_not_what_other_names_of_it_show(tmp_path: Path) -> None:
    path, other = tmp_path / "x", tmp_path / "y"
    path.write_text("old", encoding="utf-8")
    os.link(path, other)
    write_text(path, "new")
    assert (path.read_text(encoding="utf-8"), other.read_text(encoding="utf-8")) == ("new", "old")


def test_failed_write_leaves_no_temporary_file(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.mkdir()
    with pytest.raises(WriteRefused) as caught:
        write_text(path, "text")
    assert str(caught.value) == f"{path}: cannot be written: is a directory"
    assert names(tmp_path) == ["x.md"]


@pytest.mark.parametrize("write", [write_text, create_text])
def test_file_where_the_folder_should_be_is_left_alone(tmp_path: Path, write: object) -> None:
    assert callable(write)
    (tmp_path / "kb").write_text("mine", encoding="utf-8")
    path = tmp_path / "kb" / "x.md"
    with pytest.raises(WriteRefused) as caught:
        write(path, "text")
    assert caught.value.message == "cannot be written: not a directory"
    assert names(tmp_path) == ["kb"]
    assert (tmp_path / "kb").read_text(encoding="utf-8") == "mine"


def test_temporary_file_left_by_an_earlier_process_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / f".causebook-{os.getpid()}.tmp").write_text("left over, and longer", encoding="utf-8")
    write_text(tmp_path / "x", "new")
    assert (tmp_path / "x").read_text(encoding="utf-8") == "new"
    assert names(tmp_path) == ["x"]


def test_link_with_the_name_of_the_temporary_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine", encoding="utf-8")
    (tmp_path / f".causebook-{os.getpid()}.tmp").symlink_to("precious")
    with pytest.raises(WriteRefused):
        write_text(tmp_path / "x", "new")
    assert (tmp_path / "precious").read_text(encoding="utf-8") == "mine"


def test_file_in_the_current_folder_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_text(Path("x.md"), "text")
    create_text(Path("y.md"), "text")
    assert names(tmp_path) == ["x.md", "y.md"]


def test_new_file_is_created_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "2026" / "x.yaml"
    create_text(path, "id: x\n")
    assert path.read_text(encoding="utf-8") == "id: x\n"
    assert names(path.parent) == ["x.yaml"]


@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_creating_never_touches_what_is_there(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.yaml"
    if kind == "file":
        path.write_text("mine", encoding="utf-8")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere")
    with pytest.raises(WriteRefused) as caught:
        create_text(path, "theirs")
    assert str(caught.value) == f"{path}: exists already and is left as it is"
    assert names(tmp_path) == ["x.yaml"]
    assert kind != "file" or path.read_text(encoding="utf-8") == "mine"
