"""What an entry is: its words, its parts, its two kinds, what each status requires, and the published schema."""

from causebook.model.entry import ENTRY, KINDS, SCHEMA_VERSION, Entry, Incident, Session

__all__ = ["ENTRY", "KINDS", "SCHEMA_VERSION", "Entry", "Incident", "Session"]
