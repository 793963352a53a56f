"""Every kind of page as people with other eyes, hands and screens meet it: WCAG 2.2 AA, keys, 320 px, no jumps."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from waiting import eventually
from webserver import serve

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
from bench.kinds import KINDS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.site, pytest.mark.browser]

AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
"""axe-core 4.12.1; what npm has is two minor versions ahead, PyPI has no newer one."""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
RULES = """
async rules => {
  const found = await axe.run(document, {runOnly: rules, resultTypes: ['violations'], preload: false, iframes: false});
  const said = node => `${node.target.join(' ')}: ${node.failureSummary.split('\\n')[1].trim()}`;
  return found.violations.flatMap(one => one.nodes.slice(0, 3).map(node => `${one.id}: ${said(node)}`));
}
"""
WATCH = """
window.broken = [];
window.moved = 0;
document.addEventListener(
  'securitypolicyviolation', e => broken.push(`policy: ${e.violatedDirective} ${e.blockedURI}`));
new PerformanceObserver(list => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) moved += one.value;
}).observe({type: 'layout-shift', buffered: true});
"""
MOST_MOVED = 0.01
"""Cumulative layout shift of a page and a use of it; 0.1 counts as good."""
SMALL = """
() => [...document.querySelectorAll('[class*=cb-] :is(button, select, textarea, summary, input), summary')]
  .map(e => [e, e.getBoundingClientRect()]).filter(([e, r]) => r.width && (r.width < 24 || r.height < 24))
  .map(([e, r]) => `small: ${e.tagName} ${e.className} ${Math.round(r.width)} x ${Math.round(r.height)}`)
"""
WIDE = "document.documentElement.scrollWidth > innerWidth ? [`${document.documentElement.scrollWidth} px wide`] : []"
NO_CHANGE = """
() => { const sheet = new CSSStyleSheet();
  sheet.replaceSync('*, ::before, ::after { transition: none !important; animation: none !important }');
  document.adoptedStyleSheets = [sheet]; }
"""
SCHEME = "scheme => document.body.setAttribute('data-md-color-scheme', scheme)"
FAILURE = "Traceback (most recent call last):\nRuntimeError: Event loop is closed\nAppError: no such pump\n"


DRAWN = """() => new Promise(done => {
  const frames = left => (left ? requestAnimationFrame(() => frames(left - 1)) : done());
  frames(3);
})"""
"""Wait until the page was laid out and its scripts have seen the new sizes, however busy the machine is."""


def used(page: Page, kind: str) -> None:
    """What people do on a page of the kind; on most they read to its end."""
    if kind == "search":
        page.wait_for_selector(".cb-card")
        page.locator(".cb-facets select").first.focus()
        page.get_by_label("What are you looking for?").fill("get_metdata_store")
        page.wait_for_selector("mark")
    elif kind == "diagnose":
        page.get_by_label("What the failure printed").fill(FAILURE)
        page.get_by_role("button", name="Diagnose").click()
        page.wait_for_selector(".cb-match")
    page.mouse.move(0, 0)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(150)
    page.evaluate("scrollTo(0, 0)")


def complaints(page: Page, kind: str) -> Iterator[str]:
    """What is wrong with the page that is open, in a window 1,280 px wide."""
    used(page, kind)
    moved = page.evaluate("moved")
    if moved > MOST_MOVED:
        yield f"moved by {moved}"
    yield from page.evaluate("broken")
    if page.locator("meta[http-equiv=Content-Security-Policy]").count() != 1:
        yield "no policy"
    page.evaluate(NO_CHANGE)
    page.evaluate(AXE)
    yield from page.evaluate(RULES, TAGS)
    page.evaluate(SCHEME, "slate")
    yield from (f"dark: {one}" for one in page.evaluate(RULES, COLOURS))
    page.set_viewport_size({"width": 320, "height": 900})
    page.evaluate(DRAWN)
    yield from (f"dark, 320 px: {one}" for one in page.evaluate(RULES, TAGS))
    yield from (f"320 px: {one}" for one in page.evaluate(WIDE) + page.evaluate(SMALL))
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("document.documentElement.style.fontSize = '250%'")  # twice what the themes say
    yield from (f"letters of twice the size: {one}" for one in page.evaluate(WIDE))


@dataclass
class Visitor:
    """A page, and what was asked and said while it was read."""

    page: Page
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    context.add_init_script(WATCH)
    page = context.new_page()
    made = Visitor(page)
    context.on("request", lambda request: made.asked.append(request.url))
    page.on("console", lambda message: made.said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: made.said.append(str(error)))
    yield made
    context.close()


def test_every_kind_of_page_is_fit_for_everyone(site: Path, visitor: Visitor) -> None:
    page, found = visitor.page, []
    for address in serve(site / "site"):
        for kind, path in KINDS.items():
            answer = page.goto(address + path)
            assert answer is not None
            assert answer.ok, path
            found += [f"{kind}: {one}" for one in complaints(page, kind)]
            found += [f"{kind}: says {one}" for one in visitor.said]
            visitor.said.clear()
        found += [url for url in visitor.asked if not url.startswith((address, "data:", "blob:"))]
    assert found == [], "\n".join(found)


BAD = """<!doctype html><html lang="en"><head><title>Bad</title></head><body><main><h1>Bad</h1>
<p style="color: #888; background: #999">grey</p><img src="data:,">
<div class="cb-search"><button style="width: 9px; height: 9px; padding: 0">x</button></div>
<div style="width: 1500px">wide</div><p style="height: 900px">p</p>
<script>
const late = Object.assign(document.createElement('h2'), {textContent: 'late'});
setTimeout(() => document.body.prepend(late), 500);
</script>
</main></body></html>"""


def test_what_is_wrong_is_seen(visitor: Visitor, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(BAD)
    for address in serve(tmp_path):
        visitor.page.goto(address)
        visitor.page.locator("h2").wait_for()
        found = "\n".join(complaints(visitor.page, "bad"))
    for wanted in (
        "moved by",
        "no policy",
        "color-contrast: ",
        "image-alt: ",
        "320 px: 15",
        "small: BUTTON",
        "twice the size: 15",
    ):
        assert wanted in found, found


# --- keys alone

REACHED = """
() => { const at = document.activeElement, hidden = getComputedStyle(at).opacity === '0' ? at.nextElementSibling : at;
  const style = e => getComputedStyle(e), box = (hidden || at).getBoundingClientRect();
  at.dataset.reached = 'true';
  const outlined = e => style(e).outlineStyle !== 'none' && parseFloat(style(e).outlineWidth) > 0;
  const shown = e => outlined(e) || style(e).boxShadow !== 'none';
  const inside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth && box.width > 0;
  return [at.tagName, `${at.tagName} ${at.id || at.className || at.textContent.trim().slice(0, 30)}`,
    inside, shown(at) || [at.nextElementSibling, at.parentElement].some(e => e && shown(e))]; }
"""
FROM_THE_START = """
() => { const root = document.documentElement;
  root.tabIndex = -1; root.focus(); root.removeAttribute('tabindex'); scrollTo(0, 0); }
"""
UNREACHED = """
() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
  .filter(e => !e.dataset.reached && !e.disabled && e.tabIndex >= 0)
  .filter(e => e.checkVisibility({visibilityProperty: true, opacityProperty: true}))
  .filter(e => { const box = e.getBoundingClientRect(); return box.width > 1 && box.right > 0; })
  .filter(e => e.type !== 'radio')
  .map(e => `${e.tagName} ${e.id || e.className || e.textContent.trim().slice(0, 30)}`)
"""


def walked(page: Page) -> Iterator[str]:
    """Press Tab from the first to the last part of a page: what cannot be seen, what has no mark, what is left out."""
    page.evaluate(FROM_THE_START)
    for _ in range(400):
        page.keyboard.press("Tab")
        tag, name, inside, marked = page.evaluate(REACHED)
        if tag == "BODY":
            break
        if not inside:
            yield f"not on the screen: {name}"
        elif not marked:
            yield f"no mark: {name}"
    else:
        yield "it does not end"
    yield from (f"not reached: {name}" for name in page.evaluate(UNREACHED))


@pytest.mark.parametrize("width", [1280, 320])
def test_tab_leads_to_every_part_and_one_sees_where(site: Path, visitor: Visitor, width: int) -> None:
    page, found = visitor.page, []
    page.set_viewport_size({"width": width, "height": 900})
    for address in serve(site / "site"):
        for kind in ("home", "search", "diagnose", "incident", "insights"):
            page.goto(address + KINDS[kind])
            if kind in {"search", "diagnose"}:
                used(page, kind)
            page.evaluate(DRAWN)
            found += [f"{kind}: {one}" for one in walked(page)]
    assert found == [], "\n".join(found)


def test_the_theme_the_menu_and_the_search_answer_to_keys(site: Path, visitor: Visitor) -> None:
    page = visitor.page
    for address in serve(site / "site"):
        page.goto(address)
        page.locator("input[name=__palette]").first.focus()
        before = page.evaluate("document.body.dataset.mdColorScheme")
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.body.dataset.mdColorScheme") != before
        page.set_viewport_size({"width": 320, "height": 900})
        menu = page.get_by_role("button", name="Navigation")
        for key in ("Enter", "Space"):
            menu.focus()
            page.keyboard.press(key)
            assert opened(page, "__drawer"), key
            page.keyboard.press("Escape")
            assert not opened(page, "__drawer")
            assert page.evaluate("document.activeElement.getAttribute('for')") == "__drawer"


def opened(page: Page, name: str) -> bool:
    checked: bool = page.evaluate("name => document.getElementById(name).checked", name)
    return checked


def test_a_wide_table_can_be_scrolled_by_keys(site: Path, visitor: Visitor) -> None:
    page = visitor.page
    page.set_viewport_size({"width": 320, "height": 900})
    for address in serve(site / "site"):
        page.goto(address + KINDS["incident with a timeline"])
        box = page.locator(".md-typeset__scrollwrap[tabindex]").first
        assert box.get_attribute("role") == "group"
        assert (box.get_attribute("aria-label") or "").startswith("Table: ")
        box.focus()
        page.keyboard.press("ArrowRight")
        eventually(page, "document.activeElement.scrollLeft > 0")
        page.set_viewport_size({"width": 1800, "height": 900})
        page.locator(".md-typeset__scrollwrap[tabindex]").first.wait_for(state="detached")


def test_a_block_of_code_is_copied_by_keys(mkdocs_site: Path, browser: Browser) -> None:
    options: dict[str, Any] = {"permissions": ["clipboard-read", "clipboard-write"]}
    context = browser.new_context(**options)
    page = context.new_page()
    for address in serve(mkdocs_site / "site"):
        page.goto(address + KINDS["playbook"])
        page.locator(".md-code__button[data-md-type=copy]").first.focus()
        page.keyboard.press("Enter")
        wanted = page.locator("article pre > code").first.inner_text()
        eventually(page, "text => navigator.clipboard.readText().then(held => held.trim() === text.trim())", wanted)
    context.close()
