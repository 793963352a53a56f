"""The site's search beside Material's own and pagefind: what comes first, how soon, after how many bytes.

    python scripts/bench/search.py [--entries 10000] [--pagefind "python -m pagefind"]

All three search the same made-up entries, in Chromium, from a server on this machine. The queries of ``queries.py`` are
asked of one open page; time and bytes are those of a fresh browser on a page that was just opened, for
one query of each kind, from the key press to the first card. Bytes are those of the search's own files, not compressed.
pagefind is no requirement of the project: ``pip install "pagefind[bin]"`` for this run, or it is left out.
"""

import argparse
import html
import json
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from causebook import kb, links
from causebook.outputs import search
from causebook.pages import Site
from causebook.templating import SHIPPED

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from bench import corpus, queries
    from bench.server import served
else:  # as a script its own folder is where imports begin
    import corpus
    import queries
    from server import served

CONFIG = """\
site_name: Bench
theme: {name: material, font: false}
plugins:
  - search: {separator: '[\\s\\-:,!=\\[\\]()"''`/\\\\<>{}|.;#@_]+|&[lg]t;|&amp;'}
extra_css: [records/assets/causebook.css]
extra_javascript: [records/assets/causebook-search.js, records/assets/causebook-results.js]
"""
OURS = """async text => {
  const box = document.querySelector("#cb-query"), list = document.querySelector("#cb-results");
  const before = list.firstChild, start = performance.now();
  box.value = text; box.dispatchEvent(new Event("input"));
  for (;;) {
    await new Promise(done => setTimeout(done, 4));
    if (list.firstChild !== before || /Nothing/.test(document.querySelector(".cb-state").textContent)) break;
  }
  return [performance.now() - start, (list.querySelector("a") || {}).href || ""];
}"""
MATERIAL = """async text => {
  const box = document.querySelector(".md-search__input"), said = document.querySelector(".md-search-result__meta");
  const type = value => {
    box.value = value;
    for (const event of [new Event("input"), new KeyboardEvent("keyup")]) box.dispatchEvent(event);
  };
  const until = async (test, most) => {
    const begun = performance.now();
    while (!test() && performance.now() - begun < most) await new Promise(done => setTimeout(done, 10));
  };
  const answered = () => /matching/.test(said.textContent);
  box.focus();
  const loaded = answered();
  if (loaded) { type(""); await until(() => !answered(), 3000); }
  const start = performance.now();
  type(text);
  await until(answered, loaded ? 5000 : 90000);
  const spent = performance.now() - start;
  await new Promise(done => setTimeout(done, 50));
  return [spent, (document.querySelector(".md-search-result__item a") || {}).href || ""];
}"""
PAGEFIND = """async text => {
  const start = performance.now();
  const engine = await import(new URL("pagefind/pagefind.js", location.href).href);
  const found = (await engine.search(text)).results.slice(0, 10);
  const cards = await Promise.all(found.map(one => one.data()));
  return [performance.now() - start, cards.length ? cards[0].url : ""];
}"""


def site(root: Path, count: int) -> "tuple[Path, list[tuple[str, str]]]":
    """A site whose two own searches know ``count`` entries; and the entries."""
    corpus.make(root, count)
    entries = [(path.stem, path.read_text()) for path in sorted(root.glob("entries/*/*.yaml"))]
    base = kb.load(root)
    material = Site(base, links.gather(base))
    start = time.process_time()
    files = [(data.path, str(data.text)) for data in search.files(material)]
    spent = time.process_time() - start
    docs = root / "docs"
    (docs / "records" / "assets").mkdir(parents=True)
    (docs / "index.md").write_text("# Home\n")
    (docs / "records" / "search.md").write_text('# Search\n\n<div id="causebook-search"></div>\n')
    for asset in (SHIPPED / "assets").iterdir():
        shutil.copy(asset, docs / "records" / "assets" / asset.name)
    (root / "mkdocs.yml").write_text(CONFIG)
    subprocess.run([sys.executable, "-m", "mkdocs", "-q", "build"], cwd=root, check=True)
    for name, text in files:
        path = root / "site" / "api" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    sizes = [len(text) for _, text in files]
    print(f"{count} entries: index made in {spent / count * 1000:.2f} ms of processor time an entry;", end=" ")
    print(f"{len(files)} files, {sum(sizes) / 1e6:.1f} MB, none over {max(sizes) / 1000:.0f} KB")
    held = json.loads((root / "site" / "search" / "search_index.json").read_text())
    held["docs"] = [
        {"location": f"records/incidents/{name}/", "title": title(text), "text": f"<p>{html.escape(text)}</p>"}
        for name, text in entries
    ]
    (root / "site" / "search" / "search_index.json").write_text(json.dumps(held))
    return root / "site", entries


def title(text: str) -> str:
    """The title of an entry."""
    return next(line for line in text.splitlines() if line.startswith("title: "))[7:]


def pagefind(command: str, folder: Path, entries: "list[tuple[str, str]]") -> bool:
    """Let pagefind index the same text as pages; whether it is there."""
    try:
        subprocess.run([*shlex.split(command), "--version"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        print('pagefind is left out: pip install "pagefind[bin]", or name it with --pagefind')
        return False
    for name, text in entries:
        page = folder / name / "index.html"
        page.parent.mkdir(parents=True)
        body = html.escape(text).replace("\n", "<br>")
        page.write_text(
            f'<!doctype html><html lang="en"><title>{title(text)}</title><h1>{title(text)}</h1><p>{body}</p>'
        )
    subprocess.run([*shlex.split(command), "--site", str(folder)], check=True, capture_output=True)
    (folder / "index.html").write_text("<!doctype html><title>x</title>")
    return True


def opened(browser: "Browser", address: str, ready: str, mark: str) -> "tuple[Page, list[int]]":
    """A fresh browser on a page, and the sizes of what is loaded from addresses that hold ``mark``."""
    page = browser.new_context().new_page()
    sizes: list[int] = []
    page.on("response", lambda r: sizes.append(int(r.headers.get("content-length", "0"))) if mark in r.url else None)
    page.goto(address)
    if ready:
        page.wait_for_selector(ready)
    return page, sizes


def measured(
    browser: "Browser", asked: "list[tuple[str, str, str]]", address: str, script: str, ready: str, mark: str, cold: int
) -> "dict[str, Any]":
    """Right answers by kind, and medians and worst of a fresh browser's time and bytes."""
    kinds = list({kind: text for kind, text, _ in asked}.items())[:cold]
    seconds, sizes = [], []
    for _, text in kinds:
        page, loaded = opened(browser, address, ready, mark)
        seconds.append(page.evaluate(script, text)[0] / 1000)
        sizes.append(sum(loaded) / 1000)
        page.context.close()
    page, _ = opened(browser, address, ready, mark)
    right: dict[str, int] = {}
    for kind, text, wanted in asked:
        first = page.evaluate(script, text)[1]
        right[kind] = right.get(kind, 0) + (wanted in first)
        if wanted not in first and script is OURS:
            print(f"  not first: {kind}: {text[:90]!r}")
    page.context.close()
    medians = f"{statistics.median(seconds):.2f} s, {statistics.median(sizes):.0f} kB"
    print(f"{sum(right.values())} of {len(asked)} first, {medians}", flush=True)
    return {"asked": len(asked), "right": right, "seconds": seconds, "kB": sizes}


def table(results: "dict[str, dict[str, Any]]", asked: "list[tuple[str, str, str]]") -> None:
    """Print what was measured as a Markdown table."""
    kinds = list(dict.fromkeys(kind for kind, _, _ in asked))
    print("\n| |", " | ".join(results), "|\n|---|", "|".join("---" for _ in results), "|", sep="")

    def line(name: str, value: "Callable[[dict[str, Any]], object]") -> None:
        print(f"| {name} |", " | ".join(str(value(result)) for result in results.values()), "|")

    for kind in kinds:
        count = sum(one == kind for one, _, _ in asked)  # Material is asked a seventh of them
        line(f"{kind}: first, of {count}", lambda result, kind=kind: result["right"].get(kind, 0))  # type: ignore[misc]
    line("all", lambda result: f"{sum(result['right'].values())} of {result['asked']}")
    for name in ("seconds", "kB"):
        for how, summed in (("median", statistics.median), ("worst", max)):
            print(f"| {name}, {how} |", " | ".join(f"{summed(result[name]):.2f}" for result in results.values()), "|")


def main() -> None:
    """Measure and print."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--pagefind", default=f"{sys.executable} -m pagefind")
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    options = parser.parse_args()
    results: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        ours, entries = site(Path(folder) / "project", options.entries)
        asked = list(queries.generated(entries))
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox", "--disable-gpu"])
        with served(ours) as address:
            results["Causebook"] = measured(
                browser, asked, f"{address}records/search/", OURS, ".cb-card", "/api/search/", 99
            )
            if pagefind(options.pagefind, Path(folder) / "pages", entries):
                with served(Path(folder) / "pages") as other:
                    results["pagefind"] = measured(browser, asked, other, PAGEFIND, "", "/pagefind/", 99)
            few = asked[: len(asked) // 7]  # of one entry: an answer takes seconds
            results["Material"] = measured(browser, few, address, MATERIAL, ".md-search__input", "search", 1)
        browser.close()
    table(results, asked)


if __name__ == "__main__":
    main()
