"""Small disks for PostgreSQL to run full: a tmpfs where we may mount one, else a limit on the size of its files.

A tmpfs is the real thing: ENOSPC for log and tables alike. Without the right to mount, RLIMIT_FSIZE makes writes beyond a size
fail (EFBIG) in every process of the server: the same errors one level up, from tables and their indexes alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol


class Disk(Protocol):
    """Somewhere to keep a server's data. `fill` makes writes fail, `free` lets them succeed again."""

    folder: Path
    kind: str

    def fill(self, pids: list[int]) -> None: ...
    def free(self, pids: list[int]) -> None: ...


class Tmpfs:
    """A file system of its own."""

    kind = "tmpfs"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, pids: list[int]) -> None:
        """Take every block that is left."""
        with self._ballast.open("ab", buffering=0) as file:
            for size in (1 << 20, 4096):
                try:
                    while file.write(b"\0" * size) == size:
                        pass
                except OSError:
                    continue

    def free(self, pids: list[int]) -> None:
        self._ballast.unlink()


class Limited:
    """A limit on the size of any file that the server's processes write."""

    kind = "RLIMIT_FSIZE"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, pids: list[int]) -> None:
        """No file grows any more beyond one block."""
        self._set(pids, 8192)

    def free(self, pids: list[int]) -> None:
        self._set(pids, None)

    @staticmethod
    def _set(pids: list[int], size: int | None) -> None:
        for pid in pids:
            words = ["prlimit", "--pid", str(pid), f"--fsize={size if size is not None else 'unlimited'}:unlimited"]
            subprocess.run(words, check=False, capture_output=True)


@contextmanager
def small_disk(megabytes: int) -> Iterator[Disk]:
    """The best that this machine allows."""
    folder = Path(tempfile.mkdtemp(prefix="luneo-full-"))
    folder.chmod(0o711)
    words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=711", "luneo-full", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(words, capture_output=True).returncode == 0
    try:
        yield Tmpfs(folder) if mounted else Limited(folder)
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        shutil.rmtree(folder, ignore_errors=True)
