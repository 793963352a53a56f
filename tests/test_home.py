"""The start page and the pages of playbooks as text: what they name, in which order, and whose kb/index.md is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from causebook import config, diagram, harvest, verified
from causebook.diagram import Leaf
from causebook.pages import homepage
from conftest import Run
from gitrepo import FIRST, SECOND, GitRepo, Project, playbook_text
from test_harvest import page, pages, written

MKDOCS = "site_name: Pool's *causebook*\nnav:\n  - Home: index.md\n"


def start(project: Project) -> str:
    """The start page among the records, as where there is no mkdocs.yml."""
    return page(project, homepage.OWN)


def section(text: str, title: str) -> str:
    """What stands below a heading of the second or third level."""
    return re.split(r"^##+ ", text.split(f"# {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0].strip()


def index(project: Project) -> str:
    return (project.root / "kb" / "index.md").read_text()


# --- what it shows


def test_open_incidents_come_by_severity_and_then_the_latest_first(project: Project) -> None:
    project.write(FIRST, status="investigating")
    project.write("2026-01-03-the-grave-one-0c0c", status="mitigated", severity="sev1", title="Grave")
    project.write("2026-01-04-the-late-one-0d0d", status="identified", title="Late | <b>")
    project.write("2026-01-05-the-ended-one-0e0e", status="wont_fix", title="Ended")
    project.write("2026-01-06-a-draft-0f0f", title="Draft")
    text = section(start(project), "Open incidents")
    names = re.findall(r"^- (\S+): \[(.+?)\]", text, re.MULTILINE)
    assert names == [
        ("2026-01-03", "Grave"), ("2026-01-04", "Late &#124; &lt;b&gt;"), ("2026-01-01", "The pool outlives its loop"),
    ]  # fmt: skip
    assert '<span class="cb-badge cb-sev1">sev1</span> <span class="cb-badge cb-mitigated">mitigated</span>' in text
    assert text.endswith("And [1 draft](by/status/draft.md) to be finished.")


def test_more_open_incidents_than_fit_are_counted(project: Project) -> None:
    for n in range(12):
        project.write(f"2026-02-{n + 1:02}-number-{n}-0a0{n:x}", status="reopened")
    text = section(start(project), "Open incidents")
    assert text.count("cb-reopened") == homepage.MOST_OPEN
    assert "The gravest 10 of 12; [all that is open](index.md)." in text


def test_what_comes_back_is_counted_by_playbook_and_by_recurrence(project: Project) -> None:
    project.write(FIRST, playbook="loop-closed")
    project.write("2026-01-03-again-0c0c", playbook="loop-closed", title="Again")
    back = [{"type": "recurrence_of", "target": FIRST}]
    project.write("2026-01-04-back-0d0d", relations=back, title="It is back")
    project.write("2026-01-05-alone-0e0e", playbook="blocking-call", title="Alone")
    project.write("2026-01-06-copy-0f0f", playbook="blocking-call", status="duplicate", title="Copy")
    project.write("2026-01-07-other-0a1a", title="Other")
    project.write("2026-01-08-other-0a2a", relations=[{"type": "recurrence_of", "target": "2026-01-07-other-0a1a"}])
    rows = [line for line in section(start(project), "What comes back").splitlines() if line.startswith("| [")]
    title = "[Client or connection used after its loop was closed](playbooks/loop-closed.md)"
    assert rows == [f"| {title} | 3 | 1 | 2026-01-04: [It is back](incidents/2026-01-04-back-0d0d.md) |"]
    (other,) = [line for line in section(start(project), "What comes back").splitlines() if line.startswith("| The")]
    assert other.startswith("| The pool outlives its loop | 2 | 1 | 2026-01-08: [")


def test_a_family_of_one_playbook_links_to_the_list_of_its_incidents(project: Project) -> None:
    project.write(FIRST, playbook="loop-closed")
    project.write("2026-01-03-again-0c0c", playbook="loop-closed")
    assert "| [2](by/playbook/loop-closed.md) | 0 |" in section(start(project), "What comes back")


def test_recurrences_in_a_circle_and_unknown_playbooks_do_no_harm(project: Project) -> None:
    other = "2026-01-03-again-0c0c"
    project.write(FIRST, relations=[{"type": "recurrence_of", "target": other}], playbook="no-such")
    project.write(other, relations=[{"type": "recurrence_of", "target": FIRST}], playbook="no-such")
    assert "| <code>no-such</code> | [2](by/playbook/no-such.md) | 2 |" in section(start(project), "What comes back")


def test_nothing_twice_is_said(project: Project) -> None:
    assert section(start(project), "What comes back") == "No failure is recorded twice."


def test_the_week_ends_with_the_latest_commit_of_an_entry_not_with_the_clock(project: Project) -> None:
    project.write(FIRST, title="Edited")
    project.repo.commit({}, "Edit", date="2026-01-20T12:00:00+00:00")
    project.write("2026-01-15-new-0c0c", title="New")
    project.repo.commit({}, "Add", date="2026-01-15T12:00:00+00:00")
    text = section(start(project), "Lately")
    assert text.startswith(
        "From 2026-01-14 to 2026-01-20, the day of the latest entry or commit: 1 entry written, 1 edited."
    )
    assert "- 2026-01-20: [Edited](" in text
    assert "(edited, incident, draft)" in text
    assert "- 2026-01-15: [New](incidents/2026-01-15-new-0c0c.md) (incident, draft)" in text
    assert "Hunt" not in text


def test_without_git_the_days_of_the_entries_count(tmp_path: Any, run: Run) -> None:
    project = Project(None, tmp_path)  # type: ignore[arg-type]
    project.write(FIRST)
    project.write("2025-12-26-old-0c0c", title="Just")
    project.write("2025-12-25-old-0d0d", title="Older")
    assert run("harvest", at=tmp_path).code == 0
    text = section((tmp_path / "kb" / "records" / "home.md").read_text(), "Lately")
    assert "From 2025-12-26 to 2026-01-01" in text
    assert ("Just" in text, "Older" in text) == (True, False)


def test_the_last_sessions_come_with_their_plans(project: Project) -> None:
    plan = [{"step": "a", "state": "done"}, {"step": "b", "state": "open"}, {"step": "c", "state": "dropped"}]
    project.write(SECOND, kind="session", title="Hunt", status="partial", incidents=[], plan=plan)
    text = section(start(project), "Last sessions")
    assert f"- 2026-01-02: [Hunt](sessions/{SECOND}.md)" in text
    assert "1 of 2 steps" in text


def test_a_base_without_entries_says_what_to_do_first(project: Project) -> None:
    for identity in (FIRST, SECOND):
        project.path(identity).unlink()
    text = start(project)
    assert "causebook new incident" in section(text, "Begin here")
    assert "## Open incidents" not in text
    assert '<div id="causebook-home"></div>' in text


def test_an_own_template_changes_one_block(project: Project) -> None:
    own = '{% extends "!/pages/homepage.md.j2" %}\n{% block welcome %}\nCall **us** first.\n{% endblock %}\n'
    project.put("templates/pages/homepage.md.j2", own)
    text = start(project)
    assert "Call **us** first." in text
    assert "## Open incidents" in text
    assert "By reading" not in text


# --- whose kb/index.md is


def test_it_is_the_start_of_the_site_where_the_nav_asks_and_nobody_wrote_one(project: Project) -> None:
    project.put("mkdocs.yml", MKDOCS)
    written(project)
    text = index(project)
    assert text.startswith("---\ngenerated: causebook\nchecksum: ")
    assert "# Pool's \\*causebook\\*\n" in text
    assert f"(records/sessions/{SECOND}.md)" in text
    assert homepage.OWN not in pages(project)
    assert written(project).up_to_date


@pytest.mark.parametrize("text", ["# Mine\n", "", "---\ngenerated: causebook\n---\n# Mine\n"])
def test_one_that_somebody_wrote_stays(project: Project, text: str) -> None:
    project.put("mkdocs.yml", MKDOCS)
    project.put("kb/index.md", text)
    written(project)
    assert index(project) == text
    assert homepage.OWN in pages(project)


def test_one_that_was_edited_is_its_editor_s_from_then_on(project: Project, run: Run) -> None:
    project.put("mkdocs.yml", MKDOCS)
    written(project)
    edited = index(project).replace("## Lately", "## Of late")
    project.put("kb/index.md", edited)
    project.write("2026-01-09-new-0c0c")
    result = run("harvest", at=project.root)
    assert "note: kb/index.md is not causebook's and was left alone" in result.err
    assert index(project) == edited
    assert "2026-01-09-new-0c0c" in pages(project)[homepage.OWN].decode()
    (project.root / "kb" / "index.md").unlink()
    assert run("harvest", "--check", at=project.root).out.splitlines()[0] == "out of date: kb/index.md"
    written(project)
    assert "## Lately" in index(project)
    assert homepage.OWN not in pages(project)


def test_what_nobody_asks_for_any_more_goes(project: Project) -> None:
    project.put("mkdocs.yml", MKDOCS)
    written(project)
    project.put("mkdocs.yml", "site_name: x\nnav:\n  - Start: start.md\n  - Records: records/index.md\n")
    assert homepage.START in written(project).delete
    assert not (project.root / "kb" / "index.md").exists()
    assert homepage.OWN in pages(project)


@pytest.mark.parametrize(
    ("nav", "named"),
    [
        ("nav:\n  - index.md\n", True), ('nav:\n- "The start": "index.md" # first\n', True),
        ("nav:\n  - Records: records/index.md\n", False), ("# - Home: index.md\n", False), ("site_name: x\n", False),
    ],
)  # fmt: skip
def test_the_nav_is_read_by_line(project: Project, nav: str, named: bool) -> None:
    project.put("mkdocs.yml", nav)
    assert homepage.wanted(project.root, config.load(project.root)) is named


def test_a_readme_that_is_the_start_already_is_not_doubled(project: Project) -> None:
    project.put("mkdocs.yml", MKDOCS)
    project.put("kb/README.md", "# Mine\n")
    written(project)
    assert not (project.root / "kb" / "index.md").exists()


def test_a_seal_is_broken_by_any_edit() -> None:
    sealed = homepage.seal(b"---\ngenerated: causebook\n---\ntext\n")
    assert homepage.sealed(sealed)
    assert not homepage.sealed(sealed + b" ")
    assert not homepage.sealed(sealed.replace(b"checksum: ", b"checksum: x"))


def test_init_leaves_the_start_page_to_harvest_and_to_gitignore(repo: GitRepo, run: Run) -> None:
    assert run("init", at=repo.path).code == 0
    assert "/kb/index.md" in (repo.path / ".gitignore").read_text().splitlines()
    assert not (repo.path / "kb" / "index.md").exists()
    assert run("harvest", at=repo.path).code == 0
    assert homepage.sealed((repo.path / "kb" / "index.md").read_bytes())


def test_init_does_not_ignore_an_index_that_somebody_wrote(repo: GitRepo, run: Run) -> None:
    (repo.path / "kb").mkdir()
    (repo.path / "kb" / "index.md").write_text("# Mine\n")
    assert run("init", at=repo.path).code == 0
    assert "/kb/index.md" not in (repo.path / ".gitignore").read_text().splitlines()


# --- the page of a playbook

NEGATIVE = [
    {"text": "E   RuntimeError: the door is closed", "why": "No pool; that is door-shut, not lamp-off."},
    {"text": "Exception ignored in: <x>\n\nValueError: late", "why": "Only noise."},
]
SAMPLES = {"positive": ["RuntimeError: the pool is closed"], "negative": NEGATIVE}


def family(project: Project) -> str:
    """The page of a playbook with neighbours."""
    signatures = [
        {"type": "RuntimeError", "message": "the pool {any} closed", "python": ">=3.12"},
        {"type": "OSError", "message": "the pool is gone", "header": ["Exception ignored"], "frame": ["pool/{any}"]},
        {"header": ["Pool was destroyed"]},
    ]
    project.put(
        "kb/playbooks/pool-closed.md",
        playbook_text(
            "The pool", signatures=signatures, samples=SAMPLES, group="Closed", when="a pool is",
            require=[{"text": ["pool of {any}"]}, {"frame": "pool/core.py"}], support=[{"text": "pool size"}],
            refute=[{"text": "door bell"}], cascades=["door-shut", "gone-away"],
        ),
    )  # fmt: skip
    project.put("kb/playbooks/door-shut.md", playbook_text("The *door*", group="Closed", when="a <door> is"))
    project.put(
        "kb/playbooks/worker-dies.md", playbook_text("Worker", cascades=["pool-closed"], group="Else", when="x")
    )
    return page(project, "playbooks/pool-closed.md")


def test_steps_tell_a_playbook_from_its_neighbours(project: Project) -> None:
    text = family(project)
    assert text.index("## Is it this one?") < text.index("### Step by step") < text.index("## Why it happens")
    steps = section(text, "Step by step")
    assert "- <code>RuntimeError&#58; the pool … closed</code> on Python &gt;=3.12" in steps
    assert "- <code>OSError&#58; the pool is gone</code> below a line with Exception ignored; raised in pool/…" in steps
    assert "- <code>Pool was destroyed</code>\n" in steps
    assert "holds one of these: <code>pool of …</code>; a place such as <code>pool/core.py</code>." in steps
    assert "likelier with <code>pool size</code>." in steps
    assert "less likely with <code>door bell</code>." in steps
    assert (
        "<code>RuntimeError&#58; the door is closed</code><br>No pool; that is [door-shut](door-shut.md), not lamp-off."
        in steps
    )
    assert "<code>Exception ignored in&#58; &#60;x&#62; … ValueError&#58; late</code><br>Only noise." in steps
    assert "    - a &lt;door&gt; is: [The \\*door\\*](door-shut.md)" in steps
    assert "mend that first: [Worker](worker-dies.md)." in steps
    assert "What can follow from it: [The \\*door\\*](door-shut.md)." in steps


def test_steps_say_no_more_than_there_is(project: Project) -> None:
    family(project)
    steps = section(page(project, "playbooks/door-shut.md"), "Step by step")
    assert "likel" not in steps
    assert "also holds" not in steps
    assert "can follow" not in steps
    assert "mend that first: [The pool](pool-closed.md)." in steps
    assert "### Step by step" not in page(project, "playbooks/loop-rules.md")


def test_a_consequence_without_a_known_cause_sends_to_the_first_error(project: Project) -> None:
    project.put("kb/playbooks/noise.md", playbook_text("Noise", consequence=True))
    assert "mend the first error of the output first" in section(page(project, "playbooks/noise.md"), "Step by step")


def test_what_entries_tried_in_vain_stands_with_what_does_not_work(project: Project) -> None:
    attempts = [
        {"action": "Restart *it*", "outcome": "failed", "learned": "It comes back"},
        {"action": "Close the pool.", "outcome": "worked"},
        {"action": "Wait " * 200, "outcome": "reverted"},
    ]
    project.put("kb/playbooks/pool.md", playbook_text("The pool"))
    project.write(FIRST, playbook="pool", attempts=attempts)
    text = page(project, "playbooks/pool.md")
    assert text.index("## What does not work") < text.index("### Tried before, in vain") < text.index("## Prevent")
    tried = section(text, "Tried before, in vain")
    assert (
        f"- 2026-01-01: [The pool outlives its loop](../incidents/{FIRST}.md)\n    - Restart \\*it\\*. It comes back."
        in tried
    )
    assert "Close the pool" not in tried
    assert re.search(r"    - Wait (Wait )+…$", tried, re.MULTILINE)
    project.write(FIRST, playbook="pool")
    assert "Tried before" not in page(project, "playbooks/pool.md")


def test_what_was_run_is_one_row_for_pythons_that_showed_the_same(project: Project) -> None:
    path = project.put(
        "kb/playbooks/pool.md", playbook_text("The pool", requirements=["Pool_lib[x]==1.0"], python=">=3.11")
    )
    (playbook,) = project.load().playbooks.values()

    def slot(case: Any, day: str, version: str, verdict: str = "passed") -> dict[str, Any]:
        packages = [f"pool-lib=={version}", "other==2"]
        return {"verdict": verdict, "date": day, "packages": packages, "of": verified.digest(playbook, case)}

    held = {
        c.name: {
            "3.10": slot(c, "2026-01-01", "1.0"),
            "3.11": slot(c, "2026-01-02", "1.0"),
            "3.12": slot(c, "2026-01-02", "1.0"),
            "3.13": slot(
                c, "2026-01-03" if c.name == "fix" else "2026-01-02", "2.0", "failed" if c.name == "fix" else "passed"
            ),
        }
        for c in playbook.cases
    }
    verified.save(path.parent, {"pool": held}, {"pool": playbook})
    text = page(project, "playbooks/pool.md")
    rows = [line for line in section(text, "Verified").splitlines() if line.startswith("| &#51;")]
    assert rows == [
        "| &#51;.11, 3.12 | 2 cases passed on 2026-01-02, with pool-lib 1.0 |",
        "| &#51;.13 | 1 case passed, 1 case FAILED on 2026-01-02 to 2026-01-03, with pool-lib 2.0 |",
    ]
    assert "| <code>reproduce</code> | passed | passed | passed 2026-01-02 |" in text
    assert "| <code>fix</code> | passed | passed | FAILED 2026-01-03 |" in text


# --- the page of all playbooks


def test_the_family_is_drawn_with_links_and_what_follows_is_text_as_well(project: Project) -> None:
    family(project)
    text = page(project, "playbooks.md")
    follows = "<br>What follows from it: [The \\*door\\*](playbooks/door-shut.md)\n"
    assert f"    - a pool is: [The pool](playbooks/pool-closed.md){follows}" in text
    assert '<a xlink:href="pool-closed/" tabindex="-1">' in text
    assert 'aria-hidden="true"' in text
    project.put("mkdocs.yml", "site_name: x\nuse_directory_urls: false\n")
    assert '<a xlink:href="playbooks/pool-closed.html" tabindex="-1">' in page(project, "playbooks.md")


def test_arrows_lead_from_choice_to_choice() -> None:
    groups = [
        ("One", [Leaf("a", "A <b>", 'x"y', ("b", "gone")), Leaf("b", "B", "b/")]),
        ("A long name " * 5, [Leaf("c", "C", "c/")]),
    ]
    drawn = diagram.tree(groups, title="T & t")
    assert drawn.count("cb-leads") == 1
    assert 'href="x&quot;y"' in drawn
    assert ">A &lt;b&gt;</tspan>" in drawn
    assert ">T &amp; t</text>" in drawn
    assert "cb-arrow" not in diagram.tree([("One", [Leaf("a", "A", "a/")])], title="T")


def test_a_start_page_is_rendered_with_the_others(project: Project) -> None:
    assert homepage.OWN in harvest.render(project.load(), project.facts())
