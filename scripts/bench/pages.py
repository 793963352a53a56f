"""What each kind of page costs a reader: paint, blocking, jumps, bytes, and the rules of axe-core and of good practice.

    python scripts/bench/pages.py [SITE]

Build the site first. Headless Chromium with the processor slowed down four times and a network of 1.6 Mbit/s with
150 ms of latency (what Lighthouse takes for a slow phone on 4G), a window of 412 x 823, nothing in the cache; the
server is on this machine and compresses nothing. Times are the medians of three loads: first and largest contentful
paint, and the time for which tasks of over 50 ms kept the page busy (the part over 50 ms). Prints a table in Markdown.
"""

import argparse
import os
import shutil
import statistics
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from bench.kinds import KINDS
    from bench.server import served
else:  # as a script its own folder is where imports begin
    from kinds import KINDS
    from server import served

NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
SLOWER = 4
LOADS = 3
WATCH = """
window.seen = {fcp: 0, lcp: 0, blocked: 0, moved: 0};
const watch = (type, each) =>
  new PerformanceObserver(list => list.getEntries().forEach(each)).observe({type, buffered: true});
watch('paint', one => { if (one.name === 'first-contentful-paint') seen.fcp = one.startTime; });
watch('largest-contentful-paint', one => { seen.lcp = one.startTime; });
watch('longtask', one => { seen.blocked += Math.max(0, one.duration - 50); });
watch('layout-shift', one => { if (!one.hadRecentInput) seen.moved += one.value; });
"""
RULES = "() => axe.run(document, {resultTypes: ['violations'], preload: false}).then(found => found.violations.length)"
PRACTICE = """
() => { const has = selector => document.querySelector(selector) !== null;
  const all = (selector, good) => [...document.querySelectorAll(selector)].every(good);
  return Object.entries({
    doctype: document.doctype !== null && document.compatMode === 'CSS1Compat',
    charset: document.characterSet === 'UTF-8',
    lang: document.documentElement.lang !== '', viewport: has('meta[name=viewport]'),
    title: document.title.trim() !== '',
    description: has('meta[name=description]') || has('meta[name=robots][content*=noindex]'),
    'links over http:': all('a[href^="http:"]', a => a.host === location.host),
    'images without alt or size': all('img', i => i.hasAttribute('alt') && i.width > 0 && i.hasAttribute('width')),
  }).filter(([, good]) => !good).map(([name]) => name); }
"""
CHROMIUM = os.environ.get("CAUSEBOOK_CHROMIUM") or shutil.which("chromium")


def loaded(browser: "Browser", address: str, *, judged: bool) -> dict[str, Any]:
    """One load with an empty cache: what was seen, and what the rules say where ``judged``."""
    context = browser.new_context(viewport={"width": 412, "height": 823}, bypass_csp=judged)
    page = context.new_page()
    page.add_init_script(WATCH)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    sizes: list[int] = []
    devtools = context.new_cdp_session(page)
    devtools.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    devtools.send("Network.enable")
    if not judged:
        devtools.send("Network.emulateNetworkConditions", NETWORK)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address, wait_until="networkidle")
    page.wait_for_timeout(500)
    seen: dict[str, Any] = page.evaluate("seen")
    seen |= {
        "bytes": sum(sizes),
        "requests": len(sizes),
        "nodes": page.evaluate("document.querySelectorAll('*').length"),
    }
    if judged:
        seen |= {"axe": axe(page), "practice": page.evaluate(PRACTICE) + said}
    context.close()
    return seen


def axe(page: "Page") -> int:
    """How many rules of axe-core the page breaks, good practice included."""
    page.evaluate(resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    broken: int = page.evaluate(RULES)
    return broken


def row(browser: "Browser", kind: str, address: str) -> str:
    """A line of the table."""
    loads = [loaded(browser, address, judged=False) for _ in range(LOADS)]
    judged = loaded(browser, address, judged=True)
    first, largest, blocked = (statistics.median(one[name] for one in loads) for name in ("fcp", "lcp", "blocked"))
    moved = max(one["moved"] for one in loads)
    cost = f"{loads[0]['bytes'] / 1000:.0f} | {loads[0]['requests']} | {loads[0]['nodes']}"
    practice = ", ".join(judged["practice"]) or "all"
    paint = f"{first / 1000:.1f} | {largest / 1000:.1f} | {blocked:.0f} | {moved:.3f}"
    return f"| {kind} | {paint} | {cost} | {judged['axe']} | {practice} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", nargs="?", type=Path, default=Path("site"))
    site = parser.parse_args().site
    print("| Page | First paint, s | Largest, s | Blocked, ms | CLS | kB | Requests | Nodes | axe | Good practice |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|---|")
    with sync_playwright() as playwright, served(site) as address:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for kind, path in KINDS.items():
            print(row(browser, kind, address + path), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
