"""Whole sites: built by both engines, every link followed, searched in a real browser, and safe with hostile text."""

from __future__ import annotations

import html.parser
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest

from waiting import eventually
from webserver import serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.site

HOSTILE = """\
id: 2026-01-01-hostile-text-0bad
kind: incident
title: "<script>window.ran = 1</script> **bold** {{ 7*7 }} in pool_x | y"
status: investigating
summary: |
  <img src=x onerror="window.ran = 2"> and {% raw %} and [a link](javascript:window.ran=3)
  - an item
symptom:
  description: "</p><script>window.ran = 4</script>"
  errors:
    - text: |
        ```
        </code></pre><script>window.ran = 5</script>
        ```
      source: exception
five_whys:
  - why: "<b onmouseover=window.ran=6>Why?</b>"
    because: "</text></svg><script>window.ran = 7</script>"
attempts:
  - action: "| a | b | <script>window.ran = 8</script>"
    outcome: failed
tags: ["c++", "c"]
references:
  - {type: web, ref: "javascript:window.ran=9"}
  - {type: web, ref: "https://example.org/a_b_c?x=1&y=<script>"}
evidence:
  - {id: E1, note: "{: onclick=window.ran=10 } <script>window.ran = 11</script>", quote: "{{ config }}"}
notes:
  - {heading: "# <script>window.ran = 12</script>", text: "!!! note\\n    text"}
"""


def causebook(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "causebook", "-C", str(root), *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def built(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Path:
    """A copy of this checkout with its site; a copy, because the tests of both engines run beside each other."""
    root = tmp_path_factory.mktemp(engine) / "causebook"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(root)], check=True)
    for name in ("entries", "kb", "templates", "mkdocs.yml", "pyproject.toml"):
        source, target = ROOT / name, root / name
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("records"))
        else:
            shutil.copy(source, target)
    done = causebook(root, "build", "--engine", engine)
    assert done.returncode == 0, done.stdout + done.stderr
    return root


@dataclass
class Document(html.parser.HTMLParser):
    """The ids and links of a page."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.ids.update(v for k in ("id", "name") if (v := values.get(k)))
        for key in ("href", "src"):
            if (value := values.get(key)) and tag != "base":
                self.links.append(value)


def read(path: Path) -> Document:
    document = Document()
    document.feed(path.read_text(encoding="utf-8"))
    return document


def broken_links(folder: Path) -> list[str]:
    """Links inside the site that lead to no file or no anchor."""
    pages = {p.relative_to(folder).as_posix(): read(p) for p in folder.rglob("*.html")}
    broken = []
    for name, page in pages.items():
        if name == "404.html":  # it is shown at any address, so its links are absolute
            continue
        for link in page.links:
            if urlsplit(link).scheme or link.startswith("//"):
                continue
            path, anchor = urldefrag(urljoin(f"http://site/{name}", link))
            target = unquote(urlsplit(path).path).lstrip("/")
            target = target + "index.html" if not target or target.endswith("/") else target
            if not (folder / target).is_file():
                broken.append(f"{name}: {link}")
            elif anchor and target in pages and unquote(anchor) not in pages[target].ids | {"__skip"}:
                broken.append(f"{name}: {link} has no such anchor")
    return broken


def test_there_is_a_page_for_every_entry(site: Path) -> None:
    entries = [p.stem for p in site.glob("entries/*/*.yaml")]
    assert len(entries) >= 13
    for entry in entries:
        assert list(site.glob(f"site/records/*/{entry}/index.html")), entry


def test_every_link_and_anchor_inside_the_site_resolves(site: Path) -> None:
    assert broken_links(site / "site") == []


def test_the_crawl_sees_a_broken_link_and_a_broken_anchor(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        '<a href="nowhere/">x</a><a href="#none">y</a><a href="#there" id="there">z</a>'
    )
    assert broken_links(tmp_path) == ["index.html: nowhere/", "index.html: #none has no such anchor"]


def test_no_page_loads_anything_from_another_host(site: Path) -> None:

    loads = re.compile(
        r'<(?:script|img|iframe)[^>]+src="(https?:)?//|<link[^>]+rel="(?:stylesheet|preload)"[^>]+href="https?:'
    )
    offenders = [p.name for p in (site / "site").rglob("*.html") if loads.search(p.read_text(encoding="utf-8"))]
    assert offenders == []


def test_a_broken_link_fails_the_build_and_leaves_the_old_site(tmp_path: Path) -> None:
    assert causebook(tmp_path, "init").returncode == 0
    assert causebook(tmp_path, "build").returncode == 0
    before = (tmp_path / "site" / "index.html").read_text()
    (tmp_path / "kb" / "index.md").write_text(
        "# Home\n\n[gone](nowhere.md) and [gone](records/lessons.md#no-such-anchor)\n"
    )
    done = causebook(tmp_path, "build")
    assert done.returncode == 2
    assert "nowhere.md" in done.stderr
    assert (tmp_path / "site" / "index.html").read_text() == before


def test_a_project_without_mkdocs_yml_is_told_about_init(tmp_path: Path) -> None:
    done = causebook(tmp_path, "build")
    assert (done.returncode, "causebook init" in done.stderr) == (2, True)


def test_a_new_repository_has_a_site_after_three_commands(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert causebook(tmp_path, "init").returncode == 0
    assert causebook(tmp_path, "new", "incident", "--title", "Queue: it's <b>stuck</b> #1").returncode == 0
    done = causebook(tmp_path, "build")
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("site/records/incidents/*/index.html"))) == 2


# --- in the browser


@pytest.fixture(scope="session")
def address(mkdocs_site: Path) -> Iterator[str]:
    yield from serve(mkdocs_site / "site")


def first_hit(page: Page, address: str, query: str) -> str:
    page.goto(address)
    page.click("[data-md-component=search-query]")
    page.keyboard.type(query)
    page.wait_for_selector(".md-search-result__link", state="attached", timeout=20_000)
    # Results of earlier letters are replaced as one types: wait until the list stands still.
    links = "() => [...document.querySelectorAll('.md-search-result__link')].map(a => a.href).join()"
    last = ""
    while (now := page.evaluate(links)) != last or not now:
        last = now
        page.wait_for_timeout(800)
    return str(last).split(",", 1)[0]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("query", "entry"),
    [
        ("Segmentation fault on deeply nested YAML", "2026-11-21-segmentation-fault-on-deeply-nested-yaml-d6c4"),
        ("RuntimeError: Event loop is closed", "2025-12-10-singleton-session-on-closed-loop-b81c"),
        ("205d3d8e3173ad07a32ca8c479c92e0aa2a1c77c", "2026-11-21-editable-install-fails-without-a-readme-afd0"),
        ("205d3d8", "2026-11-21-editable-install-fails-without-a-readme-afd0"),
        ("src/causebook/yamlio.py", "2026-11-21-segmentation-fault-on-deeply-nested-yaml-d6c4"),
        ("ollama_service.py", "2025-12-10-singleton-session-on-closed-loop-b81c"),
        ("prepare_metadata_for_build_editable", "2026-11-21-editable-install-fails-without-a-readme-afd0"),
    ],
)
def test_search_finds_the_incident_first(page: Page, address: str, query: str, entry: str) -> None:
    assert f"/records/incidents/{entry}/" in first_hit(page, address, query)


@pytest.mark.browser
def test_every_chart_loads_in_the_size_that_was_kept_for_it(page: Page, address: str) -> None:
    page.goto(address + "records/insights/")
    page.evaluate("document.querySelectorAll('article img').forEach(image => { image.loading = 'eager'; })")
    eventually(page, "[...document.querySelectorAll('article img')].every(image => image.complete)")
    sizes = (
        "[...document.querySelectorAll('article img')].map(i => [i.naturalWidth, i.naturalHeight, i.width, i.height])"
    )
    found = page.evaluate(sizes)
    assert len(found) >= 5
    assert all((width, height) == (shown, high) for width, height, shown, high in found)


@pytest.mark.browser
def test_the_timeline_and_the_chain_of_whys_are_drawn(page: Page, address: str) -> None:
    page.goto(address + "records/incidents/2026-11-21-harvest-waits-for-its-helper-7e2d/")
    boxes = "[...document.querySelectorAll('.cb-whys > ol > li')].map(li => getComputedStyle(li).borderTopWidth)"
    assert page.evaluate(boxes) == ["1px", "1px", "2px"]
    dots = page.evaluate("[...document.querySelectorAll('.cb-scale circle')].map(c => c.getBoundingClientRect().left)")
    assert dots == sorted(dots)
    assert len(dots) == 3
    assert dots[2] - dots[1] > 3 * (dots[1] - dots[0])  # the first gap is the broken one


@pytest.mark.browser
def test_text_of_an_entry_appears_as_text_and_runs_nothing(tmp_path: Path, browser: Browser) -> None:
    assert causebook(tmp_path, "init").returncode == 0
    path = tmp_path / "entries" / "2026" / "2026-01-01-hostile-text-0bad.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(HOSTILE)
    for engine in ("mkdocs", "zensical"):
        done = causebook(tmp_path, "build", "--engine", engine)
        assert done.returncode == 0, done.stdout + done.stderr
        shutil.move(tmp_path / "site", tmp_path / engine)
    for engine in ("mkdocs", "zensical"):
        for address in serve(tmp_path / engine):
            context = browser.new_context()
            page = context.new_page()
            for place in (
                "records/incidents/2026-01-01-hostile-text-0bad/",
                "records/",
                "records/incidents/",
                "records/insights/",
                "records/by/tag/c/",
            ):
                page.goto(address + place)
                page.wait_for_timeout(200)
                assert page.evaluate("window.ran") is None, f"{engine}: {place} ran {page.evaluate('window.ran')}"
            page.goto(address + "records/incidents/2026-01-01-hostile-text-0bad/")
            text = page.inner_text("article")
            for shown in (
                "<script>window.ran = 1</script> **bold** {{ 7*7 }} in pool_x | y",
                '<img src=x onerror="window.ran = 2"> and {% raw %} and [a link](javascript:window.ran=3)',
                "</p><script>window.ran = 4</script>",
                "</code></pre><script>window.ran = 5</script>",
                "<b onmouseover=window.ran=6>Why?</b>",
                "| a | b | <script>window.ran = 8</script>",
                "javascript:window.ran=9",
                "{: onclick=window.ran=10 } <script>window.ran = 11</script>",
                "# <script>window.ran = 12</script>",
                "!!! note",
            ):
                assert shown in text, f"{engine}: {shown}"
            assert page.query_selector_all("article a[href^='javascript']") == []
            context.close()


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
    return port


def served_until(condition: Callable[[], object], server: subprocess.Popen[str]) -> None:
    """Wait until it holds, a minute at most; a server that ended is a failure at once."""
    deadline = time.monotonic() + 60
    while not condition():
        assert server.poll() is None, "the server ended"
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)


def fetched(address: str) -> str:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - an address of our own
            text: str = answer.read().decode()
    except OSError:
        return ""
    return text


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
def test_serve_shows_what_is_written_survives_slips_and_ends_when_told(tmp_path: Path) -> None:
    root = tmp_path / "app"
    subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True)
    assert causebook(root, "init").returncode == 0
    (path,) = root.glob("entries/*/*.yaml")
    address = f"127.0.0.1:{free_port()}"
    page = f"http://{address}/records/incidents/{path.stem}/"
    command = [sys.executable, "-m", "causebook", "-C", str(root), "serve", "--address", address]
    log = tmp_path / "log"
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out, text=True) as server:
        try:
            served_until(lambda: "<h1" in fetched(page), server)
            text = path.read_text(encoding="utf-8")
            path.write_text(re.sub(r"^title: .*$", "title: Quite another title", text, flags=re.MULTILINE))
            served_until(lambda: "Quite another title" in fetched(page), server)
            path.write_text("title: [", encoding="utf-8")
            served_until(lambda: path.name in log.read_text(), server)
            assert (root / "kb" / "records" / "incidents" / f"{path.stem}.md").is_file()
            assert (root / "kb" / "api" / "entries" / f"{path.stem}.json").is_file()
            template = root / "templates" / "pages" / "incident.md.j2"
            template.parent.mkdir(parents=True)
            template.write_text("{% if %}", encoding="utf-8")
            path.write_text(re.sub(r"^title: .*$", "title: A third title", text, flags=re.MULTILINE))
            served_until(lambda: "incident.md.j2:1" in log.read_text(), server)
            template.unlink()
            served_until(lambda: "A third title" in fetched(page), server)
        finally:
            server.terminate()
            code = server.wait(30)
    assert code == 0
    assert fetched(page) == ""
    assert "Traceback" not in log.read_text()


def test_a_site_set_aside_by_an_interrupted_build_comes_back(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path)], check=True)
    assert causebook(tmp_path, "init").returncode == 0
    (tmp_path / ".site.previous").mkdir()
    (tmp_path / ".site.previous" / "index.html").write_text("the last good one")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "half.html").write_text("half")
    (tmp_path / "mkdocs.yml").write_text("site_name: [")
    failed = causebook(tmp_path, "build")
    assert failed.returncode == 2
    assert (tmp_path / "site" / "index.html").read_text() == "the last good one"
    assert sorted(p.name for p in (tmp_path / "site").iterdir()) == ["index.html"]
    assert not (tmp_path / ".site.previous").exists()
