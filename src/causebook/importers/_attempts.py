"""Pieces -> attempts: numbered ones, logs of moments, rows of a table, and what a story says was of no use."""

from __future__ import annotations

import re
from typing import Any

from causebook.importers._dates import day_in, moment_in
from causebook.importers._evidence import shas
from causebook.importers._labels import label_of
from causebook.importers._lists import groups, rows, text_of
from causebook.importers._pieces import Piece
from causebook.importers._sections import attempt_of
from causebook.importers._stamps import stamp_of, stamped
from causebook.importers._vocabulary import vocabulary

_SEGMENT = re.compile(
    r"→|->|=>|\s[–—-]\s|[:：](?=\s)|：|(?<=[.!?;])\s+|(?<=[。！？；])|[,，](?=\s*(?:but|aber|mais|pero|mas|но)\b)|\n"
)
_NO_LONGER = re.compile(
    r"no longer (?:fail|crash|hang|occur|happen|appear|reproduc|block|leak|time|break)\w*|nicht mehr (?:auf|vor)\w*"
    r"|больше не (?:пада|воспроизвод|повтор|возника)\w*|再発しな|再現しなくな|出なくな"
    r"|(?:不再|没有再)(?:出现|报错|失败|发生)",
    re.IGNORECASE,
)
_MARKS = {"worked": "✅✔✓☑🟢", "failed": "❌✗✘🔴", "partial": "⚠🟡"}
_LEADING = {"worked": "○◯〇◎⭕✅✔✓☑🟢👍", "failed": "×✕✖❌✗✘🔴👎", "partial": "△▲⚠🟡"}
"""Signs that say how it ended where a part begins with them, whatever words follow."""
_COUNT = re.compile(
    r"(?<![\w.])[1-9]\d{0,6}\s+(?:\w{1,20}\s)?(?:failures?|failed|failing|errors?|Fehlschläge|Fehler|échecs?"
    r"|erreurs?|fallos?|falhas?|ошиб\w+)\b"
    r"|(?<!\d)[1-9]\d{0,6}\s?(?:件の?(?:失敗|エラー)|个(?:失败|错误))",
    re.IGNORECASE,
)
"""Failures that were counted."""
_ORDER = ("reverted", "partial", "failed", "worked")


def outcome_of(text: str) -> str:
    """How an attempt ended, by its words, names of code aside; what is said last counts first."""
    text = re.sub(r"`[^`\n]*`", "`…`", text[-4000:])
    parts = [one for one in _SEGMENT.split(text) if one and one.strip()][-24:]
    if _COUNT.search(text) and not re.search(r"(?<!\d)0\s+(?:fail|error)", text, re.IGNORECASE):
        return "partial" if any(_outcome(one) == "worked" for one in parts) else "failed"
    return next((found for part in (*reversed(parts), text) if (found := _outcome(part))), "inconclusive")


def _outcome(part: str) -> str:
    if _NO_LONGER.search(part):
        return "worked"
    held = vocabulary().found("outcome", part)
    whole = [name for w, name in held if not any(w != other and w in other for other, _ in held)]
    said = min(whole, key=_ORDER.index) if whole else ""  # "no improvement" is no improvement
    sign = part.lstrip(" *_|([")[:1]
    led = next((name for name, signs in _LEADING.items() if sign and sign in signs), "")
    if led and not (said == "reverted" or (led, said) == ("failed", "partial")):
        return led
    if said:
        return said
    return next((name for name, signs in _MARKS.items() if any(sign in part for sign in signs)), "")


_PARTS = ("hypothesis", "result", "learned", "action")


def attempts(pieces: list[Piece]) -> tuple[list[dict[str, Any]], list[Piece]]:
    """The attempts that pieces tell of, and the pieces that tell of something else: a log's other moments."""
    log = [p for p in pieces if stamp_of(p)]
    if len(log) >= 3 and len(log) * 2 >= len(pieces):
        return _from_log(pieces)
    made: list[dict[str, Any]] = []
    for group in _attempt_groups(pieces):
        told = _from_table(group[0]) if group[0].kind == "table" else None
        made += told if told is not None else [one for one in [_attempt(group)] if one]
    return made, []


def _from_table(piece: Piece) -> list[dict[str, Any]] | None:
    """Attempts of a table whose head names action and result; None where it does not."""
    head, *body = rows(piece.text)
    names = [_part_of(cell) or "" for cell in head]
    if len(head) < 2 or not body or ("result" not in names and "hypothesis" not in names):
        return None
    made = []
    for row in body:
        parts: dict[str, list[str]] = {}
        for name, cell in zip([*names, *[""] * len(row)], row, strict=False):
            if cell.strip() and (name or not re.fullmatch(r"\W*\d+\W*", cell)):
                parts.setdefault(name or "action", []).append(cell)
        texts = {name: " | ".join(cells) for name, cells in parts.items()}
        action = texts.pop("action", "") or texts.pop("hypothesis", "")
        if not action:
            continue
        one = {"hypothesis": texts["hypothesis"]} if "hypothesis" in texts else {}
        one |= {"action": action, "outcome": outcome_of(texts.get("result", action))}
        made.append(one | {name: texts[name] for name in ("result", "learned") if name in texts})
    return made


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
_RESULT = re.compile(r"(?:^|(?<=[.!?。；;])\s*|\s[–—-]\s*)\**([^\W\d]{2,12})\**\s*[:：]\**\s*")


def _from_log(pieces: list[Piece]) -> tuple[list[dict[str, Any]], list[Piece]]:
    """A log of moments: a change opens an attempt, a guess before it is its hypothesis, what follows is its result."""
    made: list[dict[str, Any]] = []
    lines: list[list[str]] = []
    """For each attempt what the log says of it, as it stands."""
    numbered: set[int] = set()
    rest: list[Piece] = []
    guess: tuple[str, list[Piece]] = ("", [])
    day: str | None = None
    for piece in pieces:
        stamp = stamp_of(piece)
        text = stamped(piece.text)[1]
        if piece.label and text == piece.text and vocabulary().holds("hypothesis", piece.label):
            text = f"{piece.label}: {text}"
        day = day_in(stamp) or day
        hypothesis, action = _guess(text)
        counted = attempt_of(text.lstrip("* ")) is not None
        changed = counted or (bool(action) and changes(action))
        if changed and not counted and made and not (hypothesis or guess[0] or "result" in made[-1]):
            made[-1]["action"] += f"\n{text}"  # nothing was tried between the two changes: one attempt
            lines[-1].append(text)
        elif changed:
            at = moment_in(stamp, day) if stamp else None
            numbered |= {len(made)} if counted else set()
            made.append(_logged(at, hypothesis or guess[0], action if hypothesis else text))
            lines.append([*(stamped(p.text)[1] for p in guess[1]), text])
            guess = ("", [])
        elif hypothesis:
            rest += guess[1]
            guess = (f"{hypothesis} {action}".strip(), [piece])
        elif made and (_tells_result(text) or (piece.kind == "paragraph" and not stamp)):
            held = made[-1].get("result")
            made[-1]["result"] = f"{held}\n{text}" if held else text
            lines[-1].append(text)
            if (outcome := outcome_of(text)) != "inconclusive":
                made[-1]["outcome"] = outcome
        else:
            rest.append(piece)
    return _folded(made, lines, numbered), [*rest, *guess[1]]


def _folded(made: list[dict[str, Any]], lines: list[list[str]], numbered: set[int]) -> list[dict[str, Any]]:
    """Attempts as their author counts them: what was changed after a numbered one is a part of it, unless it worked."""
    out: list[dict[str, Any]] = []
    results: list[list[str]] = []
    within = False
    for index, one in enumerate(made):
        if index in numbered or not within or one["outcome"] == "worked":
            within = index in numbered
            out.append(one)
            results.append([one["result"]] if "result" in one else [])
        else:
            results[-1] += lines[index]
    return [{**one, "result": "\n".join(told)} if told else one for one, told in zip(out, results, strict=True)]


def _logged(at: str | None, hypothesis: str, text: str) -> dict[str, Any]:
    """An attempt of a log: what follows its first sentence, or the word for a result, is its result."""
    split = next((m for m in _RESULT.finditer(text) if m.start() and vocabulary().holds("result", m[1])), None)
    action, result = (text[: split.start()], text[split.start() :].lstrip(" .。;；–—-")) if split else (text, "")
    if not split:
        action, _, result = _HYPOTHESIS_END.sub("\0", text, count=1).partition("\0")
        if _outcome(result) == "":
            action, result = text, ""
    one = {"at": at} if at else {}
    one |= {"hypothesis": hypothesis} if hypothesis else {}
    one |= {"action": action.strip(), "outcome": outcome_of(result) if result else "inconclusive"}
    return one | ({"result": result.strip()} if result else {})


def _guess(text: str) -> tuple[str, str]:
    """The hypothesis in a log line, and what stands beside it that is a change."""
    found = re.search(r"(?:^|(?<=[.。])\s*)\**([^\W\d]{4,14})\**\s*[:：]\**\s*", text)
    if not found or not vocabulary().holds("hypothesis", found[1]):
        return "", text
    before, after = text[: found.start()].strip(), text[found.end() :]
    sentences = _HYPOTHESIS_END.split(after)
    turn = next((n for n, s in enumerate(sentences) if n and changes(s)), len(sentences))
    action = " ".join(sentences[turn:])
    return " ".join([*([before] if before else []), *sentences[:turn]]), action


def changes(text: str) -> bool:
    """Whether a sentence begins by saying that something was changed."""
    words = re.findall(r"\w+", text[:400])[:3]
    within = vocabulary().within
    return (
        any(within("change", words[0] if words else ""))
        or any(" " in wording for wording in within("change", " ".join(words)))
        or (_PARTICIPLE.search(text) is not None and any(within("change", _PARTICIPLE.findall(text)[0])))
        or any(re.search("[぀-鿿]", wording) for wording in within("change", text[:24]))
        or vocabulary().begins("change", " ".join(words[:1]))
    )


_PARTICIPLE = re.compile(r"^[^.!?\n]*\s(\w*(?:ge|er|ver|be|ent|zer)\w+(?:t|en)|\w+iert)(?=[.!?]|\s*$)")
"""A German sentence says at its end what was done."""


def _tells_result(text: str) -> bool:
    head = text[:80]
    return vocabulary().holds("result", head) or vocabulary().best("outcome", head) is not None


_TURN = re.compile(r"[,;:]\s+|[，、；：。|]\s*|\s+[–—-]+\s+|\s*(?:→|->|=>)\s*|(?<=[.!?])\s+|\n|\s(?=\()")
"""Where a line may turn from what was done to what came of it."""


def fruitless(text: str) -> dict[str, Any] | None:
    """The attempt that a line of a timeline tells of: something was changed, and it was of no or of little use.

    A line that says so plainly ("no effect") need not name the change by a word that is known.
    """
    known = vocabulary()
    labelled = label_of(text)
    if labelled and _part_of(labelled[0]) in {"result", "learned"} and len(labelled[0].split()) <= 2:
        return None  # what came of what an earlier line tells
    for turn in list(_TURN.finditer(text[:600]))[:12][::-1]:
        done, came = text[: turn.start()].strip(), text[turn.end() :].strip()
        if not done or not came:
            continue
        plain = known.holds("fruitless", came)
        outcome = _outcome(came) or ("partial" if known.holds("hardly", came) else "")
        if plain or (outcome in {"failed", "partial", "reverted"} and known.begins("change", done)):
            return {"action": done, "outcome": "failed" if plain and outcome != "reverted" else outcome, "result": came}
    if known.holds("fruitless", text) and known.begins("change", text):
        return {"action": text.strip(), "outcome": "failed"}
    return None


_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\s\d])|(?<=[。！？])\s*")
DID_NOT_DO = re.compile(
    r"insufficient|ineffective|no effect|did(?:n.t| not) (?:help|work|fix|solve|resolve)"
    r"|made no difference|not enough"
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
        if not DID_NOT_DO.search(sentence):
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
