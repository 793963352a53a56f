"""What git holds at a commit: files, folders, their ids; asked in one process a question."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from causebook import gitlog


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a sha names."""

    text: str
    sha: str | None = None
    """The full sha of the commit, when there is exactly one."""
    problem: str | None = None
    """``malformed``, ``missing``, ``ambiguous`` or ``not_a_commit``."""
    object_type: str | None = None
    """``tag``, ``tree`` or ``blob`` when it is no commit."""
    candidates: tuple[str, ...] = ()
    """The commits that an ambiguous one can mean."""
    peeled: str | None = None
    """The commit that a tag object points at."""

    @classmethod
    def read(cls, text: str, peeled: list[str], itself: list[str]) -> Resolution:
        """From the two answers of ``cat-file``; an answer that does not start with the sha is a branch of that name."""
        if "ambiguous" in (peeled[-1:] + itself[-1:]) and peeled[-1] != "commit":
            return cls(text, problem="ambiguous")
        hijacked = itself[-1] in {"commit", "tag", "tree", "blob"} and not itself[0].startswith(text)
        if hijacked:
            return cls(text, problem="ambiguous")  # the candidates tell which commit is meant
        if itself[-1] in {"tag", "tree", "blob"}:
            commit = peeled[0] if peeled[-1] == "commit" else None
            return cls(text, problem="not_a_commit", object_type=itself[-1], peeled=commit)
        if peeled[-1] == "commit" and peeled[0].startswith(text):
            return cls(text, peeled[0])
        return cls(text, problem="missing")


class Objects(ABC):
    """The part of a repository that answers about what it holds; its history is ``git.Repository``'s."""

    @property
    @abstractmethod
    def head(self) -> str | None:
        """Full sha of what is checked out; None before the first commit."""

    @abstractmethod
    def _run(self, arguments: Sequence[str], stdin: bytes | None = None, *, ok: tuple[int, ...] = (0,)) -> bytes:
        """What git prints."""

    def contents(self, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bytes | None]:
        """(commit, path from the root) -> the file there; None where there is none. One process."""
        asked = [(sha, path) for sha, path in dict.fromkeys(places) if "\n" not in f"{sha}{path}"]
        stdin = "".join(f"{sha}:{path}\n" for sha, path in asked).encode("utf-8", "surrogateescape")
        out = self._run(["cat-file", "--batch=%(objecttype) %(objectsize)"], stdin) if asked else b""
        return dict(zip(asked, gitlog.objects(out, len(asked)), strict=True))

    def commits_named(self, names: Iterable[str]) -> dict[str, str]:
        """Name (sha, tag or branch, also of ``origin``) -> full sha, for those that are commits here. One process."""
        wanted = sorted(n for n in set(names) if n and not n.startswith("-") and not any(c.isspace() for c in n))
        forms = [form for n in wanted for form in (n, f"origin/{n}")]
        stdin = "".join(f"{form}^{{commit}}\n" for form in forms).encode("utf-8", "surrogateescape")
        out = self._run(["cat-file", "--batch-check=%(objectname) %(objecttype)"], stdin) if wanted else b""
        lines = out.decode("utf-8", "surrogateescape").splitlines()
        found = {form: line.split()[0] for form, line in zip(forms, lines, strict=True) if line.endswith(" commit")}
        return {n: sha for n in wanted if (sha := found.get(n) or found.get(f"origin/{n}"))}

    def tree(self, commit: str, folder: str) -> str:
        """Id of what a folder holds at a commit; empty where it is not there. One process."""
        out = self._run(["cat-file", "--batch-check=%(objectname) %(objecttype)"], f"{commit}:{folder}\n".encode())
        name, _, kind = out.decode("utf-8", "replace").strip().rpartition(" ")
        return name if kind == "tree" else ""

    def folders(self, places: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of (commit, path from the root) that are folders. One process."""
        asked = [(sha, path) for sha, path in dict.fromkeys(places) if "\n" not in path]
        stdin = "".join(f"{sha}:{path}\n" for sha, path in asked).encode("utf-8", "surrogateescape")
        out = self._run(["cat-file", "--batch-check=%(objecttype)"], stdin) if asked else b""
        return {
            one for one, kind in zip(asked, out.decode(errors="replace").splitlines(), strict=True) if kind == "tree"
        }

    def tracked(self, commit: str = "HEAD") -> frozenset[str]:
        """Paths of all files of a commit, from the root of the repository. One process."""
        if self.head is None:
            return frozenset()
        out = self._run(["ls-tree", "-r", "-z", "--name-only", "--full-tree", "--end-of-options", commit])
        return frozenset(out.decode("utf-8", "surrogateescape").rstrip("\0").split("\0"))

    def at_head(self, paths: Iterable[str]) -> dict[str, str]:
        """Path -> id of its content at HEAD, empty where there is no such file. One process."""
        asked = sorted({path for path in paths if path and "\n" not in path}) if self.head else []
        if not asked:
            return {}
        stdin = "".join(f"{self.head}:{path}\n" for path in asked).encode("utf-8", "replace")
        out = self._run(["cat-file", "--batch-check=%(objectname) %(objecttype)"], stdin)
        found = (line.split(" ") for line in out.decode("utf-8", "replace").split("\n"))
        return {path: a[0] if a[1:] in (["blob"], ["tree"]) else "" for path, a in zip(asked, found, strict=False)}

    def commits_at(self, revisions: Sequence[str]) -> dict[str, str]:
        """Revision -> full sha, for those of ``revisions`` that name a commit here. One process."""
        asked = [r for r in revisions if r and not any(c.isspace() for c in r)]
        stdin = "".join(f"{r}^{{commit}}\n" for r in asked).encode()
        lines = self._run(["cat-file", "--batch-check=%(objectname) %(objecttype)"], stdin).decode().splitlines()
        return {r: line.split()[0] for r, line in zip(asked, lines, strict=True) if line.endswith(" commit")}
