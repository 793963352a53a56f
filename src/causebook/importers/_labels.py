"""The label that a line begins with, and the field that it names."""

from __future__ import annotations

import re
from dataclasses import replace

from causebook.importers._vocabulary import Match, vocabulary

_BOLD = re.compile(r"^[^\w*\[\]`(|]{0,8}(?:\*\*|__)(.+?)(?:\*\*|__)[ \t]*(.*)$", re.DOTALL)
_ITALIC = re.compile(r"^[*_]([^*_:：]{2,40})[:：]\s?(.*?)[*_]?\s*$", re.DOTALL)
_ITALIC_OUTSIDE = re.compile(r"^[*_]([^*_:：]{2,40})[*_]\s*[:：]\s*(.*)$", re.DOTALL)
_ITALIC_LABEL = re.compile(r"^[*_]([^*_]{2,40}?)[:：][*_]\s*(.*)$", re.DOTALL)
_PLAIN = re.compile(r"^[^\w`\[(\"'*]{0,4}([^\s:：`\"'(\[][^:：`\n]{0,48}?)\s*(?::(?=\s|$)|：)[ \t]*(.*)$", re.DOTALL)
_LEAD = re.compile(r"^[:：–—-]+[ \t]*")


def label_of(text: str) -> tuple[str, str, bool] | None:
    """Label, value and whether the label is marked as one (bold, italic) at the start of ``text``."""
    bold = _BOLD.match(text)
    if bold:
        return _bold_label(bold[1].strip(), bold[2])
    for pattern in (_ITALIC_OUTSIDE, _ITALIC_LABEL, _ITALIC):
        if match := pattern.match(text):
            return match[1].strip(), match[2].strip(), True
    plain = _PLAIN.match(text)
    sentence = plain is not None and re.search("[。，！？；]", plain[1])
    return (plain[1].strip(), plain[2].strip(), False) if plain and not sentence else None


def _bold_label(inner: str, rest: str) -> tuple[str, str, bool] | None:
    head, colon, tail = inner.partition("：") if "：" in inner else inner.partition(":")
    if colon and not tail.strip():
        return head.strip(), _LEAD.sub("", rest).strip(), True
    if _LEAD.match(rest):
        return inner, _LEAD.sub("", rest).strip(), True
    if colon and tail.strip() and len(head.split()) <= 5:
        return head.strip(), f"{tail.strip()} {rest}".strip(), True
    return (inner, "", True) if not rest.strip() and len(inner) <= 90 else None


def field_of_label(label: str, *, marked: bool) -> Match | None:
    """The field that a label names; an unmarked one has to be a wording as a whole.

    Of a lesson and of errors it may say more: "lesson of the day".
    """
    match = vocabulary().loosely(label) if marked else vocabulary().field_of(label)
    if match is None or (match.field == "errors" and not marked and label.isascii() and label.isupper()):
        return None  # "ERROR: disk full" is an error, not a label over one
    ending = match.field in {"lessons", "errors"} and match.start and match.share >= 0.3 and len(label.split()) <= 4
    good = match.exact or ending or (marked and (match.share >= 0.5 or (match.start and match.share >= 0.3)))
    if not good:
        return None
    return replace(match, field="symptom") if match.field == "problems" else match


def names_field(line: str) -> bool:
    """Whether a line at the margin begins with a bold label that names a field."""
    label = label_of(line) if line.startswith(("**", "__")) else None
    match = field_of_label(label[0], marked=True) if label else None
    return match is not None and match.exact
