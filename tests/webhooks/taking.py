"""An intake that takes everything, or as much as it is told to, and keeps account."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from webhooks.card import Card
from webhooks.ready import Ready


class Taking:
    """`webhooks.intake.Intake`. `most`: places; `reserved`: how many are promised to messages that have not come yet."""

    def __init__(self, owner: int = 7, most: int = 1_000_000) -> None:
        self.owner: int | None = owner
        self.most = most
        self.reserved = 0
        self.taken: list[Ready] = []
        self.woken = 0

    def admit(self, card: Card, order_key: str | None) -> bool:
        if self.reserved + len(self.taken) >= self.most:
            return False
        self.reserved += 1
        return True

    def take(self, ready: list[Ready], owner: int) -> None:
        self.reserved -= len(ready)
        if owner == self.owner:
            self.taken += ready

    def give_back(self, admitted: Mapping[UUID, int]) -> None:
        self.reserved -= sum(admitted.values())

    def wake(self) -> None:
        self.woken += 1
