"""Checks the entries and their links to git: ``causebook check`` on this checkout, which need not be set up."""

import sys

import environment

if __name__ == "__main__":
    environment.enter()
    from causebook.cli import main

    main(["-C", str(environment.ROOT), "check", *sys.argv[1:]])
