"""Work done meanwhile in a fork of this process, where that is safe; only this file forks."""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from typing import NoReturn, TypeVar

Answer = TypeVar("Answer")


@contextlib.contextmanager
def meanwhile(work: Callable[[], Answer], *, worth: bool) -> Iterator[Callable[[], Answer]]:
    """What gives the result of ``work``, done meanwhile in a fork of this process, else here when it is asked for.

    A fork because ``work`` may hold functions, which cannot be sent; its result is pickled. Only on Linux, where a fork
    of a process with one thread is sound. A child that fails says nothing; the work is then done here, and fails with
    its own message.
    """
    if not (worth and sys.platform == "linux" and threading.active_count() == 1 and (os.cpu_count() or 1) > 1):
        yield work
        return
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)  # else it would wait for ever for itself to read, where the parent has given up
        _answer(work, writer)
    os.close(writer)
    with open(reader, "rb") as pipe:  # noqa: PTH123 - a pipe has no path

        def answer() -> Answer:
            data = pipe.read()
            return pickle.loads(data) if data else work()  # noqa: S301 - from our own child

        try:
            yield answer
        finally:
            pipe.close()
            os.waitpid(child, 0)


def _answer(work: Callable[[], object], writer: int) -> NoReturn:  # pragma: no cover - ends without a trace
    code = 1
    with contextlib.suppress(BaseException):
        data = pickle.dumps(work())
        with open(writer, "wb") as pipe:
            pipe.write(data)
        code = 0
    os._exit(code)
