"""The parts of a page that tell of work and of moments: timeline, plan, decisions, files, runs, next steps."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, get_args

from causebook.importers._record import Code, Part, blocks, code_of, items, moment_of, rows, shown, told
from causebook.model import words

Data = dict[str, Any]
_BADGE = re.compile(r'<span class="cb-[^"]*">([^<]*)</span> ?')


def _filled(one: Data) -> Data:
    return {name: value for name, value in one.items() if value}


def _timeline(part: Part, kind: str) -> Data:  # noqa: ARG001 - the handlers have one shape
    made = []
    for item in items(part.lines):
        event = _BADGE.match(item[0])
        head, _, note = item[0][event.end() if event else 0 :].partition("<br>")
        at = moment_of(re.sub(r" <small>.*?</small>", "", head))
        made.append(_filled({"at": at, "event": shown(event[1]) if event else "note", "note": shown(note)}))
    return {"timeline": made}


_ATTEMPT = {"Believed:": "hypothesis", "Seen:": "result", "Learned:": "learned"}


def _attempts(part: Part, kind: str) -> Data:  # noqa: ARG001
    made = []
    for item in items(part.lines):
        badge = _BADGE.match(item[0])
        one: Data = {"action": shown(item[0][badge.end() :] if badge else item[0])}
        one["outcome"] = shown(badge[1]) if badge else ""
        for line in item[1:]:
            if found := re.match(r"<br><em>(\w+:)</em> (.*)$", line):
                one |= {_ATTEMPT[found[1]]: shown(found[2])} if found[1] in _ATTEMPT else {}
            elif line.startswith("<br><small>"):
                one |= _small(line)
        made.append({name: value for name, value in one.items() if value})
    return {"attempts": made}


def _small(line: str) -> Data:
    """Id, time, commit and files of an attempt."""
    head = line.removeprefix("<br><small>").partition("<code>")[0]
    name = re.match(r"([A-Za-z][\w-]*) (?!<code>)|([A-Za-z][\w-]*) $", head) if not head.startswith("commit ") else None
    commit = re.search(r"\bcommit <code>([0-9a-f]+)</code>", line)
    rest = line.replace(commit[0], "") if commit else line
    when = re.search(r"<time .*?</time>|\b\d{4}-\d\d-\d\d\b", head)
    return {
        "id": (name[1] or name[2]) if name else "", "at": moment_of(when[0]) if when else "",
        "commit": commit[1] if commit else "",
        "files": [{"path": shown(path)} for path in re.findall(r"<code>(.*?)</code>", rest)],
    }  # fmt: skip


def _noticed(part: Part, kind: str) -> Data:  # noqa: ARG001
    label = re.match(r"(?: by (\w+))?(?:, (.*?))?\.?$", part.label)
    activity, _, late = told(part.lines).partition(" Why not earlier: ")
    by, at = (label[1] or "", label[2] or "") if label else ("", "")
    method = by if by in get_args(words.DetectionMethod) else ""
    return {"detection": _filled({"method": method, "at": moment_of(at), "activity": activity, "why_late": late})}


def _steps(name: str) -> Callable[[Part, str], Data]:
    def read(part: Part, kind: str) -> Data:  # noqa: ARG001
        made = []
        for item in items(part.lines):
            state = _BADGE.match(item[0])
            text = "\n".join([item[0][state.end() :] if state else item[0], *item[1:]])
            step, *more = re.split(r"<br>(?=[^\n])", text)
            one: Data = {"step": told(step.split("\n")), "state": shown(state[1]) if state else "open"}
            for line in more:
                closed = re.search(words.ID_PATTERN, line) if line.startswith("done in ") else None
                one |= {"closed_by": closed[0]} if closed else {"note": shown(line)}
            made.append(one)
        return {name: made}

    return read


def _confusions(part: Part, kind: str) -> Data:  # noqa: ARG001
    return {
        "confusions": [
            _filled({"believed": shown(a), "actual": "" if b == "not known yet" else shown(b), "cost": shown(c)})
            for a, b, c in (row for row in rows(part.lines) if len(row) == 3)
        ]
    }


def _progress(part: Part, kind: str) -> Data:  # noqa: ARG001
    names = ("measure", "before", "after", "note")
    found = [row for row in rows(part.lines) if len(row) == 4]
    return {"progress": [_filled(dict(zip(names, map(shown, row), strict=True))) for row in found]}


def _options(part: Part, kind: str) -> Data:  # noqa: ARG001
    made = []
    for way, pros, cons, chosen in (row for row in rows(part.lines) if len(row) == 4):
        said, _, because = chosen.partition(": ")
        one: Data = {"option": shown(way), "because": shown(because)}
        one |= {"pros": [shown(p) for p in pros.split("; ") if p], "cons": [shown(c) for c in cons.split("; ") if c]}
        made.append({**_filled(one), **({"chosen": said == "yes"} if said in {"yes", "no"} else {})})
    return {"options": made}


def _criteria(part: Part, kind: str) -> Data:  # noqa: ARG001
    made = []
    for item in items(part.lines):
        met = _BADGE.match(item[0])
        text = told([item[0][met.end() :] if met else item[0], *item[1:]])
        made.append({"criterion": text, "met": shown(met[1]) if met else "unknown"})
    return {"success_criteria": made}


def _decisions(part: Part, kind: str) -> Data:  # noqa: ARG001
    made = []
    for item in items(part.lines):
        choice, _, rest = item[0].partition("</strong>")
        because, _, instead = rest.partition(" Instead of: ")
        one = {"choice": shown(choice), "because": shown(because.removeprefix(" Because: "))}
        made.append(_filled({**one, "alternatives": [shown(other) for other in instead.split("; ") if other]}))
    return {"decisions": made}


def _work(part: Part, kind: str) -> Data:  # noqa: ARG001
    made = []
    for item in items(part.lines):
        if found := re.match(r"(?:(\S+) )?<em>(\w+)</em>: (.*)$", item[0]):
            text, _, result = "\n".join([found[3], *item[1:]]).partition(" <em>(")
            one = {"at": shown(found[1] or ""), "activity": found[2], "description": told(text.split("\n"))}
            made.append(_filled({**one, "result": shown(result.rstrip().removesuffix(")</em>"))}))
    return {"work": made}


def _builds(part: Part, kind: str) -> Data:  # noqa: ARG001
    made = []
    for number, status, note in (row for row in rows(part.lines) if len(row) == 3):
        link = re.match(r"\[(.*?)\]\((.*?)\)", number)
        name, url = (link[1], link[2].replace("&amp;", "&").replace("%5F", "_")) if link else (number, "")
        made.append(_filled({"number": shown(name), "status": shown(status), "url": url, "note": shown(note)}))
    return {"builds": made}


def _files(part: Part, kind: str) -> Data:  # noqa: ARG001
    made = []
    for item in items(part.lines):
        rest = item[0].partition("</code>")[2]
        found = re.match(r"(?:, lines (\d+) to (\d+))?(?: \((\w+)\))?(?:: (.*))?$", rest)
        one: Data = {"path": code_of(item[0])}
        if found:
            one |= {"lines": [int(found[1]), int(found[2])]} if found[1] else {}
            one |= _filled({"change": found[3], "note": shown(found[4] or "")})
        made.append(one)
    return {"files": made}


def _commands(part: Part, kind: str) -> Data:  # noqa: ARG001
    made: list[Data] = []
    purpose = ""
    for block in blocks(part.lines):
        if isinstance(block, Code):
            made.append(_filled({"cmd": block.text, "purpose": purpose}))
            purpose = ""
        else:
            purpose = told(block)
    return {"commands": made}


def _tests(part: Part, kind: str) -> Data:  # noqa: ARG001
    made: Data = {}
    for block in blocks(part.lines):
        if isinstance(block, Code):
            made["command"] = block.text
            continue
        text = told(block)
        found = re.match(
            r"(?:, )?(?:(\d+) passed)?(?:, (\d+) failed)?(?:, (\d+) skipped)?(?: in ([\d.]+) s)?(?:\. (.*))?$",
            text,
            re.DOTALL,
        )
        if found:
            made |= _filled(dict(zip(("passed", "failed", "skipped", "seconds", "note"), found.groups(), strict=True)))
    return {"tests": made}


def _corrections(part: Part, kind: str) -> Data:  # noqa: ARG001
    made = []
    for said, seen, by in (row for row in rows(part.lines) if len(row) == 3):
        proof = re.match(r"\[([a-z0-9-]+)(?:(?:&#58;|:) ([a-z0-9-]+))?\]", by.replace("&#58;", ":"))
        one = {"claim": shown(said), "finding": shown(seen)}
        made.append(_filled({**one, "playbook": proof[1] if proof else "", "case": proof[2] if proof else ""}))
    return {"corrections": made}


def _evidence(part: Part, kind: str) -> Data:  # noqa: ARG001
    text = told(line for line in part.lines if not re.match(r"^`{3,}", line))
    return {"notes": [{"heading": "Evidence", "text": text}]}


def _when(part: Part, kind: str) -> Data:  # noqa: ARG001
    made: Data = {}
    text = " ".join(line for line in part.lines if line.strip()).strip()
    for piece in text.split(", "):
        dates = re.match(r"(\d{4}-\S+)(?: to (\S+))?$", shown(piece))
        if dates and not made:
            made |= _filled({"started_at": dates[1], "ended_at": dates[2] or ""})
        elif piece.startswith("branch <code>"):
            made["branch"] = code_of(piece)
        elif pull := re.match(r"pull request (\S+)$", piece):
            made["pr"] = shown(pull[1])
        elif piece.strip():
            made.setdefault("agents", []).append({"name": shown(piece)})
    return made


WORK: dict[str, Callable[[Part, str], Data]] = {
    "Timeline": _timeline, "What was tried": _attempts, "**Noticed": _noticed, "Plan": _steps("plan"),
    "Next": _steps("next_steps"),
    "What was misunderstood": _confusions, "Before and after": _progress, "Ways considered": _options,
    "Success criteria": _criteria, "Decisions": _decisions, "Work": _work, "Builds": _builds, "Files": _files,
    "Commands": _commands, "Tests": _tests, "What running it showed": _corrections, "Evidence": _evidence,
    "**When and where": _when,
}  # fmt: skip
"""The headings and bold labels read here."""
