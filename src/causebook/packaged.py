"""Where the files lie that come with Causebook: inside the installed package, or in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
PLAYBOOKS = _PACKAGE / "playbooks" if (_PACKAGE / "playbooks").is_dir() else _PACKAGE.parents[1] / "kb" / "playbooks"
"""The folder of the playbooks."""
