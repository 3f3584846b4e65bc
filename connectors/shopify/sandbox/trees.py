"""The raw tree of one object, as the connector keeps it: what its documents select, every connection whole, without pageInfo.

The order of keys, connections last, is the documents' own. `parts` of an order are asked for by the rule of the connector: what a
bulk operation cannot hold, where the order has any of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.shopify.documents import load
from connectors.shopify.sandbox.call import Call
from connectors.shopify.sandbox.execute import Execution, prepare
from connectors.shopify.sandbox.state import Json
from connectors.shopify.sandbox.tokens import SCOPES, Access

if TYPE_CHECKING:
    from connectors.shopify.sandbox.sandbox import Sandbox

_DOCUMENTS = {"products": "products", "orders": "orders", "customers": "customers"}
_FULL = 50


def tree(sandbox: Sandbox, resource: str, gid: str) -> Json:
    """The tree as it stands now, whatever the app may see. Raises KeyError when the shop has no such object."""
    found = _asked(sandbox, load(_DOCUMENTS[resource]), {"ids": [gid]})["nodes"][0]
    if found is None:
        raise KeyError(gid)
    if resource == "orders" and _has_parts(found):
        parts = _asked(sandbox, load("order_parts"), {"id": gid})["order"]
        found["parts"] = {key: value for key, value in parts.items() if key not in {"id", "updatedAt"}}
    answer: Json = _last(found)
    return answer


def needed(sandbox: Sandbox, resource: str) -> float:
    """The points without which the objects of a resource cannot be read whole: each asked for once, every list exactly as
    long as it is, and their ids and times listed once."""
    gids = sandbox.ids(resource)
    points = 0
    for gid in gids:
        found, cost = _told(sandbox, load(_DOCUMENTS[resource]), {"ids": [gid]})
        points += cost
        if resource == "orders" and _has_parts(found["nodes"][0]):
            points += _told(sandbox, load("order_parts"), {"id": gid})[1]
    return points + len(gids)


def _asked(sandbox: Sandbox, text: str, variables: Json) -> Any:
    return _told(sandbox, text, variables)[0]


def _told(sandbox: Sandbox, text: str, variables: Json) -> tuple[Any, int]:
    """(data, points)."""
    every = Access("", "static", (*SCOPES.split(","), "read_all_orders"))
    asked = prepare(text).operation(None).variable_definitions or ()
    sizes = {one.variable.name.value: 250 for one in asked}  # every other variable is the size of a list
    denied, sandbox.denied = sandbox.denied, frozenset()
    try:
        execution = Execution(Call(sandbox, every, ""), text, {**sizes, **variables}, whole=True)
        said = execution.run()
    finally:
        sandbox.denied = denied
    if "errors" in said:
        raise RuntimeError(f"the sandbox cannot show its own objects: {said['errors'][0]}")
    return _bare(said["data"]), execution.actual


def _bare(value: Any) -> Any:
    """Without pageInfo."""
    if isinstance(value, list):
        return [_bare(one) for one in value]
    if isinstance(value, dict):
        return {key: _bare(inner) for key, inner in value.items() if key != "pageInfo"}
    return value


def _last(value: Any) -> Any:
    """Connections at the end of their object."""
    if isinstance(value, list):
        return [_last(one) for one in value]
    if not isinstance(value, dict):
        return value
    inner = {key: _last(one) for key, one in value.items()}
    whole = {key: one for key, one in inner.items() if isinstance(one, dict) and one.keys() == {"nodes"}}
    return {**{key: one for key, one in inner.items() if key not in whole}, **whole}


def _has_parts(order: Json) -> bool:
    shipping, shown = order["totalShippingPriceSet"]["shopMoney"], order["shippingLine"]
    return bool(
        order["refunds"]
        or len(order["fulfillments"]) >= 2
        or (shown is None and float(shipping["amount"]) != 0)
        or (shown is not None and shown["discountedPriceSet"]["shopMoney"] != shipping)
        or any(len(order[name]) >= _FULL for name in ("fulfillments", "refunds", "transactions"))
    )
