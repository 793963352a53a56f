"""The page that diagnoses in the browser, and the script that holds what is known; the engine is among the assets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from causebook import known
from causebook.cause import compiled
from causebook.pages import Data, Page, Site

HERE = "diagnose.md"
SIGNATURES = "assets/causebook-signatures.js"


def pages(site: Site) -> Iterator[Page | Data]:
    """The page and what it knows."""
    yield Page(HERE, "pages/diagnose.md.j2", {}, "the page that diagnoses")
    yield Data(SIGNATURES, partial(_script, site))


def _held(site: Site) -> dict[str, Any]:
    """What ``causebook diagnose`` knows in this project."""
    names = sorted(site.kb.library, key=lambda name: (name not in site.kb.playbooks, name))
    own = [site.kb.library[name] for name in names]
    return known.of(site.kb, [compiled(playbook) for playbook in own if playbook.front.signatures])


def _script(site: Site) -> str:
    """A script and no JSON file: a page that is opened from a folder may load only scripts.

    One cause a line, so that a change is readable.
    """
    held = _held(site)
    causes = ",\n".join(map(_line, held["causes"]))
    incidents = ",\n".join(f"{_line(name)}:{_line(told)}" for name, told in held["incidents"].items())
    return f'self.CAUSEBOOK_KNOWN = {{"causes":[\n{causes}\n],"incidents":{{\n{incidents}\n}}}};\n'


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
