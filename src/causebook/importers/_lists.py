"""Pieces -> the lists of an entry: attempts, whys, lessons, timeline, steps, files."""

from __future__ import annotations

import re
import textwrap
from typing import Any

from causebook.importers._dates import day_in, moment_in
from causebook.importers._evidence import file_refs, shas
from causebook.importers._pieces import Piece, label_of
from causebook.importers._sections import attempt_of
from causebook.importers._vocabulary import vocabulary

_NUMBERED = re.compile(r"^\W{0,3}(?:\d{1,2}[.):、]|#\d)\s*|^[①-⑳]")


def groups(pieces: list[Piece]) -> list[list[Piece]]:
    """Pieces as the things they tell of: an item, paragraph or numbered heading with the fences and so on below it."""
    out: list[list[Piece]] = []
    for piece in pieces:
        inside = bool(out) and out[-1][0].kind == "head" and piece.path[: len(out[-1][0].path)] == out[-1][0].path
        follows = bool(out) and piece.kind in {"fence", "quote", "table"} and piece.section is out[-1][-1].section
        if piece.kind != "head" and (inside or follows):
            out[-1].append(piece)
        else:
            out.append([piece])
    return out


def text_of(pieces: list[Piece]) -> str:
    """The text of a group as it stands, marks of its own list aside."""
    return "\n".join(textwrap.dedent(p.text).strip("\n") for p in pieces if p.text.strip()).strip()


def outcome_of(text: str) -> str:
    """How an attempt ended, by its words; the last sentences count more."""
    known = vocabulary()
    tail = text[-240:]
    for part in (tail, text):
        marks = {"worked": "✅✔✓", "failed": "❌✗✘"}
        marked = next((name for name, signs in marks.items() if any(sign in part for sign in signs)), None)
        order = ("reverted", "failed", "partial", "worked")
        found = [name for name in order if any(_told(part, w) for w in known.lists["outcome"].get(name, ()))]
        if found:
            return found[0]
        if marked:
            return marked
    return "inconclusive"


def _told(text: str, wording: str) -> bool:
    from causebook.importers._vocabulary import has, normal

    return has(normal(text), wording)


_PARTS = ("hypothesis", "result", "learned", "action")


def attempts(pieces: list[Piece]) -> tuple[list[dict[str, Any]], list[Piece]]:
    """The attempts that pieces tell of, and the pieces that tell of something else: a log's other moments."""
    log = [p for p in pieces if p.kind == "item" and moment_in(p.text.lstrip("*_[( "), None)]
    if len(log) >= 3 and len(log) * 2 >= len(pieces):
        return _from_log(pieces)
    made = [_attempt(group) for group in _attempt_groups(pieces)]
    return [one for one in made if one], []


def _attempt_groups(pieces: list[Piece]) -> list[list[Piece]]:
    out: list[list[Piece]] = []
    for group in groups(pieces):
        first = group[0]
        begins = first.kind in {"head", "item"} or (
            first.field == "attempt" and bool(first.label) and attempt_of(first.label) is not None
        )
        part = bool(first.label) and _part_of(first.label) in {"result", "learned", "action"}
        if out and (not begins or part) and out[-1][0].section is first.section:
            out[-1].extend(group)
        else:
            out.append(group)
    return out


def _part_of(label: str) -> str | None:
    return next((name for name in _PARTS if vocabulary().holds(name, label)), None)


def _attempt(group: list[Piece]) -> dict[str, Any] | None:
    parts: dict[str, list[str]] = {"action": []}
    open_ = "action"
    for piece in group:
        for number, line in enumerate(text_of([piece]).split("\n")):
            found = label_of(re.sub(r"^\s*[-*+]\s+", "", line))
            name = _part_of(found[0]) if found and attempt_of(found[0]) is None and len(found[0].split()) <= 4 else None
            if name and found:
                open_ = name
                parts.setdefault(name, []).append(found[1] if name == "hypothesis" else line.strip())
            else:
                if number == 0 and piece is not group[0] and piece.label:
                    open_ = "action" if open_ == "hypothesis" else open_
                parts.setdefault(open_, []).append(line.rstrip())
    texts = {name: "\n".join(lines).strip() for name, lines in parts.items()}
    if not texts["action"]:
        texts["action"] = texts.pop("hypothesis", "") or texts.pop("result", "") or texts.pop("learned", "")
    if not texts["action"]:
        return None
    whole = "\n".join(text for name, text in texts.items() if name != "hypothesis")
    eliminated = any(vocabulary().best("outcome", title) == "failed" for title in group[0].path[1:])
    made: dict[str, Any] = {name: texts[name] for name in ("hypothesis", "action") if texts.get(name)}
    made["outcome"] = "failed" if eliminated else outcome_of(texts.get("result") or whole)
    made |= {name: texts[name] for name in ("result", "learned") if texts.get(name)}
    if (sha := next(shas(whole), None)) is not None:
        made["commit"] = sha[0]
    return made


_HYPOTHESIS_END = re.compile(r"(?<=[.!?。])\s+")


def _from_log(pieces: list[Piece]) -> tuple[list[dict[str, Any]], list[Piece]]:
    """A log of moments: a change opens an attempt, a guess before it is its hypothesis, what follows is its result."""
    made: list[dict[str, Any]] = []
    rest: list[Piece] = []
    guess = ""
    day: str | None = None
    for piece in pieces:
        stamp, text = _stamped(piece.text)
        day = day_in(stamp) or day
        at = moment_in(stamp, day) if stamp else None
        hypothesis, action = _guess(text)
        opens = attempt_of(text.lstrip("* ")) is not None or (bool(action) and _changes(action))
        if opens:
            one: dict[str, Any] = {"at": at} if at else {}
            if hypothesis or guess:
                one["hypothesis"] = hypothesis or guess
            made.append({**one, "action": action if hypothesis else text, "outcome": "inconclusive"})
            guess = ""
        elif hypothesis:
            guess = hypothesis
            if action:
                guess = f"{hypothesis} {action}"
        elif made and _tells_result(text):
            held = made[-1].get("result")
            made[-1]["result"] = f"{held}\n{text}" if held else text
            made[-1]["outcome"] = outcome_of(text)
        else:
            rest.append(piece)
    if guess:
        made.append({"hypothesis": guess, "action": guess, "outcome": "inconclusive"}) if not made else rest.append(
            pieces[-1]
        )
    return made, rest


def _stamped(text: str) -> tuple[str, str]:
    """A log line's time and the rest."""
    match = re.match(
        r"^[*_\[( ]*([\d][^\n]{3,40}?)[\])]*(?:[:：]?\*\*[:：]?|[\])]|\s[-–—|]|[:：](?=\s))\s*(.*)", text, re.DOTALL
    )
    if match and moment_in(match[1], "2000-01-01"):
        return match[1], match[2].strip()
    return "", text


def _guess(text: str) -> tuple[str, str]:
    """The hypothesis in a log line, and what stands beside it that is a change."""
    found = re.search(r"(?:^|[.。]\s*)\**([^\W\d]{4,14})\**\s*[:：]\**\s*", text)
    if not found or not vocabulary().holds("hypothesis", found[1]):
        return "", text
    before, after = text[: found.start()].strip(), text[found.end() :]
    sentences = _HYPOTHESIS_END.split(after)
    changes = next((n for n, s in enumerate(sentences) if n and _changes(s)), len(sentences))
    action = " ".join(sentences[changes:])
    return " ".join([*([before] if before else []), *sentences[:changes]]), action


def _changes(text: str) -> bool:
    """Whether a sentence begins by saying that something was changed."""
    words = " ".join(re.findall(r"\w+", text)[:3])
    first = re.findall(r"\w+", text)[:1]
    known = vocabulary().words.get("change", ())
    return any(_told(first[0] if first else "", w) or (" " in w and _told(words, w)) for w in known) or any(
        not w.isascii() and w in text[:24] for w in known if re.search("[\u3040-\u9fff]", w)
    )


def _tells_result(text: str) -> bool:
    head = text[:80]
    return vocabulary().holds("result", head) or vocabulary().best("outcome", head) is not None


_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\s\d])|(?<=[。！？])\s*")
_DID_NOT_DO = re.compile(
    r"insufficient|ineffective|no effect|did(?:n.t| not) (?:help|work|fix|solve|resolve)|made no difference|not enough"
    r"|without success|to no avail|half nicht|ohne erfolg|reichte nicht|brachte nichts|insuffisant|sans effet"
    r"|n.a pas (?:suffi|fonctionné|résolu)|insuficiente|no funcionó|sin éxito|não (?:funcionou|resolveu|bastou)"
    r"|sem sucesso|не помогло|безуспешно|недостаточно|効果がなかった|解決しなかった|不十分|没有效果|无效|未能解决",
    re.IGNORECASE,
)


def failures(text: str) -> list[dict[str, Any]]:
    """What a story of the fix says was done first and was not enough: that sentence, or the one before it."""
    sentences = [one for one in _SENTENCE.split(text) if one.strip()]
    made: list[dict[str, Any]] = []
    for index, sentence in enumerate(sentences):
        if not _DID_NOT_DO.search(sentence):
            continue
        if (
            index
            and len(sentence.split()) < 40
            and re.match(r"\W*(?:this|that|it|dies|das|ce|cela|esto|isso|это|これ|这)", sentence, re.IGNORECASE)
        ):
            made.append({"action": sentences[index - 1], "outcome": "failed", "result": sentence})
        else:
            made.append({"action": sentence, "outcome": "failed"})
    return made


_WHY_SPLIT = re.compile(r"(?<=[?？])[*_\"」]*\s*(?:→|->|=>|[-–—:：])?\s*|\s*(?:→|=>|->)\s*")
_WHY_WORD = re.compile(
    r"\b(?:why|warum|wieso|weshalb|pourquoi|por ?qu[eé]|почему|зачем)\b|なぜ|为什么|為什麼|为何", re.IGNORECASE
)
_ANSWER = re.compile(
    r"^(?:[-*→>]\s*)*\**(?:answer|because|a\d?|antwort|weil|réponse|parce que|respuesta|porque|resposta|ответ"
    r"|потому что|答|回答|答え|因为)\b\**\s*[:：.]?\**\s*",
    re.IGNORECASE,
)


def whys(pieces: list[Piece]) -> list[dict[str, Any]]:
    """The steps of a chain of whys."""
    made: list[dict[str, Any]] = []
    for group in groups(pieces):
        text = text_of(group)
        if group[0].kind == "table":
            made += [
                {"why": row[0], **({"because": " ".join(row[1:])} if row[1:] else {})}
                for row in rows(text)[1:]
                if row[0]
            ]
            continue
        for one in _why_lines(text):
            question, answer = one
            if not question and made and "because" not in made[-1]:
                made[-1]["because"] = answer
            elif not question:
                made.append({"why": answer})
            else:
                made.append({"why": question, **({"because": answer} if answer else {})})
    return made


def _why_lines(text: str) -> list[tuple[str, str]]:
    """Questions and answers of one item or paragraph, its later lines with them."""
    out: list[tuple[str, str]] = []
    for line in text.split("\n"):
        bare = re.sub(r"^\s*(?:[-*+>]|\d+[.)])\s+", "", line).strip()
        if not bare:
            continue
        parts = [part for part in _WHY_SPLIT.split(bare, maxsplit=1) if part.strip(" *")]
        if _ANSWER.match(bare) and not _WHY_WORD.match(bare.lstrip("* ")):
            out.append(("", _ANSWER.sub("", bare)))
        elif len(parts) == 2:
            out.append((parts[0].strip(), parts[1].strip()))
        elif _WHY_WORD.search(bare[:40]):
            out.append((bare, ""))
        elif out and out[-1][1]:
            out[-1] = (out[-1][0], f"{out[-1][1]}\n{bare}")
        else:
            out.append(("", bare))
    return out


def rows(text: str) -> list[list[str]]:
    """The cells of a table, its rule left out."""
    found = []
    for line in text.split("\n"):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if not all(re.fullmatch(r":?-*:?", cell) for cell in cells):
            found.append(cells)
    return found


def lessons(pieces: list[Piece]) -> list[dict[str, Any]]:
    """Lessons: a numbered heading with what stands below it, else each item and paragraph."""
    numbered = {
        id(p.section) for p in pieces if p.kind == "head" and (_NUMBERED.match(p.text) or len(p.text.split()) > 6)
    }
    kept = [p for p in pieces if p.kind != "head" or id(p.section) in numbered]
    made: list[dict[str, Any]] = []
    for group in groups(kept):
        if group[0].kind == "head":
            one = {"rule": group[0].text}
            if len(group) > 1:
                one["because"] = text_of(group[1:])
            made.append(one)
        elif group[0].kind == "table":
            made += [{"rule": " — ".join(cell for cell in row if cell)} for row in rows(text_of(group))[1:] if any(row)]
        else:
            made.append({"rule": text_of(group)})
    return [one for one in made if one["rule"]]


def timeline(pieces: list[Piece], day: str | None) -> tuple[list[dict[str, Any]], list[Piece]]:
    """Moments with a date, in the order of the document; and what has none."""
    made: list[dict[str, Any]] = []
    rest: list[Piece] = []
    context = day
    for group in groups(pieces):
        first = group[0]
        if first.kind == "table":
            told = [(_moment_of(row, context), row) for row in rows(first.text)]
            if sum(at is not None for at, _ in told) * 2 < len(told):
                rest += group
                continue
            made += [{"at": at, "event": "note", "note": " | ".join(c for c in row if c)} for at, row in told if at]
            continue
        text = text_of(group)
        at = moment_in(text.lstrip("*_[(`- "), context)
        if at and at == text.strip("* :"):
            context = at[:10]
            rest.append(first)
        elif at:
            context = at[:10]
            made.append({"at": at, "event": "note", "note": text})
        elif first.kind == "head" and day_in(first.text):
            context = day_in(first.text)
            rest += group
        elif made and first.kind in {"paragraph", "fence", "quote"}:
            made[-1]["note"] += f"\n{text}"
        else:
            rest += group
    return made, rest


def _moment_of(row: list[str], day: str | None) -> str | None:
    return moment_in(row[0].lstrip("*_[( "), day) if row else None


def steps(pieces: list[Piece]) -> list[tuple[str, bool | None]]:
    """What is to be done, and whether it is: each item, numbered heading, paragraph or row."""
    made: list[tuple[str, bool | None]] = []
    for group in groups([p for p in pieces if p.kind != "head"]):
        first = group[0]
        if first.kind == "table":
            made += [
                (" | ".join(cell for cell in row if cell), _done(" ".join(row)))
                for row in rows(text_of(group))[1:]
                if any(row)
            ]
        elif made and first.kind not in {"item", "paragraph"}:
            made[-1] = (f"{made[-1][0]}\n{text_of(group)}", made[-1][1])
        elif text_of(group):
            made.append((text_of(group), first.checked if first.checked is not None else _done(first.text[:12])))
    return made


def _done(text: str) -> bool | None:
    return True if re.search("[✅✔☑]", text) else False if re.search("[❌⬜☐⏳]", text) else None


def _file_rows(text: str, made: dict[str, dict[str, Any]]) -> None:
    """Files of a table, each with the other cells of its row."""
    for row in rows(text):
        refs = file_refs(" ".join(row))
        for ref in refs:
            made.setdefault(ref["path"], ref)
        said = " | ".join(cell for cell in row if cell)
        if refs and len(row) > 1:
            made[refs[0]["path"]].setdefault("note", said)


def files(pieces: list[Piece]) -> tuple[list[dict[str, Any]], list[Piece]]:
    """Files with what is said of each, and the pieces that name none."""
    made: dict[str, dict[str, Any]] = {}
    rest: list[Piece] = []
    for group in groups(pieces):
        if group[0].kind == "table":
            _file_rows(text_of(group), made)
            continue
        named = file_refs(text_of(group).split("\n", 1)[0]) or file_refs(text_of(group))
        if not named:
            rest += group
            continue
        text = text_of(group)
        for ref in named[1:]:
            made.setdefault(ref["path"], ref)
        held = made.setdefault(named[0]["path"], named[0])
        if text.strip("`*- ") not in {held["path"], held.get("note")}:
            held["note"] = f"{held['note']}\n{text}" if "note" in held else text
        for ref in file_refs(text):
            made.setdefault(ref["path"], ref)
    return list(made.values()), rest
