"""POST /v1/events and /v1/events:batch for the API's description. The lean routes answer, also whoever comes through here."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, ConfigDict, Field

from hub.access import Caller
from hub.web.caller import needs
from hub.web.described import REFUSALS, Refusal
from webhooks.publish.route import BATCH_PATH, ONE_PATH, SCOPE, Answered, many_events, one_event

KEY = Header(alias="Idempotency-Key", description="A unique text of yours: the request is then done at most once.")


class NewEvent(BaseModel):
    """A fact to be told to one partner."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(examples=["parcel.lost"], description="One of your own event types.")
    application: str = Field(description="The partner's id, or the uid that you gave it.", examples=["acme-erp"])
    data: Any = Field(
        description="Any JSON, at most 256 KiB and 300 digits a number; it is sent on byte for byte.",
        examples=[{"parcel": "LP-1"}],
    )
    order_key: str | None = Field(None, description="Endpoints that keep an order get events of one key one after the other.")
    installation: UUID | None = Field(None, description="The shop that it is about, for endpoints that only hear of some.")


class Published(BaseModel):
    """Where the fact stands, and how many endpoints it was put into line for."""

    id: UUID
    position: int
    messages: int


class PublishedBatch(BaseModel):
    """The same of every event, in their order."""

    accepted: int
    events: list[Published]


def _takes(schema: dict[str, Any], lines: bool = False) -> dict[str, Any]:
    content: dict[str, Any] = {"application/json": {"schema": schema}}
    if lines:
        content["application/x-ndjson"] = {"schema": {"type": "string", "description": "An event on each line."}}
    return {"requestBody": {"required": True, "content": content}}


REFUSED: Final[dict[int | str, dict[str, Any]]] = {
    **REFUSALS,
    409: {"model": Refusal, "description": "A request with this Idempotency-Key is still at work."},
    408: {
        "model": Refusal,
        "description": "The body took longer than 30 seconds, or stood still for 10; the connection is closed.",
    },
    413: {"model": Refusal, "description": "Too large."},
    415: {"model": Refusal, "description": "Not JSON."},
}
EVENT: Final = NewEvent.model_json_schema()

router = APIRouter(tags=["Webhooks"], responses=REFUSED)


@router.post(ONE_PATH, status_code=202, responses={202: {"model": Published}}, openapi_extra=_takes(EVENT))
async def publish_event(_who: Annotated[Caller, needs(SCOPE)], _key: Annotated[str | None, KEY] = None) -> Response:
    """Tell a partner something. 202 means that it is written, together with a message for every endpoint that wants it."""
    return Answered(one_event)


@router.post(
    BATCH_PATH,
    status_code=202,
    responses={202: {"model": PublishedBatch}},
    openapi_extra=_takes({"type": "array", "items": EVENT, "maxItems": 1000}, lines=True),
)
async def publish_events(_who: Annotated[Caller, needs(SCOPE)], _key: Annotated[str | None, KEY] = None) -> Response:
    """At most 1000 events and 8 MiB, all of them or none; `field` of a refusal begins with the event's place, `/3/data`.

    Of NDJSON the message names the line of the body, too: there empty ones count.
    """
    return Answered(many_events)
