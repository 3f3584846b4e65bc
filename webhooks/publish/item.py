"""One request on its way through a group commit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from hub.errors import ApiError, NotFound, Unprocessable
from webhooks.card import Card, Partners
from webhooks.publish.draft import Draft
from webhooks.publish.once import Key
from webhooks.publish.read import Read
from webhooks.publish.resolve import resolved
from webhooks.publish.store import Stored


class Done:
    """The answer to a request that was accepted, now or (`replayed`) the first time that it came."""

    __slots__ = ("body", "replayed")

    def __init__(self, body: bytes, replayed: bool = False) -> None:
        self.body: Final = body
        self.replayed: Final = replayed


class Item:
    """What was read, resolved against the partners at one version of their book, and the future of its outcome.

    size: bytes of the request. `outcome` is what the future gives: Done, or the exception that the request ends with.
    """

    __slots__ = ("batch", "cards", "drafts", "future", "key", "messages", "outcome", "read", "since", "size", "version")

    def __init__(self, read: list[Read], partners: Partners, *, batch: bool, size: int, key: Key | None) -> None:
        self.read: Final = read
        self.batch: Final = batch
        self.size: Final = size
        self.key: Final = key
        self.future: asyncio.Future[Done | Exception] | None = None
        self.outcome: Done | Exception | None = None
        self.since = 0.0
        self.drafts: list[Draft] = []
        self.cards: list[Sequence[Card]] = []
        self.resolve(partners)

    def resolve(self, partners: Partners) -> None:
        """Raises NotFound or Unprocessable."""
        self.version = partners.version
        self.drafts, self.cards = resolved(partners, self.read)
        self.messages = sum(map(len, self.cards))

    def holds(self, partners: Partners) -> bool:
        """Whether the request can be accepted under these partners; if not, its outcome says why."""
        if self.version != partners.version:
            try:
                self.resolve(partners)
            except (NotFound, Unprocessable) as error:
                self.outcome = error
        return self.outcome is None

    def answer(self, stored: Stored, nth: int) -> bytes:
        """The answer's body; its events begin at the nth of those stored."""
        told = [
            b'{"id":"%b","position":%d,"messages":%d}' % (str(stored.ids[at]).encode(), stored.first + at, stored.counts[at])
            for at in range(nth, nth + len(self.drafts))
        ]
        return b'{"accepted":%d,"events":[%b]}' % (len(told), b",".join(told)) if self.batch else told[0]

    def resolve_future(self) -> None:
        """Tell whoever waits."""
        if self.future is not None and not self.future.done():
            self.future.set_result(self.outcome or ApiError("The request was not looked at."))
