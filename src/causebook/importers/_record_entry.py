"""A page that harvest wrote -> the entry it shows: for those who kept the pages and lost the YAML."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Any, get_args

from pydantic import ValidationError

from causebook import __version__
from causebook.errors import Place
from causebook.importers import Imported, NothingToImport, Source
from causebook.importers._receipts import receipts_of
from causebook.importers._record import (
    MARK,
    Part,
    blocks,
    code_of,
    derived,
    facts,
    items,
    parts,
    rows,
    shown,
    told,
)
from causebook.importers._record_account import account_of
from causebook.importers._record_work import WORK
from causebook.importers._standing import settle
from causebook.model import words
from causebook.model.entry import ENTRY

Data = dict[str, Any]
_SHA = re.compile(r"[0-9a-f]{7,64}")
_TRAILER = re.compile(r"(?:says that it fixes this|names this), in a trailer")
_NOTE_END = re.compile(r"(?:^|; )(?:in <code>|<em>|<strong>|perhaps now <code>)")
_GLANCE = re.compile(r'^<div class="cb-glance".*?^</div>$', re.DOTALL | re.MULTILINE)
_BADGE = re.compile(r'<span class="cb-[^"]*">([^<]*)</span>')


def is_page(data: bytes) -> bool:
    """Whether a file begins as the pages of harvest do."""
    return data[:64].replace(b"\r\n", b"\n").startswith(MARK.encode())


def convert_page(source: Source, text: str) -> Imported:
    """The entry that a page shows, with the id it had.

    Raises:
        NothingToImport: it shows no entry, but a list of them, say.
    """
    lines = text.split("\n")
    shows = facts(text)
    if shows is None:
        reason = "is not imported: it is a page made from entries, and shows none of them whole"
        raise NothingToImport(reason, place=Place(source.name), hint="give the page of an incident or a session")
    kind, day = shows
    head = text.index("\n---\n", 4)
    front = text.count("\n", 0, head + 1) + 1
    sha = hashlib.sha256(source.data).hexdigest()
    title = next((shown(line[2:]) for line in lines[front:] if line.startswith("# ")), "")
    data: Data = {
        "kind": kind,
        "title": title[:120] or "Imported page",
        "confidence": "not_validated",
        "status": "draft",
    }
    used: dict[str, list[tuple[int, int]]] = {}
    found = list(parts([""] * front + lines[front:]))
    about = max((n for n, part in enumerate(found) if part.key == "About this entry"), default=len(found))
    for part, made in _read(found[:about], kind):
        for name, value in made.items():
            data[name] = _joined(data.get(name), value)
            used.setdefault(name, []).append((part.first, part.last))
    for part in found[about:]:
        data |= _about(part)
    data.setdefault("id", f"{day}-page-{sha[:4]}")
    if kind == "incident":
        data.setdefault("symptom", {"description": data["title"]})
    elif targets := [one["target"] for one in data.get("relations", ()) if one["type"] == "incident"]:
        data["incidents"] = targets
        data["relations"] = [one for one in data["relations"] if one["type"] != "incident"]
    data = {name: value for name, value in data.items() if value}
    data["provenance"] = {
        "method": "imported", "source": source.name[-480:], "source_sha256": sha,
        "imported_by": f"causebook {__version__}",
    }  # fmt: skip
    spoilt = [one for name in _spoilt(data) for one in used.get(name, ())]
    skipped, account = account_of(data, used, lines, front, _first(found, about, lines), derived(lines), spoilt)
    receipts = tuple(receipts_of(data, {name: ranges for name, ranges in used.items() if name in data}, lines))
    return Imported((settle(data),), tuple(skipped), receipts, (), account)


def _first(found: list[Part], about: int, lines: list[str]) -> int:
    """The line where what the page says of itself begins."""
    return found[about].first if about < len(found) else len(lines) + 1


def _spoilt(data: Data) -> list[str]:
    """Take out what the schema refuses, and name it: the page was edited by hand. Its lines are kept in notes."""
    names: list[str] = []
    while True:
        try:
            ENTRY.validate_python(data)
        except ValidationError as error:
            name = str(error.errors(include_url=False)[0]["loc"][1])
            data.pop(name)
            names.append(name)
            if name == "symptom":
                data["symptom"] = {"description": data["title"]}
            elif name == "status":
                data["status"] = "draft"
        else:
            return names


def _read(found: list[Part], kind: str) -> Iterator[tuple[Part, Data]]:
    """What each part says; from the first heading on that is not where ours would be, the rest are notes."""
    reached = -1
    for part in found:
        place = _ORDER.get(part.key, 99)
        if not part.key:
            yield part, _lead(part, kind)
        elif part.key.startswith("**"):
            yield part, _HANDLERS[part.key](part, kind)
        elif reached <= place < 99:
            reached = place
            yield part, _HANDLERS[part.key](part, kind)
        else:
            reached = 99
            yield part, _note(part)


def _joined(held: Any, value: Any) -> Any:
    if isinstance(held, dict) and isinstance(value, dict):
        return {**held, **{name: _joined(held.get(name), one) for name, one in value.items()}}
    return held + value if isinstance(held, list) else value or held


def _lead(part: Part, kind: str) -> Data:
    """Badges and summary."""
    text = "\n".join(part.lines)
    badges = [shown(one).replace(" ", "_") for one in _BADGE.findall(text.partition("</p>")[0])]
    made: Data = {"status": badges[0]} if badges else {}
    if kind == "incident" and len(badges) > 1 and badges[1] in get_args(words.Severity):
        made["severity"] = badges[1]
    behind = _GLANCE.sub("", text.partition("</p>")[2]).split("\n")
    return {**made, "summary": told(behind)}


def _symptom(part: Part, kind: str) -> Data:  # noqa: ARG001 - the handlers have one shape
    made: Data = {}
    errors: list[Data] = []
    for block in blocks(part.lines):
        if isinstance(block, list):
            text = told(block)
            if made and text == "To reproduce:":
                made["reproduction"] = ""
            elif text:
                lead, _, last = text.rpartition("\n")
                again = not made and last == "To reproduce:" and lead.strip()
                made["description"] = lead.strip() if again else text
                if again:
                    made["reproduction"] = ""
        elif made.get("reproduction") == "":
            made["reproduction"] = block.text
        else:
            source = block.title.replace(" ", "_")
            known = {"source": source} if source in get_args(words.ErrorSource) else {}
            errors.append({"text": block.text, **known})
    return {"symptom": {**made, **({"errors": errors} if errors else {})}}


def _whys(part: Part, kind: str) -> Data:  # noqa: ARG001
    made = []
    for item in items(_before_end(part.lines)):
        answer = told(item[1:])
        question = {"why": shown(item[0].removesuffix("<br>"))}
        made.append(question if answer in {"", "Not known yet."} else {**question, "because": answer})
    rule = next((line for line in part.lines if line.startswith("The chain ends here: ")), "")
    return {"five_whys": made, "stopping_rule": shown(rule.removeprefix("The chain ends here: "))}


def _before_end(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith("The chain ends here: "):
            return
        yield line


def _causes(part: Part, kind: str) -> Data:  # noqa: ARG001
    made = []
    for item in items(part.lines):
        role = _BADGE.match(item[0])
        why = [line for line in item if line.startswith("<br>Not noticed earlier because: ")]
        text = "\n".join(line for line in item if line not in why)
        category = re.search(r" <em>\((.*?)\)</em>", text)
        text = _BADGE.sub("", text.replace(category[0], "") if category else text, count=1)
        one: Data = {"role": shown(role[1]) if role else "root", "description": told(text.split("\n"))}
        if category:
            one["category"] = shown(category[1])
        if why:
            one["undetected_because"] = shown(why[0].partition("because: ")[2])
        made.append(one)
    return {"causes": made}


def _fix(part: Part, kind: str) -> Data:  # noqa: ARG001
    made: Data = {}
    text: list[str] = []
    for line in part.lines:
        badge = _BADGE.match(line)
        if badge and not made:
            made["kind"] = shown(badge[1]).replace(" ", "_")
            pull = re.search(r"Pull request (\S+)", line)
            made |= {"pr": pull[1]} if pull else {}
            made |= {"landed_with": "self"} if "Came with this entry" in line else {}
            made |= {"landed_with": "unknown"} if "Where it landed" in line else {}
        elif not line.startswith("|") and not re.match(
            r"- [A-Z]\d* \[?<code>.*</code>.* in <code>|Regression tests: <code>|\d+ more files? in the commits", line
        ):
            text.append(line)
    description = told(text).removesuffix("Changed by the fixing commits:").strip()
    if description:
        made["description"] = description
    files = [_file(row) for row in rows(part.lines) if len(row) == 4]
    tests = [line for line in part.lines if line.startswith("Regression tests: <code>")]
    made |= {"files": files} if files else {}
    if tests:
        made["regression_tests"] = [shown(one) for one in re.findall(r"<code>(.*?)</code>", tests[0])]
    return {"fix": made} if made else {}


def _file(row: list[str]) -> Data:
    lines = re.fullmatch(r"(\d+) to (\d+)", row[1])
    said = shown(row[2])
    change = {"change": said} if said in get_args(words.Change) else {"note": said} if said else {}
    return {"path": code_of(row[0]), **({"lines": [int(lines[1]), int(lines[2])]} if lines else {}), **change}


def _commits(part: Part, kind: str) -> Data:  # noqa: ARG001
    made = []
    for role, name, _, _, note in (row for row in rows(part.lines) if len(row) == 5):
        sha = _SHA.search(shown(re.sub(r"\]\(.*", "", name)))
        if sha is None or shown(role) not in get_args(words.CommitRole) or _TRAILER.search(shown(note)):
            continue
        end = _NOTE_END.search(note)
        own = shown(note[: end.start()] if end else note)
        repo = re.search(r"(?:^|; )in <code>(.*?)</code>", note)
        one = {"sha": sha[0], "role": shown(role), "repo": shown(repo[1]) if repo else "", "note": own}
        made.append({key: value for key, value in one.items() if value})
    return {"commits": made}


_LESSON = {"When: ": "applies_when", "Because: ": "because", "Wrong when: ": "falsified_by"}


def _lessons(part: Part, kind: str) -> Data:  # noqa: ARG001
    none = next((line for line in part.lines if line.startswith("None: ")), "")
    made = []
    for item in items(part.lines):
        one: Data = {"rule": shown(item[0])}
        for line in item[1:]:
            bare = line.removeprefix("<br>")
            label = next((label for label in _LESSON if bare.startswith(label)), None)
            if label:
                one[_LESSON[label]] = shown(bare.removeprefix(label))
            elif state := re.match(r"(?:Not enforced|Enforced by (\w+)(?: <code>(.*?)</code>)?) \((\w+)\)", bare):
                one |= {"state": state[3]}
                guard = {"kind": state[1], **({"ref": shown(state[2])} if state[2] else {})}
                one |= {"enforced_by": guard} if state[1] else {}
        made.append(one)
    return {"lessons": made, "no_lessons": shown(none.removeprefix("None: "))}


def _actions(part: Part, kind: str) -> Data:  # noqa: ARG001
    made = []
    for number, what, aim, owner, due, status in (row for row in rows(part.lines) if len(row) == 6):
        text, _, shown_by = what.partition("<br><em>Shown by:</em>")
        one = {
            "id": "" if number.isdigit() else shown(number), "description": shown(text), "kind": shown(aim),
            "owner": "" if owner == "nobody yet" else shown(owner), "due": shown(due),
            "status": shown(status).replace(" ", "_"), "evaluation": shown(shown_by),
        }  # fmt: skip
        made.append({name: value for name, value in one.items() if value})
    return {"actions": made}


_RELATIONS = {
    "Related": "related", "Duplicate of": "duplicate_of", "Duplicated by": "duplicated_by",
    "Happened before as": "recurrence_of", "Happened again as": "recurred_as", "Caused by": "caused_by",
    "Caused": "causes", "Replaces": "supersedes", "Replaced by": "superseded_by", "Worked on in": "session",
    "Worked on": "incident",
}  # fmt: skip
"""How pages call relations."""


def _relations(part: Part, kind: str) -> Data:  # noqa: ARG001
    made = []
    for item in items(part.lines):
        how, _, rest = item[0].partition(": ")
        target = re.search(rf"({words.ID_PATTERN})", rest.split(". ")[0] if rest.startswith("<code>") else rest)
        if how in _RELATIONS and target:
            note = re.search(r"(?:\)|</code>)\. (.*)$", rest)
            made.append({"type": _RELATIONS[how], "target": target[1], **({"note": shown(note[1])} if note else {})})
    return {"relations": made}


def _references(part: Part, kind: str) -> Data:  # noqa: ARG001
    made = []
    for item in items(part.lines):
        sort, _, rest = item[0].partition(": ")
        link = re.match(r"\[(.*?)\]\([^)]*\)", rest)
        ref, _, note = (link[1], "", rest[link.end() :].removeprefix(". ")) if link else rest.partition(". ")
        one = {"type": shown(sort), "ref": shown(ref), "note": shown(note)}
        if one["type"] in get_args(words.ReferenceType) and one["ref"]:
            made.append({key: value for key, value in one.items() if value})
    return {"references": made}


def _note(part: Part) -> Data:
    text = told(part.lines[1:])
    heading = shown(part.key)
    return {"notes": [{**({"heading": heading} if heading != "Note" else {}), "text": text}]} if text else {}


def _about(part: Part) -> Data:
    made: Data = {}
    for item in items(part.lines):
        label, _, rest = item[0].partition(": ")
        if label in {"Components", "Tags"}:
            made[label.lower()] = [shown(one) for one in re.findall(r"\[(.*?)\]\(", rest)]
        elif label == "Playbook" and (found := re.match(r"\[(.*?)\]\(", rest)):
            made["playbook"] = shown(found[1])
        elif label == "Environment":
            told_of = re.findall(r"<em>(.*?)</em> (.*?)(?=, ?<em>|$)", rest)
            made["environment"] = {shown(name): shown(value) for name, value in told_of}
        elif label == "Credits":
            people = re.findall(r"(.*?) <em>\((\w+)\)</em>(?:, ?|$)", rest)
            made["credits"] = [{"name": shown(name), "type": sort} for name, sort in people]
        elif label == "Keywords":
            made["keywords"] = [shown(one) for one in re.findall(r"<code>(.*?)</code>", rest)]
        elif label == "Id" and re.fullmatch(words.ID_PATTERN, code_of(rest)):
            made["id"] = code_of(rest)
    return made


def _impact(part: Part, kind: str) -> Data:  # noqa: ARG001
    text, _, scope = "\n".join(part.lines).partition(" <em>Scope:</em> ")
    return {"impact": {"description": told(text.split("\n")), **({"scope": told(scope.split("\n"))} if scope else {})}}


def _texts(name: str) -> Callable[[Part, str], Data]:
    return lambda part, _: {name: [text for item in items(part.lines) if (text := told(item))]}


def _bold(make: Callable[[str], Data]) -> Callable[[Part, str], Data]:
    return lambda part, _: make(told(part.lines))


_HANDLERS: dict[str, Callable[[Part, str], Data]] = {
    "Symptom": _symptom, "Five whys": _whys, "Causes": _causes, "Fix": _fix,
    "Commits": _commits, "Lessons": _lessons, "Actions": _actions, "Related": _relations,
    "Who else hit this": _relations, "Since then": lambda *_: {}, "References": _references,
    "Until it is fixed": _texts("workarounds"), "What went well": _texts("what_went_well"),
    "What went poorly": _texts("what_went_poorly"), "Where we were lucky": _texts("where_we_got_lucky"),
    "Not known yet": _texts("open_questions"),
    "Why it surprised us": lambda part, _: {"why_surprised": told(part.lines)},
    "**Set off by": _bold(lambda text: {"trigger": text}),
    "**Impact": _impact,
    "**Shown to work by": _bold(lambda text: {"fix": {"verification": {"how": text}}}),
    "**Result": _bold(lambda text: {"fix": {"verification": {"result": text}}}),
    "**Wanted": _bold(lambda text: {"objective": text}),
    "**Outcome": _bold(lambda text: {"outcome": text}),
    **WORK,
}  # fmt: skip
_PLACES = (
    "Symptom", "Five whys", "Causes", "What was misunderstood", "Before and after", "Plan", "Ways considered",
    "Success criteria", "Decisions", "Work", "Builds", "Files", "Fix", "Until it is fixed", "Timeline",
    "Since then", "Who else hit this", "What was tried",
    "Tests", "Commands", "What running it showed", "Commits", "Evidence", "Lessons", "What went well",
    "What went poorly", "Where we were lucky", "Why it surprised us", "Next", "Actions", "Not known yet", "Related",
    "References",
)  # fmt: skip
_ORDER = {name: place for place, name in enumerate(_PLACES)}
"""Where a heading stands on a page; one that stands elsewhere, or that none of ours is, heads a note."""
