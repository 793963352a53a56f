"""Raw output -> lines: takes off what terminals, CI services, containers and editors put around them.

Every rule here stands in the same words in the page that diagnoses in the browser, so the regular expressions keep to
what Python and JavaScript read alike: no shorthands for classes, no look-behind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_ANSI = re.compile(
    r"\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])|\[(?:[0-9]{1,3};)*[0-9]{0,3}m"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
_STAMP = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?(?: ?Z| ?[+-][0-9]{2}:?[0-9]{2})?"
_WRAPPER = re.compile(
    "|".join(
        (
            rf"[^\t]{{1,100}}\t[^\t]{{1,100}}\t(?={_STAMP})",  # gh run view --log: job, step
            rf"{_STAMP} [A-Za-z0-9_.-]+\[[A-Za-z0-9_.-]+\]: ",  # Heroku
            rf"\[?{_STAMP}\]? ?(?:[0-9]{{2}}[OE]\+? ?)?",
            r"(?:stdout|stderr) [FP] ",  # Kubernetes, behind a time
            r"[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} [^ ]+ [^ :\[]+(?:\[[0-9]+\])?: ",  # syslog, journal
            r"##\[(?:error|warning|debug|notice|group|endgroup|section|command)\]",  # GitHub, Gitea, Azure
            r"section_(?:start|end):[0-9]+:[^ ]*",  # GitLab
            r"\[ *[0-9]+(?:\.[0-9]+)?s?\] ",  # seconds since the start
            r"\[gw[0-9]+\] (?!\[|(?:darwin|linux|win))",  # pytest-xdist
            r"[A-Za-z0-9][A-Za-z0-9_.-]{0,40} +\| ",  # docker compose
            r"[A-Za-z][A-Za-z0-9_.-]{1,40}> (?=[^ ]|  )",  # nix
            r"\[[A-Za-z][A-Za-z0-9_./-]*-[0-9]+\] ",  # ros, foreman
            # a logger that was given a traceback line by line
            (
                r"[^\"']{0,90}?(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)[^\"']{0,50}?[:\]|-] "
                r"(?=(?:  )?File \"[^\"]+\", line [0-9]|Traceback \(most recent|Exception ignored in)"
            ),
            r"[│┃] ?(?=.*[│┃] *$)",  # a box of rich
        )
    )
)
"""Any of them; what follows is looked at again, for they stand within one another."""
_BOX_END = re.compile(r" *[│┃] *$")
_ESCAPED = re.compile(r"\\n *(?:File \\?\"|Traceback|[A-Za-z_][A-Za-z0-9_.]*(?:Error|Exception)\b)|File \\\"")
_ESCAPES = {"\\n": "\n", '\\"': '"', "\\t": "\t", "\\'": "'", "\\\\": "\\"}
_ESCAPE = re.compile(r"\\[n\"t'\\]")
_QUOTE_END = re.compile(r"[\"'][)}\], ]*$")
_COMMENTED = re.compile(r"# ?(?=Traceback \(most recent call last\):)")
_JSON_KEYS = ("log", "message", "msg", "event", "exc_info", "exception", "stack_trace", "traceback", "error", "stack")
MOST_ON_A_LINE = 20_000
"""Characters of a line that are read; a longer one is data, not a message."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its wrapping, and the number of the raw line it comes from, from 1."""

    text: str
    number: int


def lines(text: str) -> list[Line]:
    """The lines of ``text``; one that holds a whole record with escaped line breaks becomes several."""
    found: list[Line] = []
    commented = False
    numbered = [(n, piece) for n, raw in enumerate(unxml(text).split("\n"), 1) for piece in raw.split(_APART)]
    bare_lines = _unquoted(_dedented([_plain(piece) for _, piece in numbered]))
    for (number, _), plain in zip(numbered, bare_lines, strict=True):
        if _COMMENTED.match(plain):
            commented = True
        elif commented and not plain.startswith("#"):
            commented = False
        bare = _bare(plain) if commented else plain
        found.extend(Line(_unwrapped(part), number) for part in _parts(bare))
    return found


def _bare(text: str) -> str:
    """A line without the mark of a comment or quotation and one blank."""
    return text[2:] if text[1:2] == " " else text[1:]


def _dedented(texts: list[str]) -> list[str]:
    """Lines without the blanks that all of them start with: a block of code in Markdown is indented as a whole."""
    depth = min((len(text) - len(text.lstrip(" ")) for text in texts if text.strip(" ")), default=0)
    return [text[depth:] for text in texts] if depth else texts


def _unquoted(texts: list[str]) -> list[str]:
    """Lines of which three in a row, or all, are quoted as in Markdown lose the mark; pytest marks one alone."""
    out = list(texts)
    if all(text.startswith(">") for text in texts if text.strip(" ")):
        return list(map(_bare, texts))
    start = 0
    for end in range(len(texts) + 1):
        if end < len(texts) and texts[end].startswith(">") and not texts[end].startswith(">>>"):
            continue
        if end - start >= _FEWEST_QUOTED:
            out[start:end] = map(_bare, texts[start:end])
        start = end + 1
    return out


_FEWEST_QUOTED = 3


def _plain(raw: str) -> str:
    """Without colours and control characters; of a line that was overwritten, what was written last."""
    raw = raw[:MOST_ON_A_LINE]
    if raw.isascii() and raw.isprintable() and "m" not in raw:
        return raw
    raw = raw.rstrip("\r")
    if "\r" in raw:
        raw = raw.rsplit("\r", 1)[1]
    return _CONTROL.sub("", _ANSI.sub("", raw))


def _parts(text: str) -> Iterator[str]:
    """The lines inside of a line: of a JSON record, or of text whose line breaks are escaped."""
    if text.startswith("{") and text.rstrip().endswith("}"):
        inner = _from_json(text)
        if inner:
            yield from inner
            return
    if "\\" in text and _ESCAPED.search(text):
        yield from _QUOTE_END.sub("", _ESCAPE.sub(lambda m: _ESCAPES[m[0]], text)).split("\n")
    else:
        yield text


def _from_json(text: str) -> list[str]:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if not isinstance(record, dict):
        return []
    held = [record[key] for key in _JSON_KEYS if isinstance(record.get(key), str)]
    return [line for value in held for line in value.rstrip("\n").split("\n")]


def _unwrapped(text: str) -> str:
    for _ in range(_MOST_WRAPPERS):
        match = _WRAPPER.match(text)
        if match is None:
            break
        text = text[match.end() :]
    return _BOX_END.sub("", text) if "│" in text or "┃" in text else text


_MOST_WRAPPERS = 12


_APART = "\x1e"
"""Stands between the texts of two elements of one line: the character for it, which no output holds."""
_TAG = re.compile(
    r"<(/?)(failure|error|system-err|system-out|rerunFailure|flakyFailure)\b([^<>]*?)(/?)>|<!\[CDATA\[|\]\]>"
)
_ENTITY = re.compile(r"&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|(lt|gt|amp|quot|apos));")
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_MESSAGE = re.compile(r"\bmessage=(?:\"([^\"]*)\"|'([^']*)')")


def unxml(text: str) -> str:
    """The failures of a JUnit file as text, on the lines on which they stand; other text as it is.

    Only the elements that hold output are read, and only the five named and the numeric references: what a document
    type declares is not, so there is nothing that could expand.
    """
    text = text.replace("\r\n", "\n")
    if not text[:400].lstrip("\ufeff \t\n").startswith(("<?xml", "<testsuite")):
        return text
    out: list[str] = []
    at, inside, cdata = 0, "", False
    for match in _TAG.finditer(text):
        before = text[at : match.start()]
        out.append((before if cdata else _references(before)) if inside else "\n" * before.count("\n"))
        at = match.end()
        if match[2]:
            out.append(_APART)
        if match[0] == "<![CDATA[":
            cdata = True
        elif match[0] == "]]>":
            cdata = False
        elif match[1]:
            inside = ""
        elif match[4]:  # closed at once: all there is stands in its attribute
            out.append(_said(match[3]))
        else:
            inside = match[2]
    rest = text[at:]
    out.append(_references(rest) if inside else "\n" * rest.count("\n"))
    return "".join(out)


def _said(attributes: str) -> str:
    message = _MESSAGE.search(attributes)
    return _references(message[1] or message[2] or "") if message else ""


def _references(text: str) -> str:
    return _ENTITY.sub(_reference, text)


def _reference(match: re.Match[str]) -> str:
    if match[3]:
        return _ENTITIES[match[3]]
    code = int(match[1]) if match[1] else int(match[2], 16)
    return chr(code) if 31 < code < 0xD800 or code in (9, 10) or 0xDFFF < code < 0x110000 else ""
