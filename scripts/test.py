"""Runs the tests, from a fresh clone too: sets up .venv with the tools of development, then pytest."""

import argparse
import sys

import environment


def main(arguments: "list[str]") -> int:
    """Set up, then run pytest in the checkout; the exit code of pytest, or of coverage after it."""
    parser = argparse.ArgumentParser(
        prog="test.py",
        allow_abbrev=False,
        description="Set up .venv where needed and run the tests. "
        "CAUSEBOOK_PYTHON names another Python for .venv than the one that runs this.",
        epilog="Other arguments are handed to pytest, which runs in the checkout: 'test.py -k links -x'.",
    )
    parser.add_argument("--coverage", action="store_true", help="measure coverage and fail where it is too low")
    options, others = parser.parse_known_args(arguments)
    python = str(environment.program("python"))
    pytest = ["-m", "pytest", *others]
    coverage = ["-m", "coverage"]
    commands = [[python, *pytest]]
    if options.coverage:
        commands = [
            [python, *coverage, "erase"],
            [python, *coverage, "run", *pytest],
            [python, *coverage, "combine", "--quiet"],
            [python, *coverage, "report"],
        ]

    def work() -> int:
        environment.Environment().ensure("dev")
        for command in commands:
            environment.step(" ".join(command[2:]))
            code = environment.run(command, folder=environment.ROOT)
            if code:
                return code
        return 0

    return environment.guarded(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
