"""The page that searches; its index is among the data, its engine and what it shows among the assets."""

from __future__ import annotations

from collections.abc import Iterator

from causebook.pages import Page, Site

HERE = "search.md"


def pages(site: Site) -> Iterator[Page]:  # noqa: ARG001 - the contract of every kind of page
    """The page."""
    yield Page(HERE, "pages/search.md.j2", {}, "the page that searches")
