"""The resolvers of everything that is only read: root fields, lists, counts, metafields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.shopify.sandbox.access import visible_order
from connectors.shopify.sandbox.call import Call, GraphError, Resolver
from connectors.shopify.sandbox.listings import KINDS
from connectors.shopify.sandbox.metafield_writes import full
from connectors.shopify.sandbox.state import Json, number_of, type_of
from connectors.shopify.sandbox.versions import VERSIONS


def _visible(call: Call, name: str) -> Callable[[Json], bool] | None:
    return (lambda order: visible_order(call, order)) if name == "orders" and not call.may("read_all_orders") else None


def _listing(name: str) -> Resolver:
    def rows(call: Call, _source: Json, args: Json) -> Any:
        return call.sandbox.listings.rows(name, args.get("query"), args.get("sortKey"), _visible(call, name))

    return rows


def _count(name: str) -> Resolver:
    def count(call: Call, _source: Json, args: Json) -> Json:
        found, _ = call.sandbox.listings.rows(name, args.get("query"), None, _visible(call, name))
        return _counted(len(found.rows), args.get("limit", 10_000))

    return count


def _counted(number: int, limit: int | None = None) -> Json:
    """A Count. With `limit: null` it is exact, without one it stops at 10,000."""
    more = limit is not None and number > limit
    return {"count": limit if more else number, "precision": "AT_LEAST" if more else "EXACT"}


def _one(type: str) -> Resolver:
    def one(call: Call, _source: Json, args: Json) -> str | None:
        gid: str = args["id"]
        if type_of(gid) != type:
            raise GraphError(f"Invalid id: {gid}", "RESOURCE_NOT_FOUND")
        return gid if call.state.get(gid) else None

    return one


def _nodes(_call: Call, _source: Json, args: Json) -> list[str]:
    for gid in args["ids"]:
        if not type_of(gid):
            raise GraphError(f"Invalid global id '{gid}'", "RESOURCE_NOT_FOUND")
    return list(args["ids"])


def _node(call: Call, source: Json, args: Json) -> str:
    return _nodes(call, source, {"ids": [args["id"]]})[0]


def _metafields(call: Call, source: Json, args: Json) -> list[Json]:
    """The metafields of any owner, by namespace and by keys ("namespace.key")."""
    found = list(call.state.all(source.get("metafields") or []))
    if args.get("namespace") is not None:
        space = full(args["namespace"])
        found = [one for one in found if one["namespace"] == space]
    if args.get("keys") is not None:
        keys = {full(space) + "." + key for space, _, key in (word.rpartition(".") for word in args["keys"])}
        found = [one for one in found if f"{one['namespace']}.{one['key']}" in keys]
    return found


def _metafield(call: Call, source: Json, args: Json) -> Json | None:
    space = full(args.get("namespace"))
    found = call.state.all(source.get("metafields") or [])
    return next((one for one in found if (one["namespace"], one["key"]) == (space, args["key"])), None)


def _legacy(_call: Call, source: Json, _args: Json) -> str:
    return str(number_of(source["id"]))


def _level(call: Call, source: Json, args: Json) -> str | None:
    levels = call.state.all(source.get("inventoryLevels") or [])
    return next((one["id"] for one in levels if one["location"] == args["locationId"]), None)


def _levels(call: Call, source: Json, args: Json) -> list[Json]:
    levels = call.state.all(source.get("inventoryLevels") or [])
    return [one for one in levels if args.get("includeInactive") or one["isActive"]]


def _installation(call: Call, _source: Json, _args: Json) -> Json:
    return {
        "id": "gid://shopify/AppInstallation/9100000000000701",
        "accessScopes": [{"handle": scope} for scope in call.access.scopes],
        "app": {"id": "gid://shopify/App/9100000000000703", "title": "Luneo Hub", "handle": "luneo-hub"},
    }


def _versions(_call: Call, _source: Json, _args: Json) -> list[Json]:
    return [one.told() for one in VERSIONS]


RESOLVERS: dict[str, Resolver] = {
    "QueryRoot.node": _node,
    "QueryRoot.nodes": _nodes,
    "QueryRoot.shop": lambda call, _source, _args: call.state.shop,
    "QueryRoot.currentAppInstallation": _installation,
    "QueryRoot.publicApiVersions": _versions,
    **{f"QueryRoot.{name}": _listing(name) for name in KINDS},
    **{f"QueryRoot.{name}Count": _count(name) for name in ("products", "productVariants", "orders", "customers")},
    **{f"QueryRoot.{type[0].lower()}{type[1:]}": _one(type) for type in (
        "Product", "ProductVariant", "Collection", "Order", "Customer", "Fulfillment", "Refund", "InventoryItem",
        "InventoryLevel", "Location",
    )},
    "Product.variantsCount": lambda _call, source, _args: _counted(len(source["variants"])),
    "Product.mediaCount": lambda _call, source, _args: _counted(len(source["media"])),
    "Collection.productsCount": lambda _call, source, _args: _counted(len(source["products"])),
    "InventoryItem.inventoryLevels": _levels,
    "InventoryItem.inventoryLevel": _level,
    "*.metafields": _metafields,
    "*.metafield": _metafield,
    "*.legacyResourceId": _legacy,
}  # fmt: skip
