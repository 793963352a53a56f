"""The published JSON Schema of an entry; its descriptions are the docstrings of the fields."""

from __future__ import annotations

import ast
import inspect
from collections import defaultdict
from types import ModuleType
from typing import Any

from causebook import patterns
from causebook.model import entry, parts, session_parts
from causebook.model.entry import ENTRY
from causebook.model.requirements import REQUIREMENTS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def entry_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one entry, with what each status requires."""
    schema = ENTRY.json_schema(by_alias=True)
    modules = (patterns, parts, session_parts, entry)
    texts = {name: fields for module in modules for name, fields in _docstrings(module).items()}
    for name, definition in schema["$defs"].items():
        for field, text in {**texts.get("_Entry", {}), **texts.get(name, {})}.items():
            if field in definition.get("properties", {}):
                definition["properties"][field]["description"] = text
    for kind in ("Incident", "Session"):
        definition = schema["$defs"][kind]
        definition["properties"].pop("extensions", None)
        definition["patternProperties"] = {"^x-": {"description": "A key of your own; kept, not checked."}}
        definition["allOf"] = _by_status(kind.lower())
    _accept_plain_scalars(schema)
    return {
        "$schema": DIALECT,
        "$comment": "Written by `causebook schema`; do not edit.",
        "title": "Causebook entry",
        "description": "An incident or a work session, one YAML file each.",
        **schema,
    }


def _accept_plain_scalars(node: Any) -> None:
    """Let text be written without quotes: editors read ``pr: 12`` as a number where Causebook reads text."""
    if isinstance(node, dict):
        if node.get("type") == "string" and "enum" not in node and "const" not in node:
            node["type"] = ["string", "number", "boolean"]
        for value in node.values():
            _accept_plain_scalars(value)
    elif isinstance(node, list):
        for value in node:
            _accept_plain_scalars(value)


def _by_status(kind: str) -> list[dict[str, Any]]:
    """`if status is … then these keys` for every requirement that names one top-level key for all who reach it."""
    needed: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for requirement in REQUIREMENTS:
        plain = "." not in requirement.field and requirement.field in {
            "symptom",
            "severity",
            "fix",
            "causes",
            "objective",
            "outcome",
        }
        if requirement.kind == kind and plain and not requirement.confidence:
            needed[requirement.statuses].append(requirement.field)
    return [
        {"if": {"properties": {"status": {"enum": list(statuses)}}}, "then": {"required": keys}}
        if statuses
        else {"required": keys}
        for statuses, keys in needed.items()
    ]


def _docstrings(module: ModuleType) -> dict[str, dict[str, str]]:
    """Class name -> field name -> the docstring under the field, read from the module's source.

    Read here and not by pydantic's ``use_attribute_docstrings``, which parses the source on every import.
    """
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ClassDef):
            fields = found.setdefault(node.name, {})
            for field, text in zip(node.body, node.body[1:], strict=False):
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and _is_text(text):
                    fields[field.target.id] = inspect.cleandoc(ast.literal_eval(text.value))  # type: ignore[attr-defined]
    return found


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
