"""An organisation's ed25519 keys: made when an endpoint first asks for `v1a`, rotated with an overlap, known by public halves.

Signatures do not name their key, so receivers try every key of the set; while two overlap, messages bear the signatures of both.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from hub.crypto import seal
from hub.db.ids import uuid7
from hub.db.unit import Unit
from hub.errors import NotFound, Unprocessable
from webhooks.sign import new_seed, public_of

OVERLAP = timedelta(hours=24)
SHORTEST_OVERLAP = timedelta(hours=1)  # receivers remember the key set for REMEMBERED seconds
LONGEST_OVERLAP = timedelta(hours=168)
REMEMBERED, REMEMBERED_EMPTY = 600, 60  # seconds that a key set may be cached; an empty one fills with the first endpoint
MOST_OLD = 10

# What a key signed last arrives with the timestamp of that moment, which receivers believe for five minutes.
SHOWN = """
select id, public_key, created_at, expires_at from signing_key
where org = $1 and (expires_at is null or expires_at > now() - interval '10 minutes')
order by expires_at desc nulls first, id desc
"""
PRUNE = """
delete from signing_key where org = $1 and (expires_at <= now() - interval '10 minutes' or id in (
    select id from signing_key where org = $1 and expires_at is not null order by expires_at desc, id desc offset $2
))
"""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key without its private half. `expires_at` None: the current one; else it signs until then."""

    id: UUID
    public_key: bytes  # 32 bytes
    created_at: datetime
    expires_at: datetime | None

    @property
    def kid(self) -> str:
        """Its name in the key set: the thumbprint of RFC 7638, so that anybody can compute it."""
        told = b'{"crv":"Ed25519","kty":"OKP","x":"%b"}' % _base64url(self.public_key)
        return _base64url(hashlib.sha256(told).digest()).decode()


async def listed(unit: Unit) -> list[SigningKey]:
    """The organisation's keys, the current one first, then those that still sign or did so minutes ago."""
    return [SigningKey(**row) for row in await unit.fetch(SHOWN, unit.org)]


async def ensure(unit: Unit) -> SigningKey:
    """The current key; made when there is none."""
    await _in_turn(unit)
    return await _current(unit) or await _make(unit)


async def rotate(unit: Unit, *, overlap: timedelta = OVERLAP) -> SigningKey:
    """A new current key; the one before signs beside it for `overlap` more, older ones no longer. Raises Unprocessable."""
    if not SHORTEST_OVERLAP <= overlap <= LONGEST_OVERLAP:
        raise Unprocessable(
            f"/overlap_hours: {overlap.total_seconds() / 3600:g} is too short or too long:",
            hint="choose 1 to 168 hours: receivers remember our keys for a while.", field="/overlap_hours",
        )  # fmt: skip
    await _in_turn(unit)
    await unit.execute("update signing_key set expires_at = least(expires_at, now() + $2) where org = $1", unit.org, overlap)
    await unit.execute(PRUNE, unit.org, MOST_OLD)
    return await _make(unit)


async def retire(unit: Unit, id: UUID) -> SigningKey:
    """Forget a key at once, because somebody else may have it; answers the current or a new one. Raises NotFound."""
    await _in_turn(unit)
    if await unit.fetchval("delete from signing_key where org = $1 and id = $2 returning id", unit.org, id) is None:
        raise NotFound(f"There is no signing key {id}:", hint="GET /v1/signing-keys lists them.", field="id")
    return await _current(unit) or await _make(unit)


def key_set(keys: list[SigningKey]) -> bytes:
    """The JWKS document (RFC 7517, RFC 8037): what GET /jwks/{organisation} answers."""
    return msgspec.json.encode({"keys": [
        {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key.kid, "x": _base64url(key.public_key).decode()}
        for key in keys
    ]})  # fmt: skip


async def _current(unit: Unit) -> SigningKey | None:
    return next((key for key in await listed(unit) if key.expires_at is None), None)


async def _make(unit: Unit) -> SigningKey:
    id, seed = uuid7(), new_seed()
    sealed = seal(seed, org=unit.org, table="signing_key", column="sealed", row=id)
    row = await unit.fetchrow(
        "insert into signing_key (org, id, sealed, public_key) values ($1, $2, $3, $4) "
        "returning id, public_key, created_at, expires_at",
        unit.org, id, sealed, public_of(seed),
    )  # fmt: skip
    assert row is not None  # noqa: S101
    return SigningKey(**row)


async def _in_turn(unit: Unit) -> None:
    """One at a time for each organisation: there is never more than one current key."""
    await unit.execute("select pg_advisory_xact_lock(hashtextextended('signing_key ' || $1::uuid::text, 0))", unit.org)


def _base64url(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")
