"""Raw objects as they are kept: the exact bytes received, compressed each on its own so that any one can be read alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import zstandard

PLAIN: Final = 0
ZSTD: Final = 1
LARGEST: Final = 256 << 20  # bytes; no vendor object comes near it

NOTE: Final = b"\x50\x2a\x4d\x18"  # what notes of our own begin with: a skippable frame (RFC 8878, 3.1.2)

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


def pack_all(bodies: Sequence[bytes], notes: bytes = b"") -> bytes:
    """Several objects as consecutive frames; `unpack` reads the first, `zstd -d` prints them all. `notes` of our own go into a
    skippable frame, which every decoder passes over."""
    note = NOTE + len(notes).to_bytes(4, "little") + notes if notes else b""
    return b"".join(map(pack, bodies)) + note


def unpack_all(packed: bytes) -> list[bytes]:
    """The objects that `pack_all` put together."""
    bodies: list[bytes] = []
    while packed and not packed.startswith(NOTE):
        reader = _decompressor.decompressobj()
        bodies.append(reader.decompress(packed))
        packed = reader.unused_data
    return bodies


def notes_in(packed: bytes) -> bytes:
    """The notes that `pack_all` put behind the objects; empty when there are none."""
    while NOTE in packed:
        if packed.startswith(NOTE):
            return packed[8 : 8 + int.from_bytes(packed[4:8], "little")]
        reader = _decompressor.decompressobj()
        reader.decompress(packed)
        packed = reader.unused_data
    return b""
