"""The watchdog: webhooks that a shop switched off are switched on again, and what was missed meanwhile is read.

A shop counts failed deliveries and stops sending without a word (WooCommerce at the seventh in a row). So somebody must look.
"""

from __future__ import annotations

from uuid import UUID

import structlog

from hub.db.unit import Unit
from hub.errors import PermanentError
from hub.inbox import receipts
from hub.installations.connect import NO_PUBLIC_URL, inbound_url, listening, note
from hub.installations.listing import get
from hub.installations.secrets import open_webhook_secret
from hub.ports import Json, Webhooks, WebhookState
from hub.queue import Job, enqueue
from hub.sync.engine import Engine, Shop

log = structlog.get_logger("hub.inbox")


async def watch(engine: Engine, job: Job) -> None:
    """Look after the webhooks of one shop, and forget its old receipts. Raises RetryableError when the shop is away."""
    assert job.org is not None  # noqa: S101 (shops belong to organisations)
    org, installation = job.org, UUID(job.payload["installation"])
    async with engine.db.org(org) as unit:
        await receipts.forget_old(unit)
        known = await get(unit, installation)
        sealed = await unit.fetchval("select webhook_secret from installation where id = $1", installation)
    if known.status != "active" or sealed is None:
        return
    async with engine.shop(org, installation) as shop:
        webhooks = shop.connector.webhooks
        if webhooks is None:
            return
        inbound: Json = {"mode": "polling", "reason": NO_PUBLIC_URL}
        troubled: list[WebhookState] = []
        public_url = engine.settings.public_url if engine.settings else None
        if public_url is not None:
            secret = open_webhook_secret(sealed, org, installation)
            inbound, troubled = await mend(webhooks, shop, inbound_url(public_url, known), secret)
    async with engine.db.org(org) as unit:
        if inbound != known.inbound:
            await note(unit, installation, {"inbound": inbound})
        if troubled:
            log.warning("webhooks_mended", shop=known.name, topics=[one.topic for one in troubled])
            for resource in shop.connector.resources:
                await ask_for_the_gap(unit, installation, resource.name)


async def mend(webhooks: Webhooks, shop: Shop, url: str, secret: str) -> tuple[Json, list[WebhookState]]:
    """Make the shop's webhooks what we want: how it stands now, and which of them had stopped."""
    try:
        states = list(await webhooks.ensure(shop.store, url, secret))
    except PermanentError as error:
        return {"mode": "polling", "reason": str(error)}, []
    return listening(states), [state for state in states if not state.reason]


async def ask_for_the_gap(unit: Unit, installation: UUID, resource: str) -> None:
    """Read what changed since the last reading that was proved: it began before the last good delivery, or is younger."""
    asked = {"installation": str(installation), "resource": resource, "mode": "incremental", "cause": "watchdog"}
    await enqueue(unit, "sync.run", asked, key=f"{installation}:{resource}")
