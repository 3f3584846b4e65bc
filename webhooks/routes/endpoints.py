"""Endpoints of partners: /v1/applications/{application}/endpoints and /v1/endpoints/{endpoint}."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from hub.access import Caller
from hub.db.unit import Unit
from hub.errors import Unprocessable
from hub.web.answers import answer, encode, tagged
from hub.web.caller import needs
from hub.web.described import REFUSALS, Listed, shows
from hub.web.house import TheHouse
from hub.web.once import AtMostOnce
from hub.web.paging import Cursor, Limit, uuid_of
from webhooks.log import health
from webhooks.partners import endpoints
from webhooks.partners.draft import EndpointDraft, policy_of
from webhooks.partners.endpoints import Endpoint
from webhooks.partners.strict import Id, Strict
from webhooks.routes.applications import Which, listed
from webhooks.routes.secret import WithSecret, once_only, with_secret

router = APIRouter(prefix="/v1", tags=["Webhooks"], responses=REFUSALS)

Reader = Annotated[Caller, needs("endpoints:read")]
Editor = Annotated[Caller, needs("endpoints:write")]
IfMatch = Annotated[str | None, Header(description="The ETag of the version that you have: no other is changed.")]

EXAMPLE: JsonDict = {
    "url": "https://partner.example/hooks", "types": ["product.*", "order.created"], "filter": {"object.status": "active"},
}  # fmt: skip


FILTERED = (
    'Only payloads that match. Paths are names with dots between and begin inside of `data`: `{"object.status": "active"}`. '
    "Operators: eq, ne, in, nin, gt, gte, lt, lte, exists, prefix, suffix, contains; `all`, `any` and `not` combine filters. "
    "A list stands for its elements, one that fits is enough; what is missing fulfils ne, nin and `exists: false` alone. "
    "Refused is what no event of the chosen types can match, by their schemas."
)


ELSEWHERE = {
    "enabled": "POST /v1/endpoints/{endpoint}/enable or …/disable switches it.",
    "disabled": "POST /v1/endpoints/{endpoint}/disable or …/enable switches it.",
    "secret": "POST /v1/endpoints/{endpoint}/secret/rotate changes it.",
    "application": "an endpoint stays with its application: make another there.",
}


class ChangedEndpoint(Strict):
    """What is to change; what is not named stays."""

    elsewhere = ELSEWHERE

    url: str | None = Field(None, description="Null: it is only pulled from, at /v1/endpoints/{endpoint}/poll.")
    types: list[str] = Field(["*"], description="Names, families such as `product.*`, or `*`.")
    uid: str | None = Field(None, description="Your own name for it.")
    description: str = ""
    metadata: dict[str, str] = Field(default_factory=dict)
    installations: list[Id] | None = Field(None, description="Only events of these shops; null for all.")
    filter: dict[str, Any] | None = Field(None, description=FILTERED)
    causes: list[str] = Field([], description="`backfill` and `remap`, which are not sent otherwise.")
    headers: dict[str, str] = Field({}, description="Sent with every message; never shown again.")
    rate_limit: int | None = Field(None, description="Attempts in any second, 1 to 10,000.")
    retry: list[int] | None = Field(None, description="Seconds between attempts, 1 to 20 of them; null for the hub's schedule.")
    ordered: bool = Field(False, description="Events of one order key are sent one after the other.")
    signatures: list[str] = Field(["v1"], description="`v1` (HMAC-SHA256), `v1a` (ed25519), or both.")


class NewEndpoint(ChangedEndpoint):
    """Where a partner's messages go, and which."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    url: str | None = Field(description="Null: it is only pulled from, at /v1/endpoints/{endpoint}/poll.")
    secret: str | None = Field(None, description="`whsec_…` of 24 to 64 bytes; without it one is made.")


@router.post("/applications/{application}/endpoints", status_code=201, responses=shows(WithSecret, 201))
async def create_an_endpoint(application: Which, body: NewEndpoint, house: TheHouse, who: Editor, once: AtMostOnce) -> Response:
    """A new endpoint. Its secret is in this answer and nowhere else, not even under the same Idempotency-Key."""

    async def act(unit: Unit) -> Response:
        draft = EndpointDraft(**body.model_dump())
        made, secret = await endpoints.create(unit, application, draft, policy=policy_of(house.settings))
        return answer(with_secret(made, secret), 201, {"location": f"/v1/endpoints/{made.id}", "etag": tag(made)})

    return await once.within(who, act, kept=once_only)


@router.get("/applications/{application}/endpoints", responses=shows(Listed[Endpoint]))
async def list_endpoints(application: Which, house: TheHouse, who: Reader, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """A partner's endpoints, the oldest first."""
    async with house.db.org(who.org) as unit:
        found = await endpoints.list_of(unit, application, uuid_of(cursor), limit + 1)
    return listed([asdict(one) for one in found], limit)


@router.get("/endpoints/{endpoint}", responses=shows(Endpoint))
async def get_an_endpoint(endpoint: UUID, request: Request, house: TheHouse, who: Reader) -> Response:
    """One endpoint."""
    async with house.db.org(who.org) as unit:
        known = await endpoints.get(unit, endpoint)
    return tagged(request, encode(asdict(known)), tag=str(known.version))


@router.patch("/endpoints/{endpoint}", responses=shows(Endpoint))
async def change_an_endpoint(
    endpoint: UUID, body: ChangedEndpoint, house: TheHouse, who: Editor, if_match: IfMatch = None
) -> Response:
    """Change what is named. Messages that wait go to the new address, also where there was none."""
    changes = body.model_dump(exclude_unset=True)
    version = None if if_match is None else version_in(if_match)
    async with house.db.org(who.org) as unit:
        known = await endpoints.update(unit, endpoint, changes, policy=policy_of(house.settings), version=version)
    return answer(asdict(known), headers={"etag": tag(known)})


@router.delete("/endpoints/{endpoint}", status_code=204)
async def delete_an_endpoint(endpoint: UUID, house: TheHouse, who: Editor) -> Response:
    """Remove an endpoint: nothing more is sent from now on; its messages and attempts are deleted within hours."""
    async with house.db.org(who.org) as unit:
        await endpoints.delete(unit, endpoint)
    return Response(None, 204)


@router.post("/endpoints/{endpoint}/enable", responses=shows(Endpoint))
async def enable_an_endpoint(endpoint: UUID, who: Editor, once: AtMostOnce) -> Response:
    """Send again, beginning with what waits."""

    async def act(unit: Unit) -> Response:
        return answer(asdict(await endpoints.enable(unit, endpoint)))

    return await once.within(who, act)


@router.post("/endpoints/{endpoint}/disable", responses=shows(Endpoint))
async def disable_an_endpoint(endpoint: UUID, who: Editor, once: AtMostOnce) -> Response:
    """Send nothing more. Messages wait until it is enabled again, or until their payload's time is over."""

    async def act(unit: Unit) -> Response:
        return answer(asdict(await endpoints.disable(unit, endpoint, "operator")))

    return await once.within(who, act)


@router.get("/endpoints/{endpoint}/health", responses=shows(health.Health))
async def get_the_health_of_an_endpoint(endpoint: UUID, house: TheHouse, who: Reader) -> Response:
    """How it fares, and how many messages wait or were given up."""
    async with house.db.org(who.org) as unit:
        return answer(asdict(await health.health_of(unit, endpoint)))


def tag(known: Endpoint) -> str:
    """The ETag of this version."""
    return f'"{known.version}"'


def version_in(text: str) -> int | None:
    """The version in an ETag of ours; None for `*`. Raises Unprocessable."""
    if text.strip() == "*":
        return None
    bare = text.strip().removeprefix("W/").strip('"')
    if not bare.isdecimal() or len(bare) > 9:
        hint = "send the ETag of GET /v1/endpoints/{endpoint}, unchanged."
        raise Unprocessable(f"If-Match {text[:40]!r} is no version of an endpoint:", hint=hint, field="If-Match")
    return int(bare)
