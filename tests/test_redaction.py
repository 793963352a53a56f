"""Redaction: what must go goes, what only looks like it stays, and the lines keep their numbers."""

from __future__ import annotations

import base64
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causebook import redaction
from causebook.redaction import KINDS, _forms, _judgement, _named, _personal, _traces, find, redact, told
from conftest import Run
from gitrepo import FIRST, Project

if sys.version_info >= (3, 11):
    import re._parser as sre_parse
else:
    import sre_parse

LETTERS = "aZ3kQ9xW1mT7rB5nY2cV8pL4dS6fG0hJ"
"""Looks made by a machine; put together below so that no scanner of this repository takes a test for a leak."""
HEX = "9f86d081884c7d659a2feaa0c55ad015"
SHA = "1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b"
UUID = "00b7f759-21f8-4767-8803-f09d863005cd"


def of(length: int) -> str:
    return (LETTERS * (length // 32 + 1))[:length]


def hexes(length: int) -> str:
    return (HEX * (length // 32 + 1))[:length]


def jwt() -> str:
    parts = (b'{"alg":"HS256","typ":"JWT"}', b'{"sub":"4711","name":"Ada"}')
    return ".".join([*(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in parts), of(43)])


BASIC = base64.b64encode(b"ada:s3cret-word").decode()
SECRETS: dict[str, tuple[str, str]] = {
    # the text, in which the part between ‹ and › must go; its kind
    "github": ("‹ghp_" + of(36) + "›", "token"),
    "github fine": ("token ‹github_pat_" + of(60) + "›.", "token"),
    "gitlab": ("‹glpat-" + of(20) + "›", "token"),
    "aws": ("key ‹AKIA" + "Q3EGRIV7WXSLJ5ZP" + "›,", "token"),
    "google": ("?key=‹AIza" + of(35) + "›&x=1", "token"),
    "google client": ("‹GOCSPX-" + of(28) + "›", "token"),
    "slack": ("‹xoxb-" + "123456789012-1234567890123-" + of(24) + "›", "token"),
    "slack hook": ("https://hooks.slack.com/services/‹T0A1B2C3D/B0A1B2C3D/" + of(24) + "›", "token"),
    "stripe": ("‹sk_live_" + of(24) + "›", "token"),
    "anthropic": ("‹sk-ant-api03-" + of(90) + "›", "token"),
    "openai": ("OPENAI=‹sk-proj-" + of(48) + "›", "token"),
    "npm": ("//registry.example.com/:_authToken=‹npm_" + of(36) + "›", "token"),
    "pypi": ("‹pypi-AgEIcHlwaS5vcmc" + of(80) + "›", "token"),
    "telegram": ("https://api.telegram.org/bot‹123456789:AA" + of(33) + "›/getMe", "token"),
    "sendgrid": ("‹SG." + of(22) + "." + of(43) + "›", "token"),
    "twilio": ("‹SK" + hexes(32) + "›", "token"),
    "hugging face": ("‹hf_" + of(34) + "›", "token"),
    "docker": ("‹dckr_pat_" + of(27) + "›", "token"),
    "vault": ("‹hvs." + of(90) + "›", "token"),
    "discord": ("‹MTA" + of(23) + "." + of(6) + "." + of(38) + "›", "token"),
    "azure": ("AccountName=a;AccountKey=‹" + of(86) + "==›;EndpointSuffix=core", "token"),
    "signed address": ("https://a.blob.example.com/x?sv=2020&sig=‹" + of(43) + "%3D›", "token"),
    "jwt": ("‹" + jwt() + "›", "token"),
    "long jwt in a long line": ("x" * 30_000 + " ‹" + jwt() + "›", "token"),
    "key in base64": ("client-key-data: ‹LS0tLS1CRUdJTiBSU0EgUFJJVkFURSB" + of(400) + "›", "token"),
    "bearer": ("Authorization: Bearer ‹" + of(24) + "›", "token"),
    "bearer in curl": ("curl -H 'authorization: bearer ‹" + of(40) + "›' https://x.example.com", "token"),
    "basic": ("Authorization: Basic ‹" + BASIC + "›", "token"),
    "header in a dict": ('{"Authorization": "token ‹' + hexes(40) + '›"}', "token"),
    "user of an address": ("git clone https://‹" + of(40) + "›@git.acme.dev/a.git", "token"),
    "url": ("postgres://app:‹hunter22›@db/app", "password"),
    "url without user": ("redis://:‹p4ss-w0rd!›@cache:6379/0", "password"),
    "url encoded": ("amqp://app:‹%21s3cret›@mq.acme.dev", "password"),
    "url, user is word, public": ("mysql://acme:‹acme›@db.acme.dev", "password"),
    "curl": ("curl -s -u ada:‹hunter22› https://x.acme.dev", "password"),
    "sshpass": ("sshpass -p ‹hunter22› ssh x", "password"),
    "cookie": ("Cookie: theme=dark; sid=‹" + of(32) + "›; lang=en", "cookie"),
    "set-cookie": ("Set-Cookie: session=‹" + hexes(32) + "›; Path=/; HttpOnly", "cookie"),
    "env": ("export DB_PASSWORD=‹tr0ub4dor&3›", "secret"),
    "letters only": ("PGPASSWORD=‹letmeinplease› psql", "secret"),
    "yaml": ("password: ‹s3cr3t!›", "secret"),
    "json": ('{"user": "ada", "password": "‹xK9#mQ2v›"}', "secret"),
    "escaped json": ('{\\"password\\": \\"‹xK9#mQ2v›\\"}', "secret"),
    "python": ('password: str = "‹hunter2›"', "secret"),
    "connection": ("Server=db;User Id=sa;Password=‹Pa55w0rd›;Encrypt=yes", "secret"),
    "xml": ("<password>‹hunter22›</password>", "secret"),
    "markdown": ("**Password:** ‹hunter22›", "secret"),
    "table": ("| password | ‹hunter22!› |", "secret"),
    "german": ("Passwort: ‹geheim123›", "secret"),
    "russian": ("пароль: ‹parol2024›", "secret"),
    "chinese": ("密码：‹mima2024›", "secret"),
    "option": ("login --password ‹hunter22› --user ada", "secret"),
    "api key": ('api_key = "‹' + hexes(32) + '›"', "secret"),
    "aws secret": ("aws_secret_access_key = ‹" + of(40) + "›", "secret"),
    "header key": ("X-Api-Key: ‹" + of(32) + "›", "secret"),
    "query": ("GET /x?access_token=‹" + of(24) + "›&page=2", "secret"),
    "heroku": ("HEROKU_API_KEY=‹" + UUID + "›", "secret"),
    "email": ("ask ‹ada.lovelace@analytical.dev›.", "email"),
    "email, mailto": ("[x](mailto:‹ada@analytical.dev›)", "email"),
    "email, then words": ("‹ada@analytical.dev›: it broke", "email"),
    "email in a trailer": ("Co-authored-by: Ada <‹ada@analytical.dev›>", "email"),
    "email, umlaut": ("‹jürgen@müller.de›", "email"),
    "scp": ("scp x ‹ada@build.analytical.dev›:/srv/x", "login"),
    "prompt": ("‹ada@thinkpad›:~/src$ make", "login"),
    "linux": ('File "‹/home/ada›/src/a.py", line 3', "home"),
    "linux, end": ("in ‹/home/ada›.", "home"),
    "macos": ("‹/Users/ada.l›/src", "home"),
    "windows": ("‹C:\\Users\\ada›\\src\\a.py", "home"),
    "windows, two words": ("‹C:\\Users\\Ada Lovelace›\\src and more", "home"),
    "windows, escaped": ('"‹c:\\\\users\\\\ada›\\\\src"', "home"),
    "windows, slashes": ("‹C:/Users/ada›/src", "home"),
    "wsl": ("‹/mnt/c/Users/ada›/src", "home"),
    "file address": ("file://‹/home/ada›/x.html", "home"),
    "compiler": ("gcc -I‹/home/ada›/include", "home"),
    "pytest": ("…/pytest-of-‹ada›/pytest-0/x", "user"),
    "host": ("cannot reach ‹db01.prod.internal›:5432", "host"),
    "host in an address": ("http://‹jenkins.acme.corp›/job/3", "host"),
    "host of a remote": ("git@‹git.acme.lan›:team/app.git", "host"),
    "mdns": ("ping ‹printer-2.local›", "host"),
    "upper case": ("‹DC01.CORP›", "host"),
    "ten": ("Connect call failed ('‹10.0.3.17›', 5432)", "host"),
    "one seven two": ("http://‹172.31.4.9›:8080/", "host"),
    "one nine two": ("‹192.168.178.20›/24", "host"),
}


@pytest.mark.parametrize("name", SECRETS)
def test_what_must_go_goes_and_nothing_else(name: str) -> None:
    marked, kind = SECRETS[name]
    before, rest = marked.split("‹")
    secret, after = rest.split("›")
    result = redact(f"first\n{before}{secret}{after}\nlast")
    assert result.text == f"first\n{before}[{kind}]{after}\nlast"
    assert [(m.kind, m.line, m.label) for m in result.marks] == [(kind, 2, f"[{kind}]")]
    assert secret not in "".join(told(result))


HARMLESS = (
    f"commit {SHA}", f"Fixes: {SHA[:12]} and {SHA[:7]}", f"run {UUID}", f"sha256:{hexes(64)}", f"token {SHA}",
    f"token: {SHA}", f"token={UUID}", f"secret: {hexes(32)}", f"cache key {hexes(32)}", f"key-{hexes(32)}",
    f'"integrity": "sha512-{of(86)}=="', f'{{file = "x.whl", hash = "sha256:{hexes(64)}"}}',
    f"![x](data:image/png;base64,iVBORw0KGgo{of(900)}=)", "tests/test_a.py::test_b[c-1-password=x]",
    "tests/test_auth.py::TestToken::test_refresh[secret-2]", "release 10.2.3.4", "v10.0.0.1", "pkg==10.1.2.3",
    "Windows 10.0.19041.1", "### 10.1.2.3 Network", "update V8 to 10.8.168.25", "10.0.0.0/8", "127.0.0.1:5432",
    "localhost:8000", "bound to 0.0.0.0", "172.32.0.1", "8.8.8.8", "169.254.169.254", "db.example.com", "api.test",
    "host.docker.internal:5432", "metadata.google.internal", "kubernetes.default.svc.cluster.local",
    "config/settings.local", ".env.local", "~/.local/bin", "/usr/local/bin", "threading.local()", "vite.config.local",
    "import org.acme.internal", "pip._internal.cli", "appsettings.local.json", "*.internal", "$HOST.internal",
    "git@github.com:owner/repo.git", "ssh://git@github.com/owner/repo", "noreply@github.com", "no-reply@acme.dev",
    "1234+ada@users.noreply.github.com", "ada@example.com", "ada@mail.example.org", "user@host.test",
    "@pytest.fixture", "@app.route('/x')", "@ada", "lodash@4.17.21", "npx react@18.0.0-rc.beta", "@types/node@20.1.0",
    "icon@2x.png", "user@1000.service", "actions/checkout@v4", "a @ b.T", "postgres@localhost",
    "/home/runner/app/x", "/home/user/x", "/home/<name>/x", "/home/$USER/x", "/Users/Shared/x", "~/src",
    "C:\\Users\\Public\\x", "C:\\Users\\runneradmin\\x", "https://x.example.com/home/ada", "GET /home/reports 404",
    "/users/42/posts", "src/home/ada.py", "/home/index.js:3", "…/pytest-of-root/pytest-0", "root@3f2a1b:/app# ls",
    "password: changeme", "password = <password>", "PASSWORD=${PASSWORD}", "password: ***", "password=xxxxxxxx",
    'password = os.environ["DB_PASSWORD1"]', "password = settings.DB_PASSWORD_2", "password: str = Field(...)",
    "password: String!", "password = input('Password1? ')", "password=%s", "password = user.password2",
    "Password: the user mistyped it twice", "the password: argon2 hash", "PASSWORD_FILE=/run/secrets/db1",
    "password: /run/secrets/db1/x", '"password": "must have 8 characters"', '{"password": "too_short"}',
    "/etc/passwd: root:x:0:0:root", "if password == password2:", "passwords: 12345678", "pwd=/srv/app/a1",
    "API_KEY=your_key_here", "api_key=API_KEY_V2", "api_key: ${{ secrets.API_KEY2 }}", "secret: db-credentials-2",
    "secretName: tls-cert-2024", "token: expired", "max_tokens=4096", "token = token_v2", "access_token=...",
    "token_type: bearer", "Bearer <token>", "Authorization: Bearer $TOKEN", "Authorization: Bearer ${TOKEN1}",
    "Authorization: header is missing", "Authorization: Bearer invalid-token", "Basic authentication failed",
    "Basic configuration2", "postgres://user:password@db/x", "postgres://postgres:postgres@localhost/db",
    "postgres://{user}:{password}@{host}/db", "postgres://app:$PASS@db", "https://a:xyz@example.com/",
    "http://localhost:8000/a@b", "Cookie: the session is lost", "Cookie: sid=<value>; theme=dark",
    "AKIAIOSFODNN7EXAMPLE", "ghp_" + "x" * 36, "sk-learn-contrib-imbalanced-learning-2", "sk-...", "eyJhbGciOi...",
    "-----BEGIN CERTIFICATE-----\nMIIB" + of(60) + "\n-----END CERTIFICATE-----",
    "the log begins with -----BEGIN RSA PRIVATE KEY-----\n\nand nothing follows\n",
    "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + of(40),
    "curl -u $USER:$PASS https://x", "docker run -u 1000:1000 x", "curl -u user:<password> https://x",
    "monkey = abc123def456ghi", "the keyboard: qwertz1234567", "primary_key=user_id_2", "color: #1a2b3c",
    "2026-03-14T10:00:00Z 12345678:INFO", "[email]", "[home]/src and [host 2]", "password = [secret]",
)  # fmt: skip


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert redact(text) == redaction.Redacted(text)


KEY = "MIIEpAIBAAKCAQEA" + of(48)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"a\n-----BEGIN DSA PRIVATE KEY-----\n{KEY}\nab\n-----END PRIVATE KEY-----\nb", "a\n[private key]\n\n\n\nb"),
        (f"-----BEGIN PRIVATE KEY-----\n{KEY}\n\nWords.", "[private key]\n\n\nWords."),
        (f"> -----BEGIN EC PRIVATE KEY-----\n> {KEY}\n> -----END EC PRIVATE KEY-----\n> x", "> [private key]\n\n\n> x"),
        (f'"-----BEGIN PRIVATE KEY-----\\n{KEY}\\n-----END PRIVATE KEY-----\\n",', '"[private key]\\n",'),
        (f'k = (\n"-----BEGIN PRIVATE KEY-----\\n"\n"{KEY}\\n"\n)', 'k = (\n"[private key]\n\n)'),
        (f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n{KEY}", "[private key]\n\n\n"),
        (f"P: 1\n{KEY}\nPrivate-Lines: 2\n{KEY}\nab\nx-y", f"P: 1\n{KEY}\n[private key]\n\n\nx-y"),
    ],
)  # fmt: skip
def test_private_keys_go_as_far_as_they_reach(text: str, clean: str) -> None:
    result = redact(text)
    assert result.text == clean
    assert [mark.kind for mark in result.marks] == ["private key"]


def test_the_same_thing_has_the_same_number() -> None:
    result = redact("a@acme.dev wrote b@acme.dev\nb@acme.dev on 10.0.0.9\na@acme.dev")
    assert result.text == "[email 1] wrote [email 2]\n[email 2] on [host]\n[email 1]"
    assert told(result) == (
        "[email 1] put in place of an e-mail address: line 1, line 3",
        "[email 2] put in place of an e-mail address: line 1, line 2",
        "[host] put in place of a private host: line 2",
    )


def test_new_numbers_come_after_those_in_the_text() -> None:
    assert redact("[email] and [host 4], a@acme.dev, 10.0.0.9").text == "[email] and [host 4], [email 2], [host 5]"


def test_what_overlaps_becomes_one_of_the_surer_kind() -> None:
    assert redact(f"password = 'a1!{'ghp_' + of(36)}'").text == "password = '[token]'"
    assert redact("write to root@db.corp").text == "write to [email]"


@pytest.mark.parametrize(
    ("text", "allow"),
    [
        ("ada@acme.dev", "ada@acme.dev"), ("ada@acme.dev", "*@acme.dev"), ("http://10.0.0.9/x", "10.0.0.*"),
        ("/home/ada/src", "/home/ada"), ("postgres://app:hunter22@db/x", "postgres://app:hunter22@db"),
    ],
)  # fmt: skip
def test_what_is_allowed_stays_and_is_counted(text: str, allow: str) -> None:
    result = redact(text, (allow,))
    assert (result.text, result.marks, result.allowed) == (text, (), 1)
    assert told(result) == ("left as allowed: 1 that would have been redacted",)
    assert find(text, (allow,)) == ()


@pytest.mark.parametrize("allow", ["ada", "acme.dev", "*@other.dev", "[a]*", "", "a?a@acme.dev"])
def test_allowing_a_part_or_another_is_not_enough(allow: str) -> None:
    assert redact("ada@acme.dev", (allow,)).text == "[email]"


def test_many_texts_together_give_what_each_gives_alone() -> None:
    pieces = [text.replace("‹", "").replace("›", "") for text, _ in SECRETS.values()]
    texts = [*pieces, *HARMLESS, "", *(f"a line\n{piece.upper()} and so on" for piece in pieces), CLEAN, LEAKS]
    found = dict(redaction.find_among(texts))
    assert found == {number: held for number, text in enumerate(texts) if (held := redaction.find(text))}
    assert len(found) > len(pieces)


def test_no_form_is_shorter_than_what_is_looked_at() -> None:
    for starts, rest in _forms.FORMS:
        least = min(len(word) for word in starts.split()) + sre_parse.parse(rest).getwidth()[0]
        assert least >= _traces.SHORTEST
    for word, pattern in _forms.PLACED:
        assert sre_parse.parse(pattern).getwidth()[0] >= _traces.SHORTEST, word


def test_find_tells_kind_and_line() -> None:
    assert [(f.kind, f.line) for f in find("x\nada@acme.dev\n\n10.0.0.9 /home/ada")] == [
        ("email", 2), ("host", 4), ("home", 4),
    ]  # fmt: skip


PIECES = [text.replace("‹", "").replace("›", "") for name, (text, _) in SECRETS.items() if "long" not in name]
ANY = st.lists(
    st.one_of(
        st.sampled_from([*PIECES, *HARMLESS]), st.sampled_from(list(KINDS)).map("[{}]".format), st.text(max_size=8),
        st.sampled_from([*"\n @:/=\"\\.", "password=", "://", "-----BEGIN PRIVATE KEY-----"]),
    ),
    max_size=12,
).map("".join)  # fmt: skip


@settings(deadline=None)
@given(ANY)
def test_lines_stay_and_redacting_again_changes_nothing(text: str) -> None:
    once = redact(text)
    assert once.text.count("\n") == text.count("\n")
    assert redact(once.text) == redaction.Redacted(once.text)
    assert find(once.text) == ()
    kept = re.sub(r"\[[a-z ]+\d*\]", "\0", once.text).split("\0")
    assert all(part.strip("\n") in text for part in kept)


HEXES = st.text("0123456789abcdef", min_size=40, max_size=40)
AROUND = st.sampled_from([
    "{}", "commit {}", "commit: {}", "sha={}", "`{}`", "({})", "token {}", "token: {}", "secret={}", "id/{}/x",
    "key={}",
    "https://example.com/o/r/commit/{}", "{}..{}", "Fixes: {}", "pin = pkg @ git+https://example.com/x@{}", "sha256:{}",
    "session {}", "password of {}", "ada, {}", "# {}", "| {} |", "cookie {}",
])  # fmt: skip


@settings(deadline=None)
@given(HEXES, st.uuids(), st.integers(7, 40), AROUND)
def test_no_commit_and_no_uuid_is_touched(sha: str, uuid: Any, length: int, around: str) -> None:
    for thing in (sha, sha[:length], sha + sha[:24], str(uuid), str(uuid).upper()):
        text = around.replace("{}", thing)
        assert redact(text).text == text


def test_no_image_is_touched() -> None:
    made = random.Random(7)  # noqa: S311 - the same images in every run
    for _ in range(20):
        image = base64.b64encode(made.randbytes(60_000)).decode()
        assert redact(f"![x](data:image/png;base64,{image})").marks == ()


MODULES = (_forms, _named, _personal, _judgement, _traces, redaction)


def patterns() -> Iterator[re.Pattern[str]]:
    yield from (_forms.form(starts, rest) for starts, rest in _forms.FORMS)
    yield from (re.compile(pattern) for _, pattern in _forms.PLACED)
    for module in MODULES:
        yield from (value for value in vars(module).values() if isinstance(value, re.Pattern))


def repeats(parsed: Any, depth: int = 0) -> Iterator[tuple[int, int]]:
    """Most times and depth of every repeat; what comes at most once is none."""
    for op, value in parsed:
        name = str(op)
        if name.endswith("REPEAT"):
            _, most, inner = value
            inside = depth + (most > 1)
            if most > 1:
                yield most, inside
            yield from repeats(inner, inside)
        elif name == "BRANCH":
            for branch in value[1]:
                yield from repeats(branch, depth)
        elif name == "SUBPATTERN":
            yield from repeats(value[-1], depth)
        elif name in {"ASSERT", "ASSERT_NOT"}:
            yield from repeats(value[1], depth)


def bounded(pattern: re.Pattern[str]) -> bool:
    return all(
        most <= 16_384 and depth == 1 for most, depth in repeats(sre_parse.parse(pattern.pattern, pattern.flags))
    )


def test_every_pattern_has_bounded_repeats_and_none_in_another() -> None:
    found = list(patterns())
    assert len(found) > 100
    assert [p.pattern for p in found if not bounded(p)] == []


@pytest.mark.parametrize(
    "bad", ["a+", "a*", "a{3,}", "(?:a{1,9}){1,9}", "(?:x|(?:a{1,9}b){2})", "(?=a*)", "(?!(a{0,3}){0,3})"]
)
def test_the_reading_of_patterns_can_fail(bad: str) -> None:
    assert not bounded(re.compile(bad))


@pytest.mark.parametrize(
    "unit",
    ["a", "-", ".", "@", "a@", "a.", "://", "://a:", "eyJ", "-eyJ", "eyJaaaaaaaaaa.", "sk-", "ghp_", "cookie:",
     "cookie=a;", "password=", "password", "pass", "token: ", "bearer ", "authorization:", "/home/", "10.",
     "C:\\Users\\", "a.internal", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\n", "AWS4-HMAC-SHA256",
     "curl -u ", "A1b2", "\\", "'\"", "İ", "[email]", "Private-Lines: 1\n", "a@a.a:", "x-", "=:", "> "],
)  # fmt: skip
def test_hostile_text_ends(unit: str) -> None:
    text = unit * (120_000 // len(unit))
    assert redact(text).text.count("\n") == text.count("\n")


CLEAN = "3 files checked: nothing to mend\n"
LEAKS = """\
# Outage

## Symptom

ada@analytical.dev saw postgres://app:hunter22@db/x fail.

## Cause

Disk, says bob@analytical.dev.
"""


@pytest.fixture
def source(project: Project) -> Path:
    path = project.root / "docs" / "outage.md"
    path.parent.mkdir()
    path.write_text(LEAKS, encoding="utf-8")
    return path


def written(project: Project) -> str:
    (path,) = (project.root / "entries").rglob("*outage*.yaml")
    return path.read_text(encoding="utf-8")


def test_nothing_secret_is_written_or_printed(source: Path, project: Project, run: Run) -> None:
    result = run("import", "docs/outage.md", "--report", at=project.root)
    assert result.code == 0
    assert "[email 1] saw postgres://app:[password]@db/x fail" in written(project)
    assert "note: [email 2] put in place of an e-mail address: line 9" in result.out
    assert "5-5  skipped: holds a redacted" in result.out
    for text in (result.out, result.err, written(project)):
        assert not re.search("hunter22|analytical", text)
    assert run("check", "--select", "secret,possible_secret,personal_data", at=project.root).out == CLEAN


def test_allowed_on_the_command_line_in_a_file_and_in_the_settings(source: Path, project: Project, run: Run) -> None:
    project.put("causebook.toml", 'allow = ["hunter22"]\n')
    project.put("docs/allowed", "# ours\n\nbob@analytical.dev\n")
    command = ("import", "docs/outage.md", "--allow", "ada@*", "--allow-file", "docs/allowed")
    result = run(*command, at=project.root)
    assert "note: left as allowed: 3 that would have been redacted" in result.out
    assert "ada@analytical.dev saw postgres://app:hunter22@db/x fail" in written(project)
    missing = run(*command[:-1], "docs/none", at=project.root)
    assert (missing.code, missing.out) == (2, "")
    assert "docs/none" in missing.err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("secret", "x\nsee sk_live_" + of(24)),
        ("possible_secret", "x\npassword = hunter22"),
        ("personal_data", "x\nin /home/ada/src"),
    ],
)
def test_checks_tell_the_place_and_never_the_secret(name: str, text: str, project: Project) -> None:
    project.write(FIRST, summary=text)
    (finding,) = project.lint(name)
    assert finding.field == "summary"
    assert finding.message.endswith("on line 2 of the text")
    assert finding.place.line > 1
    assert not re.search("hunter22|ada|aZ3k", finding.message + finding.fix)
    secret = text.rsplit(maxsplit=1)[1]
    project.put("causebook.toml", f'allow = ["{secret}"]\n')
    assert project.lint(name) == ()


def test_our_own_entries_hold_nothing_of_it(run: Run) -> None:
    root = Path(__file__).parent.parent
    result = run("check", "--select", "secret,possible_secret,personal_data", at=root)
    assert result.code == 0
    assert result.out.endswith(" files checked: nothing to mend\n")
