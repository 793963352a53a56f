"""What the pytest plug-in costs a suite that passes: 2,000 tests with it and without, as whole processes in pairs.

    python scripts/bench/plugin.py [--tests 2000] [--pairs 15]

Prints the median of the differences in each pair, as a share of the run without it, and half the spread between the
quartiles: a machine that is busy slows both runs of a pair alike.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the name by which mypy finds it
    from bench.timing import timed
else:
    from timing import timed


def suite(folder: Path, *options: str) -> float:
    """Seconds of a whole run."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *options]
    return timed(*command, cwd=folder)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=int, default=2000)
    parser.add_argument("--pairs", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
        (folder / "test_many.py").write_text(
            f"import pytest\n\n\n@pytest.mark.parametrize('n', range({options.tests}))\n"
            "def test_passes(n):\n    assert n >= 0\n"
        )
        suite(folder)
        shares = []
        for _ in range(options.pairs):
            without = suite(folder, "-p", "no:causebook")
            shares.append((suite(folder) - without) / without)
    low, middle, high = statistics.quantiles(shares, n=4)
    print(f"{options.tests} passing tests: {middle:+.2%} (quartiles {low:+.2%} to {high:+.2%}) with the plug-in")


if __name__ == "__main__":
    main()
