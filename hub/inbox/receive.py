"""POST /in/{connector}/{installation} and POST /in/{connector}: verify over the raw bytes, store, answer.

Thinking comes afterwards, in the job. 2xx means: it is in the database, or it is nobody's. A shop counts anything else as a
failure and may switch the webhook off, so trouble of our own is a 503 that it may repeat, and never a false 2xx.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Request, Response

from hub.errors import NotFound, PermanentError, SignatureError
from hub.inbox import receipts
from hub.inbox.doors import Door, by_id, by_shop, lasts, refuse_strangers, verified
from hub.ports import Delivery, InboundRequest, Webhooks
from hub.web.answers import JSON
from hub.web.house import House, TheHouse

router = APIRouter(prefix="/in", tags=["Inbox"])
log = structlog.get_logger("hub.inbox")

MOST_BYTES: Final = 8 << 20  # an order with thousands of lines is a few megabytes
OK: Final = b'{"status":"ok"}'


@router.post("/{connector}/{installation}", max_body_size=MOST_BYTES)
async def receive(connector: str, installation: UUID, request: Request, house: TheHouse) -> Response:
    """A webhook of a connected shop. 200 once it is stored, and for a repetition; 401 without a valid signature."""
    webhooks = speaker(house, connector)
    door = await by_id(house.db, connector, installation)
    await take(house, webhooks, door, await letter(request))
    return Response(OK, 200, None, JSON)


@router.post("/{connector}", max_body_size=MOST_BYTES)
async def receive_for_the_app(connector: str, request: Request, house: TheHouse) -> Response:
    """A webhook to the connector's one address: it names its shop. 200 once it is stored, also when we do not know the shop
    (any more): the vendor would go on sending. 401 without a valid signature, 400 without its headers."""
    webhooks = speaker(house, connector)
    message = await letter(request)
    claimed = webhooks.shop_of(message)
    refused: list[SignatureError] = []
    accepted, everywhere = False, True  # everywhere: also where the shop was connected before
    for open in (True, False):
        for door in await by_shop(house.db, connector, claimed, open=open) if claimed and everywhere else []:
            try:
                delivery = await take(house, webhooks, door, message)
                accepted, everywhere = True, delivery is not None and lasts(delivery)
            except SignatureError as error:
                refused.append(error)
    if refused and not accepted:
        raise refused[0]
    if not accepted:
        forgotten(webhooks, message, claimed)
    return Response(OK, 200, None, JSON)


async def letter(request: Request) -> InboundRequest:
    """The message as it came: nothing is parsed before its signature is checked."""
    return InboundRequest(dict(request.headers), await request.body(), dict(request.query_params))


def speaker(house: House, connector: str) -> Webhooks:
    """The connector's own ear. Raises NotFound."""
    webhooks: Webhooks | None = house.registry.get(connector).webhooks
    if webhooks is None:
        raise NotFound(f"{connector} sends no webhooks.")
    return webhooks


async def take(house: House, webhooks: Webhooks, door: Door, message: InboundRequest) -> Delivery | None:
    """Verify a message, keep it, and say what it is.

    Raises SignatureError (400, 401): nothing unsigned and nothing of another shop is ever stored. A message that is signed and
    still not what its topic says (a shop sends its own error object when the webhook's owner has lost his rights) is kept as
    failed, and None: refusing it would only make the shop switch us off.
    """
    shop = str(door.installation)
    try:
        delivery, _ = verified(webhooks, message, door)
        refuse_strangers(door, delivery)
    except SignatureError as error:
        log.warning("refused", installation=shop, reason=str(error))
        raise
    except PermanentError as error:
        log.warning("unreadable", installation=shop, reason=str(error))
        if door.open:
            async with house.db.org(door.org) as unit:
                # what is signed for the whole app may be another shop's: only the reason is kept of it
                own = webhooks.shop_of(message) is None
                await receipts.store_failed(unit, door.installation, message, str(error), body=own)
        return None
    if delivery.ping or not door.takes(delivery):
        log.info("forgotten", installation=shop, topic=delivery.topic)
        return delivery
    async with house.db.org(door.org) as unit:
        new = await receipts.store(unit, door.installation, delivery, message)
    log.info("received", installation=shop, topic=delivery.topic, new=new is not None)
    return delivery


def forgotten(webhooks: Webhooks, message: InboundRequest, claimed: str | None) -> None:
    """A message from a shop that is not connected here: signed, it is forgotten. Raises SignatureError when it is not."""
    try:
        delivery, _ = verified(webhooks, message, None)
    except PermanentError as error:
        log.warning("unreadable", shop=claimed, reason=str(error))
    else:
        log.warning("unknown_shop", shop=claimed, topic=delivery.topic)
