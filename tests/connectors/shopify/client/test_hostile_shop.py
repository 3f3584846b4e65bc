"""Every way of being hostile, struck at any of our requests: a typed error or every row, and never anything else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.shopify.sandbox.state import State
from hub.errors import ConnectorError
from hub.ports import Listing, Page
from hub.sync.retry import Asker, Patience
from hub.testing.hostile import Hostile, Mode
from tests.connectors.shopify.client.stock import PRODUCTS, App, Opened, opened, product

#: What no reader can see through: the shop's count of its rows is all that tells, and the engine's to look at.
BLIND = {Mode.SHORT_PAGE, Mode.SHORT_PAGE_ONCE, Mode.NULL_ROW, Mode.WRONG_TYPED_ID}


class Answering:
    """What the wrapper needs to know of the shop: its rows, whether a scan's or whole ones."""

    clock = 0.0

    def __init__(self) -> None:
        self.state: State | None = None

    def rows(self, body: Any) -> list[Any] | None:
        data = body.get("data") or {}
        found = data["products"]["nodes"] if "products" in data else data.get("nodes")
        return found if isinstance(found, list) else None

    def add(self, resource: str, count: int = 1) -> list[str]:
        assert self.state is not None
        return [product(self.state) for _ in range(count)]

    def lie(self, body: Any, more: int) -> bool:
        counted = (body.get("data") or {}).get("productsCount")
        if counted:
            counted["count"] += more
        return bool(counted)

    def delete(self, resource: str, ids: Any) -> None:
        assert self.state is not None
        for gid in ids:
            self.state.remove(gid)


def asked(scope: Any, _body: bytes = b"") -> bool:
    """Every question to the shop, not only those for pages."""
    return bool(scope["path"].endswith("graphql.json"))


async def walked(shop: Opened, asker: Asker) -> list[Page]:
    pages: list[Page] = []
    listing = Listing(limit=10)
    while True:
        page = await asker.ask(lambda size, listing=listing: shop.store.page(PRODUCTS, replace(listing, limit=min(size, 10))))
        pages.append(page)
        if page.next is None:
            return pages
        listing = replace(listing, after=page.next)


@pytest.mark.parametrize("at", [2, 3])
@pytest.mark.parametrize("mode", list(Mode))
async def test_trouble_is_a_typed_error_or_costs_no_row(mode: Mode, at: int) -> None:
    fake = Answering()

    def wrap(app: App) -> Any:
        return Hostile(app, fake, mode, at=at, listing=asked, seconds=0.1)  # type: ignore[arg-type]

    async with opened(wrap) as shop:
        fake.state = shop.state
        made = [product(shop.state, number % 3 + 1, fields=1) for number in range(40)]
        asker = Asker(Patience(tries=6, first=0.01, longest=0.05), (10, 5, 2))
        try:
            pages = await walked(shop, asker)
        except ConnectorError as error:
            assert "\n" not in str(error) and "shpat_" not in str(error)
            pytest.fail(f"{mode} ended the walk: {error}")
        shown = {row.id for page in pages for row in page.rows} | {bad.id for page in pages for bad in page.bad}
        missing = [gid for gid in made if gid not in shown and gid in shop.state.of("Product")]
        assert shop.account.in_flight == 0
    assert len(missing) <= (1 if mode in BLIND else 0), missing
    if missing and mode is not Mode.NULL_ROW:
        assert {page.total for page in pages} == {40}
