"""The diagnosis in the browser: the same answers as the command line, byte for byte, and a page that sends nothing."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from causebook import decode, diagnose, events, kb, known, matcher, places, signature
from renderings import RENDERINGS
from webserver import Quiet, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.site, pytest.mark.browser]

PAGE = "records/diagnose/"
POLICY = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
TRACEBACK = """\
Traceback (most recent call last):
  File "/app/main.py", line 5, in <module>
    asyncio.run(client.call("two"))
  File "/usr/lib/python3.12/asyncio/base_events.py", line 540, in _check_closed
    raise RuntimeError('Event loop is closed')
RuntimeError: Event loop is closed
"""
HOSTILE = """\
Traceback (most recent call last):
  File "/app/main.py", line 5, in <module>
AppError: <script>window.ran = 1</script><img src=x onerror="window.ran = 2">

"""


@pytest.fixture(scope="module")
def root(mkdocs_site: Path) -> Path:
    return mkdocs_site


class Strict(Quiet):
    """Serves with a policy as strict as the theme allows."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()


@pytest.fixture(scope="module")
def plain(root: Path) -> Iterator[str]:
    yield from serve(root / "site")


@pytest.fixture(scope="module")
def strict(root: Path) -> Iterator[str]:
    yield from serve(root / "site", Strict)


def held_by(root: Path) -> dict[str, Any]:
    """What the page knows."""
    text = (root / "site" / "records" / "assets" / "causebook-signatures.js").read_text(encoding="utf-8")
    held: dict[str, Any] = json.loads(text.removeprefix("self.CAUSEBOOK_KNOWN = ").rstrip().removesuffix(";"))
    return held


def samples(root: Path) -> list[tuple[str, str]]:
    """Every sample of every playbook, with a name."""
    found = []
    for playbook in kb.load(root).library.values():
        texts = (*playbook.positive, *(negative.text for negative in playbook.negative))
        found += [(f"{playbook.id} {number}", text) for number, text in enumerate(texts, 1)]
    return found


ODD = {
    "nothing": "",
    "only line ends": "\n\r\n\n",
    "separators": "RuntimeError: a\u2028b\u2029c\u0085d Event loop is closed\n" + TRACEBACK.replace("\n", "\u2028"),
    "letters before": "éraise x == y\nñRuntimeError('Event loop is closed')\n²RuntimeError('Event loop is closed')",
    "astral": "😀" * 350 + " RuntimeError: Event loop is closed\n" + TRACEBACK.replace("closed\n", "closed 😀\n"),
    "long": "x" * 30_000 + "RuntimeError: Event loop is closed\n" + TRACEBACK * 40,
    "a long message": "Traceback (most recent call last):\nValueError: " + "😀é" * 9000 + "\n",
    "numbers that are none": json.dumps({"message": TRACEBACK, "a": float("nan"), "b": [-float("inf"), "NaN"]}),
    "no record": '{"message": 1}\n{"__proto__": "x"}\n[1]\n{}\n{"message": "a\\ud83d\\ude00"}',
    "references": '<?xml version="1.0"?>\n<testsuite><testcase><error message="&#x1F600;&#13;&#0;&#xD800;&lt;">'
    "RuntimeError: Event loop&#32;is closed</error><skipped/>x &amp; y</testcase></testsuite>",
    "a group": "  + Exception Group Traceback (most recent call last):\n  |   File \"/a/b.py\", line 1, in x\n"
    "  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)\n  +-+---------------- 1 ----------------\n"
    "    | Traceback (most recent call last):\n    |   File \"/a/b.py\", line 1, in y\n    | KeyError: 'x'\n"
    "    +------------------------------------\n",
    "over lines": "  Task <Task name='Task-1'> got Future\n   <Future pending> attached to a\n   different loop\n" * 3,
}  # fmt: skip


def mixed(texts: list[str], count: int) -> Iterator[tuple[str, str]]:
    """Lines of all samples in an order in which no program prints them, cut off and rendered anyhow; always the same.

    Samples alone leave many ways through the rules untried: each engine has to go the same way through all of them.
    """
    chance = random.Random(1)  # noqa: S311 - nothing is kept secret by it
    lines = ["", "E   ", "  |", "😀 é", "> x", "ERROR:x:", *(line for text in texts for line in text.split("\n"))]
    renderings = list(RENDERINGS.values())
    for number in range(count):
        chosen = chance.sample(lines, chance.randint(1, 12))
        at = chance.randrange(len(chosen))
        chosen[at] = chosen[at][: chance.randint(0, len(chosen[at]))] + chance.choice(["", "...", "…", ":", '"', " "])
        text = "\n".join([*chance.choice(texts).split("\n")[: chance.randint(0, 9)], *chosen])
        for render in chance.sample(renderings, chance.randint(0, 2)):
            text = render(text)
        yield f"mixed {number}", text


def test_both_engines_give_the_same_bytes(root: Path, plain: str, page: Page) -> None:
    held = held_by(root)
    diagnosis = diagnose.Diagnosis(known.Known(tuple(held["causes"]), held["incidents"]))
    inputs = [(f"{n}, {name}", render(text)) for n, text in samples(root) for name, render in RENDERINGS.items()]
    inputs += ODD.items()
    inputs += mixed([text for _, text in samples(root)], 2000)
    inputs.append(("all at once", "\n".join(text for _, text in samples(root))))
    assert len(RENDERINGS) >= 13
    assert differences(page, plain, diagnosis, inputs)[:3] == []


def differences(
    page: Page, plain: str, diagnosis: diagnose.Diagnosis, inputs: list[tuple[str, str]]
) -> list[tuple[str, str, str, str]]:
    """Inputs to which the engine in the browser gives another answer than ``diagnosis``, and both answers."""
    page.goto(plain + "404.html")
    for script in ("causebook-diagnose.js", "causebook-signatures.js"):
        page.add_script_tag(url=f"{plain}records/assets/{script}")
    said = page.evaluate(
        "inputs => inputs.map(([name, text]) => JSON.stringify(Causebook.diagnose(text, CAUSEBOOK_KNOWN, name)))",
        inputs,
    )
    found = []
    for (name, text), theirs in zip(inputs, said, strict=True):
        ours = json.dumps(diagnosis.answer(text, name).data(), ensure_ascii=False, separators=(",", ":"))
        if ours != theirs:
            found.append((name, text[:2000], ours, theirs))
    return found


def test_the_gate_of_both_engines_fails_where_one_knows_less(root: Path, plain: str, page: Page) -> None:
    held = held_by(root)
    fewer = tuple(cause for cause in held["causes"] if cause["id"] != "loop-closed")
    diagnosis = diagnose.Diagnosis(known.Known(fewer, held["incidents"]))
    assert differences(page, plain, diagnosis, [("closed", TRACEBACK)])


SUITE = """\
import asyncio
import pytest

async def nothing(): pass

@pytest.mark.parametrize("n", range(3))
def test_runs(n):
    async def main(): asyncio.run(nothing())
    asyncio.run(main())

def test_closed():
    loop = asyncio.new_event_loop()
    loop.close()
    loop.call_soon(print)

def test_outside():
    asyncio.get_running_loop()

def test_other():
    assert 1 == 2
"""


def test_a_failing_suite_is_named_alike_by_pytest_the_command_and_the_page(
    root: Path, plain: str, page: Page, tmp_path: Path
) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    output, _, summary = run.stdout.partition("= causebook: ")
    named = re.findall(r"^(?:certainly|likely|possibly) ([a-z-]+):", summary, re.MULTILINE)
    assert sorted(named) == ["loop-already-running", "loop-closed", "no-current-loop"]
    held = held_by(root)
    answer = diagnose.Diagnosis(known.Known(tuple(held["causes"]), held["incidents"])).answer(output)
    assert sorted(match["playbook"] for match in answer.matches if match["playbook"] in named) == sorted(named)
    assert (
        differences(
            page, plain, diagnose.Diagnosis(known.Known(tuple(held["causes"]), held["incidents"])), [("suite", output)]
        )
        == []
    )


def test_the_page_knows_what_the_command_knows(root: Path) -> None:
    told = known.load(root)
    assert held_by(root) == {"causes": list(told.causes), "incidents": told.incidents}


def test_both_engines_have_the_same_regular_expressions(plain: str, page: Page) -> None:
    """Where one was changed in Python alone, this says which, before a text is found that shows it."""
    page.goto(plain + "404.html")
    page.add_script_tag(url=f"{plain}records/assets/causebook-diagnose.js")
    theirs = page.evaluate("Causebook.patterns")
    ours: dict[str, Any] = {f"signature.{name}": gap for name, gap in signature.GAPS.items()} | matcher.TIER
    for module in (decode, places, events, signature, matcher):
        name = module.__name__.rpartition(".")[2]
        ours |= {f"{name}.{key}": shown for key, value in vars(module).items() if (shown := written(value))}
    assert [name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name)] == []


def written(value: object) -> str | list[str]:
    """A regular expression, or several, as text."""
    if isinstance(value, re.Pattern):
        return str(value.pattern)
    if isinstance(value, tuple) and all(isinstance(one, re.Pattern) for one in value):
        return [one.pattern for one in value]
    return ""


# --- the page


def pasted(page: Page, address: str, text: str) -> str:
    """Paste, press the button, read the result."""
    page.goto(address)
    page.get_by_label("What the failure printed").fill(text)
    page.get_by_role("button", name="Diagnose").click()
    page.wait_for_selector(".cb-result:not([aria-busy]) h2", timeout=20_000)
    return page.inner_text(".cb-result")


def test_a_traceback_gets_its_verdict_with_proof_fix_and_links(plain: str, page: Page) -> None:
    text = pasted(page, plain + PAGE, TRACEBACK)
    assert page.inner_text(".cb-verdict").lower() == "certainly"
    assert "line 6: RuntimeError: Event loop is closed" in text
    assert page.locator(".cb-match ol li").count() >= 2
    assert page.locator(".cb-result").get_attribute("aria-live") == "polite"
    links = page.eval_on_selector_all(".cb-result a", "found => found.map(a => a.href)")
    assert f"{plain}records/playbooks/loop-closed/" in links
    assert any("/records/incidents/" in link for link in links)
    for link in links:
        answer = page.request.get(link)
        assert answer.ok, link


def test_keys_alone_do(plain: str, page: Page) -> None:
    page.goto(plain + PAGE)
    page.get_by_label("What the failure printed").focus()
    page.keyboard.insert_text(TRACEBACK)
    for _ in range(2):  # past the file to the button
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Diagnose"
    page.keyboard.press("Enter")
    page.wait_for_selector(".cb-match")
    page.locator(".cb-buttons").get_by_role("button", name="Clear").press("Enter")
    assert page.locator(".cb-result").inner_text() == ""
    page.keyboard.insert_text("nothing")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".cb-unknown")


def test_what_is_unknown_is_said(plain: str, page: Page) -> None:
    assert "Unknown: no failure was found in it." in pasted(page, plain + PAGE, "all is well\n")
    text = pasted(page, plain + PAGE, TRACEBACK.replace("RuntimeError: Event loop is closed", "AppError: no such pump"))
    assert "Unknown: no playbook or incident fits." in text
    assert "line 6: AppError: no such pump" in text


def test_hostile_text_is_shown_as_text(plain: str, page: Page) -> None:
    text = pasted(page, plain + PAGE, HOSTILE + TRACEBACK.replace("RuntimeError:", "<b>x</b> RuntimeError:", 1))
    assert '<script>window.ran = 1</script><img src=x onerror="window.ran = 2">' in text
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None
    assert page.locator(".cb-result :is(script, img, b)").count() == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_and_one_that_is_no_text_refused(plain: str, page: Page, encoding: str) -> None:
    page.goto(plain + PAGE)
    choose = page.get_by_label("Or drop a file here, or choose one:")
    choose.set_input_files({"name": "ci é.log", "mimeType": "text/plain", "buffer": TRACEBACK.encode(encoding)})
    page.wait_for_selector(".cb-match")
    assert "Result for ci é.log" in page.inner_text(".cb-result")
    assert page.get_by_label("What the failure printed").input_value() == TRACEBACK
    choose.set_input_files({"name": "core", "mimeType": "text/plain", "buffer": bytes(100)})
    page.wait_for_selector("text=core is no text: it holds null bytes")


def test_a_file_can_be_dropped(plain: str, page: Page) -> None:
    page.goto(plain + PAGE)
    held = page.evaluate_handle(
        "text => { const d = new DataTransfer(); d.items.add(new File([text], 'ci.log')); return d; }", TRACEBACK
    )
    page.dispatch_event(".cb-diagnose", "dragover", {"dataTransfer": held})
    assert page.locator(".cb-diagnose.cb-over").count() == 1
    page.dispatch_event(".cb-diagnose", "drop", {"dataTransfer": held})
    page.wait_for_selector(".cb-match")
    assert page.locator(".cb-diagnose.cb-over").count() == 0


def test_it_works_where_the_site_is_opened_from_a_folder(root: Path, page: Page, tmp_path: Path) -> None:
    shutil.copytree(root / "site", tmp_path / "a folder")
    address = (tmp_path / "a folder" / PAGE / "index.html").as_uri()
    assert "Event loop is closed" in pasted(page, address, TRACEBACK)
    page.locator(".cb-match h3 a").first.click()
    assert page.url.endswith("/records/playbooks/loop-closed/index.html")
    assert page.locator("h1").count() == 1


def test_it_works_behind_a_strict_policy_and_nothing_leaves_the_origin(strict: str, page: Page) -> None:
    asked: list[tuple[str, str | None]] = []
    page.context.on("request", lambda request: asked.append((request.url, request.post_data)))
    ours: list[str] = []
    page.on("console", lambda m: ours.append(m.text) if "causebook-" in m.location.get("url", "") else None)
    page.on("pageerror", lambda error: ours.append(str(error)) if "causebook-" in (error.stack or "") else None)
    assert "certainly" in pasted(page, strict + PAGE, TRACEBACK).lower()
    assert page.evaluate("document.querySelectorAll('script[src*=causebook-diagnose]').length") == 0, "not in a Worker"
    assert ours == []
    names = {url.rsplit("/", 1)[-1] for url, _ in asked}
    assert {"causebook-page.js", "causebook-diagnose.js", "causebook-signatures.js"} <= names
    assert [url for url, data in asked if not url.startswith(strict) or data] == []
    page.goto(strict + "records/")
    assert page.locator("#causebook-diagnose").count() == 0
    assert ours == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_nothing_is_wider_than_the_screen(browser: Browser, plain: str, scheme: str, width: int) -> None:
    options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    context = browser.new_context(**options)  # type: ignore[arg-type]
    page = context.new_page()
    pasted(page, plain + PAGE, TRACEBACK + HOSTILE + "Traceback (most recent call last):\nAppError: " + "x" * 250)
    found = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert found <= width
