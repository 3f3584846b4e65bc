"""The book of partners: what every process remembers of endpoints, and how it knows that it still holds.

Each change in an organisation's partners adds one to its version in the database, in the same transaction, and tells it on the
channel `luneo_book`. Publishing compares the version in its own transaction, so an endpoint that was created before an event
was accepted is never missed; dispatchers follow the channel and look again every second.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import structlog

from hub.crypto import open_sealed
from hub.db.engine import Database
from hub.db.unit import Unit
from hub.errors import HubError
from webhooks.card import RETRY, Card, EventKind, Partners, Signer, Wants
from webhooks.filters import compiled
from webhooks.schema import checker
from webhooks.sign import signer_ed25519, signer_of

ENDPOINTS = """
select e.org, e.application, e.id, e.url, e.version, e.enabled, e.deleted_at is not null as deleted, e.types, e.installations,
    e.filter, e.causes, e.headers, e.rate_limit, e.retry, e.ordered, e.signatures, e.created_at
from endpoint e where e.org = $1 order by e.id
"""
SECRETS = """
select id, endpoint, sealed, expires_at from endpoint_secret
where org = $1 and (expires_at is null or expires_at > now()) order by expires_at desc nulls first
"""
KEYS = """
select id, sealed, expires_at from signing_key
where org = $1 and (expires_at is null or expires_at > now()) order by expires_at desc nulls first
"""

log = structlog.get_logger("webhooks")


class Book:
    """The partners of every organisation that this process has to do with."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[UUID, Partners] = {}
        self._cards: dict[UUID, Card] = {}
        self._loading: dict[UUID, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._loads: dict[UUID, int] = defaultdict(int)  # begun

    def card(self, endpoint: UUID) -> Card | None:
        """The endpoint as last heard of, without asking anybody; None when its organisation was never loaded."""
        return self._cards.get(endpoint)

    def known(self, org: UUID) -> Partners | None:
        """What is known of an organisation, without asking anybody."""
        return self._known.get(org)

    async def partners(self, org: UUID) -> Partners:
        """What is known of an organisation; loaded when nothing is."""
        known = self._known.get(org)
        if known is None:
            async with self._loading[org]:
                known = self._known.get(org) or await self._load(org)
        return known

    async def reload(self, org: UUID, since: int = 0) -> Partners:
        """Load an organisation anew, once for all who ask meanwhile; not at all when what is known is as new as `since`."""
        loads = self._loads[org]
        async with self._loading[org]:
            known = self._known.get(org)
            if known is not None and ((since and known.version >= since) or self._loads[org] > loads):
                return known  # loaded since we asked
            return await self._load(org)

    async def _load(self, org: UUID) -> Partners:
        self._loads[org] += 1
        async with self._db.system() as unit:
            found = await load(unit, org)
        return self._remember(found)

    def _remember(self, found: Partners) -> Partners:
        """Keep it, unless something newer came meanwhile."""
        known = self._known.get(found.org)
        if known is not None and known.version > found.version:
            return known
        self._known[found.org] = found
        self._cards.update(found.cards)
        return found

    async def settled(self, unit: Unit) -> Partners:
        """What the unit's organisation has, held against any change until the unit ends."""
        return await self._seen(unit, "for share")

    async def fresh(self, unit: Unit) -> Partners:
        """What the unit's organisation has now, as its transaction sees it."""
        return await self._seen(unit, "")

    async def _seen(self, unit: Unit, hold: str) -> Partners:
        assert unit.org is not None  # noqa: S101 (a system unit has no partners)
        version = await unit.fetchval(f"select version from endpoint_book where org = $1 {hold}", unit.org)  # noqa: S608
        known = self._known.get(unit.org)
        if known is None or known.version != (version or 0):
            known = self._remember(await load(unit, unit.org))
        return known

    async def verify(self, org: UUID) -> Partners:
        """What is known of an organisation, asked for anew if it has changed: before something is said not to be there."""
        known = await self.partners(org)
        async with self._db.org(org) as unit:
            version = await unit.fetchval("select version from endpoint_book where org = $1", org) or 0
        return known if version == known.version else await self.reload(org, version)

    async def refresh(self) -> list[UUID]:
        """Load what has changed among the known organisations; answers which. For dispatchers, every second and when told."""
        async with self._db.system() as unit:
            rows = await unit.fetch("select org, version from endpoint_book where org = any ($1::uuid[])", list(self._known))
        changed = [row["org"] for row in rows if self._known[row["org"]].version != row["version"]]
        for org in changed:
            await self.reload(org)
        return changed


async def load(unit: Unit, org: UUID) -> Partners:
    """An organisation's partners from the database. The version is read first: what is read after it is at least as new."""
    version = await unit.fetchval("select version from endpoint_book where org = $1", org)
    secrets: dict[UUID, list[Any]] = defaultdict(list)
    for row in await unit.fetch(SECRETS, org):
        secrets[row["endpoint"]].append(row)
    keys = await unit.fetch(KEYS, org)
    cards = [_card(row, secrets[row["id"]], keys) for row in await unit.fetch(ENDPOINTS, org)]
    known = await unit.fetch("select id, uid from application where org = $1 and deleted_at is null", org)
    kinds = await unit.fetch("select name, schema, archived_at is not null as archived from event_type where org = $1", org)
    applications: dict[UUID, list[Card]] = {row["id"]: [] for row in known}
    for card in cards:
        if not card.deleted:
            applications[card.application].append(card)
    uids = {row["uid"]: row["id"] for row in known if row["uid"] is not None}
    return Partners(
        org, version or 0, applications, uids, uids | {str(row["id"]): row["id"] for row in known},
        {row["name"]: EventKind(row["name"], row["archived"], checker(row["schema"])) for row in kinds},
        {card.id: card for card in cards},
    )  # fmt: skip


def _card(row: Any, secrets: Iterable[Any], keys: Iterable[Any]) -> Card:
    org, id, types = row["org"], row["id"], row["types"]
    enabled = row["enabled"] and not row["deleted"]
    signers: tuple[tuple[Signer, datetime | None], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    try:
        signers = tuple(_signers(row, secrets, keys))
        headers = _headers(row["headers"], org, id) if row["headers"] is not None else ()
    except HubError as error:  # its own trouble: nothing is sent to it, and everybody else has theirs
        log.error("endpoint_unreadable", org=str(org), endpoint=str(id), reason=str(error))
        enabled = False
    return Card(
        org, row["application"], id, row["url"], row["version"], enabled, row["deleted"],
        "*" in types,
        frozenset(type for type in types if not type.endswith("*")),
        tuple(type[:-1] for type in types if type.endswith(".*")),
        frozenset(row["installations"]) if row["installations"] is not None else None,
        _wants(row["filter"]) if row["filter"] is not None else None,
        frozenset(row["causes"]),
        headers,
        row["rate_limit"],
        tuple(row["retry"]) if row["retry"] is not None else RETRY,
        row["ordered"],
        signers,
        row["created_at"],
    )  # fmt: skip


def _signers(row: Any, secrets: Iterable[Any], keys: Iterable[Any]) -> Iterator[tuple[Signer, datetime | None]]:
    """Raises HubError for a key that cannot be opened."""
    if "v1" in row["signatures"]:
        for one in secrets:
            yield _signer(one["sealed"], row["org"], one["id"]), one["expires_at"]
    if "v1a" in row["signatures"]:
        for one in keys:
            yield _key(one["sealed"], row["org"], one["id"]), one["expires_at"]


# A book is loaded anew with every change in it, and most of it has not changed: what costs something to make is remembered by
# what it is made of. Sealed texts bear a nonce, so they are as good as names.


@lru_cache(maxsize=20_000)
def _signer(sealed: str, org: UUID, row: UUID) -> Signer:
    return signer_of(open_sealed(sealed, org=org, table="endpoint_secret", column="sealed", row=row))


@lru_cache(maxsize=2000)
def _key(sealed: str, org: UUID, row: UUID) -> Signer:
    return signer_ed25519(open_sealed(sealed, org=org, table="signing_key", column="sealed", row=row))


@lru_cache(maxsize=20_000)
def _headers(sealed: str, org: UUID, row: UUID) -> tuple[tuple[str, str], ...]:
    return tuple(json.loads(open_sealed(sealed, org=org, table="endpoint", column="headers", row=row)).items())


@lru_cache(maxsize=20_000)
def _wants(filter: str) -> Wants:
    return compiled(json.loads(filter))
