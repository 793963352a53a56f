"""Waits for what a page will show; the policy of the site forbids the browser itself to do so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page


def eventually(page: Page, script: str, value: object = None) -> None:
    """Wait until ``script`` gives something true on ``page``, ten seconds at most."""
    for _ in range(200):
        if page.evaluate(script, value):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never: {script}")
