"""The published site: what its heads say, its twins and redirects, and a policy that nothing on it breaks."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

import pytest

from causebook import markdown
from causebook.finish import policy
from causebook.finish.head import described
from gitrepo import FIRST, SECOND, GitRepo, Project
from test_site import causebook
from webserver import serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.site

ADDRESS = "https://example.org/kb/"
NEW = "2026-01-01-another-slug-0a0a"
HOSTILE = "2026-01-03-hostile-0d0d"
MERMAID = """\
# A drawing

Text & "quotes" of a page.

```mermaid
graph LR
  a --> b
```

<p style="color: red" onclick="window.ran = 1">red</p>
<script>window.ran = 2</script>
"""


class Head(HTMLParser):
    """The metas and links of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.metas: dict[str, str] = {}
        self.links: list[dict[str, str]] = []
        self.order: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.order.append(tag)
        if tag == "meta":
            name = values.get("name") or values.get("property") or values.get("http-equiv") or ""
            assert name not in self.metas or not name, f"{name} is said twice"
            self.metas[name] = values.get("content", "")
        if tag == "link":
            self.links.append(values)

    def rel(self, word: str) -> list[dict[str, str]]:
        return [link for link in self.links if word in link.get("rel", "").split()]


@pytest.fixture(scope="module", params=["mkdocs", "zensical"])
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A site whose address is known, with an entry that was renamed and a page that someone drew and scripted on."""
    repo = GitRepo(tmp_path_factory.mktemp(request.param) / "app")
    made = Project(repo, repo.path)
    made.write(FIRST, tags=["asyncio"], summary='The pool "outlives" <its> loop & more.')
    made.write(SECOND, kind="session", title="Hunt the flaky suite", status="in_progress", incidents=[])
    made.write(HOSTILE, title="</title><script>window.ran = 3</script>")
    assert causebook(repo.path, "init").returncode == 0
    repo.commit({}, "Begin")
    text = made.path(FIRST).read_text().replace(FIRST, NEW)
    made.path(FIRST).rename(made.path(NEW))
    made.path(NEW).write_text(text)
    settings = (repo.path / "mkdocs.yml").read_text()
    fence = "{custom_fences: [{name: mermaid, class: mermaid}]}"
    settings = settings.replace("- pymdownx.superfences", f"- pymdownx.superfences: {fence}")
    made.put("mkdocs.yml", f"site_url: {ADDRESS}\n{settings}  - Drawing: drawing.md\n")
    made.put("kb/drawing.md", MERMAID)
    repo.commit({}, "A better name", date="2026-02-02T12:00:00+02:00")
    done = causebook(repo.path, "build", "--engine", request.param)
    assert done.returncode == 0, done.stdout + done.stderr
    return made


def page_of(project: Project, address: str) -> Head:
    return Head(project.root / "site" / address / "index.html")


ENTRY = f"records/incidents/{NEW}/"


def test_the_head_of_an_entry_says_what_it_is(small: Project) -> None:
    head = page_of(small, ENTRY)
    assert head.metas["og:type"] == "article"
    assert head.metas["og:title"] == "The pool outlives its loop"
    assert head.metas["og:site_name"] == "app causebook"
    assert head.metas["og:url"] == ADDRESS + ENTRY
    assert head.metas["article:published_time"] == "2026-01-01T12:00:00Z"
    assert head.metas["article:modified_time"] == "2026-02-02T10:00:00Z"
    assert head.metas["og:description"] == head.metas["description"] != ""
    assert [link["href"] for link in head.rel("canonical")] == [ADDRESS + ENTRY]


@pytest.mark.parametrize("address", ["", "records/", "drawing/", "records/playbooks/loop-closed/", ENTRY])
def test_links_of_a_head_lead_to_files_of_their_kind(small: Project, address: str) -> None:
    found = {
        link["type"]: urljoin(f"http://x/{address}", link["href"]) for link in page_of(small, address).rel("alternate")
    }
    wanted = {"application/atom+xml", "text/markdown"} | ({"application/json"} if address == ENTRY else set())
    assert set(found) == wanted
    files = {kind: small.root / "site" / target.removeprefix("http://x/") for kind, target in found.items()}
    assert ET.parse(files["application/atom+xml"]).getroot().tag.endswith("feed")  # noqa: S314 - our own
    assert files["text/markdown"].read_text().startswith("# ")
    if address == ENTRY:
        assert json.loads(files["application/json"].read_text())["id"] == NEW


def test_every_page_has_a_description_and_its_address(small: Project) -> None:
    for path in (small.root / "site").rglob("*.html"):
        if path.name == "404.html" or path.parent.name == FIRST:
            continue
        head = Head(path)
        address = path.parent.relative_to(small.root / "site").as_posix().removeprefix(".")
        assert head.metas["og:url"] == f"{ADDRESS}{address}{'/' if address else ''}", path
        assert head.metas["og:title"], path


def test_text_of_an_entry_stays_text_in_the_head(small: Project) -> None:
    head = page_of(small, f"records/incidents/{HOSTILE}/")
    assert head.metas["og:title"] == "</title><script>window.ran = 3</script>"


def test_twins_hold_no_front_matter_and_their_links_lead_to_twins(small: Project) -> None:
    site = small.root / "site"
    twins = [path for path in site.rglob("*.md") if "api" not in path.parts]
    assert len(twins) > 40
    for path in twins:
        text = path.read_text(encoding="utf-8")
        assert not text.startswith("---"), path
        assert "<svg" not in text, path
        if path.is_relative_to(site / "records"):
            for link in markdown.links(text):  # those in code are examples
                target = link.target.split("#", 1)[0]
                if target.endswith(".md") and not target.startswith(("https:", "http:")):
                    assert (path.parent / target).resolve() in {t.resolve() for t in twins}, (path, target)


def test_llms_txt_leads_to_the_twins(small: Project) -> None:
    text = (small.root / "site" / "llms.txt").read_text()
    assert text.startswith("# app causebook\n\n> ")
    targets = re.findall(rf"^- \[.*\]\({ADDRESS}([^)]+)\): .*$", text, re.MULTILINE)
    assert {f"records/incidents/{NEW}.md", "records/playbooks/loop-closed.md", "api/entries.json"} <= set(targets)
    assert [target for target in targets if not (small.root / "site" / target).is_file()] == []
    everything = (small.root / "site" / "llms-full.txt").read_text()
    assert "# The pool outlives its loop" in everything
    assert "# Lock, Queue, Semaphore or Event bound to another loop" in everything


def test_an_old_address_leads_to_the_entry(small: Project) -> None:
    head = page_of(small, f"records/incidents/{FIRST}/")
    assert head.metas["refresh"] == f"0; url=../{NEW}/"
    assert [link["href"] for link in head.rel("canonical")] == [ADDRESS + ENTRY]
    assert head.metas["robots"] == "noindex"


def test_the_sitemap_has_every_page_once_with_the_times_of_git(small: Project) -> None:
    site = small.root / "site"
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    urls = ET.parse(site / "sitemap.xml").getroot()  # noqa: S314 - our own
    found = {url.findtext(f"{space}loc"): url.findtext(f"{space}lastmod") for url in urls}
    pages = {p.parent.relative_to(site).as_posix() for p in site.rglob("index.html")} - {f"records/incidents/{FIRST}"}
    assert set(found) == {ADDRESS if page == "." else f"{ADDRESS}{page}/" for page in pages}
    assert len(urls) == len(found)
    assert found[ADDRESS + ENTRY] == "2026-02-02T10:00:00Z"
    assert not (site / "sitemap.xml.gz").exists()


def test_the_same_history_gives_the_same_pages(small: Project) -> None:
    """Heads, twins, feeds and redirects: nothing of them depends on the clock."""
    site = small.root / "site"
    engine = "zensical" if "zensical" in small.root.parent.name else "mkdocs"
    before = {p: p.read_bytes() for p in site.rglob("*") if p.suffix in {".md", ".html", ".xml", ".txt", ".json"}}
    assert causebook(small.root, "build", "--engine", engine).returncode == 0
    assert [p for p, data in before.items() if p.read_bytes() != data and "search" not in p.name] == []


# --- the policy, in the browser

WATCH = """
window.broken = [];
document.addEventListener('securitypolicyviolation', e => window.broken.push(`${e.violatedDirective} ${e.blockedURI}`));
"""


@pytest.fixture
def watched(browser: Browser) -> Iterator[tuple[Page, list[str], list[str]]]:
    """A page, the addresses that it asks, and what it complains of."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(WATCH)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page, asked, said
    context.close()


def broken(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.broken")
    return found


@pytest.mark.browser
def test_search_and_diagnosis_work_under_the_policy(site: Path, watched: tuple[Page, list[str], list[str]]) -> None:
    page, asked, said = watched
    for address in serve(site / "site"):
        page.goto(address + "records/diagnose/")
        page.get_by_label("What the failure printed").fill("RuntimeError: Event loop is closed\n")
        page.get_by_role("button", name="Diagnose").click()
        page.wait_for_selector(".cb-match")
        page.locator("[data-md-component=search-query], .md-search__button").first.click()
        page.keyboard.type("loop is closed", delay=20)
        page.locator("a[href*='records/']", has_text=re.compile("loop", re.IGNORECASE)).first.wait_for(state="attached")
        page.wait_for_timeout(500)
        assert broken(page) == []
        assert said == []
        assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


@pytest.mark.browser
def test_what_someone_wrote_into_a_page_does_not_run_nor_load(
    small: Project, watched: tuple[Page, list[str], list[str]]
) -> None:
    page, asked, _ = watched
    for address in serve(small.root / "site"):
        page.goto(address + "drawing/")
        page.wait_for_timeout(300)
        page.get_by_text("red", exact=True).click()
        assert page.evaluate("window.ran") is None
        assert "script-src-elem inline" in broken(page)
        assert page.evaluate("getComputedStyle([...document.querySelectorAll('p')].at(-1)).color") == "rgb(255, 0, 0)"
        assert [url for url in asked if not url.startswith((address, "data:"))] == []


@pytest.mark.browser
def test_an_old_address_takes_the_reader_to_the_entry(
    small: Project, watched: tuple[Page, list[str], list[str]]
) -> None:
    page = watched[0]
    for address in serve(small.root / "site"):
        page.goto(f"{address}records/incidents/{FIRST}/")
        page.wait_for_url(address + ENTRY)
        assert "The pool outlives its loop" in page.inner_text("h1")


# --- parts

PLAIN = policy.Theme(frozenset({"theme()"}), makes_styles=False)
RULES = "script-src 'self' {scripts}; style-src 'self' {styles}"


def test_only_scripts_of_the_theme_are_allowed() -> None:
    page = "<head><meta charset=utf-8><script>theme()</script><script>other()</script></head>"
    text = policy.protected(page, RULES, PLAIN)
    assert text.count("'sha256-") == 1
    assert text.index("Content-Security-Policy") < text.index("<script>")
    assert "'sha256-OYaL0cMVzu9GLGpAGtXXAT1F6/7tXk1x7U0dFZkJLjc='" not in text


def test_off_and_pages_without_a_head_are_left_alone() -> None:
    assert policy.protected("<head></head>", "off", PLAIN) == "<head></head>"
    assert policy.protected("<p>", RULES, PLAIN) == "<p>"


def test_styles_are_allowed_by_hash_until_there_are_too_many() -> None:
    one = policy.protected('<head></head><style>a{}</style><b style="x: &quot;y&quot;">', RULES, PLAIN)
    assert one.count("'sha256-") == 2
    assert "'unsafe-hashes'" in one
    many = "".join(f'<b style="width: {n}px">' for n in range(50))
    assert "style-src 'self' 'unsafe-inline'" in policy.protected(f"<head></head>{many}", RULES, PLAIN)
    makes = policy.Theme(frozenset(), makes_styles=True)
    assert "style-src 'self' 'unsafe-inline'" in policy.protected("<head></head>", RULES, makes)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# T\n\nThe **first** with [a link](x.md)\nand more.\n\nThe second.\n", "The first with a link and more."),
        ("# T\n\n| a |\n|---|\n\n- item\n\n```\nText in code.\n\nMore.\n```\n\n<p>x</p>\n\nAfter.\n", "After."),
        ("# T\n\na &lt;b&gt; \\*c\\*\n", "a <b> *c*"),
        ("# T\n", ""),
        ("x" * 90 + " " + "y" * 90, "x" * 90 + " …"),
    ],
)  # fmt: skip
def test_a_description_is_the_first_paragraph(text: str, wanted: str) -> None:
    assert described(text) == wanted


def test_the_setting_changes_the_policy_or_leaves_it_out(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert causebook(tmp_path, "init").returncode == 0
    index = tmp_path / "site" / "index.html"
    for setting, wanted in (
        ("off", None), ("default-src 'self'; script-src {scripts} https://stats.example.org", "https://stats.example.org"),
    ):  # fmt: skip
        (tmp_path / "causebook.toml").write_text(f'policy = "{setting}"\n')
        assert causebook(tmp_path, "build").returncode == 0
        held = Head(index).metas.get("Content-Security-Policy")
        assert (held is None) if wanted is None else (held is not None and wanted in held and "'sha256-" in held)
