"""The account of a page that harvest wrote: each line is in the entry, kept in notes, or the page's own."""

from __future__ import annotations

import re
from typing import Any

from causebook.importers import Skipped
from causebook.importers._receipts import pairs, text_of
from causebook.importers._record import fence_after, shown, told

Data = dict[str, Any]
_WORD = re.compile(r"\w+")
_OURS = re.compile(
    r"^(?:#{1,6} |\|[-|]*\|$|`{3,}|</?(?:p|span|figure|svg|div)\b|To reproduce:$|Before:$|After:$"
    r"|\d+ of \d+ steps done\.$|The entry keeps what its author believed|Changed by the fixing commits:$"
    r"|Not checked: |- [AMDRCT] \[?<code>|\d+ more files? in the commits of the fix\.$)"
)

_DERIVED = re.compile(r'<time datetime="([^"]*)">.*?</time>| <small>[^<]* later</small>')
"""A date as people write it, which stands for the one in the entry, and the time since the one before."""


def account_of(
    data: Data,
    used: dict[str, list[tuple[int, int]]],
    lines: list[str],
    front: int,
    about: int,
    own: set[int],
    spoilt: list[tuple[int, int]],
) -> tuple[list[Skipped], dict[str, int]]:
    """Every line of words is in the entry, or part of the page only; what is neither is kept in notes."""
    held = pairs(text_of(data))
    singles = {word for pair in held for word in pair}
    skipped: list[Skipped] = []
    lost: list[int] = []
    account = {"placed": 0, "kept": 0, "skipped": 0}
    fence = ""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        fence = fence_after(fence, line)
        text = line if fence else shown(_DERIVED.sub(lambda m: m[1] or "", line).replace("<br>", " "))
        wanted = pairs(text)
        refused = any(first <= number <= last for first, last in spoilt) and not _OURS.match(line)
        head = line.startswith("|") and number < len(lines) and lines[number].startswith("|---")
        if refused and wanted and not head:
            lost.append(number)
            account["kept"] += 1
        elif number in own:
            skipped.append(Skipped(number, number, "belongs to the page, not to the entry"))
            account["skipped"] += 1
        elif number > front and wanted and len(wanted & held) >= 0.8 * len(wanted):
            account["placed"] += 1
        elif number <= front or number >= about or head or not wanted or _OURS.match(line) or _is_frame(text, singles):
            skipped.append(Skipped(number, number, "belongs to the page, not to the entry"))
            account["skipped"] += 1
        else:
            lost.append(number)
            account["kept"] += 1
    if lost:
        data.setdefault("notes", []).append({"text": told(lines[n - 1] for n in lost)})
        used.setdefault("notes", []).extend((n, n) for n in lost)
    return skipped, account


_FRAME = frozenset(
    _WORD.findall(
        "set off by impact noticed shown to work result wanted outcome when and where branch pull request "
        "scope because wrong enforced not nobody yet known believed learned why earlier the chain ends here "
        "none regression tests came with this entry it landed is unassigned worked incidents sessions md "
        "related duplicate duplicated happened before attempted git again as replaces replaced caused instead "
        "of note lines in done open says that fixes names a trailer unverified ambiguous found repository "
        "perhaps now history reverted seen commit "
    )
)
"""Words that the templates of pages put beside those of an entry."""


def _is_frame(line: str, held: set[str]) -> bool:
    """Whether a line holds nothing but words of the entry and of the page's templates."""
    found = _WORD.findall(line.lower())
    known = [word for word in found if word in held or word in _FRAME or word.isdigit()]
    return len(known) >= 0.8 * len(found)
