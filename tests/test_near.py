"""A change is judged alike whether everything is read or only what is near, before and after the base is known."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from causebook import change as changes
from causebook import links, linter, near, rules
from causebook.findings import Report
from causebook.git import Repository
from causebook.linter import Given
from causebook.model.words import INVERSE
from causebook.pull_request import PullRequest
from gitrepo import GitRepo, Project

ERROR = "RuntimeError: the pool of {} is bound to another loop than this"
IDS = [f"2026-{n + 1:02}-03-entry-number-{n:02}-{n:04x}" for n in range(10)]
SESSION = "2026-11-05-a-session-00ff"
CIRCULAR = ("supersedes", "causes", "related", "duplicate_of")


class Base:
    """A base of ten incidents and a session that hold together, and a branch that changes something."""

    def __init__(self, repo: GitRepo, rng: random.Random) -> None:
        self.project, self.rng = Project(repo, repo.path), rng
        self.shas = [repo.commit({"src/pool.py": f"pool = {n}\n"}, f"fix: pool (#{n})") for n in range(6)]
        self.shas.append(repo.commit({}, f"Revert it\n\nThis reverts commit {self.shas[1]}."))
        self.held: dict[str, dict[str, Any]] = {}
        for number, one in enumerate(IDS):
            self.held[one] = {
                "title": f"Pool {number} is closed before the loop of {number % 3}",
                "symptom": {
                    "description": "It fails.",
                    "errors": [{"text": ERROR.format(f"part {'abcdef'[number % 5]}")}],
                },
                "commits": [{"sha": self.shas[number % 6], "role": "fixed"}],
                "relations": [],
            }
        self.held[SESSION] = {"kind": "session", "status": "in_progress", "next_steps": []}
        for first, second in ((0, 1), (1, 2), (2, 3), (5, 6)):
            self.relate(IDS[first], IDS[second], "causes")
        self.held[SESSION]["next_steps"] = [{"step": "Mend", "state": "done", "closed_by": IDS[7]}]
        self.write()
        repo.commit({}, "Entries")
        repo.run("checkout", "--quiet", "-b", "work")

    def relate(self, one: str, other: str, type_: str, *, back: bool = True) -> None:
        self.held[one].setdefault("relations", []).append({"type": type_, "target": other})
        if back and other in self.held:
            self.held[other].setdefault("relations", []).append({"type": INVERSE[type_], "target": one})

    def write(self) -> None:
        for one, fields in self.held.items():
            self.project.write(one, **fields)

    def change(self) -> None:  # noqa: C901 - one case for each thing
        """One of the things that authors do, right or wrong."""
        rng = self.rng
        some = [one for one in self.held if one != SESSION]
        one, other = rng.sample(some, 2)
        match rng.randrange(11):
            case 0:
                self.held[one]["status"] = rng.choice(["resolved", "superseded", "investigating"])
            case 1:
                self.relate(
                    one, rng.choice([other, one, "2020-01-01-not-there-0000"]), rng.choice(CIRCULAR), back=False
                )
            case 2:
                self.relate(one, other, rng.choice(CIRCULAR))
            case 3:
                self.held[one]["relations"] = []
            case 4:
                del self.held[one]
                self.project.path(one).unlink()
            case 5:
                self.held[f"2026-12-01-new-one-{rng.randrange(4096):04x}"] = dict(self.held[one])
            case 6:
                self.held[one]["commits"] = [
                    {"sha": rng.choice(self.shas), "role": role} for role in ("introduced", "fixed")
                ]
            case 7:
                self.held[one]["severty"] = "sev2"
            case 8:
                self.project.put(f"entries/2026/{other}-copy.yaml", self.project.path(other).read_bytes())
            case 9:
                self.held[one]["fix"] = {"kind": "fix", "description": "x", "pr": str(rng.randrange(9))}
            case _:
                self.held[one]["title"] = self.held[other]["title"]
        self.write()
        if rng.random() < 0.5:
            self.shas.append(
                self.project.repo.commit(
                    {rng.choice(["src/loop.py", "kb/loop.md", "kb/pool.md"]): str(rng.random())}, "fix: the loop (#8)"
                )
            )


def reports(root: Path, cache: Path) -> tuple[Report, Report, Report]:
    """With everything read, before the base is known, and after."""
    repo = Repository.open(root)
    change = changes.read(root, "main", scope="base", request=PullRequest(), variables={}, repo=repo)
    chosen = rules.chosen((), ())
    base, facts, read = links.read(root)
    whole = linter.lint(Given(base, facts, change, read), chosen)
    shutil.rmtree(cache, ignore_errors=True)
    cold = near.lint(root, change, repo, chosen, frozenset())
    return whole, cold, near.lint(root, change, repo, chosen, frozenset())


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("seed", range(4))
def test_a_part_is_judged_as_the_whole(seed: int, repo: GitRepo, cache: Path) -> None:
    base = Base(repo, random.Random(seed))  # noqa: S311
    root = base.project.root
    whole, cold, warm = reports(root, cache)
    assert (whole, cold) == (warm, warm)
    assert list(cache.rglob("*.json")), [f.message for f in base.project.lint() if "nearly" not in f.message]
    keep = cache.with_name("kept")
    shutil.copytree(cache, keep)
    for _ in range(3):
        base.change()
        whole, cold, warm = reports(root, cache)
        assert cold == whole
        assert warm == whole
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(keep, cache)  # as known from before this branch began
        change = changes.read(root, "main", scope="base", request=PullRequest(), variables={})
        assert near.lint(root, change, Repository.open(root), rules.chosen((), ()), frozenset()) == whole


def test_what_is_far_is_not_read(repo: GitRepo, cache: Path) -> None:
    base = Base(repo, random.Random(1))  # noqa: S311
    path = base.project.path(IDS[8])
    repo.run("update-index", "--assume-unchanged", str(path.relative_to(repo.path)))
    base.held[IDS[4]]["title"] = base.held[IDS[9]]["title"]
    base.write()
    whole, cold, _ = reports(base.project.root, cache)
    assert whole == cold
    path.write_text("no: entry\n")  # which git has been told not to see
    change = changes.read(repo.path, "main", scope="base", request=PullRequest(), variables={})
    warm = near.lint(repo.path, change, Repository.open(repo.path), rules.chosen((), ()), frozenset())
    assert warm == whole
    assert warm.findings
    shutil.rmtree(cache)
    cold = near.lint(repo.path, change, Repository.open(repo.path), rules.chosen((), ()), frozenset())
    assert str(path.name) in {Path(f.place.path).name for f in cold.findings}


def test_a_base_that_does_not_hold_together_is_not_kept(repo: GitRepo, cache: Path) -> None:
    base = Base(repo, random.Random(2))  # noqa: S311
    base.relate(IDS[4], IDS[9], "related", back=False)
    base.write()
    whole, cold, warm = reports(base.project.root, cache)
    assert whole == cold == warm
    assert not list(cache.rglob("*.json"))
