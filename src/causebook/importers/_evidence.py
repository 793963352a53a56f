"""What a text shows by itself, whatever heading it stands under: errors, commits, references, paths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from causebook import events

_TYPED = re.compile(
    r"\b((?:[a-z_]\w{0,60}\.){0,8}[A-Z]\w*(?:Error|Exception|Warning|Timeout|Interrupt|Failure"
    r"|NotFound|InvalidToken))\b"
    r"(:[ \t]*[^`\n]+)?"
)
_TYPED_END = re.compile("Error|Exception|Warning|Timeout|Interrupt|Failure|NotFound|InvalidToken")
_QUOTE = re.compile('[`"“”„«「]')
_LOUD = re.compile(
    r"(?:^|[\s\"'\[{(|❌✗])(?:ERROR|FATAL|CRITICAL|PANIC|panic|fatal|FAILED|FAIL|Error|error|ERR!|E\d{3,5}"
    r"|Uncaught|Unhandled|Segmentation fault|Traceback|Exception|ECONN\w+|ENO\w+"
    r"|EACCES)\b[\]\")]?(?:\s*[:\[(|-]|\s+\S)"
)
_SAYS = re.compile(
    r"(?:command not found|[Pp]ermission denied|[Nn]o such file|[Cc]onnection refused|[Nn]ot found\b|timed? ?out"
    r"|[Cc]annot "
    r"|[Cc]an't |[Cc]ould not|[Uu]nable to|[Uu]nexpected |[Ii]nvalid |[Mm]issing |exit(?:ed with)? code [1-9]"
    r"|HTTP/?[\d.]* ?[45]\d\d|\b[45]\d\d (?:[A-Z][a-z]+)|assert .+ == |[Uu]nauthori[sz]ed|[Dd]enied|not available"
    r"|[Ff]ailed to|no longer|already (?:in use|exists|running)|refused|[Dd]eadlock|OOM|[Oo]ut of memory"
    r"|[Kk]illed process|exceeded|prematurely closed|[Bb]roken pipe|core dumped|[Ss]egfault|unreachable|mismatch)"
)
_INLINE = re.compile(r"`([^`\n]{6,300})`|[\"“”«「]([^\"“”«»「」\n]{8,300})[\"“”»」]")
_SAID = re.compile(
    r"(?:errors?|messages?|logs?|fail(?:s|ed|ing)? with|crash(?:es|ed)? with|complain\w*|prints?|says?"
    r"|saying|shows?|showed|raised|throws?|threw"
    r"|Fehler\w*|Meldung|meldet\w*|zeigte?|erreurs?|message|affich\w+|voyai\w+|indiqu\w+|errore?s?"
    r"|mensaje|mensagem|muestra|mostraba|mostrava"
    r"|aparecía|aparecia|falla con|falha com|ошибк\w+|сообщени\w+|логе|отвечал\w*|выдавал\w*|падает с"
    r"|エラー|メッセージ|ログに|报错|提示|错误|日志)"
    r"[^\"“„«「`\n.]{0,32}[\"“„«「`]([^\"“”„«»「」`\n]{8,300})[\"“”»」`]",
    re.IGNORECASE,
)
"""What a program said, told as such."""
_PASSED = frozenset("✅✔✓☑")
_HUMPS = re.compile(r"[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+: \S+ \S+ \S")
"""A type that does not end as most do, with its message: ``ScopeMismatch: You tried to …``."""
SOURCES = frozenset(
    "python py js javascript ts typescript go rust java diff yaml sql mermaid html css tsx jsx".split()  # noqa: SIM905
)
"""Languages of fences that hold source code: an error in them is one that is quoted or raised."""
_CODE = re.compile(
    r"^\s*(?:#|//|\$ |>>> |import |from \w+ import|def |class |return\b|async def|await |if |elif |for |while "
    r"|try:|except\b|raise |print\(|echo |const |let |var |function |logger\.|log\.|console\.|throw "
    r"|self\.|assert\w*\("
    r"|expect\("
    r"|with |curl |git |npm |pip |docker |[A-Za-z_.]+\s*=\s*[^=])|[{;]\s*$|\)\s*:\s*$"
)
MOST_ERRORS = 25
"""Errors kept of one incident: a log of thousands of lines says no more than its first ones."""


def fenced_errors(code: str) -> Iterator[str]:
    """The error lines of fenced text; source code that quotes a message is none."""
    found = [event for event in events.read(code) if event.origin != "unraisable" or event.type]
    known = {str(event).split("\n", 1)[0] for event in found}
    lines = code.split("\n")
    for line in lines:
        bare = line.strip()
        if (
            not bare
            or len(bare) > 600
            or bare.lstrip("-* ")[:1] in _PASSED
            or (_CODE.search(line) and not _TYPED.match(bare))
        ):
            continue
        if (
            any(text and text in bare for text in known)
            or _TYPED.match(bare)
            or _HUMPS.match(bare)
            or _NAMESPACED.match(bare)
            or _LOUD.search(f" {bare}")
            or _SAYS.search(bare)
        ):
            yield bare


def told_errors(text: str) -> Iterator[str]:
    """The errors that prose quotes: typed messages, and what stands in quotation marks or backticks and reads so."""
    for line in text.split("\n"):
        quotes, typed = _QUOTE.search(line), ":" in line and _TYPED_END.search(line)
        if not quotes and not typed:
            continue  # nine lines of ten: the patterns below look at each character
        quoted = [next(group for group in m.groups() if group) for m in _INLINE.finditer(line)] if quotes else []
        said = [m[1] for m in _SAID.finditer(line) if _opens(line, m.start(1) - 1)] if quotes else []
        quoted += [one for one in said if one not in quoted]
        taken = ""
        for part in quoted:
            if part in said and " " in part.strip():
                taken += part
                yield part.strip()
                continue
            if _reads_as_error(part):
                taken += part
                yield part.strip()
        for match in _TYPED.finditer(line) if typed else ():
            if match[2] and match[0] not in taken and match[1] not in taken and "`" not in match[0]:
                yield match[0].strip().rstrip("*_\"'")


_NAMESPACED = re.compile(r"(?:[a-z_]\w{0,60}\.){1,8}[A-Z]\w+: \S+ \S")
"""A type in its module with a message, whatever it ends in: ``smtplib.SMTPServerDisconnected: closed by peer``."""


def _reads_as_error(quoted: str) -> bool:
    """Whether what stands in quotation marks or backticks is an error: a type, a level or a message behind a colon."""
    if (_TYPED.match(quoted) and ":" in quoted) or _NAMESPACED.match(quoted):
        return True
    return " " in quoted and bool(_LOUD.search(f" {quoted}") or (": " in quoted and _SAYS.search(quoted)))


def shows_error(text: str) -> bool:
    """Whether a text quotes an error or reads as one."""
    return "`" in text or any(told_errors(text)) or any(fenced_errors(text))


_SHA = re.compile(r"(?<![\w./:+=-])([0-9a-f]{7,40})(?![\w=+-])(?!\.\d)")


def _opens(line: str, at: int) -> bool:
    """Whether the quotation mark or backtick there opens what is quoted; one before it may be still open."""
    return line[at] not in '`"' or line.count(line[at], 0, at) % 2 == 0


_HEX = re.compile("[0-9a-f]{7}")
_NEAR = re.compile(
    r"commit|\bsha\b|\brev(?:ision)?\b|\bHEAD\b|\bhash\b|cherry|revert|merge|коммит|コミット|提交|\bfix(?:ed)? in\b"
    r"|introduced|push",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"sha-?(?:256|512|1)\b|md5|digest|checksum|integrity|image|uuid|token|trace.?id|request.?id|build id", re.IGNORECASE
)
_IN_URL = re.compile(r"/commits?/([0-9a-f]{7,40})\b")


def _is_other(line: str, match: re.Match[str]) -> bool:
    """Whether the words beside digits say that they are no commit: a digest, the id of an image or request."""
    before = line[max(0, match.start() - 60) : match.start()]
    named = max((found.end() for found in _NEAR.finditer(before)), default=-1)
    other = max((found.end() for found in _NOT.finditer(before)), default=-1)
    return other > named or (named < 0 and _NOT.search(line[match.end() : match.end() + 40]) is not None)


def shas(text: str, *, sure: bool = False) -> Iterator[tuple[str, str]]:
    """Commits that ``text`` names, each with its line; ``sure`` where a heading says that they are commits."""
    for line in text.split("\n"):
        if not _HEX.search(line):
            continue
        near = sure or _NEAR.search(line)
        for match in _IN_URL.finditer(line):
            yield match[1], line.strip()
        if not near:
            continue
        for match in _SHA.finditer(line):
            digits = match[1]
            if not sure and _is_other(line, match):
                continue
            if (re.search(r"\d", digits) and re.search(r"[a-f]", digits)) or (sure and len(digits) in {7, 8, 40}):
                yield digits, line.strip()


_ADDRESS = re.compile(r"https?://[^\s<>\"'`\])]+(?<![.,;:*!?])")
_TICKET = re.compile(r"(?<![\w/#.-])([A-Z][A-Z0-9]{1,11}-\d{1,6})(?![\w-]|\.\d)")
_NO_TICKET = re.compile(
    r"^(?:UTF|SHA|ISO|CVE|RFC|HTTP|TLS|AES|GPT|MD|PEP|X|UTC|GMT|COVID|RSA|BASE|ASCII|P|SEV|S|H|V|ES|EC"
    r"|CP|LATIN|WINDOWS"
    r"|PHASE|STEP|PY|NODE|OPTION)-"
)
_HASH = re.compile(
    r"(?:(?<![\w&/.-])[A-Za-z0-9][\w.-]*/[\w.-]+#\d{1,7}\b"
    r"|(?:\b(?:issues?|bugs?|pr|pull requests?|mr|merge request|ticket|tickets|fix(?:es|ed)?|clos(?:es|ed)"
    r"|resolv(?:es|ed)|refs?|see|siehe|voir|ver|см\.?|gh|task|story|incident|задача|тикет|заявка"
    r"|проблема)s?[ :.-]{0,3}"
    r"|イシュー|チケット|工单|问题|課題|[(（\[,、/]\s*|^\s*(?:[-*]\s*)?(?:\*\*)?)[#!]\d{1,7}\b)",
    re.IGNORECASE | re.MULTILINE,
)
_BARE = re.compile(r"(?:^|(?<=[\s(（\[,、;：:]))(?<!#)(#\d{2,7})\b(?![\w-])")
_COUNTS = re.compile(
    r"(?:build|run|attempt|step|phase|session|job|line|item|test|case|batch|sprint|top|number|no"
    r"|channel|port|option|iteration"
    r"|round|version|rank|slide|page|row|colou?r|background|lauf|versuch|sitzung|seite|zeile|étape"
    r"|essai|intento|tentativa"
    r"|попытка|сессия)s?\W{0,3}$",
    re.IGNORECASE,
)
"""Words before a number that count something else than issues."""
_NUMBER_MARK = re.compile(r"[#!]\d")
_NUMBER = re.compile(r"[\w.-]+/[\w.-]+#\d+|[#!]\d+")


def names_issue(text: str) -> bool:
    """Whether a number in ``text`` is said to be that of an issue or pull request."""
    return _HASH.search(text) is not None


def references(text: str) -> Iterator[tuple[str, str]]:
    """Type and text of what stands outside: issues, pull requests, tickets, addresses."""
    addressed = "://" in text
    for match in _ADDRESS.finditer(text) if addressed else ():
        address = match[0]
        if "localhost" in address or "127.0.0.1" in address or "0.0.0.0" in address:  # noqa: S104 - an address told of
            continue
        kind = "discussion" if re.search(r"/(?:issues?|pull|merge_requests|discussions|browse)/", address) else "web"
        yield kind, address
    plain = _ADDRESS.sub(" ", text) if addressed else text
    marked = _NUMBER_MARK.search(plain) is not None
    told = [number[0] for match in _HASH.finditer(plain) if (number := _NUMBER.search(match[0]))] if marked else []
    told += (
        []
        if not marked
        else [m[1] for m in _BARE.finditer(plain) if not _COUNTS.search(plain[max(0, m.start() - 24) : m.start()])]
    )
    yield from (("discussion", number) for number in dict.fromkeys(told))
    for match in _TICKET.finditer(plain) if "-" in plain else ():
        if not _NO_TICKET.match(match[1]):
            yield "discussion", match[1]


_ENDING = (
    "py|pyi|pyx|js|jsx|ts|tsx|mjs|cjs|vue|svelte|go|rs|rb|java|kt|kts|scala|swift|c|h|cc|cpp|hpp|cs|fs|php|pl|pm|lua|r|jl|sh|bash|zsh|ps1|psm1|bat|"
    "cmd|sql|html|htm|css|scss|less|json|jsonc|yaml|yml|toml|ini|cfg|conf|env|xml|md|mdx|rst|txt|tf|hcl|proto|graphql|gradle|lock|vb|bas|cls|ex|exs|"
    "erl|dart|m|mm|ipynb|csv|properties|service|plist|sln|csproj|log|j2|tmpl|bicep|nix|zig|asm|s|vbs|frm|xaml|prisma|mod|sum|"
    "pem|crt|cer|groovy|cmake|mk|bzl|ino|dts|dtsi|patch|astro|hbs|ejs|tpl|tmpl|rake|svg|cnf"
)
_PATH = re.compile(
    rf"(?<![\w/.@~:-])(?<!/\*)((?:\.{{0,2}}/)?(?:[\w.@+\[\]()~-]{{1,120}}[/\\]){{0,40}}[\w.@+\[\]-]{{0,120}}\.(?:{_ENDING})"
    r"|(?:[\w.@+-]{1,120}/){0,40}(?:Dockerfile|Makefile|Jenkinsfile|Procfile|Gemfile|Rakefile)"
    r"|\.(?:gitignore|dockerignore|env|eslintrc|npmrc))(?![\w/])(?:[:#]L?(\d+)(?:\s*[-–]\s*L?(\d+))?)?"
)


_QUOTED_PATH = re.compile(r"`((?:[\w.@+-]{1,80}/){1,20}[\w@+-][\w.@+-]{0,80}\.[a-z][a-z0-9]{0,9})`")
"""A file in a folder that stands alone in backticks, whatever it ends in."""


def paths(text: str) -> Iterator[tuple[str, tuple[int, int] | None]]:
    """Files that ``text`` names, with the lines where it says so."""
    plain = _ADDRESS.sub(" ", text) if "://" in text else text
    for match in _PATH.finditer(plain):
        path = match[1].replace("\\", "/").lstrip("/").removeprefix("./")
        if not path or path.startswith("~") or ".." in path.split("/") or len(path) > 300:
            continue
        lines = None
        if match[2]:
            first = int(match[2])
            lines = (first, max(first, int(match[3]) if match[3] else first))
        yield path, lines
    for match in _QUOTED_PATH.finditer(plain) if "`" in plain else ():
        if not _PATH.search(match[1]) and ".." not in match[1].split("/"):
            yield match[1].removeprefix("./"), None


def file_refs(text: str) -> list[dict[str, Any]]:
    """``FileRef`` data of every path in ``text``, each once."""
    found: dict[str, dict[str, Any]] = {}
    for path, lines in paths(text):
        held = found.setdefault(path, {"path": path})
        if lines and lines[0] >= 1 and "lines" not in held:
            held["lines"] = list(lines)
    return list(found.values())
