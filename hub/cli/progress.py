"""How far long work has come, on stderr: bars on a terminal, a line every few seconds anywhere else, nothing with --json."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

EVERY = 3.0  # seconds between two lines where there is no terminal


class Progress(Protocol):
    """Told how many of how many are done; `total` None while nobody knows."""

    def update(self, name: str, done: int, total: int | None) -> None: ...


class _Silent:
    def update(self, name: str, done: int, total: int | None) -> None:
        """Nobody is looking."""


class _Lines:
    def __init__(self) -> None:
        self._last = time.monotonic()

    def update(self, name: str, done: int, total: int | None) -> None:
        if time.monotonic() - self._last < EVERY:
            return
        self._last = time.monotonic()
        sys.stderr.write(f"{name}: {done:,}{f' of {total:,}' if total else ''}\n")


class _Bars:
    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

        self.rich = Progress(
            TextColumn("  {task.description:<12}"),
            BarColumn(bar_width=36),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._tasks: dict[str, TaskID] = {}

    def update(self, name: str, done: int, total: int | None) -> None:
        if name not in self._tasks:
            self._tasks[name] = self.rich.add_task(name, total=total)
        self.rich.update(self._tasks[name], completed=done, total=total if total is None else max(total, done))


@contextmanager
def progress(silent: bool) -> Iterator[Progress]:
    """The progress display that suits where we run."""
    if silent:
        yield _Silent()
    elif sys.stderr.isatty():
        bars = _Bars()
        with bars.rich:
            yield bars
    else:
        yield _Lines()
