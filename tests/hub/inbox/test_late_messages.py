"""Messages that come too late: what was deleted stays deleted, whoever still speaks of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from hub.db.engine import Database
from tests.hub.inbox.conftest import Rows
from tests.hub.inbox.mall import Mall, Sender

Work = Callable[[], Awaitable[None]]
PRODUCT = "gid://shopify/Product/788032119674292922"
BODY = {"id": 788032119674292922, "title": "Example T-Shirt"}
EVENTS = "select type from event where type like 'product.%' order by position"


@pytest.mark.parametrize("late", ["products/update", "products/create"])
async def test_a_message_that_comes_after_the_deletion_revives_nothing(
    mall: Mall, sent: Sender, db: Database, org: UUID, rows: Rows, work: Work, late: str
) -> None:
    shop = mall.add("first")
    await mall.connect(db, org, shop)
    shop.put(PRODUCT, title="T-Shirt")
    await sent(shop, "products/create", BODY)
    await work()
    del shop.objects[PRODUCT]
    await sent(shop, "products/delete", {"id": BODY["id"]})
    await work()
    await sent(shop, late, BODY)
    await work()
    (record,) = await rows("select vendor_id, deleted_at from record")
    assert (record["vendor_id"], record["deleted_at"] is not None) == (PRODUCT, True)
    assert [row["type"] for row in await rows(EVENTS)] == ["product.created", "product.deleted"]


async def test_a_deletion_and_an_older_change_that_are_worked_off_together_end_in_the_deletion(
    mall: Mall, sent: Sender, db: Database, org: UUID, rows: Rows, work: Work
) -> None:
    shop = mall.add("first")
    await mall.connect(db, org, shop)
    shop.put(PRODUCT, title="T-Shirt")
    await sent(shop, "products/create", BODY)
    await work()
    del shop.objects[PRODUCT]
    await sent(shop, "products/delete", {"id": BODY["id"]})
    await sent(shop, "products/update", BODY)
    await work()
    (record,) = await rows("select deleted_at from record")
    assert record["deleted_at"] is not None
    assert [row["type"] for row in await rows(EVENTS)] == ["product.created", "product.deleted"]
