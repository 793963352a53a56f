"""From entries and history to the pages of sessions and incidents: what a reader is told, and what is not claimed."""

from __future__ import annotations

import re

import pytest

from causebook import harvest
from gitrepo import FIRST, SECOND, GitRepo, Project


@pytest.fixture
def bare(repo: GitRepo) -> Project:
    """A project without entries."""
    return Project(repo, repo.path)


def page(project: Project, path: str) -> str:
    """One page after a harvest."""
    base = project.load()
    todo = harvest.plan(base, project.facts())
    harvest.apply(base, todo)
    text = (project.root / "kb" / "records" / path).read_text()
    return re.sub(r"</?time[^>]*>", "", text)


def section(text: str, heading: str) -> str:
    """What stands below a heading, to the next one of its level."""
    mark = re.search(rf"^(#+) {re.escape(heading)}$\n", text, re.MULTILINE)
    assert mark, heading
    return re.split(rf"^{mark[1]} ", text[mark.end() :], maxsplit=1, flags=re.MULTILINE)[0]


# ---- the log of sessions

LOG = "sessions/index.md"


def session(project: Project, identity: str, title: str, **fields: object) -> str:
    project.write(identity, kind="session", title=title, **{"status": "completed", **fields})
    return identity


def told(text: str, title: str, identity: str) -> str:
    """What the log says of one session."""
    return section(text, f"[{title}](../sessions/{identity}.md)")


def test_sessions_stand_by_day_with_how_far_their_plan_came(bare: Project) -> None:
    plan = [{"step": "One", "state": "done"}, {"step": "Two"}, {"step": "Three", "state": "dropped"}]
    early = session(bare, "2026-01-02-early-0a0a", "Early", plan=plan, started_at="2026-01-02T09:30:00Z")
    session(bare, "2026-01-02-late-0b0b", "Late", started_at="2026-01-02T15:00:00Z")
    session(bare, "2026-01-03-newest-0c0c", "Newest")
    text = page(bare, LOG)
    assert re.findall(r"^##+ \[?([\w-]+)", text, re.MULTILINE) == [
        "2026-01-03",
        "Newest",
        "2026-01-02",
        "Late",
        "Early",
    ]
    shown = told(text, "Early", early)
    assert "1 of 2 steps of the plan done" in shown
    assert '<progress class="cb-plan" max="2" value="1"' in shown
    assert "<span>09:30</span>" in shown


def test_what_was_left_open_is_not_closed_unless_an_entry_says_so(bare: Project) -> None:
    later = session(bare, "2026-01-05-later-0b0b", "Later", branch="fix-it")
    steps = [{"step": "Mend it", "closed_by": later}, {"step": "Test it"}, {"step": "Done", "state": "done"}]
    first = session(bare, "2026-01-02-first-0a0a", "First", next_steps=steps, branch="fix-it")
    shown = told(page(bare, LOG), "First", first)
    left, _, closed = shown.partition("Left open, and closed since:")
    assert "Left open, and not closed by a later one, as far as entries say:\n\n- Test it\n" in left
    assert f"- Mend it Closed in [Later](../sessions/{later}.md)." in closed
    assert "- Done" not in shown


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ({"branch": "fix-it"}, {"branch": "fix-it"}, True),
        ({"branch": "fix-it"}, {"branch": "other"}, False),
        ({"branch": "main"}, {"branch": "main"}, False),
        ({"incidents": [FIRST]}, {"incidents": [FIRST]}, True),
        ({}, {"relations": [{"type": "related", "target": "2026-01-02-first-0a0a"}]}, True),
        ({"relations": [{"type": "related", "target": "2026-01-05-later-0b0b"}]}, {}, True),
        ({}, {}, False),
    ],
)
def test_a_later_session_of_the_same_line_is_named(
    bare: Project, ours: dict[str, object], theirs: dict[str, object], same: bool
) -> None:
    bare.write(FIRST)
    first = session(bare, "2026-01-02-first-0a0a", "First", next_steps=[{"step": "Test it"}], **ours)
    later = session(bare, "2026-01-05-later-0b0b", "Later", next_steps=[{"step": "Rest"}], **theirs)
    text = page(bare, LOG)
    line = f"On the same branch or incident, or related, came later: [Later](../sessions/{later}.md)."
    assert (line in told(text, "First", first)) is same
    assert "came later" not in told(text, "Later", later)  # the first one was before it


def test_a_closing_session_that_is_not_there_is_named_by_id(bare: Project) -> None:
    session(bare, SECOND, "Alone", next_steps=[{"step": "Mend it", "closed_by": "2026-09-09-gone-0e0e"}])
    assert "Closed in <code>2026-09-09-gone-0e0e</code>." in page(bare, LOG)


def test_of_a_long_list_of_open_steps_some_are_shown(bare: Project) -> None:
    session(bare, SECOND, "Long", next_steps=[{"step": f"Step {n}"} for n in range(9)])
    shown = told(page(bare, LOG), "Long", SECOND)
    assert "- Step 5\n" in shown
    assert "- 3 more on its page." in shown


def test_each_year_has_a_page_and_the_first_shows_the_latest(bare: Project) -> None:
    for n in range(45):
        session(bare, f"{2025 + n % 2}-01-{n % 28 + 1:02}-work-{n:04x}", f"Session {n}")
    text = page(bare, LOG)
    assert "The latest 40 of 45 sessions" in text
    assert "By year: [2026](../sessions/2026.md) (22), [2025](../sessions/2025.md) (23)." in text
    assert page(bare, "sessions/2025.md").count("\n### ") == 23


def test_without_sessions_the_log_says_how_to_begin(bare: Project) -> None:
    assert "causebook new session" in page(bare, LOG)


def test_text_of_a_session_is_shown_and_not_run(bare: Project) -> None:
    evil = "<script>alert(1)</script> [x](javascript:alert(1)) {{ 7 * 7 }}"
    session(bare, SECOND, evil, next_steps=[{"step": evil}], summary=evil)
    text = page(bare, LOG)
    assert "<script" not in text
    assert not re.search(r"(?<!\\)\]\(javascript", text)
    assert "{{" not in text


# ---- the page of an incident

INCIDENT = f"incidents/{FIRST}.md"
TIMELINE = [
    {"at": "2026-01-01T09:00:00Z", "event": "started"},
    {"at": "2026-01-01T09:15:00Z", "event": "detected", "note": "A test fails"},
    {"at": "2026-01-01T13:15:00Z", "event": "resolved"},
]
FIX = {"kind": "fix", "description": "Close it"}


def fixed(project: Project, **fields: object) -> str:
    """The first entry with its fix in the second commit; the commit's sha."""
    sha = project.repo.run("rev-parse", ":/Close the pool")
    project.write(FIRST, status="resolved", commits=[{"sha": sha, "role": "fixed"}], **{"fix": FIX, **fields})
    return sha


def test_state_dates_and_durations_stand_at_the_top(project: Project) -> None:
    sha = fixed(project, severity="sev2", timeline=TIMELINE, playbook="loop-closed")
    head = page(project, INCIDENT).partition("\n## ")[0]
    assert '<span class="cb-badge cb-resolved">resolved</span>' in head
    assert '<span class="cb-badge cb-sev2">sev2</span>' in head
    assert "- <strong>Began</strong> 2026-01-01 09:00 UTC\n" in head
    assert "- <strong>Noticed</strong> 2026-01-01 09:15 UTC, 15 min after it began\n" in head
    assert "- <strong>Over</strong> 2026-01-01 13:15 UTC, 4 h after it was noticed\n" in head
    assert "- <strong>Class</strong> [loop-closed](../playbooks/loop-closed.md)\n" in head
    assert f"- <strong>Fixed in</strong> <code>{sha[:12]}</code>\n" in head
    assert "- <strong>Today</strong> [the fix stands unchanged](#since-then)\n" in head


def test_a_draft_has_nothing_to_see_at_a_glance(bare: Project) -> None:
    bare.write(FIRST)
    text = page(bare, INCIDENT)
    assert "cb-glance" not in text
    assert "## Since then" not in text
    assert "## Timeline" not in text


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-01-01", "2026-01-01"),
        ("2026-01-01T09:15:00Z", "2026-01-01 09:15 UTC"),
        ("2026-01-01 09:15", "2026-01-01 09:15"),
        ("2026-01-01T09:15+02:00", "2026-01-01 09:15 +02:00"),
        ("2026-01-01T09:15:30.5+00:00", "2026-01-01 09&#58;15:30.5 UTC"),
    ],
)
def test_a_date_is_shown_as_people_write_it(bare: Project, at: str, said: str) -> None:
    bare.write(FIRST, detection={"at": at})
    assert f"- <strong>Noticed</strong> {said}\n" in page(bare, INCIDENT)


def test_whys_attempts_and_timeline_are_lists_that_read_without_a_style(bare: Project) -> None:
    bare.write(
        FIRST,
        five_whys=[{"why": "Why?", "because": "So."}, {"why": "Why so?"}],
        timeline=TIMELINE,
        attempts=[
            {"id": "A1", "action": "Restart", "outcome": "failed", "hypothesis": "It hangs", "learned": "It does not"},
            {"action": "Close", "outcome": "worked", "at": "2026-01-01T12:00:00Z", "files": [{"path": "src/a_b.py"}]},
        ],
    )
    text = page(bare, INCIDENT)
    whys = section(text, "Five whys")
    assert "1. <strong>Why?</strong><br>\n    So.\n" in whys
    assert '1. <strong class="cb-unknown">Why so?</strong><br>\n    Not known yet.\n' in whys
    tried = section(text, "What was tried")
    assert '1. <span class="cb-badge cb-failed">failed</span> <strong>Restart</strong>\n' in tried
    assert "<em>Believed:</em> It hangs" in tried
    assert "<em>Learned:</em> It does not" in tried
    assert "2026-01-01 12:00 UTC <code>src/a&#95;b.py</code>" in tried
    shown = section(text, "Timeline")
    assert '1. <span class="cb-badge cb-at-started">started</span> 2026-01-01 09:00 UTC\n' in shown
    assert "09:15 UTC <small>15 min later</small><br>A test fails\n" in shown


def places(text: str) -> list[float]:
    return [float(x) for x in re.findall(r'<circle [^>]*cx="([\d.]+)%"', text)]


def test_the_timeline_is_drawn_to_scale(bare: Project) -> None:
    bare.write(
        FIRST, timeline=[{"at": f"2026-01-0{n}", "event": e} for n, e in ((1, "started"), (2, "note"), (5, "closed"))]
    )
    text = section(page(bare, INCIDENT), "Timeline")
    assert places(text) == [2.0, 26.0, 98.0]
    assert "4 days from the first to the last, to scale." in text
    assert "style=" not in text


def test_a_gap_that_would_hide_the_rest_is_drawn_broken_and_said_so(bare: Project) -> None:
    bare.write(FIRST, timeline=[{"at": "2025-01-01T09:00:00Z", "event": "introduced"}, *TIMELINE])
    text = section(page(bare, INCIDENT), "Timeline")
    first, second, third, last = places(text)
    assert (first, second, last) == (2.0, 14.0, 98.0)
    assert (third - second) / (last - second) == pytest.approx(0.25 / 4.25, abs=0.01)
    assert "but for the dashed part, which is 365 days." in text
    assert text.count("cb-broken") == 1


@pytest.mark.parametrize("timeline", [TIMELINE[:1], [TIMELINE[0], {**TIMELINE[0], "event": "note"}]])
def test_one_moment_is_not_drawn(bare: Project, timeline: list[dict[str, str]]) -> None:
    bare.write(FIRST, timeline=timeline)
    assert "<svg" not in page(bare, INCIDENT)


@pytest.mark.parametrize(
    ("remote", "setting", "address"),
    [
        ("git@github.com:team/app.git", "", "https://github.com/team/app/blob/{sha}/src/pool.py#L1-L2"),
        (
            "https://gitlab.example.org/team/app",
            "",
            "https://gitlab.example.org/team/app/-/blob/{sha}/src/pool.py#L1-2",
        ),
        ("https://codeberg.org/team/app", "", "https://codeberg.org/team/app/src/commit/{sha}/src/pool.py#L1-L2"),
        ("https://bitbucket.org/team/app", "", "https://bitbucket.org/team/app/src/{sha}/src/pool.py#lines-1:2"),
        ("https://git.example.org/team/app", "", ""),
        (
            "https://git.example.org/team/app",
            'file_url = "https://git.example.org/t/{path}?id={sha}#n{first}"',
            "https://git.example.org/t/src/pool.py?id={sha}#n1",
        ),
    ],
)
def test_lines_of_a_fix_are_linked_at_its_commit(project: Project, remote: str, setting: str, address: str) -> None:
    project.repo.run("remote", "add", "origin", remote)
    if setting:
        project.put("causebook.toml", setting)
    sha = fixed(project, fix={**FIX, "files": [{"path": "src/pool.py", "lines": [1, 2]}]})
    row = next(line for line in page(project, INCIDENT).splitlines() if line.startswith("| ") and "src/pool.py" in line)
    shown = f"[<code>src/pool.py</code>]({address.format(sha=sha)})" if address else "<code>src/pool.py</code>"
    if setting:
        shown = f"[<code>src/pool.py</code>](https://git.example.org/t/src/pool.py?id={sha}#n1)"
    assert row == f"| {shown} | 1 to 2 | modified | as the fix left it |"


def test_a_path_cannot_leave_its_address(project: Project) -> None:
    evil = "src/a b)](javascript:x)?#.py"
    project.repo.run("remote", "add", "origin", "git@github.com:team/app.git")
    sha = project.repo.commit({evil: "1\n"}, "Odd")
    project.write(FIRST, commits=[{"sha": sha, "role": "fixed"}], fix=FIX)
    text = section(page(project, INCIDENT), "Fix")
    assert f"(https://github.com/team/app/blob/{sha}/src/a%20b%29%5D%28javascript%3Ax%29%3F%23.py)" in text


def test_what_became_of_the_fix_is_told_from_git(project: Project) -> None:
    named = [{"path": "src/pool.py"}, {"path": "src/gone.py"}, {"path": "src/kept.py"}]
    sha = project.repo.commit(
        {"src/pool.py": "pool = 3\n", "src/gone.py": "x\n", "src/kept.py": "y\n", "src/more.py": "z\n"}, "Fix it"
    )
    lesson = {"rule": "Close it", "enforced_by": {"kind": "test", "ref": "tests/test_pool.py::test_closed"}}
    project.write(
        FIRST, status="resolved", commits=[{"sha": sha, "role": "fixed"}], fix={**FIX, "files": named}, lessons=[lesson]
    )
    project.repo.commit({"src/pool.py": "pool = 4\n", "src/gone.py": None}, "Later")
    text = page(project, INCIDENT)
    assert f"- Not reverted: <code>{sha[:12]}</code> stands in the history of this branch." in text
    assert "- Of the files of the fix: 1 as the fix left it, 1 changed since, 1 gone." in text
    assert "Gone</strong>: <code>tests/test&#95;pool.py&#58;&#58;test&#95;closed</code>" in text
    assert "[look again: 1 of its files is gone, 1 of its guards is gone](#since-then)" in text
    assert "which is <strong>no longer there</strong>" in section(text, "Lessons")
    rows = [line.rsplit("| ", 1)[1] for line in section(text, "Fix").splitlines() if line.startswith("| <code>")]
    assert rows == ["changed since |", "no longer there |", "as the fix left it |"]
    assert "1 more file in the commits of the fix." in text


def test_a_guard_that_is_there_is_not_called_gone(project: Project) -> None:
    project.repo.commit({"tests/test_pool.py": "def test_closed(): ...\n"}, "Test it")
    lesson = {"rule": "R", "enforced_by": {"kind": "test", "ref": "tests/test_pool.py::test_closed"}}
    fixed(project, fix={**FIX, "regression_tests": ["tests/test_pool.py::test_closed"]}, lessons=[lesson])
    text = page(project, INCIDENT)
    assert "no longer there" not in text
    assert "the fix stands unchanged" in text


def test_a_reverted_fix_is_told_first(project: Project) -> None:
    sha = fixed(project)
    project.repo.run("revert", "--no-edit", sha)
    text = page(project, INCIDENT)
    assert "[the fix was reverted](#since-then)" in text
    assert f"<strong>Reverted</strong>: <code>{sha[:12]}</code> was taken back by" in text


def test_a_fix_in_another_repository_is_not_judged_by_this_one(project: Project) -> None:
    lesson = {"rule": "R", "enforced_by": {"kind": "test", "ref": "tests/test_pool.py"}}
    fix = {**FIX, "files": [{"path": "src/pool.py"}, {"path": "other/file.py"}]}
    project.write(FIRST, commits=[{"sha": "1234567", "role": "fixed", "repo": "elsewhere"}], fix=fix, lessons=[lesson])
    text = page(project, INCIDENT)
    assert "## Since then" not in text
    assert "no longer there" not in text
    assert "not there" not in text


def test_files_of_a_fix_that_came_with_the_entry_are_there_or_not(project: Project) -> None:
    fix = {**FIX, "landed_with": "self", "files": [{"path": "src/pool.py"}, {"path": "src/lost.py"}]}
    project.write(FIRST, fix=fix)
    assert "- Of the files of the fix: 1 there, 1 not here." in page(project, INCIDENT)


def test_facts_cost_one_git_process_however_many_entries(project: Project) -> None:
    fixed(project)
    few = project.facts().processes
    sha = project.repo.head
    for n in range(20):
        project.write(f"2026-02-01-more-{n:04x}", commits=[{"sha": sha, "role": "fixed"}], fix=FIX)
    assert project.facts().processes == few


def test_the_playbook_says_when_it_was_last_run(project: Project) -> None:
    fixed(project, playbook="loop-closed")
    shown = section(page(project, INCIDENT), "Since then")
    assert re.search(
        r"\[loop-closed\]\(\.\./playbooks/loop-closed\.md\): re-verified on 20\d\d-\d\d-\d\d with Python", shown
    )


def test_a_playbook_never_run_is_not_called_verified(project: Project) -> None:
    from gitrepo import playbook_text

    project.put("kb/playbooks/own.md", playbook_text("Own"))
    fixed(project, playbook="own")
    assert "[own](../playbooks/own.md): not verified." in section(page(project, INCIDENT), "Since then")


def test_who_else_hit_this_names_recurrences_and_the_class(bare: Project) -> None:
    bare.write(FIRST, playbook="loop-closed")
    for n in range(7):
        fields = {"relations": [{"type": "recurrence_of", "target": FIRST}]} if n == 6 else {}
        bare.write(f"2026-02-0{n + 1}-other-{n:04x}", title=f"Other {n}", playbook="loop-closed", **fields)
    text = page(bare, INCIDENT)
    shown = section(text, "Who else hit this")
    assert "- Happened again as: [Other 6](../incidents/2026-02-07-other-0006.md)\n" in shown
    assert shown.count("Of the same class: ") == 5
    assert "- [All 8 of this class](../by/playbook/loop-closed.md)" in shown
    assert "## Related" not in text
    assert "- <strong>Seen</strong> happened again as [Other 6]" in text


def test_before_and_after_stand_beside_each_other(bare: Project) -> None:
    evidence = [{"id": "E1", "before": "3 failed", "after": "3 passed"}, {"id": "E2", "after": "fast"}]
    bare.write(FIRST, evidence=evidence)
    text = section(page(bare, INCIDENT), "Evidence")
    assert text.count("cb-compare") == 1
    assert "Before:\n\n```text\n3 failed\n```\n\nAfter:\n\n```text\n3 passed\n```" in text


def test_text_of_an_incident_is_shown_and_not_run(bare: Project) -> None:
    evil = "<script>alert(1)</script> </div> {{ 7 * 7 }}\n\n</li><img src=x onerror=alert(1)>"
    bare.write(
        FIRST,
        summary=evil,
        timeline=[{**event, "note": evil} for event in TIMELINE],
        five_whys=[{"why": evil, "because": evil}],
        attempts=[{"action": evil, "outcome": "failed", "result": evil, "learned": evil, "hypothesis": evil}],
        lessons=[{"rule": evil, "enforced_by": {"kind": "test", "ref": "<b>.py"}}],
        fix={**FIX, "files": [{"path": "<script>.py", "note": evil}]},
    )
    text = page(bare, INCIDENT)
    assert "<script" not in text
    assert "<img" not in text
    assert "{{" not in text
    assert text.count("</div>") == text.count("<div ")
