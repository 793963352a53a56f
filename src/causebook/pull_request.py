"""A pull request as plain data, read from the event file or the variables of a CI, or from options."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from causebook import files
from causebook.errors import Place, UsageError

TRAILER = "Causebook-Skip"
"""What a description or commit says to leave the entry out, with a reason."""
MIN_REASON = 10
"""Fewest characters of a reason: shorter ones ("wip", "n/a") say nothing to whoever reads them later."""
_CLOSING = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?[ \t]+"
    r"(?:https?://[\w.-]{1,100}/([\w.-]{1,100}/[\w.-]{1,100})/(?:-/)?issues/"
    r"|([\w.-]{1,100}/[\w.-]{1,100})?#|gh-)(\d{1,9})\b",
    re.IGNORECASE,
)
"""The words of GitHub's "Linking a pull request to an issue", which Gitea and GitLab share, with all forms."""
_EVENTS = ("pull_request", "merge_group")
"""How the names of the events begin that tell what a change goes into."""
_SKIP = re.compile(rf"^{TRAILER}:[ \t]*(.*)$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PullRequest:
    """What its author wrote, and what it is to be merged into."""

    title: str = ""
    body: str = ""
    number: int | None = None
    labels: tuple[str, ...] = ()
    base_ref: str = ""
    """Name of the branch it goes to; empty when not known."""
    base_sha: str = ""
    repo: str = ""
    """``owner/name`` of the repository it goes to; empty when not known."""

    @property
    def text(self) -> str:
        """Title and body."""
        return f"{self.title}\n\n{self.body}"


def closed_issues(text: str) -> Iterator[tuple[str, int]]:
    """``owner/name`` (empty: this repository) and number of each issue that ``text`` says it closes."""
    for match in _CLOSING.finditer(text):
        yield match[1] or match[2] or "", int(match[3])


def skip_reasons(text: str) -> tuple[str, ...]:
    """What stands after each ``Causebook-Skip:``; an empty text where nothing does."""
    return tuple(match[1].strip() for match in _SKIP.finditer(text))


def from_event(path: Path) -> PullRequest:
    """The pull request of an event file, as GitHub and Gitea write it (GITHUB_EVENT_PATH).

    An event of another kind, such as a push, has none: everything is then empty.

    Raises:
        UsageError: it cannot be read, or is not such a file.
    """
    text = files.read_text(path, name=str(path))
    try:
        event = json.loads(text)
    except ValueError as error:
        raise UsageError("is not JSON", place=Place(str(path)), hint="GITHUB_EVENT_PATH names the file") from error
    if not isinstance(event, dict):
        raise UsageError("expected an object with pull_request", place=Place(str(path)), hint="an event file of a CI")
    held, queued = event.get("pull_request"), event.get("merge_group")
    if isinstance(queued, dict):  # a queue merges what was looked at already; what it merges into is all it tells
        return PullRequest(base_sha=_text(queued.get("base_sha")))
    return _pull_request(held, event) if isinstance(held, dict) else PullRequest()


def _pull_request(held: dict[str, Any], event: dict[str, Any]) -> PullRequest:
    base = held.get("base")
    base = base if isinstance(base, dict) else {}
    labels = held.get("labels")
    names = [one.get("name") if isinstance(one, dict) else one for one in labels] if isinstance(labels, list) else []
    number = held.get("number", event.get("number"))
    repository = event.get("repository")
    return PullRequest(
        _text(held.get("title")),
        _text(held.get("body")),
        number if isinstance(number, int) else None,
        tuple(name for name in names if isinstance(name, str)),
        _text(base.get("ref")),
        _text(base.get("sha")),
        _text(repository.get("full_name")) if isinstance(repository, dict) else "",
    )


def _text(value: object) -> str:
    return value.replace("\r\n", "\n") if isinstance(value, str) else ""


def from_environment(variables: Mapping[str, str]) -> PullRequest | None:
    """The pull request that a CI tells of: an event file where it names one, else GitLab's variables, else None."""
    if variables.get("CI_MERGE_REQUEST_IID"):
        number = variables["CI_MERGE_REQUEST_IID"]
        labels = variables.get("CI_MERGE_REQUEST_LABELS", "").split(",")
        return PullRequest(
            variables.get("CI_MERGE_REQUEST_TITLE", ""),
            variables.get("CI_MERGE_REQUEST_DESCRIPTION", ""),
            int(number) if number.isdigit() else None,
            tuple(label.strip() for label in labels if label.strip()),
            variables.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", ""),
            variables.get("CI_MERGE_REQUEST_DIFF_BASE_SHA", ""),
            variables.get("CI_MERGE_REQUEST_PROJECT_PATH", ""),
        )
    path = variables.get("GITHUB_EVENT_PATH")
    if path and variables.get("GITHUB_EVENT_NAME", "").startswith(_EVENTS) and Path(path).is_file():
        return from_event(Path(path))
    return None
