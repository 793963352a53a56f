"""Tells a secret from what only stands where one could: placeholders, names, references in code."""

from __future__ import annotations

import itertools
import re

_PLACEHOLDER = re.compile(
    r"(?:[x*.•_-]{1,256}|x{3,256}.{0,64}|\.\.\..{0,64}|<.{0,256}|\[.{0,256}|\{.{0,256}|\$\{.{0,256}|\$\(.{0,256}"
    r"|\$[A-Za-z_]\w{0,64}|%[A-Za-z_]\w{0,64}%|%\(.{0,64}|%[sdr]|#\{.{0,256}|@\w{1,64}@|__\w{1,64}__)",
    re.IGNORECASE | re.DOTALL,
)
_STAND_IN = re.compile(
    r"(?:^|[^a-z])(?:your|example|examplekey|sample|dummy|fake|mock|placeholder|changeme|change[_-]me|changeit"
    r"|redacted|removed|masked|hidden|replace|todo|insert|foobar|lorem)(?:$|[^a-z])",
    re.IGNORECASE,
)
_WORDS = frozenset({
    "password", "passwd", "passwort", "pass", "pwd", "secret", "token", "apikey", "key", "changeme", "changeit",
    "change", "string", "string!",
    "str", "text", "none", "null", "nil", "undefined", "true", "false", "yes", "no", "required",
    "optional", "missing", "invalid", "wrong", "incorrect", "expired", "empty", "hidden", "redacted", "masked",
    "example", "test", "testing", "demo", "default", "value", "user", "username", "admin", "root", "guest",
    "postgres", "mysql", "redis", "rabbitmq", "prompt", "input", "plain", "plaintext", "encrypted", "hashed",
    "secretstr", "field", "self", "config", "settings", "environ", "env", "getenv", "disabled", "enabled", "argon2",
    "argon2id", "bcrypt", "scrypt", "pbkdf2", "sha1", "sha256", "sha512", "md5", "base64", "utf8", "oauth2", "http2",
    "latin1", "ed25519", "hs256", "rs256", "passwort1", "password1", "password123", "secret123", "test123",
    "admin123", "pass123", "abc123", "qwerty", "foobar", "identity", "trust", "scram-sha-256", "unset", "provided",
    "unknown", "rotated", "revoked", "leaked", "anonymous",
})  # fmt: skip
_SHA = re.compile(r"[0-9a-f]{7,64}|[0-9A-F]{7,64}")
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_NOBODY = re.compile(
    r"(?:[\w.-]{1,200}\.)?(?:example(?:\.[a-z]{2,3})?|example\.com?\.[a-z]{2}|test|invalid|localhost|noreply\.[\w.-]{1,60}"
    r"|(?:your-?|my-?)?(?:domain|company|email|org)\.(?:com|org|net)|(?:test|foo|bar)\.(?:com|org|net|bar))",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"[A-Za-z_]\w{0,64}(?:\.|->|::)[A-Za-z_][\w.:>-]{0,200}")
_PATH = re.compile(
    r"(?:~|\.{1,2})?[/\\][\w.@~-]{1,80}[/\\][\w.@/\\~-]{0,200}|[A-Za-z]:[\\/].{0,256}|(?:~|\.{1,2})[/\\].{0,256}"
)
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]{0,40}_[A-Z0-9_]{1,80}")


def placeholder(value: str) -> bool:
    """Whether ``value`` only holds the place of a secret: ``<password>``, ``${PASSWORD}``, ``***``, ``changeme``."""
    return bool(
        not value
        or _PLACEHOLDER.fullmatch(value)
        or _STAND_IN.search(value)
        or value.lower() in _WORDS
        or "{{" in value
        or "..." in value
        or "…" in value
        or "***" in value
        or "${" in value
    )


def is_hash(value: str) -> bool:
    """Whether it could be a commit, a digest or a UUID."""
    return bool(_SHA.fullmatch(value) or _UUID.fullmatch(value))


def random(body: str, *, distinct: int = 7) -> bool:
    """Whether a machine made it: many different characters, and digits among letters or letters of both cases."""
    if len(set(body)) < distinct or body.isdigit():
        return False
    turns = sum(a.islower() and b.isupper() for a, b in itertools.pairwise(body))
    return any(c.isdigit() for c in body) or turns >= max(2, len(body) // 12)


def _name(value: str) -> bool:
    """Whether it is words and small numbers in a row, as names are: ``db-credentials-2``, ``token_v3``."""
    pieces = [p for p in re.split(r"[-_./:]", value) if p]
    return all(re.fullmatch(r"[A-Za-z]{1,24}\d{0,3}|[vV]?\d{1,4}", p) for p in pieces) and (
        len(pieces) > 1 or bool(re.fullmatch(r"[a-z]{1,16}\d{0,3}|[A-Z]?[a-z]{1,20}", value))
    )


def _code(value: str, *, quoted: bool) -> bool:
    """Whether it is a reference in a program or to a file, not a value."""
    if _PATH.fullmatch(value) or _CONSTANT.fullmatch(value) or "://" in value:
        return True
    return not quoted and bool(
        "(" in value or value[0] in "[:&" or re.search(r"\w\[", value) or _REFERENCE.fullmatch(value)
    )


def password(value: str, *, quoted: bool, tight: bool) -> bool:
    """Whether ``value`` beside the word password is one; ``tight``: joined to it by ``=`` without blanks."""
    if len(value) < 4 or placeholder(value) or _code(value, quoted=quoted) or " " in value:
        return False
    letters, digits = any(c.isalpha() for c in value), any(c.isdigit() for c in value)
    signs = any(c in "!@#$%^&*+?~=" for c in value[1:-1]) or value[-1] in "!@#$%^&*+~"
    if letters and len(value) >= 5 and (digits or signs):
        return not re.fullmatch(r"\w{1,20}=.{0,256}|v?\d{1,4}(?:\.\d{1,4}){1,3}|\d{1,6}[a-z]{1,12}", value)
    if digits and not letters:
        return (quoted or tight) and len(value) >= 6 and not re.fullmatch(r"\d{4}-\d\d-\d\d.{0,20}", value)
    if value.isalpha() and len(value) >= 6:
        return (quoted or tight) and value.isascii()
    return (quoted or tight) and bool(re.fullmatch(r"[a-z]{2,20}(?:[-_][a-z]{2,20}){3,9}", value))


def named_key(value: str, *, quoted: bool, strong: bool) -> bool:
    """Whether ``value`` beside the name of a key is one; ``strong``: the name can mean nothing else."""
    if len(value) < 10 or placeholder(value) or _code(value, quoted=quoted) or " " in value:
        return False
    if is_hash(value):
        return strong and len(value) >= 16 and len(set(value)) > 6
    return not _name(value) and random(value)


def nobodys(domain: str) -> bool:
    """Whether a domain is reserved for documentation (RFC 2606), or what texts write in its stead."""
    return bool(_NOBODY.fullmatch(domain))
