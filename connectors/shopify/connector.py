"""The connector: its manifest, its resources, and the port's methods, a few lines each. The rooms beside it do the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from hub.ports import (
    Arrival,
    Delivery,
    Departure,
    Explained,
    InboundRequest,
    Json,
    Limits,
    Manifest,
    Mapped,
    Opening,
    Probe,
    Remark,
    Resource,
    Sandbox,
    ShopSettings,
    Store,
    Visit,
    Webhooks,
    WebhookState,
    Writer,
)

if TYPE_CHECKING:
    from connectors.shopify.client.graph import Graph
    from connectors.shopify.client.store import ShopifyStore
    from connectors.shopify.install import Spent

API_VERSION = "2026-10"


def _map_product(raw: bytes, children: Sequence[bytes], settings: ShopSettings) -> Mapped:
    from connectors.shopify.mapping import map_product

    return map_product(raw, children, settings)


def _map_order(raw: bytes, children: Sequence[bytes], settings: ShopSettings) -> Mapped:
    from connectors.shopify.mapping import map_order

    return map_order(raw, children, settings)


def _map_customer(raw: bytes, children: Sequence[bytes], settings: ShopSettings) -> Mapped:
    from connectors.shopify.mapping import map_customer

    return map_customer(raw, children, settings)


#: Carried in ext and in metafields, they only tell that something was saved. mapping/words.py has the same: to import it here
#: would make the command line slow.
STAMPS = frozenset({b"updatedAt", b"updated_at", b"compareDigest"})
OVERLAP = 300  # seconds: what an index of Shopify's shows may lag behind what was saved
RESOURCES = (
    Resource(
        name="products",
        kind="product",
        raw_kind="product",
        map=_map_product,
        stamps=STAMPS,
        overlap_seconds=OVERLAP,
        paging="cursor",
        nested=("variant", "metafield", "media", "collection", "inventory_level"),
    ),
    Resource(
        name="orders",
        kind="order",
        raw_kind="order",
        map=_map_order,
        stamps=STAMPS,
        overlap_seconds=OVERLAP,
        paging="cursor",
        nested=("line", "metafield", "refund", "fulfillment"),
    ),
    Resource(
        name="customers",
        kind="customer",
        raw_kind="customer",
        map=_map_customer,
        stamps=STAMPS,
        overlap_seconds=OVERLAP,
        paging="cursor",
        nested=("address", "metafield"),
    ),
)


def _store(store: Store) -> ShopifyStore:
    from connectors.shopify.client.store import ShopifyStore

    if not isinstance(store, ShopifyStore):
        raise TypeError(f"a store of this connector is needed, not {type(store).__name__}")
    return store


def _graph(store: Store) -> Graph:
    return _store(store).graph


class ShopifyWebhooks:
    """`hub.ports.Webhooks`."""

    @property
    def topics(self) -> Sequence[str]:
        """The topics that we subscribe to."""
        from connectors.shopify.subscriptions import TOPICS

        return TOPICS

    def secrets(self, credentials: Mapping[str, str], own: str) -> Sequence[str]:
        from connectors.shopify.inbound import secrets

        return secrets(credentials, own)

    def shop_of(self, request: InboundRequest) -> str | None:
        from connectors.shopify.inbound import shop_of

        return shop_of(request)

    def parse(self, request: InboundRequest, secret: str) -> Delivery:
        from connectors.shopify.inbound import parse

        return parse(request, secret)

    async def ensure(self, store: Store, url: str, secret: str) -> Sequence[WebhookState]:  # noqa: ARG002 (its own app's)
        from connectors.shopify.subscriptions import ensure, refuse_unsigned

        refuse_unsigned(_store(store).credentials)  # Shopify chooses the secret: its app's
        return await ensure(_graph(store), url, self.topics)

    async def remove(self, store: Store, url: str) -> int:
        from connectors.shopify.subscriptions import remove

        return await remove(_graph(store), url)


class Shopify:
    """`hub.ports.Connector` for Shopify, GraphQL Admin API."""

    manifest = Manifest(
        name="shopify",
        title="Shopify",
        version="0.1.0",
        api_version=API_VERSION,
        api_expires=date(2027, 10, 1),
        auth="oauth2",
        credential_fields=("token",),
        other_credentials=(
            ("client_id", "client_secret"),
            ("kind", "token"),
            ("kind", "token", "expires_at", "refresh_token", "refresh_expires_at", "scope"),
        ),
        further_credentials=("app_secret",),
        limits=Limits(per_second=50, burst=1000, page_sizes=(50, 25, 10, 5), costs=True),
    )
    resources: Sequence[Resource] = RESOURCES
    webhooks: Webhooks | None = cast("Webhooks", ShopifyWebhooks())
    #: Further kinds of shop under which a law must hold (hub.testing.laws): arguments of `sandbox`.
    makes: Mapping[str, Sequence[Json]] = {
        "L11": [{"token_kind": "offline"}, {"token_kind": "client_credentials"}],
        "L12": [{"token_kind": "offline"}],
        "L13": [{"products": 700, "variants": 2, "bulk_seconds": 15.0}],  # enough to export, for longer than a process starts
        "L19": [{"currency": "JPY"}, {"currency": "KWD"}],
        "L26": [{"each": (1, 0, 0)}],
        "L27": [{"bucket": 1000, "restore": 700}],
    }
    #: What `luneo sandbox` and the demo ask of `sandbox` unless told otherwise: the points of Shopify's largest plan.
    on_show: Mapping[str, int] = MappingProxyType({"bucket": 40_000, "restore": 2_000})

    def __init__(self) -> None:
        self._spent: Spent | None = None

    def shop_on_trial(self, name: str) -> Json:
        """Arguments of `sandbox` for a small shop of its own (its domain is what it is known by) with points for any hurry."""
        return {"shop": f"{name}.myshopify.com", "bucket": 1_000_000, "restore": 100_000, "variants": 3}

    def normalise_url(self, text: str) -> str:
        from connectors.shopify.domain import base_url

        return base_url(text)

    async def probe(self, opening: Opening) -> Probe:
        from connectors.shopify.auth import probe

        return await probe(opening)

    async def keep_alive(self, opening: Opening) -> bool:
        """`hub.ports.KeepsAlive`: refresh tokens die after ninety days without use."""
        from connectors.shopify.tokens import Tokens

        return await Tokens(opening).keep_alive()

    async def examine(self, opening: Opening, url: str | None) -> Sequence[Remark]:
        """`hub.ports.Examines`."""
        from connectors.shopify.health import examine

        return await examine(opening, url)

    def install_begin(self, visit: Visit) -> Departure:
        """`hub.ports.Installs`: the authorization code grant, and the page inside the admin."""
        from connectors.shopify.install import begin

        return begin(visit)

    def install_back(self, visit: Visit) -> Arrival:
        from connectors.shopify.install import Spent, back

        self._spent = self._spent or Spent()
        return back(visit, self._spent)

    def install_token(self, visit: Visit) -> Arrival:
        from connectors.shopify.install import token

        return token(visit)

    def install_refused(self, error: Exception) -> tuple[int, Mapping[str, str]] | None:
        from connectors.shopify.install import refused

        return refused(error)

    def open(self, opening: Opening) -> Store:
        from connectors.shopify.client.store import ShopifyStore

        return ShopifyStore(opening)

    def writer(self, store: Store) -> Writer:
        from connectors.shopify.writer import ShopifyWriter

        return ShopifyWriter(_store(store))

    @property
    def maps(self) -> Mapping[str, str | None]:
        """All that `luneo map` takes, with the canonical kind that comes of it: records, their parts, and webhooks' notices."""
        from connectors.shopify.explain import KINDS

        return KINDS

    def explain(self, raw_kind: str, body: bytes, children: Sequence[bytes], settings: ShopSettings) -> Explained:
        from connectors.shopify.explain import explain

        return explain(raw_kind, body, children, settings)

    def to_native(self, raw_kind: str, doc: Json) -> Json:
        from connectors.shopify.mapping import to_native

        return to_native(raw_kind, doc)

    def writable(self, raw_kind: str, raw: Json) -> Json:
        """The part of a decoded vendor object that its API takes back: what the law of the round trip asks for."""
        from connectors.shopify.mapping import writable

        return writable(raw_kind, raw)

    def objects_in(self, raw_kind: str, text: bytes) -> list[bytes]:
        from connectors.shopify.objects import objects_in

        return objects_in(raw_kind, text)

    def sandbox(self, **scale: Any) -> Sandbox:
        from connectors.shopify.sandbox import Sandbox as Shop

        return cast("Sandbox", Shop(**scale))  # whoever asks knows the sandbox's names
