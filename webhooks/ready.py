"""A message in memory, on its way to its endpoint."""

from __future__ import annotations

from typing import Final
from uuid import UUID


class Ready:
    """One message that this process holds. `body` is what is sent and signed, to the byte; `id` the webhook-id header's value.

    attempts: all of them so far. step: failures since it was last put into line. cause: `webhooks.states.Cause`.
    """

    __slots__ = ("attempts", "body", "cause", "endpoint", "event", "id", "order_key", "org", "position", "step")

    def __init__(
        self,
        endpoint: UUID,
        org: UUID,
        event: UUID,
        position: int,
        body: bytes,
        *,
        attempts: int = 0,
        step: int = 0,
        cause: int = 0,
        order_key: str | None = None,
        id: bytes | None = None,
    ) -> None:
        self.endpoint: Final = endpoint
        self.org: Final = org
        self.event: Final = event
        self.position: Final = position
        self.body: Final = body
        self.attempts = attempts
        self.step = step
        self.cause: Final = cause
        self.order_key: Final = order_key
        self.id: Final = id or b"msg_" + event.hex.encode()
