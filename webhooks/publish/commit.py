"""One transaction for a group of requests: their events, their messages, their idempotency keys; then their answers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from uuid import UUID

from hub.db.engine import Database
from hub.db.unit import Unit
from hub.errors import Unavailable
from webhooks.card import Partners
from webhooks.desk import Desk
from webhooks.publish.item import Done, Item
from webhooks.publish.once import CLEAN, keep, remembered
from webhooks.publish.store import Stored, put
from webhooks.publish.uncertain import Uncertain

TRIES = 4
CLEAN_EVERY = 1000  # keys
#: Whoever writes to an organisation's log holds this until its transaction has ended.
LOCK = "select from event_head where org = $1 for update"


class Again(Exception):
    """The partners changed, or a key was there already: this transaction must not commit."""


class Committing:
    """Commits groups of one database."""

    def __init__(self, db: Database, desk: Desk) -> None:
        self._db = db
        self._desk = desk
        self._keys = 0
        self._uncertain = Uncertain(db)

    async def commit(self, org: UUID, items: Sequence[Item]) -> None:
        """Give every item its outcome. Raises what the database raised; then nothing is known of those without an outcome."""
        for again in range(TRIES):
            waiting = [item for item in items if item.outcome is None]
            if not waiting:
                return
            try:
                await self._once(org, waiting, again > 0)
            except Again:
                continue
            return
        for item in items:
            item.outcome = item.outcome or Unavailable("The endpoints change faster than events come in.", hint="Try again.")

    async def _once(self, org: UUID, items: list[Item], again: bool) -> None:
        stored: Stored | None = None
        whole = False
        try:
            async with self._db.org(org) as unit:
                partners = await self._settled(unit, items) if again else await self._desk.book.partners(org)
                items = [item for item in items if item.holds(partners)]
                if not items:
                    return
                stored = await self._stored(unit, partners, items)
                answers = _answers(items, stored)
                await self._confirmed(unit, partners, items, answers, stored)
                whole = True
        except BaseException:
            if stored is not None:
                self._uncertain.undone(org, stored.line, LOCK, whole)
            raise
        for item, answer in zip(items, answers, strict=True):
            item.outcome = Done(answer)
        stored.hand_over()

    async def _settled(self, unit: Unit, items: list[Item]) -> Partners:
        """Everything that the first try only hoped for: the partners, and keys that were used before."""
        partners = await self._desk.book.settled(unit)
        await unit.execute(LOCK, unit.org)
        keys = [item.key for item in items if item.key is not None]
        known = await remembered(unit, keys) if keys else {}
        for item in items:
            if item.key is not None and (told := known.get(item.key.text)) is not None:
                item.outcome = Done(told, replayed=True) if isinstance(told, bytes) else told
        return partners

    async def _stored(self, unit: Unit, partners: Partners, items: list[Item]) -> Stored:
        drafts = list(chain.from_iterable(item.drafts for item in items))
        cards = list(chain.from_iterable(item.cards for item in items))
        return await put(unit, partners, drafts, self._desk.intake, cards=cards)

    async def _confirmed(self, unit: Unit, partners: Partners, items: list[Item], answers: list[bytes], stored: Stored) -> None:
        """Raises Again."""
        version = stored.line.version
        if version is None:
            version = await unit.fetchval("select version from endpoint_book where org = $1", unit.org) or 0
        if version != partners.version:
            raise Again
        keyed = [(item.key, answer) for item, answer in zip(items, answers, strict=True) if item.key is not None]
        if not keyed:
            return
        if not await keep(unit, [key for key, _ in keyed], [answer for _, answer in keyed]):
            raise Again
        self._keys += len(keyed)
        if self._keys >= CLEAN_EVERY:
            self._keys = 0
            await unit.execute(CLEAN)


def _answers(items: list[Item], stored: Stored) -> list[bytes]:
    answers, nth = [], 0
    for item in items:
        answers.append(item.answer(stored, nth))
        nth += len(item.drafts)
    return answers
