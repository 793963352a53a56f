"""Addresses and what else entries repeat: sound forms, the project's own forge, numbers, doubles, copies, blame."""

from __future__ import annotations

from typing import Any

import pytest

from causebook import addresses
from causebook.addresses import Own
from causebook.mending import plan
from gitrepo import FIRST, SECOND, GitRepo, Project

WEB = "https://git.example.org/team/app"
LONG = "The pool was made when the module was imported, long before the loop that later used it had been started."


@pytest.fixture
def project(repo: GitRepo) -> Project:
    """A project with an address on a forge and one file."""
    made = Project(repo, repo.path)
    made.put("causebook.toml", f'web = "{WEB}"\n')
    repo.commit({"src/pool.py": "1\n2\n3\n"}, "Begin")
    return made


def cite(project: Project, ref: str, name: str) -> list[tuple[str, str]]:
    project.write(FIRST, references=[{"type": "article", "ref": ref}])
    return [(f.verdict, f.message) for f in project.lint(name)]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://example.org/a?b=c#d", None),
        ("http://example.org", None),
        ("https://[2606:4700::1111]/x", None),
        ("https://user:secret@example.org/x", "user name or password"),
        ("https://token@example.org/x", "user name or password"),
        ("ftp://example.org/x", "starts with ftp"),
        ("javascript://example.org/%0aalert(1)", "starts with javascript"),
        ("www.example.org/x", "starts with no scheme"),
        ("https://localhost:8000/x", "localhost:8000 is seen from one machine"),
        ("http://127.0.0.1/x", "127.0.0.1 is seen"),
        ("http://10.1.2.3/x", "10.1.2.3 is seen"),
        ("http://[::1]/x", "is seen from one machine"),
        ("http://build.internal/x", "build.internal is seen"),
        ("http://jenkins/x", "jenkins is seen"),
        ("https://example.org:99999/x", "is no web address"),
        ("https:///x", "is no web address"),
        ("https://exa mple.org/x", "is no web address"),
    ],
)
def test_an_address_is_sound(project: Project, address: str, found: str | None) -> None:
    messages = [m for _, m in cite(project, address, "web-address")]
    assert len(messages) == (found is not None)
    assert (found or "") in "".join(messages)
    assert "secret" not in "".join(messages)


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("HTTPS://Example.ORG/A", "https://example.org/A"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://example.org/a?utm_source=x&b=1&fbclid=2#c", "https://example.org/a?b=1#c"),
    ],
)
def test_an_address_is_mended_to_its_canonical_form(project: Project, address: str, form: str) -> None:
    project.write(FIRST, references=[{"type": "article", "ref": address}])
    found = plan(project.root, project.lint("web-address"))
    assert form in found.after[f"entries/2026/{FIRST}.yaml"]
    assert addresses.canonical(form) == form


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org",
        "https://example.org/a?b=%20x&c",
        "https://example.org/a%2Fb;c?d#e?f",
        "https://example.org/?q=a+b",
    ],
)
def test_what_is_canonical_is_left(project: Project, address: str) -> None:
    assert cite(project, address, "web-address") == []


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("commit/0123456789ab", Own(commit="0123456789ab")),
        ("-/commit/0123456789AB?x=1", Own(commit="0123456789ab")),
        ("blob/main/src/pool.py#L2-L3", Own(ref="main", path="src/pool.py", lines=(2, 3))),
        ("-/blob/main/src/pool.py#L2-3", Own(ref="main", path="src/pool.py", lines=(2, 3))),
        ("src/commit/0123456789ab/src/a%20b.py#L4", Own(ref="0123456789ab", path="src/a b.py", lines=(4, 4))),
        ("src/branch/main/src/pool.py", Own(ref="main", path="src/pool.py")),
        ("tree/main/src/", Own(ref="main", path="src")),
        ("pull/12/files", Own(number=12)),
        ("pulls/12", Own(number=12)),
        ("-/merge_requests/12", Own(number=12)),
        ("issues/12#issuecomment-1", Own(number=12)),
        ("wiki/Home", Own()),
    ],
)
def test_own_addresses_of_each_forge_are_read(path: str, own: Own) -> None:
    assert addresses.own(f"{WEB}/{path}", f"{WEB}.git") == own


@pytest.mark.parametrize("other", ["https://git.example.org/team/apple/commit/0123456", "https://example.org/", WEB])
def test_others_are_not_own(other: str) -> None:
    assert addresses.own(other, WEB) is None
    assert addresses.own(other, "") is None


def test_own_addresses_are_looked_up_in_git(project: Project) -> None:
    sha = project.repo.head

    def found(path: str) -> list[str]:
        return [v for v, _ in cite(project, f"{WEB}/{path}", "own-address")]

    for good in (
        f"commit/{sha}",
        f"commit/{sha[:9]}",
        f"blob/{sha}/src/pool.py#L1-L3",
        "blob/main/src/pool.py",
        "tree/main/src",
    ):
        assert found(good) == [], good
    assert found(f"commit/{'0' * 40}") == ["fail"]
    assert found(f"blob/{sha}/src/gone.py") == ["fail"]
    assert found(f"blob/{sha}/src/pool.py#L1-L4") == ["fail"]
    assert found("blob/other-branch/src/pool.py") == ["unknown"]
    assert found("pull/12") == []
    assert found("blob/--output=x/src/pool.py") == ["unknown"]


@pytest.mark.parametrize(
    ("subject", "pr", "found"),
    [
        ("Pool (#12)", "12", []),
        ("Pool (#12)", "7", [("fail", "fix.pr is 7, and its fixing commits came with #12")]),
        ("Merge pull request #12 from x", "12", []),
        ("Pool", "7", []),
    ],
)
def test_a_number_is_that_of_the_commits(project: Project, subject: str, pr: str, found: list[tuple[str, str]]) -> None:
    sha = project.repo.commit({"src/pool.py": "4\n"}, subject)
    fix = {"kind": "fix", "description": "x", "pr": pr}
    project.write(FIRST, fix=fix, commits=[{"sha": sha, "role": "fixed"}])
    assert [(f.verdict, f.message) for f in project.lint("number-reference")] == found


def test_a_number_that_history_does_not_know_is_unknown(project: Project) -> None:
    project.repo.commit({"src/pool.py": "4\n"}, "Pool (#12)")
    fix = {"kind": "fix", "description": "x", "pr": "13"}
    project.write(FIRST, status="resolved", fix=fix)
    assert [f.verdict for f in project.lint("number-reference")] == ["unknown"]
    project.write(FIRST, status="draft", fix=fix)
    assert project.lint("number-reference") == ()
    project.write(SECOND, kind="session", status="completed", pr="13")
    assert [f.verdict for f in project.lint("number-reference")] == ["unknown"]


def test_an_entry_that_is_over_is_not_built_on(project: Project) -> None:
    third = "2026-01-03-the-third-0c0c"
    project.write(FIRST, status="superseded", relations=[{"type": "superseded_by", "target": third}])
    project.write(third, relations=[{"type": "supersedes", "target": FIRST}])
    project.write(SECOND, relations=[{"type": "caused_by", "target": FIRST}])
    (finding,) = project.lint("stale-citation")
    assert (finding.message, third in finding.fix) == (f"{FIRST} is superseded", True)
    project.write(SECOND, relations=[{"type": "caused_by", "target": third}])
    assert project.lint("stale-citation") == ()


def symptom(*errors: str) -> dict[str, Any]:
    return {"description": "It fails", "errors": [{"text": e} for e in errors]}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("RuntimeError: Event loop is closed", "RuntimeError: Event loop is closed", True),
        ("got Future <0x7f01> attached to loop 12", "got Future <0x7faa> attached to loop 99", True),
        ("Traceback\n  x\nValueError: no pool named 'a' is here", "ValueError: no pool named 'b' is here", True),
        ("TimeoutError", "TimeoutError", False),
        ("RuntimeError: Event loop is closed", "RuntimeError: no running event loop", False),
    ],
)
def test_the_same_error_in_entries_that_do_not_know_each_other(
    project: Project, one: str, other: str, *, alike: bool
) -> None:
    project.write(FIRST, title="Pool is closed", symptom=symptom(one))
    project.write(SECOND, title="Queue hangs", symptom=symptom(other))
    found = project.lint("near-duplicate")
    assert len(found) == alike
    if alike:
        assert found[0].place.path.endswith(f"{SECOND}.yaml")
        project.write(SECOND, symptom=symptom(other), relations=[{"type": "recurrence_of", "target": FIRST}])
        assert project.lint("near-duplicate") == ()


def test_nearly_the_same_title_is_told_once(project: Project) -> None:
    project.write(FIRST, title="Pool of the worker is bound to another loop", symptom=symptom(LONG))
    project.write(SECOND, title="The pool of the worker is bound to another loop", symptom=symptom(LONG))
    assert len(project.lint("near-duplicate")) == 1
    project.write(SECOND, title="Queue of the web process fills up at night", symptom=symptom("x"))
    assert project.lint("near-duplicate") == ()


def test_two_parts_of_one_document_may_share_an_error(project: Project) -> None:
    day = "2026-01-03-the-day-0c0c"
    project.write(day, kind="session", status="completed", incidents=[FIRST, SECOND])
    project.write(FIRST, title="One thing here", symptom=symptom(LONG))
    project.write(SECOND, title="Another thing there", symptom=symptom(LONG))
    assert project.lint("near-duplicate") == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"evidence": [{"id": "E1", "quote": LONG}]},
        {"summary": LONG},
        {"symptom": {"description": LONG}},
        {"fix": {"kind": "fix", "description": LONG}},
        {"kind": "session", "status": "draft", "branch": "work"},
        {"kind": "session", "status": "draft", "objective": LONG},
    ],
)
def test_what_is_copied_is_told_unless_the_two_are_related(project: Project, fields: dict[str, Any]) -> None:
    project.write(FIRST, **fields)
    project.write(SECOND, **fields)
    (finding,) = project.lint("copied-text")
    assert FIRST in finding.message
    assert finding.place.path.endswith(f"{SECOND}.yaml")
    project.write(SECOND, **fields, relations=[{"type": "related", "target": FIRST}])
    assert project.lint("copied-text") == ()


def test_short_texts_agree_by_chance(project: Project) -> None:
    for identity in (FIRST, SECOND):
        project.write(identity, summary="Short", evidence=[{"id": "E1", "quote": "OK"}])
    assert project.lint("copied-text") == ()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Human error while deploying", 1),
        ("@ada was Careless", 2),
        ("Ask @team-a about it", 1),
        ("Nothing stops a pool made at import", 0),
        ("The fixture `@pytest.fixture` has another scope", 0),
        ("@pytest.fixture(scope='session') and @asyncio.coroutine", 0),
        ("npm package @scope/name 1.2, mail to a@example.org", 0),
        ("The decorator @retry(3) hides it", 0),
    ],
)
def test_a_cause_says_what_and_not_who(project: Project, text: str, count: int) -> None:
    project.write(FIRST, causes=[{"role": "root", "description": text}])
    assert len(project.lint("blame")) == count
    project.write(FIRST, five_whys=[{"why": "Why?", "because": text}])
    assert len(project.lint("blame")) == count
