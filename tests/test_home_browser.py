"""The start page and the pages of playbooks in a browser: one box that answers words and failures, without a mouse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from test_browser import HOSTILE, TRACEBACK, Strict
from waiting import eventually
from webserver import serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.site, pytest.mark.browser]

CLOSED = "Client or connection used after its loop was closed"
INCIDENT = "2025-12-10-singleton-session-on-closed-loop-b81c"


@pytest.fixture(scope="module")
def plain(mkdocs_site: Path) -> Iterator[str]:
    yield from serve(mkdocs_site / "site")


@pytest.fixture(scope="module")
def strict(mkdocs_site: Path) -> Iterator[str]:
    yield from serve(mkdocs_site / "site", Strict)


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    """The site of each engine in turn."""
    yield from serve(site / "site")


def asked(page: Page, text: str) -> str:
    """Fill the box; what stands below it then."""
    page.wait_for_selector("#cb-ask")
    page.fill("#cb-ask", text)
    page.wait_for_selector("#cb-answer:not([aria-busy])", state="attached", timeout=20_000)
    return page.inner_text("#cb-answer")


def test_a_traceback_gets_its_cause_the_fix_and_what_looks_alike(address: str, page: Page) -> None:
    page.goto(address)
    answer = asked(page, TRACEBACK)
    assert page.inner_text(".cb-state").startswith("Read as what a failure printed: 1 known cause")
    assert page.inner_text("#cb-answer h2 >> nth=0") == "Known cause"
    assert "line 6: RuntimeError: Event loop is closed" in answer
    links = page.eval_on_selector_all("#cb-answer a", "found => found.map(a => a.href)")
    assert f"{address}records/playbooks/loop-closed/" in links
    assert sum("/playbooks/loop-closed/" in link for link in links) == 1  # not once more among what looks alike
    card = page.locator(f'.cb-card:has(a[href*="{INCIDENT}"])')
    assert "resolved" in card.inner_text()
    assert "2025-12-10" in card.inner_text()
    assert "RuntimeError: Event loop is closed" in card.inner_text()
    assert all(page.request.get(link).ok for link in links)


def test_words_are_searched_and_not_diagnosed(address: str, page: Page) -> None:
    page.goto(address)
    answer = asked(page, "segmentation fault nested yaml")
    assert "Read as" not in page.inner_text(".cb-state")
    assert page.locator(".cb-match").count() == 0
    assert (
        page.inner_text(".cb-card h3 >> nth=0")
        == "Process dies with a segmentation fault on deeply nested YAML in yamlio"
    )
    assert page.locator(".cb-card >> nth=0").locator("mark").count() >= 2
    assert "resolved" in answer


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        (TRACEBACK, True), ("RuntimeError: Event loop is closed", True), ("E   ValueError: no", True),
        ("app.errors.PoolError", True), ("KeyError('x')", True), ("FAILED tests/test_x.py::test_y", True),
        ("one line\nand another", True), ("event loop is closed", False), ("asyncio.run", False),
        ("tests/test_pool.py", False), ("0c8a27a", False), ("error handling of the pool", False), ("", False),
    ],
)  # fmt: skip
def test_it_tells_words_from_what_a_failure_printed(plain: str, page: Page, text: str, printed: bool) -> None:
    page.goto(plain)
    page.wait_for_selector("#cb-ask")
    if not text:
        assert page.inner_text(".cb-state") == ""
        return
    asked(page, text)
    assert page.inner_text(".cb-state").startswith("Read as") is printed


def test_keys_alone_do_and_clearing_brings_the_lists_back(strict: str, page: Page) -> None:
    page.goto(strict)
    page.wait_for_selector("#cb-ask")
    page.focus("#cb-ask")
    page.keyboard.insert_text("RuntimeError: Event loop is closed")
    page.keyboard.press("Enter")
    page.wait_for_selector(".cb-match")
    assert page.input_value("#cb-ask") == "RuntimeError: Event loop is closed"  # Enter asks, and adds no line
    assert page.locator("h2:has-text('Open incidents')").is_hidden()
    reached = []
    for _ in range(3):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent"))
    assert reached == ["Find", "Clear", CLOSED]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("h2:has-text('Open incidents')")
    assert page.inner_text("#cb-answer") == ""
    assert page.evaluate("document.activeElement.id") == "cb-ask"
    page.keyboard.insert_text("one\ntwo")
    page.keyboard.press("Enter")
    assert page.input_value("#cb-ask") == "one\ntwo\n"  # in several lines it is a line end


def test_an_older_answer_never_replaces_a_newer_one(plain: str, page: Page) -> None:
    page.goto(plain)
    page.wait_for_selector("#cb-ask")
    page.fill("#cb-ask", TRACEBACK * 100)
    page.wait_for_timeout(200)  # it is being read now
    asked(page, "segmentation fault")
    page.wait_for_timeout(1500)
    assert page.locator(".cb-match").count() == 0
    assert "Process dies" in page.inner_text("#cb-answer")


def test_what_is_pasted_is_shown_as_text_under_the_policy_of_the_page(plain: str, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(plain)
    answer = asked(page, HOSTILE)
    assert "<script>window.ran = 1</script>" in answer
    assert page.evaluate("window.ran") is None
    assert said == []


def test_without_an_index_causes_are_told_all_the_same(plain: str, page: Page) -> None:
    page.route("**/api/search/**", lambda route: route.abort())
    page.goto(plain)
    assert CLOSED in asked(page, TRACEBACK)
    assert "the index of the search cannot be read" in page.inner_text(".cb-state")
    asked(page, "pool")
    assert page.inner_text(".cb-state") == "The index of the search cannot be read."


def test_without_scripts_there_are_lists_and_no_empty_box(address: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    heads = [head.removesuffix("¶") for head in page.locator("article h2").all_inner_texts()]
    assert heads == ["Open incidents", "What comes back", "Lately", "Last sessions"]
    assert page.locator("#causebook-home").bounding_box()["height"] == 0  # type: ignore[index]
    for link in page.locator("article a:not(.headerlink)").all()[:12]:
        href = link.get_attribute("href") or ""
        assert page.request.get(f"{address}{href.removeprefix('./')}").ok, href
    context.close()


SHIFTS = """
window.shifts = [];
new PerformanceObserver(list => list.getEntries().forEach(one => window.shifts.push(one.value)))
  .observe({type: 'layout-shift', buffered: true});
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_nothing_jumps_and_nothing_is_wider_than_the_screen(
    plain: str, browser: Browser, width: int, scheme: str
) -> None:
    options: dict[str, Any] = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    context = browser.new_context(**options)
    context.add_init_script(SHIFTS)
    page = context.new_page()
    page.goto(plain)
    page.wait_for_selector("#cb-ask")
    page.wait_for_timeout(500)
    assert sum(page.evaluate("shifts")) < 0.01
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) == width
    asked(page, TRACEBACK)
    assert page.evaluate(wide) == width
    page.wait_for_timeout(300)
    assert sum(page.evaluate("shifts")) < 0.1
    for path in ("records/playbooks/", "records/playbooks/concurrent-connection-use/"):
        page.goto(plain + path)
        assert page.evaluate(wide) == width, path
    context.close()


# --- playbooks


def test_the_drawing_of_the_family_leads_to_playbooks_and_gives_way_to_the_list(address: str, page: Page) -> None:
    page.goto(f"{address}records/playbooks/")
    links = page.eval_on_selector_all(".cb-tree a", "found => found.map(a => new URL(a.href.baseVal, a.baseURI).href)")
    assert len(links) >= 25
    assert all(page.request.get(link).ok for link in links)
    page.locator('.cb-tree a:has-text("is used after")').click()
    page.wait_for_url(re.compile("/records/playbooks/loop-closed/$"))
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(f"{address}records/playbooks/")
    assert page.locator(".cb-tree").is_hidden()
    assert page.locator("article li a", has_text=CLOSED).first.is_visible()


def test_code_of_a_playbook_is_copied(address: str, browser: Browser) -> None:
    context = browser.new_context(
        permissions=["clipboard-read", "clipboard-write"], viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    page.goto(f"{address}records/playbooks/loop-closed/")
    button = page.locator(".md-clipboard, .md-code__button[data-md-type=copy]").first
    button.scroll_into_view_if_needed()
    button.click()
    eventually(page, "navigator.clipboard.readText().then(text => text.startsWith('import asyncio'))")
    assert 'asyncio.run(client.call("two"))' in page.evaluate("navigator.clipboard.readText()")
    context.close()
