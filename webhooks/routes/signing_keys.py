"""/v1/signing-keys: the organisation's ed25519 keys, whose public halves receivers take from /jwks/{organisation}."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from hub.access import Caller
from hub.db.unit import Unit
from hub.web.answers import answer
from hub.web.caller import needs
from hub.web.described import REFUSALS
from hub.web.house import TheHouse
from hub.web.once import AtMostOnce
from webhooks import keys
from webhooks.partners.strict import Strict
from webhooks.sign import PUBLIC, shown

router = APIRouter(prefix="/v1/signing-keys", tags=["Webhooks"], responses=REFUSALS)

Reader = Annotated[Caller, needs("endpoints:read")]
Editor = Annotated[Caller, needs("endpoints:write")]


class Rotate(Strict):
    """How long the key before signs beside the new one."""

    overlap_hours: float = Field(24, ge=1, le=168)


@router.get("")
async def list_signing_keys(house: TheHouse, who: Reader) -> Response:
    """The keys, the current one first. Private halves are never shown."""
    async with house.db.org(who.org) as unit:
        return answer({"data": [public(key) for key in await keys.listed(unit)], "next_cursor": None})


@router.post("/rotate", status_code=201)
async def rotate_the_signing_key(who: Editor, once: AtMostOnce, body: Rotate | None = None) -> Response:
    """A new key; the one before signs beside it while receivers take up the new key set."""

    async def act(unit: Unit) -> Response:
        made = await keys.rotate(unit, overlap=timedelta(hours=(body or Rotate(overlap_hours=24)).overlap_hours))
        return answer(public(made), 201)

    return await once.within(who, act)


@router.delete("/{signing_key}")
async def retire_a_signing_key(signing_key: UUID, who: Editor, once: AtMostOnce) -> Response:
    """Forget a key at once, because somebody else may have it. Answers the current one."""

    async def act(unit: Unit) -> Response:
        return answer(public(await keys.retire(unit, signing_key)))

    return await once.within(who, act)


def public(key: keys.SigningKey) -> dict[str, Any]:
    """A key as it is shown."""
    return {
        "id": key.id, "kid": key.kid, "public_key": shown(PUBLIC, key.public_key),
        "created_at": key.created_at, "expires_at": key.expires_at,
    }  # fmt: skip
