"""A web address is sound, can be reached by others, and stands in one form.

An address with a password in it, one that only works on its author's machine, or one that no browser takes helps
nobody. Host in capitals, default ports and tracking parameters make one page look like several; `check --fix` writes
the canonical form.

Good:
    references: [{type: article, ref: "https://example.org/why-loops-close"}]
Bad:
    references: [{type: article, ref: "http://localhost:8000/why"}]
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook import addresses, named
from causebook.findings import Edit, Finding, dotted
from causebook.kb import Record

MENDS = True


def check(record: Record) -> Iterator[Finding]:
    """Addresses that are no good, or not in their canonical form."""
    for text, way in named.addresses(record.entry):
        if not named.is_address(text) or text.lower().startswith("mailto:"):
            continue
        place, field = record.place(*way), dotted(way)
        wrong = addresses.problem(text)
        if wrong is not None:
            yield Finding(wrong[0], place, wrong[1], field=field)
        elif (form := addresses.canonical(text)).rstrip("/") != text.strip().rstrip("/"):
            edit = Edit(record.path, way, form)
            yield Finding(f"the canonical form of {text} is {form}", place, "write that", field=field, edit=edit)
