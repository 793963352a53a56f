"""Executes the cases of playbooks on several Pythons and judges by events what came out; the text must hold."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from causebook import environments, events, sandbox, verified
from causebook.environments import Environment, NotInstalled
from causebook.event import Event
from causebook.patterns import Pattern
from causebook.playbook import Case, Playbook, applies
from causebook.signature import Signature, Template

Verdict = Literal["passed", "failed", "skipped"]
SERVICES = {"postgresql": "CAUSEBOOK_POSTGRESQL", "redis": "CAUSEBOOK_REDIS"}
"""The variable that holds the address of each service."""
_LOOP_TROUBLE = tuple(
    Signature(Template(text))
    for text in (
        "coroutine {any} was never awaited",
        "coroutine method {any} was never awaited",
        "{any} exception was never retrieved",
        "Task was destroyed but it is pending!",
        "Unclosed {any}",
        "unclosed {any}",
        "{any} attached to a different loop",
        "{any} is bound to a different event loop",
        "Event loop is closed",
    )
)
"""What a green run must not say; a fix that leaves one of these has moved the trouble, not mended it."""
_PASSED = re.compile(r"\b(\d+) passed\b")
_NOT_PASSED = re.compile(r"\b(\d+) (failed|errors?|skipped|xfailed|xpassed|deselected)\b")
_VALUES = (
    (re.compile(r"(?:/[\w.@+-]+)+/(?=[\w.-]+\.py\b)"), ""),  # first: what stands for a value is no part of a path
    (re.compile(r"0x[0-9A-Fa-f]+"), "0x…"),
    (re.compile(r"\b(?=[a-f]*[0-9])[0-9a-f]{10,16}\b"), "…"),  # an id() in hex without 0x, as anyio prints it
    (re.compile(r"Task-\d+"), "Task-N"),
    (re.compile(r"\.py:\d+"), ".py:N"),
    (re.compile(r"\bline \d+"), "line N"),
    (re.compile(r"\b\d+\.\d+ ?(?=s\b|seconds)"), "N "),
    (re.compile(r"\bfd=\d+"), "fd=N"),
    (re.compile(r"(?<=127\.0\.0\.1', )\d+"), "PORT"),
    (re.compile(r"cb=\[.*?\](?=[ >])"), "cb=[…]"),
)
"""What differs from run to run, and what stands for it."""


@dataclass(frozen=True, slots=True)
class Job:
    """One case to run on one Python with one set of packages."""

    playbook: Playbook
    case: Case
    python: str
    requirements: tuple[str, ...] = ()
    dev: bool = False

    @property
    def name(self) -> str:
        """Such as ``loop-closed reproduce 3.12``."""
        return f"{self.playbook.id} {self.case.name} {self.python}{' -X dev' if self.dev else ''}"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a job."""

    job: Job
    verdict: Verdict
    reason: str = ""
    """Why it failed or was skipped."""
    messages: tuple[str, ...] = ()
    """The events that decided, normalised."""
    shown: int = 0
    """Runs that showed it."""
    runs: int = 0
    seconds: float = 0.0
    """Time of the longest run."""
    packages: tuple[str, ...] = ()
    output: str = ""
    """What the deciding run printed."""


def jobs(
    playbooks: Sequence[Playbook], pythons: Sequence[str], *, extra: Sequence[str] = (), newest: bool = False
) -> Iterator[Job]:
    """What there is to run; ``extra`` are requirements that replace those of the same package."""
    for playbook in playbooks:
        for case in playbook.cases:
            for python in pythons:
                if applies(playbook.front.python, python) and applies(case.options.python, python):
                    packages = _replaced(_requirements(playbook, case, newest=newest), extra)
                    for dev in {"true": (True,), "false": (False,), "both": (False, True)}[case.options.dev]:
                        yield Job(playbook, case, python, packages, dev)


def _requirements(playbook: Playbook, case: Case, *, newest: bool) -> tuple[str, ...]:
    front, options = playbook.front, case.options
    if newest:
        return options.newest if options.newest is not None else options.requirements or front.newest
    return options.requirements if options.requirements is not None else front.requirements


def _package(requirement: str) -> str:
    return re.split(r"[\[<>=!~ ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def _replaced(requirements: tuple[str, ...], extra: Sequence[str]) -> tuple[str, ...]:
    """``requirements`` with those of ``extra`` in place of their own; a package that is not asked for stays out."""
    other = {_package(requirement): requirement for requirement in extra}
    return tuple(other.get(_package(requirement), requirement) for requirement in requirements)


def run(todo: Sequence[Job], *, workers: int = 1, done: Callable[[Result], None] = lambda _: None) -> list[Result]:
    """Run all jobs, ``workers`` at a time; the results in the order of the jobs."""
    results: dict[int, Result] = {}
    with ThreadPoolExecutor(workers) as pool:
        waiting = {pool.submit(_job, job): n for n, job in enumerate(todo)}
        try:
            for future in as_completed(waiting):
                results[waiting[future]] = future.result()
                done(future.result())
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [results[n] for n in sorted(results)]


def _job(job: Job) -> Result:
    python = environments.pythons().get(job.python)
    if python is None:
        return Result(job, "skipped", f"Python {job.python} is not on this machine")
    services = job.case.options.services
    for service in job.playbook.front.services if services is None else services:
        if not os.environ.get(SERVICES[service]):
            return Result(job, "skipped", f"no {service}: set {SERVICES[service]} to its address")
    try:
        environment = environments.ensure(python, job.requirements)
    except NotInstalled as error:
        return Result(job, "failed", error.message)
    return replace(_judged(job, environment), packages=environment.packages)


def _judged(job: Job, environment: Environment) -> Result:
    """Run the case as often as it says, and count."""
    options = job.case.options
    runs = [_once(job, environment) for _ in range(options.times)]
    good = [result for result in runs if result.verdict == "passed"]
    bad = [result for result in runs if result.verdict == "failed"]
    needed = options.times if options.at_least is None else options.at_least
    longest = max(result.seconds for result in runs)
    if len(good) >= needed:
        return replace(
            good[0] if good else bad[0], verdict="passed", reason="", shown=len(good), runs=len(runs), seconds=longest
        )
    reason = bad[0].reason if len(runs) == 1 else f"shown in {len(good)} of {len(runs)} runs: {bad[0].reason}"
    return replace(bad[0], reason=reason, shown=len(good), runs=len(runs), seconds=longest)


def _once(job: Job, environment: Environment) -> Result:
    options = job.case.options
    command = [environment.program if word == "python" else word for word in job.case.command]
    if job.dev:
        command[1:1] = ["-X", "dev"] if command[0] == environment.program else []
    services = {name: os.environ[name] for name in SERVICES.values() if name in os.environ}
    with sandbox.folder(job.case.files) as place:
        ran = sandbox.run(command, place, services, seconds=options.seconds)
    found = events.decode(ran.output)
    reason, messages = _judge(job, ran, found)
    verdict: Verdict = "failed" if reason else "passed"
    return Result(job, verdict, reason, tuple(map(normalised, messages)), seconds=ran.seconds, output=ran.output)


def _judge(job: Job, ran: sandbox.Ran, found: tuple[Event, ...]) -> tuple[str, list[Event]]:
    """Why the run does not show what it has to, empty where it does; and the events that decided."""
    options = job.case.options
    if ran.stopped == "output":
        return f"printed more than {sandbox.OUTPUT:,} bytes and was stopped", []
    if (ran.stopped == "time") != bool(options.hangs):
        if not options.hangs:
            return f"ran longer than {options.seconds:g} seconds and was stopped", []
        return f"ended with exit code {ran.code}, expected it to hang", []
    if options.hangs and options.hangs not in ran.output.splitlines():
        return f"did not print {options.hangs!r} before it hung", []
    if ran.left and job.case.role in {"fix", "rule"}:
        return f"left {ran.left} processes running", []
    judge = {"fix": _fix, "rule": _rule}.get(job.case.role, _failure)
    return judge(job, ran, found)


def _rule(job: Job, ran: sandbox.Ran, found: tuple[Event, ...]) -> tuple[str, list[Event]]:
    """A rule holds when its assertions do; what the program says beside may be the point of it."""
    if ran.code != (job.case.options.exit or 0):
        return f"exit code {ran.code}, expected {job.case.options.exit or 0}", list(found[:1])
    return _counted(ran.output, job.case.options.passed) if job.case.tests else "", []


def _fix(job: Job, ran: sandbox.Ran, found: tuple[Event, ...]) -> tuple[str, list[Event]]:
    options = job.case.options
    if not options.hangs and ran.code != (options.exit or 0):
        return f"exit code {ran.code}, expected {options.exit or 0}", list(found[:1])
    for event in found:
        if job.playbook.matches(event) or any(trouble.matches(event) for trouble in _LOOP_TROUBLE):
            return f"still says: {event}", [event]
    if job.case.tests:
        return _counted(ran.output, options.passed), []
    return "", []


def _counted(output: str, wanted: int | None) -> str:
    """Why the tests did not all pass, by pytest's last line; empty where they did."""
    summary = next((line for line in reversed(output.splitlines()) if _PASSED.search(line) or " in " in line), "")
    passed = _PASSED.search(summary)
    count = int(passed[1]) if passed else 0
    if others := _NOT_PASSED.findall(summary):
        return "tests that did not pass: " + ", ".join(f"{n} {what}" for n, what in others)
    if wanted is not None and count != wanted:
        return f"{count} tests passed, expected {wanted}"
    return "" if count else "no test passed"


def _failure(job: Job, ran: sandbox.Ran, found: tuple[Event, ...]) -> tuple[str, list[Event]]:
    options = job.case.options
    expected = [p for p in options.expect if applies(p.python, job.python)]
    said = "; ".join(dict.fromkeys(str(event).split("\n", 1)[0] for event in found)) or "no event"
    decided: list[Event] = []
    for pattern in expected:
        event = next((e for e in found if pattern.matches(e)), None)
        if event is None:
            return f"expected {_told(pattern)}, found {said}", list(found[:1])
        decided.append(event)
    if not options.expect and not options.hangs:
        event = next((e for e in found if job.playbook.matches(e)), None)
        if event is None:
            return f"no event of this playbook's signatures, found {said}", list(found[:1])
        decided.append(event)
    if options.exit is not None and ran.code != options.exit:
        return f"exit code {ran.code}, expected {options.exit}", decided
    if options.exit is None and ran.code == 0:
        return "exit code 0, expected it to fail (say `exit: 0` where that is the point)", decided
    if options.passed is not None:
        return _passed(ran.output, options.passed), decided
    return "", decided


def _passed(output: str, wanted: int) -> str:
    counts = [int(n) for n in _PASSED.findall(output)]
    count = counts[-1] if counts else 0
    return "" if count == wanted else f"{count} tests passed, expected {wanted}"


def _told(pattern: Pattern) -> str:
    return f"{pattern.type}: {pattern.message}" if pattern.type else pattern.message


def normalised(event: Event) -> str:
    """``event`` without what differs from run to run, and without its further lines."""
    text = str(event).split("\n", 1)[0]
    for pattern, replacement in _VALUES:
        text = pattern.sub(replacement, text)
    return text


def drift(before: Sequence[str], now: Sequence[str]) -> str:
    """The difference between the messages of an earlier result and those of this one, as a diff; empty for none."""
    if list(before) == list(now):
        return ""
    return "\n".join(difflib.unified_diff(before, now, "recorded", "now", lineterm=""))


def slot(job: Job) -> str:
    """Under which name the result of ``job`` is kept."""
    return f"{job.python} -X dev" if job.dev else job.python


def kept(result: Result) -> dict[str, Any]:
    """``result`` as it is kept in the record."""
    found = {
        "verdict": result.verdict,
        "reason": result.reason,
        "messages": list(result.messages),
        "packages": list(result.packages),
        "date": datetime.now().astimezone().date().isoformat(),
        "seconds": round(result.seconds, 1),
        "shown": f"{result.shown}/{result.runs}" if result.runs > 1 else "",
        "of": verified.digest(result.job.playbook, result.job.case),
    }
    return {key: value for key, value in found.items() if value not in ("", [])}


def record(folder: Path, results: Iterable[Result], playbooks: Mapping[str, Playbook]) -> None:
    """Put ``results`` into the record in ``folder``; what was skipped shows nothing and changes nothing."""
    held = verified.load(folder)
    for result in results:
        if result.verdict != "skipped":
            job = result.job
            held.setdefault(job.playbook.id, {}).setdefault(job.case.name, {})[slot(job)] = kept(result)
    verified.save(folder, held, playbooks)
