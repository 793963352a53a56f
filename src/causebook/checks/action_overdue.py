"""An action that is due is done, or has another day.

What was promised after an incident and never done is how the next one happens. An overdue action is a warning, in every
entry, old or new.

Good:
    actions: [{description: "Alert on an empty pool", owner: ada, due: 2999-01-01}]
Bad:
    actions: [{description: "Alert on an empty pool", owner: ada, due: 2020-01-01}]
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from causebook.findings import Finding
from causebook.kb import Record
from causebook.model.words import moment

LEVEL = "warning"


def check(record: Record, today: dt.date) -> Iterator[Finding]:
    """Open actions whose day has passed."""
    for number, action in enumerate(record.entry.actions):
        if action.due is None or action.status in {"complete", "cancelled"}:
            continue
        if moment(action.due).latest.date() < today:
            message = f"due on {action.due[:10]}, and still {action.status.replace('_', ' ')}"
            fix = "do it, give it another day, or set `status: cancelled` and say why"
            yield Finding(message, record.place("actions", number, "due"), fix, field=f"actions[{number}].due")
