"""One round of one organisation: events after the cursor become messages, and the cursor moves, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final
from uuid import UUID

from hub import outbox
from hub.db.engine import Database
from hub.db.unit import Unit
from hub.outbox import Event
from webhooks.card import Card, Partners
from webhooks.desk import Desk
from webhooks.fanout.fat import decoded, payload, records
from webhooks.publish.lines import Line
from webhooks.publish.uncertain import Uncertain

SUBSCRIBER: Final = "webhooks"
EVENTS: Final = 500  # looked at in one transaction
MESSAGES: Final = 20_000  # after so many it commits
DOCUMENTS: Final = 25  # in memory at once
#: An event bears the time at which its transaction began; an endpoint that was made meanwhile still hears of it.
GRACE: Final = timedelta(seconds=10)
PAYLOADS: Final = """
insert into payload (org, event, data)
select $1, p.event, p.data from unnest($2::uuid[], $3::bytea[]) as p(event, data) on conflict do nothing
"""
LOCK: Final = "select from event_cursor where org = $1 and subscriber = 'webhooks' for update"


class Rounds:
    """Takes organisations forward. Two processes that do it for one organisation take turns at its cursor."""

    def __init__(self, db: Database, desk: Desk) -> None:
        self._db = db
        self._desk = desk
        self._uncertain = Uncertain(db)

    async def go(self, org: UUID) -> tuple[int, bool]:
        """One round: the position that was reached, and whether there is more at once."""
        line: Line | None = None
        more = whole = False
        try:
            async with self._db.org(org) as unit:
                head = await outbox.head(unit)
                position = await outbox.cursor(unit, SUBSCRIBER)
                events = await outbox.open_after(unit, position, EVENTS)
                partners = await self._desk.book.fresh(unit)
                reached = max(head, events[-1].position if events else 0)
                if events and any(partners.applications.values()):
                    line = Line(org, self._desk.intake)
                    stopped = await _put(unit, partners, events, line)
                    more = stopped is not None or len(events) == EVENTS
                    if more:
                        reached = stopped or events[-1].position
                await outbox.advance(unit, SUBSCRIBER, reached)
                whole = True
        except BaseException:
            if line is not None:
                self._uncertain.undone(org, line, LOCK, whole)
            raise
        if line is not None:
            line.hand_over()
        return reached, more

    async def close(self) -> None:
        await self._uncertain.close()


async def _put(unit: Unit, partners: Partners, events: Sequence[Event], line: Line) -> int | None:
    """Messages of these events. The position of the last one that was looked at, when there were too many messages for all."""
    candidates = _candidates(partners, events)
    while some := list(islice(candidates, DOCUMENTS)):
        documents = await records(unit, [event for event, _ in some])
        told: list[tuple[UUID, bytes]] = []
        for event, cards in some:
            data = payload(event, documents)
            if any(card.wants is not None for card in cards):
                value = decoded(data)
                cards = [card for card in cards if card.wants is None or card.wants(value)]
            if cards:
                told.append((event.id, data))
                key = str(event.record) if event.record is not None else None
                await line.add(unit, cards, event.id, event.position, event.type, event.created_at, data, key)
        if told:
            await unit.execute(PAYLOADS, unit.org, [id for id, _ in told], [data for _, data in told])
        await line.flush(unit)
        if line.count >= MESSAGES:
            return some[-1][0].position
    return None


def _candidates(partners: Partners, events: Sequence[Event]) -> Iterator[tuple[Event, list[Card]]]:
    """Each event that anybody may want, with those who may: all that can be said without looking into its payload."""
    cards = [card for some in partners.applications.values() for card in some]
    known: dict[tuple[str, UUID | None, str], list[Card]] = {}
    for event in events:
        about = (event.type, event.installation, event.cause)
        if (found := known.get(about)) is None:
            found = known[about] = [card for card in cards if card.takes(*about)]
        if any(_before(card, event.created_at) for card in found):
            found = [card for card in found if not _before(card, event.created_at)]
        if found:
            yield event, found


def _before(card: Card, at: datetime) -> bool:
    """Whether the event happened before there was such an endpoint."""
    return card.since is not None and at < card.since - GRACE
