"""Makes new files: an entry or playbook to fill in, and a knowledge base in a repository that has none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from causebook import drafts, files, known
from causebook.config import Config, entry_paths
from causebook.errors import UsageError, WriteRefused
from causebook.findings import printable
from causebook.git import Repository
from causebook.gitlog import Commit, FileChange
from causebook.markdown import Md, slug
from causebook.model.schema import entry_schema
from causebook.pages import homepage
from causebook.playbook import ID
from causebook.templating import Templates

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
NAV_HINT = (
    "nav: Records: records/index.md; extra_css: records/assets/causebook.css; "
    "extra_javascript: records/assets/causebook-page.js, -search.js and -results.js beside it; not_in_nav: /records/"
)


def _templates(root: Path, config: Config) -> Templates:
    own = root / config.templates
    filters = {"nested": lambda data, indent=2: Md(drafts.nested(data, indent))}
    return Templates(own, filters)


def new_entry(root: Path, config: Config, kind: str, values: Mapping[str, Any], from_commit: str | None = None) -> Path:
    """Write a new incident or session with TODO marks where a person has to say something.

    ``values`` has ``title`` and ``day`` (a date), and whatever else is known: ``status``, ``severity``, ``symptom``,
    ``errors``, ``components``, ``tags``, ``playbook``, ``objective``. ``from_commit`` names commits as git does.

    Raises:
        UsageError: git does not know ``from_commit``.
        WriteRefused: the file exists.
    """
    told = dict(_from_commits(root, from_commit)) if from_commit else {"commits": [], "files": [], "credits": []}
    identity = _free_id(root, config, values["title"], values["day"])
    context = {"id": identity, "schema_line": Md(drafts.SCHEMA_LINE), **_clean({**_UNKNOWN, **told, **values})}
    text = _templates(root, config).render(f"new/{kind}.yaml.j2", context)
    return drafts.write(root, config, identity, text)


def new_from_failure(root: Path, config: Config, answer: Mapping[str, Any]) -> Iterator[Path]:
    """Write a draft incident for what ``diagnose`` found: the known cause, or each failure that is not known.

    A failure that nothing fits gets a signature and its output as the first sample, to be tried on what looks alike.
    """
    day = datetime.now().astimezone().date()
    for match in answer["matches"][:1]:
        errors = [evidence["text"] for evidence in match["evidence"][:3]]
        values = {"title": _title(match["title"]), "day": day, "errors": errors, "playbook": match["playbook"]}
        yield new_entry(root, config, "incident", values)
    for failure in answer["unknown"] if not answer["matches"] else ():
        kind, _, message = failure["text"].partition(": ")
        values = {"title": _title(failure["text"]), "day": day, "errors": [failure["text"]]}
        if pattern := known.template(message):
            values["signature"] = {"type": kind, "message": pattern}
            values["positive"] = failure["text"]
        yield new_entry(root, config, "incident", values)


_UNKNOWN: dict[str, Any] = {
    "symptom": None, "errors": (), "severity": None, "objective": None, "components": (), "tags": (), "playbook": None,
    "signature": None,
}  # fmt: skip
"""What the templates of new entries ask for, where nothing is known."""


def _title(text: str) -> str:
    """A title out of a message: one line, as long as one may be."""
    line = " ".join(_COLOUR.sub("", text).split())
    return line if len(line) <= _MOST_TITLE else f"{line[: _MOST_TITLE - 2]} …"


_MOST_TITLE = 118


def _free_id(root: Path, config: Config, title: str, day: date) -> str:
    """An id that no file has: four random digits are few when many entries of one day have the same title."""
    for _ in range(8):
        identity = drafts.new_id(title, day)
        if not drafts.path_of(root, config, identity).exists():
            break
    return identity


def _clean(value: Any) -> Any:
    """``value`` without the colours of a terminal, other control characters made visible: an entry may hold none."""
    if isinstance(value, str):
        return printable(_COLOUR.sub("", value))
    if isinstance(value, Mapping):
        return {key: _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, (list, tuple)) else value


def _from_commits(root: Path, revisions: str) -> Iterator[tuple[str, Any]]:
    found = Repository.open(root).commits_in(revisions)
    yield "commits", [{"sha": c.sha, "role": "fixed", "note": c.subject} for c, _ in found]
    yield "files", list(_files(found))
    yield "credits", [{"name": name, "type": "developer"} for name in dict.fromkeys(c.author for c, _ in found)]
    yield "committed", found[-1][0].authored
    yield "first_committed", found[0][0].authored


_CHANGES = {"A": "added", "D": "deleted", "R": "renamed"}


def _files(found: list[tuple[Commit, tuple[FileChange, ...]]]) -> Iterator[dict[str, str]]:
    seen: set[str] = set()
    for _, changes in found:
        for change in changes:
            if change.path not in seen and change.path.isprintable():
                seen.add(change.path)
                yield {"path": change.path, "change": _CHANGES.get(change.status, "modified")}


def new_playbook(root: Path, config: Config, title: str, identity: str | None) -> Path:
    """Write a new playbook to fill in.

    Raises:
        UsageError: the id is none.
        WriteRefused: the file exists.
    """
    stem = identity or slug(title, limit=50)
    if not ID.fullmatch(stem):
        raise UsageError(
            f"{stem!r} is no id for a playbook", hint="lower-case words joined by hyphens: --id loop-closed"
        )
    path = root / config.kb / "playbooks" / f"{stem}.md"
    text = _templates(root, config).render(
        "new/playbook.md.j2", {"title": title, "id": stem, "day": datetime.now().astimezone().date()}
    )
    files.create_text(path, text)
    return path


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that ``init`` did or left."""

    path: str
    done: str
    """``written``, ``kept`` or ``added to``."""
    hint: str = ""


def init(root: Path, config: Config, *, day: date) -> Iterator[Step]:
    """Set up a knowledge base: what is there is kept, what is missing is written, so it can run twice."""
    templates = _templates(root, config)
    name = " ".join(root.resolve().name.replace("_", " ").replace("-", " ").split()) or "Causebook"
    context = {"name": f"{name} causebook", "config": config}
    yield _place(root, "mkdocs.yml", templates.render("new/mkdocs.yml.j2", context), keep_hint=f"add to it: {NAV_HINT}")
    yield _place(root, ".github/workflows/causebook.yml", templates.render("new/workflow.yml.j2", context))
    yield _schema(root, config)
    yield _ignore(root, config)
    if next(entry_paths(root, config), None) is None:
        identity = drafts.new_id("example session maker bound to an old loop", day)
        text = templates.render(
            "new/example.yaml.j2", {"id": identity, "day": day, "schema_line": Md(drafts.SCHEMA_LINE)}
        )
        path = drafts.write(root, config, identity, text)
        yield Step(path.relative_to(root).as_posix(), "written", "an example: read it, then delete it")


def _place(root: Path, path: str, text: str, keep_hint: str = "") -> Step:
    target = root / path
    if target.exists():
        return Step(path, "kept", keep_hint)
    try:
        files.create_text(target, text)
    except WriteRefused:
        if target.exists():  # it came a moment ago
            return Step(path, "kept", keep_hint)
        raise
    return Step(path, "written")


def _schema(root: Path, config: Config) -> Step:
    """The schema belongs to Causebook: a new version replaces it."""
    path = root / config.entries / "schema.json"
    text = json.dumps(entry_schema(), indent=2, ensure_ascii=False) + "\n"
    shown = f"{config.entries}/schema.json"
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return Step(shown, "kept")
    files.write_text(path, text)
    return Step(shown, "written")


def _ignore(root: Path, config: Config) -> Step:
    path = root / ".gitignore"
    held = files.read_text(path, name=".gitignore") if path.exists() else ""
    home: tuple[str, ...] = (f"/{config.kb}/index.md",) if homepage.wanted(root, config) else ()
    wanted = (f"/{config.kb}/records/", f"/{config.kb}/api/", *home, "/site/")
    present = {line.strip().strip("/") for line in held.splitlines()}
    missing = [line for line in wanted if line.strip("/") not in present]
    if not missing:
        return Step(".gitignore", "kept")
    start = held if not held or held.endswith("\n") else held + "\n"
    files.write_text(path, start + "".join(f"{line}\n" for line in missing))
    return Step(".gitignore", "added to" if held else "written")
