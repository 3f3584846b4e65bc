"""Small pieces on the way back to WooCommerce: ids, numbers, dates, what ext carried."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from connectors.woocommerce.mapping.metafields import native_metafields
from connectors.woocommerce.mapping.reading import VENDOR
from hub.ports import Json


def carried(doc: Json) -> Json:
    """A copy of what no canonical field took."""
    return dict(doc.get("ext", {}).get(VENDOR, {}))


def native_id(text: str) -> int | str:
    """WooCommerce's ids are integers; a plugin's may be anything."""
    return int(text) if text.isdecimal() else text


def native_number(text: str) -> int | Decimal:
    """A quantity as a JSON number."""
    return Decimal(text) if "." in text else int(text)


def native_date(text: str) -> str:
    """A UTC date as `*_gmt` fields write it."""
    return text.removesuffix("Z")


def put(raw: Json, key: str, value: Any) -> None:
    """Set a key unless there is nothing to set."""
    if value is not None:
        raw[key] = value


def put_texts(raw: Json, doc: Json, table: Iterable[tuple[str, str]]) -> None:
    """The other way of `reading.texts`."""
    for key, name in table:
        put(raw, key, doc.get(name))


def put_amounts(raw: Json, doc: Json, table: Iterable[tuple[str, str]]) -> None:
    """Amounts as their exact texts."""
    for key, name in table:
        if name in doc:
            raw[key] = doc[name]["amount"]


def put_id(raw: Json, doc: Json, name: str = "ref", key: str = "id") -> None:
    """The id of a reference."""
    if name in doc:
        raw[key] = native_id(doc[name]["id"])


def put_meta(raw: Json, doc: Json) -> None:
    """`meta_data` of a document or a line."""
    if "metafields" in doc:
        raw["meta_data"] = native_metafields(doc["metafields"])
