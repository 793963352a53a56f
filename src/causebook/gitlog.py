"""What git prints, as data: commits, changed files, renames followed; pure text handling, no process."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_FIELDS = (
    "%H",
    "%P",
    "%aN",
    "%aE",
    "%aI",
    "%cI",
    "%(trailers:key=Incident,key=Fixes-Incident,unfold=true,separator=%x1d)",
    "%B",
)
FORMAT = "".join(f"{field}%x00" for field in _FIELDS)
"""One commit: its fields, each ended by NUL, the one byte that no message, name or path can hold."""
SHA = f"{_FIELDS[0]}%x00"
"""The same of a commit that is known."""
_STATUS = re.compile(r"[ACDMRTUXB][0-9]{0,3}")
_PULL = re.compile(r"\(#(\d{1,9})\)\s*$")
_MERGE = re.compile(r"Merge pull request #(\d{1,9})\b")
_REVERT = re.compile(r"^This reverts commit ([0-9a-f]{40,64})", re.MULTILINE)
_SHA = re.compile(r"[0-9a-f]{40,64}")


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. Dates are ISO 8601 with offset."""

    sha: str
    parents: tuple[str, ...]
    author: str
    email: str
    authored: str
    committed: str
    subject: str
    body: str
    """The message without its subject."""
    trailers: tuple[tuple[str, str], ...] = ()
    """Key and value of the trailers ``Incident`` and ``Fixes-Incident``."""

    @property
    def pull_request(self) -> int | None:
        """Number of the pull request that the subject names, as GitHub, GitLab and Gitea write it."""
        match = _PULL.search(self.subject) or _MERGE.match(self.subject)
        return int(match[1]) if match else None

    @property
    def reverts(self) -> tuple[str, ...]:
        """Full shas of the commits that the message says it takes back."""
        return tuple(_REVERT.findall(self.body))


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that a commit changed; ``status`` is git's letter: A, M, D, R, C or T."""

    status: str
    path: str
    old_path: str | None = None
    blob: str = field(default="", compare=False)
    """Id of the content it left, where ``--raw`` was asked for; zeros for a deleted file."""


Lines = tuple[tuple[int, int], ...]
"""First and last lines, counted from 1; ``(n + 1, n)`` is the place between two lines."""


@dataclass(frozen=True, slots=True)
class Hunks:
    """Which lines of a file a change touches."""

    path: str
    """After the change, or before it where it deletes the file."""
    before: Lines
    """Lines changed or removed, and places where some were added."""
    after: Lines
    """Lines changed or added, and places where some were removed."""
    commit: str = ""
    """Whose change it is, where several were asked for."""


@dataclass(frozen=True, slots=True)
class FileHistory:
    """Where a file came from."""

    path: str
    landed_in: Commit
    """The commit of the main line that brought the file, under whatever name it had then."""
    first: Commit
    last: Commit
    authors: tuple[str, ...]
    """Everyone who changed it, in order of appearance."""
    former: tuple[str, ...] = ()
    """Paths that it had before, the oldest first."""


def commits(output: bytes) -> Iterator[tuple[Commit, tuple[FileChange, ...]]]:
    """Commits and, where ``--name-status -z`` or ``--raw -z`` was asked for, their files, in the order printed."""
    return ((_commit(fields), files) for fields, files in _each(output, len(_FIELDS)))


def touched(output: bytes) -> Iterator[tuple[str, tuple[FileChange, ...]]]:
    """As ``commits``, where of a commit only ``SHA`` was asked for."""
    return ((fields[0], files) for fields, files in _each(output, 1))


def _each(output: bytes, count: int) -> Iterator[tuple[list[str], tuple[FileChange, ...]]]:
    tokens = iter(output.decode("utf-8", "replace").split("\0"))
    token: str | None = next(tokens, None)
    while token is not None:
        sha = token.strip("\n")
        if not _SHA.fullmatch(sha):  # what -z puts between commits
            token = next(tokens, None)
            continue
        fields = [sha, *(next(tokens, "") for _ in range(count - 1))]
        files, token = _files(tokens)
        yield fields, tuple(files)


def _commit(fields: list[str]) -> Commit:
    sha, parents, author, email, authored, committed, trailers, message = fields
    subject, _, body = message.strip("\n").partition("\n")
    return Commit(
        sha, tuple(parents.split()), author, email, authored, committed, subject, body.strip("\n"), _trailers(trailers)
    )


def _trailers(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (line.partition(":") for line in text.split("\x1d"))
    return tuple((key.strip(), value.strip()) for key, _, value in pairs if value.strip())


def _files(tokens: Iterator[str]) -> tuple[list[FileChange], str | None]:
    """The files up to the next commit, and the token that begins it: status, path, for renames status, old, new."""
    found: list[FileChange] = []
    for token in tokens:
        status = token.strip("\n")
        if _SHA.fullmatch(status):
            return found, status
        blob = ""
        if status.startswith(":"):  # modes, old and new id, status
            _, _, _, blob, status = status.split(" ", 4)
        if _STATUS.fullmatch(status):
            path = next(tokens, "")
            old = path if status[0] in "RC" else None
            found.append(FileChange(status[0], next(tokens, "") if old is not None else path, old, blob))
    return found, None


def changes(output: bytes) -> list[FileChange]:
    """What ``diff --name-status -z`` prints."""
    return _files(iter(output.decode("utf-8", "surrogateescape").split("\0")))[0]


_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPED = re.compile(rb'\\([0-7]{3}|[abfnrtv"\\])')
_ESCAPES = {
    b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v", b'"': b'"', b"\\": b"\\",
}  # fmt: skip


def hunks(output: bytes) -> Iterator[Hunks]:
    """What ``diff -U0`` and ``diff-tree -p -U0 --stdin`` print with the prefixes ``a/`` and ``b/``.

    A line of a file can look like any header; those that a hunk says it has are passed over by their number.
    """
    commit, old, new = "", "", ""
    before: list[tuple[int, int]] = []
    after: list[tuple[int, int]] = []
    lines = iter(output.split(b"\n"))
    for line in lines:
        if match := _HUNK.match(line):
            first, count, first_now, count_now = (int(n) if n else 1 for n in match.groups())
            before.append(_span(first, count))
            after.append(_span(first_now, count_now))
            left = count + count_now
            while left and (skipped := next(lines, None)) is not None:
                left -= not skipped.startswith(b"\\")  # "No newline at end of file" is no line
            continue
        if line.startswith(b"diff --git ") or _SHA.fullmatch(line.decode("ascii", "replace")):
            if before:
                yield Hunks(new or old, tuple(before), tuple(after), commit)
            commit = commit if line.startswith(b"diff") else line.decode()
            old, new, before, after = "", "", [], []
        elif line.startswith(b"--- "):
            old = _name(line[4:], b"a/")
        elif line.startswith(b"+++ "):
            new = _name(line[4:], b"b/")
    if before:
        yield Hunks(new or old, tuple(before), tuple(after), commit)


def _span(first: int, count: int) -> tuple[int, int]:
    return (first, first + count - 1) if count else (first + 1, first)


def _name(text: bytes, prefix: bytes) -> str:
    """A file name as git quotes it in a patch; empty where there is none."""
    if text.startswith(b'"') and text.endswith(b'"'):
        text = _ESCAPED.sub(lambda m: _ESCAPES.get(m[1]) or bytes([int(m[1], 8) % 256]), text[1:-1])
    else:
        text = text.removesuffix(b"\t")  # put there after a name with a blank
    return text.removeprefix(prefix).decode("utf-8", "surrogateescape") if text.startswith(prefix) else ""


def objects(output: bytes, count: int) -> list[bytes | None]:
    """What ``cat-file --batch="%(objecttype) %(objectsize)"`` prints for ``count`` objects; None: no file."""
    found: list[bytes | None] = []
    at = 0
    for _ in range(count):
        end = output.index(b"\n", at)
        kind, _, size = output[at:end].rpartition(b" ")
        at = end + 1
        if not size.isdigit() or kind not in {b"blob", b"tree", b"commit", b"tag"}:  # "… missing", "… ambiguous"
            found.append(None)
            continue
        found.append(output[at : at + int(size)] if kind == b"blob" else None)
        at += int(size) + 1
    return found


def file_histories(
    main_line: Iterable[tuple[Commit, tuple[FileChange, ...]]],
    everything: Iterable[tuple[Commit, tuple[FileChange, ...]]],
) -> dict[str, FileHistory]:
    """Histories of the files that exist at the end; both logs run from the oldest commit to the newest."""
    landed: dict[str, Commit] = {}
    for commit, changes in main_line:
        for change in changes:
            if change.status == "D":
                landed.pop(change.path, None)
            elif change.status == "R" and change.old_path in landed:
                landed[change.path] = landed.pop(change.old_path)
            else:
                landed.setdefault(change.path, commit)
    touched: dict[str, list[Commit]] = {}
    former: dict[str, tuple[str, ...]] = {}
    for commit, changes in everything:
        for change in changes:
            before = touched.pop(change.old_path, []) if change.status == "R" and change.old_path else []
            if change.status == "R" and change.old_path:
                former[change.path] = (*former.pop(change.old_path, ()), change.old_path)
            if change.status != "D":
                touched.setdefault(change.path, []).extend([*before, commit])
    return {
        path: FileHistory(
            path, commit, line[0], line[-1], tuple(dict.fromkeys(c.author for c in line)), former.get(path, ())
        )
        for path, commit in landed.items()
        if (line := touched.get(path) or [commit])
    }


def reverts(history: Iterable[Commit]) -> dict[str, Commit]:
    """Reverted sha -> the commit that took it back; ``history`` runs from the newest commit to the oldest.

    A revert that was itself reverted does not count.
    """
    found: dict[str, Commit] = {}
    for commit in history:
        if commit.sha not in found:
            for sha in commit.reverts:
                found.setdefault(sha, commit)
    return found


_SCP = re.compile(r"(?:[\w.-]+@)?([\w.-]+\.[a-z]{2,}):(?!//)([\w./~-]+?)(?:\.git)?/?")


def web_address(remote: str) -> str | None:
    """The https address of a remote of a forge, without user and password; None for a path or an unknown form."""
    if match := _SCP.fullmatch(remote):
        return f"https://{match[1]}/{match[2]}"
    try:
        parts = urlsplit(remote)
        number = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https", "ssh", "git"} or not parts.hostname or "." not in parts.hostname:
        return None
    port = f":{number}" if number and parts.scheme in {"http", "https"} else ""
    path = parts.path.removesuffix("/").removesuffix(".git")
    return f"https://{parts.hostname}{port}{path}" if re.fullmatch(r"[\w./~-]+", path) else None
