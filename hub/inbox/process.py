"""The job behind every receipt: read what it says, then look at the shop itself.

A webhook's body is how the object was when the shop got round to sending it, and messages overtake each other. So it is
taken as a hint of what to look at; the record is made of what the shop answers now. What it no longer has is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import structlog

from hub.catalog.known import any_held
from hub.errors import Conflict, NotFound, PermanentError, ReauthorizationError, SignatureError
from hub.inbox import receipts
from hub.inbox.doors import Door, of_installation, refuse_strangers, verified
from hub.inbox.notices import heed
from hub.inbox.receipts import Became, Receipt
from hub.installations.installation import Installation
from hub.installations.listing import get
from hub.ports import Change, Delivery, InboundRequest, Webhooks
from hub.queue import Job
from hub.sync.engine import Engine
from hub.sync.refetch import refetch

log = structlog.get_logger("hub.inbox")

STRANGE = Became("ignored", "The shop has nothing of what the message names, and never had.", wipe=True)


async def process(engine: Engine, job: Job) -> None:
    """Process one receipt. Raises RetryableError when the shop cannot be asked now: the job comes again."""
    assert job.org is not None  # noqa: S101 (receipts belong to organisations)
    org, id = job.org, UUID(job.payload["receipt"])
    async with engine.db.org(org) as unit:
        receipt = await receipts.load(unit, id)
        if receipt is None or receipt.status != "new":
            return
        shop = await get(unit, receipt.installation)
        door = await of_installation(unit, receipt.installation)
    became = await _outcome(engine, shop, receipt, door, last=job.attempts >= job.max_attempts)
    async with engine.db.org(org) as unit:
        await receipts.close(unit, id, became)


async def _outcome(engine: Engine, shop: Installation, receipt: Receipt, door: Door, *, last: bool) -> Became:
    """What became of a receipt. Only what may pass with time is raised."""
    try:
        delivery, secret = read(engine.registry.get(shop.connector).webhooks, receipt, door)
        if delivery.notice is not None:
            return await heed(engine, shop, receipt, delivery.notice, secret, last=last)
        if not door.open:
            return Became("ignored", "The shop was disconnected.")
        if not delivery.changes:
            return Became("ignored", f"Nothing of ours hangs on {delivery.topic}.")
        return await _look(engine, shop, delivery.changes)
    except (SignatureError, PermanentError, ReauthorizationError, NotFound, Conflict) as error:
        log.warning("not_processed", receipt=str(receipt.id), topic=receipt.topic, reason=str(error))
        return Became("failed", str(error))


async def _look(engine: Engine, shop: Installation, changes: Sequence[Change]) -> Became:
    """Read what the message names from the shop that it came from, with that shop's own credentials.

    Of a body that was signed for another shop and sent in this one's name nothing can come in: what it names is not here. Then
    it does not stay here either.
    """
    seen = False
    for change in changes:
        done = await refetch(engine, shop.org, shop.id, change.resource, change.ids, cause="webhook", deleted=change.deleted)
        kind = next(one.kind for one in engine.registry.get(shop.connector).resources if one.name == change.resource)
        async with engine.db.org(shop.org) as unit:
            found = done.counts.written + done.counts.unchanged + done.counts.stale
            seen = seen or found > 0 or await any_held(unit, shop.id, kind, change.ids)
    return Became("done") if seen else STRANGE


def read(webhooks: Webhooks | None, receipt: Receipt, door: Door) -> tuple[Delivery, str]:
    """The delivery again, and the secret that it is signed with. Raises SignatureError, PermanentError, NotFound."""
    if webhooks is None:
        raise NotFound("The connector sends no webhooks.")
    delivery, secret = verified(webhooks, InboundRequest(receipt.headers, receipt.body), door)
    refuse_strangers(door, delivery)
    return delivery, secret
