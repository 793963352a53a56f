"""Writes the pages of the knowledge base: ``causebook harvest`` on this checkout, which need not be set up."""

import sys

import environment

if __name__ == "__main__":
    environment.enter()
    from causebook.cli import main

    main(["-C", str(environment.ROOT), "harvest", *sys.argv[1:]])
