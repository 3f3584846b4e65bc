"""What is told of deliveries themselves, and endpoints that are switched off: apart from the sending, at its own pace."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import structlog

from hub.db.engine import Database
from hub.db.unit import Unit
from schemas.base import utc_text
from webhooks.book import Book
from webhooks.card import Card
from webhooks.catalogue import ABOUT_DELIVERY
from webhooks.dispatch.outcomes import AWAY
from webhooks.publish.draft import Draft
from webhooks.publish.store import put
from webhooks.ready import Ready

NOTICE_AFTER = 86_400.0  # seconds of nothing but failures until it is told
DISABLE_AFTER = 5 * 86_400.0  # and until it is switched off
AT_ONCE = 500
MOST_WAITING = 10_000  # notices; what comes beyond is counted in the log and not told
TICK = 0.25  # seconds between two looks at what has gathered

DISABLE = """
update endpoint set enabled = false, disabled_reason = $3, disabled_at = now(), updated_at = now(), version = version + 1
where org = $1 and id = $2 and enabled and deleted_at is null returning application, url
"""
FARES = "select failing_since, last_error from endpoint_health where org = $1 and endpoint = $2"
NOTICED = """
update endpoint_health h set noticed_at = now() from endpoint e where h.org = $1 and h.endpoint = $2 and h.noticed_at is null
    and e.org = h.org and e.id = h.endpoint and e.enabled and e.deleted_at is null
returning e.application, e.url
"""
TYPES = """
select m.endpoint, m.event, m.type from message m
join unnest($2::uuid[], $3::uuid[]) as d(endpoint, event) using (endpoint, event) where m.org = $1
"""

log = structlog.get_logger("webhooks.dispatch")
encode = msgspec.json.Encoder().encode


class Care:
    """Gathers what the dispatcher says, and acts on it in transactions of its own."""

    def __init__(self, db: Database, book: Book) -> None:
        self._db = db
        self._book = book
        self._dead: dict[UUID, list[tuple[Ready, Any]]] = defaultdict(list)  # by organisation
        self._waiting = self._untold = 0  # of them
        self._off: dict[UUID, tuple[UUID, str]] = {}  # endpoint → organisation, reason
        self._failing: dict[UUID, UUID] = {}

    def died(self, ready: Ready, answer: Any) -> None:
        """A message was given up."""
        if self._waiting >= MOST_WAITING:
            self._untold += 1
            return
        self._waiting += 1
        self._dead[ready.org].append((ready, answer))

    def gone(self, ready: Ready) -> None:
        """The endpoint answered 410."""
        self._off[ready.endpoint] = (ready.org, "gone")

    def fared(self, rows: Sequence[Any]) -> None:
        """Rows of `endpoint_health` as they now stand."""
        for row in rows:
            since = row["failing_for"]
            if since is None:
                continue
            if since >= DISABLE_AFTER:
                self._off[row["endpoint"]] = (row["org"], "failing")
            elif since >= NOTICE_AFTER and row["noticed_at"] is None:
                self._failing[row["endpoint"]] = row["org"]

    async def run(self) -> None:
        """For as long as the dispatcher works."""
        while True:
            await asyncio.sleep(TICK)
            await self.act()

    async def act(self) -> None:
        """Do what has gathered. What fails because the database is away is done again."""
        try:
            while self._off:
                endpoint, (org, reason) = next(iter(self._off.items()))
                await self._switch_off(org, endpoint, reason)
                self._off.pop(endpoint, None)
            while self._failing:
                endpoint, org = next(iter(self._failing.items()))
                await self._notice(org, endpoint)
                self._failing.pop(endpoint, None)
            while self._dead:
                org, waiting = next(iter(self._dead.items()))
                some = waiting[:AT_ONCE]
                await self._tell_dead(org, some)
                del waiting[: len(some)]
                self._waiting -= len(some)
                if not waiting:
                    del self._dead[org]
            if self._untold:
                log.warning("dispatch.not_told", dead=self._untold)
                self._untold = 0
        except AWAY as error:
            log.error("dispatch.care_waits", reason=str(error) or type(error).__name__)
            await asyncio.sleep(1.0)

    async def _switch_off(self, org: UUID, endpoint: UUID, reason: str) -> None:
        partners = await self._book.partners(org)
        async with self._db.org(org) as unit:
            row = await unit.fetchrow(DISABLE, org, endpoint, reason)
            if row is not None:
                log.warning("dispatch.endpoint_disabled", endpoint=str(endpoint), reason=reason)
                cards = self._others(partners, row["application"], endpoint, "endpoint.disabled")
                data = {**await self._fares(unit, endpoint, row["url"]), "reason": reason}
                await self._tell(unit, partners, row["application"], "endpoint.disabled", [(data, cards)])

    async def _notice(self, org: UUID, endpoint: UUID) -> None:
        partners = await self._book.partners(org)
        async with self._db.org(org) as unit:
            row = await unit.fetchrow(NOTICED, org, endpoint)
            if row is not None:
                cards = self._others(partners, row["application"], endpoint, "endpoint.failing")
                data = await self._fares(unit, endpoint, row["url"])
                await self._tell(unit, partners, row["application"], "endpoint.failing", [(data, cards)])

    async def _fares(self, unit: Unit, endpoint: UUID, url: str) -> dict[str, Any]:
        row = await unit.fetchrow(FARES, unit.org, endpoint)
        told: dict[str, Any] = {"endpoint": str(endpoint), "url": url}
        if row is not None and row["failing_since"] is not None:
            told |= {"since": utc_text(row["failing_since"]), "error": row["last_error"]}
        return told

    async def _tell_dead(self, org: UUID, some: Sequence[tuple[Ready, Any]]) -> None:
        partners = await self._book.partners(org)
        heard = [(one, answer, cards) for one, answer in some if (cards := self._who_hears(partners, one))]
        if not heard:
            return
        async with self._db.org(org) as unit:
            rows = await unit.fetch(TYPES, org, [one.endpoint for one, *_ in heard], [one.event for one, *_ in heard])
            types = {(row["endpoint"], row["event"]): row["type"] for row in rows}
            by_application: dict[UUID, list[Any]] = defaultdict(list)
            for one, answer, cards in heard:
                type = types.get((one.endpoint, one.event))
                if type is not None and type not in ABOUT_DELIVERY:  # else one notice would bring forth the next
                    by_application[cards[0].application].append((_dead(one, type, answer), cards))
            for application, told in by_application.items():
                await self._tell(unit, partners, application, "message.dead", told)

    def _who_hears(self, partners: Any, ready: Ready) -> list[Card]:
        card = partners.cards.get(ready.endpoint)
        return self._others(partners, card.application, ready.endpoint, "message.dead") if card is not None else []

    def _others(self, partners: Any, application: UUID, endpoint: UUID, type: str) -> list[Card]:
        cards = partners.applications.get(application, ())
        return [card for card in cards if card.id != endpoint and card.enabled and card.takes(type, None, "api")]

    async def _tell(self, unit: Unit, partners: Any, application: UUID, type: str, told: Sequence[Any]) -> None:
        drafts = [Draft(type, encode(data), application) for data, _ in told]
        if drafts:
            await put(unit, partners, drafts, None, cards=[cards for _, cards in told])


def _dead(ready: Ready, type: str, answer: Any) -> dict[str, Any]:
    told = {
        "endpoint": str(ready.endpoint), "message": ready.id.decode(), "event": str(ready.event), "type": type,
        "attempts": ready.attempts + 1,
    }  # fmt: skip
    if answer.status is not None:
        told["status"] = answer.status
    if answer.error is not None:
        told["error"] = answer.error
    return told
