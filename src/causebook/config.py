"""The settings: ``[tool.causebook]`` in pyproject.toml, or causebook.toml where there is no pyproject."""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from causebook import files
from causebook.errors import ConfigError, Place
from causebook.findings import LEVELS, Level

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True, slots=True)
class ForeignRepo:
    """Another repository that entries may name."""

    url: str = ""
    """Web address of a commit, with ``{sha}`` where the sha goes."""
    path: str = ""
    """Path of a local clone, from the project's root."""


Mode = Literal["off", "adopt", "enforce"]


@dataclass(frozen=True, slots=True)
class Gate:
    """When a change has to bring an entry."""

    mode: Mode = "adopt"
    """``enforce`` makes the check entry_needed an error, ``adopt`` (while a team gets used to it) a warning."""
    code: tuple[str, ...] = ()
    """Patterns of paths that hold code; empty: every file but documents, entries and settings of a CI."""
    exempt: tuple[str, ...] = ()
    """Patterns of paths that never need an entry, whatever ``code`` says."""
    fix_labels: tuple[str, ...] = ("bug", "fix", "hotfix", "regression", "incident")
    """Labels that say that a pull request mends something."""
    skip_label: str = "no-entry"
    """Label that says that no entry is needed."""


POLICY = (
    "default-src 'self'; script-src 'self' {scripts}; style-src 'self' {styles}; img-src 'self' data:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'"
)
"""Nothing from another host, and no script in a page but the theme's own; icons of the theme are ``data:`` images."""


@dataclass(frozen=True, slots=True)
class Config:
    """All settings, with their defaults."""

    entries: str = "entries"
    """Folder of the entries."""
    kb: str = "kb"
    """Folder of the site's pages."""
    templates: str = "templates"
    """Folder of the project's own templates; a template there replaces ours of the same name."""
    web: str = ""
    """Web address of this repository, such as https://example.org/team/app; by default read from the remote."""
    commit_url: str = ""
    """Web address of a commit with ``{sha}``; by default ``<web>/commit/{sha}``."""
    file_url: str = ""
    """Web address of a file with ``{sha}`` and ``{path}``, and ``{first}`` and ``{last}`` line after a ``#``; else as
    GitHub, GitLab, Gitea, Forgejo or Bitbucket write it, when the name of the host tells which of them it is."""
    components: tuple[str, ...] = ()
    """The components there are; empty: any word is accepted."""
    select: tuple[str, ...] = ()
    """Checks to run; empty: all."""
    ignore: tuple[str, ...] = ()
    """Checks to leave out."""
    allow: tuple[str, ...] = ()
    """Texts that are neither secret nor personal, whatever they look like; ``*`` stands for anything."""
    policy: str = POLICY
    """Content-Security-Policy of the site's pages; ``off``: none."""
    repos: dict[str, ForeignRepo] = field(default_factory=dict)
    """Other repositories by name."""
    levels: dict[str, Level] = field(default_factory=dict)
    """Name of a check -> ``error``, ``warning`` or ``note``, instead of its own level."""
    gate: Gate = field(default_factory=Gate)
    """When a change has to bring an entry."""


_LISTS = frozenset({"components", "select", "ignore", "allow"})


def load(root: Path) -> Config:
    """The settings of the project at ``root``; the defaults where it has none.

    Raises:
        ConfigError: not TOML, an unknown setting, or a value of the wrong kind.
        Unreadable: a file that cannot be read, or is not UTF-8.
    """
    for name in ("causebook.toml", "pyproject.toml"):
        path = root / name
        if not path.is_file():
            continue
        table = _table(path, name)
        if table is not None:
            return _config(table, name)
    return Config()


_AT = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
"""How tomllib ends its messages; it gives the place as data only since Python 3.14."""


def _table(path: Path, name: str) -> Any:
    """Our settings in the file ``path``; None when it has none."""
    text = files.read_text(path, name=name)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, line, column = match.groups() if (match := _AT.fullmatch(str(error))) else (str(error), None, None)
        place = Place(name, int(line), int(column)) if line and column else Place(name)
        raise ConfigError(f"is not TOML: {message[:1].lower()}{message[1:]}", place=place) from error
    if name == "causebook.toml":
        return data
    tool = data.get("tool")
    return tool.get("causebook") if isinstance(tool, dict) else None


def _config(table: Any, name: str) -> Config:
    if not isinstance(table, dict):
        raise ConfigError("[tool.causebook] is not a table", place=Place(name), hint="write [tool.causebook]")
    values: dict[str, Any] = {}
    for key, value in table.items():
        setting = key.replace("-", "_")
        known = Config.__dataclass_fields__
        if setting not in known:
            raise ConfigError(f"unknown setting {key!r}", place=Place(name), hint=_did_you_mean(setting, known))
        if setting == "repos":
            values[setting] = _repos(value, name)
        elif setting == "levels":
            values[setting] = _levels(value, name)
        elif setting == "gate":
            values[setting] = _gate(value, name)
        elif setting in _LISTS:
            values[setting] = tuple(_strings(value, key, name))
        else:
            values[setting] = _string(value, key, name)
    for folder in ("entries", "kb", "templates"):
        _inside(values.get(folder, folder), folder, name)
    return Config(**values)


def _repos(value: Any, name: str) -> dict[str, ForeignRepo]:
    if not isinstance(value, dict):
        raise ConfigError(
            "repos is not a table", place=Place(name), hint='write [tool.causebook.repos.NAME], url = "…"'
        )
    repos: dict[str, ForeignRepo] = {}
    for repo, table in value.items():
        if not isinstance(table, dict):
            raise ConfigError(f"repos.{repo} is not a table", place=Place(name), hint="url, path")
        if unknown := set(table) - {"url", "path"}:
            raise ConfigError(
                f"repos.{repo}: unknown {', '.join(sorted(unknown))}", place=Place(name), hint="url, path"
            )
        url = _string(table.get("url", ""), f"repos.{repo}.url", name)
        if url and (not url.startswith(("https://", "http://")) or "{sha}" not in url):
            hint = 'such as "https://example.org/team/app/commit/{sha}"'
            raise ConfigError(f"repos.{repo}.url is not an address with {{sha}}", place=Place(name), hint=hint)
        repos[repo] = ForeignRepo(url, _string(table.get("path", ""), f"repos.{repo}.path", name))
    return repos


def _levels(value: Any, name: str) -> dict[str, Level]:
    if not isinstance(value, dict):
        raise ConfigError(
            "levels is not a table", place=Place(name), hint='[tool.causebook.levels], date_order = "note"'
        )
    for check, level in value.items():
        if level not in LEVELS:
            message = f"levels.{check} is {level!r}, expected one of {', '.join(LEVELS)}"
            raise ConfigError(message, place=Place(name), hint="or leave the check out: ignore = [...]")
    return {check.replace("-", "_"): level for check, level in value.items()}


def _gate(value: Any, name: str) -> Gate:
    if not isinstance(value, dict):
        raise ConfigError("gate is not a table", place=Place(name), hint='[tool.causebook.gate], mode = "enforce"')
    known = Gate.__dataclass_fields__
    found: dict[str, Any] = {}
    for key, held in value.items():
        setting = key.replace("-", "_")
        if setting not in known:
            raise ConfigError(f"unknown setting gate.{key}", place=Place(name), hint=_did_you_mean(setting, known))
        read = _string if setting in {"mode", "skip_label"} else _strings
        found[setting] = read(held, f"gate.{key}", name)
    if found.get("mode", "adopt") not in get_args(Mode):
        raise ConfigError(
            f"gate.mode is {found['mode']!r}, expected one of {', '.join(get_args(Mode))}", place=Place(name)
        )
    lists: dict[str, Any] = {key: tuple(held) if isinstance(held, list) else held for key, held in found.items()}
    return Gate(**lists)


def _string(value: Any, key: str, name: str) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"{key} is {value!r}, expected text", place=Place(name), hint=f'write {key} = "…"')
    return value


def _strings(value: Any, key: str, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise ConfigError(f"{key} is {value!r}, expected a list of texts", place=Place(name), hint=f'{key} = ["…"]')
    return value


def _inside(folder: str, key: str, name: str) -> None:
    path = Path(folder)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ConfigError(
            f"{key} is {folder!r}, expected a folder inside the project", place=Place(name), hint=f'{key} = "{key}"'
        )


def _did_you_mean(word: str, known: Any) -> str:
    close = difflib.get_close_matches(word, list(known), 1)
    return f"did you mean {close[0]}?" if close else f"settings are: {', '.join(sorted(known))}"


@dataclass(frozen=True, slots=True)
class Published:
    """How the site calls itself in mkdocs.yml."""

    name: str
    address: str
    """Its address with a slash at the end; empty where ``site_url`` is not set."""
    folders: bool = True
    """Whether a page is a folder with an index.html, so that its address ends with a slash."""


_SITE = re.compile(
    r"^(site_name|site_url|use_directory_urls):"
    r"[ \t]*(?:\"([^\"]*)\"|'([^']*)'|([^\"'#!{\[\s][^#\n]*?))[ \t]*(?:#.*)?$",
    re.MULTILINE,
)


def published(root: Path) -> Published:
    """Name and address of the site; what mkdocs.yml does not say in plain text is left at its default."""
    path = root / "mkdocs.yml"
    # By line and not as YAML: tags such as !ENV and !!python/name are common in it, and the engine reads them.
    text = files.read_text(path, name=path.name) if path.is_file() else ""
    found = {match[1]: next(filter(None, match.groups()[1:]), "") for match in _SITE.finditer(text)}
    address = found.get("site_url", "")
    address = f"{address.rstrip('/')}/" if address.startswith(("https://", "http://")) else ""
    folders = found.get("use_directory_urls", "").lower() not in {"false", "no", "off"}
    return Published(found.get("site_name") or "Causebook", address, folders)


def find_root(start: Path) -> Path:
    """The project that ``start`` lies in: the nearest folder up with causebook settings, entries/ or .git; else it."""
    for folder in (start, *start.parents):
        if (folder / "causebook.toml").is_file() or (folder / ".git").exists():
            return folder
        if (folder / "mkdocs.yml").is_file() and (folder / "entries").is_dir():
            return folder
    return start


def entry_paths(root: Path, config: Config) -> Iterator[Path]:
    """Entry files, sorted; links to folders are not followed, so a loop of links cannot trap us."""
    for name in entry_names(root, config):
        yield root / name


def entry_names(root: Path, config: Config) -> Iterator[str]:
    """The same as paths from the project's root, with forward slashes."""
    base = str(root / config.entries)
    for folder, folders, names in os.walk(base):
        folders.sort()
        odd = [f for f in folders if f.endswith(_YAML)]
        inside = Path(folder).relative_to(root).as_posix()
        top = _NO_ENTRIES if folder == base else ()
        for name in sorted([*names, *odd]):
            if name.endswith(_YAML) and not name.startswith(".") and name not in top:
                yield f"{inside}/{name}"
        folders[:] = [f for f in folders if f not in odd and not f.startswith(".")]


_YAML = (".yaml", ".yml")
_NO_ENTRIES = frozenset({"schema.json", "ignored.yaml", "acknowledged.yaml"})
"""Files that lie beside the entries' folders."""


def project_of(root: Path | None, start: Path | None = None) -> Path | None:
    """The project at ``root``, else the one that ``start`` lies in, where it has a knowledge base; else None."""
    found = root.resolve() if root is not None else find_root(start or Path.cwd())
    config = load(found)
    has = (found / config.entries).is_dir() or (found / config.kb / "playbooks").is_dir()
    return found if has else None
