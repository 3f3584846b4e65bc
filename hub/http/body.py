"""Bodies as they come: unpacked, never more than allowed, whole in memory or straight to a file."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

import httpcore

from hub.errors import PermanentError, RetryableError
from hub.http.troubles import too_large

GLIMPSE: Final = 64 << 10  # bytes kept of an answer that was not wanted


async def pieces(answer: httpcore.Response, headers: Mapping[str, str], where: str, max_bytes: int) -> AsyncIterator[bytes]:
    """The body, unpacked; stops reading as soon as it is too large, packed or unpacked."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise RetryableError(f"{where} answered in an encoding that was not asked for: {encoding}.")
    unpack = None if encoding in ("", "identity") else zlib.decompressobj(47)  # 47: gzip or zlib, as its first bytes say
    size = 0
    async for chunk in answer.aiter_stream():
        if unpack is not None:
            try:
                chunk = unpack.decompress(chunk, max_bytes - size + 1)
            except zlib.error:
                raise RetryableError(f"{where} sent a body that cannot be unpacked.") from None
        size += len(chunk)
        if size > max_bytes:
            raise too_large(where, max_bytes)
        yield chunk
    if unpack is not None and size and not unpack.eof:
        raise RetryableError(f"{where} closed the connection in the middle of its answer.")


async def whole(answer: httpcore.Response, headers: Mapping[str, str], where: str, max_bytes: int) -> bytes:
    """The whole body."""
    found = [chunk async for chunk in pieces(answer, headers, where, max_bytes)]
    return found[0] if len(found) == 1 else b"".join(found)


async def beginning(chunks: AsyncIterator[bytes]) -> bytes:
    """The first bytes of a body; the rest is read and dropped."""
    kept = bytearray()
    async for chunk in chunks:
        kept += chunk[: GLIMPSE - len(kept)]
    return bytes(kept)


async def to_file(chunks: AsyncIterator[bytes], path: Path) -> None:
    """Write a body to a file. Raises PermanentError when the disk will not have it; nothing half written stays."""
    done = False
    try:
        with path.open("wb") as file:  # writes go to the page cache: less than a thread's hand-over
            async for chunk in chunks:
                _write(file, chunk, path)
            _write(file, None, path)
        done = True
    finally:
        if not done:
            with suppress(OSError):
                path.unlink(missing_ok=True)  # noqa: ASYNC240 (one directory entry)


def _write(file: BinaryIO, chunk: bytes | None, path: Path) -> None:
    try:
        if chunk is None:
            file.flush()
        else:
            file.write(chunk)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise PermanentError(f"{path} cannot be written: {why}.", hint="Make room on that disk.") from None
