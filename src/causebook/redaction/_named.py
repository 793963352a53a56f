"""Secrets told by where they stand: in an address, a header, a cookie, on a command line, beside a telling name."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from causebook.redaction._judgement import named_key, nobodys, password, placeholder, random
from causebook.redaction._span import Span, lower, matches

_IN_URL = re.compile(r"://([^\s:/@'\"`<>]{0,80}):([^\s/@'\"`<>]{1,200})@([\w.\[{$<-]{1,253})")
_USER_OF_URL = re.compile(r"://([A-Za-z0-9_-]{20,200})@")
_HEADER = re.compile(
    r"authorization[\"'\\*`]{0,4}[ \t]{0,3}[:=][ \t*]{0,4}[\"'\\`]{0,3}"
    r"(?:(bearer|basic|token|apikey|api-key|negotiate|digest|splunk|bot)[ \t]{1,3})?([^\s\"'`,;<>\\]{6,4096})",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\bbearer[ \t]{1,3}([A-Za-z0-9_\-.=+/~]{16,4096})", re.IGNORECASE)
_BASIC = re.compile(r"\bbasic[ \t]{1,3}([A-Za-z0-9+/]{8,1000}={0,2})(?![\w=+/])", re.IGNORECASE)
_COOKIES = re.compile(
    r"\b(set-)?cookie[\"'\\*`]{0,4}[ \t]{0,3}[:=][ \t*]{0,4}[\"'\\`]{0,3}([^\s\"'`:][^\n\"'`]{5,8192})", re.IGNORECASE
)
_COOKIE = re.compile(r"(?<![\w.-])([\w.-]{1,64})=([^;,\s\"'`\\]{6,4096})")
_ATTRIBUTES = frozenset({"path", "domain", "expires", "max-age", "samesite", "secure", "httponly", "priority"})

_WORD = (
    r"(?<!/)pass(?:word|wd|phrase|wort|code)|kennwort|(?<!old)pwd|(?<=[_-])pass|senha|contrase[ñn]a|mot[ _]de[ _]passe"
    r"|пароль|密码|密碼|口令|パスワード"
)  # fmt: skip
_STRONG = (
    r"(?:api|secret|access|private|signing|encryption|master|account|shared|auth|license)[_ -]?key"
    r"|(?:client|app|consumer|webhook|signing|shared|jwt)[_-]?secret"
    r"|(?:auth|access|refresh|bearer|api|bot|deploy|session|security)[_-]?token"
)
_WEAK = r"secret|token|session[_-]?id|credentials?"
_NAMED = re.compile(
    rf"(?:(?P<password>{_WORD})|(?P<strong>{_STRONG})|(?P<weak>{_WEAK}))\d{{0,2}}"
    r"(?:[\"'`*\\\]]{0,4}"
    r"(?:[ \t]{0,2}:[ \t]{0,2}(?:str|string|SecretStr|bytes|Optional\[str\]|str ?\| ?None)[ \t]{0,2}(?==))?"
    r"(?P<op>[ \t]{0,4}(?::=|=>|={1,3}|[:：|])[ \t*]{0,5})|[\"']?>(?=[^<\n]{1,256}</))"
    r"(?:SecretStr\(|[bru](?=[\"']))?"
    r"(?:(?P<quote>\\{0,2}[\"'`])(?P<quoted>[^\"'`\\\n]{1,256})|(?P<bare>[^\s\"'`,;<>|\\]{1,256}))",
    re.IGNORECASE,
)
_OPTION = re.compile(
    r"(?<!\S)--?(?:(?P<password>[\w-]{0,20}password|passwd|passphrase)|(?P<key>[\w-]{0,20}token|api-?key|secret(?:-key)?))"
    r"[ \t]{1,3}"
    r"(?P<quote>[\"']?)(?P<value>[^\s\"'`,;<>|]{4,256})",
    re.IGNORECASE,
)
_CURL = re.compile(
    r"\b(?:curl|wget|http|https)[ \t][^\n]{0,300}?[ \t](?:-u|--user|-a)"
    r"[ \t=]{0,2}[\"']?([\w.@+-]{1,64}):([^\s\"'`]{3,128})"
)
_SSHPASS = re.compile(r"\bsshpass[ \t]{1,3}-p[ \t]{0,3}[\"']?([^\s\"'`]{4,128})")
_QUERY = re.compile(r"&[\w.-]{1,40}=")
_HINTS = (
    "pass", "kennwort", "pwd", "senha", "contrase", "пароль", "密", "口令", "パスワード", "key", "secret", "token",
    "sessionid", "session_id", "session-id", "credential",
)  # fmt: skip


def find(text: str) -> Iterator[Span]:
    """Passwords and keys by their place."""
    low = lower(text)
    yield from _in_urls(text)
    yield from _headers(text, low)
    yield from _cookies(text, low)
    yield from _named(text, low)
    yield from _commands(text)


def _in_urls(text: str) -> Iterator[Span]:
    for match in matches(_IN_URL, text, ("://",)):
        user, word, host = match.groups()
        local = "." not in host or host.startswith("127.")
        if len(word) > 2 and not placeholder(word) and not (word == user and local) and not nobodys(host):
            yield Span(*match.span(2), "password")
    for match in matches(_USER_OF_URL, text, ("://",)):
        if random(match[1]):
            yield Span(*match.span(1), "token")


def _headers(text: str, low: str) -> Iterator[Span]:
    for match in matches(_HEADER, text, ("authorization",), low):
        scheme, value = (match[1] or "").lower(), match[2]
        if _basic(value) if scheme == "basic" else _key(value, least=6 if scheme else 10):
            yield Span(*match.span(2), "token")
    for match in matches(_BEARER, text, ("bearer",), low):
        if _key(match[1], least=16):
            yield Span(*match.span(1), "token")
    for match in matches(_BASIC, text, ("basic",), low):
        if _basic(match[1]):
            yield Span(*match.span(1), "token")


def _key(value: str, *, least: int) -> bool:
    short = least <= len(value) < 10 and random(value, distinct=5) and not placeholder(value)
    return short or named_key(value, quoted=True, strong=True)


def _basic(value: str) -> bool:
    """Whether it is a name and a password as RFC 7617 writes them."""
    try:
        name, _, word = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode().partition(":")
    except ValueError:
        return False
    return name.isprintable() and word.isprintable() and len(word) > 2 and not placeholder(word)


def _cookies(text: str, low: str) -> Iterator[Span]:
    for match in matches(_COOKIES, text, ("cookie",), low):
        for pair in _COOKIE.finditer(text, match.start(2), match.end(2)):
            made = random(pair[2], distinct=5) or len(pair[2]) >= 16
            if made and pair[1].lower() not in _ATTRIBUTES and not placeholder(pair[2]):
                yield Span(*pair.span(2), "cookie")
            if match[1]:
                break  # what follows are attributes


def _named(text: str, low: str) -> Iterator[Span]:
    for match in matches(_NAMED, text, _HINTS, low):
        quoted = match["quoted"] is not None
        group = "quoted" if quoted else "bare"
        value = match[group] if quoted else _bare(match[group])
        op = match["op"] or ""
        if "==" in op and not quoted:
            telling = False  # a comparison of two names
        elif match["password"]:
            telling = password(value, quoted=quoted, tight=op == "=" or not op)
        else:
            telling = named_key(value, quoted=quoted, strong=bool(match["strong"]))
        if telling:
            yield Span(match.start(group), match.start(group) + len(value), "secret")
    for match in matches(_OPTION, text, _HINTS, low):
        value, quoted = match["value"], bool(match["quote"])
        if (
            password(value, quoted=quoted, tight=True)
            if match["password"]
            else named_key(value, quoted=quoted, strong=True)
        ):
            yield Span(*match.span("value"), "secret")


def _bare(value: str) -> str:
    """A value without quotation marks, without what follows it: more of an address's query, the end of a sentence."""
    if more := _QUERY.search(value):
        value = value[: more.start()]
    return value.rstrip(".:)]}")


def _commands(text: str) -> Iterator[Span]:
    for match in matches(_CURL, text, ("curl", "wget", "http")):
        if not placeholder(match[2]) and not match[2].isdigit():
            yield Span(*match.span(2), "password")
    for match in matches(_SSHPASS, text, ("sshpass",)):
        if not placeholder(match[1]):
            yield Span(*match.span(1), "password")
