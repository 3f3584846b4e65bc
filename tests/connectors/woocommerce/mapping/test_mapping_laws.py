"""The laws of the mapping, over every recorded object: it is valid, it loses nothing, it goes back, its reasons are its own."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from mapping_cases import ALL, CANONICAL, SETTINGS, canonical, missing, normalised

from connectors.woocommerce.explain import explain
from connectors.woocommerce.mapping import to_native
from connectors.woocommerce.mapping.address import subdivision
from connectors.woocommerce.mapping.metafields import split_key
from connectors.woocommerce.mapping.refund import negated
from connectors.woocommerce.mapping.words import BACKORDERS, VOLATILE
from connectors.woocommerce.mapping.writable import writable
from hub.mapping.paths import leaves, pointer
from schemas.exact import decode, encode_plain
from schemas.kinds import encode, validate

every = pytest.mark.parametrize(("name", "kind", "body"), ALL, ids=[name for name, _, _ in ALL])


def test_the_captures_hold_objects_of_every_kind_but_refunds() -> None:
    assert Counter(kind for name, kind, _ in ALL if not name.startswith("other:")) == {
        "product": 85,
        "variation": 30,
        "order": 13,
        "customer": 8,
    }


@every
def test_the_document_is_valid_and_is_what_the_model_says(name: str, kind: str, body: bytes) -> None:
    doc = canonical(kind, body)
    model = validate(CANONICAL.get(kind, kind), doc)
    assert encode(model.model_dump(exclude_unset=True)) == encode(doc)


@every
def test_what_is_writable_goes_back_as_it_came(name: str, kind: str, body: bytes) -> None:
    raw = decode(body)
    back = to_native(kind, canonical(kind, body))
    assert missing(normalised(back), normalised(writable(kind, raw))) == []
    assert writable(kind, back) == back


#: Told by where the value stands, or by what it repeats.
DERIVABLE = frozenset({"variation", "display_key", "display_value"})


def forms(value: Any) -> set[str]:
    """How a raw value may stand in a document."""
    if isinstance(value, bool):
        return {str(value)}
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    found = {text, f"{text}Z", unquote(text), f"0{text}", subdivision("US", text), subdivision("JP", text)}
    found |= {BACKORDERS.get(text, text), split_key(text)[1], negated(text)}
    return found | ({format(value.scaleb(-2), "f")} if isinstance(value, Decimal) else {f"0.{text:0>2}"})


@every
def test_every_value_is_found_in_the_document(name: str, kind: str, body: bytes) -> None:
    held = {str(value) for _, value in leaves(canonical(kind, body))}
    lost = [
        (pointer(path), value)
        for path, value in leaves(decode(body))
        if value not in ("", None, [], {}, 0, "0")
        and path[0] not in VOLATILE
        and not DERIVABLE.intersection(path)
        and not forms(value) & held
        and not (path[-1] in ("virtual", "shipping_required", "manage_stock") and isinstance(value, bool))
    ]
    assert lost == []


@every
def test_the_explanation_is_of_the_very_document_and_covers_it(name: str, kind: str, body: bytes) -> None:
    told = explain(kind, body, (), SETTINGS)
    assert encode(told.canonical) == encode(canonical(kind, body))
    assert set(told.provenance) == {pointer(path) for path, _ in leaves(told.canonical)}
    known = {"", *(pointer(path[:cut]) for path, _ in leaves(decode(body)) for cut in range(1, len(path) + 1))}
    for origins in told.provenance.values():
        for origin in [origins] if isinstance(origins, str) else origins:
            assert origin in known or origin.startswith("settings#/")


@every
def test_every_raw_leaf_is_the_origin_of_a_value_or_listed_as_unmapped(name: str, kind: str, body: bytes) -> None:
    told = explain(kind, body, (), SETTINGS)
    taken = {
        origin
        for path, found in told.provenance.items()
        if "/ext/woocommerce/" not in path
        for origin in ([found] if isinstance(found, str) else found)
    }
    for path, value in leaves(decode(body)):
        at = pointer(path)
        assert (at in told.unmapped) != (at in taken), at
        assert at in taken or encode_plain(told.unmapped[at]) == encode_plain(value)
