"""``python -m causebook``: the same as the ``causebook`` command."""

from causebook.cli import main

if __name__ == "__main__":
    main()
