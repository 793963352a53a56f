"""Work done meanwhile in a fork of this process, where that is safe; only this file forks."""

from __future__ import annotations

import contextlib
import functools
import mmap
import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn, TypeVar

Answer = TypeVar("Answer")
Item = TypeVar("Item")


@contextlib.contextmanager
def meanwhile(work: Callable[[], Answer], *, worth: bool) -> Iterator[Callable[[], Answer]]:
    """What gives the result of ``work``, done meanwhile in a fork of this process, else here when first asked for.

    A fork because ``work`` may hold functions, which cannot be sent; its result is pickled. Only on Linux, where a fork
    of a process with one thread is sound. A child that fails says nothing; the work is then done here, and fails with
    its own message.
    """
    if not (worth and sys.platform == "linux" and threading.active_count() == 1 and (os.cpu_count() or 1) > 1):
        yield functools.cache(work)
        return
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)  # else it would wait for ever for itself to read, where the parent has given up
        _answer(work, writer)
    os.close(writer)
    with open(reader, "rb") as pipe:  # noqa: PTH123 - a pipe has no path

        @functools.cache
        def answer() -> Answer:
            data = pipe.read()
            return pickle.loads(data) if data else work()  # noqa: S301 - from our own child

        try:
            yield answer
        finally:
            pipe.close()
            os.waitpid(child, 0)


def shared(items: Sequence[Item], work: Callable[[Item], Answer], *, worth: bool) -> list[Answer]:
    """What ``work`` gives for each of ``items``, which two processes take from both ends until they meet.

    So neither waits for the other, whatever each item costs. One that both take is done twice, which does no harm.
    """
    ends = Ends(len(items))
    with meanwhile(lambda: {n: work(items[n]) for n in ends.from_end()}, worth=worth) as answer:
        done = {n: work(items[n]) for n in range(len(items)) if ends.take(n)}
        done = answer() | done  # a second process that failed has its part done here
    return [done[n] for n in range(len(items))]


class Ends:
    """Which of ``count`` items two processes have taken, the first from the start, the second from the end."""

    def __init__(self, count: int) -> None:
        self._count = count
        # What the first and the second took last; both processes see it.
        self._last = memoryview(mmap.mmap(-1, 8)).cast("i")
        self._last[0], self._last[1] = -1, count

    def take(self, n: int) -> bool:
        """Whether the first process has to do the item ``n``, for which it asks in order; else the second does it."""
        before, self._last[0] = self._last[0], n
        if n > self._last[1]:
            self._last[0] = before  # the second one may still be asked for all from here on
            return False
        return True

    def from_end(self) -> Iterator[int]:
        """The items that the second process has to do: from the end to those of the first."""
        for n in reversed(range(self._count)):
            self._last[1] = n
            if n <= self._last[0]:
                return
            yield n


def _answer(work: Callable[[], object], writer: int) -> NoReturn:  # pragma: no cover - ends without a trace
    code = 1
    with contextlib.suppress(BaseException):
        data = pickle.dumps(work())
        with open(writer, "wb") as pipe:
            pipe.write(data)
        code = 0
    os._exit(code)
