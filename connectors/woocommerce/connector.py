"""The connector: its manifest, its resources, and the port's methods, a few lines each. The rooms beside it do the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from hub.ports import (
    Delivery,
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
    Webhooks,
    WebhookState,
    Writer,
)

if TYPE_CHECKING:
    from connectors.woocommerce.client.calls import Calls

TOPICS = tuple(
    f"{resource}.{event}"
    for resource, events in (
        ("product", ("created", "updated", "deleted", "restored")),
        ("order", ("created", "updated", "deleted", "restored")),
        ("customer", ("created", "updated", "deleted")),  # customers have no bin to come back from
    )
    for event in events
)


def _map_product(raw: bytes, children: Sequence[bytes], settings: ShopSettings) -> Mapped:
    from connectors.woocommerce.mapping.product import map_product

    return map_product(raw, children, settings)


def _map_order(raw: bytes, children: Sequence[bytes], settings: ShopSettings) -> Mapped:
    from connectors.woocommerce.mapping.order import map_order

    return map_order(raw, children, settings)


def _map_customer(raw: bytes, children: Sequence[bytes], settings: ShopSettings) -> Mapped:
    from connectors.woocommerce.mapping.customer import map_customer

    return map_customer(raw, children, settings)


LINKS = frozenset({b"_links"})
STAMPS = frozenset({b"date_modified"})  # carried in ext: the shop's own time of the last save, also of one that changed nothing
RESOURCES = (
    Resource(
        name="products",
        kind="product",
        raw_kind="product",
        map=_map_product,
        child_kind="variation",
        volatile=frozenset({b"related_ids", b"_links"}),  # related_ids are shuffled for every answer
        child_volatile=LINKS,
        stamps=STAMPS,
        children_modified=True,
    ),
    Resource(
        name="orders",
        kind="order",
        raw_kind="order",
        map=_map_order,
        child_kind="refund",
        volatile=LINKS,
        child_volatile=LINKS,
        stamps=STAMPS,
    ),
    Resource(
        name="customers",
        kind="customer",
        raw_kind="customer",
        map=_map_customer,
        volatile=LINKS,
        stamps=STAMPS,
        incremental=False,  # /customers ignores modified_after without a word
    ),
)


def _calls(store: Store) -> Calls:
    from connectors.woocommerce.client.store import WooStore

    if not isinstance(store, WooStore):
        raise TypeError(f"a store of this connector is needed, not {type(store).__name__}")
    return store.calls


class WooWebhooks:
    """`hub.ports.Webhooks`."""

    topics: Sequence[str] = TOPICS

    def secrets(self, credentials: Mapping[str, str], own: str) -> Sequence[str]:  # noqa: ARG002 (the port's)
        return (own,)

    def shop_of(self, request: InboundRequest) -> str | None:  # noqa: ARG002 (the port's)
        return None  # each shop has an address of its own

    def parse(self, request: InboundRequest, secret: str) -> Delivery:
        from connectors.woocommerce.inbound import parse

        return parse(request, secret)

    async def ensure(self, store: Store, url: str, secret: str) -> Sequence[WebhookState]:
        from connectors.woocommerce.subscriptions import ensure

        return await ensure(_calls(store), url, secret, self.topics)

    async def remove(self, store: Store, url: str) -> int:
        from connectors.woocommerce.subscriptions import remove

        return await remove(_calls(store), url)


class WooCommerce:
    """`hub.ports.Connector` for WooCommerce, REST API v3."""

    manifest = Manifest(
        name="woocommerce",
        title="WooCommerce",
        version="0.1.0",
        api_version="wc/v3",
        api_expires=None,
        auth="key_secret",
        credential_fields=("key", "secret"),
        limits=Limits(),
    )
    resources: Sequence[Resource] = RESOURCES
    webhooks: Webhooks | None = WooWebhooks()
    #: Further kinds of shop under which a law must hold (hub.testing.laws): arguments of `sandbox`.
    makes: Mapping[str, Sequence[Json]] = {
        "L14": [{"unstable_ties": True}],
        "L16": [{"global_variations": False}],
        "L19": [{"currency": "JPY"}, {"currency": "KWD"}],
    }

    def normalise_url(self, text: str) -> str:
        from connectors.woocommerce.address import normalise_url

        return normalise_url(text)

    async def probe(self, opening: Opening) -> Probe:
        from connectors.woocommerce.auth import probe

        return await probe(opening)

    async def examine(self, opening: Opening, url: str | None) -> Sequence[Remark]:
        """`hub.ports.Examines`."""
        from connectors.woocommerce.client.calls import Calls
        from connectors.woocommerce.subscriptions import examine

        return [] if url is None else await examine(Calls(opening), url, TOPICS)

    def open(self, opening: Opening) -> Store:
        from connectors.woocommerce.client.store import WooStore

        return WooStore(opening)

    def writer(self, store: Store) -> Writer:
        from connectors.woocommerce.metafields import WooWriter

        return WooWriter(_calls(store))

    def explain(self, raw_kind: str, body: bytes, children: Sequence[bytes], settings: ShopSettings) -> Explained:
        from connectors.woocommerce.explain import explain

        return explain(raw_kind, body, children, settings)

    def to_native(self, raw_kind: str, doc: Json) -> Json:
        from connectors.woocommerce.mapping import to_native

        return to_native(raw_kind, doc)

    def writable(self, raw_kind: str, raw: Json) -> Json:
        """The part of a decoded vendor object that its API takes back: what the law of the round trip asks for."""
        from connectors.woocommerce.mapping.writable import writable

        return writable(raw_kind, raw)

    def objects_in(self, raw_kind: str, text: bytes) -> list[bytes]:
        from connectors.woocommerce.objects import objects_in

        return objects_in(raw_kind, text)

    def sandbox(self, **scale: Any) -> Sandbox:
        from connectors.woocommerce.sandbox import Sandbox as Shop

        return cast("Sandbox", Shop(**scale))  # whoever asks knows the sandbox's names
