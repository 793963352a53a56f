"""Looks at web addresses, politely: few at once, one a host at a time, and nothing of a private network.

Where lychee is installed it asks first, which is quicker; what it cannot settle by one answer is asked again here, so
that the verdict is the same with it and without.
"""

from __future__ import annotations

import datetime as dt
import http.client
import ipaddress
import socket
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from causebook import __version__, addresses, lychee
from causebook.verdicts import NEVER, State, Verdict

HOSTS_AT_ONCE = 8
TIMEOUT = 15.0
"""Seconds for one answer."""
PAUSE = 1.0
"""Seconds between two questions to one host."""
TRIES = 3
LONGEST_WAIT = 30.0
"""Seconds: a host that asks for a longer pause (Retry-After) is left for another day."""
FRESH = 7
"""Days for which an address that was reached is not asked again."""
_MOVED = frozenset({301, 308})
_AGAIN = frozenset({429, 500, 502, 503, 504})
_NO_SAY = frozenset({401, 403, 407, 429, 451, 999})
"""Refusals that say nothing about the page: a login, a limit, a guard against programs."""
_REDIRECTS = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What one look found."""

    state: State
    reason: str
    moved: str = ""


Reach = Callable[[str], str]
"""Why a host must not be asked; an empty text when it may."""


def guarded(host: str) -> str:
    """Refuse hosts that are private by name, or lead into a private network: an entry's text must not ask there."""
    if addresses.is_private(host):
        return "a private host"
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        return ""  # not to be reached, which the question itself will say
    return (
        "" if all(ipaddress.ip_address(ip.split("%")[0]).is_global for ip in found) else "a host in a private network"
    )


def look(
    wanted: Iterable[str], known: Mapping[str, Verdict], day: dt.date, *, reach: Reach = guarded, pause: float = PAUSE,
    done: Callable[[str, Verdict], None] | None = None,
) -> dict[str, Verdict]:  # fmt: skip
    """Verdicts of ``wanted`` after a look at those that are due; others keep theirs.

    When no host at all can be reached, the fault is here and not there: nothing is then held against any address.
    """
    wanted = tuple(dict.fromkeys(wanted))
    due: dict[str, list[str]] = defaultdict(list)  # by host
    for address in wanted:
        if _is_due(known.get(address, NEVER), day):
            due[urlsplit(address).hostname or ""].append(address)
    answers = _settled(due, reach, pause)
    due = {host: rest for host, group in due.items() if (rest := [a for a in group if a not in answers])}
    with ThreadPoolExecutor(HOSTS_AT_ONCE) as pool:
        for found in pool.map(lambda group: _host(group, reach, pause), due.values()):
            answers.update(found)
    offline = bool(answers) and all(answer.reason.startswith(_UNREACHED) for answer in answers.values())
    verdicts = {address: known[address] for address in wanted if address in known}
    for address, answer in answers.items():
        if offline:
            answer = Answer("unknown", "no network")  # noqa: PLW2901 - the answer that counts
        verdicts[address] = known.get(address, NEVER).after(answer.state, day, answer.reason, answer.moved)
        if done is not None:
            done(address, verdicts[address])
    return verdicts


def _settled(due: Mapping[str, list[str]], reach: Reach, pause: float) -> dict[str, Answer]:
    """What lychee's first answer tells for good: a page that is there, or one that is not."""
    allowed = [address for host, group in due.items() if not reach(host) for address in group]
    codes = lychee.statuses(allowed, pause=pause, timeout=TIMEOUT)
    return {address: answer for address, code in codes.items() if (answer := _final(code)).state != "unknown"}


def _final(status: int) -> Answer:
    """What a status says that is no redirect, or one that leads nowhere."""
    if 200 <= status < 300:
        return Answer("ok", str(status))
    return Answer("unknown" if status in _NO_SAY | _AGAIN or status < 400 else "bad", str(status))


def _is_due(held: Verdict, day: dt.date) -> bool:
    if not held.checked or held.state != "ok":
        return held.checked != day.isoformat()
    return day - dt.date.fromisoformat(held.checked) >= dt.timedelta(days=FRESH)


def _host(group: list[str], reach: Reach, pause: float) -> dict[str, Answer]:
    """Answers of one host, asked one after the other."""
    found: dict[str, Answer] = {}
    for number, address in enumerate(group):
        if number:
            time.sleep(pause)
        found[address] = ask(address, reach, pause)
    return found


def ask(address: str, reach: Reach = guarded, pause: float = PAUSE) -> Answer:
    """Ask for ``address``: HEAD, and GET where that is not answered; again after a busy answer; redirects followed."""
    at, moved, lasting = address, "", True
    for _ in range(_REDIRECTS):
        if refused := reach(urlsplit(at).hostname or ""):
            return Answer("unknown", f"leads to {refused}")
        status, target = _patiently(at, pause)
        if isinstance(status, str):
            return Answer("bad", status)
        if 300 <= status < 400 and target:
            at = urljoin(at, target)
            if not at.startswith(("https://", "http://")):
                return Answer("unknown", f"{status}, and it leads to no page")
            lasting = lasting and status in _MOVED
            moved = at if lasting else moved
            continue
        found = _final(status)
        return replace(found, moved=moved) if found.state == "ok" else found
    return Answer("unknown", "leads in a circle")


def _patiently(address: str, pause: float) -> tuple[int | str, str]:
    """Status, or a text when there is no answer, and the target of a redirect."""
    method, tries = "HEAD", 1
    while True:
        status, target, wait = _once(address, method)
        answered = not isinstance(status, str)
        if method == "HEAD" and isinstance(status, int) and status >= 400 and status not in {429, 503}:
            method = "GET"  # some servers only answer that
        elif tries < TRIES and (not answered or (status in _AGAIN and wait <= LONGEST_WAIT)):
            time.sleep(max(wait, pause * tries))
            tries += 1
        else:
            return status, target


_UNREACHED = "not reached"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Redirects are followed by ``ask``, which looks at each target first."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def _once(address: str, method: str) -> tuple[int | str, str, float]:
    """Status (a text when there is no answer), target of a redirect, and seconds to wait before asking again."""
    headers = {"User-Agent": f"causebook/{__version__} (link check)", "Accept": "*/*"}
    request = urllib.request.Request(address, method=method, headers=headers)  # noqa: S310 - http and https only
    try:
        with _OPENER.open(request, timeout=TIMEOUT) as answer:
            return answer.status, "", 0.0
    except urllib.error.HTTPError as error:
        with error:
            wait = error.headers.get("Retry-After", "")
            return error.code, error.headers.get("Location", ""), float(wait) if wait.isdigit() else 0.0
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        return f"{_UNREACHED}: {' '.join(str(reason).split())[:120]}", "", 0.0
