"""How publishing and dispatching of one process meet: messages go over in memory, without a look at the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from webhooks.card import Card
from webhooks.ready import Ready


class Intake(Protocol):
    """A dispatcher in this process: it takes messages straight from those who committed them."""

    @property
    def owner(self) -> int | None:
        """Its dispatcher id, to stand in `message.owner`; None while it takes nothing."""
        ...

    def admit(self, card: Card, order_key: str | None) -> bool:
        """Reserve a place in memory for a message. False: insert it as waiting."""
        ...

    def take(self, ready: list[Ready], owner: int) -> None:
        """What was admitted and is now committed, as held by `owner`. If that is over, it is somebody else's by now."""
        ...

    def give_back(self, admitted: Mapping[UUID, int]) -> None:
        """Endpoint → how many admitted messages were not committed."""
        ...

    def wake(self) -> None:
        """Something was inserted as waiting."""
        ...
