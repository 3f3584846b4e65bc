"""POST /in/{connector}/{installation}: verify over the raw bytes, store, answer. Thinking comes afterwards, in the job.

2xx means: it is in the database. A shop counts anything else as a failure and may switch the webhook off, so trouble of our
own is a 503 that it may repeat, and never a false 2xx.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Request, Response

from hub.errors import NotFound, PermanentError, SignatureError
from hub.inbox import receipts
from hub.installations.secrets import open_webhook_secret
from hub.ports import Delivery, InboundRequest, Webhooks
from hub.web.answers import JSON
from hub.web.house import House, TheHouse

router = APIRouter(prefix="/in", tags=["Inbox"])
log = structlog.get_logger("hub.inbox")

MOST_BYTES: Final = 8 << 20  # an order with thousands of lines is a few megabytes
OK: Final = b'{"status":"ok"}'


@dataclass(frozen=True, slots=True)
class Door:
    """Where a message is for: the shop, and the secret that its messages are signed with."""

    org: UUID
    installation: UUID
    secret: str


@router.post("/{connector}/{installation}", max_body_size=MOST_BYTES)
async def receive(connector: str, installation: UUID, request: Request, house: TheHouse) -> Response:
    """A webhook of a connected shop. 200 once it is stored, and for a repetition; 401 without a valid signature."""
    webhooks = speaker(house, connector)
    door = await find(house, connector, installation)
    message = InboundRequest(dict(request.headers), await request.body(), dict(request.query_params))
    delivery = await accepted(house, door, webhooks, message)
    if delivery is None or delivery.ping:
        return Response(OK, 200, None, JSON)
    async with house.db.org(door.org) as unit:
        new = await receipts.store(unit, installation, delivery, message)
    log.info("received", installation=str(installation), topic=delivery.topic, new=new is not None)
    return Response(OK, 200, None, JSON)


def speaker(house: House, connector: str) -> Webhooks:
    """The connector's own ear. Raises NotFound."""
    webhooks: Webhooks | None = house.registry.get(connector).webhooks
    if webhooks is None:
        raise NotFound(f"{connector} sends no webhooks.")
    return webhooks


async def find(house: House, connector: str, installation: UUID) -> Door:
    """The shop that this address belongs to. Raises NotFound for none, another connector's, and a disconnected one."""
    async with house.db.system() as unit:
        row = await unit.fetchrow(
            "select org, webhook_secret from installation where id = $1 and connector = $2 and status <> 'disconnected'",
            installation,
            connector,
        )
    if row is None or row["webhook_secret"] is None:
        raise NotFound("No connected shop has this address.")
    return Door(row["org"], installation, open_webhook_secret(row["webhook_secret"], row["org"], installation))


async def accepted(house: House, door: Door, webhooks: Webhooks, message: InboundRequest) -> Delivery | None:
    """The delivery, its signature checked. Raises SignatureError (401): nothing unsigned is ever stored.

    A message that is signed and still not what its topic says (a shop sends its own error object when the webhook's owner
    has lost his rights) is kept as failed and answered with None: refusing it would only make the shop switch us off.
    """
    try:
        return webhooks.parse(message, door.secret)
    except SignatureError as error:
        log.warning("refused", installation=str(door.installation), reason=str(error))
        raise
    except PermanentError as error:
        log.warning("unreadable", installation=str(door.installation), reason=str(error))
        async with house.db.org(door.org) as unit:
            await receipts.store_failed(unit, door.installation, message, str(error))
        return None
