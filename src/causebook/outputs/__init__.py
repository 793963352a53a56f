"""One file, one kind of machine-readable output: ``files(site)`` yields the files, found by file name.

``files(site: pages.Site) -> Iterator[pages.Data]``; all paths are from ``kb/api/``, the folder that ``build`` owns.
Other packages join by entry points of the group ``causebook.outputs``.
"""
