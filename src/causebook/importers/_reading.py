"""Bytes of a document -> its text: encodings, line ends, and characters that an earlier program spoilt."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

from causebook.errors import CausebookError, Place

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MISTAKEN = ("mac_roman", "cp1252", "cp1254")
"""As what UTF-8 is most often misread, in the order in which they are tried."""
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_WIDE = re.compile(r"[ \t]{401,}")
"""Says nothing, and would make patterns that look for blanks slow."""
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff\u2028\u2029\x85\ud800-\udfff]")
"""What YAML may not hold, and line ends that only some programs know: lines are counted by line feeds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The text of a document, and what was done to get it."""

    text: str
    remarks: tuple[str, ...] = ()


def read(data: bytes, name: str) -> Reading:
    """The text of ``data`` with line feeds only, no byte order mark and no control characters.

    Raises:
        CausebookError: it is no text.
    """
    remarks: list[str] = []
    text = _decoded(data, name, remarks)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    repaired, count, encoding = _repaired(text)
    if count:
        remarks.append(f"{count} spoilt characters repaired: UTF-8 had been read as {encoding}")
    clean = _CONTROL.sub(lambda m: " " if m[0] in "\x0b\x0c\x85\u2028\u2029" else "", _COLOUR.sub("", repaired))
    if clean != repaired:
        remarks.append("control characters were taken out")
    short = _WIDE.sub(lambda m: m[0][:400], clean)
    if short != clean:
        remarks.append("runs of more than 400 blanks were shortened")
    return Reading(short, tuple(remarks))


def _decoded(data: bytes, name: str, remarks: list[str]) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError:
                break
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if b"\x00" in data[:4096]:
            place = Place(name)
            raise CausebookError("is no text", place=place, hint="give Markdown or plain text") from error
        remarks.append("is not UTF-8; read as cp1252, check what is beyond ASCII")
        return data.decode("cp1252", "replace")


def _repaired(text: str) -> tuple[str, int, str]:
    """``text`` with runs of misread UTF-8 put right, how many characters that were, and how they had been misread."""
    for encoding in () if text.isascii() else _MISTAKEN:
        changed = 0

        def mend(match: re.Match[str], encoding: str = encoding) -> str:
            nonlocal changed
            try:
                whole = match[0].encode(encoding).decode("utf-8")
            except UnicodeError:
                return match[0]
            if not all(unicodedata.category(c)[0] in "LMNPSZ" or c in "\u200d\ufe0f" for c in whole):
                return match[0]
            changed += len(whole)
            return whole

        mended = _FOREIGN.sub(mend, text)
        if changed:
            return mended, changed, encoding
    return text, 0, ""
