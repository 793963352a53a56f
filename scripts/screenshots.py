"""Takes the pictures of the guide's tour: each kind of page as it is in light, in dark and on a phone, in one image.

    python scripts/screenshots.py

Build the site first. Needs Chromium (CAUSEBOOK_CHROMIUM names another than the one of the search path). Look at each
picture before you commit it: that is what they are taken for.
"""

import base64
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from bench.kinds import KINDS
from bench.server import served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[1]
TOUR = ("home", "search", "diagnose", "playbooks", "playbook", "incident", "sessions", "session", "insights", "list",
        "lessons", "actions", "files", "commits")  # fmt: skip
TARGET = ROOT / "kb" / "images" / "tour"
WIDE, PHONE, HEIGHT, SCALE, GAP = 1280, 390, 860, 0.6, 12
"""Pixels of a window, and what of them the picture has."""
QUALITY = 55
"""Of WebP, 0 to 100: text can be read, and a picture has some 60 KB."""


def shot(browser: "Browser", address: str, *, dark: bool, width: int) -> str:
    """The window as an address of its data."""
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHT}, color_scheme="dark" if dark else "light", reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(address, wait_until="networkidle")
    held = base64.b64encode(page.screenshot()).decode()
    context.close()
    return f"data:image/png;base64,{held}"


def composed(page: "Page", images: "list[tuple[str, int]]") -> bytes:
    """The images, each with its width, side by side as WebP."""
    parts = "".join(
        f'<img src="{source}" style="width:{width * SCALE}px;height:{HEIGHT * SCALE}px">' for source, width in images
    )
    style = f"margin:0;padding:{GAP}px;display:flex;gap:{GAP}px;background:#888;width:fit-content"
    page.set_content(f'<body style="{style}">{parts}</body>')
    box = page.locator("body").bounding_box()
    clip = {**(box or {}), "scale": 1}
    session = page.context.new_cdp_session(page)
    wanted = {"format": "webp", "quality": QUALITY, "clip": clip, "captureBeyondViewport": True}
    return base64.b64decode(session.send("Page.captureScreenshot", wanted)["data"])


def main() -> None:
    """Take them all."""
    if not (ROOT / "site" / "index.html").is_file():
        raise SystemExit("site/index.html: there is no site; build it first: python3 scripts/build.py")
    chromium = os.environ.get("CAUSEBOOK_CHROMIUM") or shutil.which("chromium")
    TARGET.mkdir(parents=True, exist_ok=True)
    with served(ROOT / "site") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        sheet = browser.new_page(viewport={"width": 1900, "height": 600})
        for name in TOUR:
            at = address + KINDS[name]
            seen = [(WIDE, False), (WIDE, True), (PHONE, False)]
            images = [(shot(browser, at, dark=dark, width=width), width) for width, dark in seen]
            data = composed(sheet, images)
            (TARGET / f"{name}.webp").write_bytes(data)
            print(f"{name}: {len(data) / 1000:.0f} KB")
        browser.close()


if __name__ == "__main__":
    main()
