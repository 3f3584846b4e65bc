"""Whether a canonical document changed: a hash of what it says, without the stamps that only tell when it was saved."""

from __future__ import annotations

import re
from functools import cache

from schemas.kinds import content_hash


@cache
def _stamped(stamps: frozenset[bytes]) -> re.Pattern[bytes]:
    # In encoded JSON an unescaped `"name":"` can only be a key: inside a text its quotes would carry backslashes.
    names = b"|".join(re.escape(name) for name in sorted(stamps | {b"modified_at"}))
    return re.compile(rb'"(?:' + names + rb')":"[^"\\]*",?')


def hash_of(encoded: bytes, stamps: frozenset[bytes] = frozenset()) -> bytes:
    """The content hash of a document in its one byte form (`schemas.kinds.encode`).

    >>> a, b = b'{"modified_at":"2026-01-01T00:00:00Z","title":"A"}', b'{"modified_at":"2026-02-02T00:00:00Z","title":"A"}'
    >>> hash_of(a) == hash_of(b), hash_of(a) == hash_of(b.replace(b"A", b"B"))
    (True, False)
    """
    return content_hash(_stamped(stamps).sub(b"", encoded))
