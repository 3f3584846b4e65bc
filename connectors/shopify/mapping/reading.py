"""Reading one Shopify object, where other vendors differ (`hub.mapping` says how): gids, connections, whole numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Final

from hub import mapping
from hub.mapping import WrongValue, wrong
from hub.ports import Json

VENDOR: Final = "shopify"
opened: Final = partial(mapping.opened, VENDOR)
skipped: Final = partial(mapping.skipped, VENDOR)
_GID: Final = re.compile(r"gid://shopify/([A-Za-z0-9]+)/([^?]+)(\?.*)?\Z", re.DOTALL)


def rest_shaped(raw: Mapping[str, Any]) -> bool:
    """Whether an object is of the REST form that webhooks send: a number as id, or the gid under a key of its own."""
    return type(raw.get("id")) is int or "admin_graphql_api_id" in raw


@lru_cache(maxsize=16384)
def reference(gid: str) -> Json | None:
    """The reference that a gid is, None for a text that is none. Shared between documents: do not change it.

    >>> reference("gid://shopify/Product/12")
    {'connector': 'shopify', 'kind': 'Product', 'id': '12', 'gid': 'gid://shopify/Product/12'}
    """
    found = _GID.match(gid)
    return None if found is None else {"connector": VENDOR, "kind": found[1], "id": found[2], "gid": gid}


def own_ref(raw: Mapping[str, Any], kind: str) -> Json:
    """The reference of the object itself. Raises WrongValue when its id is not a gid of this kind."""
    value = raw.get("id")
    if type(value) is str and value.startswith(start := f"gid://shopify/{kind}/"):
        id = value[len(start) :]  # every object's own is another: nothing to look up
        if id.isalnum():
            return {"connector": VENDOR, "kind": kind, "id": id, "gid": value}
    found = reference(value) if type(value) is str else None
    if found is None or found["kind"] != kind:
        raise wrong("id", value, f'a gid like "gid://shopify/{kind}/1"')
    return found


def begun(raw: Mapping[str, Any], kind: str, known: frozenset[str]) -> tuple[Json, Json]:
    """The reference of the object itself, and what no canonical field takes: the old id too, where the gid ends otherwise."""
    ref, rest = own_ref(raw, kind), remaining(raw, known)
    legacy = raw.get("legacyResourceId")
    if legacy is not None and legacy != ref["id"]:
        rest["legacyResourceId"] = legacy
    return ref, rest


def ref_in(raw: Mapping[str, Any], key: str) -> tuple[Json | None, Json]:
    """The reference under a key that holds {"id": gid}, and what else the object there says."""
    inner = nested(raw, key)
    if inner is None:
        return None, {}
    gid = inner.get("id")
    if gid is None:
        return None, remaining(inner, _ID)
    found = reference(gid) if type(gid) is str else None
    if found is None:
        raise wrong("id", gid, "a gid").under(key)
    return found, ({} if len(inner) == 1 else remaining(inner, _ID))


_ID: Final = frozenset({"id"})


def gid_text(raw: Mapping[str, Any], key: str = "id") -> str | None:
    """A gid as it is; None when there is none."""
    value = raw.get(key)
    if value is None or (type(value) is str and value):
        return value
    raise wrong(key, value, "a gid")


def whole(raw: Mapping[str, Any], key: str) -> int | None:
    """A whole number that fits 64 bits, None when it is not there."""
    value = raw.get(key)
    if value is None or (type(value) is int and -(2**63) <= value < 2**63):
        return value
    raise wrong(key, value, "a whole number")


def listed(raw: Mapping[str, Any], key: str) -> Sequence[Json]:
    """A list of objects."""
    value = raw.get(key)
    if value is None:
        return ()
    if type(value) is not list:
        raise wrong(key, value, "a list")
    for index, item in enumerate(value):
        if type(item) is not dict:
            raise WrongValue(f"/{key}/{index}", item, "an object")
    return value


def nodes(raw: Mapping[str, Any], key: str) -> Sequence[Json]:
    """The objects of a drained connection: {"nodes": […]}."""
    value = raw.get(key)
    if value is None:
        return ()
    found = value.get("nodes") if type(value) is dict else None
    if type(found) is not list:
        raise wrong(key, value, 'a connection like {"nodes": []}')
    for index, item in enumerate(found):
        if type(item) is not dict:
            raise WrongValue(f"/{key}/nodes/{index}", item, "an object")
    return found


def beside_nodes(raw: Mapping[str, Any], key: str, rest: Json) -> None:
    """What a connection says beside its nodes stays in `rest`; where a page ended is no part of the object."""
    value = raw.get(key)
    if type(value) is dict and len(value) > 1:
        kept = remaining(value, _CONNECTION)
        if kept:
            rest[key] = kept


_CONNECTION: Final = frozenset({"nodes", "pageInfo"})


def nested(raw: Mapping[str, Any], key: str) -> Json | None:
    """An object."""
    value = raw.get(key)
    if value is None or type(value) is dict:
        return value
    raise wrong(key, value, "an object")


def words(raw: Mapping[str, Any], key: str) -> Sequence[str]:
    """A list of texts."""
    value = raw.get(key)
    if value is None:
        return ()
    if type(value) is not list:
        raise wrong(key, value, "a list of texts")
    for index, item in enumerate(value):
        if type(item) is not str:
            raise WrongValue(f"/{key}/{index}", item, "a text")
    return value


def remaining(raw: Mapping[str, Any], known: frozenset[str]) -> Json:
    """What no canonical field takes, verbatim; null says nothing."""
    if raw.keys() <= known:
        return {}
    return {key: value for key, value in raw.items() if key not in known and value is not None}


def keep(doc: Json, rest: Json) -> None:
    """Put the rest of an object under its canonical form's ext."""
    if rest:
        doc["ext"] = {VENDOR: rest}
