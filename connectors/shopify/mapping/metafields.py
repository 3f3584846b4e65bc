"""Metafields: namespace, key and type are the vendor's own; the value is JSON where the type says so, else the text as it is.

Shopify sends every value as a text. What parsing would lose (blanks in JSON, leading zeros) is kept beside it as ext.value.
Apps' own namespaces ("app--123--custom", what `$app` reads back as) are kept as they are; the hub's own read as it says them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from connectors.shopify.mapping.reading import VENDOR, beside_nodes, nodes, remaining
from connectors.shopify.mapping.words import JSON_TYPES, STAMPS, keys
from connectors.shopify.namespaces import heard, told
from hub.mapping import WrongValue, wrong
from hub.ports import Json
from schemas.exact import NotJson, decode, encode_plain

_KNOWN: Final = keys("id namespace key type value")
_USUAL: Final = 7  # those, updatedAt and compareDigest
#: A stamp's name inside a JSON value would be taken for a stamp of the document: the text is then kept too.
_STAMPED: Final = re.compile("|".join(f'"{name.decode()}"' for name in sorted({b"modified_at", *STAMPS["product"]})))
#: Where key-value pairs of carts and orders stand that are no metafields of Shopify's.
ATTRIBUTES: Final = "attributes"


def metafields(raw: Mapping[str, Any], rest: Json) -> list[Json]:
    """The metafields of an object in their order."""
    found = []
    for index, entry in enumerate(nodes(raw, "metafields")):
        try:
            found.append(_metafield(entry))
        except WrongValue as error:
            raise error.under("metafields", "nodes", index) from None
    beside_nodes(raw, "metafields", rest)
    return found


def _metafield(entry: Json) -> Json:
    namespace, key, kind, own = entry.get("namespace"), entry.get("key"), entry.get("type"), entry.get("id")
    if not (type(namespace) is str and type(key) is str and type(kind) is str):
        raise _unnamed(entry)
    doc: Json = {"namespace": heard(namespace), "key": key, "type": kind}
    saved, digest = entry.get("updatedAt"), entry.get("compareDigest")
    if len(entry) == _USUAL and saved is not None and digest is not None and "id" in entry and "value" in entry:
        rest: Json = {"updatedAt": saved, "compareDigest": digest}  # what the documents ask for: the short way to the same
    else:
        rest = remaining(entry, _KNOWN)
    value = entry.get("value")
    if type(value) is str:
        if kind in JSON_TYPES or kind[:5] == "list.":
            value = _parsed(value, rest)
    elif value is not None:
        raise wrong("value", value, "a text")
    if value is not None:
        doc["value"] = value
    if type(own) is str and own:
        doc["source_id"] = own
    elif own is not None and own != "":
        raise wrong("id", own, "a gid")
    if rest:
        doc["ext"] = {VENDOR: rest}
    return doc


def _unnamed(entry: Json) -> WrongValue:
    name = next(name for name in ("namespace", "key", "type") if type(entry.get(name)) is not str)
    return wrong(name, entry.get(name), "a text")


def _parsed(value: str, rest: Json) -> Any:
    """The JSON in a text. The text itself is kept where it cannot be made again from the JSON, or would look like a stamp."""
    if value == "true":
        return True
    if value == "false":
        return False
    try:
        found = decode(value)
        same = encode_plain(found) == value.encode()
    except (NotJson, UnicodeEncodeError):
        return value  # not what its type says: nothing to parse
    if type(found) is str or found is None:
        return value  # a JSON text would not be told from the text of a value that is no JSON
    if not same or _STAMPED.search(value):
        rest["value"] = value
    return found


def native_value(field: Json) -> str | None:
    """The text that Shopify holds for a metafield."""
    kept = field.get("ext", {}).get(VENDOR, {}).get("value")
    value = field.get("value")
    if type(kept) is str:
        return kept
    return value if value is None or type(value) is str else encode_plain(value).decode()


def attributes(raw: Mapping[str, Any], key: str) -> list[Json]:
    """Key-value pairs that a buyer or a theme gave to a line or an order (`customAttributes`)."""
    value = raw.get(key)
    if value is None:
        return []
    if type(value) is not list:
        raise wrong(key, value, "a list")
    return [_attribute(entry, key, index) for index, entry in enumerate(value)]


def _attribute(entry: Any, key: str, index: int) -> Json:
    name = entry.get("key") if type(entry) is dict else None
    if type(name) is not str:
        raise WrongValue(f"/{key}/{index}", entry, 'an object like {"key": "…", "value": "…"}')
    value = entry.get("value")
    doc: Json = {"namespace": ATTRIBUTES, "key": name, "type": "text" if value is None or type(value) is str else "json"}
    if value is not None:
        doc["value"] = value
    rest = remaining(entry, _PAIR)
    if rest:
        doc["ext"] = {VENDOR: rest}
    return doc


_PAIR: Final = frozenset({"key", "value"})


def is_attribute(field: Json) -> bool:
    """Whether a metafield is a key-value pair of a line or an order, and none of Shopify's metafields."""
    return field["namespace"] == ATTRIBUTES and "source_id" not in field and field["type"] in ("text", "json")


def native_metafields(fields: Sequence[Json]) -> list[Json]:
    """Back to MetafieldInput."""
    found = []
    for field in fields:
        if is_attribute(field):
            continue
        entry = {"namespace": told(field["namespace"]), "key": field["key"], "type": field["type"]}
        value = native_value(field)
        if value is not None:
            entry["value"] = value
        found.append(entry)
    return found


def native_attributes(fields: Sequence[Json]) -> list[Json]:
    """Back to AttributeInput."""
    return [
        {"key": field["key"], **({"value": field["value"]} if "value" in field else {})}
        for field in fields
        if is_attribute(field)
    ]
