"""The laws of the mapping, over every captured object: it is valid, it loses nothing, it goes back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from shopify_cases import ALL, CAPTURES, canonical, plain

from connectors.shopify.mapping import STAMPS, to_native, writable
from connectors.shopify.mapping.address import subdivision
from connectors.shopify.mapping.bags import negated
from connectors.shopify.mapping.reading import rest_shaped
from connectors.shopify.mapping.values import utc
from connectors.shopify.mapping.words import CONSENT, POLICY, WEIGHT_UNIT
from hub.catalog.content import hash_of
from schemas.exact import decode, encode_plain
from schemas.kinds import check, encode, validate
from tests.connectors.shopify.mapping.rest_words import rest_native, rest_writable

every = pytest.mark.parametrize(("name", "kind", "body"), ALL, ids=[name for name, _, _ in ALL])
WRITTEN = [case for case in ALL if case[1] != "refund"]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every scalar below a value, with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path, value


@every
def test_the_document_is_valid_and_is_what_the_model_says(name: str, kind: str, body: bytes) -> None:
    doc = canonical(kind, body)
    check(kind, doc)
    assert encode(validate(kind, doc).model_dump(exclude_unset=True)) == encode(doc)


@every
def test_mapping_fifty_times_at_once_says_the_same_fifty_times(name: str, kind: str, body: bytes) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: encode(canonical(kind, body)), range(50)))
    assert len(found) == 1


@pytest.mark.parametrize(("name", "kind", "body"), WRITTEN, ids=[name for name, _, _ in WRITTEN])
def test_what_is_writable_goes_back_as_it_came(name: str, kind: str, body: bytes) -> None:
    raw = decode(body)
    back = (rest_native if rest_shaped(raw) else to_native)(kind, canonical(kind, body))
    wanted = (rest_writable if rest_shaped(raw) else writable)(kind, raw)
    assert plain(back) == plain(wanted)
    assert len(wanted) > 2


#: Said by where a value stands, or by what stands beside it.
TOLD = {
    "legacyResourceId": "the gid ends with it",
    "hasOnlyDefaultVariant": "default",
    "availableForSale": "availability",
    "hasVariants": "a variant has it",
    "ratePercentage": "rate",
    "totalDiscountSet": "the sum of the allocations",
    "discountedTotalSet": "the total",
    "type": "kind of discount",
    "image": "one of the images",
    "country_name": "country",
    "inventory_management": "tracked",
    "default_address": "one of the addresses",
    "accepts_marketing": "consent",
}


def forms(value: Any) -> set[str]:
    """How a raw value may stand in a document."""
    if isinstance(value, bool):
        return {str(value)}
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    found = {text, text.upper(), text.lower(), f"gid://shopify/{text}", subdivision("US", text), subdivision("MX", text)}
    found |= {CONSENT.get(text.upper(), text), POLICY.get(text.upper(), text), WEIGHT_UNIT.get(text, text), str(utc(text))}
    if text.startswith("gid:"):
        found.add(text.rpartition("/")[2])
    if text.replace(".", "").lstrip("-").isdigit():
        found |= {negated({"amount": text, "currency": None})["amount"], f"{text}.00", f"{text}0"}
    return found | ({"PARTIALLY_FULFILLED"} if text == "partial" else set())


@every
def test_every_value_is_found_in_the_document(name: str, kind: str, body: bytes) -> None:
    doc = canonical(kind, body)
    held = {str(value) for _, value in leaves(doc)}
    tails = {str(value).rpartition("/")[2].partition("?")[0] for _, value in leaves(doc)}
    parsed = {encode_plain(field["value"]).decode() for field in fields(doc) if "value" in field}
    lost = []
    for path, value in leaves(decode(body)):
        if value in ("", None) or any(part in TOLD for part in path) or path[-1] == "__typename":
            continue
        if path[-1] == "updatedAt" and "quantities" in path:
            continue  # each quantity's own date: kept in the raw object alone, the level has one
        if path[-1] == "tags" and isinstance(value, str):
            value = value.split(",")[0]
        if path[-1] == "mediaContentType" or (path[-1] == "country_code" and value in held):
            continue
        if not forms(value) & held and str(value) not in tails and str(value) not in parsed:
            lost.append((path, value))
    assert lost == []


def fields(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "namespace" in value:
            yield value
        for inner in value.values():
            yield from fields(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from fields(inner)


@every
def test_what_only_tells_when_something_was_saved_does_not_change_the_content(name: str, kind: str, body: bytes) -> None:
    raw = decode(body)
    stamps = STAMPS.get(kind, STAMPS["product"])

    def later(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: restamped(key, inner) for key, inner in value.items()}
        return [later(inner) for inner in value] if isinstance(value, list) else value

    def restamped(key: str, value: Any) -> Any:
        if key in ("updatedAt", "updated_at") and value:
            return "2027-01-01T00:00:00Z"
        return "0" * 64 if key == "compareDigest" else later(value)

    again = later(raw)
    before, after = encode(canonical(kind, body)), encode(canonical(kind, encode_plain(again)))
    assert hash_of(before, stamps) == hash_of(after, stamps)
    assert (before != after) == (again != raw and b"202" in before)


def test_the_captures_of_webhooks_are_all_there() -> None:
    assert len(list((CAPTURES / "webhooks").glob("*.json"))) == 15
