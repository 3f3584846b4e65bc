"""The desk: what one process knows and does about webhooks on one database. Routes and dispatchers of a process share it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol
from uuid import UUID

from hub.db.engine import Database
from webhooks.book import Book
from webhooks.card import Card

if TYPE_CHECKING:
    from webhooks.dispatch.ready import Ready
    from webhooks.publish.group import GroupCommitter


_PLACE: Final = "webhooks.desk"


class Intake(Protocol):
    """A dispatcher in this process: it takes messages straight from those who committed them."""

    @property
    def owner(self) -> int | None:
        """Its dispatcher id, to stand in `message.owner`; None while it takes nothing."""
        ...

    def admit(self, card: Card, order_key: str | None) -> bool:
        """Reserve a place in memory for a message. False: insert it as waiting."""
        ...

    def take(self, ready: list[Ready]) -> None:
        """What was admitted and is now committed."""
        ...

    def give_back(self, admitted: Mapping[UUID, int]) -> None:
        """Endpoint → how many admitted messages were not committed."""
        ...

    def wake(self) -> None:
        """Something was inserted as waiting."""
        ...


class Desk:
    """`book`, the partners; `committer`, who publishes; `intake`, the dispatcher of this process when there is one."""

    def __init__(self, db: Database) -> None:
        from webhooks.publish.group import GroupCommitter

        self.book = Book(db)
        self.intake: Intake | None = None
        self.committer: GroupCommitter = GroupCommitter(db, self)
        self._shops: set[tuple[UUID, UUID]] = set()
        self._db = db

    async def owns(self, org: UUID, installation: UUID) -> bool:
        """Whether an installation is, or was, one of the organisation's. What is known once stays so."""
        if (org, installation) not in self._shops:
            async with self._db.org(org) as unit:
                if not await unit.fetchval("select true from installation where id = $1", installation):
                    return False
            self._shops.add((org, installation))
        return True


def desk_of(db: Database) -> Desk:
    """The desk of this process and database. It stands at the database, whose end is its own."""
    desk: Desk | None = vars(db).get(_PLACE)
    if desk is None:
        desk = vars(db)[_PLACE] = Desk(db)
    return desk
