"""A reader's ways through the built site, each with the pages that it leads over, on the sites of both engines."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from webserver import serve

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
from bench.kinds import INCIDENT, KINDS

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.site, pytest.mark.browser]

TRACEBACK = """\
Traceback (most recent call last):
  File "/app/main.py", line 5, in <module>
    asyncio.run(client.call("two"))
RuntimeError: Event loop is closed
"""


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    yield from serve(site / "site")


def test_from_home_over_a_pasted_traceback_to_the_fix(address: str, page: Page) -> None:
    page.goto(address)
    page.locator("nav").get_by_role("link", name="Diagnose", exact=True).first.click()
    page.get_by_label("What the failure printed").fill(TRACEBACK)
    page.get_by_role("button", name="Diagnose").click()
    page.locator(".cb-match h3 a").first.click()
    page.wait_for_url(f"{address}records/playbooks/loop-closed/")
    assert page.locator("article h2", has_text="Fix").first.is_visible()


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("205d3d8", "Editable install fails"),  # a short sha
        ("ollama_service.py", "closed event loop"),  # a file
        ("get_metdata_store", "REST API"),  # a slip of the pen
    ],
)
def test_an_incident_is_found_by_what_one_remembers(address: str, page: Page, text: str, title: str) -> None:
    page.goto(address + "records/search/")
    page.get_by_label("What are you looking for?").fill(text)
    page.locator(".cb-state", has_text=re.compile(r"^\d+ found")).wait_for()
    page.locator(".cb-card a").first.click()
    page.wait_for_url("**/records/incidents/*/")
    assert title in page.inner_text("h1")


def test_facets_combine_and_come_back_with_the_address(address: str, page: Page) -> None:
    page.goto(address + "records/search/")
    page.wait_for_selector(".cb-card")
    page.locator(".cb-facets").hover()
    page.get_by_label("Kind").select_option("session")
    page.get_by_label("Year").select_option("2025")
    page.wait_for_url(re.compile("kind=session.*year=2025"))
    page.wait_for_selector("#cb-results:not([aria-busy])")
    titles = page.locator(".cb-card h2").all_inner_texts()
    page.reload()
    page.wait_for_selector(".cb-card")
    assert page.locator(".cb-card h2").all_inner_texts() == titles != []
    assert page.get_by_label("Year").input_value() == "2025"


def test_from_an_incident_over_its_commit_and_its_file_and_back(address: str, page: Page) -> None:
    page.goto(address + KINDS["incident with a timeline"])
    title = page.inner_text("h1").strip("¶ \n")
    fix = page.locator("tr", has_text="fixed").locator("code").first.inner_text()[:12]
    file = page.locator("article td code", has_text="src/").first.inner_text()
    for steps, row in ((("Commits", "2026"), fix), (("Files", "src"), file)):
        for step in steps:
            place = page.locator("nav" if step in {"Commits", "Files"} else "article")
            place.get_by_role("link", name=step, exact=True).first.click()
        page.locator("tr", has_text=row).get_by_role("link", name=title).first.click()
        page.wait_for_url(address + KINDS["incident with a timeline"])


def test_the_numbers_of_a_chart_open(address: str, page: Page) -> None:
    page.goto(address + "records/insights/")
    table = page.locator("details table").first
    assert not table.is_visible()
    page.locator("summary").first.press("Enter")
    table.wait_for()
    assert table.locator("tbody tr").count() > 0


def test_an_incident_in_print_is_the_incident_alone(address: str, page: Page) -> None:
    page.goto(address + INCIDENT)
    page.emulate_media(media="print")
    for gone in (".md-header", ".md-sidebar--primary", ".md-footer", ".headerlink", ".md-code__nav"):
        assert [one for one in page.locator(gone).all() if one.is_visible()] == [], gone
    for kept in ("h1", ".cb-glance", ".cb-whys > ol > li"):
        assert page.locator(kept).first.is_visible(), kept
    assert [one for one in page.locator(".cb-rest").all() if one.bounding_box() is None] == [], "shas are whole"
    assert page.evaluate("getComputedStyle(document.querySelector('article pre > code')).whiteSpace") == "pre-wrap"


def test_the_dark_side_stays_from_page_to_page(address: str, page: Page) -> None:
    lightness = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
    page.goto(address)
    assert page.evaluate(lightness) > 600
    page.locator("label[title=Dark]").click()
    page.locator("body[data-md-color-scheme=slate]").wait_for()
    page.goto(address + INCIDENT)
    assert page.evaluate(lightness) < 200
    red = page.evaluate("getComputedStyle(document.querySelector('.cb-whys')).getPropertyValue('--cb-red')")
    assert red.strip() == "#ff9d94"
