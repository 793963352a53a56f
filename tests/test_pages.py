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
    return (project.root / "kb" / "records" / path).read_text()


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
