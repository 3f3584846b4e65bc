"""meta_data ↔ metafields: typed by what JSON says, namespaced by us when the key is one of ours."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from connectors.woocommerce.mapping.reading import VENDOR, keep, objects, remaining
from hub.mapping import WrongValue, wrong
from hub.ports import Json
from schemas.exact import encode_plain

#: The hub's own metafield <namespace>.<key> is stored under this prefix; namespaces may hold dots, keys may not.
OWN: Final = "_luneo_"

_TYPES: Final[dict[type, str]] = {str: "text", bool: "boolean", int: "number", Decimal: "number"}
_KNOWN: Final = frozenset({"id", "key", "value"})


def split_key(key: str) -> tuple[str, str]:
    """Namespace and key of a native meta key.

    >>> split_key("_luneo_care.guide.text"), split_key("color"), split_key("_luneo_zone")
    (('care.guide', 'text'), ('woocommerce', 'color'), ('woocommerce', '_luneo_zone'))
    """
    if key.startswith(OWN):
        namespace, _, name = key[len(OWN) :].rpartition(".")
        if namespace and name and namespace != VENDOR:
            return namespace, name
    return VENDOR, key


def native_key(namespace: str, key: str) -> str:
    """The meta key under which a metafield stands in the shop."""
    return key if namespace == VENDOR else f"{OWN}{namespace}.{key}"


def metafields(raw: Mapping[str, Any]) -> list[Json]:
    """The entries of `meta_data` in their order, one metafield each."""
    return [_metafield(entry, index) for index, entry in enumerate(objects(raw, "meta_data"))]


def _metafield(entry: Json, index: int) -> Json:
    key, value, source = entry.get("key"), entry.get("value"), entry.get("id")
    if type(key) is not str:
        raise wrong("key", key, "a text").under("meta_data", index)
    namespace, name = split_key(key) if key.startswith(OWN) else (VENDOR, key)
    doc: Json = {"namespace": namespace, "key": name, "type": _TYPES.get(type(value), "json")}
    if value is not None:
        doc["value"] = value
    if type(source) is int or (type(source) is str and source):
        doc["source_id"] = str(source)
    elif source is not None and source != "":
        raise WrongValue(f"/meta_data/{index}/id", source, "an id")
    if not entry.keys() <= _KNOWN:
        keep(doc, _rest(entry))
    return doc


def _rest(entry: Json) -> Json:
    """Lines also carry `display_key` and `display_value`: derivable, and left out, where they only repeat key and value."""
    rest = remaining(entry, _KNOWN)
    for shown, plain in (("display_key", "key"), ("display_value", "value")):
        if shown in rest and plain in entry and _same(rest[shown], entry[plain]):
            del rest[shown]
    return rest


def _same(left: Any, right: Any) -> bool:
    return left == right if type(left) is type(right) is str else encode_plain(left) == encode_plain(right)


def native_metafields(fields: list[Json]) -> list[Json]:
    """Back to `meta_data` entries: id, key and value, as the store wants them."""
    entries = []
    for field in fields:
        entry: Json = {"key": native_key(field["namespace"], field["key"]), "value": field.get("value")}
        if "source_id" in field:
            entry["id"] = int(field["source_id"]) if field["source_id"].isdecimal() else field["source_id"]
        entries.append(entry)
    return entries
