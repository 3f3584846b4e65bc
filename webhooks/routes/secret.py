"""Secrets of endpoints over HTTP: shown once, in the answer that makes them. What answers are remembered as leaves them out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from hub.access import Caller
from hub.crypto import Secret
from hub.db.unit import Unit
from hub.web.answers import answer
from hub.web.caller import needs
from hub.web.described import REFUSALS, shows
from hub.web.once import AtMostOnce
from webhooks.partners import secrets
from webhooks.partners.endpoints import Endpoint
from webhooks.partners.strict import Strict

router = APIRouter(prefix="/v1/endpoints", tags=["Webhooks"], responses=REFUSALS)

Editor = Annotated[Caller, needs("endpoints:write")]


@dataclass(frozen=True, slots=True)
class WithSecret(Endpoint):
    """A new endpoint. `secret` is shown this once; null in an answer that is given again."""

    secret: str | None


class Made(BaseModel):
    """A secret, shown once; null in an answer that is given again."""

    secret: str | None


class Rotate(Strict):
    """The new secret, and how long the old one signs beside it."""

    secret: str | None = Field(None, description="`whsec_…` of 24 to 64 bytes; without it one is made.")
    overlap_hours: float = Field(24, description="0 to 168.", allow_inf_nan=False, ge=-1e6, le=1e6)


@router.post("/{endpoint}/secret/rotate", status_code=201, responses=shows(Made, 201))
async def rotate_a_secret(endpoint: UUID, who: Editor, once: AtMostOnce, body: Rotate | None = None) -> Response:
    """A new secret. For a while messages bear the signatures of old and new; at most ten old ones are kept."""
    asked = body or Rotate(secret=None, overlap_hours=24)

    async def act(unit: Unit) -> Response:
        overlap = timedelta(hours=asked.overlap_hours)
        made = await secrets.rotate(unit, endpoint, given=asked.secret, overlap=overlap)
        return answer({"secret": made.reveal()}, 201)

    return await once.within(who, act, kept=once_only)


def with_secret(made: Endpoint, secret: Secret) -> dict[str, Any]:
    """A new endpoint as its maker sees it."""
    return {**asdict(made), "secret": secret.reveal()}


def once_only(response: Response) -> Response:
    """The same answer without its secret."""
    told = msgspec.json.decode(response.body)
    return Response(msgspec.json.encode({**told, "secret": None}), response.status_code, dict(response.headers))
