"""Entries joined with git: what each linked commit is, and what history says by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from causebook import links
from gitrepo import FIRST, SECOND, GitRepo, Project

MADE_UP = "0123456789abcdef0123456789abcdef01234567"
LATER = "2026-01-03T12:00:00+00:00"


def test_a_fix_is_verified_with_its_files(project: Project) -> None:
    fact = project.facts().commits[FIRST][0]
    assert (fact.state, fact.reachable, fact.reverted_by, fact.role) == ("verified", True, None, "fixed")
    assert fact.commit is not None
    assert fact.commit.subject == "Close the pool (#7)"
    assert [f.path for f in fact.files] == ["src/pool.py"]
    assert fact.url == ""


def test_the_commit_of_an_attempt_is_looked_up(project: Project) -> None:
    project.write(FIRST, attempts=[{"action": "Restarted", "outcome": "failed", "commit": project.repo.head[:9]}])
    fact = project.facts().commits[FIRST][0]
    assert (fact.role, fact.field, fact.state) == ("attempted", ("attempts", 0, "commit"), "verified")


def test_made_up_missing_upper_case_and_no_commit(project: Project) -> None:
    assert project.fact(MADE_UP).state == "missing"
    assert project.fact(project.repo.head.upper()).state == "verified"
    project.repo.run("tag", "--annotate", "v1", "--message", "Version 1")
    tag = project.fact(project.repo.run("rev-parse", "v1"))
    assert (tag.state, tag.object_type, tag.peeled) == ("not_a_commit", "tag", project.repo.head)
    tree = project.fact(project.repo.run("rev-parse", "HEAD^{tree}"))
    assert (tree.state, tree.object_type, tree.peeled) == ("not_a_commit", "tree", "")


def test_an_ambiguous_sha_keeps_its_candidates(project: Project) -> None:
    both = project.repo.collide()
    fact = project.fact(both[0][:7])
    assert fact.state == "ambiguous"
    assert sorted(fact.candidates) == sorted(both)


def test_in_a_shallow_clone_an_absent_commit_is_unverified(project: Project, tmp_path: Path) -> None:
    old = project.repo.run("rev-parse", "HEAD~2")
    project.write(FIRST, commits=[{"sha": old, "role": "fixed"}, {"sha": project.repo.head, "role": "mentioned"}])
    project.repo.commit({}, "Name an old commit")
    project.repo.run("clone", "--quiet", "--depth", "1", project.root.as_uri(), str(tmp_path / "clone"))
    clone = Project(GitRepo(tmp_path / "clone", init=False), tmp_path / "clone")
    facts = clone.facts()
    assert facts.shallow
    assert facts.commits[FIRST][0].state == "unverified"
    assert "git fetch --unshallow" in facts.commits[FIRST][0].reason
    assert [(f.rule, f.verdict) for f in clone.lint("commit-exists")] == [("commit_exists", "unknown")] * 2


def test_off_the_history_of_a_shallow_clone_reachability_is_unknown(project: Project, tmp_path: Path) -> None:
    project.repo.run("clone", "--quiet", "--depth", "1", project.root.as_uri(), str(tmp_path / "clone"))
    clone = Project(GitRepo(tmp_path / "clone", init=False), tmp_path / "clone")
    clone.repo.run("checkout", "--quiet", "-b", "side")
    off = clone.repo.commit({"b": "1"}, "Side")
    clone.repo.run("checkout", "--quiet", "main")
    fact = clone.fact(off)
    assert (fact.state, fact.reachable) == ("verified", None)
    (finding,) = clone.lint("commit-reachable")
    assert (finding.verdict, finding.fix) == ("unknown", "git fetch --unshallow")


def test_a_project_in_a_folder_of_the_repository_has_histories(repo: GitRepo) -> None:
    inner = Project(repo, repo.path / "apps" / "web")
    inner.put("causebook.toml", "")
    inner.write(FIRST)
    repo.commit({"top.py": "1"}, "Write it down (#4)")
    history = inner.facts().histories[f"entries/2026/{FIRST}.yaml"]
    assert (history.landed_in.sha, history.landed_in.pull_request) == (repo.head, 4)


def test_entries_of_another_folder_are_followed(project: Project) -> None:
    project.put("causebook.toml", 'entries = "docs/incidents [old]"\n')
    project.put(f"docs/incidents [old]/2026/{FIRST}.yaml", project.path(FIRST).read_text())
    project.repo.commit({}, "Another folder")
    assert set(project.facts().histories) == {f"docs/incidents [old]/2026/{FIRST}.yaml"}


def test_a_linked_worktree_is_read_from_itself(project: Project, tmp_path: Path) -> None:
    project.repo.run("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "tree"))
    tree = Project(GitRepo(tmp_path / "tree", init=False), tmp_path / "tree")
    tree.write("2026-03-01-only-here-0c0c")
    tree.repo.commit({}, "Only here")
    assert "entries/2026/2026-03-01-only-here-0c0c.yaml" in tree.facts().histories
    assert "entries/2026/2026-03-01-only-here-0c0c.yaml" not in project.facts().histories


def test_without_commits_entries_are_kept_and_shas_missing(repo: GitRepo) -> None:
    empty = Project(repo, repo.path)
    assert empty.fact(MADE_UP).state == "missing"
    assert empty.facts().histories == {}


def test_without_a_repository_everything_is_unverified_with_the_reason(tmp_path: Path) -> None:
    bare = Project(GitRepo(tmp_path / "bare.git", bare=True), tmp_path / "bare.git")
    alone = Project(bare.repo, tmp_path / "alone")
    assert (alone.fact(MADE_UP).state, alone.facts().unavailable) == ("unverified", "not a git repository")
    assert bare.fact(MADE_UP).reason == "a bare repository has no files to check"


def test_a_damaged_history_makes_everything_unverified(project: Project) -> None:
    sha = project.repo.run("rev-parse", "HEAD~1")
    (project.root / ".git" / "objects" / sha[:2] / sha[2:]).unlink()
    facts = project.facts()
    assert facts.commits[FIRST][0].state == "unverified"
    assert facts.unavailable.startswith("git ")


def test_a_merge_without_fast_forward_is_where_an_entry_landed(project: Project) -> None:
    project.repo.run("checkout", "--quiet", "-b", "side")
    third = "2026-01-03-on-a-branch-0c0c"
    project.write(third)
    first = project.repo.commit({}, "Write the third", author="Bob <bob@example.org>")
    project.write(third, title="Better words")
    project.repo.commit({}, "Say it better", date=LATER)
    project.repo.run("checkout", "--quiet", "main")
    project.repo.commit({"other": "1"}, "Meanwhile")
    project.repo.run("merge", "--quiet", "--no-ff", "--message", "Merge pull request #9 from side", "side")
    history = project.facts().histories[f"entries/2026/{third}.yaml"]
    assert (history.landed_in.sha, history.landed_in.pull_request) == (project.repo.head, 9)
    assert history.first.sha == first
    assert history.last.authored == LATER
    assert history.authors == ("Bob", "Ada Lovelace")


def test_a_squash_merge_is_where_an_entry_landed(project: Project) -> None:
    project.repo.run("checkout", "--quiet", "-b", "side")
    project.write("2026-01-03-on-a-branch-0c0c")
    project.repo.commit({}, "Write the third")
    project.repo.run("checkout", "--quiet", "main")
    project.repo.run("merge", "--quiet", "--squash", "side")
    project.repo.commit({}, "Write the third (#12)")
    history = project.facts().histories["entries/2026/2026-01-03-on-a-branch-0c0c.yaml"]
    assert (history.landed_in.sha, history.landed_in.pull_request) == (project.repo.head, 12)


def test_the_history_of_a_renamed_entry_goes_on(project: Project) -> None:
    landed = project.facts().histories[f"entries/2026/{FIRST}.yaml"].landed_in
    project.repo.run("mv", f"entries/2026/{FIRST}.yaml", "entries/2026/2026-01-01-new-name-0a0a.yaml")
    project.repo.commit({}, "Rename it", date=LATER)
    history = project.facts().histories["entries/2026/2026-01-01-new-name-0a0a.yaml"]
    assert history.landed_in == landed
    assert history.first == landed
    assert history.last.subject == "Rename it"


def test_an_entry_that_came_back_landed_when_it_came_back(project: Project) -> None:
    name = f"entries/2026/{FIRST}.yaml"
    text = project.path(FIRST).read_text()
    project.repo.commit({name: None}, "Delete it")
    project.repo.commit({name: text}, "Bring it back", date=LATER)
    assert project.facts().histories[name].landed_in.subject == "Bring it back"


def test_a_rebased_commit_is_proposed_by_its_patch(project: Project) -> None:
    project.repo.run("checkout", "--quiet", "-b", "side")
    lost = project.repo.commit({"src/loop.py": "loop = 1\n"}, "Own the loop")
    project.repo.run("checkout", "--quiet", "main")
    project.repo.commit({"other": "1\n"}, "Meanwhile")
    project.repo.run("checkout", "--quiet", "side")
    project.repo.run("rebase", "--quiet", "main")
    new = project.repo.head
    project.repo.run("checkout", "--quiet", "main")
    project.repo.run("merge", "--quiet", "--ff-only", "side")
    fact = project.fact(lost)
    assert (fact.state, fact.reachable) == ("verified", False)
    assert fact.proposals[0].proposed == new
    assert fact.proposals[0].evidence == ("same patch", "same author and date", "same subject", "same files")
    (finding,) = project.lint("commit-reachable")
    assert finding.fix.startswith(f"perhaps {new[:12]} (same patch")


def test_a_squashed_branch_is_proposed_by_pull_request_and_files(project: Project) -> None:
    project.repo.run("checkout", "--quiet", "-b", "side")
    lost = project.repo.commit({"src/loop.py": "loop = 1\n"}, "Own the loop", author="Bob <bob@example.org>")
    project.repo.commit({"src/more.py": "more = 1\n"}, "And more")
    project.repo.run("checkout", "--quiet", "main")
    project.repo.run("merge", "--quiet", "--squash", "side")
    squashed = project.repo.commit({}, "Loops (#31)\n\n* Own the loop\n\n* And more", date=LATER)
    project.repo.commit({"src/loop.py": "loop = 2\n"}, "Later work", date=LATER)
    fact = project.fact(lost, fix={"kind": "fix", "description": "Own it", "pr": "31"})
    assert fact.proposals[0].proposed == squashed
    assert fact.proposals[0].evidence == (
        "pull request #31", "squash message lists its subject", "holds all its files",
    )  # fmt: skip


def test_a_commit_that_is_gone_is_proposed_by_its_pull_request(project: Project) -> None:
    fact = project.fact(MADE_UP, fix={"kind": "fix", "description": "Close it", "pr": "#7"})
    assert fact.state == "missing"
    assert [p.evidence for p in fact.proposals] == [("pull request #7",)]
    (finding,) = project.lint("commit-exists")
    assert "pull request #7" in finding.fix
    other = project.fact(MADE_UP, fix={"kind": "fix", "description": "Close it", "pr": "team/app#7"})
    assert other.proposals == ()


def test_a_reverted_fix_is_told_until_the_revert_is_reverted(project: Project) -> None:
    fix = project.repo.run("rev-parse", "HEAD~1")
    project.repo.run("revert", "--no-edit", fix, date=LATER)
    revert = project.repo.head
    fact = project.fact(fix)
    assert fact.reverted_by is not None
    assert fact.reverted_by.sha == revert
    project.repo.commit({}, "Keep the entry")
    project.repo.run("revert", "--no-edit", revert, date=LATER)
    assert project.fact(fix).reverted_by is None


def test_trailers_are_found(project: Project) -> None:
    one = project.repo.commit({"a": "1"}, f"Mend it\n\nBecause.\n\nFixes-Incident: {FIRST}\nSigned-off-by: A <a@b>")
    two = project.repo.commit({"a": "2"}, f"Mention it\n\nincident: {FIRST}\nIncident: {SECOND}")
    project.repo.commit({"a": "3"}, f"No trailer\n\nIncident: {FIRST}\n\nA paragraph behind it")
    mentions = project.facts().mentions
    assert [(m.commit.sha, m.fixes) for m in mentions[FIRST]] == [(two, False), (one, True)]
    assert [m.commit.sha for m in mentions[SECOND]] == [two]


def test_another_repository_is_read_where_a_clone_is_at_hand(project: Project, tmp_path: Path) -> None:
    other = GitRepo(tmp_path / "other")
    sha = other.commit({"b": "1"}, "Theirs")
    here = project.repo.head
    project.put(
        "causebook.toml",
        '[repos.near]\npath = "../other"\nurl = "https://example.org/near/commit/{sha}"\n'
        '[repos.far]\nurl = "https://example.org/far/commit/{sha}"\n'
        '[repos.gone]\npath = "../gone"\n',
    )
    names = [("near", sha[:8]), ("near", here), ("far", sha), ("gone", sha), ("unnamed", sha)]
    project.write(FIRST, commits=[{"sha": s, "role": "fixed", "repo": name} for name, s in names])
    near, absent, far, gone, unnamed = project.facts().commits[FIRST]
    assert (near.state, near.url) == ("verified", f"https://example.org/near/commit/{sha}")
    assert absent.state == "missing"
    assert (far.state, far.reason) == ("unverified", "the repository far is not at hand")
    assert far.url == f"https://example.org/far/commit/{sha}"
    assert gone.reason == "the clone of gone cannot be read: not a git repository"
    assert unnamed.reason == "no [tool.causebook.repos.unnamed] names that repository"


def test_a_clone_of_another_repository_can_stand_anywhere_in_it(project: Project, tmp_path: Path) -> None:
    other = GitRepo(tmp_path / "other")
    sha = other.commit({"b": "1"}, "Theirs")
    other.run("remote", "add", "origin", "git@example.org:team/other.git")
    project.put("causebook.toml", f'[repos.near]\npath = "{tmp_path / "other"}"\n')
    project.write(FIRST, commits=[{"sha": sha, "role": "fixed", "repo": "near"}])
    assert project.facts().commits[FIRST][0].url == f"https://example.org/team/other/commit/{sha}"


def test_a_damaged_clone_of_another_repository_does_not_hide_this_one(project: Project, tmp_path: Path) -> None:
    other = GitRepo(tmp_path / "other")
    sha = other.commit({"b": "1"}, "Theirs")
    (other.path / ".git" / "objects" / sha[:2] / sha[2:]).unlink()
    project.put("causebook.toml", '[repos.near]\npath = "../other"\n')
    both = [{"sha": sha, "role": "fixed", "repo": "near"}, {"sha": project.repo.head, "role": "fixed"}]
    project.write(FIRST, commits=both)
    theirs, ours = project.facts().commits[FIRST]
    assert (theirs.state, theirs.reason[:33]) == ("unverified", "the clone of near cannot be read:")
    assert ours.state == "verified"


@pytest.mark.parametrize(
    ("settings", "remote", "url"),
    [
        ("", "https://user:secret@example.org/team/app.git", "https://example.org/team/app/commit/{sha}"),
        ("", "/srv/app.git", ""),
        ('web = "https://example.org/x/"', "/srv/app.git", "https://example.org/x/commit/{sha}"),
        ('commit_url = "https://example.org/c/{sha}?a"', "git@example.org:a/b", "https://example.org/c/{sha}?a"),
    ],
)
def test_addresses_of_commits(project: Project, settings: str, remote: str, url: str) -> None:
    project.put("causebook.toml", settings)
    project.repo.run("remote", "add", "origin", remote)
    facts = project.facts()
    assert facts.commit_url == url
    assert facts.url("abc") == url.replace("{sha}", "abc")
    fact = facts.commits[FIRST][0]
    assert fact.url == url.replace("{sha}", fact.sha)
    assert "secret" not in repr(facts)


def test_the_place_of_a_commit_is_its_line(project: Project) -> None:
    base = project.load()
    place = links.place(base.by_id[FIRST], project.facts().commits[FIRST][0])
    assert place.path == f"entries/2026/{FIRST}.yaml"
    assert project.path(FIRST).read_text().split("\n")[place.line - 1].startswith("commits:")
