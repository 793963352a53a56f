"""``python -m causebook``: the same as the ``causebook`` command."""

from causebook.cli import run

if __name__ == "__main__":
    run()
