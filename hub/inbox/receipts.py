"""Receipts: what a shop sent, kept as it came, stored once, with its job in the same transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from hub.db.ids import uuid7
from hub.db.unit import Unit
from hub.ports import Delivery, InboundRequest
from hub.queue import enqueue

JOB: Final = "inbox.process"
Outcome = Literal["done", "ignored", "failed"]
KEEP: Final = timedelta(days=30)  # bodies; older receipts are forgotten

#: The very same message within this time is a repetition. Later it is news: a product that is binned, brought back and binned
#: again makes the same few bytes twice (WooCommerce sends nothing but the id).
REPETITION: Final = timedelta(minutes=10)

#: Headers that say nothing about the message, or too much about somebody.
DROPPED: Final = frozenset(
    {"authorization", "cookie", "x-forwarded-for", "x-real-ip", "forwarded", "connection", "accept-encoding"}
)


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a receipt. `wipe`: of the message itself nothing may stay."""

    status: Outcome
    reason: str | None = None
    wipe: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """One inbound webhook as received."""

    id: UUID
    installation: UUID
    topic: str
    headers: dict[str, str]
    body: bytes
    status: str


async def store(unit: Unit, installation: UUID, delivery: Delivery, message: InboundRequest) -> UUID | None:
    """Keep a verified delivery and enqueue its job; None when this very message is kept already."""
    id = await _insert(unit, installation, delivery.topic, delivery.dedupe, message, message.body, delivery.once)
    if id is not None:
        await enqueue(unit, JOB, {"receipt": str(id), "installation": str(installation)})
    return id


async def store_failed(unit: Unit, installation: UUID, message: InboundRequest, reason: str, *, body: bool = True) -> None:
    """Keep a message that is signed and cannot be used, with the reason, and with its body or without; there is nothing to
    process."""
    dedupe = hashlib.sha256(message.body).digest()
    id = await _insert(unit, installation, "unreadable", dedupe, message, message.body if body else b"", once=False)
    if id is not None:
        await close(unit, id, Became("failed", reason))


async def _insert(
    unit: Unit, installation: UUID, topic: str, dedupe: bytes, message: InboundRequest, body: bytes, once: bool
) -> UUID | None:
    kept = {name: value for name, value in message.headers.items() if name not in DROPPED}
    id: UUID | None = await unit.fetchval(
        """insert into receipt (org, id, installation, topic, dedupe, headers, body) values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (installation, dedupe) do update set status = 'new', received_at = now(), processed_at = null, reason = null,
        headers = excluded.headers, body = excluded.body
        where not $9 and receipt.status <> 'new' and receipt.received_at < now() - $8::interval returning id""",
        unit.org,
        uuid7(),
        installation,
        topic.replace("\0", "\ufffd")[:200],
        dedupe,
        msgspec.json.encode(kept),
        body,
        REPETITION,
        once,
    )
    return id


async def load(unit: Unit, receipt: UUID) -> Receipt | None:
    """A receipt; None when it is gone, with its shop or by age."""
    row = await unit.fetchrow("select id, installation, topic, headers, body, status from receipt where id = $1", receipt)
    return None if row is None else Receipt(**{**row, "headers": msgspec.json.decode(row["headers"])})


async def close(unit: Unit, receipt: UUID, became: Became) -> None:
    """Note what became of a receipt."""
    await unit.execute(
        """update receipt set status = $2, reason = $3, processed_at = now(),
        headers = case when $4 then '{}' else headers end, body = case when $4 then ''::bytea else body end where id = $1""",
        receipt, became.status, became.reason, became.wipe,
    )  # fmt: skip


async def forget_old(unit: Unit, keep: timedelta = KEEP) -> int:
    """Remove receipts past their time, except those still to be processed. Answers how many."""
    tag = await unit.execute("delete from receipt where received_at < now() - $1::interval and status <> 'new'", keep)
    return int(tag.split()[-1])
