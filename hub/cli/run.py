"""Run a command's coroutine, on uvloop where there is one, with a collector of cycles that suits batches of rows."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

#: A batch of rows is some 100,000 containers that nearly all go by their count of references: looking through them every 700
#: takes a fifth of a sync's time and finds nothing.
YOUNG: Final = 100_000


def run(work: Coroutine[Any, Any, T]) -> T:
    """The coroutine's result. Ctrl-C and SIGTERM cancel it, so that leases and connections are let go.

    Raises KeyboardInterrupt then.
    """
    before = signal.getsignal(signal.SIGTERM)
    gc.freeze()  # what was imported stays: no need to look through it again
    gc.set_threshold(YOUNG, 10, 10)
    try:
        with asyncio.Runner(loop_factory=_loop) as runner:
            return runner.run(_stoppable(work))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        signal.signal(signal.SIGTERM, before)


async def _stoppable(work: Coroutine[Any, Any, T]) -> T:
    """Not by way of SIGINT, which is asyncio's to handle: what a shell starts in the background ignores that one."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 (for the type checker)
    signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(task.cancel))
    return await work


def _loop() -> asyncio.AbstractEventLoop:
    try:
        from uvloop import new_event_loop
    except ImportError:  # Windows
        return asyncio.new_event_loop()
    return new_event_loop()
