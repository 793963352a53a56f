"""Lines that tell a place in the code, however a traceback is printed; a place reads the same on every machine.

The rules stand in the same words in the page that diagnoses in the browser; see ``decode``.
"""

from __future__ import annotations

import re

FRAMES = tuple(
    re.compile(pattern)
    for pattern in (
        r" *File \"([^\"]+)\", line [0-9]+(?:, in (.+))?$",  # Python
        r" *File ([^ \"'].*?):[0-9]+(?:, in ([^(]+).*)?$",  # IPython 8
        r" *(?:Cell )?(In(?:put In)? ?\[[0-9]+\])(?:, (?:line [0-9]+|in (.+)))?(?:$|[ ,:])",  # a cell of a notebook
        r" *(<ipython-input-[^>]*>) in (.+)$",
        r" *((?:~|/|[A-Za-z]:[\\/]|\.)[^ ]*) in ([A-Za-z_<][A-Za-z0-9_<>.]*)\(.*\)?$",  # IPython 7
        r" *((?:/|[A-Za-z]:\\).+?):[0-9]+ in ([^ ]+)$",  # rich
        r"([^ :]+\.pyx?):[0-9]+: in (.+)$",  # pytest --tb=short
        r"([^ :]+\.py) [0-9]+ ([^ ]+)$",  # pretty_errors
    )
)
PLACE = re.compile(r"((?:[A-Za-z]:)?[^ :]+\.py):[0-9]+: ?(?:[A-Za-z_][A-Za-z0-9_]*)?$")
"""How pytest's long style tells a place."""
_SITE = re.compile(r".*(?:site-packages|dist-packages)/(.*)$")
_LIBRARY = re.compile(r".*/(?:python[0-9._-]*[a-z]?|Python[0-9._-]*|[Pp]ython[^/]*/[Ll]ib|[Ll]ib)/((?!python).*)$")


def frame(line: str) -> str:
    """Place and function of a line of a traceback; empty for any other line."""
    plain = line.lstrip(" |")
    if not plain or plain[0] not in "FCI<~/.abcdefghijklmnopqrstuvwxyzABDEGHJKLMNOPQRSTUVWXYZ_":
        return ""
    for pattern in FRAMES:
        if match := pattern.match(plain):
            return f"{tail(match[1])}:{_plain_name(match[2] or '')}"
    return ""


def _plain_name(text: str) -> str:
    """A function without its arguments."""
    return text.split("(", 1)[0].strip(" ")


def tail(path: str) -> str:
    """The part of a path that is the same on every machine: from the package on, or the last three parts."""
    plain = path.replace("\\\\", "/").replace("\\", "/")
    for pattern in (_SITE, _LIBRARY):
        if match := pattern.match(plain):
            return match[1]
    return "/".join(plain.split("/")[-3:]).lstrip("/")
