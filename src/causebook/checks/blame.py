"""A cause names what let the failure happen, not who.

"Human error" or "careless" ends the search where it should begin, and keeps people from telling what they did. Bare
`@name` mentions call that person into every place the text is shown.

Good:
    causes: [{role: root, description: "Nothing keeps a pool from being made at import"}]
Bad:
    causes: [{role: root, description: "Human error: @ada was careless"}]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from causebook.findings import Finding, dotted
from causebook.kb import Record
from causebook.model import Incident

LEVEL = "warning"
_BLAME = re.compile(
    r"\b(?:human error|operator error|user error|careless(?:ly|ness)?|negligen(?:t|ce)|sloppy|stupid|incompeten(?:t|ce)"
    r"|should have known better|his fault|her fault|their fault)\b",
    re.IGNORECASE,
)
_SIGNS = (
    "human error", "operator error", "user error", "careless", "negligen", "sloppy", "stupid", "incompeten",
    "should have known", " fault", "@",
)  # fmt: skip
"""Of these each match of either pattern holds one; to look for them takes a tenth of the time."""
_MENTION = re.compile(r"(?<![\w@/.`-])@[A-Za-z][A-Za-z0-9-]{1,38}(?![\w./@-]|\s*\()")
"""A name as forges take it; a decorator (`@pytest.fixture`), a package (`@scope/name`) or an address is none."""


def check(record: Record) -> Iterator[Finding]:
    """Words of blame in causes and whys, and mentions there."""
    entry = record.entry
    if not isinstance(entry, Incident):
        return
    texts = [(("causes", n, "description"), c.description) for n, c in enumerate(entry.causes)]
    texts += [(("five_whys", n, "because"), w.because or "") for n, w in enumerate(entry.five_whys)]
    for way, text in texts:
        low = text.casefold()
        if not any(sign in low for sign in _SIGNS):
            continue
        for match in _BLAME.finditer(text):
            message = f"{match[0]!r} says who, not what let it happen"
            yield Finding(message, record.place(*way), "name what made the mistake easy or unseen", field=dotted(way))
        for match in _MENTION.finditer(text):
            message = f"{match[0]} is named in a cause"
            fix = "name the part of the system; people go under credits:"
            yield Finding(message, record.place(*way), fix, field=dotted(way))
