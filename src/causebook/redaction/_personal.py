"""E-mail addresses, home folders, names of users, logins and private hosts.

Addresses of documentation are nobody's: ``example.com``, ``.test``, ``.example``, ``.invalid`` (RFC 2606). Addresses of
``10/8``, ``172.16/12`` and ``192.168/16`` (RFC 1918) are private hosts; ``localhost``, ``127.0.0.1`` and the names that
Docker and clouds give everyone are not. ``git@github.com`` is a service, ``noreply@`` nobody, ``/home/runner`` a
machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from causebook.redaction._judgement import nobodys
from causebook.redaction._span import Span, matches

_EMAIL = re.compile(r"(?<![\w.+%-])[^\W_][\w.+%-]{0,63}@([^\W_][\w.-]{0,200}\.[^\W\d_]{2,24})(?![\w@]|-\w|\.\w)")
_SERVICES = re.compile(r"(?:git|hg|svn|no-?reply|do-?not-?reply|mailer-daemon)(?:$|[+._-].{0,60})", re.IGNORECASE)
_NO_DOMAINS = frozenset({
    "png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "js", "ts", "tsx", "jsx", "css", "html", "json", "yaml", "yml",
    "toml", "txt", "whl", "lock", "log", "service", "socket", "timer", "target", "mount", "slice", "scope", "path",
    "conf", "cfg", "ini", "xml", "csv", "beta", "alpha", "rc", "dev0", "post0",
})  # fmt: skip
"""Endings of files, of units of systemd and of versions."""

_SOMEONE = frozenset({
    "runner", "user", "username", "users", "you", "me", "name", "yourname", "your-name", "yourusername", "app",
    "node", "ubuntu", "debian", "vscode", "jovyan", "circleci", "travis", "gitpod", "codespace", "vagrant",
    "ec2-user", "git", "www-data", "root", "admin", "linuxbrew", "shared", "public", "default", "jenkins", "build",
    "builder", "worker", "airflow", "coder", "dev", "developer", "test", "tester", "postgres", "someone", "somebody",
    "person", "foo", "bar", "docker", "container", "nobody", "nonroot", "site", "wwwroot", "dashboard", "settings",
    "profile", "about", "index", "login", "page", "runneradmin", "containeradministrator", "administrator", "project",
    "workspace", "xxx", "redacted", "guest", "service", "deploy",
})  # fmt: skip
"""Names that machines, images and examples use for everyone, and pages of web sites below /home."""
_PAGES = (".js", ".ts", ".py", ".html", ".php", ".md", ".json")
_HOME = re.compile(
    r"(?:(?<=file://)|(?<=-[IL])|(?<![\w.~/}$>%)\]-]))(?:/(?:var|usr|export|data|nfs|mnt/[a-z]|[a-z]))?/(?:home|Users)/"
    r"([^\W_][\w.-]{0,63})"
)
_WINDOWS_HOME = re.compile(
    r"(?<!\w)[A-Za-z]:(?:\\{1,4}|/)(?:Users|Documents and Settings)(?:\\{1,4}|/)"
    r"([^\W_][\w.-]{0,63}(?: [A-Z][\w.-]{0,40}(?=[\\/]))?)",
    re.IGNORECASE,
)
_METHOD = re.compile(r"\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)[ \t`\"']{1,3}$")
_USER = re.compile(r"\bpytest-of-([^\W_][\w.]{0,40})|(?<=/)-(?:home|Users)-([A-Za-z0-9]{1,32})(?=[-/])")
_PROMPT = re.compile(
    r"^[ \t>|#]{0,12}(?:\([\w.-]{1,40}\)[ \t]{1,2})?"
    r"([a-z_][\w.-]{0,31}@[A-Za-z0-9][\w.-]{0,63})(?=:[~/][^\s$#]{0,200}[$#](?:[ \t]|$))",
    re.MULTILINE,
)

_HOST = re.compile(
    r"(?<![\w.\\-])([A-Za-z0-9][A-Za-z0-9.-]{0,200})\."
    r"(internal|corp|local|localdomain|lan|intra|intranet|home\.arpa|INTERNAL|CORP|LOCAL|LAN|INTRA)(?![\w-]|\.\w|\()"
)
_PRIVATE = (
    ".internal",
    ".corp",
    ".local",
    ".lan",
    ".intra",
    ".home.arpa",
    ".INTERNAL",
    ".CORP",
    ".LOCAL",
    ".LAN",
    ".INTRA",
)
_EVERYBODYS = re.compile(
    r"(?:host|gateway|kubernetes|vm)\.docker\.internal|metadata\.google\.internal|(?:[\w-]{1,60}\.)?containers\.internal"
    r"|(?:kubernetes\.default\.)?svc\.cluster\.local|cluster\.local|localhost\.\w{1,20}|instance-data\.ec2\.internal"
)
_IN_CODE = frozenset({
    "config", "configs", "settings", "env", "threading", "docker-compose", "compose", "dockerfile", "makefile",
    "appsettings", "werkzeug", "gevent", "asgiref", "git", "self", "this", "vars", "values", "requirements", "conf",
    "contextvars", "com", "org", "net", "io", "java", "javax", "jdk", "sun", "kotlin", "android", "pkg", "src", "lib",
    "internal", "golang", "cmd", "application", "properties", "gitignore", "eslintrc", "package", "module", "node",
    "go", "py", "rs", "build", "variables", "secrets", "credentials", "example", "your", "my", "host", "hostname",
    "domain", "server", "name", "foo", "bar", "bashrc", "zshrc", "profile", "rc",
})  # fmt: skip
"""First or last words that make ``x.local`` a file, a module or an example."""
_ADDRESS = re.compile(r"(?<![\w.-])(?:10\.\d{1,3}|172\.(?:1[6-9]|2\d|3[01])|192\.168)\.\d{1,3}\.\d{1,3}(?![\w-]|\.\d)")
_NO_ADDRESS = re.compile(
    r"(?:\b(?:version|release|build|ver|tag|section|chapter|kapitel|rev|v)"
    r"[.\"'`:=]{0,3}[ \t]{0,2}[\"'`]?|[=<>~!]=[ \t]?[\"']?|@|§ ?"
    r"|(?:update|upgrade|patch|bump)(?:s|ed|d|ing)?[ \t][^\n]{0,16}[ \t]to[ \t]|^[ \t]{0,8}#{1,6}[ \t]{1,4})$",
    re.IGNORECASE | re.MULTILINE,
)
_WHOLE_NETS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


def find(text: str) -> Iterator[Span]:
    """Personal data and private hosts."""
    yield from _emails(text)
    for match in matches(_PROMPT, text, ("@",)):
        if match[1].partition("@")[0] not in _SOMEONE:
            yield Span(*match.span(1), "login")
    yield from _homes(text)
    yield from _hosts(text)


def _emails(text: str) -> Iterator[Span]:
    for match in matches(_EMAIL, text, ("@",)):
        name, _, domain = match[0].partition("@")
        ending = domain.rpartition(".")[2].lower()
        if _SERVICES.fullmatch(name) or nobodys(domain) or ending in _NO_DOMAINS:
            continue
        if re.match(r"v?\d{1,6}\.", domain) or ".." in domain or _of_address(text, match.start()):
            continue
        after = text[match.end() : match.end() + 2]
        remote = len(after) == 2 and after[0] == ":" and (after[1] in "~/." or after[1].isalnum())
        yield Span(*match.span(), "login" if remote else "email")


def _of_address(text: str, at: int) -> bool:
    """Whether what begins at ``at`` is the user or password of an address such as https://ada:word@host."""
    before = text[max(0, at - 200) : at]
    word = re.split(r"[\s/\"'<>]", before)[-1]
    return before[: len(before) - len(word)].endswith("://")


def _homes(text: str) -> Iterator[Span]:
    windows = matches(_WINDOWS_HOME, text, (":\\", ":/"))
    for match in (*matches(_HOME, text, ("/home/", "/Users/")), *windows):
        name = match[1].rstrip(".-")
        route = _METHOD.search(text[max(0, match.start() - 12) : match.start()])
        if name.lower() not in _SOMEONE and not name.endswith(_PAGES) and not route:
            yield Span(match.start(), match.start(1) + len(name), "home")
    for match in matches(_USER, text, ("pytest-of-", "/-home-", "/-Users-")):
        group = 1 if match[1] else 2
        if match[group].lower() not in _SOMEONE:
            yield Span(*match.span(group), "user")


def _hosts(text: str) -> Iterator[Span]:
    for match in matches(_HOST, text, _PRIVATE):
        if not _no_host(text, match):
            yield Span(*match.span(), "host")
    for match in matches(_ADDRESS, text, ("10.", "172.", "192.168.")):
        if any(int(part) > 255 for part in match[0].split(".")) or text.startswith(_WHOLE_NETS, match.start()):
            continue
        if not _NO_ADDRESS.search(text[max(0, match.start() - 24) : match.start()]):
            yield Span(*match.span(), "host")


def _no_host(text: str, match: re.Match[str]) -> bool:
    """Whether it is a file, a module, an example, or a name that is the same everywhere."""
    labels = match[1].lower().split(".")
    if "" in labels or _EVERYBODYS.fullmatch(match[0]):
        return True
    before = text[max(0, match.start() - 2) : match.start()]
    if before.endswith(("/", "$", "{", "<", "%")) and before != "//":
        return True
    if not _IN_CODE.isdisjoint((labels[0], labels[-1])):
        return match[2].lower() in {"local", "internal", "localdomain"} or len(labels) == 1
    return bool(re.search("[a-z][A-Z]", match[1])) and before != "//"
