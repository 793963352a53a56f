"""Web addresses: their sound and canonical form, and those of the project's own forge as what they mean in git."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id", re.IGNORECASE)
"""Parameters that say where a reader came from, and nothing about the page."""
_PORTS = {"http": 80, "https": 443}
_LOCAL = re.compile(r"localhost|.*\.(?:localhost|local|internal|lan|intranet|corp|home\.arpa)", re.IGNORECASE)
_LINES = re.compile(r"L(\d{1,7})(?:C\d+)?(?:-L?(\d{1,7})(?:C\d+)?)?")
_OWN = re.compile(
    r"(?:-/)?(?:"
    r"commits?/(?P<commit>[0-9a-fA-F]{7,64})(?:/.*)?"
    r"|(?:blob|tree|raw|blame|edit)/(?P<ref>[^/]+)/(?P<path>.+)"
    r"|src/(?:commit|branch|tag)/(?P<ref2>[^/]+)/(?P<path2>.+)"
    r"|(?P<kind>pull|pulls|merge_requests|issues)/(?P<number>\d{1,9})(?:/.*)?"
    r")/?"
)
"""Addresses below the project's: GitHub, GitLab (with ``-/``), Gitea and Forgejo (``src/commit/…``, ``pulls/…``)."""


@dataclass(frozen=True, slots=True)
class Own:
    """What an address of the project's own forge means."""

    commit: str = ""
    ref: str = ""
    """Branch, tag or sha of ``path``; a name with a slash cannot be told from a folder and is cut at it."""
    path: str = ""
    lines: tuple[int, int] | None = None
    number: int | None = None
    """Of an issue or pull request."""


def problem(address: str) -> tuple[str, str] | None:
    """What is wrong with ``address`` and how to mend it; None when it is sound."""
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        return f"{address} is no web address: {error}", "copy it anew from the browser"
    if parts.scheme.lower() not in {"http", "https"}:
        return f"{address} starts with {parts.scheme or 'no scheme'}, expected https:", "name the page it is about"
    if parts.username or parts.password or "@" in parts.netloc:
        return f"{parts.scheme}://…@{host} holds a user name or password", "take it out, and change that password"
    if not host or any(c.isspace() for c in address.strip()):
        return f"{address!r} is no web address", "copy it anew from the browser"
    if is_private(host):
        shown = f"{host}:{port}" if port else host
        return f"{shown} is seen from one machine or network only", "quote what it shows instead"
    return None


def is_private(host: str) -> bool:
    """Whether other people cannot reach ``host``: this machine, a private network, or a name without a dot."""
    try:
        found = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return "." not in host or _LOCAL.fullmatch(host) is not None
    return not found.is_global


def is_foreign(text: str, web: str) -> bool:
    """Whether ``text`` is a sound web address of somebody else's site."""
    sound = text.lower().startswith(("https://", "http://")) and problem(text) is None
    return sound and own(text, web) is None


def canonical(address: str) -> str:
    """The same address in the form that is compared and kept: host in small letters, no default port, no tracking."""
    parts = urlsplit(address.strip())
    host = (parts.hostname or "").rstrip(".")
    netloc = f"[{host}]" if ":" in host else host
    if parts.port and parts.port != _PORTS.get(parts.scheme.lower()):
        netloc += f":{parts.port}"
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(key, value) for key, value in pairs if not _TRACKING.fullmatch(key)]
    query = parts.query if len(kept) == len(pairs) else urlencode(kept, quote_via=quote)
    return urlunsplit(SplitResult(parts.scheme.lower(), netloc, parts.path or "/", query, parts.fragment))


def own(address: str, web: str) -> Own | None:
    """What ``address`` means when it lies below ``web``, the project's own address; None when it does not."""
    base = canonical(web).rstrip("/").removesuffix(".git") if web else ""
    held = canonical(address)
    if not base or not held.lower().startswith(f"{base.lower()}/"):
        return None
    parts = urlsplit(held[len(base) + 1 :])
    match = _OWN.fullmatch(unquote(parts.path))
    if match is None:
        return Own()
    lines = _LINES.fullmatch(parts.fragment)
    span = (int(lines[1]), int(lines[2] or lines[1])) if lines else None
    path = match["path"] or match["path2"] or ""
    ref = match["ref"] or match["ref2"] or ""
    number = int(match["number"]) if match["number"] else None
    return Own((match["commit"] or "").lower(), ref, path.rstrip("/"), span if path else None, number)
