"""The desk: what one process knows and does about webhooks on one database. Routes and dispatchers of a process share it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from hub.db.engine import Database
from webhooks.book import Book
from webhooks.intake import Intake

_PLACE: Final = "webhooks.desk"


class Desk:
    """`book`, the partners; `intake`, the dispatcher of this process when there is one."""

    def __init__(self, db: Database) -> None:
        self.book = Book(db)
        self.intake: Intake | None = None
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
