"""Raw objects as they are kept: the exact bytes received, compressed each on its own so that any one can be read alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import zstandard

PLAIN: Final = 0
ZSTD: Final = 1
LARGEST: Final = 256 << 20  # bytes; no vendor object comes near it

_compressor: Final = zstandard.ZstdCompressor(level=1)
_decompressor: Final = zstandard.ZstdDecompressor()


def pack(body: bytes) -> bytes:
    """One zstd frame that knows its content's size. A catalogue's objects shrink to a quarter or a third."""
    return _compressor.compress(body)


def unpack(packed: bytes, encoding: int = ZSTD) -> bytes:
    """The bytes as received. Raises ValueError for an encoding or bytes that `pack` did not make."""
    if encoding == PLAIN:
        return packed
    if encoding != ZSTD:
        raise ValueError(f"raw encoding {encoding} is not known to this version: upgrade the hub")
    try:
        return _decompressor.decompress(packed, max_output_size=LARGEST)
    except zstandard.ZstdError as error:
        raise ValueError(f"kept raw bytes cannot be read: {error}") from None


def pack_all(bodies: Sequence[bytes]) -> bytes:
    """Several objects as consecutive frames; `unpack` reads the first, `zstd -d` prints them all."""
    return b"".join(map(pack, bodies))


def unpack_all(packed: bytes) -> list[bytes]:
    """The objects that `pack_all` put together."""
    bodies: list[bytes] = []
    while packed:
        reader = _decompressor.decompressobj()
        bodies.append(reader.decompress(packed))
        packed = reader.unused_data
    return bodies
