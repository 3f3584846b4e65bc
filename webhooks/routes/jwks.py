"""GET /jwks/{organisation}: the public keys that `v1a` signatures are checked with. Public, and told to anybody."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

from hub.web.answers import tagged
from hub.web.described import REFUSALS
from hub.web.house import TheHouse
from webhooks.keys import REMEMBERED, REMEMBERED_EMPTY, key_set, listed

router = APIRouter(prefix="/jwks", tags=["Webhooks"], responses={422: REFUSALS[422]})


@router.get("/{organisation}")
async def get_public_keys(organisation: str, request: Request, house: TheHouse) -> Response:
    """The organisation's ed25519 public keys as a JSON Web Key Set.

    No organisation, none of that kind of name, and one without keys look alike: an empty set.
    """
    keys = []
    if (org := _meant(organisation)) is not None:
        async with house.db.org(org) as unit:
            keys = await listed(unit)
    seconds = REMEMBERED if keys else REMEMBERED_EMPTY
    return tagged(request, key_set(keys), "application/jwk-set+json", cache=f"public, max-age={seconds}")


def _meant(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
