"""How messages, attempts, health and replays look to callers; the models are for the API's description only."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from hub.web.answers import raw
from webhooks.log.attempts import Attempt
from webhooks.log.messages import Message, Shown
from webhooks.states import State

StateName = Literal["waiting", "held", "delivered", "dead", "expired", "cancelled"]
CauseName = Literal["event", "resend", "replay", "test"]


class AttemptTold(BaseModel):
    """One attempt."""

    at: datetime
    n: int
    cause: CauseName
    ms: int
    status: int | None = Field(description="Null: there was no answer.")
    error: str | None = Field(description="Null: a success.")
    address: str | None
    headers: list[tuple[str, str]] | None = Field(description="As they came; null once their time is over.")
    body: str | None = Field(description="The first 16 KiB.")
    size: int | None = Field(description="Of the whole body in bytes, where it is known.")


class MessageTold(BaseModel):
    """One event for one endpoint."""

    id: str = Field(description="As in the header webhook-id.", examples=["msg_0198b2c47e3f7d218c5a1b3d5f7a9c0e"])
    endpoint: UUID
    event: UUID
    position: int
    type: str
    state: StateName
    attempts: int
    cause: CauseName = Field(description="Why it is, or was last, in line.")
    due_at: datetime | None = Field(description="Of the next attempt, while it waits.")
    order_key: str | None
    replay: UUID | None = Field(description="The replay that put it into line last.")
    created_at: datetime
    ended_at: datetime | None


class MessageWhole(MessageTold):
    """The same with what is sent and what was answered."""

    data: Any = Field(description="As it is sent; null when the payload is gone.")
    tries: list[AttemptTold]


def message(known: Message) -> dict[str, Any]:
    """A message as callers see it."""
    waits = known.state is State.WAITING
    told = {"id": known.id, **asdict(known), "state": known.state.name.lower(), "cause": known.cause.name.lower()}
    return told | {"due_at": known.due_at if waits else None}


def whole(shown: Shown) -> dict[str, Any]:
    """A message with its payload and its attempts."""
    return {**message(shown.message), "data": raw(shown.payload), "tries": [attempt(one) for one in shown.attempts]}


def attempt(known: Attempt) -> dict[str, Any]:
    """An attempt as callers see it."""
    return {**asdict(known), "cause": known.cause.name.lower()}
