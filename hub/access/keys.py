"""API keys: issue, list, revoke. The database holds an HMAC under the pepper, never the key."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.access.caller import check_scopes
from hub.access.format import PREFIXES, new_key
from hub.crypto import Secret, pepper
from hub.db.ids import uuid7
from hub.db.unit import Unit
from hub.errors import NotFound, Unprocessable

COLUMNS = "id, name, prefix, last4, scopes, created_at, expires_at, revoked_at, last_used_at"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What may be shown of a key. `last_used_at` is true to half a minute."""

    id: UUID
    name: str
    prefix: str
    last4: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


def digest(key: str) -> bytes:
    """HMAC-SHA256 of a key under the pepper: what the database stores and looks up."""
    return hmac.digest(pepper(), key.encode(), "sha256")


async def issue_key(
    unit: Unit, name: str, scopes: Iterable[str], *, live: bool = True, expires_at: datetime | None = None
) -> tuple[ApiKey, Secret]:
    """A new key of the unit's organisation, and its plain text, to be shown once. Raises Unprocessable."""
    name = name.strip()
    if not 0 < len(name) <= 100:
        raise Unprocessable("A key's name has 1 to 100 characters.", field="name")
    key = new_key(live=live)
    row = await unit.fetchrow(
        "insert into api_key (org, id, name, prefix, last4, digest, scopes, expires_at) "  # noqa: S608
        f"values ($1, $2, $3, $4, $5, $6, $7, $8) returning {COLUMNS}",
        unit.org, uuid7(), name, key[: len(PREFIXES[0])], key[-4:], digest(key), check_scopes(scopes), expires_at,
    )  # fmt: skip
    assert row is not None  # noqa: S101 (an insert without conflict clause returns its row)
    return ApiKey(**row), Secret(key)


async def list_keys(unit: Unit) -> list[ApiKey]:
    """The organisation's keys, revoked ones too, the oldest first."""
    return [ApiKey(**row) for row in await unit.fetch(f"select {COLUMNS} from api_key order by created_at, id")]  # noqa: S608


async def revoke(unit: Unit, key: UUID) -> ApiKey:
    """Revoke a key of the unit's organisation; it stops working everywhere within a second. Raises NotFound."""
    row = await unit.fetchrow(
        f"update api_key set revoked_at = coalesce(revoked_at, now()) where id = $1 returning {COLUMNS}",  # noqa: S608
        key,
    )
    if row is None:
        raise NotFound(f"There is no API key {key}.")
    return ApiKey(**row)
