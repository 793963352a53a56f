"""One file, one check: the file's name is the check's name, its docstring is its manual.

A check module has a docstring (one line, why it matters, ``Good:`` and ``Bad:``), which is also its page of the site;
optionally ``LEVEL`` (``error`` unless said), ``HISTORY = True`` where it holds for entries that a change does not touch
as well, and ``MENDS = True`` where its findings bring edits for ``--fix``; and ``check(...)``, which yields findings.
The names of its parameters say what it needs: ``record`` (called once an entry), ``kb``, ``facts`` (what git says),
``change`` (then it is asked of changes only), ``touched`` (the files, lines and functions of it), ``repo`` and
``today``. Other packages add checks through the entry point ``causebook.checks``.
"""
