"""For each check what passes and what fails, as a table: how the project is made, and words of each message.

What stands behind an arrow, ``message => fix``, is part of how to mend it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from causebook.pull_request import PullRequest
from gitrepo import FIRST, SECOND, Project, entry_text, playbook_text

THIRD = "2026-01-03-the-third-0c0c"
GONE = "2020-01-01-not-there-0000"
MADE_UP = "0123456789abcdef0123456789abcdef01234567"
WEB = "https://git.example.org/team/app"
LONG = "The pool was made when the module was imported, long before the loop that later used it had been started."
FIX: dict[str, Any] = {"kind": "fix", "description": "Pool per loop"}


@dataclass(frozen=True)
class Asked:
    """What of the project is looked at; everything, unless said."""

    base: str = ""
    staged: bool = False
    title: str = ""
    body: str = ""
    number: int | None = None
    labels: tuple[str, ...] = ()
    target: str = ""
    only: frozenset[str] | None = None
    """The files that are read; all, unless said."""

    @property
    def request(self) -> PullRequest:
        """The pull request."""
        return PullRequest(self.title, self.body, self.number, self.labels, repo=self.target)


Make = Callable[[Project], "Asked | None"]


@dataclass(frozen=True)
class Case:
    """A project as it is made from the base, and words of the messages of one check there; none: it passes."""

    rule: str
    make: Make
    found: tuple[str, ...]
    unknown: bool = False
    """Whether what is found is that it cannot be told."""


CASES: list[Case] = []


def base(project: Project) -> None:
    """A project with settings, code, a page, a playbook and an entry on main; the branch `work` is checked out."""
    project.put("causebook.toml", f'components = ["database"]\nweb = "{WEB}"\n')
    project.put("kb/playbooks/loop-closed.md", playbook_text("Event loop is closed"))
    project.put("kb/index.md", "# Home\n\n## Part\n")
    project.put("src/pool.py", "1\n2\n3\n")
    project.put("src/empty.py", "")
    project.put("tests/test_pool.py", "def test_one(): ...\nclass TestPool:\n    def test_two(self): ...\n")
    project.write(SECOND, title="The other entry")
    project.repo.commit({}, "Begin")
    project.repo.run("checkout", "--quiet", "-b", "work")


def case(rule: str, *found: str, unknown: bool = False) -> Callable[[Make], Make]:
    """Adds what a function makes."""

    def add(make: Make) -> Make:
        CASES.append(Case(rule, make, found, unknown))
        return make

    return add


def entry(rule: str, *found: str, unknown: bool = False, **fields: Any) -> None:
    """Adds the first entry with these fields."""

    def make(p: Project) -> None:
        p.write(FIRST, **fields)

    case(rule, *found, unknown=unknown)(make)


def text(rule: str, name: str, content: str | bytes, *found: str, unknown: bool = False) -> None:
    """Adds a file beside the first entry."""

    def make(p: Project) -> None:
        p.write(FIRST)
        p.put(name, content)

    case(rule, *found, unknown=unknown)(make)


def both(rule: str, first: dict[str, Any], second: dict[str, Any], *found: str) -> None:
    """Adds the first and the second entry."""

    def make(p: Project) -> None:
        p.write(FIRST, **first)
        p.write(SECOND, **second)

    case(rule, *found)(make)


def change(rule: str, files: Mapping[str, str | None], message: str, *found: str, **asked: Any) -> None:
    """Adds a commit on the branch."""

    def make(p: Project) -> Asked:
        p.repo.commit(files, message)
        return Asked("main", **asked)

    case(rule, *found)(make)


def related(kind: str, target: str) -> list[dict[str, str]]:
    return [{"type": kind, "target": target}]


# Files and their form -------------------------------------------------------------------------------------------------

entry("yaml_syntax")
text("yaml_syntax", f"entries/2026/{THIRD}.yaml", "title: a: b\n", "")
text("yaml_syntax", f"entries/2026/{THIRD}.yaml", entry_text(THIRD) + "severty: sev2\n")
entry("schema", severity="sev2")
entry("schema", "unknown key", severty="sev2")
text("schema", f"entries/2026/{THIRD}.yaml", "title: [\n")
entry("file_readable")
text("file_readable", f"entries/2026/{THIRD}.yaml", b"\xff\xfe", "is not UTF-8: byte 0xff")
text("file_readable", f"entries/2026/{THIRD}.yaml", "title: [\n")
entry("file_name")
text("file_name", "entries/2026/pool.yaml", entry_text(THIRD), f"expected this file to be entries/2026/{THIRD}.yaml")
entry("required_fields", status="investigating", attempts=[{"action": "Restarted it", "outcome": "failed"}])
entry("required_fields", "status investigating needs", status="investigating")


@case("file_name", "2026-02-31 is not a day of the calendar")
def _(p: Project) -> None:
    p.write("2026-02-31-no-such-day-0c0c")


SOUND: dict[str, Any] = {
    "status": "resolved", "severity": "sev3", "causes": [{"role": "root", "description": "x"}],
    "fix": {**FIX, "pr": "7", "verification": {"how": "ran"}},
}  # fmt: skip
entry("required_fields", **SOUND)
entry("required_fields", f"status resolved needs fix.verification => {FIRST}.yaml:8:",
      **{**SOUND, "fix": {**FIX, "pr": "7"}})  # fmt: skip
entry("required_fields", f"status resolved and confidence validated needs five_whys => {FIRST}.yaml:4:",
      "status resolved and confidence validated needs lessons", **SOUND, confidence="validated")  # fmt: skip
entry("todo_left", status="investigating", title="Todo list of the pool")
entry("todo_left", title="TODO")
entry("todo_left", "title still says TODO", status="investigating", title="TODO: write it")
entry("known_component", components=["database"])
entry(
    "known_component", "there is no component 'databse' => did you mean database?", components=["database", "databse"]
)
entry("known_component", "there is no component 'zzz' => known: database", components=["zzz"])


@case("known_component")
def _(p: Project) -> None:
    p.put("causebook.toml", "")
    p.write(FIRST, components=["anything"])


WHYS = [{"why": "Why?", "because": "Loop", "evidence": ["E1"]}]
entry("local_ids", evidence=[{"id": "E1", "kind": "log"}], five_whys=WHYS, lessons=[{"rule": "A"}, {"rule": "B"}])
entry("local_ids", "there is no evidence E1 in this entry", five_whys=WHYS)
entry(
    "local_ids", "there is no causes C2 in this entry",
    causes=[{"id": "C1", "role": "root", "description": "x"}],
    actions=[{"description": "a", "cause": "C1"}, {"description": "b", "cause": "C2"}, {"description": "c"}],
)  # fmt: skip
entry("local_ids", "the id E1 is also that of evidence[0]", evidence=[{"id": "E1"}, {"id": "E2"}, {"id": "E1"}])
VERIFIED = {**FIX, "verification": {"how": "ran", "evidence": ["E3"]}}
entry("local_ids", "there is no evidence E3 in this entry", fix=VERIFIED)
entry("local_ids", evidence=[{"id": "E3"}], fix=VERIFIED)
entry("local_ids", fix=FIX)
entry("local_ids", fix={**FIX, "verification": {"how": "ran"}})


@case("unique_ids")
def _(p: Project) -> None:
    p.write(FIRST)


@case("unique_ids", f"the id {FIRST} is also that of entries/2026/{FIRST}.yaml")
def _(p: Project) -> None:
    p.write(FIRST)
    p.put("entries/2026/copy.yaml", entry_text(FIRST))


# Dates ----------------------------------------------------------------------------------------------------------------


def day(at: str, event: str) -> dict[str, str]:
    return {"at": at, "event": event}


entry("date_order", timeline=[day("2026-01-01", "started"), day("2026-01-02", "resolved"), day("2026-01-01", "note")])
entry("date_order", "resolved (2026-01-02) lies before started (2026-01-05)",
      timeline=[day("2026-01-05", "started"), day("2026-01-02", "resolved")])  # fmt: skip
entry("date_order", "detected (2026-01-02) lies before started (2026-01-05)",
      timeline=[day("2026-01-05", "started")], detection={"at": "2026-01-02"})  # fmt: skip
entry("date_order", timeline=[day("2026-01-05", "started")], detection={"how": "alert"})
entry(
    "date_order",
    "the attempt (2999-01-01) lies in the future",
    attempts=[{"action": "x", "outcome": "failed", "at": "2999-01-01"}, {"action": "y", "outcome": "failed"}],
)
entry("date_order", "the event (2999-01-01) lies in the future", timeline=[day("2999-01-01", "note")])
entry("date_order", "resolved (2999-01-01) lies in the future", timeline=[day("2999-01-01", "resolved")])
SESSION: dict[str, Any] = {"kind": "session", "status": "draft"}
entry("date_order", **SESSION, started_at="2026-01-05T10:00:00Z", ended_at="2026-01-05T11:00:00Z")
entry("date_order", "ended_at (2026-01-05T09:00:00Z) lies before started_at", **SESSION,
      started_at="2026-01-05T10:00:00Z", ended_at="2026-01-05T09:00:00Z")  # fmt: skip
entry("date_order", **SESSION, started_at="2026-01-05T10:00:00Z")


@case("date_order", "the id's date (2999-01-01) lies in the future")
def _(p: Project) -> None:
    p.write("2999-01-01-not-yet-0c0c")


def action(**fields: str) -> list[dict[str, str]]:
    return [{"description": "Alert", **fields}]


entry("action_overdue", actions=action(due="2999-01-01"))
entry("action_overdue", actions=action())
entry("action_overdue", actions=action(due="2026-06-01"))
entry("action_overdue", "due on 2020-01-01, and still open", actions=action(due="2020-01-01"))
for status in ("complete", "cancelled"):
    entry("action_overdue", actions=action(due="2020-01-01", status=status))

# What entries say of each other ---------------------------------------------------------------------------------------

both("relation_target", {"relations": related("related", SECOND)}, {})
entry("relation_target", f"there is no entry {GONE}", relations=related("related", GONE))
entry("relation_target", f"there is no entry {GONE}", f"there is no entry {GONE}", **SESSION, incidents=[SECOND, GONE],
      next_steps=[{"step": "Go on", "closed_by": GONE}, {"step": "Rest"}])  # fmt: skip


@case("relation_target")
def _(p: Project) -> None:
    p.write(FIRST, relations=related("related", THIRD))
    p.put(f"entries/2026/{THIRD}.yaml", "title: [\n")


both("relation_reciprocal", {"relations": related("related", SECOND)}, {"relations": related("related", FIRST)})
entry("relation_reciprocal", f"entries/2026/{FIRST}.yaml names this entry", relations=related("related", SECOND))
entry("relation_reciprocal", relations=related("related", GONE))
entry("relation_cycle", relations=related("supersedes", SECOND))
entry("relation_cycle", "an entry cannot be related to itself", relations=related("related", FIRST))
both("relation_cycle", {"relations": related("supersedes", SECOND)}, {"relations": related("supersedes", FIRST)},
     f"supersedes runs in a circle: {FIRST} -> {SECOND} -> {FIRST}")  # fmt: skip
both("relation_cycle", {"relations": related("related", SECOND)}, {"relations": related("related", FIRST)})


@case("relation_cycle", f"supersedes runs in a circle: {FIRST} -> {THIRD} -> {SECOND} -> {FIRST}")
def _(p: Project) -> None:
    p.write(FIRST, relations=related("supersedes", THIRD))
    p.write(THIRD, relations=related("supersedes", SECOND))
    p.write(SECOND, relations=[*related("supersedes", FIRST), *related("related", FIRST)])


@case("relation_cycle")
def _(p: Project) -> None:
    p.write(FIRST, relations=[*related("supersedes", SECOND), *related("supersedes", THIRD)])
    p.write(THIRD, relations=related("supersedes", SECOND))


both("stale_citation", {"relations": related("caused_by", SECOND)}, {})
both(
    "stale_citation",
    {"relations": related("caused_by", SECOND)},
    {"status": "withdrawn"},
    f"{SECOND} is withdrawn => point at what holds now",
)
both("stale_citation", {"relations": related("supersedes", SECOND)}, {"status": "superseded"})
both("stale_citation", {"status": "withdrawn", "relations": related("related", SECOND)}, {"status": "withdrawn"})
entry("stale_citation", relations=related("related", GONE))


@case("stale_citation", f"{SECOND} is superseded => point at {THIRD}")
def _(p: Project) -> None:
    p.write(FIRST, relations=related("caused_by", SECOND))
    p.write(SECOND, status="superseded", relations=[*related("superseded_by", THIRD), *related("related", GONE)])
    p.write(THIRD, relations=related("supersedes", SECOND))


def error(line: str, title: str) -> dict[str, Any]:
    return {"title": title, "symptom": {"description": "It fails", "errors": [{"text": line}]}}


CLOSED = "RuntimeError: Event loop is closed"
both("near_duplicate", error(CLOSED, "Pool is closed"), error("RuntimeError: no running event loop", "Queue hangs"))
both(
    "near_duplicate", error(CLOSED, "Pool is closed"), error(CLOSED, "Queue hangs"), f"{FIRST} has the same error line"
)
both("near_duplicate", error("TimeoutError", "Pool is closed"), error("TimeoutError", "Queue hangs"))
both("near_duplicate", error(CLOSED, "Pool is closed"),
     {**error(CLOSED, "Queue hangs"), "relations": related("recurrence_of", FIRST)})  # fmt: skip
both("near_duplicate", {"title": "Pool of the worker is bound to another loop"},
     {"title": "The pool of the worker is bound to another loop"}, f"{FIRST} has nearly the same title")  # fmt: skip
both("near_duplicate", {"title": "Pool is closed"}, {"title": "Pool is closed"})
both("near_duplicate", error(CLOSED, "Pool of the worker is bound to another loop"),
     error(CLOSED, "The pool of the worker is bound to another loop"), f"{FIRST} has the same error line")  # fmt: skip
entry("near_duplicate", **error(f"{CLOSED}\n{CLOSED}", "Pool of the worker is bound to another loop"))


@case("near_duplicate")
def _(p: Project) -> None:
    p.write(THIRD, **SESSION, incidents=[FIRST, SECOND])
    p.write(FIRST, **error(CLOSED, "Pool is closed"))
    p.write(SECOND, **error(CLOSED, "Queue hangs"))


@case("near_duplicate")
def _(p: Project) -> None:
    held = error(CLOSED, "Pool is closed")
    held["symptom"]["errors"] *= 2
    p.write(FIRST, **held)


for fields, what in (
    ({"evidence": [{"id": "E1", "quote": LONG}]}, "the quote"),
    ({"summary": LONG}, "the summary"),
    ({"symptom": {"description": LONG}}, "the symptom"),
    ({"fix": {"kind": "fix", "description": LONG}}, "the fix"),
    ({**SESSION, "branch": "work"}, "the branch"),
    ({**SESSION, "objective": LONG}, "the objective"),
):
    both("copied_text", fields, fields, f"{what} is the same as in {FIRST}")
    both("copied_text", fields, {**fields, "relations": related("related", FIRST)})
SHORT: dict[str, Any] = {
    "evidence": [{"id": "E1", "quote": "OK"}, {"id": "E2"}], "summary": "Short", "fix": FIX,
}  # fmt: skip
both("copied_text", SHORT, SHORT)
both("copied_text", {**SESSION, "branch": "work"}, {**SESSION, "branch": "work", "repo": "far"})
both("copied_text", {**SESSION, "branch": "work", "repo": "near"}, {**SESSION, "branch": "work", "repo": "far"})
both("copied_text", {**SESSION, "objective": "Green"}, {**SESSION, "objective": "Green"})
both("copied_text", {"symptom": None, "summary": LONG, "fix": {"kind": "fix", "description": LONG}},
     {"symptom": None, "summary": LONG, "fix": {"kind": "fix", "description": LONG}},
     f"the summary is the same as in {FIRST}")  # fmt: skip

# Words ----------------------------------------------------------------------------------------------------------------

entry("blame", causes=[{"role": "root", "description": "Nothing keeps a pool from being made at import"}])
entry("blame", "'Human error' says who", causes=[{"role": "root", "description": "Human error while deploying"}])
entry("blame", "@ada is named in a cause", five_whys=[{"why": "Why?", "because": "Ask @ada"}, {"why": "Open?"}])
entry("blame", **SESSION)
entry("secret", symptom={"description": "postgres://app:${DB_PASSWORD}@db.example.com/app cannot be reached"})
entry(
    "secret", "symptom.description holds a password", symptom={"description": "postgres://app:hunter22@db/app is off"}
)
entry("possible_secret", symptom={"description": "It ran with password = <password> and stopped"})
entry("possible_secret", "symptom.description may hold a password",
      symptom={"description": "It ran with password = tr0ub4dor and stopped"})  # fmt: skip
entry("possible_secret", symptom={"description": "/home/ada/x; postgres://app:hunter22@db/app"})
entry("secret", symptom={"description": "/home/ada/x; password = tr0ub4dor"})
entry("personal_data", symptom={"description": "password = tr0ub4dor"})
entry("personal_data", symptom={"description": "~/src/app/main.py cannot reach db.example.com"})
entry(
    "personal_data", "symptom.description holds a home folder", symptom={"description": "/home/ada/src/main.py fails"}
)

# Playbooks ------------------------------------------------------------------------------------------------------------

SAID = {"claim": "It is the maker.", "finding": "It is the connection."}
entry("playbook_exists", playbook="loop-closed", corrections=[SAID])
entry("playbook_exists", corrections=[{**SAID, "playbook": "loop-closed", "case": "reproduce"}])
entry("playbook_exists", corrections=[{**SAID, "playbook": "loop-closed"}])
entry("playbook_exists", "there is no playbook loop-close => did you mean loop-closed?", playbook="loop-close")
entry(
    "playbook_exists",
    "there is no playbook zzz => `causebook new playbook --id zzz` makes one",
    corrections=[{**SAID, "playbook": "zzz"}],
)
entry("playbook_exists", "the playbook loop-closed has no case zzz => there are: fix, reproduce",
      corrections=[{**SAID, "playbook": "loop-closed", "case": "zzz"}])  # fmt: skip
entry("playbook_exists", "the case fix belongs to no playbook", corrections=[{**SAID, "case": "fix"}])
entry("playbook_exists", "the playbook loop-closed has no case reproduse => did you mean reproduce?",
      corrections=[{**SAID, "playbook": "loop-closed", "case": "reproduse"}])  # fmt: skip
entry("playbook_exists")
NEGATIVE = [{"text": "RuntimeError: the door is closed", "why": "No pool."}]
SIGNATURE = [{"type": "RuntimeError", "message": "the gate is shut"}]
GATE = "RuntimeError: the gate is shut"
POOL = "RuntimeError: the pool is closed"


def playbook(name: str, *found: str, **fields: Any) -> None:
    """Adds a playbook beside that of the closed loop."""
    values = {"signatures": SIGNATURE, "samples": {"positive": [GATE], "negative": NEGATIVE}} | fields
    text("playbook_samples", f"kb/playbooks/{name}.md", playbook_text(name, **values), *found)


playbook("zoo")
playbook("zoo", "no signature fits its positive sample 1 => it reads as: RuntimeError: x",
         samples={"positive": ["RuntimeError: x"], "negative": NEGATIVE})  # fmt: skip
playbook("zoo", "no signature fits its positive sample 1 => it reads as: nothing",
         samples={"positive": ["all is well"], "negative": NEGATIVE})  # fmt: skip
playbook("zoo", "no signature fits its positive sample 1 => zoo is taken for its root", cascades=["loop-closed"],
         signatures=[{"type": "RuntimeError", "message": "the pool {any} closed"}],
         samples={"positive": [POOL], "negative": NEGATIVE})  # fmt: skip
playbook("zoo", "its positive sample 1 is taken for loop-closed",
         samples={"positive": [f"{POOL}\n\n{GATE}"], "negative": NEGATIVE})  # fmt: skip
playbook("zoo", "a signature fits its negative sample 1",
         samples={"positive": [GATE], "negative": [{"text": GATE, "why": "Not."}]})  # fmt: skip
playbook("zoo", samples={"positive": [GATE], "negative": [{"text": POOL, "why": "Pool."}]})
ANY_POOL = {"signatures": [{"type": "RuntimeError", "message": "the pool {any} closed"}]}
playbook("zoo", "loop-closed and zoo both claim", "its positive sample 1 is taken for loop-closed",
         **ANY_POOL, samples={"positive": [POOL], "negative": NEGATIVE})  # fmt: skip


@case("playbook_samples")
def _(p: Project) -> None:
    (p.root / "kb/playbooks/loop-closed.md").unlink()
    p.write(FIRST)


POOL_ERROR = [{"type": "PoolError", "message": "the pool {any} is empty"}]
SAMPLES = {"positive": ["PoolError: the pool A is empty"], "negative": [{"text": "PoolError: x", "why": "Other."}]}
entry("playbook_samples", signatures=POOL_ERROR, samples=SAMPLES)
entry("playbook_samples", "no signature fits its positive sample 1",
      signatures=[{**POOL_ERROR[0], "type": "OtherError"}], samples=SAMPLES)  # fmt: skip

# Commits --------------------------------------------------------------------------------------------------------------


def commits(*shas: str, role: str = "fixed", **fields: str) -> dict[str, Any]:
    return {"commits": [{"sha": sha, "role": role, **fields} for sha in shas]}


@case("commit_exists")
def _(p: Project) -> None:
    p.write(FIRST, **commits(p.repo.head))


entry("commit_exists", f"there is no commit {MADE_UP}", **commits(MADE_UP))
entry(
    "commit_exists",
    f"commit {MADE_UP} could not be checked => repos.far] path",
    unknown=True,
    **commits(MADE_UP, repo="far"),
)


@case("commit_exists", " => write the sha of a commit")
def _(p: Project) -> None:
    p.write(FIRST, **commits(p.repo.run("rev-parse", "HEAD^{tree}")))


@case("commit_exists", " => write ")
def _(p: Project) -> None:
    p.repo.run("tag", "--annotate", "v1", "--message", "Version 1")
    tag = p.repo.run("rev-parse", "v1")
    p.write(FIRST, **commits(tag))


@case("commit_exists", " => write the sha of a commit")
def _(p: Project) -> None:
    p.write(FIRST, **commits(p.repo.run("hash-object", "-w", "src/pool.py")))


@case("commit_exists", "")
def _(p: Project) -> None:
    p.write(FIRST, **commits(p.repo.collide()[0][:7]))


@case("commit_reachable")
def _(p: Project) -> None:
    p.write(FIRST, **commits(p.repo.head))


@case("commit_reachable", "")
def _(p: Project) -> None:
    off = p.repo.commit({"unlike.py": "1\n"}, "Off", author="Bob <bob@example.org>")
    p.repo.run("checkout", "--quiet", "main")
    p.write(FIRST, **commits(off))


entry("commit_reachable", **commits(MADE_UP))


@case("commit_reachable", " => perhaps ")
def _(p: Project) -> None:
    old = p.repo.commit({"b.py": "2\n"}, "Fix it")
    p.repo.run("checkout", "--quiet", "main")
    p.repo.commit({"c.py": "3\n"}, "Meanwhile")
    p.repo.run("cherry-pick", old, date="2026-01-05T00:00:00+00:00")
    p.write(FIRST, **commits(old))


def cut(p: Project) -> None:
    """Make a shallow clone of it: history ends at what is checked out."""
    (p.root / ".git" / "shallow").write_text(f"{p.repo.head}\n")


@case("commit_reachable", "whether ", unknown=True)
def _(p: Project) -> None:
    old = p.repo.head
    p.repo.commit({}, "Later")
    cut(p)
    p.write(FIRST, **commits(old))


def ordered(first: int, second: int, role: str, *found: str, repo: str = "") -> None:
    """Adds an entry whose introducing and ending commits are two of three."""

    def make(p: Project) -> None:
        shas = [p.repo.commit({"a": str(n)}, f"Step {n}") for n in range(3)] + [MADE_UP]
        other = {"repo": repo} if repo else {}
        p.write(
            FIRST, commits=[{"sha": shas[first], "role": "introduced", **other}, {"sha": shas[second], "role": role}]
        )

    case("commit_order", *found)(make)


ordered(0, 2, "fixed")
ordered(2, 0, "mentioned")
ordered(3, 2, "fixed")
ordered(2, 0, "fixed", repo="far")
ordered(2, 0, "fixed", "")
ordered(2, 0, "mitigated", "")
ordered(1, 1, "fixed", "")


def taken_back(status: str, role: str, *found: str) -> None:
    """Adds an entry whose commit was reverted on the main branch."""

    def make(p: Project) -> None:
        fix = p.repo.commit({"a": "1"}, "Mend it")
        p.repo.run("revert", "--no-edit", fix)
        p.write(FIRST, status=status, **commits(fix, role=role))

    case("fix_reverted", *found)(make)


taken_back("resolved", "fixed", "")
taken_back("closed", "mitigated", "")
taken_back("reopened", "fixed")
taken_back("resolved", "mentioned")


@case("fix_reverted")
def _(p: Project) -> None:
    p.write(FIRST, status="resolved", **commits(p.repo.head))


def numbered(subject: str, pr: str, status: str, *found: str, role: str = "fixed", unknown: bool = False) -> None:
    """Adds an entry with a number, fixed by a commit with this subject."""

    def make(p: Project) -> None:
        sha = p.repo.commit({"src/pool.py": "4\n"}, subject)
        p.write(FIRST, status=status, fix={**FIX, "pr": pr}, **commits(sha, role=role))

    case("number_reference", *found, unknown=unknown)(make)


numbered("Pool (#12)", "12", "resolved")
numbered("Pool (#12)", "7", "draft", "fix.pr is 7, and its fixing commits came with #12")
numbered("Pool (#12)", "team/lib#7", "draft")
numbered("Pool (#12)", "7", "resolved", "whether pull request 7 was merged", role="mentioned", unknown=True)
numbered("Pool (#12)", "7", "draft", role="mentioned")
numbered("Pool", "7", "resolved")
entry("number_reference", fix=FIX)
entry("number_reference", repo="far", fix={**FIX, "pr": "7"})


@case("number_reference", "whether pull request 13 => git fetch --unshallow", unknown=True)
def _(p: Project) -> None:
    p.repo.commit({}, "Pool (#12)")
    cut(p)
    p.write(FIRST, kind="session", status="completed", pr="13")


@case("number_reference", "whether pull request 13 was merged cannot be told => name the fixing", unknown=True)
def _(p: Project) -> None:
    p.repo.commit({}, "Pool (#12)")
    p.write(FIRST, kind="session", status="completed", pr="13")


@case("number_reference")
def _(p: Project) -> None:
    p.repo.commit({}, "Pool (#12)")
    p.write(FIRST, kind="session", status="completed")


@case("number_reference", "fix.pr is 7")
def _(p: Project) -> None:
    shas = [p.repo.commit({"a": s}, s) for s in ("Pool (#12)", "Pool")]
    p.write(FIRST, fix={**FIX, "pr": "7"}, **commits(*shas))


# Files and addresses --------------------------------------------------------------------------------------------------


def file(*refs: dict[str, Any]) -> dict[str, Any]:
    return {"fix": {**FIX, "files": list(refs)}}


HERE = {"path": "src/pool.py"}
entry("file_reference", **file(HERE, {**HERE, "lines": [1, 3]}, {"path": "src/gone.py", "change": "deleted"}))
entry("file_reference", "there is no src/gone.py => correct the path", **file({"path": "src/gone.py"}))
entry("file_reference", "there is no src/Pool.py", **file({"path": "src/Pool.py"}))
entry(
    "file_reference",
    "lines 1 to 4 of src/pool.py, which has 3 => the commit of the fix",
    **file({**HERE, "lines": [1, 4]}),
)
entry("file_reference", "lines 3 to 1 of src/pool.py, which has 3", **file({**HERE, "lines": [3, 1]}))
entry("file_reference", "what it names of far", unknown=True, repo="far", **file(HERE))
entry("file_reference", repo="far")
entry("file_reference", "there is no lib/pool.py => did you mean src/pool.py?", **file({"path": "lib/pool.py"}))
entry("file_reference", "there is no lib/empty.pyx => correct the path", **file({"path": "lib/empty.pyx"}))
entry("file_reference", "lines 2 to 9 of src/pool.py, which has 3 => name lines that are there",
      references=[{"type": "evidence", "ref": "src/pool.py#L2-L9"}])  # fmt: skip


@case("file_reference", "there is no zzzzzzzzzz/pool.py => correct the path")
def _(p: Project) -> None:
    p.repo.commit({"other/long/way/pool.py": ""}, "Another of that name")
    p.write(FIRST, **file({"path": "zzzzzzzzzz/pool.py"}))


@case("file_reference", "src/old.py is not there now, and in a shallow clone", unknown=True)
def _(p: Project) -> None:
    p.repo.commit({}, "Later")
    cut(p)
    p.write(FIRST, **file({"path": "src/old.py"}))


@case("file_reference")
def _(p: Project) -> None:
    p.write(FIRST, attempts=[{"action": "x", "outcome": "failed", "files": [{**HERE, "lines": [3, 3]}]}])
    fixed = p.repo.commit({}, "Entry")
    p.repo.commit({"src/pool.py": None}, "fix: without it")
    p.write(
        FIRST, **commits(fixed), attempts=[{"action": "x", "outcome": "failed", "files": [{**HERE, "lines": [3, 3]}]}]
    )


entry("file_reference", **file({"path": "src/"}))


@case("file_reference")
def _(p: Project) -> None:
    fixed = p.repo.commit({"src/old.py": "1\n2"}, "fix: old")
    p.repo.commit({"src/old.py": None}, "Away")
    p.write(FIRST, **commits(fixed), **file({"path": "src/old.py", "lines": [2, 2]}))


@case("file_reference", "lines 3 to 3 of src/pool.py, which has 1")
def _(p: Project) -> None:
    fixed = p.repo.commit({"src/pool.py": "1\n"}, "fix: pool")
    p.repo.commit({"src/pool.py": "1\n2\n3\n"}, "More")
    p.write(FIRST, **commits(fixed), **file({**HERE, "lines": [3, 3]}))


@case("file_reference", "lines 1 to 3 of src/new.py, which has 2")
def _(p: Project) -> None:
    p.put("src/new.py", "1\n2")
    p.write(FIRST, **file({"path": "src/new.py", "lines": [1, 3]}))


@case("file_reference", "lines 1 to 1 of src/empty.py, which has 0")
def _(p: Project) -> None:
    p.put("src/empty.py", "")
    p.write(FIRST, **file({"path": "src/empty.py", "lines": [1, 1]}))


@case("file_reference", "lines 1 to 3 of lib/x.py, which has 2")
def _(p: Project) -> None:
    from gitrepo import GitRepo

    GitRepo(p.root.parent / "far").commit({"lib/x.py": "1\n2\n"}, "x")
    p.put("causebook.toml", '[repos.far]\npath = "../far"\n')
    p.write(FIRST, repo="far", **file({"path": "lib/x.py", "lines": [1, 3]}))


@case("file_reference", "there is no src/pool.py")
def _(p: Project) -> None:
    p.repo.commit({"src/pool.py": None}, "Away")
    p.write(FIRST, attempts=[{"action": "x", "outcome": "failed", "files": [HERE]}])


@case("file_reference", "lines 3 to 3 of src/pool.py, which has 1")
def _(p: Project) -> None:
    fixed = p.repo.commit({"src/pool.py": "1\n"}, "fix: pool")
    p.write(FIRST, **commits(fixed), **file({**HERE, "lines": [3, 3]}))
    p.repo.commit({"src/pool.py": "1\n2\n3\n"}, "More, and the entry")


@case("file_reference")
def _(p: Project) -> None:
    p.write(FIRST, attempts=[{"action": "x", "outcome": "failed", "files": [{**HERE, "lines": [3, 3]}]}])
    p.repo.commit({}, "Entry")
    p.repo.commit({"src/pool.py": "1\n"}, "Less")


@case("file_reference")
def _(p: Project) -> None:
    p.write(FIRST, attempts=[{"action": "x", "outcome": "failed", "files": [HERE]}])
    p.repo.commit({}, "Entry")
    p.repo.commit({"src/pool.py": None}, "Away")


@case("file_reference", "lines 1 to 4 of src/pool.py, which has 3", "there is no src/gone.py")
def _(p: Project) -> None:
    (p.root / ".git").rename(p.root / "no-git")
    p.write(FIRST, **file({**HERE, "lines": [1, 4]}, {"path": "src/gone.py"}, HERE))


def cited(rule: str, ref: str, *found: str, unknown: bool = False) -> None:
    """Adds an entry with a reference; HEAD stands for the commit that is checked out."""

    def make(p: Project) -> None:
        p.write(FIRST, references=[{"type": "article", "ref": ref.replace("HEAD", p.repo.head)}])

    case(rule, *found, unknown=unknown)(make)


cited("own_address", f"{WEB}/commit/HEAD")
cited("own_address", f"{WEB}/blob/HEAD/src/pool.py#L1-L3")
cited("own_address", f"{WEB}/tree/main/src")
cited("own_address", f"{WEB}/pull/12")
cited("own_address", "https://example.org/commit/0123456789")
cited("own_address", "A title")
cited(
    "own_address",
    f"{WEB}/commit/{MADE_UP}",
    f"{WEB}/commit/{MADE_UP} names {MADE_UP}, which is not in this repository => name a commit",
)
cited("own_address", f"{WEB}/blob/HEAD/src/gone.py", "")
cited("own_address", f"{WEB}/blob/HEAD/src/pool.py#L1-L4", "")
cited("own_address", f"{WEB}/blob/HEAD/src/empty.py#L1", " => name lines that are there")
cited("own_address", f"{WEB}/blob/HEAD/src/pool.py#L3-L1", "")
cited("own_address", f"{WEB}/blob/HEAD/src/pool.py#L0-L1", "")
cited("own_address", f"{WEB}/blob/other/src/pool.py", "", unknown=True)
cited("own_address", f"{WEB}/blob/abcdef/src/pool.py", "", unknown=True)
cited("own_address", f"{WEB.replace('git.', 'user:pass@git.')}/commit/{MADE_UP}")
cited("web_address", "https://example.org/a?b=c#d")
cited("web_address", "https://example.org/")
cited("web_address", "A title")
cited("web_address", "mailto:a@example.org")
cited("web_address", "http://localhost:8000/why", "http://localhost:8000/why".replace("http://", "")[:14])
cited("web_address", "HTTPS://Example.ORG/A", "the canonical form of HTTPS://Example.ORG/A is https://example.org/A")
SEEN = (
    '{"https://example.org/a": {"state": "%s", "checked": "%s", "failed": ["2026-01-01", "2026-01-02"], "seen": "%s"}}'
)


def looked(
    state: str, day: str, seen: str, *found: str, unknown: bool = False, ref: str = "https://example.org/a"
) -> None:
    """Adds an entry with an address and what was found when it was looked at."""

    def make(p: Project) -> None:
        p.write(FIRST, references=[{"type": "article", "ref": ref}])
        p.put("entries/links/example.org.json", SEEN % (state, day, seen))

    case("address_verdict", *found, unknown=unknown)(make)


looked("ok", "2026-01-02", "2026-01-02")
looked("unknown", "2026-01-02", "")
looked(
    "bad",
    "2026-01-02",
    "2025-01-02",
    "https://example.org/a did not answer on 2026-01-01 and 2026-01-02 (), last reached on 2025-01-02 => web/2025/",
)
looked("bad", "2026-01-02", "", "https://example.org/a did not answer => web/2026/")
looked("bad", "2026-01-02", "", ref=f"{WEB}/pull/1")
looked("bad", "2026-01-02", "", ref="A title")
cited("address_verdict", "https://example.org/b", "nobody has looked at https://example.org/b yet", unknown=True)
text(
    "address_verdict",
    "entries/links/example.org.json",
    "[",
    "is no file of verdicts => (at entries/links/example.org.json",
)


def page(line: str, *found: str, unknown: bool = False, **files: str) -> None:
    """Adds a page with this line, and other pages below kb/."""

    def make(p: Project) -> None:
        p.put("kb/guide/start.md", f"# Start\n\n{line}\n")
        for name, held in files.items():
            p.put(f"kb/{name.replace('__', '/')}.md", held)

    case("page_link", *found, unknown=unknown)(make)


page("[home](../index.md#part), [web](https://example.org/x.md), [top](/x.md), [query](?x=1), [here](#start)")
page("[x](gone.md)", "there is no page gone.md => correct the path")
page("[x](stat.md)", "there is no page stat.md => did you mean start.md?")
page("", "there is no page indx.md => did you mean index.md?", top="[x](indx.md)")
page("![x](gone.png)", "there is no image gone.png")
page("[x](../index.md#nowhere)", "index.md has no heading #nowhere")
page("[x](../index.md#__codelineno-0-1)")
page("[x](../../README.md)", "../../README.md leads out of the site")
page("[x](../records/index.md)", "whether the page ../records/index.md is made cannot be told", unknown=True)
page("[x](../records/index.md)", records__index="# Records\n")
page("[x](../records/none.md)", "there is no page ../records/none.md", records__index="[x](gone.md)\n")
page("[x](../playbooks/loop-closed.md)")
page("[x](../records/playbooks/loop-closed.md)")
page("", playbooks__one="[guide](../../guide/start.md), [two](loop-closed.md)")
page("[x]()")


@case("page_link", "is not UTF-8: byte 0xff => (at kb/guide/bad.md:1")
def _(p: Project) -> None:
    p.put("kb/guide/bad.md", b"\xff")
    p.put("kb/guide/start.md", "[x](bad.md#part)")


# Tests ----------------------------------------------------------------------------------------------------------------


def guarded(ref: str, *found: str, kind: str = "test", state: str = "encoded") -> None:
    """Adds a lesson that this enforces."""
    lesson = {"rule": "Pool per loop", "state": state, "enforced_by": {"kind": kind, "ref": ref}}
    entry("regression_test", *found, lessons=[lesson])


for ref in ("tests/test_pool.py", "tests/test_pool.py::test_one[a::b]", "tests/test_pool.py::TestPool::test_two"):
    entry("regression_test", fix={**FIX, "regression_tests": [ref]})
entry("regression_test", "there is no tests/gone.py", fix={**FIX, "regression_tests": ["tests/gone.py::test_one"]})
entry("regression_test", "tests/test_pool.py has no test_two => did you mean test_one?",
      fix={**FIX, "regression_tests": ["tests/test_pool.py::test_two"]})  # fmt: skip
entry("regression_test", "there is no ../x.py", fix={**FIX, "regression_tests": ["../x.py"]})
entry("regression_test", "there is no tests", fix={**FIX, "regression_tests": ["tests"]})
entry("regression_test", **SESSION)
entry("regression_test", "what it names of far", unknown=True, repo="far", fix={**FIX, "regression_tests": ["x.py"]})
entry("regression_test", repo="far", fix=FIX, lessons=[{"rule": "x", "state": "accepted"}])
entry("regression_test", "what it names of far", unknown=True, repo="far",
      lessons=[{"rule": "x", "state": "encoded"}])  # fmt: skip
entry("regression_test", "a lesson that is encoded names what enforces it", lessons=[{"rule": "x", "state": "encoded"}])
guarded("tests/test_pool.py::test_one")
guarded("tests/test_pool.py::zzz", "tests/test_pool.py has no zzz => name the test")
guarded("tests/test_pool.py::TestPool")
guarded("tests/test_pool.py::test_gone", state="accepted")
for kind in ("test", "none"):
    entry("regression_test", "a lesson that is encoded names what enforces it",
          lessons=[{"rule": "x", "state": "encoded", "enforced_by": {"kind": kind}}])  # fmt: skip
guarded("tests/test_pool.py", "a lesson that is encoded names what enforces it", kind="none")
guarded("tests/gone", "there is no tests/gone", kind="ci")
guarded("gone.py", "there is no gone.py", kind="lint")
guarded("the nightly run", kind="ci")
guarded("nightly", kind="ci")
guarded("a/b with words", kind="ci")
guarded("wiki/gone.md", kind="doc")


@case("regression_test")
def _(p: Project) -> None:
    p.put("tests/broken.py", "def (")
    p.put("tests/run.sh", "")
    p.write(FIRST, fix={**FIX, "regression_tests": ["tests/broken.py::test_x", "tests/run.sh::part"]})


MARKED = 'import pytest\n@pytest.mark.incident("{0}")\ndef test_it(): ...\n'
text("incident_marker", "tests/cases.py", MARKED.format(FIRST))
text("incident_marker", "tests/cases.py", MARKED.format(GONE), f"there is no entry {GONE}")
text("incident_marker", "src/test_a.py", MARKED.format(GONE), f"there is no entry {GONE}")
text("incident_marker", "src/a_test.py", MARKED.format(GONE), f"there is no entry {GONE}")
text("incident_marker", "test_a.py", f"from pytest import mark\n@mark.incident('{GONE}')\ndef test(): ...\n",
     f"there is no entry {GONE}")  # fmt: skip
for name in ("src/app.py", ".venv/test_a.py", "node_modules/test_c.py", "tests/notes.txt"):
    text("incident_marker", name, MARKED.format(GONE))
text("incident_marker", "tests/broken.py", f"def {MARKED.format(GONE)}")
text(
    "incident_marker", "tests/word.py", "x = 'mark.incident'\nmark.other('a')\ny.mark.incident(n, 3)\nf.incident('a')\n"
)


@case("incident_marker")
def _(p: Project) -> None:
    p.put("env/pyvenv.cfg", "")
    p.put("env/lib/test_b.py", MARKED.format(GONE))


@case("incident_marker")
def _(p: Project) -> None:
    p.put(f"entries/2026/{FIRST}.yaml", "title: [\n")
    p.put("test_it.py", MARKED.format(FIRST))


# Only some files ------------------------------------------------------------------------------------------------------


def partly(rule: str, files: dict[str, str], only: str, *found: str) -> None:
    """Adds files of which one was read for this change."""

    def make(p: Project) -> Asked:
        for name, held in files.items():
            p.put(name, held)
        return Asked("main", only=frozenset({only}))

    case(rule, *found)(make)


LOST_TESTS = {f"tests/{n}.py": MARKED.format(GONE) for n in "ab"}
partly("incident_marker", LOST_TESTS, "tests/a.py", f"there is no entry {GONE} => (at tests/a.py")
LOST_PAGES = {f"kb/guide/{n}.md": "[x](gone.md)" for n in "ab"}
partly("page_link", LOST_PAGES, "kb/guide/a.md", "there is no page gone.md => (at kb/guide/a.md")
BROKEN = {"kb/playbooks/zoo.md": playbook_text("Zoo", samples={"positive": ["RuntimeError: x"], "negative": NEGATIVE})}
partly("playbook_samples", BROKEN, "src/pool.py")
partly("playbook_samples", BROKEN, "kb/playbooks/zoo.md", "no signature fits its positive sample 1", "both claim")

# Detection of patterns ------------------------------------------------------------------------------------------------

SEEN_LOCK = "import asyncio\nlock = asyncio.Lock()\n"
LOCK_RULE: dict[str, Any] = {
    "call": ["asyncio.Lock"], "where": ["import"], "why": "The lock is bound to a loop that is gone",
    "fix": "make it where it is used",
    "samples": {"positive": [SEEN_LOCK], "negative": [{"text": "lock = Lock()\n", "why": "Another."}]},
}  # fmt: skip


def detects(*found: str, positive: str = SEEN_LOCK, negative: str = "lock = Lock()\n") -> None:
    """Adds a playbook with a detection rule and these samples."""
    held = {**LOCK_RULE, "samples": {"positive": [positive], "negative": [{"text": negative, "why": "Another."}]}}
    page_ = playbook_text(
        "Lock", detect=[held], signatures=SIGNATURE, samples={"positive": [GATE], "negative": NEGATIVE}
    )
    text("playbook_detects", "kb/playbooks/lock.md", page_, *found)


detects()
detects(
    "detection rule 1: it does not find its positive sample 1 => call ?.Lock (import)",
    positive="lock = asyncio.Lock()\n",
)
detects("detection rule 1: it does not find its positive sample 1 => it reads as: nothing", positive="x = 1\n")
detects("detection rule 1: it finds its negative sample 1 => call asyncio.Lock (import)", negative=SEEN_LOCK)
detects("detection rule 1: its negative sample 1 is no Python => write whole statements", negative="if")
detects("it does not find its positive sample 1 => define handler (import)", positive="async def handler(): ...\n")
QUEUE = "import asyncio\nqueue = asyncio.Queue()"
WARNED = "different-loop-primitive"
change("known_pattern", {"src/new.py": "queue = 1\n"}, "feat: queue")
change(
    "known_pattern",
    {"src/new.py": f"{QUEUE}\n"},
    "feat: queue",
    f" => ignore[{WARNED}] and the reason (at src/new.py:2",
)
change("known_pattern", {"src/new.py": f"{QUEUE}  # causebook: ignore[{WARNED}]\n"}, "feat: queue", "gives no reason")
change("known_pattern", {"src/gone.py": ""}, "feat: nothing")

# Lists of what is left ------------------------------------------------------------------------------------------------

KNOWN = "- {rule: todo_left, place: entries/*, reason: as the old tracker had it, until: 2999-01-01}\n"
text("acknowledgement", "entries/acknowledged.yaml", KNOWN)
text(
    "acknowledgement",
    "entries/acknowledged.yaml",
    KNOWN.replace("as the old tracker had it", "wip"),
    "the reason 'wip'",
)
text("ignore_rule", "entries/ignored.yaml", "- {commit: 1a2b3c4d, reason: only a typo in a message}\n")
text(
    "ignore_rule", "entries/ignored.yaml", "- {commit: main, reason: only a typo in a message}\n", " => ignored.yaml:1"
)

# Changes --------------------------------------------------------------------------------------------------------------

CODE = {"src/pool.py": "4\n"}
change("change_range", {}, "Pool")


@case("change_range", "HEAD and main have no commit in common", unknown=True)
def _(p: Project) -> Asked:
    p.repo.run("checkout", "--quiet", "--orphan", "apart")
    p.repo.commit({}, "Apart")
    return Asked("main")


NEEDS = "this mends something"
change("entry_needed", CODE, "feat: pool")
change("entry_needed", CODE, "fix: pool", NEEDS)
change("entry_needed", CODE, "Pool", NEEDS, title="fix: pool")
change("entry_needed", {**CODE, "causebook.toml": '[gate]\nmode = "enforce"\n'}, "fix: pool", f"{NEEDS} => error")
change("entry_needed", {**CODE, "x.toml": ""}, "fix: pool", f"{NEEDS} => warning")
change("entry_needed", {"README.md": "x"}, "fix: a word")
change("entry_needed", {**CODE, f"entries/2026/{FIRST}.yaml": entry_text(FIRST)}, "fix: pool")
change("entry_needed", {**CODE, f"entries/2026/{SECOND}.yaml": entry_text(SECOND, title="It says more")}, "fix: pool")
change("entry_needed", {**CODE, f"entries/2026/{SECOND}.yaml": "# x\n" + entry_text(SECOND, title="The other entry")},
       "fix: pool", NEEDS)  # fmt: skip
change("entry_needed", {**CODE, f"entries/2026/{SECOND}.yaml": None}, "fix: pool", NEEDS)
change("entry_needed", CODE, "fix: pool\n\nCausebook-Skip: a typo that nobody met")
change("entry_needed", CODE, "fix: pool\n\nCausebook-Skip: wip", NEEDS)
change("entry_needed", CODE, "fix: pool", labels=("no-entry",))


@case("entry_needed")
def _(p: Project) -> Asked:
    p.put("causebook.toml", '[gate]\nmode = "off"\n')
    p.repo.commit({**CODE}, "fix: pool")
    return Asked("main")


@case("entry_needed")
def _(p: Project) -> Asked:
    p.put("src/pool.py", "4\n")
    p.repo.run("add", "--all")
    return Asked(staged=True, title="fix: pool")


@case("entry_needed")
def _(p: Project) -> Asked:
    p.put(f"entries/2026/{SECOND}.yaml", b"\xff")
    p.repo.commit({}, "Torn")
    p.repo.run("branch", "--force", "main")
    p.write(SECOND, title="Whole again")
    p.repo.commit({**CODE}, "fix: pool")
    return Asked("main")


@case("entry_needed")
def _(p: Project) -> Asked:
    name = "entries/2026/a\nb.yaml"  # git is not asked for names with line breaks: what it said before is not known
    p.repo.commit({name: entry_text(THIRD)}, "Odd")
    p.repo.run("branch", "--force", "main")
    p.repo.commit({name: entry_text(THIRD, title="It says more"), **CODE}, "fix: pool")
    return Asked("main")


change("skip_reason", CODE, "fix: pool")
change("skip_reason", CODE, "fix: pool\n\nCausebook-Skip: a typo that nobody met", "commit ")
change("skip_reason", CODE, "fix: pool", "the description says Causebook-Skip with the reason 'wip'",
       body="Causebook-Skip: wip")  # fmt: skip
change("skip_reason", CODE, "fix: pool", "the description leaves the entry out", body="Causebook-Skip: ten letters")
change("skip_reason", CODE, "fix: pool", "the label 'no-entry' leaves the entry out", labels=("No-Entry",))
change("trailer_names_entry", CODE, f"Pool\n\nIncident: {SECOND}")
change("trailer_names_entry", CODE, f"Pool\n\nIncident: {GONE}", "commit ")
change("trailer_names_entry", {f"entries/2026/{FIRST}.yaml": "title: [\n"}, f"Pool\n\nIncident: {FIRST}")
change("description_names_entry", CODE, "Pool", body=f"Ends {SECOND}.")
change("description_names_entry", CODE, "Pool", f"the pull request names {GONE}", body=f"Ends {GONE}, {GONE}.")
change("description_names_entry", {f"entries/2026/{FIRST}.yaml": "title: [\n"}, "Pool", body=f"Ends {FIRST}.")


def trailer(message: str, *found: str) -> None:
    """Adds a commit that names an incident, looked at as a whole."""

    def make(p: Project) -> None:
        p.put(f"entries/2026/{THIRD}.yaml", "title: [\n")
        p.repo.commit({}, message)

    case("trailer_target", *found)(make)


trailer(f"Pool\n\nFixes-Incident: {SECOND}")
trailer(f"Pool\n\nFixes-Incident: {THIRD}")
trailer("Pool\n\nFixes-Incident: pool problem", "commit ")

LANDED = {**FIX, "landed_with": "self"}
FIRST_PATH = f"entries/2026/{FIRST}.yaml"
change("landed_with", {FIRST_PATH: entry_text(FIRST, fix=LANDED)}, "Entry", "landed_with: self")
change("landed_with", {FIRST_PATH: entry_text(FIRST, fix=LANDED), **CODE}, "Entry and code")
change("landed_with", {FIRST_PATH: entry_text(FIRST, fix=FIX), "kb/new.md": "# New\n"}, "Entry")
change("landed_with", {FIRST_PATH: entry_text(FIRST)}, "Entry")
change("landed_with", {f"entries/2026/{SECOND}.yaml": entry_text(SECOND, fix=LANDED)}, "An old one")
change("landed_with", {FIRST_PATH: entry_text(FIRST, kind="session", symptom=None)}, "Session")

MISSING = "fix.pr is missing; this is pull request 12"
for fix, found in (
    (None, ()), (FIX, (MISSING,)), ({**FIX, "pr": "12"}, ()), ({**FIX, "pr": "#12"}, ()),
    ({**FIX, "pr": "7"}, ("fix.pr is 7, and this is pull request 12",)), ({**FIX, "pr": "team/app#12"}, ()),
    ({**FIX, "kind": "external"}, ()),
):  # fmt: skip
    change(
        "pull_request_number",
        {FIRST_PATH: entry_text(FIRST, fix=fix), **CODE},
        "x",
        *found,
        number=12,
        target="team/app",
    )
change("pull_request_number", {FIRST_PATH: entry_text(FIRST, fix=FIX)}, "No number")
change("pull_request_number", {f"entries/2026/{SECOND}.yaml": entry_text(SECOND, fix=FIX)}, "An old one", number=12)
OWN_SESSION = entry_text(FIRST, kind="session", symptom=None)
change("pull_request_number", {FIRST_PATH: OWN_SESSION}, "x", "pr is missing; this is pull request 12", number=12)
change("pull_request_number", {FIRST_PATH: f'{OWN_SESSION}pr: "12"\n'}, "x", number=12)


def moved(path: str, *found: str, said: str = "", **fields: Any) -> None:
    """Adds a change that renames a file, and a new entry that names this one."""

    def make(p: Project) -> Asked:
        p.repo.run("mv", "src/pool.py", "src/pools.py")
        ref = {"path": path, "change": said} if said else {"path": path}
        p.write(FIRST, **(file(ref) | fields))
        p.repo.commit({}, "refactor: pools")
        return Asked("main")

    case("moved_file", *found)(make)


moved("src/pool.py", "src/pool.py is renamed to src/pools.py by this change")
moved("src/pools.py")
moved("src/pool.py", said="deleted")
moved("src/pool.py", repo="far")
moved("src/pools.py", references=[{"type": "evidence", "ref": "src/pool.py"}])
change("moved_file", {FIRST_PATH: entry_text(FIRST, **file(HERE))}, "Entry")


def reverted(status: str, *found: str, again: bool = False, better: bool = False, role: str = "fixed") -> None:
    """Adds a change that takes back the fix of an incident with this status, perhaps with another one."""

    def make(p: Project) -> Asked:
        fixed = p.repo.commit({**CODE}, "fix: pool")
        p.repo.run("branch", "--force", "main")
        p.repo.run("revert", "--no-edit", fixed)
        shas = [fixed]
        if again:
            p.repo.run("revert", "--no-edit", "HEAD", date="2026-01-02T12:00:00+00:00")
        if better:
            shas.append(p.repo.commit({"src/pool.py": "5\n"}, "fix: better", date="2026-01-03T12:00:00+00:00"))
        p.write(FIRST, status=status, **commits(*shas, role=role))
        return Asked("main")

    case("revert_reopens", *found)(make)


for status in ("mitigated", "resolved", "closed"):
    reverted(status, "")
reverted("reopened")
reverted("resolved", "", role="mitigated")
reverted("resolved", role="mentioned")
reverted("resolved", again=True)
reverted("resolved", better=True)


@case("revert_reopens")
def _(p: Project) -> Asked:
    p.write(FIRST, status="resolved", **commits(p.repo.head))
    p.repo.commit({}, "Pool")
    return Asked("main")
