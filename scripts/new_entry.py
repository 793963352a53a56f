"""Writes a new entry from a template: ``causebook new`` on this checkout, which need not be set up."""

import sys

import environment

if __name__ == "__main__":
    environment.enter()
    from causebook.cli import main

    main(["-C", str(environment.ROOT), "new", *sys.argv[1:]])
