"""What cannot pass through an engine: done to the built site, one way for both engines, before it replaces the old."""

from __future__ import annotations

from pathlib import Path

from causebook import config, files
from causebook.finish import head, llms, moved, policy, sitemap
from causebook.finish.built import Site, pages
from causebook.kb import KnowledgeBase
from causebook.links import GitFacts


def finish(folder: Path, kb: KnowledgeBase, facts: GitFacts) -> None:
    """Complete the site in ``folder``: what heads of pages say, a policy, Markdown twins, redirects, a sitemap.

    Raises:
        WriteRefused: a file cannot be written.
    """
    published = config.published(kb.root)
    site = Site(folder, kb, facts, published, tuple(pages(folder, kb)))
    theme = policy.theme(folder)
    for page in site.pages:
        if page.twin:
            files.write_text(folder / page.twin, page.text)
        path = folder / page.path
        html = path.read_text(encoding="utf-8")
        html = head.completed(site, page, html)
        files.write_text(path, policy.protected(html, kb.config.policy, theme))
    moved.write(site)
    llms.write(site)
    sitemap.write(site)
