"""A law that nothing can break proves nothing: mistakes that GraphQL connectors really make, each against the law it breaks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest

from connectors.shopify.client.store import ShopifyStore
from connectors.shopify.connector import Shopify
from hub.budget import Unhurried
from hub.db.engine import Database
from hub.ports import Connector, HttpAnswer, Listing, Opening, Page, Resource, Store
from hub.testing.laws.book import laws
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import Broken
from hub.testing.laws.run import try_law
from hub.testing.laws.strangers import two_at_once


class FirstPageOnly(ShopifyStore):
    async def page(self, resource: Resource, listing: Listing) -> Page:
        page = await super().page(resource, listing)
        cut = []
        for row in page.rows:
            tree = json.loads(row.body or b"{}")
            for name in ("variants", "lineItems"):
                if name in tree:
                    tree[name]["nodes"] = tree[name]["nodes"][:100]
            cut.append(replace(row, body=json.dumps(tree).encode() if row.body else b""))
        return replace(page, rows=cut)


class Twice(ShopifyStore):
    async def page(self, resource: Resource, listing: Listing) -> Page:
        await super().page(resource, listing)
        return await super().page(resource, listing)


class Stored(Shopify):
    def __init__(self, kind: type[ShopifyStore]) -> None:
        super().__init__()
        self.kind = kind

    def open(self, opening: Opening) -> Store:
        return self.kind(opening)


class Unpaced(Shopify):
    def open(self, opening: Opening) -> Store:
        return super().open(replace(opening, budget=Unhurried()))


class Session(Shopify):
    """Keeps the last shop's token where everybody finds it, as ShopifyAPI keeps its session, and says it with every request."""

    last = ""

    def open(self, opening: Opening) -> Store:
        connector, token = self, opening.credentials["token"]
        connector.last = token

        class Telling:
            async def request(
                self, method: str, url: str, *, headers: Mapping[str, str] | None = None, **more: Any
            ) -> HttpAnswer:
                return await opening.http.request(method, url, headers={**(headers or {}), "X-Session": connector.last}, **more)

        return super().open(replace(opening, http=cast("Any", Telling())))


BREACHES = [
    ("L16", Stored(FirstPageOnly), "variants"),
    ("L27", Stored(Twice), "would do"),
    ("L27", Unpaced(), "refused for want of points"),
]


@pytest.mark.parametrize(("number", "connector", "words"), BREACHES, ids=["L16-first-page", "L27-twice", "L27-pace"])
async def test_a_mistake_breaks_its_law(number: str, connector: Shopify, words: str, db: Database) -> None:
    outcome = await try_law(laws()[number], Ground(cast("Connector", connector), db))
    assert outcome.outcome == "broken", outcome.reason
    assert words in outcome.reason, outcome.reason


async def test_a_session_that_all_shops_share_is_seen(db: Database) -> None:
    with pytest.raises(Broken, match="was shown the credentials of another"):
        await two_at_once(Ground(cast("Connector", Session()), db), {})
