"""How long a whole process takes."""

import subprocess
import time
from pathlib import Path


def timed(*command: str, cwd: "Path | None" = None, check: bool = True) -> float:
    """Seconds of one run, with what it prints thrown away."""
    start = time.perf_counter()
    subprocess.run(command, cwd=cwd, check=check, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start
