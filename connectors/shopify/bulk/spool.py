"""Brings the files of bulk operations to disk, into a folder that is gone afterwards, whatever happens."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from connectors.shopify.bulk.operation import Operation, Operations
from connectors.shopify.domain import storage
from hub.errors import ConnectorError, PermanentError, RetryableError
from hub.ports import Opening

PREFIX: Final = "luneo-export-"
LOCK: Final = "lock"
STALE: Final = 3600.0  # seconds after which a folder that nobody holds is one that a killed process left
TRIES: Final = 3
GONE: Final = (400, 401, 403, 404, 410)  # what storage says to an address that was signed too long ago
LARGEST: Final = 64 << 30
HOUR: Final = 3600.0  # seconds
SLOWEST: Final = 500_000.0  # bytes per second
ROOM: Final = 2.2  # the files, once more sorted into buckets, and what the disk itself needs


@contextmanager
def spool_folder() -> Iterator[Path]:
    """A folder of one's own below the hub's data, else where temporary files go. Removes what killed processes left."""
    base = _base()
    _sweep(base)
    with on_disk(base):
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    try:
        with (folder / LOCK).open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def on_disk(folder: Path) -> Iterator[None]:
    """What the disk refuses, as one line: PermanentError."""
    try:
        yield
    except OSError as error:
        raise PermanentError(
            f"The export cannot be kept below {folder}: {(error.strerror or str(error)).lower()}.",
            hint="Make room on that disk, or set LUNEO_DATA_DIR to another.",
        ) from None


def _base() -> Path:
    from hub.settings import get_settings

    data = get_settings().data_dir
    return data if data.is_dir() and os.access(data, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


def _sweep(base: Path) -> None:
    for folder in base.glob(f"{PREFIX}*"):
        with suppress(OSError):
            found = folder.lstat()
            ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()  # others may write where temporary files go
            if not ours or time.time() - found.st_mtime < STALE:
                continue
            with (folder / LOCK).open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held: somebody still works with it
                shutil.rmtree(folder)


def make_room(folder: Path, operations: Sequence[Operation]) -> None:
    """Raises PermanentError when the disk is too small for these files."""
    need, free = int(ROOM * sum(one.size or 0 for one in operations)), shutil.disk_usage(folder).free
    if need > free:
        raise PermanentError(
            f"The export needs {need >> 20:,} MB below {folder.parent}, and {free >> 20:,} MB are free.",
            hint="Make room on that disk, or set LUNEO_DATA_DIR to another.",
        )


async def download(opening: Opening, operations: Operations, operation: Operation, path: Path) -> int:
    """The file of a completed operation; answers its size. When its address is refused, being signed for a time, the operation is
    asked for another.

    The storage is not the shop: it gets no token. Raises PermanentError when the file is not what the operation says, and for
    an address that is not https.
    """
    trouble: ConnectorError = PermanentError(f"The bulk operation {operation.id} has no file.")
    for nth in range(TRIES):
        operation = await operations.look(operation.id) if nth else operation
        if operation.url is None:
            if operation.objects == 0:
                await asyncio.to_thread(path.touch)
                return 0
            continue
        try:
            deadline = HOUR + (operation.size or 0) / SLOWEST
            url = storage(operation.url, opening.url)
            most = LARGEST if operation.size is None else operation.size  # what is packed may be far longer than it says
            answer = await opening.http.download(url, path, deadline=deadline, max_bytes=most)
        except RetryableError as error:  # it broke off
            long = f"The file of {operation.id} should have {operation.size} bytes and has more."
            trouble = PermanentError(long) if error.status == 413 else error
            continue
        if answer.status != 200:
            words = "the address is no longer good" if answer.status in GONE else "the storage failed"
            trouble = RetryableError(
                f"The file of {operation.id} was answered with {answer.status}: {words}.", status=answer.status
            )
            continue
        size = (await asyncio.to_thread(path.stat)).st_size
        if operation.size in (None, size):
            return size
        trouble = PermanentError(f"The file of {operation.id} should have {operation.size} bytes and has {size}.")
    raise trouble
