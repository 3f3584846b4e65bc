"""The secrets of an installation, sealed with their organisation, column and row: moved anywhere else they do not open."""

from __future__ import annotations

import secrets as random
from collections.abc import Mapping
from uuid import UUID

import msgspec

from hub.crypto import open_sealed, seal
from hub.db.unit import Unit
from hub.errors import NotFound

TABLE = "installation"


def new_webhook_secret() -> str:
    """43 characters of 256 random bits, for the shop to sign with."""
    return random.token_urlsafe(32)


def seal_credentials(org: UUID, installation: UUID, credentials: Mapping[str, str]) -> str:
    """The column `credentials`."""
    plain = msgspec.json.encode(dict(credentials))
    return seal(plain, org=org, table=TABLE, column="credentials", row=installation)


def seal_webhook_secret(org: UUID, installation: UUID, secret: str) -> str:
    """The column `webhook_secret`."""
    return seal(secret.encode(), org=org, table=TABLE, column="webhook_secret", row=installation)


async def credentials_of(unit: Unit, org: UUID, installation: UUID) -> dict[str, str]:
    """The credentials of one installation. Raises NotFound when there are none: it is disconnected, or not ours."""
    return open_credentials(await sealed_credentials(unit, org, installation), org, installation)


async def sealed_credentials(unit: Unit, org: UUID, installation: UUID) -> str:
    """The column `credentials` as it stands. Raises NotFound when it is empty, or not ours."""
    sealed: str | None = await unit.fetchval("select credentials from installation where id = $1 and org = $2", installation, org)
    if sealed is None:
        raise NotFound(f"Installation {installation} holds no credentials:", hint="connect the shop again.")
    return sealed


def open_credentials(sealed: str, org: UUID, installation: UUID) -> dict[str, str]:
    """The credentials in the column `credentials`."""
    plain = open_sealed(sealed, org=org, table=TABLE, column="credentials", row=installation)
    return msgspec.json.decode(plain, type=dict[str, str])


def open_webhook_secret(sealed: str, org: UUID, installation: UUID) -> str:
    """The secret in the column `webhook_secret`."""
    return open_sealed(sealed, org=org, table=TABLE, column="webhook_secret", row=installation).decode()
