"""Secrets of endpoints: sealed, shown once, rotated with an overlap during which messages bear the signatures of old and new."""

from __future__ import annotations

import hmac
from datetime import timedelta
from uuid import UUID

from hub.crypto import Secret, open_sealed, seal
from hub.db.ids import uuid7
from hub.db.unit import Unit
from hub.errors import NotFound
from webhooks.partners.bounds import no_endpoint, refused
from webhooks.sign import SECRET, new_secret, parse_secret, shown

OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(hours=168)
MOST_OLD = 10

UNEXPIRED = """
select id, sealed, expires_at from endpoint_secret
where org = $1 and endpoint = $2 and (expires_at is null or expires_at > now()) order by expires_at desc nulls first, id desc
"""
PRUNE = """
delete from endpoint_secret where org = $1 and endpoint = $2 and expires_at is not null and (
    expires_at <= now() or id not in (
        select id from endpoint_secret where org = $1 and endpoint = $2 and expires_at > now()
        order by expires_at desc, id desc limit $3
    )
)
"""


def chosen(given: str | None) -> Secret:
    """The secret given, or one that is made. Raises Unprocessable, field `/secret`, for one too short, too long or malformed."""
    text = new_secret() if given is None else given
    parse_secret(text, "/secret")
    return Secret(text)


async def first(unit: Unit, endpoint: UUID, secret: Secret) -> None:
    """The secret of a new endpoint."""
    await _keep(unit, endpoint, parse_secret(secret.reveal()))


async def current(unit: Unit, endpoint: UUID) -> Secret:
    """The secret in force. Raises NotFound."""
    for row in await unit.fetch(UNEXPIRED, unit.org, endpoint):
        if row["expires_at"] is None:
            return Secret(shown(SECRET, _opened(unit, row)))
    raise NotFound(f"The endpoint {endpoint} has no secret.", field="endpoint")


async def rotate(unit: Unit, endpoint: UUID, *, given: str | None = None, overlap: timedelta = OVERLAP) -> Secret:
    """A new secret; the old one signs beside it for `overlap` more, and those before it no longer than that: whoever wants the
    old one gone wants them gone too. At most ten old ones are kept.

    Raises NotFound; Unprocessable for an overlap beyond a week, a secret too short or long, and one that is in use.
    """
    hours = overlap.total_seconds() / 3600
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise refused("/overlap_hours", f"{hours:g}", "is too short or too long", "choose 0 to 168 hours.")
    found = await unit.fetchval(
        "select id from endpoint where org = $1 and id = $2 and deleted_at is null for update", unit.org, endpoint
    )
    if found is None:
        raise no_endpoint(endpoint)
    secret = chosen(given)
    key = parse_secret(secret.reveal())
    for row in await unit.fetch(UNEXPIRED, unit.org, endpoint):
        if hmac.compare_digest(_opened(unit, row), key):
            raise refused("/secret", "***", "is in use already", "give another, or none and one is made.")
    await unit.execute(
        "update endpoint_secret set expires_at = least(expires_at, now() + $3) where org = $1 and endpoint = $2",
        unit.org, endpoint, overlap,
    )  # fmt: skip
    await _keep(unit, endpoint, key)
    await unit.execute(PRUNE, unit.org, endpoint, MOST_OLD)
    return secret


async def _keep(unit: Unit, endpoint: UUID, key: bytes) -> None:
    id = uuid7()
    sealed = seal(key, org=unit.org, table="endpoint_secret", column="sealed", row=id)
    await unit.execute(
        "insert into endpoint_secret (org, endpoint, id, sealed) values ($1, $2, $3, $4)", unit.org, endpoint, id, sealed
    )


def _opened(unit: Unit, row: object) -> bytes:
    sealed, id = row["sealed"], row["id"]  # type: ignore[index]
    return open_sealed(sealed, org=unit.org, table="endpoint_secret", column="sealed", row=id)
