"""/v1/installations: the shops of the caller's organisation."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from hub.access import Caller
from hub.installations import connect, disconnect, listing, reconnect
from hub.installations.installation import Installation
from hub.web.answers import answer
from hub.web.caller import needs
from hub.web.house import TheHouse
from hub.web.once import AtMostOnce

router = APIRouter(prefix="/v1/installations", tags=["Installations"])

Reader = Annotated[Caller, needs("installations:read")]
Editor = Annotated[Caller, needs("installations:write")]
Credentials = Annotated[dict[str, SecretStr], Field(description="What the connector asks for: `key` and `secret`, for one.")]


class Connect(BaseModel):
    """A shop to connect."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{
        "connector": "woocommerce", "url": "https://shop.example", "credentials": {"key": "ck_…", "secret": "cs_…"},
    }]})  # fmt: skip

    connector: str = Field(max_length=60)
    url: str = Field(min_length=1, max_length=2000)
    credentials: Credentials
    name: str | None = Field(None, min_length=1, max_length=200)
    allow_http: bool = Field(False, description="Allow plain HTTP; requests are then signed, not encrypted.")


class Reconnect(BaseModel):
    """New credentials for a connected shop."""

    model_config = ConfigDict(extra="forbid")

    credentials: Credentials


@router.get("")
async def list_installations(
    house: TheHouse, who: Reader, disconnected: Annotated[bool, Query(description="Also those disconnected.")] = False
) -> Response:
    """All connected shops, the oldest first."""
    async with house.db.org(who.org) as unit:
        known = await listing.listing(unit, disconnected=disconnected)
    return answer({"data": [public(one) for one in known], "next_cursor": None})


@router.post("", status_code=201)
async def connect_a_shop(body: Connect, house: TheHouse, who: Editor, once: AtMostOnce) -> Response:
    """Connect a shop: it is asked first, and nothing is stored when it refuses."""

    async def act() -> Response:
        known = await connect.connect(
            house.db,
            house.registry,
            house.http,
            org=who.org,
            connector=body.connector,
            url=body.url,
            credentials=revealed(body.credentials),
            name=body.name,
            allow_http=body.allow_http,
            public_url=house.settings.public_url,
        )
        return answer(public(known), 201, {"location": f"/v1/installations/{known.id}"})

    return await once.around(who, act)


@router.get("/{installation}")
async def get_an_installation(installation: UUID, house: TheHouse, who: Reader) -> Response:
    """One shop."""
    async with house.db.org(who.org) as unit:
        return answer(public(await listing.get(unit, installation)))


@router.put("/{installation}/credentials")
async def give_new_credentials(installation: UUID, body: Reconnect, house: TheHouse, who: Editor, once: AtMostOnce) -> Response:
    """New credentials for the same shop. The old ones stay when the new ones do not work."""

    async def act() -> Response:
        known = await reconnect.reconnect(
            house.db,
            house.registry,
            house.http,
            org=who.org,
            installation=installation,
            credentials=revealed(body.credentials),
            public_url=house.settings.public_url,
        )
        return answer(public(known))

    return await once.around(who, act)


@router.delete("/{installation}")
async def disconnect_a_shop(
    installation: UUID,
    house: TheHouse,
    who: Editor,
    purge: Annotated[bool, Query(description="Forget everything that was read from the shop.")] = False,
) -> Response:
    """Disconnect a shop. The answer says what was removed and what had to stay behind in the shop."""
    report = await disconnect.disconnect(
        house.db,
        house.registry,
        house.http,
        org=who.org,
        installation=installation,
        purge=purge,
        public_url=house.settings.public_url,
    )
    return answer(
        {
            "id": report.installation,
            "name": report.name,
            "webhooks_removed": report.webhooks_removed,
            "purged": dict(report.purged) if purge else None,
            "left": list(report.left),
        }
    )


def revealed(credentials: dict[str, SecretStr]) -> dict[str, str]:
    """The credentials for the one call that needs them."""
    return {name: secret.get_secret_value().strip() for name, secret in credentials.items()}


def public(known: Installation) -> dict[str, Any]:
    """An installation as callers see it."""
    settings = known.settings
    return {
        "id": known.id,
        "connector": known.connector,
        "shop": known.shop,
        "name": known.name,
        "url": known.url,
        "status": known.status,
        "reconnect_reason": known.reconnect_reason,
        "inbound": known.inbound,
        "currency": settings.currency,
        "timezone": settings.timezone,
        "api_version": known.api_version,
        "created_at": known.created_at,
        "updated_at": known.updated_at,
        "disconnected_at": known.disconnected_at,
    }
