"""Tokens by the forms that their makers publish, so that scanners find them, and blocks of private keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from causebook.redaction._judgement import random
from causebook.redaction._span import Span, matches

_START = r"(?<![A-Za-z0-9_])"
_END = r"(?![A-Za-z0-9])"
_WORD = "[A-Za-z0-9]"
_ALL = "[A-Za-z0-9_-]"
_HEX = "[0-9a-f]"

FORMS: tuple[tuple[str, str], ...] = (
    # what it begins with, several beginnings separated by blanks; what follows
    ("ghp_ gho_ ghu_ ghs_ ghr_", f"{_WORD}{{36,255}}"),  # GitHub
    ("github_pat_", "[A-Za-z0-9_]{50,255}"),  # GitHub, fine-grained
    (
        "glpat- gldt- glft- glsoat- glrt- glcbt- glptt- glimt- glagent- gloas- glffct-",
        "[A-Za-z0-9_.-]{20,1024}",
    ),  # GitLab
    ("GR1348941", f"{_ALL}{{20,50}}"),  # GitLab, registration of runners
    ("ATBB", f"{_WORD}{{24,40}}"),  # Bitbucket
    ("ATATT3 ATCTT3", "[A-Za-z0-9_=-]{60,400}"),  # Atlassian
    ("AKIA ASIA ABIA ACCA A3T", "[A-Z0-9]{16,17}"),  # AWS
    ("ABSK", "[A-Za-z0-9+/]{100,270}={0,2}"),  # AWS Bedrock
    ("AIza", f"{_ALL}{{35}}"),  # Google
    ("ya29.", f"{_ALL}{{20,2048}}"),  # Google OAuth
    ("GOCSPX-", f"{_ALL}{{28}}"),  # Google OAuth, client
    ("1//0", f"{_ALL}{{40,200}}"),  # Google OAuth, refresh
    ("xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs- xoxd-", "[A-Za-z0-9%-]{10,400}"),  # Slack
    ("xapp-", "[A-Za-z0-9-]{30,200}"),  # Slack, app
    ("sk_live_ sk_test_ rk_live_ rk_test_ sk_prod_ rk_prod_", f"{_WORD}{{16,255}}"),  # Stripe
    ("whsec_", "[A-Za-z0-9+/]{24,100}={0,2}"),  # Stripe, webhooks
    ("sk-ant-", f"{_ALL}{{30,255}}"),  # Anthropic
    ("sk-proj- sk-svcacct- sk-admin- sk-None-", f"{_ALL}{{20,255}}"),  # OpenAI
    ("sk-or-v1-", f"{_HEX}{{64}}"),  # OpenRouter
    ("sk-", f"{_WORD}{{32,64}}"),  # OpenAI of old, DeepSeek
    ("xai-", f"{_WORD}{{60,100}}"),  # xAI
    ("gsk_", f"{_WORD}{{40,60}}"),  # Groq
    ("pplx-", f"{_WORD}{{40,60}}"),  # Perplexity
    ("r8_", f"{_WORD}{{37}}"),  # Replicate
    ("hf_ api_org_", f"{_WORD}{{30,40}}"),  # Hugging Face
    ("fw_", f"{_WORD}{{22,24}}"),  # Fireworks
    ("npm_", f"{_WORD}{{36}}"),  # npm
    ("pypi-AgE", f"{_ALL}{{50,1000}}"),  # PyPI, TestPyPI
    ("rubygems_", f"{_HEX}{{48}}"),  # RubyGems
    ("oy2", "[a-z0-9]{43}"),  # NuGet
    ("dckr_pat_ dckr_oat_", f"{_ALL}{{27,40}}"),  # Docker
    ("CLOJARS_", "[a-z0-9]{60}"),  # Clojars
    ("cio", f"{_WORD}{{32}}"),  # crates.io
    ("SG.", f"{_ALL}{{16,32}}\\.{_ALL}{{16,64}}"),  # SendGrid
    ("xkeysib-", f"{_HEX}{{64}}-{_WORD}{{16}}"),  # Brevo
    ("SK", f"{_HEX}{{32}}"),  # Twilio
    ("sq0atp- sq0csp-", f"{_ALL}{{22,43}}"),  # Square
    ("EAAA", f"{_ALL}{{60}}"),  # Square, OAuth
    ("shpat_ shpca_ shppa_ shpss_", "[a-fA-F0-9]{32}"),  # Shopify
    ("AKCp", f"{_WORD}{{60,80}}"),  # Artifactory
    ("cmVmd", f"{_WORD}{{59}}"),  # Artifactory, reference
    ("hvs. hvb. hvr.", f"{_ALL}{{24,300}}"),  # HashiCorp Vault
    ("dop_v1_ doo_v1_ dor_v1_", f"{_HEX}{{64}}"),  # DigitalOcean
    ("dapi", f"{_HEX}{{32}}"),  # Databricks
    ("dp.pt. dp.st. dp.ct. dp.sa.", "[A-Za-z0-9._-]{40,90}"),  # Doppler
    ("dt0c01. dt0s16.", r"[A-Z0-9]{24}\.[A-Z0-9]{64}"),  # Dynatrace
    ("NRAK- NRJS- NRAA- NRII-", f"{_ALL}{{19,50}}"),  # New Relic
    ("PMAK-", f"{_HEX}{{24}}-{_HEX}{{34}}"),  # Postman
    ("glsa_", f"{_WORD}{{32}}_[A-Fa-f0-9]{{8}}"),  # Grafana
    ("glc_", "[A-Za-z0-9+/]{32,400}={0,2}"),  # Grafana Cloud
    ("sntrys_", "[A-Za-z0-9+/=_]{40,400}"),  # Sentry, organisation
    ("sntryu_", f"{_HEX}{{64}}"),  # Sentry, user
    ("lin_api_ lin_oauth_", f"{_WORD}{{32,80}}"),  # Linear
    ("ntn_", f"{_WORD}{{40,60}}"),  # Notion
    ("secret_", f"{_WORD}{{43}}"),  # Notion of old
    ("HRKU-", f"{_ALL}{{36,70}}"),  # Heroku
    ("nfp_", f"{_WORD}{{36}}"),  # Netlify
    ("sbp_", f"{_HEX}{{40}}"),  # Supabase
    ("fo1_", f"{_ALL}{{43}}"),  # Fly.io
    ("rnd_", f"{_WORD}{{28,36}}"),  # Render
    ("FlyV1 fm2_", "[A-Za-z0-9+/=,_-]{80,2000}"),  # Fly.io, macaroons
    ("pscale_tkn_ pscale_pw_ pscale_oauth_", "[A-Za-z0-9=._-]{32,64}"),  # PlanetScale
    ("pul-", f"{_HEX}{{40}}"),  # Pulumi
    ("tskey-", "[A-Za-z0-9-]{20,100}"),  # Tailscale
    ("pnu_", f"{_WORD}{{36}}"),  # Prefect
    ("sha256~", f"{_ALL}{{43}}"),  # OpenShift
    ("figd_", f"{_ALL}{{30,60}}"),  # Figma
    ("LTAI", f"{_WORD}{{16,24}}"),  # Alibaba Cloud
    ("AGE-SECRET-KEY-1", "[A-Z0-9]{58}"),  # age
    ("ops_eyJ", "[A-Za-z0-9+/]{100,2000}={0,3}"),  # 1Password
    ("rdme_", "[a-z0-9]{70}"),  # ReadMe
    ("shippo_live_ shippo_test_", f"{_HEX}{{40}}"),  # Shippo
    ("duffel_live_ duffel_test_", f"{_ALL}{{43}}"),  # Duffel
    ("EZAK EZTK", f"{_WORD}{{54}}"),  # EasyPost
    ("p8e-", "[a-z0-9]{32}"),  # Adobe
    (  # a private key in base64, as in settings of Kubernetes
        "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSB LS0tLS1CRUdJTiBQUklWQVRFIE LS0tLS1CRUdJTiBFQyBQUklWQ LS0tLS1CRUdJTiBPUEVOU1NI",
        "[A-Za-z0-9+/]{40,16384}={0,2}",
    ),
)
"""Bounds are wider than what is issued now where makers say that the length may grow."""

PLACED: tuple[tuple[str, str], ...] = (
    # a word that stands in the text; a pattern whose first group is the secret
    (
        "eyJ",
        r"(?<![A-Za-z0-9_-])(eyJ[A-Za-z0-9_-]{10,8192}\.eyJ[A-Za-z0-9_-]{4,8192}\.?[A-Za-z0-9_-]{0,2048})",
    ),
    ("hooks.slack.com/", r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9/_+]{20,200})"),
    ("/api/webhooks/", r"discord(?:app)?\.com/api/webhooks/(\d{5,25}/[A-Za-z0-9_-]{30,100})"),
    ("/webhook", r"webhook(?:b2)?/([0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9a-f]{16,64}/[0-9a-f-]{36})"),
    (":AA", r"(?<!\d)(\d{8,10}:AA[A-Za-z0-9_-]{33})(?![A-Za-z0-9])"),  # Telegram
    ("-us", r"(?<![A-Za-z0-9])([0-9a-f]{32}-us\d{1,2})(?!\w)"),  # Mailchimp
    ("Q~", r"(?<![A-Za-z0-9])([A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34})(?![A-Za-z0-9])"),  # Entra ID
    (".atlasv1.", r"(?<![A-Za-z0-9])([A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70})"),  # Terraform
    ("AccountKey=", r"AccountKey=([A-Za-z0-9+/]{40,100}={0,2})"),  # Azure
    ("SharedAccessKey=", r"SharedAccessKey=([A-Za-z0-9+/]{40,100}={0,2})"),
    ("sig=", r"[?&;]sig=([A-Za-z0-9%+/_-]{30,200}={0,2})"),
    ("Signature=", r"(?:Amz|Goog)-Signature=([0-9a-f]{64,1024})(?![0-9a-f])"),
    ("Signature=", r"AWS4-HMAC-SHA256[^\n]{10,400}?Signature=([0-9a-f]{64})(?![0-9a-f])"),
    (
        ".",
        r"(?<![A-Za-z0-9_.-])([MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,38})(?![\w.-])",
    ),
    ("_authToken", r":_authToken[ \t]{0,4}=[ \t]{0,4}[\"']?([A-Za-z0-9_+/=-]{20,400})"),  # .npmrc
)


@cache
def form(starts: str, rest: str) -> re.Pattern[str]:
    """The pattern of one of ``FORMS``, made when a text first holds its beginning: making all costs every start."""
    return re.compile(f"{_START}(?:{'|'.join(map(re.escape, starts.split()))})({rest}){_END}")


def patterns(text: str) -> list[re.Pattern[str]]:
    """The forms whose fixed words stand in ``text``."""
    held = dict.fromkeys(source for word, source in _BY_WORD if word in text)
    return [form(*source) if source[0] else re.compile(source[1]) for source in held]


@cache
def _words(starts: str) -> tuple[str, ...]:
    return tuple(starts.split())


_BY_WORD = (
    *((word, (starts, rest)) for starts, rest in FORMS for word in starts.split()),
    *((word, ("", pattern)) for word, pattern in PLACED),
)
"""Each fixed word with the form that it begins: what it begins with and what follows, or nothing and the pattern."""
_TWO_DOTS = re.compile(r"\.[\w-]{6}\.[\w-]{27}")
"""What Discord's tokens have in the middle; a dot alone is in every line."""
_BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9 ]{1,40} )?PRIVATE KEY(?: BLOCK)?-----|(?<=\n)Private-Lines: \d{1,3}(?=\n)")
_KEY_END = re.compile(r"-----END (?:[A-Z0-9 ]{1,40} )?PRIVATE KEY(?: BLOCK)?-----")
_MATERIAL = re.compile(r"[A-Za-z0-9+/]{16}")
_BODY = re.compile(r"[A-Za-z0-9+/]{0,300}={0,3}|(?:Proc-Type|DEK-Info|Version|Comment|Hash): [^\n]{0,300}")
_AROUND = " \t\r>|#*\"'`,\\"
"""What may stand around a line of a key: a quotation mark, the sign of a comment, the strings of a program."""
_MOST_LINES = 400
"""A key of RSA with 16,384 bits has about 200."""


def find(text: str) -> Iterator[Span]:
    """Private keys and tokens."""
    yield from _private_keys(text)
    for starts, rest in FORMS:
        words = _words(starts)
        if not any(word in text for word in words):
            continue
        for match in matches(form(starts, rest), text, words):
            if random(match[1], distinct=4) and not match[0].endswith("EXAMPLE"):
                yield Span(*match.span(), "token")
    for word, pattern in PLACED:
        if word not in text or (word == "." and not _TWO_DOTS.search(text)):
            continue
        for match in matches(re.compile(pattern), text, (word,)):
            if random(match[1]):
                yield Span(*match.span(1), "token")


def _private_keys(text: str) -> Iterator[Span]:
    """Keys from their first line to their last, or to where no more of the key follows; a mention alone is none."""
    begins = list(_BEGIN.finditer(text))
    for number, begin in enumerate(begins):
        limit = begins[number + 1].start() if number + 1 < len(begins) else len(text)
        stop = _stop(text, begin.end(), limit)
        if _MATERIAL.search(text, begin.end(), stop):
            yield Span(begin.start(), stop, "private key")


def _stop(text: str, at: int, limit: int) -> int:
    """Where the key stops whose first line ends at ``at``; before ``limit``, where the next one begins."""
    line_end = _line_end(text, at, limit)
    if end := _KEY_END.search(text, at, line_end):
        return end.end()  # on one line, as in JSON
    if _MATERIAL.search(text, at, line_end):
        return line_end
    stop = line_end
    inside = False
    for _ in range(_MOST_LINES):
        start, line_end = line_end + 1, _line_end(text, line_end + 1, limit)
        if start > limit or line_end - start > 400:
            break
        if end := _KEY_END.search(text, start, line_end):
            return end.end()
        line = text[start:line_end].strip(_AROUND).removesuffix("\\n")
        if not _BODY.fullmatch(line):
            break
        material = bool(_MATERIAL.match(line))
        if material or (inside and line):
            stop = line_end
        inside = material
    return stop


def _line_end(text: str, at: int, limit: int) -> int:
    end = text.find("\n", at, limit)
    return limit if end < 0 else end
