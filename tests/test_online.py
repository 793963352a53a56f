"""Looking at addresses: a real server answers in every way that servers do; verdicts are kept a file a host."""

from __future__ import annotations

import datetime as dt
import json
import os
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from causebook import lychee, online, verdicts
from causebook.config import Config
from causebook.verdicts import BadVerdicts, Verdict
from conftest import Run
from gitrepo import FIRST, GitRepo, Project

DAY = dt.date(2026, 6, 1)
NEXT = dt.date(2026, 6, 2)


class Site(BaseHTTPRequestHandler):
    """Answers by path: /200, /404, /head405, /busy, /moved, /circle, ..."""

    asked: Counter[str] = Counter()

    def do_HEAD(self) -> None:
        self.reply()

    def do_GET(self) -> None:
        self.reply()

    def reply(self) -> None:
        self.asked[f"{self.command} {self.path}"] += 1
        name = self.path.strip("/").split("?")[0]
        count = sum(n for key, n in self.asked.items() if key.endswith(f" {self.path}"))
        code = {"head405": 405 if self.command == "HEAD" else 200, "busy": 503 if count < 3 else 200}.get(name)
        headers = {
            "moved": (301, {"Location": "/200"}), "found": (302, {"Location": "/200"}),
            "circle": (302, {"Location": "/circle"}), "script": (302, {"Location": "javascript:alert(1)"}),
            "inside": (302, {"Location": "http://inner.example/x"}), "limited": (429, {"Retry-After": "9999"}),
            "twice": (308, {"Location": "/moved"}), "here": (302, {"Location": "/moved"}),
        }.get(name) or (code or int(name), {})  # fmt: skip
        self.send_response(headers[0])
        for key, value in headers[1].items():
            self.send_header(key, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    Site.asked.clear()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def open_to(host: str) -> str:
    return "a private host" if host == "inner.example" else ""


def ask(address: str) -> tuple[str, str, str]:
    found = online.ask(address, open_to, 0)
    return found.state, found.reason, found.moved


@pytest.mark.parametrize(
    ("path", "state", "reason", "moved"),
    [
        ("/200", "ok", "200", ""),
        ("/204", "ok", "204", ""),
        ("/404", "bad", "404", ""),
        ("/410", "bad", "410", ""),
        ("/401", "unknown", "401", ""),
        ("/403", "unknown", "403", ""),
        ("/500", "unknown", "500", ""),
        ("/limited", "unknown", "429", ""),
        ("/head405", "ok", "200", ""),
        ("/busy", "ok", "200", ""),
        ("/moved", "ok", "200", "/200"),
        ("/twice", "ok", "200", "/200"),
        ("/found", "ok", "200", ""),
        ("/here", "ok", "200", ""),
        ("/circle", "unknown", "leads in a circle", ""),
        ("/script", "unknown", "302, and it leads to no page", ""),
        ("/inside", "unknown", "leads to a private host", ""),
    ],
)
def test_each_answer_is_understood(site: str, path: str, state: str, reason: str, moved: str) -> None:
    assert ask(site + path) == (state, reason, site + moved if moved else "")


def test_head_comes_first_and_a_busy_server_is_asked_again(site: str) -> None:
    ask(f"{site}/200")
    assert Site.asked == {"HEAD /200": 1}
    ask(f"{site}/busy")
    assert Site.asked["HEAD /busy"] == 3
    ask(f"{site}/limited")
    assert Site.asked["HEAD /limited"] == 1


def test_nobody_there_is_a_failure(site: str) -> None:
    state, reason, _ = ask("http://127.0.0.1:9/x")
    assert (state, reason.startswith("not reached: ")) == ("bad", True)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "10.0.0.1", "build.internal", "jenkins", "169.254.169.254"])
def test_private_hosts_are_never_asked(host: str, site: str) -> None:
    assert online.ask(f"http://{host}:{site.rsplit(':', 1)[1]}/200").state == "unknown"
    assert not Site.asked


def test_bad_after_failures_on_two_days(site: str) -> None:
    page = f"{site}/404"
    first = online.look([page], {}, DAY, reach=open_to, pause=0)
    assert (first[page].state, first[page].failed) == ("unknown", ("2026-06-01",))
    again = online.look([page], first, DAY, reach=open_to, pause=0)
    assert again == first
    second = online.look([page], first, NEXT, reach=open_to, pause=0)
    assert (second[page].state, second[page].failed) == ("bad", ("2026-06-01", "2026-06-02"))


def test_an_answer_forgives(site: str) -> None:
    page = f"{site}/200"
    held = {page: Verdict("bad", "2026-05-31", "404", ("2026-05-30", "2026-05-31"), "2026-01-01")}
    found = online.look([page], held, DAY, reach=open_to, pause=0)[page]
    assert found == Verdict("ok", "2026-06-01", "200", (), "2026-06-01")


def test_a_refusal_changes_nothing_that_is_known(site: str) -> None:
    page = f"{site}/403"
    held = {page: Verdict("ok", "2026-05-01", "200", (), "2026-05-01")}
    found = online.look([page], held, DAY, reach=open_to, pause=0)[page]
    assert (found.state, found.seen, found.reason) == ("ok", "2026-05-01", "403")


def test_what_was_reached_lately_is_not_asked_again(site: str) -> None:
    page = f"{site}/200"
    held = {page: Verdict("ok", "2026-05-26", "200", (), "2026-05-26")}
    assert online.look([page], held, DAY, reach=open_to, pause=0) == held
    assert not Site.asked
    online.look([page], held, NEXT, reach=open_to, pause=0)
    assert Site.asked


PATHS = ["200", "204", "404", "410", "403", "500", "head405", "busy", "moved", "twice", "found", "here",
         "circle", "script", "inside", "200?a=(b)&c=d", "404?q=1.", ""]  # fmt: skip


def test_verdicts_are_the_same_with_lychee_and_without(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [f"{site}/{path}" if path else "http://127.0.0.1:9" for path in PATHS]
    assert lychee.program() is not None
    with_it = online.look(pages, {}, DAY, reach=open_to, pause=0)
    assert Site.asked["HEAD /204"] == 0  # it asks by GET, and what it settled is not asked again
    monkeypatch.setattr(lychee, "program", lambda: None)
    Site.asked.clear()
    assert online.look(pages, {}, DAY, reach=open_to, pause=0) == with_it
    assert Site.asked["HEAD /204"] == 1


def test_lychee_is_not_told_of_private_hosts(site: str) -> None:
    found = online.look([f"{site}/200"], {}, DAY, pause=0)
    assert found[f"{site}/200"].state == "unknown"
    assert not Site.asked


@pytest.mark.parametrize("script", ["exit 2", "echo nothing", "echo []", 'echo \'{"success_map": {"stdin": [{}]}}\''])
def test_a_lychee_that_cannot_do_it_leaves_it_to_us(
    tmp_path: Path, site: str, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    (tmp_path / "lychee").write_text(f"#!/bin/sh\ncat > /dev/null\n{script}\n")
    (tmp_path / "lychee").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    page = f"{site}/200"
    assert online.look([page], {}, DAY, reach=open_to, pause=0)[page].state == "ok"
    assert Site.asked == {"HEAD /200": 1}


def test_without_a_network_nothing_is_held_against_anybody() -> None:
    pages = ["http://127.0.0.1:9/a", "http://127.0.0.1:9/b"]
    held = {pages[0]: Verdict("ok", "2026-05-01", "200", (), "2026-05-01")}
    found = online.look(pages, held, DAY, reach=open_to, pause=0)
    assert [found[page].state for page in pages] == ["ok", "unknown"]
    assert not any(verdict.failed for verdict in found.values())


def test_verdicts_are_kept_a_file_a_host(tmp_path: Path) -> None:
    config = Config()
    (tmp_path / "entries").mkdir()
    held = {
        "https://a.example.org/x": Verdict("ok", "2026-06-01", "200", (), "2026-06-01"),
        "https://b.example.org/y": Verdict("bad", "2026-06-01", "404", ("2026-05-01", "2026-06-01")),
        "https://xn--bcher-kva.example/": verdicts.NEVER,
    }
    assert len(verdicts.save(tmp_path, config, held)) == 3
    assert verdicts.load(tmp_path, config) == held
    assert verdicts.save(tmp_path, config, held) == ()
    del held["https://b.example.org/y"]
    assert verdicts.save(tmp_path, config, held) == ("b.example.org.json",)
    assert verdicts.load(tmp_path, config) == held


def test_no_host_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "entries").mkdir()
    for host in ("..%2f..%2fx", "a" * 240, "[::1]", "UPPER.example"):
        verdicts.save(tmp_path, Config(), {f"https://{host}/": verdicts.NEVER})
        made = [p for p in tmp_path.rglob("*") if p.is_file()]
        assert len(made) == 1
        assert made[0].parent == tmp_path / "entries" / "links"


@pytest.mark.parametrize(
    "text", ["", "[]", '{"x": 1}', '{"x": {"state": "good"}}', '{"x": {"state": "ok", "failed": 3}}']
)
def test_a_broken_file_of_verdicts_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "entries" / "links" / "a.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(BadVerdicts, match=r"entries/links/a.json"):
        verdicts.load(tmp_path, Config())


def test_the_check_reads_verdicts_and_asks_nobody(repo: GitRepo) -> None:
    project = Project(repo, repo.path)
    page = "https://example.org/why"
    project.write(FIRST, references=[{"type": "article", "ref": page}, {"type": "web", "ref": "http://localhost/x"}])
    assert [(f.verdict, f.fix) for f in project.lint("address-verdict")] == [("unknown", "causebook check --online")]
    verdicts.save(project.root, Config(), {page: Verdict("ok", "2026-06-01", "200", (), "2026-06-01")})
    assert project.lint("address-verdict") == ()
    bad = Verdict("bad", "2026-06-01", "404", ("2026-05-01", "2026-06-01"), "2026-04-01")
    verdicts.save(project.root, Config(), {page: bad})
    (finding,) = project.lint("address-verdict")
    assert (finding.verdict, finding.level) == ("fail", "warning")
    assert "2026-05-01 and 2026-06-01 (404), last reached on 2026-04-01" in finding.message
    assert f"web/2026/{page}" in finding.fix
    project.put("entries/links/example.org.json", "[")
    assert [f.place.path for f in project.lint("address-verdict")] == ["entries/links/example.org.json"]


def test_online_writes_what_it_found(repo: GitRepo, run: Run, monkeypatch: pytest.MonkeyPatch, site: str) -> None:
    project = Project(repo, repo.path)
    page = f"{site}/200"
    project.write(FIRST, references=[{"type": "article", "ref": page}])
    at = ["-C", str(project.root), "check", "--select", "address-verdict", "--online"]
    assert run(*at).code == 0
    assert not (project.root / "entries" / "links").exists()
    monkeypatch.setattr("causebook.addresses.is_private", lambda _: False)
    monkeypatch.setattr("causebook.online.guarded", open_to)
    monkeypatch.setitem(online.look.__kwdefaults__ or {}, "reach", open_to)
    done = run(*at)
    assert (done.code, page in done.err) == (0, True)
    (made,) = (project.root / "entries" / "links").iterdir()
    assert json.loads(made.read_text())[page]["state"] == "ok"
