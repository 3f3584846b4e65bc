"""Each law is broken by a connector that makes the mistake it is about, and the outcome names the request or the row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from connectors.woocommerce.client.store import WooStore
from connectors.woocommerce.connector import WooCommerce, WooWebhooks
from connectors.woocommerce.inbound import signature
from connectors.woocommerce.metafields import WooWriter
from hub.db.engine import Database
from hub.errors import PermanentError, ReauthorizationError, RetryableError, SkippedRecordError
from hub.ports import (
    BadRow,
    Children,
    Delivery,
    InboundRequest,
    Json,
    Listing,
    Mapped,
    MetafieldWrite,
    Opening,
    Page,
    Probe,
    Resource,
    Row,
    Store,
    Writer,
)
from hub.testing.laws.book import laws
from hub.testing.laws.ground import Ground
from hub.testing.laws.run import try_law

LOST = "24"  # an id within the first pages of products


class Kept(WooStore):
    """A store like any other, to go wrong from."""

    async def page(self, resource: Resource, listing: Listing) -> Page:
        return self.told(resource, await super().page(resource, listing))

    def told(self, resource: Resource, page: Page) -> Page:
        return page


class Forgetful(Kept):
    def told(self, resource: Resource, page: Page) -> Page:
        total = None if page.total is None else page.total - 1
        return replace(page, rows=[row for row in page.rows if row.id != LOST], total=total)


class AllOrNothing(Kept):
    def told(self, resource: Resource, page: Page) -> Page:
        if page.bad:
            raise PermanentError(f"{len(page.bad)} rows of the page cannot be read.")
        return page


class Hopeful(WooStore):
    async def page(self, resource: Resource, listing: Listing) -> Page:
        try:
            return await super().page(resource, listing)
        except ReauthorizationError as error:
            raise RetryableError(str(error)) from error


class InItsOwnTime(WooStore):
    async def page(self, resource: Resource, listing: Listing) -> Page:
        since = None if listing.since is None else listing.since + timedelta(hours=1)
        return await super().page(resource, replace(listing, since=since))


class FirstHundred(WooStore):
    async def children(self, resource: Resource, parents: Sequence[Row]) -> Children:
        found = await super().children(resource, parents)
        return Children({parent: rows[:100] for parent, rows in found.rows.items()})


class Twice(WooStore):
    async def page(self, resource: Resource, listing: Listing) -> Page:
        await super().page(resource, listing)
        return await super().page(resource, listing)


class SilentlyClean(Kept):
    def told(self, resource: Resource, page: Page) -> Page:
        return replace(page, bad=[BadRow(b"", "") for _ in page.bad])


class Stored(WooCommerce):
    """A connector whose store is one of the above."""

    def __init__(self, kind: type[WooStore]) -> None:
        self.kind = kind

    def open(self, opening: Opening) -> Store:
        return self.kind(opening)


class Mapping(WooCommerce):
    """A connector that spoils what its mapping makes."""

    def __init__(self) -> None:
        self.resources = [replace(one, map=self._spoiled(one)) for one in WooCommerce.resources]

    def _spoiled(self, resource: Resource) -> Any:
        def spoiled(raw: bytes, children: Sequence[bytes], settings: Any) -> Mapped:
            return self.spoil(resource.map(raw, children, settings))

        return spoiled

    def spoil(self, mapped: Mapped) -> Mapped:
        return mapped


class Ascii(Mapping):
    def spoil(self, mapped: Mapped) -> Mapped:
        text = json.dumps(mapped.doc, ensure_ascii=False, default=str).encode("ascii", "ignore")
        return replace(mapped, doc=json.loads(text))


class Floats(Mapping):
    def spoil(self, mapped: Mapped) -> Mapped:
        def rounded(value: Any) -> Any:
            if isinstance(value, dict):
                amount = value.get("amount")
                new = {key: rounded(inner) for key, inner in value.items()}
                return new | {"amount": f"{float(amount):f}"} if isinstance(amount, str) else new
            return [rounded(one) for one in value] if isinstance(value, list) else value

        return replace(mapped, doc=rounded(mapped.doc))


class Strict(Mapping):
    def spoil(self, mapped: Mapped) -> Mapped:
        if "zz" in str(mapped.doc.get("status_native")):
            raise SkippedRecordError(mapped.vendor_id, "a status that I do not know", field="/status")
        return mapped


class OneWay(WooCommerce):
    def to_native(self, raw_kind: str, doc: Json) -> Json:
        return {key: value for key, value in super().to_native(raw_kind, doc).items() if key != "sku"}


class Trusting(WooCommerce):
    class _Ears(WooWebhooks):
        def parse(self, request: InboundRequest, secret: str) -> Delivery:
            headers = {**request.headers, "x-wc-webhook-signature": signature(request.body, secret)}
            return super().parse(InboundRequest(headers, request.body), secret)

    webhooks = _Ears()


class Eager(WooCommerce):
    class _Hand(WooWriter):
        async def write_metafields(self, resource: Resource, vendor_id: str, fields: Sequence[MetafieldWrite]) -> Row:
            await super().write_metafields(resource, vendor_id, fields)
            await self._calls.one("PUT", f"{resource.name}/{vendor_id}", payload={})
            return await super().write_metafields(resource, vendor_id, fields)

    def writer(self, store: Store) -> Writer:
        assert isinstance(store, WooStore)
        return self._Hand(store.calls)


class Talkative(WooCommerce):
    async def probe(self, opening: Opening) -> Probe:
        try:
            return await super().probe(opening)
        except ReauthorizationError as error:
            raise ReauthorizationError(f"{error} The secret was {opening.credentials['secret']}.") from error


class Expiring(WooCommerce):
    manifest = replace(WooCommerce.manifest, api_expires=date.today() + timedelta(days=89))


BREACHES = [
    ("L1", Stored(Forgetful), f"1 of 190 rows are missing: {LOST}"),
    ("L8", Stored(AllOrNothing), "rows were lost beside the bad one"),
    ("L8", Stored(SilentlyClean), "without bytes or reason"),
    ("L12", Stored(Hopeful), "not 'reconnect'"),
    ("L14", Stored(InItsOwnTime), "in the shop"),
    ("L15", Stored(InItsOwnTime), "in the shop"),
    ("L16", Stored(FirstHundred), "are missing"),
    ("L18", Ascii(), "/title is"),
    ("L19", Floats(), "amount is"),
    ("L20", OneWay(), "/sku is"),
    ("L21", Strict(), "/status was"),
    ("L22", Trusting(), "forged"),
    ("L23", Eager(), "made 2 writes"),
    ("L25", Talkative(), "a secret stands in an error"),
    ("L27", Stored(Twice), "would do"),
    ("L28", Expiring(), "89 days"),
]


@pytest.mark.parametrize(
    ("number", "connector", "words"), BREACHES, ids=[f"{n}-{getattr(c, 'kind', type(c)).__name__}" for n, c, _ in BREACHES]
)
async def test_a_mistake_breaks_its_law(number: str, connector: WooCommerce, words: str, db: Database) -> None:
    outcome = await try_law(laws()[number], Ground(connector, db))
    assert outcome.outcome == "broken", outcome.reason
    assert words in outcome.reason, outcome.reason
    assert outcome.request or "89 days" in outcome.reason or number in {"L8", "L12", "L16", "L21", "L23"}
    assert "***" in outcome.request or "cs_" not in f"{outcome.reason}{outcome.request}"
