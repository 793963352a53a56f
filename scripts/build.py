"""Builds the site, from a fresh clone too: sets up .venv, then ``causebook build``."""

import argparse
import sys

import environment


def main(arguments: "list[str]") -> int:
    """Set up, then build or serve; the exit code of causebook."""
    parser = argparse.ArgumentParser(
        prog="build.py",
        allow_abbrev=False,
        description="Set up .venv where needed, harvest the entries and build the site. "
        "CAUSEBOOK_PYTHON names another Python for .venv than the one that runs this.",
        epilog="Other arguments are handed to 'causebook build' or 'causebook serve'.",
    )
    parser.add_argument("--serve", action="store_true", help="serve the site and rebuild it as files change")
    parser.add_argument("--engine", help="site generator: mkdocs or zensical (default: as the project's settings say)")
    options, others = parser.parse_known_args(arguments)
    extras = ["site", "zensical"] if options.engine == "zensical" else ["site"]
    engine = ["--engine", options.engine] if options.engine else []
    verb = "serve" if options.serve else "build"

    def work() -> int:
        environment.Environment().ensure(*extras)
        environment.step(f"causebook {verb}")
        code = environment.run([environment.program("causebook"), "-C", environment.ROOT, verb, *engine, *others])
        if not options.serve:  # which ends when its user says so
            environment.step("done" if code == 0 else f"failed with exit code {code}")
        return code

    return environment.guarded(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
