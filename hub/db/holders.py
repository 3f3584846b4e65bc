"""Who holds the private server: one locked file per holder, so that kill -9 lets go by itself.

The kernel drops a file lock when its process dies; a recorded process id would outlive it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


class Holder:
    """A place in the folder of holders, kept until `let_go`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"{os.getpid()}-{uuid4().hex[:8]}"
        self._file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def let_go(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._file)


def others_hold(folder: Path) -> bool:
    """True if a living process (or this one, elsewhere) has a place; sweeps away what dead ones left."""
    alive = False
    for path in list(folder.iterdir()):
        try:
            file = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
        except BlockingIOError:
            alive = True
        finally:
            os.close(file)
    return alive


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One process at a time in here: starting and stopping never overlap."""
    file = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)
