"""What the README and the guide show is true: the example is an entry, the commands run, the links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from causebook import plugins, yamlio
from causebook.markdown import headings, slug
from causebook.model import ENTRY
from causebook.model.requirements import unmet
from conftest import Run
from gitrepo import GitRepo

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "kb").glob("*.md"))]
DOCUMENTS += sorted((ROOT / "kb" / "guide").glob("*.md"))


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def commands() -> list[list[str]]:
    """The ``causebook`` commands of the first block."""
    lines = blocks("sh")[0].replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("causebook")]


def test_the_example_is_a_complete_entry() -> None:
    (text,) = blocks("yaml")
    entry = ENTRY.validate_python(yamlio.parse(text, "README.md").data)
    assert [requirement.field for requirement in unmet(entry)] == []


def test_the_commands_run_in_an_empty_repository(repo: GitRepo, run: Run) -> None:
    repo.commit({"src/pool.py": "pool = 1\n"}, "Begin")
    shown = commands()
    assert {words[0] for words in shown} >= {"init", "new", "check", "serve", "list", "show", "build"}
    for words in shown:
        # Whole sites have their own tests; that the verb is there is enough here.
        result = run(*([words[0], "--help"] if words[0] in {"serve", "build"} else words), at=repo.path)
        assert result.code == 0, (words, result)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file(document: Path) -> None:
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    targets = re.findall(r"\]\((?!https?://)([^)\s]+)\)", text)
    for target in targets:
        path, _, anchor = target.partition("#")
        held = document.parent / path if path else document
        if not path.startswith(("records/", "../records/")):  # made by harvest
            assert held.exists(), target
        if anchor:
            assert anchor in {slug(heading.text) for heading in headings(held.read_text(encoding="utf-8"))}, target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_is_named_exists(document: Path) -> None:
    verbs = {name.rstrip("_") for name in plugins.names("causebook.commands")}
    named = re.findall(r"`causebook ([a-z][a-z-]*)", document.read_text(encoding="utf-8"))
    named += re.findall(r"^causebook ([a-z][a-z-]*)", document.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(named) <= verbs
