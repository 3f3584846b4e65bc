"""GET /jwks/{organisation}: the public keys that `v1a` signatures are checked with. Public, and told to anybody."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

from hub.errors import NotFound
from hub.web.answers import tagged
from hub.web.described import REFUSALS
from hub.web.house import TheHouse
from webhooks.keys import REMEMBERED, REMEMBERED_EMPTY, key_set, listed

router = APIRouter(prefix="/jwks", tags=["Webhooks"], responses={404: REFUSALS[404], 422: REFUSALS[422]})


@router.get("/{organisation}")
async def get_public_keys(organisation: str, request: Request, house: TheHouse) -> Response:
    """The organisation's ed25519 public keys as a JSON Web Key Set.

    An organisation that there is not and one without keys look alike: an empty set. What can be no id is not found.
    """
    async with house.db.org(_meant(organisation)) as unit:
        keys = await listed(unit)
    seconds = REMEMBERED if keys else REMEMBERED_EMPTY
    return tagged(request, key_set(keys), "application/jwk-set+json", cache=f"public, max-age={seconds}")


def _meant(text: str) -> UUID:
    """The organisation's id. Its slug serves nowhere here: it may change, and would tell which organisations there are."""
    try:
        if len(text) == 36:
            return UUID(text)
    except ValueError:
        pass
    raise NotFound(
        f"There are no keys at /jwks/{text[:40]}:", field="organisation",
        hint="the address ends with the organisation's id, a UUID, not its name; `luneo org list` shows both.",
    )  # fmt: skip
