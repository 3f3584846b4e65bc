"""Shops of one app, as much of them as the inbox asks for: each opens with its own token and holds its own objects.

The messages are Shopify's, read by its real connector's ear; behind it stand dictionaries, so that what the inbox does is
seen without a vendor's API between.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

import httpx

from connectors.shopify.connector import ShopifyWebhooks
from connectors.shopify.inbound import signature
from hub.db.engine import Database
from hub.errors import ReauthorizationError, RetryableError
from hub.installations.connect import connect
from hub.installations.installation import Installation
from hub.ports import Children, Limits, Listing, Manifest, Mapped, Opening, Page, Probe, Resource, Row, ShopSettings, Sight, Store
from hub.registry import Registry

SECRET = "hush_hush_hush_hush_hush_hush_hush_1"
TYPES = {"products": "Product", "orders": "Order", "customers": "Customer"}


def _mapped(kind: Any) -> Any:
    def map(body: bytes, children: Sequence[bytes], settings: ShopSettings) -> Mapped:
        raw = json.loads(body)
        doc = {"refs": [{"connector": "shopify", "kind": kind, "id": raw["id"].rpartition("/")[2]}], **raw["doc"]}
        return Mapped(kind, raw["id"], doc, datetime.fromisoformat(raw["updatedAt"]))

    return map


RESOURCES = tuple(Resource(name, kind, kind, _mapped(kind)) for name, kind in (  # type: ignore[arg-type]
    ("products", "product"), ("orders", "order"), ("customers", "customer"),
))  # fmt: skip


@dataclass
class Shop:
    """One shop: what it holds by gid, and whether it lets us in."""

    domain: str
    token: str
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    installed: bool = True
    away: bool = False
    scopes: tuple[str, ...] = ()
    fetched: list[str] = field(default_factory=list)
    behind: dict[str, str] = field(default_factory=dict)  # gid of another type → the record behind it

    def put(self, gid: str, /, at: str = "2026-11-22T08:00:00+00:00", **doc: Any) -> str:
        self.objects[gid] = {"id": gid, "updatedAt": at, "doc": doc}
        return gid


class Rooms:
    """`hub.ports.Store`."""

    def __init__(self, shop: Shop, opening: Opening) -> None:
        self.shop, self.opening = shop, opening

    async def fetch(self, resource: Resource, ids: Sequence[str]) -> Page:
        if not self.shop.installed or self.opening.credentials["token"] != self.shop.token:
            raise ReauthorizationError(f"{self.shop.domain} does not accept our token.")
        self.shop.fetched += ids
        meant = [self.shop.behind.get(id, id) for id in ids]
        mine = [id for id in meant if f"/{TYPES[resource.name]}/" in id and id in self.shop.objects]
        rows = [self.shop.objects[id] for id in mine]
        return Page(
            [Row(r["id"], json.dumps(r).encode(), datetime.fromisoformat(r["updatedAt"])) for r in rows], at=datetime.now(UTC)
        )

    async def page(self, resource: Resource, listing: Listing) -> Page:
        raise AssertionError("nobody lists here")

    async def children(self, resource: Resource, parents: Sequence[Row]) -> Children:
        return Children({})

    def sight(self, resource: Resource) -> Sight | None:
        if resource.name == "orders" and "read_all_orders" not in self.opening.capabilities["scopes"]:
            return Sight("Orders older than 60 days are not shown.", datetime(2026, 9, 23, tzinfo=UTC))
        return None

    async def close(self) -> None: ...


class Mall:
    """`hub.ports.Connector` for all of them."""

    manifest = Manifest(
        "shopify",
        "Shopify",
        "1",
        "1",
        None,
        "oauth2",
        ("token",),
        Limits(per_second=10_000, burst=100_000),
        further_credentials=("app_secret",),
    )
    resources = RESOURCES
    webhooks = ShopifyWebhooks()

    def __init__(self) -> None:
        self.shops: dict[str, Shop] = {}

    def add(self, name: str) -> Shop:
        domain = f"{name}.myshopify.com"
        return self.shops.setdefault(domain, Shop(domain, f"shpat_{uuid4().hex}"))

    def normalise_url(self, text: str) -> str:
        return text

    async def probe(self, opening: Opening) -> Probe:
        shop = self.shops[opening.url.removeprefix("https://")]
        if shop.away:
            raise RetryableError(f"{shop.domain} is away.")
        if not shop.installed or opening.credentials["token"] != shop.token:
            raise ReauthorizationError(f"{shop.domain} does not accept our token.")
        return Probe(shop.domain, shop.domain, opening.url, ShopSettings(), {"scopes": list(shop.scopes)}, "1")

    def open(self, opening: Opening) -> Store:
        return cast("Store", Rooms(self.shops[opening.url.removeprefix("https://")], opening))

    def writer(self, store: Store) -> None: ...

    def registry(self) -> Registry:
        return Registry({"shopify": cast("Any", self)})

    async def connect(self, db: Database, org: UUID, shop: Shop, **credentials: str) -> Installation:
        return await connect(
            db, self.registry(), cast("Any", None), org=org, connector="shopify", url=f"https://{shop.domain}",
            credentials={"token": shop.token, "app_secret": SECRET, **credentials},
        )  # fmt: skip


@dataclass
class Sender:
    """Sends messages as Shopify does."""

    client: httpx.AsyncClient

    async def __call__(
        self, shop: str | Shop, topic: str, body: Any, /, *, id: str | None = None, to: str = "/in/shopify", secret: str = SECRET,
        **changed: str | None,
    ) -> httpx.Response:  # fmt: skip
        domain = shop if isinstance(shop, str) else shop.domain
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers: dict[str, str | None] = {
            "x-shopify-topic": topic, "x-shopify-hmac-sha256": signature(raw, secret), "x-shopify-shop-domain": domain,
            "x-shopify-webhook-id": id or str(uuid4()), "x-shopify-triggered-at": "2026-11-22T08:00:00.123456789Z",
        }  # fmt: skip
        headers |= {f"x-shopify-{name.replace('_', '-')}": value for name, value in changed.items()}
        given = {name: value.encode("latin-1") for name, value in headers.items() if value is not None}
        return await self.client.post(to, content=raw, headers=given)
