"""Lines sorted into files: as many as it takes for each to be small. Order within a file is the order in which lines came.

Lines stand in memory without their newlines."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32


class Buckets:
    """`count` files below a folder. Lines wait in memory until `flush`; a file nobody wrote to does not exist."""

    def __init__(self, folder: Path, name: str, count: int) -> None:
        self.waiting: list[list[bytes]] = [[] for _ in range(count)]
        self._folder = folder
        self._name = name

    def flush(self) -> None:
        """Append what waits."""
        for number, lines in enumerate(self.waiting):
            if lines:
                lines.append(b"")
                with self._path(number).open("ab") as file:
                    file.write(b"\n".join(lines))
                lines.clear()

    def lines(self, number: int) -> list[bytes]:
        """All lines of one file."""
        path = self._path(number)
        if not path.exists():
            return []
        lines = path.read_bytes().split(b"\n")
        lines.pop()
        return lines

    def drop(self, number: int) -> None:
        """Give the room on disk back."""
        self._path(number).unlink(missing_ok=True)

    def _path(self, number: int) -> Path:
        return self._folder / f"{self._name}-{number}"


def bucket_of(id: str, count: int) -> int:
    """The same in every process, unlike hash()."""
    return crc32(id.encode()) % count
