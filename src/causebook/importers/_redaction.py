"""Takes out what must not be published: keys, tokens, passwords, e-mail addresses, home folders.

Each is replaced by a mark that says what stood there. The forms of tokens are those their makers publish (GitHub,
GitLab, AWS, Google, Slack, Stripe, OpenAI, Anthropic, npm, PyPI, Telegram, SendGrid, JSON Web Tokens of RFC 7519, PEM
of RFC 7468). A commit, a UUID or the id of a test has none of these forms.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_BLOCK = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\Z)", re.DOTALL
)
_TOKENS = re.compile(
    r"(?<![A-Za-z0-9_])(?:"
    r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,}|glpat-[A-Za-z0-9_-]{20,}"  # GitHub, GitLab
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}"  # AWS
    r"|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}"  # Google
    r"|xox[abprs]-[A-Za-z0-9-]{10,}"  # Slack
    r"|[sr]k_(?:live|test)_[A-Za-z0-9]{16,}"  # Stripe
    r"|sk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}"  # OpenAI, Anthropic
    r"|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,}"
    r"|\d{8,10}:[A-Za-z0-9_-]{35}"  # Telegram
    r"|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"  # SendGrid
    r"|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"  # JSON Web Token
    r")(?![A-Za-z0-9])"
)
_IN_URL = re.compile(r"(?<=://)([^\s:/@]{1,80}):([^\s/@]{1,200})@(?=[\w\[])")
_NAMED = re.compile(
    r"((?<![A-Za-z0-9_.-])[A-Za-z0-9_.-]{0,60}?(?:password|passwd|secret|api[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token|private[_-]?key)[\"']?\s*[:=]\s*[\"']?)"
    r"([A-Za-z0-9+/_\-!@#%^&*.]{8,200}={0,2})(?=[\"'`\s,;)]|$)",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?i)(\b(?:bearer|token|basic)\s+)([A-Za-z0-9_\-.=+/]{24,})")
_EMAIL = re.compile(r"(?<![\w.+%/:-])[A-Za-z0-9][\w.+%-]{0,63}@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24}(?![\w/:])")
_HOME = re.compile(
    r"(?:(?<![\w.])/(?:home|Users)/(?!runner\b|user\b|app\b|node\b|ubuntu\b|vscode\b|\[)[A-Za-z0-9_.-]+)|(?:\b[A-Za-z]:[\\/]{1,2}Users[\\/]{1,2}(?!Public\b|\[)[A-Za-z0-9_.-]+)"
)
_PLACE_HOLDER = re.compile(
    r"^(?:[x*.]+|your[_-].*|.*example.*|changeme|<.*|\$\{?.*|%.*|process\.env.*|os\.environ.*|settings\..*|config\..*|self\..*)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that was taken out: its kind and the line."""

    kind: str
    line: int


def redact(text: str, allowed: frozenset[str] = frozenset()) -> tuple[str, list[Mark]]:
    """``text`` with typed marks for what must not be published, its lines kept; texts in ``allowed`` stay."""
    marks: list[Mark] = []

    def block(match: re.Match[str]) -> str:
        marks.append(Mark("private key", text.count("\n", 0, match.start()) + 1))
        return "[private key]" + "\n" * match[0].count("\n")

    lines = _BLOCK.sub(block, text).split("\n")
    for number, line in enumerate(lines, 1):
        if len(line) < 20_000:
            lines[number - 1] = _line(line, number, marks, allowed)
    return "\n".join(lines), marks


def _line(line: str, number: int, marks: list[Mark], allowed: frozenset[str]) -> str:
    def replaced(kind: str, group: int = 0) -> Callable[[re.Match[str]], str]:
        def put(match: re.Match[str]) -> str:
            secret = match[group]
            if secret in allowed or (group and (_PLACE_HOLDER.match(secret) or secret.startswith("["))):
                return match[0]
            marks.append(Mark(kind, number))
            return (
                match[0][: match.start(group) - match.start()]
                + f"[{kind}]"
                + match[0][match.end(group) - match.start() :]
            )

        return put

    for pattern, kind, group in (
        (_TOKENS, "token", 0), (_IN_URL, "password", 2), (_NAMED, "secret", 2), (_BEARER, "token", 2),
        (_EMAIL, "email", 0), (_HOME, "home", 0),
    ):  # fmt: skip
        if kind == "secret" and not _has_named(line):
            continue
        line = pattern.sub(replaced(kind, group), line)
    return line


def _has_named(line: str) -> bool:
    """Whether a value beside a telling name looks like a secret: letters and digits in one word, no code."""
    return any(
        re.search(r"\d", m[2])
        and re.search(r"[A-Za-z]", m[2])
        and "(" not in m[2]
        and not re.search(r"\w\.\w+\.?\w*$", m[2])
        for m in _NAMED.finditer(line)
    )
