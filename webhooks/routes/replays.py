"""Replays over HTTP: a span of an endpoint's past, sent again by a job whose progress can be watched."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from hub.access import Caller
from hub.db.unit import Unit
from hub.web.answers import answer
from hub.web.caller import needs
from hub.web.described import REFUSALS, Listed, shows
from hub.web.house import TheHouse
from hub.web.once import AtMostOnce
from hub.web.paging import Cursor, Limit, uuid_of
from webhooks import replay as replays
from webhooks.partners.strict import Moment, Strict
from webhooks.replay import Replay
from webhooks.replay.verbs import RATE
from webhooks.routes.applications import listed

router = APIRouter(prefix="/v1", tags=["Webhooks"], responses=REFUSALS)

Reader = Annotated[Caller, needs("messages:read")]
Editor = Annotated[Caller, needs("messages:write")]


class NewReplay(Strict):
    """What to send again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{
        "since": "2026-11-22T08:00:00Z", "until": "2026-11-22T09:30:00Z", "scope": "failed",
    }]})  # fmt: skip

    since: Moment
    until: Moment | None = Field(None, description="Not included; now, if it is not named. At most 90 days after since.")
    types: list[str] | None = Field(None, description="Only these event types or families.")
    scope: Literal["failed", "all", "missing"] = Field(
        "failed", description="Dead letters; all that were sent or given up; or what matches now and was never in line."
    )
    rate: int = Field(RATE, description="Messages per second, 1 to 1000.")


@router.post("/endpoints/{endpoint}/replays", status_code=202, responses=shows(Replay, 202))
async def begin_a_replay(endpoint: UUID, body: NewReplay, who: Editor, once: AtMostOnce) -> Response:
    """Send a span again. One replay of an endpoint is at work at a time."""

    async def act(unit: Unit) -> Response:
        made = await replays.begin(unit, endpoint, body.since, body.until, types=body.types, scope=body.scope, rate=body.rate)
        return answer(asdict(made), 202, {"location": f"/v1/replays/{made.id}"})

    return await once.within(who, act)


@router.get("/endpoints/{endpoint}/replays", responses=shows(Listed[Replay]))
async def list_replays(endpoint: UUID, house: TheHouse, who: Reader, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Replays of an endpoint, the latest first."""
    async with house.db.org(who.org) as unit:
        found = await replays.list_of(unit, endpoint, uuid_of(cursor), limit + 1)
    return listed([asdict(one) for one in found], limit)


@router.get("/replays/{replay}", responses=shows(Replay))
async def get_a_replay(replay: UUID, house: TheHouse, who: Reader) -> Response:
    """One replay and how far it has come."""
    async with house.db.org(who.org) as unit:
        return answer(asdict(await replays.get(unit, replay)))


@router.post("/replays/{replay}/cancel", responses=shows(Replay))
async def cancel_a_replay(replay: UUID, who: Editor, once: AtMostOnce) -> Response:
    """Stop it. What it has put into line is sent all the same."""

    async def act(unit: Unit) -> Response:
        return answer(asdict(await replays.cancel(unit, replay)))

    return await once.within(who, act)
