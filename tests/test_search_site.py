"""The site's search: what becomes a term, which files an edit changes, and what a person finds in a real browser."""

from __future__ import annotations

import random
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from causebook import kb, searchindex, tokens
from causebook.outputs import search
from causebook.pages import Site
from causebook.searchindex import Document, Said
from gitrepo import FIRST, Project
from test_browser import Strict
from waiting import eventually
from webserver import serve

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
from bench import queries

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PAGE = "records/search/"
HOSTILE = '</script><script>window.ran = 1</script><img src=x onerror="window.ran = 2">"); window.ran = 3; ("'


# --- what is looked for


@pytest.mark.parametrize(
    ("token", "found", "not_found"),
    [
        ("psycopg.errors.SerializationFailure",
         {"psycopg.errors.serializationfailure", "errors.serializationfailure", "serialization"},
         {"psycopg.errors"}),
        ("src/app/db/pool.py:12", {"src/app/db/pool.py", "db/pool.py", "pool.py", "pool"}, {"src/app"}),
        ("src\\app\\pool.py", {"src/app/pool.py"}, set()),
        ("tests/t.py::test_x_y", {"tests/t.py::test_x_y", "tests/t.py", "test_x_y", "test"}, set()),
        ("ORA-00060", {"ora-00060", "ora", "00060"}, set()),
        ("_check_closed", {"_check_closed", "check_closed", "check", "closed"}, set()),
        ("HTTPServer", {"httpserver", "http", "server"}, set()),
        ("0123456789abcdef0123456789abcdef01234567", {"0123456789ab"}, {"0123456789abcdef0123456789abcdef01234567"}),
        ("the", set(), {"the"}),
        ("接続切断", {"接続切断", "接続", "切断"}, set()),
    ],
)  # fmt: skip
def test_a_token_is_found_by_itself_its_ends_and_its_parts(token: str, found: set[str], not_found: set[str]) -> None:
    terms = set(tokens.terms(token))
    assert found <= terms
    assert not not_found & terms


def test_an_error_line_is_known_again_with_other_numbers_and_without_what_stands_before() -> None:
    line = "app.errors.PoolError: worker 17 at 0x7f01 is gone"
    assert tokens.keys(line) == tokens.keys("E   app.errors.PoolError:  worker 3 at 0xffff is gone")
    assert tokens.keys(line)[1] in tokens.keys("PoolError: worker 1 at 0x0 is gone")
    assert not set(tokens.keys(line)) & set(tokens.keys("PoolError: worker 1 at 0x0 is back"))


def test_lines_of_a_traceback_that_say_where_are_not_what_is_known_again() -> None:
    text = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    call(1)\nKeyError: pool is gone'
    assert list(searchindex.error_lines(text)) == ["KeyError: pool is gone"]


# --- files


def documents(count: int) -> list[Document]:
    found = []
    for n in range(count):
        day = f"2025-{n % 12 + 1:02}-{n % 27 + 1:02}"
        words = " ".join(f"word{(n * k) % 701} w{k}x{(n * k) % 97}" for k in range(1, 40))
        said = (
            Said(9, "title", f"Entry {n} fails"),
            Said(8, "error", f"AppError: case {n} of {words[:30]}"),
            Said(5, "summary", words),
        )
        found.append(
            Document(
                f"{day}-entry-{n:04x}",
                "incident",
                f"Entry {n} fails",
                day,
                {"status": ("open", "done")[n % 2 :][:1]},
                said,
            )
        )
    return found


def test_an_edit_changes_the_card_and_the_files_of_its_terms_alone() -> None:
    before = documents(1500)
    after = [*before]
    after[700] = Document(**{**{f: getattr(before[700], f) for f in Document.__slots__},
                             "said": (*before[700].said, Said(3, "note", "zanzibar"))})  # fmt: skip
    old, new = (searchindex.build(held, ("status",)).files for held in (before, after))
    changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    assert len(old) > 1500 + 20
    assert len(changed) <= 6, sorted(
        changed
    )  # manifest, card, term, start and end of the word, and one that grew over its limit
    assert "manifest.js" in changed


def test_a_new_document_leaves_the_numbers_of_others() -> None:
    before = documents(1500)
    new = Document("2025-06-09-a-new-one-ffff", "incident", "New", "2025-06-09", {}, (Said(9, "title", "New"),))
    old = searchindex.numbers(before)
    now = searchindex.numbers([*before, new])
    assert sum(now[name] != number for name, number in old.items()) <= 1


def test_numbers_differ_however_many_documents_a_day_has_and_whatever_their_day() -> None:
    many = [Document(f"2025-01-01-x-{n:04x}", "incident", "x", "2025-01-01", {}, ()) for n in range(3000)]
    odd = [Document(d, "incident", "x", d, {}, ()) for d in ("", "2025-13-45", "0001-01-01", "2025-01-02")]
    numbers = searchindex.numbers([*many, *odd])
    assert len(set(numbers.values())) == len(numbers)


def test_every_file_has_a_name_for_any_system_and_holds_one_call() -> None:
    said = (Said(9, "title", f"con nul aux {HOSTILE} ünï ç/x.y::z a:b#c@d+e \u2028 \U0001f600"),)
    held = searchindex.build([Document("2025-01-01-odd-0000", "incident", HOSTILE, "2025-01-01", {}, said)], ())
    for name, text in held.files.items():
        assert re.fullmatch(r"(manifest|n|l|[actxzf]-[a-z0-9-]*)\.js", name)
        assert text.startswith("causebookSearch.take(")
        assert text.endswith(");\n")
        assert "\n" not in text[:-1]


def test_the_index_of_a_project_holds_what_its_entries_and_git_say(project: Project) -> None:
    base = project.load()
    files = {data.path: str(data.text) for data in search.files(Site(base, project.facts()))}
    sha = base.by_id[FIRST].entry.commits[0].sha
    assert any(re.search(rf"[\",]{sha[:12]};", text) for name, text in files.items() if "/t-" in name)
    cards = [text for name, text in files.items() if "/c-" in name]
    assert len(cards) == len(base.records) + len(base.library)
    assert any("Close the pool (#7)" in text for text in cards)


# --- in the browser


pytestmark = [pytest.mark.site, pytest.mark.browser]


@pytest.fixture(scope="module")
def root(mkdocs_site: Path) -> Path:
    return mkdocs_site


@pytest.fixture(scope="module")
def plain(root: Path) -> Iterator[str]:
    yield from serve(root / "site")


FIRST_OF = """async asked => {
  const search = causebookSearch.open();
  const out = [];
  for (const text of asked) out.push((await search.query(text)).results.map(one => one.id)[0]);
  return out;
}"""


def test_what_people_type_finds_its_entry_first(plain: str, page: Page) -> None:
    assert len(queries.OWN) >= 60
    page.goto(plain + PAGE)
    found = page.evaluate(FIRST_OF, [text for _, text, _ in queries.OWN])
    wrong = [(text, one) for (_, text, first), one in zip(queries.OWN, found, strict=True) if one not in first]
    assert wrong == []


def test_nonsense_finds_nothing(plain: str, page: Page) -> None:
    page.goto(plain + PAGE)
    assert page.evaluate(FIRST_OF, ["qqxzzyvvw", "0000000000000000000000000000000000000000"]) == [None, None]


def test_both_languages_agree_on_what_a_term_is(root: Path, plain: str, page: Page) -> None:
    texts = [path.read_text(encoding="utf-8") for path in root.glob("entries/*/*.yaml")]
    texts.append(
        "ünï_Straße İx ΣΑΣ café １２３ 接続が切断 a\u2028b\u0085c __init__ x::y//z..w 0x7F a-b_c.D:9 \U0001f600x"
    )
    lines = [line for text in texts for line in tokens.plain(text).splitlines()]
    words = sorted({token for line in lines for token in tokens.TOKEN.findall(line)})
    assert len(words) > 1000
    page.goto(plain + PAGE)
    theirs = page.evaluate(
        "([words, lines]) => { const t = causebookSearch.text; return "
        "[words.map(t.terms), lines.map(t.keys), lines.map(t.pairs), lines.map(line => line.match(t.TOKEN) || [])] }",
        [words, lines],
    )
    assert [w for w, told in zip(words, theirs[0], strict=True) if sorted(tokens.terms(w)) != sorted(told)] == []
    assert [line for line, told in zip(lines, theirs[1], strict=True) if list(tokens.keys(line)) != told] == []
    assert [line for line, told in zip(lines, theirs[2], strict=True) if tokens.pairs(line) != set(told)] == []
    assert [line for line, told in zip(lines, theirs[3], strict=True) if tokens.TOKEN.findall(line) != told] == []


def typed(page: Page, address: str, text: str) -> list[str]:
    """Type on the page and read the titles of the cards."""
    page.goto(address)
    page.wait_for_selector(".cb-state:not(:empty)")
    page.get_by_label("What are you looking for?").fill(text)
    eventually(page, "text => new URL(location.href).searchParams.get('find') === text", text)
    page.wait_for_selector("#cb-results:not([aria-busy])")
    return page.locator(".cb-card h2").all_inner_texts()


def test_a_card_tells_status_date_and_the_line_and_leads_to_the_entry(plain: str, page: Page) -> None:
    typed(page, plain + PAGE, "prepare_metadata_for_build_editable")
    card = page.locator(".cb-card").first
    assert re.match(r"(?s)Editable install fails.*incident\s+resolved\s+sev3\s+2026-11-21", card.inner_text())
    assert card.locator("mark").first.inner_text() == "prepare_metadata_for_build_editable"
    assert page.get_by_role("status").inner_text().startswith("1 found")
    card.get_by_role("link").click()
    assert page.url == f"{plain}records/incidents/{queries.README}/"
    assert "Editable install fails" in page.inner_text("h1")


def test_facets_combine_stay_in_the_address_and_come_back_with_it(plain: str, page: Page) -> None:
    every = typed(page, plain + PAGE, "loop")
    page.locator(".cb-facets").hover()
    page.get_by_label("Kind").select_option("incident")
    page.get_by_label("Year").select_option("2025")
    eventually(
        page,
        "document.querySelector('.cb-card') && !document.querySelector('.cb-card :is(.cb-playbook, .cb-session)')",
    )
    fewer = page.locator(".cb-card h2").all_inner_texts()
    assert 0 < len(fewer) < len(every)
    assert all(day.startswith("2025") for day in page.locator(".cb-card time").all_inner_texts())
    address = page.url
    assert "kind=incident" in address
    assert "year=2025" in address
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector(".cb-card")
    assert page.locator(".cb-card h2").all_inner_texts() == fewer
    assert page.get_by_label("Kind").input_value() == "incident"
    page.locator(".cb-search").get_by_role("button", name="Clear").click()
    eventually(page, "() => !location.search && document.querySelectorAll('.cb-card').length === 10")


def test_several_tags_narrow_and_several_statuses_widen(plain: str, page: Page) -> None:
    page.goto(plain + PAGE)
    asked = "async facets => (await causebookSearch.open().query('', facets, {limit: 50})).results.map(one => one.id)"
    one, both = (set(page.evaluate(asked, {"tag": tags})) for tags in (["asyncio"], ["asyncio", "flaky-tests"]))
    assert both < one
    assert both == {queries.S99, queries.SINGLE}
    some, more = (
        len(page.evaluate(asked, {"status": held})) for held in (["resolved"], ["resolved", "closed", "partial"])
    )
    assert some < more


def test_counts_of_a_facet_are_those_of_the_answer(plain: str, page: Page) -> None:
    page.goto(plain + PAGE)
    counts = page.evaluate(
        "async () => { const s = causebookSearch.open(); return s.counts(await s.query('', {kind: ['session']})) }"
    )
    assert dict(counts["kind"])["playbook"] == 30, "as if no kind were chosen"
    assert dict(counts["severity"])["sev1"] == 0, "sessions have none"


def test_keys_alone_do(plain: str, page: Page) -> None:
    page.goto(plain)
    page.keyboard.press("Control+k")
    page.wait_for_url(plain + PAGE)
    page.wait_for_selector(".cb-card")
    page.keyboard.insert_text("531d174")
    page.wait_for_selector("mark")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('.cb-card') !== null")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id") == "cb-query"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/records/*/*/")


def test_more_than_a_page_can_be_read_on(plain: str, page: Page) -> None:
    page.goto(plain + PAGE)
    page.get_by_role("button", name="More", exact=True).click()
    eventually(page, "() => document.querySelectorAll('.cb-card').length === 20")
    assert page.evaluate("document.activeElement.closest('.cb-card') === document.querySelectorAll('.cb-card')[10]")


def test_the_themes_own_box_leads_here(plain: str, page: Page) -> None:
    page.goto(plain)
    box = page.locator(".md-search__input")
    box.click()
    box.fill("get_metadata_store")
    page.get_by_role("link", name="Search errors, names, shas and paths").click()
    page.wait_for_url("**/records/search/?find=get_metadata_store")
    page.wait_for_selector("mark")


def test_a_pasted_traceback_is_looked_for_by_its_last_lines(plain: str, page: Page) -> None:
    frames = 'Traceback (most recent call last):\n  File "/x/y.py", line 3, in f\n    g()\n'
    text = f"{frames}OSError: Readme file does not exist: README.md\n"
    typed(page, plain + PAGE, text)
    assert "Editable install fails" in page.locator(".cb-card h2").first.inner_text()


def quiet(page: Page, address: str) -> list[str]:
    """Requests to other hosts, and what the console says of our scripts; both grow while the page is used."""
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text) if "causebook" in m.location.get("url", "") else None)
    page.on("pageerror", lambda error: said.append(str(error)) if "causebook-" in (error.stack or "") else None)
    page.context.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else said.append(r.url))
    return said


def test_it_works_behind_a_strict_policy_and_below_a_path(root: Path, page: Page, tmp_path: Path) -> None:
    shutil.copytree(root / "site", tmp_path / "team" / "book")
    server = serve(tmp_path, Strict)
    address = next(server) + "team/book/"
    said = quiet(page, address)
    typed(page, address + PAGE, "segmentaton fault")
    assert "segmentation fault" in page.locator(".cb-card h2").first.inner_text()
    assert said == []
    page.locator(".cb-card a").first.click()
    page.wait_for_url(f"{address}records/incidents/{queries.SEGV}/")
    list(server)


def test_it_works_where_the_site_is_opened_from_a_folder(root: Path, page: Page, tmp_path: Path) -> None:
    shutil.copytree(root / "site", tmp_path / "a folder")
    page.goto((tmp_path / "a folder" / PAGE / "index.html").as_uri())
    page.get_by_label("What are you looking for?").fill("exc.InterfaceError")
    page.wait_for_selector("mark")
    page.locator(".cb-card a").first.click()
    page.wait_for_url(f"**/incidents/{queries.REST}/index.html")


def replaced(site: Path, files: dict[str, str]) -> None:
    """Another index in place of a site's."""
    shutil.rmtree(site / "api" / "search")
    (site / "api" / "search").mkdir()
    for name, text in files.items():
        (site / "api" / "search" / name).write_text(text, encoding="utf-8")


def test_text_of_entries_is_shown_as_text(root: Path, page: Page, tmp_path: Path) -> None:
    shutil.copytree(root / "site", tmp_path / "site")
    said = (Said(9, "title", HOSTILE), Said(8, "error", f"AppError: zonk {HOSTILE}"))
    facets = {"status": (HOSTILE,), "tag": (HOSTILE,)}
    document = Document("2025-01-01-odd-0000", "incident", HOSTILE, "2025-01-01", facets, said)
    replaced(tmp_path / "site", dict(searchindex.build([document], search.FACETS).files))
    server = serve(tmp_path / "site")
    titles = typed(page, next(server) + PAGE, "zonk")
    assert [title.replace("\n", "") for title in titles] == [HOSTILE]
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None
    assert page.locator("#causebook-search :is(script, img)").count() == 0
    list(server)


def test_one_slip_anywhere_is_forgiven_among_many_words_alike(root: Path, page: Page, tmp_path: Path) -> None:
    """So many words end alike that their files are divided as far as they ever are."""
    rng = random.Random(7)  # noqa: S311 - words, no secrets
    words = {"".join(rng.choices("bcdfglmnprst", k=rng.choice((2, 3, 4, 5, 6)))) + "erflow" for _ in range(3000)}
    said = {word: Said(9, "title", word) for word in sorted(words | {"overflow"})}
    many = [Document(f"2025-01-01-{w}-0000", "incident", w, "2025-01-01", {}, (one,)) for w, one in said.items()]
    shutil.copytree(root / "site", tmp_path / "site")
    replaced(tmp_path / "site", dict(searchindex.build(many, search.FACETS).files))
    slips = {"overflow"[:n] + "overflow"[n + 1 :] for n in range(8)}
    slips |= {"overflow"[:n] + "x" + "overflow"[n:] for n in range(9)}
    slips |= {"overflow"[:n] + "overflow"[n : n + 2][::-1] + "overflow"[n + 2 :] for n in range(7)}
    server = serve(tmp_path / "site")
    page.goto(next(server) + PAGE)
    found = page.evaluate(FIRST_OF, sorted(slips))
    wrong = [slip for slip, one in zip(sorted(slips), found, strict=True) if one != "2025-01-01-overflow-0000"]
    assert wrong == []
    list(server)


def test_an_index_that_is_not_there_is_said_and_one_that_comes_is_read(root: Path, page: Page, tmp_path: Path) -> None:
    shutil.copytree(root / "site", tmp_path / "site")
    held = tmp_path / "site" / "api" / "search"
    held.rename(tmp_path / "aside")
    server = serve(tmp_path / "site")
    page.goto(next(server) + PAGE)
    page.wait_for_selector("text=The index cannot be read")
    (tmp_path / "aside").rename(held)
    page.get_by_label("What are you looking for?").fill("hatchling")
    page.wait_for_selector("mark")
    list(server)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_nothing_is_wider_than_the_screen_and_nothing_jumps(
    browser: Browser, plain: str, scheme: str, width: int
) -> None:
    options: dict[str, Any] = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    context = browser.new_context(**options)
    page = context.new_page()
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver(list => { for (const one of list.getEntries()) "
        "if (!one.hadRecentInput) window.moved += one.value }).observe({type: 'layout-shift', buffered: true})"
    )
    page.goto(f"{plain}{PAGE}?find={'x' * 200}&tag=asyncio")
    page.wait_for_selector("text=Nothing found")
    page.goto(f"{plain}{PAGE}?find=test_websocket_await_error_mission_critical")
    page.wait_for_selector("mark")
    page.wait_for_timeout(300)
    found, moved = page.evaluate("[document.documentElement.scrollWidth, window.moved]")
    context.close()
    assert found <= width
    assert moved < 0.1


def test_the_other_engines_site_answers_as_well(zensical_site: Path, page: Page) -> None:
    server = serve(zensical_site / "site")
    address = next(server)
    said = quiet(page, address)
    typed(page, address + PAGE, "get_metdata_store")
    assert "REST API tests" in page.locator(".cb-card h2").first.inner_text()
    assert said == []
    list(server)


def test_the_same_project_gives_the_same_index(project: Project) -> None:
    facts = project.facts()
    once, again = ({d.path: d.text for d in search.files(Site(kb.load(project.root), facts))} for _ in range(2))
    assert once == again
