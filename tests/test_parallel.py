"""Work in two processes: every item is done, whoever takes it, also when the second process dies on the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from causebook import parallel

PROGRAM = """
import os, sys, time
from pathlib import Path
from causebook import parallel

first, began, dies = os.getpid(), Path("began"), len(sys.argv) > 1

def work(n):
    here = os.getpid() == first
    if not here:
        began.touch()
        if dies:
            os._exit(7)
    elif n == 0:
        while not began.exists():
            time.sleep(0.01)
    return n * n, here

done = parallel.shared(range(50), work, worth=True)
assert [square for square, _ in done] == [n * n for n in range(50)], done
assert done[0][1]
print(sum(not here for _, here in done))
"""
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or (os.cpu_count() or 1) < 2, reason="a second process is started on Linux, on two cores"
)


def elsewhere(folder: Path, *options: str) -> int:
    """Items that the second process did; in a process of its own, since this one may have threads."""
    command = [sys.executable, "-c", PROGRAM, *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=60)
    return int(done.stdout)


def test_both_processes_take_their_part(tmp_path: Path) -> None:
    assert 0 < elsewhere(tmp_path) < 50


def test_what_a_second_process_took_before_it_died_is_done_here(tmp_path: Path) -> None:
    assert elsewhere(tmp_path, "dies") == 0


@pytest.mark.parametrize("items", ["", "a", "abc"])
def test_without_a_second_process_all_is_done_here(items: str) -> None:
    pid = os.getpid()
    assert parallel.shared(items, lambda letter: (letter, os.getpid()), worth=False) == [(c, pid) for c in items]
