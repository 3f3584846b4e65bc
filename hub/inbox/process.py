"""The job behind every receipt: read what it says, then look at the shop itself.

A webhook's body is how the object was when the shop got round to sending it, and messages overtake each other. So it is
taken as a hint of what to look at; the record is made of what the shop answers now. What it no longer has is gone.
"""

from __future__ import annotations

from uuid import UUID

import structlog

from hub.errors import Conflict, NotFound, PermanentError, ReauthorizationError, SignatureError
from hub.inbox import receipts
from hub.inbox.receipts import Receipt
from hub.installations.installation import Installation
from hub.installations.listing import get
from hub.installations.secrets import open_webhook_secret
from hub.ports import Delivery, InboundRequest
from hub.queue import Job
from hub.sync.engine import Engine
from hub.sync.refetch import refetch

log = structlog.get_logger("hub.inbox")


async def process(engine: Engine, job: Job) -> None:
    """Process one receipt. Raises RetryableError when the shop cannot be asked now: the job comes again."""
    assert job.org is not None  # noqa: S101 (receipts belong to organisations)
    org, id = job.org, UUID(job.payload["receipt"])
    async with engine.db.org(org) as unit:
        receipt = await receipts.load(unit, id)
        if receipt is None or receipt.status != "new":
            return
        shop = await get(unit, receipt.installation)
        sealed = await unit.fetchval("select webhook_secret from installation where id = $1", shop.id)
    status, reason = await _outcome(engine, shop, receipt, sealed)
    async with engine.db.org(org) as unit:
        await receipts.close(unit, id, status, reason)


async def _outcome(
    engine: Engine, shop: Installation, receipt: Receipt, sealed: str | None
) -> tuple[receipts.Outcome, str | None]:
    """What became of a receipt. Only what may pass with time is raised."""
    if shop.status == "disconnected" or sealed is None:
        return "ignored", "The shop was disconnected."
    try:
        delivery = _read(engine, shop, receipt, open_webhook_secret(sealed, shop.org, shop.id))
        if not delivery.changes:
            return "ignored", f"Nothing of ours hangs on {delivery.topic}."
        for change in delivery.changes:
            await refetch(engine, shop.org, shop.id, change.resource, change.ids, cause="webhook", deleted=change.deleted)
    except (SignatureError, PermanentError, ReauthorizationError, NotFound, Conflict) as error:
        log.warning("not_processed", receipt=str(receipt.id), topic=receipt.topic, reason=str(error))
        return "failed", str(error)
    return "done", None


def _read(engine: Engine, shop: Installation, receipt: Receipt, secret: str) -> Delivery:
    webhooks = engine.registry.get(shop.connector).webhooks
    if webhooks is None:
        raise NotFound(f"{shop.connector} sends no webhooks.")
    return webhooks.parse(InboundRequest(receipt.headers, receipt.body), secret)
