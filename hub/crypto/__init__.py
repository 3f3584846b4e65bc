"""Sealed secrets: what the database must keep and nobody may read from it.

`key_ring()` is the process's own ring; `seal`, `open_sealed` and `rewrap` use it.
"""

from __future__ import annotations

from hub.crypto.keys import key_ring, pepper
from hub.crypto.ring import KeyRing, SealBroken, Sealed
from hub.crypto.secret import Secret

__all__ = ["KeyRing", "SealBroken", "Sealed", "Secret", "key_ring", "open_sealed", "pepper", "rewrap", "seal"]


def seal(plain: bytes, *, org: object, table: str, column: str, row: object) -> str:
    """Seal with the process's key ring; see `KeyRing.seal`."""
    return key_ring().seal(plain, org=org, table=table, column=column, row=row)


def open_sealed(text: str, *, org: object, table: str, column: str, row: object) -> bytes:
    """Open with the process's key ring; see `KeyRing.open_sealed`."""
    return key_ring().open_sealed(text, org=org, table=table, column=column, row=row)


def rewrap(text: str, *, org: object, table: str, column: str, row: object) -> str:
    """Put under the newest key of the process's ring; see `KeyRing.rewrap`."""
    return key_ring().rewrap(text, org=org, table=table, column=column, row=row)
