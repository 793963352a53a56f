"""What a document is: an incident, a session, several incidents in one, or nothing to import."""

from __future__ import annotations

import re
from dataclasses import dataclass

from causebook.importers._labels import field_of_label, label_of
from causebook.importers._pieces import Gatherer, Piece
from causebook.importers._sections import Section, unit_of
from causebook.importers._structure import Block
from causebook.importers._vocabulary import normal, vocabulary

FAILURE = frozenset({
    "symptom", "errors", "cause", "contributing", "whys", "attempts", "attempt", "impact", "detection", "trigger",
    "workaround", "timeline", "reproduction",
})  # fmt: skip
WORK = frozenset(
    {"objective", "outcome", "actions", "plan", "decisions", "files", "commits", "options", "criteria", "confusion"}
)
_CORE = frozenset({"symptom", "errors", "cause", "fix", "workaround", "whys", "impact", "prevention", "lessons"})
_VERSION = re.compile(
    r"^\W*(?:v|version|release)?\s*\[?v?\d+\.\d+(?:\.\d+)?[\w.+-]*\]?(?:\s|$|\()|^\W*\[?unreleased\]?", re.IGNORECASE
)
_ROUTE = re.compile(r"\b(?:GET|POST|PUT|PATCH|DELETE)\b\W{1,4}/|^`?\w+(?:\.\w+)*\([^)]*\)`?(?:\s*(?:->|→|:).*)?$")
_HOLE = re.compile(
    r"\[[^\]\n()]{2,80}\](?![(\[:])|<[A-Za-z][^<>\n/=]{1,60}>|\{\{[^}]+\}\}|\bYYYY\b|\bHH:MM\b"
    r"|\bTODO\b|\bXXX+\b|_{4,}|\.{4,}|\bN/?A\b|"
    r"\{[a-z_ ]+\}|\$\{\w+\}|\b(?:TT|JJ|DD|ДД)[./-]M{2}[./-]|\bMM[./-]DD\b|\b(?:JJJJ|AAAA|ГГГГ)\b"
    r"|_{2,}/_{2,}|ДД\.ММ|\.{3}$|…$"
    r"|[（(](?:请|在此|ここに|此处)[^）)\n]{0,60}[）)]|[（(][^）)\n]{0,60}(?:記入|记录|填写|填寫)[^）)\n]{0,20}[）)]"
    r"|(?:\( \) ?\w+ ?){2,}|<[^<>\n/=]{2,60}>"
)

_HOLE_SIGN = re.compile(r"[\[<{$_…(（]|\.{3}|[A-ZГД]{2}|\bN/A")
"""Without one of these there is no hole; asking so first is many times as fast."""
_HOW_TO = re.compile(
    r"\W*(?:how to|how do|guide|tutorial|wie man|anleitung|comment (?!.*incident)|guide|cómo |guía"
    r"|como |guia|как |руководство|инструкция)|.*(?:の方法|ガイド|手順|指南|教程)\W*$",
    re.IGNORECASE,
)


UNTOLD = "it tells neither of a failure nor of a session: no heading or label names one"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to make of a document; ``reason`` says why nothing."""

    kind: str
    with_incident: bool = False
    """Whether a session tells of a failure as well."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What speaks for one kind or the other."""

    failure: set[str]
    work: set[str]
    told: set[str]
    several: bool
    by_title: bool
    """The title or the file's name says that it is a session."""
    failing: bool
    """The title speaks of a failure."""
    title: str


def units(root: Section) -> list[Section]:
    """The sections that each tell of one incident, where there are several side by side."""
    best: list[Section] = []
    for parent in root.walk():
        found = [child for child in parent.children if _is_unit(child, parent)]
        if len(found) >= 2 and len(found) > len(best):
            best = found
    return best


def _is_unit(section: Section, parent: Section) -> bool:
    if unit_of(section.title) is not None:
        return True
    told = _core_of(section)
    if parent.own == "problems":
        return not section.exact or section.own in {"symptom", "errors", "problems"}
    if section.exact and section.own not in {"symptom", "errors"}:
        return False
    told_of = bool(told & {"symptom", "errors"}) + bool(told & {"cause", "whys"}) + bool(told & {"fix", "workaround"})
    return told_of >= 2 and (_not_lessons(parent) or (told_of == 3 and parent.own == "fix"))


def _not_lessons(parent: Section) -> bool:
    return parent.fieldname not in {"lessons", "timeline", "actions", "attempts", "fix", "verification"}


def _core_of(section: Section) -> set[str]:
    """The core fields that labels and headings inside a section name."""
    told = {child.own for child in section.walk() if child is not section and child.own in _CORE}
    for inner in section.walk():
        for block in inner.blocks:
            if block.kind in {"paragraph", "item"}:
                told |= {name for line in _lines(block) if (name := _named(line)) in _CORE}
    return {name for name in told if name}


def _lines(block: Block) -> list[str]:
    if block.kind != "item":
        return list(block.lines)
    return [block.text.split("\n", 1)[0], *(line for line in block.lines[1:] if not line[:1].isspace())]


def _named(line: str) -> str:
    found = label_of(line.strip())
    match = field_of_label(found[0], marked=found[2]) if found else None
    return match.field if match else ""


def names_failure(line: str) -> bool:
    """Whether a line begins with the label of a field that a failure has."""
    return _named(line.split("\n", 1)[0]) in _CORE


def judge(root: Section, pieces: list[Piece], name: str, several: list[Section]) -> Verdict:
    """What the document is."""
    blocks = [block for section in root.walk() for block in section.blocks]
    title = title_of(root, pieces)
    told = {piece.field for piece in pieces if piece.text.strip()}
    told |= {section.own for section in root.walk() if section.own}
    heads = [section.title for section in root.walk() if section.heading]
    if not any(re.search(r"\w", block.source) for block in blocks if block.kind != "rule"):
        return Verdict("none", reason="there is nothing in it but headings")
    for test in (_changelog, _reference, _template):
        if reason := test(heads, title, pieces):
            return Verdict("none", reason=reason)
    failure, work = told & FAILURE, told & WORK
    known = vocabulary()
    stem = re.split(r"[/\\]", name)[-1].rsplit(".", 1)[0]
    by_title = known.holds("session", title) or known.holds("session", re.sub(r"[_\d-]+", " ", stem))
    failing = known.holds("incident", title)
    if reason := _manual(heads, failure, several, failing=failing or by_title):
        return Verdict("none", reason=reason)
    return _verdict(_Facts(failure, work, told, bool(several), by_title, failing, title), pieces)


def _verdict(facts: _Facts, pieces: list[Piece]) -> Verdict:
    if facts.several:
        return Verdict("several")
    failure, partly = facts.failure, facts.told & {"fix", "lessons"}
    with_incident = bool(failure - {"detection", "trigger", "contributing", "reproduction"})
    if facts.by_title and (facts.work or failure or partly or "summary" in facts.told):
        planned = facts.work & {"objective", "outcome", "plan", "decisions"}
        if facts.failing and not planned and failure & {"cause", "symptom"}:
            return Verdict("incident")
        return Verdict("session", with_incident=with_incident or facts.failing)
    other = vocabulary().holds("other", facts.title) and not failure & {"errors", "attempts", "attempt", "whys"}
    bare = not facts.told & {"date", "status", "severity", "updated", "commits"}
    if other and (not facts.failing or (bare and _HOW_TO.match(facts.title))):
        return Verdict("none", reason="it is a guide, a plan or a proposal by its title")
    if len(failure | partly) >= 2 or (facts.failing and (failure or partly)) or _tells(pieces, failing=facts.failing):
        return Verdict("incident")
    return _work(facts, with_incident=with_incident)


def _work(facts: _Facts, *, with_incident: bool) -> Verdict:
    """Whether a document that tells of no failure tells of work that was done, or of what was learned."""
    done = facts.work & {"outcome", "files", "commits"} and facts.told & {"date", "status", "updated"}
    match = vocabulary().field_of(facts.title)
    if (len(facts.work) >= 2 and done) or (match is not None and match.field == "lessons" and match.start):
        return Verdict("session", with_incident=with_incident)
    return Verdict("none", reason=UNTOLD)


def _tells(pieces: list[Piece], *, failing: bool) -> bool:
    """Whether prose under no or few headings speaks of a failure, its cause and its end."""
    prose = "\n".join(
        p.text for p in pieces if p.kind in {"paragraph", "item"} or p.label.lower() in {"summary", "title"}
    )
    cues = [name for name in ("cause", "fix", "symptom") if vocabulary().holds(f"cues.{name}", prose)]
    headed = sum(1 for p in pieces if p.path) * 3 < len(pieces)
    return (failing or headed) and len(cues) == 3 and len(prose) > 200


def title_of(root: Section, pieces: list[Piece]) -> str:
    """The title: the first heading at the top, else the one in the front matter."""
    front = next((p.text for p in pieces if p.field == "title" and p.kind == "front"), "")
    first = next((s for s in root.walk() if s.heading), None)
    if first is not None and (first.level == 1 or not front) and first.own is None:
        return first.title
    return front or (first.title if first is not None and first.level <= 2 else "")


def _changelog(heads: list[str], title: str, pieces: list[Piece]) -> str:
    versions = sum(1 for head in heads if _VERSION.match(head))
    if re.search(r"\b(?:change ?log|release notes|release history)\b", title, re.IGNORECASE) and versions:
        return "it is a changelog"
    return (
        "it is a changelog: its headings are versions"
        if versions >= 3 and versions * 4 >= len(heads) and pieces
        else ""
    )


def _reference(heads: list[str], title: str, pieces: list[Piece]) -> str:
    routes = sum(1 for head in heads if _ROUTE.search(head))
    called = sum(1 for p in pieces if re.match(r"\W{0,4}(?:GET|POST|PUT|PATCH|DELETE)\W{1,4}/", p.text))
    if called and len({normal(h) for h in heads} & set(vocabulary().words.get("manual", ()))) >= 2:
        return "it describes an interface: it lists routes with their parameters"
    if routes >= 3 and routes * 4 >= len(heads) and pieces:
        return "it describes an interface: its headings are routes or functions"
    return (
        "it describes an interface"
        if re.search(r"\bAPI (?:reference|documentation|docs)\b", title, re.IGNORECASE)
        else ""
    )


def _template(heads: list[str], title: str, pieces: list[Piece]) -> str:
    content = [p for p in pieces if p.kind not in {"fence", "html", "link"} and not _heads(p, pieces)]
    holes = [p for p in content if _is_hole(p)]
    named = bool(
        re.search(r"template|vorlage|modèle|plantilla|modelo|шаблон|テンプレート|模板|範本", title, re.IGNORECASE)
    )
    empty = sum(1 for p in content if not p.text.strip())
    most = len(holes) * 2 >= len(content) if not named else len(holes) * 4 >= len(content)
    blank = [p for p in pieces if _is_blank(p) and not _heads(p, pieces)]
    if len(blank) + len(holes) >= 4 and (len(blank) + len(holes)) * 3 >= len(pieces) * 2:
        return "it is a template: most of it is still to be filled in"
    if content and len(holes) >= 3 and most:
        return "it is a template: most of its values are still to be filled in"
    if not any(p.text.strip() for p in pieces if p.kind != "html") and len(heads) >= 3:
        return "it is a template: nothing stands below its headings"
    return "it is a template: most of its labels have no value" if empty >= 4 and empty * 2 > len(content) else ""


_TOLD_TO = re.compile(
    r"^\W*(?:was war|wie wurde|kurze beschreibung|brief|describe|describa|décri|descrev|explica|expli"
    r"|indi(?:car|que)|rellen|preench|placeholder|hier |опис|кратк|укаж|请|list|explain|add|insert"
    r"|enter|fill|provide|what|who|when|how|why|beschreib|decri|describ|list[ae]r|опиши|укажи|記入|填写)",
    re.IGNORECASE,
)


def _heads(piece: Piece, pieces: list[Piece]) -> bool:
    """Whether a label without a value stands over the lines that follow it."""
    if piece.text.strip() or not piece.label:
        return False
    after = next((p for p in pieces if p.first > piece.last), None)
    return (
        after is not None and after.section is piece.section and after.field == piece.field and bool(after.text.strip())
    )


def _is_blank(piece: Piece) -> bool:
    """Whether a piece is a form: an empty item, an empty table, a hint how to fill it in."""
    if piece.kind == "html":
        return True
    if piece.kind == "table":
        return not any(re.search(r"\w", line) for line in piece.text.split("\n")[2:])
    bare = piece.text.strip(" *_`:")
    if (
        not re.search(r"[^\W_]", bare)
        or (piece.kind == "item" and bare.endswith(":"))
        or (piece.label and piece.text.strip().endswith(":"))
    ):
        return True
    return piece.kind == "paragraph" and len(bare) < 120 and _TOLD_TO.match(bare) is not None


def _is_hole(piece: Piece) -> bool:
    text = re.sub(r"[*_`|>#-]+", " ", piece.text).strip()
    if not text:
        return piece.kind in {"item", "paragraph"} and bool(piece.label)
    if not _HOLE_SIGN.search(text):
        return False
    left = _HOLE.sub("", text)
    return len(left.strip(" :.,;()/")) * 2 < len(text) and left != text


def _manual(heads: list[str], failure: set[str], several: list[Section], *, failing: bool) -> str:
    known = set(vocabulary().words.get("manual", ()))
    found = {normal(head) for head in heads if normal(head) in known}
    if len(found) >= 3 and not several and len(failure - {"problems", "errors", "impact"}) < 2 and not failing:
        return f"it is a manual: it has headings such as {', '.join(sorted(found)[:3])}"
    return ""


def gather(root: Section) -> list[Piece]:
    """The pieces of all sections."""
    return Gatherer().run(root)
