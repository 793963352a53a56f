"""GitHub issues and pull requests, one or a list, as ``gh issue view --json ...`` and ``gh pr list --json ...`` print.

Body, comments and reviews are read as Markdown; title, labels, state, dates and commits fill the fields they stand
for. Who wrote what is left out. The fields are those of gh's manual; any of them may be missing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from causebook.errors import CausebookError, GitUnavailable, Place
from causebook.git import Repository
from causebook.importers import Document, Imported, NothingToImport, Receipt, Skipped, Source
from causebook.importers._page import NAMES, Page, cleaned, day_of, one_line, renamed, word
from causebook.importers._standing import settle
from causebook.importers.markdown_document import ordered

_ADDRESS = re.compile(r"https://([\w.-]+)/([\w.-]+/[\w.-]+)/(issues|pull)/(\d{1,9})")
_KEYS = frozenset({
    "body", "closedAt", "comments", "commits", "createdAt", "files", "labels", "mergeCommit", "mergedAt", "number",
    "state", "stateReason", "title", "url", "closingIssuesReferences", "closedByPullRequestsReferences", "reviews",
    "latestReviews", "author", "mergedBy", "assignees", "headRefName", "baseRefName", "updatedAt", "closed", "isDraft",
})  # fmt: skip
"""Of which at least three, the title among them, tell that something is an issue or a pull request."""
_PULL = frozenset({"mergedAt", "mergeCommit", "headRefName", "baseRefName", "files", "commits", "isDraft", "mergedBy"})
_READ = frozenset({
    "body", "closedAt", "comments", "commits", "createdAt", "files", "headRefName", "labels", "mergeCommit", "mergedAt",
    "number", "state", "stateReason", "title", "url", "closingIssuesReferences", "closedByPullRequestsReferences",
    "reviews",
})  # fmt: skip
_PEOPLE = frozenset({"author", "assignees", "mergedBy", "headRepositoryOwner", "reviewRequests"})
_FIX = re.compile(r"^\W*(?:(?:bug|hot)?fix(?:es|ed)?|revert|regression)\b", re.IGNORECASE)
_REVERT = re.compile(r"^\W*revert\b", re.IGNORECASE)
_OTHER = re.compile(
    r"^\W*(?:feat|feature|docs?|chore|refactor|test|tests|style|build|ci|perf|rfc)(?:\([^)]*\))?!?:", re.IGNORECASE
)
_FAULT = re.compile(
    r"\b(?:bug|defect|regression|incident|outage|crash|flaky|failure|fault|hotfix|postmortem)\b", re.IGNORECASE
)
_CHANGES = {"ADDED": "added", "DELETED": "deleted", "RENAMED": "renamed"}
_SHA = re.compile(r"[0-9a-f]{40}")


def accepts(path: Path) -> bool:
    """Whether it may be one by its name."""
    return path.suffix.lower() == ".json"


def recognises(data: bytes) -> bool:
    """Whether it holds an issue or pull request."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in {b"{", b"["}:
        return False
    try:
        return bool(_threads(_parsed(data, "-")))
    except CausebookError:
        return False


def documents(source: Source, kind: str | None = None) -> Iterator[Document]:
    """Each issue and pull request in the file; one that tells of no failure is refused with the reason.

    Raises:
        CausebookError: it is no JSON, or none of it is an issue or pull request.
    """
    value = _parsed(source.data, source.name)
    found = _threads(value)
    if not found and value != []:
        hint = "gh issue view 12 --json number,title,body,url,state,labels,comments,createdAt,closedAt > issue.json"
        raise CausebookError("is JSON, but no issue or pull request of gh", place=Place(source.name), hint=hint)
    repository = _History(source.root)
    for at, data in found:
        thread = _Thread(data, at, source, repository)
        try:
            yield Document(thread.name, thread.imported(kind))
        except NothingToImport as error:
            yield Document(thread.name, None, error.message)
    if isinstance(value, list) and len(found) < len(value):
        reason = f"{len(value) - len(found)} items of the list are neither issues nor pull requests"
        yield Document(source.name, None if not found else Imported((), remarks=(reason,)), reason)


def _parsed(data: bytes, name: str) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig" if not data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-16"))
    except json.JSONDecodeError as error:
        place = Place(name, error.lineno, error.colno)
        hint = "give the whole output of gh with --json"
        raise CausebookError(f"is no JSON: {error.msg.lower()}", place=place, hint=hint) from error
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise CausebookError("is no JSON that can be read", place=Place(name), hint="save it as UTF-8") from error


def _threads(value: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """Path and data of each issue or pull request."""
    if isinstance(value, dict):
        return [("$", value)] if _is_thread(value) else []
    if isinstance(value, list):
        return [(f"$[{n}]", one) for n, one in enumerate(value) if isinstance(one, dict) and _is_thread(one)]
    return []


def _is_thread(data: Mapping[str, Any]) -> bool:
    told = isinstance(data.get("title"), str) and bool(data["title"].strip())
    own = ("number", "url", "body", "state", "labels", "createdAt", "comments")
    return told and len(_KEYS & data.keys()) >= 3 and any(key in data for key in own) and "name" not in data


@dataclass(frozen=True)
class _History:
    """What git knows of commits, asked once a file."""

    root: Path | None

    @cached_property
    def _repository(self) -> Repository | None:
        try:
            return Repository.open(self.root) if self.root else None
        except GitUnavailable:
            return None

    @cached_property
    def shas(self) -> frozenset[str] | None:
        """All commits of the history; None where git cannot be asked."""
        try:
            return frozenset(self._repository.history()) if self._repository else None
        except GitUnavailable:
            return None

    @property
    def web(self) -> str:
        """Web address of the repository; empty where it is unknown."""
        return (self._repository.web or "") if self._repository else ""


class _Thread:
    """One issue or pull request on its way to an entry."""

    def __init__(self, data: Mapping[str, Any], at: str, source: Source, history: _History) -> None:
        self.data = data
        self.at = at
        self.source = source
        self.history = history
        self.title = one_line(data["title"])
        match = _ADDRESS.match(_text(data.get("url")))
        self.repo = match[2] if match else ""
        self.url = match[0] if match else ""
        self.pull = match[3] == "pull" if match else bool(_PULL & data.keys())
        number = data.get("number")
        self.number = str(number) if isinstance(number, int) and 0 < number < 10**9 else match[4] if match else ""
        canonical = json.dumps(data, sort_keys=True, ensure_ascii=False).encode("utf-8", "backslashreplace")
        self.sha = hashlib.sha256(canonical).hexdigest()
        self.name = self.url or f"{source.name}#{self.number or (at if at != '$' else '')}".rstrip("#")

    @property
    def fixing(self) -> bool:
        """Whether it is a pull request that mends something, by its title or labels."""
        by_label = any(_FAULT.search(label) for label in self._labels())
        return self.pull and bool(_FIX.match(self.title) or (by_label and not _OTHER.match(self.title)))

    @property
    def ours(self) -> bool:
        """Whether it is of the project's own repository, as far as can be told."""
        web = self.history.web
        return not (self.repo and web) or web.lower().endswith(f"/{self.repo.lower()}")

    def imported(self, kind: str | None) -> Imported:
        """The draft entries.

        Raises:
            NothingToImport: it tells of no failure.
        """
        page = self._page()
        faulty = self.fixing or any(_FAULT.search(label) for label in self._labels())
        if page.empty and kind is None and not faulty:
            raise NothingToImport("is not imported: it has no text, and no label calls it a bug")
        if kind is None and _OTHER.match(self.title) and not faulty:
            raise NothingToImport("is not imported: by its title it is no mend; --kind incident overrides")
        created = day_of(self.data.get("createdAt"))
        day = created or self.source.day.isoformat()
        made = page.imported(self.source, kind or ("incident" if faulty else None))
        made = renamed(made, self.name, self.name, self.sha, self.title, day)
        first = next((n for n, one in enumerate(made.entries) if one["kind"] == "incident"), 0)
        entries = list(made.entries)
        for index, data in enumerate(entries):
            self._untimed(data, created)
            self._common(data)
            if index == first:
                (self._incident if data["kind"] == "incident" else self._session)(data)
            entries[index] = settle(ordered(data))
        receipts = (*made.receipts, *self._receipts(entries[first]))
        skipped = (*made.skipped, *self._left_out())
        account = dict(made.account)
        account["placed"] = account.get("placed", 0) + len(receipts) - len(made.receipts)
        account["skipped"] = account.get("skipped", 0) + len(skipped) - len(made.skipped)
        remarks = tuple(text for text in made.remarks if not text.startswith("the document bears no date"))
        return replace(
            made, entries=tuple(entries), receipts=receipts, skipped=skipped, account=account, remarks=remarks
        )

    def _page(self) -> Page:
        """Body, comments, reviews and commit messages, each with its path."""
        page = Page(self.title, day_of(self.data.get("createdAt")))
        page.add(f"{self.at}.body", _text(self.data.get("body")))
        for key, heading in (("comments", "Comment"), ("reviews", "Review")):
            for n, one in enumerate(_list(self.data.get(key))):
                day = day_of(one.get("createdAt") or one.get("submittedAt"))
                page.add(f"{self.at}.{key}[{n}].body", _text(one.get("body")), f"{heading} {day or n + 1}")
        messages = []
        for n, one in enumerate(_list(self.data.get("commits"))):
            text = "\n\n".join(t for key in ("messageHeadline", "messageBody") if (t := _text(one.get(key)).strip()))
            if text and text not in messages:
                messages.append(text)
                heading = f"Commit message {n + 1}"
                page.add(f"{self.at}.commits[{n}]", text, heading, NAMES)
        return page

    def _labels(self) -> list[str]:
        return [_text(one.get("name")) for one in _list(self.data.get("labels")) if _text(one.get("name"))]

    def _untimed(self, data: dict[str, Any], day: str | None) -> None:
        """Take out the moment that only says the day which we put at the top of the page."""
        events = [one for one in data.get("timeline", []) if not (one["at"] == day and _OWN_DAY in one.get("note", ""))]
        data.pop("timeline", None)
        if events:
            data["timeline"] = events

    def _common(self, data: dict[str, Any]) -> None:
        """What stands in every entry made of it: tags and references."""
        if tags := [tag for label in self._labels() if (tag := word(label))]:
            data["tags"] = list(dict.fromkeys([*data.get("tags", []), *tags]))
        refs: dict[str, dict[str, str]] = {}
        own = self.url or (f"#{self.number}" if self.number else "")
        if own:
            refs[own] = {"type": "fix" if self.fixing else "report", "ref": own}
        for key, type_ in (("closingIssuesReferences", "report"), ("closedByPullRequestsReferences", "fix")):
            for one in _list(self.data.get(key)):
                ref = _ref(one)
                if ref:
                    refs.setdefault(ref, {"type": type_, "ref": ref})
        for one in data.get("references", []):
            if not (one["ref"].startswith("#") and any(ref.endswith(f"/{one['ref'][1:]}") for ref in refs)):
                refs.setdefault(one["ref"], one)
        if refs:
            data["references"] = list(refs.values())

    def _incident(self, data: dict[str, Any]) -> None:
        """State, dates, commits and the fix of an incident."""
        merged = self.data.get("mergedAt")
        opened = "a pull request was opened" if self.pull else "an issue was opened"
        moments = [
            (self.data.get("createdAt"), "note" if self.pull else "detected", opened),
            (merged, "resolved" if self.fixing else "note", "the pull request was merged"),
        ]
        if not merged:
            moments.append((self.data.get("closedAt"), "closed", "it was closed"))
        events = [{"at": at, "event": event, "note": note} for at, event, note in moments if day_of(at)]
        if events:
            data["timeline"] = [*events, *data.get("timeline", [])]
        self._commits(data)
        if self.fixing:
            told = {"kind": "fix", "description": self.title}
            fix = data.setdefault("fix", told)
            if _REVERT.match(self.title):
                fix |= {**told, "kind": "rollback"}
            if self.number and merged:
                fix.pop("landed_with", None)  # only where the pull request is unknown
                fix["pr"] = self.number if self.ours else f"{self.repo}#{self.number}"
            if files := self._files():
                fix["files"] = files
        data["status"] = self._status(data["status"], merged=bool(merged))

    def _status(self, told: str, *, merged: bool) -> str:
        """The state as GitHub has it, where it says more than the text."""
        state, reason = _text(self.data.get("state")).upper(), _text(self.data.get("stateReason")).upper()
        if reason == "NOT_PLANNED":
            return "wont_fix"
        if merged or state == "MERGED" or (state == "CLOSED" and not self.pull):
            return "resolved"
        return "investigating" if state == "OPEN" and told == "resolved" and not self.pull else told

    def _session(self, data: dict[str, Any]) -> None:
        """Dates, branch and files of a session."""
        for key, field in (("createdAt", "started_at"), ("closedAt", "ended_at"), ("mergedAt", "ended_at")):
            if day_of(self.data.get(key)):
                data[field] = self.data[key]
        if self.pull and self.number:
            data["pr"] = self.number if self.ours else f"{self.repo}#{self.number}"
        branch = cleaned(_text(self.data.get("headRefName")))[0].strip()
        if branch and len(branch) <= 500:
            data.setdefault("branch", branch)
        if files := self._files():
            data["files"] = files
        self._commits(data)

    def _commits(self, data: dict[str, Any]) -> None:
        """The commits that are in the history at hand; one that is not is only referred to."""
        told: dict[str, dict[str, str]] = {}
        merge = self.data.get("mergeCommit")
        oid = _text(merge.get("oid")) if isinstance(merge, dict) else ""
        role = "fixed" if self.fixing else "mentioned"
        known = self.history.shas if self.ours else frozenset()
        if _SHA.fullmatch(oid):
            if known is None or oid in known:
                told[oid] = {"sha": oid, "role": role, "note": self.title}
            elif self.url:
                ref = f"{self.url.split('/pull/')[0].split('/issues/')[0]}/commit/{oid}"
                data.setdefault("references", []).append({"type": "fix", "ref": ref})
        for one in _list(self.data.get("commits")):
            sha = _text(one.get("oid"))
            if _SHA.fullmatch(sha) and known is not None and sha in known:
                note = one_line(_text(one.get("messageHeadline")))
                told.setdefault(sha, {"sha": sha, "role": "mentioned", **({"note": note} if note else {})})
        for one in data.get("commits", []):
            if not any(sha.startswith(one["sha"]) for sha in told):
                told[one["sha"]] = one
        if told:
            data["commits"] = list(told.values())

    def _files(self) -> list[dict[str, str]]:
        files = []
        for one in _list(self.data.get("files")):
            path = _text(one.get("path"))
            if (
                path
                and len(path) <= 500
                and path.isprintable()
                and not path.startswith("/")
                and ".." not in path.split("/")
            ):
                files.append({"path": path, "change": _CHANGES.get(_text(one.get("changeType")).upper(), "modified")})
        return files

    def _receipts(self, data: Mapping[str, Any]) -> Iterator[Receipt]:
        for key, field in (
            ("title", "title"), ("labels", "tags"), ("state", "status"), ("createdAt", "timeline"),
            ("closedAt", "timeline"), ("mergedAt", "timeline"), ("mergeCommit", "commits"), ("files", "fix.files"),
            ("url", "references"), ("closingIssuesReferences", "references"),
            ("closedByPullRequestsReferences", "references"),
            ("number", "references"),
        ):  # fmt: skip
            if self.data.get(key):
                yield Receipt(data["id"], field, 1, 1, f"{self.at}.{key}")

    def _left_out(self) -> Iterator[Skipped]:
        for key, value in self.data.items():
            if key not in _READ and value not in (None, "", [], {}):
                reason = "names a person" if key in _PEOPLE else "no field of an entry stands for it"
                yield Skipped(1, 1, reason, f"{self.at}.{one_line(str(key))}")


_OWN_DAY = "**Date:**"


def _ref(one: Mapping[str, Any]) -> str:
    if match := _ADDRESS.match(_text(one.get("url"))):
        return match[0]
    number = one.get("number")
    return f"#{number}" if isinstance(number, int) else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Mapping[str, Any]]:
    """The mappings in a list; gh of some fields prints them under ``nodes``."""
    if isinstance(value, dict):
        value = value.get("nodes")
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
