"""One file, one check: the file's name is the check's name, its docstring is its manual.

A check module has a docstring (one line, why it matters, ``Good:`` and ``Bad:``), optionally ``LEVEL`` (``error``
unless said), and ``check(...)``, which yields findings. The names of its parameters say what it needs: ``record``
(called once an entry), ``kb``, ``facts`` (what git says). Other packages add checks through
the entry point ``causebook.checks``.
"""
