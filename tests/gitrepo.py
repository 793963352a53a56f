"""A real git repository for tests, apart from the settings of whoever runs them, and a project inside one."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from causebook import change as changes
from causebook import kb, links, linter, rules
from causebook.findings import Finding, Report
from causebook.git import GitUnavailable, Repository
from causebook.kb import KnowledgeBase
from causebook.links import CommitFact, GitFacts
from causebook.linter import Given
from causebook.pull_request import PullRequest

AUTHOR = "Ada Lovelace <ada@example.org>"
DATE = "2026-01-01T12:00:00+00:00"
ISOLATED = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
FIRST = "2026-01-01-the-entry-itself-0a0a"
SECOND = "2026-01-02-the-other-entry-0b0b"
COLLIDING = (4057, 6459)
"""Numbers of two commits of ``collide`` whose shas begin with the same seven digits."""


class GitRepo:
    """A repository at ``path``; made unless ``init`` is false."""

    def __init__(self, path: Path, *, init: bool = True, bare: bool = False) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        if init:
            self.run("init", "--quiet", "--initial-branch=main", *(["--bare"] if bare else []))

    def run(self, *args: str, stdin: bytes = b"", date: str = DATE, author: str = AUTHOR) -> str:
        """What git prints."""
        name, _, email = author.rstrip(">").partition(" <")
        who = {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", name), ("EMAIL", email), ("DATE", date))
        }
        outer = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *args],
            cwd=self.path, env={**outer, **ISOLATED, **who}, input=stdin, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
        return done.stdout.decode("utf-8", "replace").strip()

    def commit(
        self,
        files: Mapping[str, str | bytes | None],
        message: str,
        *,
        author: str = AUTHOR,
        date: str = DATE,
    ) -> str:
        """Write ``files`` (None deletes), commit everything, and return the full sha."""
        for name, content in files.items():
            target = self.path / name
            if content is None:
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.run("add", "--all")
        self.run("commit", "--quiet", "--allow-empty", "--message", message, date=date, author=author)
        return self.head

    @property
    def head(self) -> str:
        """Full sha of what is checked out."""
        return self.run("rev-parse", "HEAD")

    def many(self, count: int, start: int = 0) -> list[str]:
        """``count`` commits on main in one process, the oldest first."""
        stream = [f"reset refs/heads/main\nfrom {self.head}\n\n" if start else ""]
        for n in range(start, start + count):
            message = f"Commit number {n}"
            stream.append(
                f"commit refs/heads/main\ncommitter Ada Lovelace <ada@example.org> {1767268800 + n} +0000\n"
                f"data {len(message)}\n{message}\nM 100644 inline src/file{n % 10}.py\ndata {len(str(n))}\n{n}\n"
            )
        self.run("fast-import", "--quiet", "--force", stdin="".join(stream).encode())
        self.run("reset", "--quiet", "--hard", "main")
        return self.run("rev-list", "--reverse", f"--max-count={count}", "main").split()

    def collide(self) -> list[str]:
        """Two commits without parents whose shas share seven digits, and the main branch at the first."""
        stream = ""
        for n in COLLIDING:
            stream += (
                f"commit refs/heads/c{n}\ncommitter A <a@example.org> 1767225600 +0000\n"
                f"data {len(str(n)) + 8}\nnumber {n}\n\n"
            )
        self.run("fast-import", "--quiet", stdin=stream.encode())
        return [self.run("rev-parse", f"refs/heads/c{n}") for n in COLLIDING]


def entry_text(identity: str, **fields: Any) -> str:
    """An incident (or what ``fields`` make of it) as YAML, a key a line; None leaves a key out."""
    values: dict[str, Any] = {
        "id": identity,
        "kind": "incident",
        "title": "The pool outlives its loop",
        "status": "draft",
        "symptom": {"description": "The second test fails."},
    }
    values |= fields
    return "".join(f"{key}: {json.dumps(v, ensure_ascii=False)}\n" for key, v in values.items() if v is not None)


PLAYBOOK = """
## The fix in three lines
## Is it this one?
## Why it happens
## Reproduce

```python title="reproduce/main.py"
raise RuntimeError("the pool is closed")
```

## Fix

```python title="fix/main.py"
print("fine")
```

## What does not work
## Prevent
## Versions
"""


def playbook_text(title: str, body: str = PLAYBOOK, **fields: Any) -> str:
    """A playbook whose cases hold; ``fields`` are added to its front matter, None leaves one out."""
    values: dict[str, Any] = {
        "title": title,
        "signatures": [{"type": "RuntimeError", "message": "the pool is closed"}],
        "samples": {
            "positive": ["RuntimeError: the pool is closed"],
            "negative": [{"text": "RuntimeError: the door is closed", "why": "No pool."}],
        },
    }
    front = "".join(f"{key}: {json.dumps(v)}\n" for key, v in {**values, **fields}.items() if v is not None)
    return f"---\n{front}---\n{body}"


def session_text(identity: str, **fields: Any) -> str:
    """A work session as YAML."""
    return entry_text(identity, **{"kind": "session", "symptom": None, "objective": "A green run", **fields})


@dataclass
class Project:
    """A project in a repository, perhaps in a folder of it."""

    repo: GitRepo
    root: Path

    def path(self, identity: str) -> Path:
        """Where an entry lies."""
        return self.root / "entries" / identity[:4] / f"{identity}.yaml"

    def write(self, identity: str, **fields: Any) -> Path:
        """Write an entry, committed by whoever wants to."""
        text = session_text(identity, **fields) if fields.get("kind") == "session" else entry_text(identity, **fields)
        return self.put(f"entries/{identity[:4]}/{identity}.yaml", text)

    def put(self, name: str, text: str | bytes) -> Path:
        """Write a file of the project."""
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return target

    def load(self) -> KnowledgeBase:
        """What is there now."""
        return kb.load(self.root)

    def facts(self) -> GitFacts:
        """What git says now."""
        return links.gather(self.load())

    def fact(self, sha: str, identity: str = FIRST, **fields: Any) -> CommitFact:
        """What is known of ``sha`` when the entry names it as its fix."""
        self.write(identity, **{"commits": [{"sha": sha, "role": "fixed"}], **fields})
        return self.facts().commits[identity][0]

    def lint(self, *select: str) -> tuple[Finding, ...]:
        """Findings of these checks, over everything."""
        return self.report(*select).findings

    def report(
        self,
        *select: str,
        base: str = "",
        staged: bool = False,
        request: PullRequest | None = None,
        today: str = "2026-06-01",
    ) -> Report:
        """The report of these checks, of the change since ``base`` when that is given."""
        change = None
        if base or staged:
            asked = request or PullRequest()
            change = changes.read(self.root, base, scope="staged" if staged else "base", request=asked, variables={})
        kb_ = self.load()
        try:
            repo = Repository.open(self.root)
        except GitUnavailable:
            repo = None
        given = Given(kb_, links.gather(kb_), change, repo, dt.date.fromisoformat(today))
        return linter.lint(given, rules.chosen(select, ()))
