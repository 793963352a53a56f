"""The signatures of a playbook or incident find its own samples, and what they find is found there only.

A signature that does not match its own sample finds nothing; one that claims another's sends the reader to the wrong
page, which is worse than to none. Where two fit the same output, one has to say which of them is the root
(`cascades`), or what else it needs (`require`).

Good:
    message: "{any} is bound to a different event loop"
    positive: ["RuntimeError: <Queue at 0x7f> is bound to a different event loop"]
Bad:
    message: "{any} different {any} loop{any}"    fits "attached to a different loop" as well
"""

from __future__ import annotations

from collections.abc import Iterator

from causebook.cause import compiled, compiled_incident
from causebook.errors import Place
from causebook.findings import Finding
from causebook.kb import KnowledgeBase
from causebook.matcher import Match, Matcher
from causebook.patterns import Samples


def check(kb: KnowledgeBase) -> Iterator[Finding]:
    """Every sample of the project's playbooks and incidents against the signatures of all there are."""
    own = [(p.id, p.front.samples, Place(p.path, 1, 1)) for p in kb.playbooks.values() if p.front.samples]
    own += [(e.id, e.samples, r.place("samples")) for r, e in kb.incidents if e.signatures and e.samples]
    if not any(kb.only is None or place.path in kb.only for _, _, place in own):
        return
    known = [compiled(p) for p in kb.library.values() if p.front.signatures]
    known += [compiled_incident(e) for _, e in kb.incidents if e.signatures]
    held = Matcher(known)
    seen: set[tuple[str, str]] = set()
    for name, samples, place in own:
        yield from _own(held, name, samples, place, seen)


def _own(held: Matcher, name: str, samples: Samples, place: Place, seen: set[tuple[str, str]]) -> Iterator[Finding]:
    for number, text in enumerate(samples.positive, 1):
        report = held.read(text)
        found = held.matches(report)
        if name not in {m.cause.id for m in found}:
            over = next((m.cause.id for m in found if name in m.folded), "")
            said = "; ".join(str(event).split("\n", 1)[0] for event in report.events) or "nothing"
            reason = f"{over} is taken for its root" if over else f"it reads as: {said}"
            yield Finding(f"no signature fits its positive sample {number}", place, reason)
        elif found[0].cause.id != name:
            message = f"its positive sample {number} is taken for {found[0].cause.id}"
            yield Finding(message, place, "say `cascades:` in the one that is the root, or `require:` in the other")
        else:
            yield from _both(found, place, seen)
    for number, sample in enumerate(samples.negative, 1):
        found = held.matches(held.read(sample.text))
        if found and found[0].cause.id == name:
            said = found[0].evidence[0].text
            yield Finding(f"a signature fits its negative sample {number}", place, f"make it tell more than: {said}")


def _both(found: list[Match], place: Place, seen: set[tuple[str, str]]) -> Iterator[Finding]:
    """Another cause that claims the same line, and nothing says which of the two it is."""
    first = found[0]
    lines = {e.line for e in first.evidence}
    for other in found[1:]:
        pair = (min(first.cause.id, other.cause.id), max(first.cause.id, other.cause.id))
        both = next((e for e in other.evidence if e.line in lines), None)
        told = first.cause.require or other.cause.require or other.cause.consequence
        if both is not None and not told and pair not in seen:
            seen.add(pair)
            message = f"{pair[0]} and {pair[1]} both claim {both.text!r}"
            yield Finding(message, place, "let one of them be told by type, origin, frame or text")
