"""Canonical documents in WooCommerce's words: the writable part, the other half of the round trip."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from connectors.woocommerce.mapping.native_order import native_customer, native_order, native_refund
from connectors.woocommerce.mapping.native_product import native_product, native_variation
from connectors.woocommerce.mapping.writable import writable
from hub.ports import Json

_WRITERS: Final[Mapping[str, Callable[[Json], Json]]] = {
    "product": native_product,
    "variation": native_variation,
    "order": native_order,
    "refund": native_refund,
    "customer": native_customer,
}


def to_native(raw_kind: str, doc: Json) -> Json:
    """What may be sent to the shop for this document. `raw_kind`: product, variation, order, refund or customer.

    Law: it contains the writable part of the object that the document was mapped from (ids as numbers, empties left out).
    """
    if raw_kind not in _WRITERS:
        raise ValueError(f"{raw_kind!r} is no WooCommerce object; known: {', '.join(_WRITERS)}")
    return writable(raw_kind, _WRITERS[raw_kind](doc))
