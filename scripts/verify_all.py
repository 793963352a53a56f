"""Runs all cases of all playbooks on all supported Pythons and records what they showed: what CI does weekly.

Arguments go to ``causebook verify``; a Python, service or package that is missing counts as a failure.
"""

import sys

import environment

PYTHONS = "3.10,3.11,3.12,3.13"

if __name__ == "__main__":
    environment.enter()
    from causebook.cli import main

    main(["-C", str(environment.ROOT), "verify", "--python", PYTHONS, "--require", "all", "--record", *sys.argv[1:]])
