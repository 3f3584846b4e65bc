"""What a merchant must hand out when a customer asks for his data: everything that is held of him and the orders named."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from hub.catalog.raw import unpack
from hub.db.unit import Unit
from hub.errors import NotFound, Unprocessable
from hub.inbox import receipts
from hub.inbox.doors import of_installation
from hub.inbox.process import read
from hub.installations.listing import get
from hub.registry import Registry

HELD = """
select r.vendor_id, r.doc, w.body, w.encoding from record r
left join raw_object w on w.installation = r.installation and w.kind = $3 and w.vendor_id = r.vendor_id
where r.installation = $1 and r.kind = $2 and r.vendor_id = any ($4::text[]) order by r.vendor_id
"""


async def customer_data(unit: Unit, registry: Registry, receipt: UUID) -> dict[str, Any]:
    """The shop, the shop's own request, and by resource what is held: the canonical document, and the object as received.

    Raises NotFound, Unprocessable when the message is no request for a customer's data.
    """
    kept = await receipts.load(unit, receipt)
    if kept is None:
        raise NotFound(f"There is no message {receipt}:", hint="messages are kept for 30 days.", field="receipt")
    shop = await get(unit, kept.installation)
    connector = registry.get(shop.connector)
    if not kept.body:
        raise Unprocessable(f"Of the message {receipt} nothing is kept:", hint="its customer was forgotten.", field="receipt")
    delivery, _ = read(connector.webhooks, kept, await of_installation(unit, shop.id))
    if delivery.notice is None or delivery.notice.kind != "customer_data":
        raise Unprocessable(f"{kept.topic} is no request for a customer's data.", field="receipt")
    told: dict[str, Any] = {"shop": shop.shop, "request": msgspec.json.decode(kept.body)}
    for resource in connector.resources:
        if ids := delivery.notice.ids.get(resource.name):
            rows = await unit.fetch(HELD, shop.id, resource.kind, resource.raw_kind, list(ids))
            told[resource.name] = [
                {"id": id, "canonical": msgspec.Raw(doc.encode()), "raw": body and msgspec.Raw(unpack(body, encoding))}
                for id, doc, body, encoding in rows
            ]
    return told
