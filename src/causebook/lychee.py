"""Asks many web addresses at once with lychee, where that is installed; only this file knows its options and output."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any


def program() -> str | None:
    """The lychee of the search path, or the one that pip installed beside this Python; None where there is none."""
    return shutil.which("lychee") or shutil.which("lychee", path=str(Path(sys.executable).parent))


def statuses(addresses: Sequence[str], *, pause: float, timeout: float) -> dict[str, int]:
    """HTTP statuses of those of ``addresses`` that answered; empty where there is no lychee, or one too old for this.

    Each is asked once, one at a time of a host with ``pause`` seconds between two, and redirects are not followed: the
    caller looks at where they lead. ``timeout``: seconds for one answer. Of the others nothing is known.
    """
    found = program()
    if found is None or not addresses:
        return {}
    options = [
        "--format", "json", "-v", "--no-progress", "--max-redirects", "0", "--max-retries", "0",
        "--max-concurrency", "8", "--host-concurrency", "1",
        "--host-request-interval", f"{round(pause * 1000)}ms", "--timeout", f"{timeout:.0f}",
    ]  # fmt: skip
    # In a folder of its own: a lychee.toml of the project may say anything, also about the form of the output.
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [found, *options, "--", "-"], input="".join(f"{address}\n" for address in addresses), cwd=folder,
                capture_output=True, text=True, encoding="utf-8", check=False,
                timeout=60 + len(addresses) * (timeout + pause),
            )  # fmt: skip
            return dict(_answered(json.loads(done.stdout), set(addresses)))
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return {}


def _answered(report: Any, wanted: set[str]) -> Iterator[tuple[str, int]]:
    """(address, status) of those in lychee's report that are the addresses asked, and not a part of one."""
    if not isinstance(report, dict):
        return
    for part in ("success_map", "error_map"):
        for one in report.get(part, {}).get("stdin", ()):
            status = one.get("status", {}).get("code")
            for address in (one.get("url", ""), one.get("url", "").removesuffix("/")):
                if address in wanted and isinstance(status, int):
                    yield address, status
