from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

from hub.catalog.pages import Filter, page
from hub.catalog.shelf import Shelf
from hub.db.engine import Database


async def test_a_document_that_changed_is_shown_as_it_is_now(db: Database, org: UUID, installation: UUID) -> None:
    id = uuid4()
    async with db.org(org) as unit:
        await unit.execute(
            "insert into record (org, id, installation, kind, vendor_id, doc, content_hash, mapping_version) "
            "values ($1, $2, $3, 'product', '1', '{\"title\": \"old\"}', '\\x01', 1)",
            org, id, installation,
        )  # fmt: skip
    for title, content in (("old", b"\x01"), ("new", b"\x02")):
        async with db.org(org) as unit:
            doc = json.dumps({"title": title})
            await unit.execute("update record set doc = $2, content_hash = $3 where id = $1", id, doc, content)
        for _ in range(4):
            async with db.org(org) as unit:
                (row,) = (await page(unit, "product", Filter(), None, 10)).rows
            assert json.loads(row) == {"id": str(id), "title": title}


async def test_what_one_organisation_read_is_not_shown_to_another(
    db: Database, org: UUID, installation: UUID, new_org: Callable[[str], Awaitable[UUID]]
) -> None:
    await test_a_document_that_changed_is_shown_as_it_is_now(db, org, installation)
    async with db.org(await new_org("rival")) as unit:
        assert (await page(unit, "product", Filter(), None, 10)).rows == []


def test_the_shelf_keeps_what_was_used_last_and_never_more_than_it_may() -> None:
    shelf = Shelf(most_bytes=1600)
    keys = [(uuid4(), b"x") for _ in range(30)]
    for key in keys:
        shelf.put(key, b"d" * 100)
        assert shelf.get(key) is None  # wanted once is not enough
        shelf.put(key, b"d" * 100)
        assert shelf.get(keys[0]) is not None
        assert shelf.bytes <= 1600
    assert [shelf.get(key) is not None for key in keys] == [True] + [False] * 14 + [True] * 15
    large = (uuid4(), b"x")
    for _ in range(2):
        shelf.put(large, b"d" * 1000)  # one that is too large would push out all others
    assert shelf.get(keys[-1]) is not None
