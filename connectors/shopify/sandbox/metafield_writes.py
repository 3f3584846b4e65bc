"""metafieldsSet, metafieldsDelete and definitions: all or nothing, against the digest, in the app's own namespace or another."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any, Final

from connectors.shopify.sandbox.call import Call, GraphError
from connectors.shopify.sandbox.metafield_types import fits, known
from connectors.shopify.sandbox.state import Json, State, type_of

MOST: Final = 25
APP: Final = "app--1830051841"  # how the app's own namespace is read back
NAMESPACE: Final = re.compile(r"[A-Za-z0-9_-]{3,255}\Z")
KEY: Final = re.compile(r"[A-Za-z0-9_-]{2,64}\Z")
SCOPES: Final = {"Product": "products", "ProductVariant": "products", "Order": "orders", "Customer": "customers"}
TOPICS: Final = {"Product": "products/update", "Order": "orders/updated", "Customer": "customers/update"}
OWNERS: Final = {"PRODUCT": "Product", "PRODUCTVARIANT": "ProductVariant", "ORDER": "Order", "CUSTOMER": "Customer"}


def full(namespace: str | None) -> str:
    """A namespace as it is kept: none, or `$app`, is the app's own.

    >>> full(None), full("$app:design"), full("custom")
    ('app--1830051841', 'app--1830051841--design', 'custom')
    """
    if namespace is None or namespace == "$app":
        return APP
    return f"{APP}--{namespace[5:]}" if namespace.startswith("$app:") else namespace


def digest(type: str, value: str) -> str:
    """The compareDigest of a value."""
    return hashlib.sha256(f"{type}\0{value}".encode()).hexdigest()


def of(state: State, owner: Json) -> Iterator[Json]:
    """The metafields of an object."""
    return state.all(owner.get("metafields") or [])


def held(state: State, owner: Json, namespace: str, key: str) -> Json | None:
    """One metafield of an object."""
    return next((one for one in of(state, owner) if (one["namespace"], one["key"]) == (namespace, key)), None)


def metafields_set(call: Call, _source: Json, args: Json) -> Json:
    """The mutation: nothing is written when one of them is wrong."""
    wanted: list[Json] = args["metafields"]
    if len(wanted) > MOST:
        raise GraphError(
            f"The input array size of {len(wanted)} is greater than the maximum allowed of {MOST}.", "MAX_INPUT_SIZE_EXCEEDED"
        )
    errors = [error for index, one in enumerate(wanted) if (error := _wrong(call, index, one)) is not None]
    if errors:
        return {"metafields": None, "userErrors": errors}
    made = [_keep(call.state, one) for one in wanted]
    for owner in dict.fromkeys(one["ownerId"] for one in wanted):
        tell(call.state, owner)
    return {"metafields": [one["id"] for one in made], "userErrors": []}


def _wrong(call: Call, index: int, one: Json) -> Json | None:
    def error(field: str, code: str, message: str) -> Json:
        return {"field": ["metafields", str(index), field], "code": code, "message": message, "elementIndex": index}

    owner = call.state.get(one["ownerId"])
    if owner is None:
        return error("ownerId", "INVALID", "Owner does not exist.")
    require(call, one["ownerId"])
    namespace = full(one.get("namespace"))
    if not NAMESPACE.match(namespace):
        return error("namespace", "INVALID", "Namespace must be 3 to 255 letters, digits, - and _.")
    if not KEY.match(one["key"]):
        return error("key", "INVALID", "Key must be 2 to 64 letters, digits, - and _.")
    there = held(call.state, owner, namespace, one["key"])
    type = one.get("type") or (there or {}).get("type") or _defined(call.state, one["ownerId"], namespace, one["key"])
    if type is None:
        return error("type", "BLANK", "Type can't be blank.")
    if not known(type):
        return error("type", "INCLUSION", f"Type must be one of the metafield types, not {type!r}.")
    defined = _defined(call.state, one["ownerId"], namespace, one["key"])
    if defined is not None and defined != type:
        return error("type", "INVALID_TYPE", f"Type '{type}' must be consistent with the definition's type: '{defined}'.")
    if code := fits(type, one["value"]):
        return error("value", code, f"Value is not a {type}." if code != "TOO_LONG" else f"Value is too long for {type}.")
    if "compareDigest" in one and one["compareDigest"] != (there["compareDigest"] if there else None):
        return error("compareDigest", "STALE_OBJECT", "The metafield has been changed since its digest was read.")
    return None


def require(call: Call, owner: str) -> None:
    """Writing needs the scope of the record. Raises GraphError."""
    scope = f"write_{SCOPES.get(type_of(owner), 'products')}"
    if not call.may(scope):
        raise GraphError(f"Access denied for metafieldsSet field. Required access: `{scope}` access scope.", "ACCESS_DENIED")


def _keep(state: State, one: Json) -> Json:
    owner = state.get(one["ownerId"])
    assert owner is not None  # noqa: S101 (it was there when the input was checked)
    namespace, now = full(one.get("namespace")), state.now()
    there = held(state, owner, namespace, one["key"])
    type = one.get("type") or (there or {}).get("type") or _defined(state, one["ownerId"], namespace, one["key"])
    said = {"type": type, "value": one["value"], "compareDigest": digest(str(type), one["value"]), "updatedAt": now}
    if there is not None:
        there.update(said)
        return there
    made = state.put(
        "Metafield", {"namespace": namespace, "key": one["key"], "owner": one["ownerId"], "createdAt": now, **said}
    )  # fmt: skip
    owner.setdefault("metafields", []).append(made["id"])
    return made


def tell(state: State, owner: str) -> None:
    """A record whose metafields changed was saved, and its webhook is sent; a variant's is its product's."""
    kind = type_of(owner)
    if kind == "ProductVariant":
        variant = state.touch(owner)
        state.touch(variant["product"], TOPICS["Product"])
    elif kind in TOPICS:
        state.touch(owner, TOPICS[kind])


def metafields_delete(call: Call, _source: Json, args: Json) -> Json:
    """The mutation: what is not there is answered with null."""
    gone: list[Json | None] = []
    for one in args["metafields"]:
        require(call, one["ownerId"])
        owner = call.state.get(one["ownerId"])
        there = held(call.state, owner, full(one["namespace"]), one["key"]) if owner is not None else None
        if owner is None or there is None:
            gone.append(None)
            continue
        owner["metafields"] = [id for id in owner["metafields"] if id != there["id"]]
        call.state.remove(there["id"])
        tell(call.state, one["ownerId"])
        gone.append({"ownerId": one["ownerId"], "namespace": there["namespace"], "key": there["key"]})
    return {"deletedMetafields": gone, "userErrors": []}


def _defined(state: State, owner: str, namespace: str, key: str) -> str | None:
    for one in state.of("MetafieldDefinition").values():
        if (OWNERS.get(one["ownerType"]), one["namespace"], one["key"]) == (type_of(owner), namespace, key):
            return str(one["type"]["name"])
    return None


def definition_create(call: Call, _source: Json, args: Json) -> Json:
    """The mutation. 256 definitions of one owner type are all that an app may make."""
    wanted: Json = args["definition"]

    def refuse(field: str, code: str, message: str) -> Json:
        return {"createdDefinition": None, "userErrors": [{"field": ["definition", field], "code": code, "message": message}]}

    namespace, owner = full(wanted.get("namespace")), wanted["ownerType"]
    same = [one for one in call.state.of("MetafieldDefinition").values() if one["ownerType"] == owner]
    if not known(wanted["type"]):
        return refuse("type", "INCLUSION", "Type is not a valid metafield type.")
    if any((one["namespace"], one["key"]) == (namespace, wanted["key"]) for one in same):
        return refuse("key", "TAKEN", f"Key is in use for {owner.title()} metafields on the '{namespace}' namespace.")
    if len(same) >= 256:
        return refuse("key", "RESOURCE_TYPE_LIMIT_EXCEEDED_BY_APP", "Stores can only have 256 definitions per resource and app.")
    access = wanted.get("access") or {}
    made = call.state.put("MetafieldDefinition", {
        "namespace": namespace, "key": wanted["key"], "name": wanted["name"], "description": wanted.get("description"),
        "ownerType": owner, "type": {"name": wanted["type"], "category": wanted["type"].partition("_")[0].upper()},
        "access": {"admin": access.get("admin", "PUBLIC_READ_WRITE"), "storefront": access.get("storefront", "NONE")},
        "pinnedPosition": None,
    })  # fmt: skip
    return {"createdDefinition": made["id"], "userErrors": []}


def definitions(call: Call, _source: Json, args: Json) -> list[str]:
    """QueryRoot.metafieldDefinitions: of one owner type, perhaps of one namespace and key."""
    wanted = {"ownerType": args["ownerType"]}
    if args.get("namespace") is not None:
        wanted["namespace"] = full(args["namespace"])
    if args.get("key") is not None:
        wanted["key"] = args["key"]
    return [
        one["id"] for one in call.state.of("MetafieldDefinition").values()
        if all(one[name] == value for name, value in wanted.items())
    ]  # fmt: skip


RESOLVERS: Final[dict[str, Any]] = {
    "Mutation.metafieldsSet": metafields_set,
    "Mutation.metafieldsDelete": metafields_delete,
    "Mutation.metafieldDefinitionCreate": definition_create,
    "QueryRoot.metafieldDefinitions": definitions,
}
