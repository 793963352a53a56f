"""Web addresses of files and lines on forges: GitHub, GitLab, Gitea and Forgejo, Bitbucket; pure text handling."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

_FORMS = {
    "github": "/blob/{sha}/{path}#L{first}-L{last}",
    "gitlab": "/-/blob/{sha}/{path}#L{first}-{last}",
    "gitea": "/src/commit/{sha}/{path}#L{first}-L{last}",
    "bitbucket": "/src/{sha}/{path}#lines-{first}:{last}",
}
_NAMES = {"forgejo": "gitea", "codeberg": "gitea"} | {name: name for name in _FORMS}


def address(web: str) -> str:
    """The form of a file's address in the repository at ``web``; empty for a forge that its host does not tell."""
    host = urlsplit(web).hostname or ""
    kind = next((kind for name, kind in _NAMES.items() if name in host), "")
    return f"{web}{_FORMS[kind]}" if kind else ""


def filled(form: str, sha: str, path: str, lines: tuple[int, int] | None = None) -> str:
    """The address of a file as it was at a commit; what the form says of lines is left out where there are none."""
    if not form:
        return ""
    form = form if lines else form.partition("#")[0]
    first, last = lines or (0, 0)
    values = {"{sha}": sha, "{path}": quote(path), "{first}": str(first), "{last}": str(last)}
    for name, value in values.items():
        form = form.replace(name, value)
    return form
