"""What entries and pages point at: files and lines at the right commit, pages, headings, numbers, addresses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gitrepo import FIRST, SECOND, GitRepo, Project

FIX = {"kind": "fix", "description": "Pool per loop"}


@pytest.fixture
def project(repo: GitRepo) -> Project:
    """A project with a file of three lines."""
    made = Project(repo, repo.path)
    repo.commit({"src/pool.py": "1\n2\n3\n", "docs/a b.md": "x"}, "Begin")
    return made


def messages(project: Project, name: str = "file-reference", **given: Any) -> list[str]:
    return [f.message for f in project.report(name, **given).findings]


def fix(*files: dict[str, Any]) -> dict[str, Any]:
    return {**FIX, "files": list(files)}


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ({"path": "src/pool.py"}, []),
        ({"path": "./src/pool.py"}, []),
        ({"path": "src\\pool.py"}, []),
        ({"path": "src/"}, []),
        ({"path": "docs/a b.md"}, []),
        ({"path": "src/pool.py", "lines": [1, 3]}, []),
        ({"path": "src/pool.py", "lines": [1, 4]}, ["lines 1 to 4 of src/pool.py, which has 3"]),
        ({"path": "src/pool.py", "lines": [3, 1]}, ["lines 3 to 1 of src/pool.py, which has 3"]),
        ({"path": "src/pool.py", "lines": [0, 1]}, ["lines 0 to 1 of src/pool.py, which has 3"]),
        ({"path": "src/pol.py"}, ["there is no src/pol.py"]),
        ({"path": "src/Pool.py"}, ["there is no src/Pool.py"]),
        ({"path": "src/gone.py", "change": "deleted"}, []),
        ({"path": "a\nb.py"}, []),
    ],
)
def test_a_file_of_the_fix_is_there(project: Project, file: dict[str, Any], found: list[str]) -> None:
    project.write(FIRST, fix=fix(file))
    assert messages(project) == found


def test_a_file_is_looked_up_where_it_was_fixed_and_where_the_entry_landed(project: Project) -> None:
    repo = project.repo
    fixed = repo.commit({"src/pool.py": "1\n2\n3\n4\n5\n"}, "fix: pool")
    project.write(
        FIRST, fix=fix({"path": "src/pool.py", "lines": [5, 5]}), commits=[{"sha": fixed, "role": "fixed"}],
        attempts=[{"action": "x", "outcome": "failed", "files": [{"path": "src/pool.py", "lines": [4, 5]}]}],
    )  # fmt: skip
    repo.commit({}, "Entry")
    repo.commit({"src/pool.py": None, "src/pools.py": "1\n"}, "Move on")
    assert messages(project) == []
    project.write(FIRST, fix=fix({"path": "src/pool.py", "lines": [6, 6]}), commits=[{"sha": fixed, "role": "fixed"}])
    assert messages(project) == ["lines 6 to 6 of src/pool.py, which has 5"]
    project.write(SECOND, attempts=[{"action": "x", "outcome": "failed", "files": [{"path": "src/pool.py"}]}])
    assert messages(project)[1:] == ["there is no src/pool.py"]


@pytest.mark.parametrize(
    ("ref", "found"),
    [
        ("src/pool.py#L1-L3", []),
        ("src/pool.py#L2", []),
        ("src/pool.py#L2-L9", ["lines 2 to 9 of src/pool.py, which has 3"]),
        ("src/gone.py#L2", ["there is no src/gone.py"]),
        ("The Mythical Man-Month", []),
        ("https://example.org/src/gone.py", []),
        ("#12", []),
        ("team/app#12", []),
        ("and/or", []),
    ],
)
def test_a_reference_that_is_a_path_is_there(project: Project, ref: str, found: list[str]) -> None:
    project.write(FIRST, references=[{"type": "evidence", "ref": ref}])
    assert messages(project) == found
    project.write(FIRST, evidence=[{"id": "E1", "ref": ref}])
    assert messages(project) == found


def test_lines_of_evidence_are_there(project: Project) -> None:
    project.write(FIRST, evidence=[{"id": "E1", "ref": "src/pool.py", "lines": [2, 7]}])
    assert messages(project) == ["lines 2 to 7 of src/pool.py, which has 3"]


def test_a_close_path_is_proposed(project: Project) -> None:
    project.write(FIRST, fix=fix({"path": "lib/pool.py"}))
    (finding,) = project.lint("file-reference")
    assert finding.fix == "did you mean src/pool.py?"
    assert finding.place.line > 1


def test_another_repository_is_unknown_until_it_is_at_hand(project: Project, tmp_path: Path) -> None:
    project.write(FIRST, repo="other", fix=fix({"path": "lib/x.py", "lines": [1, 2]}))
    assert [f.verdict for f in project.lint("file-reference")] == ["unknown"]
    other = GitRepo(tmp_path / "other")
    other.commit({"lib/x.py": "1\n"}, "x")
    project.put("causebook.toml", '[repos.other]\npath = "../other"\n')
    assert messages(project) == ["lines 1 to 2 of lib/x.py, which has 1"]
    other.commit({"lib/x.py": "1\n2\n"}, "x")
    assert messages(project) == []


def test_a_shallow_clone_cannot_say_whether_a_file_was_there(project: Project, tmp_path: Path) -> None:
    fixed = project.repo.commit({"src/old.py": "1\n"}, "fix: old")
    project.write(FIRST, fix=fix({"path": "src/old.py"}), commits=[{"sha": fixed, "role": "fixed"}])
    project.repo.commit({"src/old.py": None}, "Away")
    assert messages(project) == []
    project.repo.run("clone", "--quiet", "--depth=1", project.root.as_uri(), str(tmp_path / "c"))
    clone = Project(GitRepo(tmp_path / "c", init=False), tmp_path / "c")
    (finding,) = clone.lint("file-reference")
    assert (finding.verdict, finding.fix) == ("unknown", "git fetch --unshallow")


def test_without_git_the_disk_decides(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    project = Project(GitRepo(tmp_path / "unused"), tmp_path / "p")
    project.put("src/pool.py", "1\n")
    project.write(FIRST, fix=fix({"path": "src/pool.py", "lines": [1, 2]}, {"path": "src/no.py"}))
    assert messages(project) == ["lines 1 to 2 of src/pool.py, which has 1", "there is no src/no.py"]


def test_paths_start_from_the_project_in_a_folder_of_the_repository(repo: GitRepo) -> None:
    project = Project(repo, repo.path / "app")
    project.put("src/pool.py", "1\n")
    repo.commit({"src/other.py": ""}, "Begin")
    project.write(FIRST, fix=fix({"path": "src/pool.py", "lines": [1, 1]}, {"path": "src/other.py"}))
    repo.commit({}, "Entry")
    assert messages(project) == ["there is no src/other.py"]


def test_the_number_of_processes_does_not_grow(project: Project) -> None:
    from causebook.checks import file_reference
    from causebook.git import Repository

    counts = []
    for many in (1, 30):
        project.write(FIRST, fix=fix(*({"path": f"src/{n}.py"} for n in range(many))))
        kb = project.load()
        held = Repository.open(project.root)
        assert len(list(file_reference.check(kb, project.facts(), held))) == many
        counts.append(held.processes)
    assert counts[0] == counts[1]


def test_a_file_that_the_change_renames_is_named_anew(project: Project) -> None:
    project.repo.run("mv", "src/pool.py", "src/pools.py")
    project.write(FIRST, fix=fix({"path": "src/pool.py"}))
    (finding,) = project.report("moved-file", base="HEAD").findings
    assert finding.edit is not None
    assert (finding.edit.field, finding.edit.value) == (("fix", "files", 0, "path"), "src/pools.py")
    project.write(FIRST, fix=fix({"path": "src/pools.py"}))
    assert messages(project, "moved-file", base="HEAD") == []


PAGE = """# Set it up

See [there](other.md), [part](other.md#the-part), ![picture](../images/a.png), [here](#set-it-up).

```text
[not](a-link.md)
```

And `[neither](this.md)`, [web](https://example.org/x.md), [top](../index.md).

[defined]: other.md#the-part_1
"""
OTHER = "# Other\n\n## The *part*\n\n## The part\n\n## Ünïcode & `code`\n\n## Own { #own-id }\n\n<a id='raw'></a>\n"


@pytest.fixture
def book(project: Project) -> Project:
    """Pages that link to each other."""
    project.put("kb/guide/start.md", PAGE)
    project.put("kb/guide/other.md", OTHER)
    project.put("kb/index.md", "# Home\n")
    project.put("kb/images/a.png", b"\x89PNG")
    return project


def test_pages_that_hold_together_pass(book: Project) -> None:
    assert messages(book, "page-link") == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("[x](other.md#own-id)", []),
        ("[x](other.md#raw)", []),
        ("[x](other.md#unicode-code)", []),
        ("[x](other.md#the-part_2)", ["guide/other.md has no heading #the-part_2"]),
        ("[x](oter.md)", ["there is no page oter.md"]),
        ("[x](#nowhere)", ["guide/more.md has no heading #nowhere"]),
        ("![x](../images/b.png)", ["there is no image ../images/b.png"]),
        ("[x](../../README.md)", ["../../README.md leads out of the site"]),
        ("[x](<other.md>)", []),
        ('[x](other.md "Title")', []),
        ("[a [b] c](gone.md)", ["there is no page gone.md"]),
        ("[x](gone_(one).md)", ["there is no page gone_(one).md"]),
        ("[x](mailto:a@example.org)", []),
        ("[x]: gone.md", ["there is no page gone.md"]),
        ("    ```\n    [x](gone.md)\n    ```", []),
    ],
)
def test_a_link_that_leads_nowhere_is_found(book: Project, line: str, found: list[str]) -> None:
    book.put("kb/guide/more.md", f"# More\n\n{line}\n")
    assert messages(book, "page-link") == found


def test_what_harvest_makes_is_unknown_until_it_is_made(book: Project) -> None:
    book.put("kb/guide/more.md", "[x](../records/index.md)")
    assert [(f.verdict, f.fix) for f in book.lint("page-link")] == [("unknown", "causebook harvest")]
    book.put("kb/records/index.md", "# Records\n")
    assert book.lint("page-link") == ()
    book.put("kb/guide/more.md", "[x](../records/none.md)")
    assert [f.verdict for f in book.lint("page-link")] == ["fail"]


def test_a_playbook_links_as_its_page_stands_in_the_site(book: Project) -> None:
    book.put("kb/playbooks/one.md", "[two](two.md), [guide](../../guide/other.md)")
    book.put("kb/playbooks/two.md", "# Two\n")
    assert messages(book, "page-link") == []


def test_headings_get_the_ids_that_the_site_gives_them() -> None:
    import markdown as python_markdown

    from causebook import markdown

    heads = [
        "Plain", "Plain", "plain_1", "With *emphasis* and `code_x`", "Ünïcode — dash", "a.b:c/d?", "1. First", "Ends #",
        "[link](x.md) text", "日本語", "__init__", "Tab\tand  blanks", "&amp; entity", "C++ & C#", "- lead", "Plain_1",
    ]  # fmt: skip
    text = "\n\n".join(f"## {head}" for head in heads)
    made = python_markdown.Markdown(extensions=["toc"])
    made.convert(text)
    theirs = {token["id"] for token in made.toc_tokens}  # type: ignore[attr-defined]
    assert markdown.anchors(text) == theirs
