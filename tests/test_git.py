"""What git is asked, on real repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from causebook import git, gitlog, kb, links
from causebook.errors import GitUnavailable, UsageError
from causebook.git import LostCommit, Repository
from gitrepo import FIRST, ISOLATED, GitRepo, Project, entry_text

MADE_UP = "0123456789abcdef0123456789abcdef01234567"


def test_a_short_and_a_full_sha_name_the_commit(repo: GitRepo) -> None:
    sha = repo.commit({"a": "1"}, "One")
    found = Repository.open(repo.path).resolve([sha, sha[:7]])
    assert {r.sha for r in found.values()} == {sha}
    assert {r.problem for r in found.values()} == {None}


@pytest.mark.parametrize("text", ["", "abc", "HEAD", "xyzxyzxyz", "ABCDEF12", "a" * 65, "1234567\n", "1234567^"])
def test_what_is_no_sha_is_never_handed_to_git(repo: GitRepo, text: str) -> None:
    repo.commit({"a": "1"}, "One")
    held = Repository.open(repo.path)
    before = held.processes
    assert held.resolve([text])[text].problem == "malformed"
    assert held.processes == before


def test_a_made_up_sha_is_missing(repo: GitRepo) -> None:
    repo.commit({"a": "1"}, "One")
    found = Repository.open(repo.path).resolve([MADE_UP, MADE_UP[:7]])
    assert [r.problem for r in found.values()] == ["missing", "missing"]


def test_an_ambiguous_sha_names_all_candidates(repo: GitRepo) -> None:
    both = repo.collide()
    short = both[0][:7]
    assert both[1].startswith(short)
    found = Repository.open(repo.path).resolve([short])[short]
    assert found.problem == "ambiguous"
    assert sorted(found.candidates) == sorted(both)


def test_candidates_are_named_among_many_commits(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "MIN_SHA", 4)
    shas = repo.many(600)
    by_start: dict[str, list[str]] = {}
    for sha in shas:
        by_start.setdefault(sha[:4], []).append(sha)
    shared = {start: held for start, held in by_start.items() if len(held) > 1}
    assert shared
    found = Repository.open(repo.path).resolve(by_start)
    for start, held in by_start.items():
        if start in shared:
            assert sorted(found[start].candidates) == sorted(held)
        else:
            assert found[start].sha == held[0]


def test_tag_tree_and_blob_are_no_commits(repo: GitRepo) -> None:
    sha = repo.commit({"a": "1"}, "One")
    repo.run("tag", "--annotate", "v1", "--message", "Version 1")
    names = {
        kind: repo.run("rev-parse", name) for kind, name in (("tag", "v1"), ("tree", "v1^{tree}"), ("blob", "v1:a"))
    }
    found = Repository.open(repo.path).resolve(names.values())
    for kind, name in names.items():
        assert found[name].problem == "not_a_commit"
        assert found[name].object_type == kind
        assert found[name].peeled == (sha if kind == "tag" else None)


def test_a_branch_called_like_a_short_sha_is_not_taken_for_it(repo: GitRepo) -> None:
    one = repo.commit({"a": "1"}, "One")
    two = repo.commit({"a": "2"}, "Two")
    repo.run("branch", one[:7], two)
    repo.run("branch", MADE_UP[:8], two)
    found = Repository.open(repo.path).resolve([one[:7], MADE_UP[:8]])
    assert found[one[:7]].sha == one
    assert found[MADE_UP[:8]].problem == "missing"


def test_a_repository_without_commits_has_no_history(repo: GitRepo) -> None:
    held = Repository.open(repo.path)
    assert held.head is None
    assert held.history() == {}
    assert held.file_histories("entries") == {}
    assert held.resolve([MADE_UP])[MADE_UP].problem == "missing"
    assert held.remaps([LostCommit(MADE_UP, exists=False)]) == {MADE_UP: ()}
    with pytest.raises(UsageError, match="git does not know 'HEAD'"):
        held.commits_in("HEAD")


def test_no_repository_is_said(tmp_path: Path) -> None:
    with pytest.raises(GitUnavailable, match="not a git repository"):
        Repository.open(tmp_path)
    with pytest.raises(GitUnavailable, match="not a git repository"):
        Repository.open(tmp_path / "missing")


def test_a_bare_repository_has_no_files(tmp_path: Path) -> None:
    GitRepo(tmp_path / "bare.git", bare=True)
    with pytest.raises(GitUnavailable, match="bare"):
        Repository.open(tmp_path / "bare.git")


def test_a_damaged_repository_is_an_error_of_ours(repo: GitRepo) -> None:
    sha = repo.commit({"a": "1"}, "One")
    (repo.path / ".git" / "objects" / sha[:2] / sha[2:]).unlink()
    with pytest.raises(GitUnavailable, match="git log failed"):
        _ = Repository.open(repo.path).history()


def test_a_repository_that_git_does_not_trust_is_left_alone(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({"a": "1"}, "One")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(GitUnavailable, match="dubious ownership"):
        Repository.open(repo.path)


def test_detached_head_and_linked_worktree_are_read_from_where_they_stand(repo: GitRepo, tmp_path: Path) -> None:
    one = repo.commit({"a": "1"}, "One")
    two = repo.commit({"a": "2"}, "Two")
    repo.run("worktree", "add", "--quiet", str(tmp_path / "tree"), one)
    repo.run("checkout", "--quiet", "--detach", two)
    assert list(Repository.open(repo.path).history()) == [two, one]
    linked = Repository.open(tmp_path / "tree")
    assert linked.root == tmp_path / "tree"
    assert list(linked.history()) == [one]


def test_a_submodule_is_its_own_repository(repo: GitRepo, tmp_path: Path) -> None:
    inner = GitRepo(tmp_path / "inner")
    sha = inner.commit({"b": "1"}, "Inner")
    repo.commit({"a": "1"}, "Outer")
    repo.run("submodule", "--quiet", "add", str(inner.path), "vendor/inner")
    repo.commit({}, "Add the submodule")
    held = Repository.open(repo.path / "vendor" / "inner")
    assert held.head == sha
    assert held.root == repo.path / "vendor" / "inner"
    assert len(Repository.open(repo.path).history()) == 2


def test_a_shallow_clone_knows_that_it_is_one(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit({"a": "1"}, "One")
    two = repo.commit({"a": "2"}, "Two")
    assert not Repository.open(repo.path).shallow
    repo.run("clone", "--quiet", "--depth", "1", repo.path.as_uri(), str(tmp_path / "clone"))
    held = Repository.open(tmp_path / "clone")
    assert held.shallow
    assert list(held.history()) == [two]


def test_variables_of_another_repository_do_not_redirect(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = repo.commit({"a": "1"}, "Mine")
    other = GitRepo(tmp_path / "other")
    theirs = other.commit({"b": "1"}, "Theirs")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / ".git" / "index"))
    monkeypatch.setenv("GIT_COMMON_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other.path / ".git" / "objects"))
    held = Repository.open(repo.path)
    assert held.root == repo.path
    assert list(held.history()) == [mine]
    assert held.resolve([theirs])[theirs].problem == "missing"


def test_settings_of_the_user_do_not_change_what_is_read(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = repo.commit({"a b": "1"}, "One")
    settings = tmp_path / "gitconfig"
    settings.write_text(
        "[log]\nshowSignature=true\ndate=relative\nfollow=true\nshowRoot=false\n[color]\nui=always\n"
        "[format]\npretty=oneline\n[diff]\nnoprefix=true\nexternal=false\nrenames=copies\n[core]\nquotePath=true\n"
        "[i18n]\nlogOutputEncoding=latin-1\n[diff]\nrelative=true\nignoreSubmodules=all\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    commit, files = Repository.open(repo.path).changes([sha])[sha]
    assert (commit.subject, commit.author, commit.authored) == ("One", "Ada Lovelace", "2026-01-01T12:00:00+00:00")
    assert [f.path for f in files] == ["a b"]


def test_authors_in_other_encodings_are_read(repo: GitRepo) -> None:
    repo.commit({"a": "1"}, "One")
    repo.run("config", "i18n.commitEncoding", "latin-1")
    (repo.path / "a").write_text("2")
    message = "Pr\u00e9lude".encode("latin-1")
    repo.run("commit", "--quiet", "--all", "--file=-", stdin=message)
    raw = (
        b"commit refs/heads/main\ncommitter \xff\xfe Bad <bad@example.org> 1767272400 +0000\n"
        b"data 3\n\xe9\xe9\n\nfrom refs/heads/main^0\n\n"
    )
    repo.run("config", "--unset", "i18n.commitEncoding")
    latin = repo.head
    repo.run("fast-import", "--quiet", "--force", stdin=raw)
    found = Repository.open(repo.path).history()
    assert found[latin].subject == "Pr\u00e9lude"
    broken = found[repo.head]
    assert "Bad" in broken.author
    assert "\ufffd" in broken.author
    assert broken.email == "bad@example.org"


def test_names_with_newline_and_other_letters_come_back_whole(repo: GitRepo) -> None:
    names = ["a\nb.py", "gr\u00fc\u00dfe.py", "tab\there", 'quote"d', " blank ", "A", "R100", "\U0001f600.py"]
    sha = repo.commit(dict.fromkeys(names, "1"), "Odd names")
    _, files = Repository.open(repo.path).changes([sha])[sha]
    assert sorted(f.path for f in files) == sorted(names)
    assert {f.status for f in files} == {"A"}


def test_a_file_called_like_a_sha_does_not_begin_a_commit(repo: GitRepo) -> None:
    sha = repo.commit({MADE_UP: "1", "b": "1"}, "A name like a sha")
    commit, files = Repository.open(repo.path).changes([sha])[sha]
    assert commit.subject == "A name like a sha"
    assert [f.path for f in files] == [MADE_UP, "b"]


def test_changes_name_renames_and_deletions(repo: GitRepo) -> None:
    repo.commit({"old.py": "line\n" * 20, "gone.py": "x"}, "One")
    repo.run("mv", "old.py", "new.py")
    sha = repo.commit({"gone.py": None}, "Two")
    _, files = Repository.open(repo.path).changes([sha])[sha]
    assert {(f.status, f.path, f.old_path) for f in files} == {("D", "gone.py", None), ("R", "new.py", "old.py")}


def test_a_merge_shows_what_it_brought(repo: GitRepo) -> None:
    repo.commit({"a": "1"}, "One")
    repo.run("checkout", "--quiet", "-b", "side")
    repo.commit({"b": "1"}, "Side")
    repo.run("checkout", "--quiet", "main")
    repo.commit({"c": "1"}, "Two")
    repo.run("merge", "--quiet", "--no-ff", "--message", "Merge pull request #3 from side", "side")
    held = Repository.open(repo.path)
    commit, files = held.changes([repo.head])[repo.head]
    assert [f.path for f in files] == ["b"]
    assert commit.pull_request == 3
    assert len(commit.parents) == 2


def test_messages_keep_odd_characters(repo: GitRepo) -> None:
    body = "Subject \x1b[31m\n\nBody with \x1d and \t and a line\n" + "0" * 40 + "\n\nIncident: x\x1dIncident: y"
    sha = repo.commit({"a": "1"}, body)
    two = repo.commit({"a": "2"}, "Next")
    history = Repository.open(repo.path).history()
    assert list(history) == [two, sha]
    assert history[sha].subject == "Subject \x1b[31m"


def test_ancestors_are_told_apart(repo: GitRepo) -> None:
    one = repo.commit({"a": "1"}, "One")
    repo.run("checkout", "--quiet", "-b", "side")
    side = repo.commit({"b": "1"}, "Side")
    repo.run("checkout", "--quiet", "main")
    two = repo.commit({"c": "1"}, "Two")
    repo.run("merge", "--quiet", "--no-ff", "--message", "Merge", "side")
    pairs = [(one, two), (two, one), (two, side), (side, two), (one, repo.head), (one, one), (one, MADE_UP)]
    found = Repository.open(repo.path).ancestors_ok(pairs)
    assert found == {
        (one, two): True, (two, one): False, (two, side): False, (side, two): False, (one, repo.head): True,
        (one, one): False,
    }  # fmt: skip
    assert Repository.open(repo.path).ancestors_ok([]) == {}


def test_commits_in_a_range_come_oldest_first(repo: GitRepo) -> None:
    one = repo.commit({"a": "1"}, "One")
    two = repo.commit({"a": "2"}, "Two")
    three = repo.commit({"b": "3"}, "Three")
    held = Repository.open(repo.path)
    assert [c.sha for c, _ in held.commits_in(f"{one}..")] == [two, three]
    assert [c.sha for c, _ in held.commits_in(f"{one}..{two}")] == [two]
    assert [(c.sha, [f.path for f in files]) for c, files in held.commits_in("HEAD")] == [(three, ["b"])]
    with pytest.raises(UsageError, match="no commits"):
        held.commits_in("HEAD..HEAD")


@pytest.mark.parametrize("revision", ["--output=x", "-n1", "--all", "no-such-branch", "HEAD:a", "a", "", " ", "HEAD\n"])
def test_a_revision_is_never_an_option(repo: GitRepo, revision: str) -> None:
    repo.commit({"a": "1"}, "One")
    before = sorted(p.name for p in repo.path.iterdir())
    with pytest.raises(UsageError):
        Repository.open(repo.path).commits_in(revision)
    assert sorted(p.name for p in repo.path.iterdir()) == before


def test_a_cherry_pick_is_proposed(repo: GitRepo) -> None:
    repo.commit({"a": "1\n"}, "One")
    repo.run("checkout", "--quiet", "-b", "side")
    lost = repo.commit({"b": "1\n"}, "Mend the pool")
    repo.run("checkout", "--quiet", "main")
    repo.commit({"c": "1\n"}, "Two")
    repo.run("cherry-pick", "-x", lost, date="2026-01-03T12:00:00+00:00")
    (best, *_) = Repository.open(repo.path).remaps([LostCommit(lost, exists=True)])[lost]
    assert best.proposed == repo.head
    assert best.evidence[:2] == ("same patch", "cherry-picked from it")


def test_a_lost_commit_with_nothing_alike_has_no_proposal(repo: GitRepo) -> None:
    repo.commit({"a": "1\n"}, "One")
    repo.run("checkout", "--quiet", "-b", "side")
    lost = repo.commit({"b": "1\n"}, "Something else", author="Bob <bob@example.org>")
    repo.run("checkout", "--quiet", "main")
    repo.commit({"c": "1\n"}, "Two", date="2026-01-03T12:00:00+00:00")
    assert Repository.open(repo.path).remaps([LostCommit(lost, exists=True)]) == {lost: ()}


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://example.org/team/app.git", "https://example.org/team/app"),
        ("https://example.org/team/app/", "https://example.org/team/app"),
        ("https://user:secret@example.org:8443/team/app.git", "https://example.org:8443/team/app"),
        ("https://token@example.org/team/app", "https://example.org/team/app"),
        ("ssh://git@example.org:2222/team/app.git", "https://example.org/team/app"),
        ("git@example.org:team/app.git", "https://example.org/team/app"),
        ("example.org:team/app", "https://example.org/team/app"),
        ("git://example.org/team/app.git", "https://example.org/team/app"),
        ("git@example.org:team/sub/app", "https://example.org/team/sub/app"),
        ("/srv/git/app.git", None),
        ("../app", None),
        ("C:\\code\\app", None),
        ("file:///srv/git/app.git", None),
        ("https://example.org/a b", None),
        ("https://example.org/<script>", None),
        ("https://localhost/app", None),
        ("https://example.org:port/app", None),
        ("https://[::1/app", None),
        ("javascript:alert(1)", None),
        ("", None),
    ],
)
def test_web_address_of_a_remote(remote: str, address: str | None) -> None:
    assert git.web_address(remote) == address


def test_web_address_is_read_from_origin(repo: GitRepo) -> None:
    repo.commit({"a": "1"}, "One")
    assert Repository.open(repo.path).web is None
    repo.run("remote", "add", "upstream", "https://example.org/up/app.git")
    assert Repository.open(repo.path).web is None
    repo.run("remote", "add", "origin", "https://user:secret@example.org/team/app.git")
    assert Repository.open(repo.path).web == "https://example.org/team/app"
    repo.run("config", "--unset", "remote.origin.url")
    assert Repository.open(repo.path).web is None


def test_web_address_follows_insteadof(repo: GitRepo) -> None:
    repo.commit({"a": "1"}, "One")
    repo.run("config", "url.https://example.org/.insteadOf", "short:")
    repo.run("remote", "add", "origin", "short:team/app")
    assert Repository.open(repo.path).web == "https://example.org/team/app"


def test_processes_do_not_grow_with_entries_and_commits(project: Project) -> None:
    side = project.repo
    side.run("checkout", "--quiet", "-b", "side")
    lost = side.commit({"lost.py": "1\n"}, "Lost")
    side.run("checkout", "--quiet", "main")
    project.write(FIRST, commits=[{"sha": lost, "role": "fixed"}, {"sha": project.repo.head, "role": "introduced"}])
    few = project.facts().processes
    shas = side.many(150, start=1)
    for n in range(50):
        names = [{"sha": sha, "role": "fixed"} for sha in shas[n * 3 : n * 3 + 3]]
        project.write(f"2026-02-01-entry-{n}-{n:04x}", commits=names)
    project.write(FIRST, commits=[{"sha": lost, "role": "fixed"}, {"sha": shas[0], "role": "introduced"}])
    base = kb.load(project.root)
    assert len(base.records) == 52
    facts = links.gather(base)
    assert sum(len(held) for held in facts.commits.values()) >= 152
    assert facts.processes == few


def test_without_git_harvest_works_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    root = tmp_path / "project"
    entry = root / "entries" / "2026" / f"{FIRST}.yaml"
    entry.parent.mkdir(parents=True)
    entry.write_text(entry_text(FIRST, commits=[{"sha": MADE_UP, "role": "fixed"}]))
    (root / ".git").mkdir()
    environment = {**os.environ, **ISOLATED, "PATH": str(tmp_path / "empty")}
    command = [sys.executable, "-m", "causebook", "-C", str(root)]
    done = subprocess.run([*command, "harvest"], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    page = (root / "kb" / "records" / "incidents" / f"{FIRST}.md").read_text()
    assert "unverified" in page
    checked = subprocess.run([*command, "check"], env=environment, capture_output=True, text=True, check=False)
    assert "could not be checked" in checked.stdout
    assert checked.returncode == 0


def test_git_that_is_not_on_the_path_is_named(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit({"a": "1"}, "One")
    code = (
        "from pathlib import Path; from causebook.git import Repository; from causebook.errors import GitUnavailable\n"
        f"try:\n    Repository.open(Path({str(repo.path)!r}))\nexcept GitUnavailable as error:\n    print(error)"
    )
    (tmp_path / "empty").mkdir()
    environment = {**os.environ, "PATH": str(tmp_path / "empty")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[0] == "git is not installed", done.stderr


def test_a_chain_of_reverts_ends_where_it_ends() -> None:
    def commit(sha: str, reverted: str = "") -> gitlog.Commit:
        body = f"This reverts commit {reverted * 40}." if reverted else ""
        return gitlog.Commit(sha * 40, (), "A", "a@b", "", "", "S", body)

    fix, one, two, three = commit("a"), commit("b", "a"), commit("c", "b"), commit("d", "c")
    assert list(gitlog.reverts([one, fix])) == [fix.sha]
    assert list(gitlog.reverts([two, one, fix])) == [one.sha]
    assert set(gitlog.reverts([three, two, one, fix])) == {two.sha, fix.sha}


def test_files_of_a_commit_are_read_in_one_process(repo: GitRepo) -> None:
    first = repo.commit({"a.py": "one\n", "deep/ü b.py": "two", "empty": ""}, "Begin")
    second = repo.commit({"a.py": "changed\n"}, "Change")
    held = Repository.open(repo.path)
    before = held.processes
    asked = [
        (first, "a.py"),
        (second, "a.py"),
        (first, "deep/ü b.py"),
        (first, "empty"),
        (first, "deep"),
        (first, "no"),
    ]
    found = held.contents([*asked, ("0" * 40, "a.py"), (first, "with\nnewline"), (first, "x 12")])
    assert held.processes == before + 1
    assert [found[one] for one in asked] == [b"one\n", b"changed\n", b"two", b"", None, None]
    assert found["0" * 40, "a.py"] is None
    assert found[first, "x 12"] is None
    assert (first, "with\nnewline") not in found
    assert held.contents([]) == {}
    assert held.tracked() == {"a.py", "deep/ü b.py", "empty"}
    assert held.tracked(first) == held.tracked()
