"""Asks git about commits and files in a fixed number of processes, through GitPython; only this file touches git."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from causebook import gitlog, remap
from causebook.errors import GitUnavailable, UsageError
from causebook.gitlog import Commit, FileChange, FileHistory, Hunks, web_address
from causebook.gitobjects import Objects, Resolution
from causebook.remap import Change, LostCommit, Remap

if TYPE_CHECKING:
    import git

__all__ = [
    "Commit", "FileChange", "FileHistory", "GitUnavailable", "Hunks", "LostCommit", "Remap", "Repository", "Resolution",
    "web_address",
]  # fmt: skip

MIN_SHA = 7
"""Fewest digits of a sha that we look up: git's own default abbreviation."""
_CONFIG = (
    "core.quotePath=false", "log.showSignature=false", "color.ui=false", "log.follow=false", "diff.renames=true",
    "log.showRoot=true", "log.diffMerges=separate", "diff.relative=false",
)  # fmt: skip
_ELSEWHERE = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_LITERAL_PATHSPECS",
)  # fmt: skip
"""Variables that lead git to another repository than the one that a path lies in, or to read paths otherwise."""
_LOG = ("log", "-z", "--encoding=UTF-8", "--no-color", "--no-ext-diff", "--no-textconv", f"--format={gitlog.FORMAT}")
_PATCH = ("-p", "-U0", "-M", "--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/")
_HEX = re.compile(r"[0-9a-f]{1,64}")


class Repository(Objects):
    """A git repository. ``processes`` counts the git processes started.

    It keeps what it read, also where it is sent to another process, which then opens git only for what else is asked.
    """

    partial = False
    """Whether of its history only a part is read as long as nobody asks for more."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files: dict[str, dict[str, FileHistory]] = {}
        self._changes: dict[str, Change] = {}
        self._prefixes: dict[Path, str] = {}
        self._at_head: dict[str, str] = {}
        self._trees: dict[tuple[str, str], str] = {}
        self.processes = 0

    @classmethod
    def open(cls, path: Path) -> Repository:
        """The repository that ``path`` lies in.

        Raises:
            GitUnavailable: no git program, no repository, or one that git refuses to read.
        """
        opened = cls(path)
        opened.shallow  # noqa: B018 - asks git, and so tells now that it is not there
        return opened

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name != "_repo"}

    def foresee(self, folder: str, shas: Iterable[str] = (), paths: Iterable[str] = ()) -> None:
        """Read what takes longest, the history and that of the files below ``folder``, and what is probably asked next.

        That are the changes of ``shas``, and what stands at HEAD of their files and of ``paths``.
        """
        changes = self.changes(sha for sha in shas if sha in self._history)
        self.at_head([*paths, *(file.path for _, files in changes.values() for file in files)])
        self.file_histories(folder)
        self.web  # noqa: B018 - read now

    @cached_property
    def _repo(self) -> git.Repo:
        # Without this, GitPython raises ImportError where git is not installed.
        os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
        # Hooks run with GIT_DIR set, perhaps to another repository. Saying GIT_DIR ourselves would be no better: git
        # then skips its own question whether this repository is one of a stranger's.
        for name in _ELSEWHERE:
            os.environ.pop(name, None)
        import git

        try:
            found = git.Repo(self.path, search_parent_directories=True)
        except (git.exc.InvalidGitRepositoryError, git.exc.NoSuchPathError) as error:
            raise GitUnavailable("not a git repository", hint="run `git init`, or work without commit links") from error
        except (git.exc.GitError, OSError, ValueError) as error:
            raise GitUnavailable(f"git cannot read this repository: {error}") from error
        if found.bare:
            raise GitUnavailable("a bare repository has no files to check")
        return found

    @cached_property
    def root(self) -> Path:
        """The folder that is checked out."""
        return Path(self._repo.working_tree_dir or self._repo.git_dir)

    @cached_property
    def _standing(self) -> tuple[bool, str | None]:
        out = self._run(["rev-parse", "--is-shallow-repository", "--revs-only", "HEAD"]).decode().split()
        return out[:1] == ["true"], out[1] if len(out) > 1 else None

    @property
    def shallow(self) -> bool:
        """Whether the history was cut when it was cloned."""
        return self._standing[0]

    @property
    def head(self) -> str | None:
        """Full sha of what is checked out; None before the first commit."""
        return self._standing[1]

    def _run(self, arguments: Sequence[str], stdin: bytes | None = None, *, ok: tuple[int, ...] = (0,)) -> bytes:
        """What git prints.

        Raises:
            GitUnavailable: git is not installed, or fails.
        """
        repo = self._repo  # first: it prepares the import
        import git

        self.processes += 1
        command = ["git", *(part for setting in _CONFIG for part in ("-c", setting)), *arguments]
        with tempfile.TemporaryFile() as file:  # a file cannot block as a pipe can
            file.write(stdin or b"")
            file.seek(0)
            try:
                status, out, err = repo.git.execute(
                    command, istream=file, with_extended_output=True, with_exceptions=False, stdout_as_string=False,
                    strip_newline_in_stdout=False,
                )  # fmt: skip
            except git.exc.GitCommandNotFound as error:
                raise GitUnavailable("git is not installed", hint="install git") from error
        if status not in ok:
            said = " ".join(err.split())[:300] or "no message"
            raise GitUnavailable(f"git {arguments[0]} failed: {said}")
        return out if isinstance(out, bytes) else b""

    @cached_property
    def web(self) -> str | None:
        """Web address of the remote ``origin``; None when it is a local path or there is none."""
        try:
            address = next(iter(self._repo.remote("origin").urls), "") if "origin" in self._remotes() else ""
        except Exception:  # noqa: BLE001 - a broken remote setting is no reason to fail; there is then no link
            return None
        return web_address(address)

    def _remotes(self) -> set[str]:
        with self._repo.config_reader() as reader:
            return {s.split('"')[1] for s in reader.sections() if s.startswith('remote "')}

    @cached_property
    def _history(self) -> dict[str, Commit]:
        if self.head is None:
            return {}
        return {c.sha: c for c, _ in gitlog.commits(self._run([*_LOG, "--topo-order", self.head]))}

    def history(self) -> Mapping[str, Commit]:
        """All commits that HEAD reaches, children before their parents. One process, once."""
        return self._history

    @cached_property
    def _reverts(self) -> dict[str, Commit]:
        return gitlog.reverts(self._history.values())

    def reverts(self) -> Mapping[str, Commit]:
        """Reverted sha -> the commit that took it back and still stands."""
        return self._reverts

    def pull_requests(self) -> frozenset[int]:
        """Numbers of the pull requests that commits of the history name."""
        return frozenset(c.pull_request for c in self._history.values() if c.pull_request)

    def resolve(self, texts: Iterable[str]) -> dict[str, Resolution]:
        """What each sha names. One process, two more when some are ambiguous."""
        wanted = sorted(set(texts))
        found = {t: Resolution(t, problem="malformed") for t in wanted}
        plausible = [t for t in wanted if len(t) >= MIN_SHA and _HEX.fullmatch(t)]
        known = self.history() if plausible else {}
        asked = [t for t in plausible if t not in known]
        # A full sha of the history needs no further question.
        found.update((t, Resolution(t, t)) for t in plausible if t in known)
        if not asked:
            return found
        # Two questions a sha: which commit it leads to, and what it is itself (a tag leads to a commit, too).
        stdin = "".join(f"{t}^{{commit}}\n{t}\n" for t in asked).encode()
        lines = self._run(["cat-file", "--batch-check=%(objectname) %(objecttype)"], stdin).decode().splitlines()
        for n, text in enumerate(asked):
            found[text] = Resolution.read(text, lines[2 * n].split(), lines[2 * n + 1].split())
        unclear = [t for t in asked if found[t].problem == "ambiguous"]
        if unclear:
            self._name_candidates(found, unclear)
        return found

    def _name_candidates(self, found: dict[str, Resolution], texts: list[str]) -> None:
        out = self._run(["rev-parse", *(f"--disambiguate={t}" for t in texts)]).decode().split()
        kinds = self._run(["cat-file", "--batch-check=%(objectname) %(objecttype)"], "\n".join([*out, ""]).encode())
        commits = [line.split()[0] for line in kinds.decode().splitlines() if line.endswith(" commit")]
        for text in texts:
            fits = tuple(sha for sha in dict.fromkeys(commits) if sha.startswith(text))
            if len(fits) == 1:
                found[text] = Resolution(text, fits[0])
            else:
                found[text] = Resolution(text, problem="ambiguous" if fits else "missing", candidates=fits)

    def changes(self, shas: Iterable[str]) -> dict[str, tuple[Commit, tuple[FileChange, ...]]]:
        """The commits and the files they changed, merges against their first parent; one that is not there is left out.

        One process, once.
        """
        wanted = set(shas)
        if unread := sorted(wanted - set(self._changes)):
            known: dict[str, Commit] = self.__dict__.get("_history", {})  # where it was read
            plain = all(sha in known for sha in unread)
            options = ["--ignore-missing", "--no-walk=unsorted", "-m", "--first-parent", "--raw", "--no-abbrev", "-M"]
            form = [f"--format={gitlog.SHA}"] if plain else []
            out = self._run([*_LOG, *form, *options, "--stdin"], "\n".join([*unread, ""]).encode())
            told = ((known[sha], files) for sha, files in gitlog.touched(out)) if plain else gitlog.commits(out)
            self._changes.update((commit.sha, (commit, files)) for commit, files in told)
        return {sha: self._changes[sha] for sha in wanted if sha in self._changes}

    def file_histories(self, folder: str) -> dict[str, FileHistory]:
        """Histories of the files below ``folder`` at HEAD, renames inside it followed. Two processes, once."""
        if folder not in self._files:
            self._files[folder] = self._file_histories(folder)
        return self._files[folder]

    def _file_histories(self, folder: str) -> dict[str, FileHistory]:
        if self.head is None:
            return {}
        options = ["--reverse", "--name-status", "-M"]
        tail = [self.head, "--", f":(top,literal){folder}"]
        main_line = self._run([*_LOG, *options, "-m", "--first-parent", *tail])
        everything = self._run([*_LOG, *options, *tail])
        return gitlog.file_histories(gitlog.commits(main_line), gitlog.commits(everything))

    def ancestors_ok(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bool]:
        """(older, newer) -> whether older is an ancestor of newer; left out when one is not in the history.

        One pass over the history from the oldest commit on: each commit gets a bit set of the asked-for commits that it
        descends from, so that the cost does not grow with pairs times commits.
        """
        asked = [(old, new) for old, new in pairs if old in self._history and new in self._history]
        bits = {sha: 1 << n for n, sha in enumerate({old for old, _ in asked})}
        above: dict[str, int] = {}
        for sha in reversed(self._history if asked else {}):
            mask = 0
            for parent in self._history[sha].parents:
                mask |= above.get(parent, 0) | bits.get(parent, 0)
            above[sha] = mask
        return {(old, new): bool(above[new] & bits[old]) for old, new in asked}

    def commits_in(self, revisions: str) -> list[tuple[Commit, tuple[FileChange, ...]]]:
        """The commits of ``REV``, ``REV..`` or ``A..B``, the oldest first, with their files.

        Raises:
            UsageError: git does not know the revision, or the range is empty.
        """
        one = [] if ".." in revisions else ["--max-count=1"]
        wanted = f"{revisions}HEAD" if revisions.endswith("..") else revisions
        options = ["--reverse", "-m", "--first-parent", "--name-status", "-M", *one]
        try:
            out = self._run([*_LOG, *options, "--end-of-options", wanted, "--"])
        except GitUnavailable as error:
            raise UsageError(f"git does not know {revisions!r}", hint="a sha, a branch, or A..B") from error
        found = list(gitlog.commits(out))
        if not found:
            raise UsageError(f"there are no commits in {revisions!r}", hint="git log shows what there is")
        return found

    def at_head(self, paths: Iterable[str]) -> dict[str, str]:
        """Path -> id of its content at HEAD, empty where there is no such file. One process, and once a path."""
        wanted = set(paths)
        self._at_head.update(super().at_head(wanted - self._at_head.keys()))
        return {path: self._at_head[path] for path in wanted if path in self._at_head}

    def tree(self, commit: str, folder: str) -> str:
        """Id of what a folder holds at a commit; empty where it is not there. One process, once."""
        if (commit, folder) not in self._trees:
            self._trees[commit, folder] = super().tree(commit, folder)
        return self._trees[commit, folder]

    def inside(self, root: Path, path: str) -> str:
        """A path from the project at ``root`` as git names it, from the root of the repository."""
        return f"{self.prefix(root)}{path}"

    def outside(self, root: Path, path: str) -> str | None:
        """A path as git names it as one from the project at ``root``; None: it lies elsewhere."""
        prefix = self.prefix(root)
        return path.removeprefix(prefix) if path.startswith(prefix) else None

    def prefix(self, root: Path) -> str:
        """What git puts before paths of the project at ``root``; told once, for it is asked of every file."""
        if root not in self._prefixes:
            prefix = root.resolve().relative_to(self.root.resolve()).as_posix()
            self._prefixes[root] = "" if prefix == "." else f"{prefix}/"
        return self._prefixes[root]

    def merge_base(self, shas: Sequence[str]) -> str | None:
        """Full sha of the commit where HEAD left all of ``shas``; None when they have none in common. One process."""
        out = self._run(["merge-base", "HEAD", *shas], ok=(0, 1)).decode().split()
        return out[0] if out else None

    def changed(self, since: str | None) -> list[FileChange]:
        """Files that differ between the commit ``since`` (None: nothing) and what is on disk. Two processes.

        Renames are seen because no path is left out; files that git does not know yet are new.
        """
        options = ["--name-status", "-M", "-z", "--no-ext-diff", "--ignore-submodules=dirty"]
        found = gitlog.changes(self._run(["diff", *options, since, "--"])) if since else []
        known = ["--cached"] if since is None else []
        others = self._run(["ls-files", "--others", "--exclude-standard", *known, "-z"])
        names = [name for name in others.decode("utf-8", "surrogateescape").split("\0") if name]
        return [*found, *(FileChange("A", name) for name in names)]

    def staged(self) -> list[FileChange]:
        """Files that differ between HEAD and the index. One process."""
        options = ["--cached", "--name-status", "-M", "-z", "--no-ext-diff"]
        return gitlog.changes(self._run(["diff", *options, "--"]))

    def hunks(self, since: str | None) -> list[Hunks]:
        """Lines that differ between ``since`` and what is on disk; None: between HEAD and the index. One process."""
        what = [since] if since else ["--cached"]
        return list(gitlog.hunks(self._run(["diff", *_PATCH, "--ignore-submodules=all", *what, "--"])))

    def hunks_of(self, shas: Iterable[str]) -> list[Hunks]:
        """Lines that each of these commits changed; merges are left out. One process."""
        stdin = "".join(f"{sha}\n" for sha in sorted(set(shas)))
        return list(gitlog.hunks(self._run(["diff-tree", "--stdin", "-r", "--root", *_PATCH], stdin.encode())))

    def renames(self) -> list[FileChange]:
        """Every file that was ever renamed on the way to HEAD, the latest first. One process."""
        options = ["--topo-order", "--diff-filter=R", "--name-status", "-M"]
        found = gitlog.commits(self._run([*_LOG, *options, self.head, "--"])) if self.head else []
        return [change for _, changes in found for change in changes]

    def commits_since(self, sha: str) -> list[tuple[Commit, tuple[FileChange, ...]]]:
        """The commits from ``sha`` to HEAD, the oldest first, with their files; merges without. One process."""
        options = ["--reverse", "--topo-order", "--diff-merges=off", "--name-status", "-M"]
        return list(gitlog.commits(self._run([*_LOG, *options, f"{sha}..HEAD", "--"])))

    def log(self, revisions: str) -> list[Commit]:
        """The commits that ``git log`` shows for ``REV``, ``REV..`` or ``A..B``: newest first, with all merged ones.

        Raises:
            UsageError: git does not know the revision.
        """
        wanted = f"{revisions}HEAD" if revisions.endswith("..") else revisions
        try:
            out = self._run([*_LOG, "--topo-order", "--end-of-options", wanted, "--"])
        except GitUnavailable as error:
            raise UsageError(f"git does not know {revisions!r}", hint="a branch, a tag, or A..B") from error
        return [commit for commit, _ in gitlog.commits(out)]

    def remaps(self, lost: Iterable[LostCommit]) -> dict[str, tuple[Remap, ...]]:
        """What probably replaced each lost commit, the surest first. Four processes, however many are lost."""
        wanted = list(lost)
        gone = self.changes([w.sha for w in wanted if w.exists])
        options = ["-m", "--first-parent", "--name-status", "-M", self.head or "HEAD"]
        main_line = list(gitlog.commits(self._run([*_LOG, *options]))) if gone and self.head else []
        likely = {w.sha: remap.likely(gone[w.sha], main_line) for w in wanted if w.sha in gone}
        patches = self._patch_ids([*gone, *(c.sha for found in likely.values() for c, _ in found)]) if gone else {}
        return {
            w.sha: remap.proposals(w, gone.get(w.sha), likely.get(w.sha, ()), self._history.values(), patches)
            for w in wanted
        }

    def _patch_ids(self, shas: Iterable[str]) -> dict[str, str]:
        """Commit -> hash of its change, the same after a rebase. Two processes."""
        stdin = "\n".join([*dict.fromkeys(shas), ""]).encode()
        diff = self._run(["diff-tree", "--stdin", "-p", "-r", "--root", "--no-ext-diff", "--no-textconv"], stdin)
        lines = self._run(["patch-id", "--stable"], diff).decode().splitlines()
        return {sha: patch for patch, sha in (line.split() for line in lines)}
