"""The same laws over payloads that no shop sent: types swapped, nulls, keys missing or unknown, odd text, huge numbers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Context, Decimal, localcontext
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shopify_cases import ALL, SETTINGS, canonical, payload, tree

from connectors.shopify.explain import KINDS, build, explain
from connectors.shopify.mapping import to_native, writable
from connectors.shopify.mapping.bags import added, bag, less, negated
from connectors.shopify.mapping.notices import NOTICES
from connectors.shopify.mapping.reading import rest_shaped
from hub.errors import SkippedRecordError
from hub.mapping.paths import Path, leaves, replaced
from schemas.exact import decode, encode_plain
from schemas.kinds import encode, validate
from schemas.money import minor_units

WIDE = Context(prec=100)
texts = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12) | st.sampled_from(
    [
        "\u202eevil\u202c",
        "👩‍🎨\u0000",
        "♥",
        "a/b~c",
        "'; --",
        "0",
        "true",
        "gid://shopify/Product/1",
        "2026-11-20T10:11:11Z",
        "null",
    ]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(texts | st.sampled_from(["id", "nodes", "amount"]), inner, max_size=2)
    ),
    max_leaves=4,
)
amounts = st.builds(
    lambda units, digits: format(Decimal(units).scaleb(-digits, WIDE), "f"), st.integers(-(10**30), 10**30), st.integers(0, 12)
)
currencies = st.sampled_from(["EUR", "JPY", "KWD", "USD", "CLF"])
cases = st.sampled_from(ALL)
many = settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
one_by_one = pytest.mark.parametrize(("name", "kind", "body"), ALL, ids=[name for name, _, _ in ALL])


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every value of every depth."""
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


def without(value: Any, path: Path) -> Any:
    """A copy without one key or entry."""
    if len(path) == 1:
        copy = value.copy()
        del copy[path[0]]
        return copy
    copy = value.copy()
    copy[path[0]] = without(value[path[0]], path[1:])
    return copy


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A raw kind, and an object of it in which some values are of another type, null or gone."""
    _, kind, body = draw(cases)
    raw = decode(body)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.sampled_from([path for path in places(raw) if path]))
        how = draw(st.sampled_from(["value", "null", "gone", "empty"]))
        if how == "gone":
            raw = without(raw, at)
        else:
            raw = replaced(
                raw, at, draw(anything) if how == "value" else None if how == "null" else draw(st.sampled_from(["", [], {}]))
            )
    return kind, raw


@many
@given(mutated())
def test_a_strange_payload_maps_and_goes_back_or_is_refused_by_its_field(case: tuple[str, dict[str, Any]]) -> None:
    kind, raw = case
    try:
        doc = canonical(kind, encode_plain(raw))
    except SkippedRecordError as error:
        assert error.field
        assert error.field.startswith("/")
        assert "expected" in error.reason
        return
    assert encode(validate(kind, doc).model_dump(exclude_unset=True)) == encode(doc)
    if kind != "refund" and not rest_shaped(raw):
        to_native(kind, doc)


@one_by_one
def test_each_value_alone_may_be_anything(name: str, kind: str, body: bytes) -> None:
    raw = decode(body)
    for path, old in leaves(raw):
        for new in (None, "", "x", 0, -1, True, Decimal("1.5"), [], {}, [None], {"nodes": None}, "gid://shopify/Other/1", 10**40):
            try:
                doc = canonical(kind, encode_plain(replaced(raw, path, new)))
            except SkippedRecordError as error:
                assert error.field, (path, old, new)
                continue
            validate(kind, doc)


@one_by_one
def test_every_container_alone_may_be_missing_or_another(name: str, kind: str, body: bytes) -> None:
    raw = decode(body)
    for path in [path for path in places(raw) if path]:
        for changed in (without(raw, path), *(replaced(raw, path, new) for new in (None, "x", [5], {"nodes": [5]}))):
            try:
                doc = canonical(kind, encode_plain(changed))
            except SkippedRecordError as error:
                assert error.field, path
                continue
            validate(kind, doc)


#: Where another value says nothing new: it repeats what stands elsewhere, or is of the raw object alone.
REPEATING = frozenset({"legacyResourceId", "ratePercentage", "hasVariants", "country_name", "image"})


def repeats(path: Path) -> bool:
    return bool(REPEATING.intersection(path)) or (path[-1] == "updatedAt" and "quantities" in path)


@one_by_one
def test_two_objects_that_differ_never_give_one_document(name: str, kind: str, body: bytes) -> None:
    raw = decode(body)
    before = encode(canonical(kind, body))
    for path, old in leaves(raw):
        if repeats(path) or old in ([], {}):
            continue
        for new in ("7", "x", "٣♥", 1_000_003, False, True, Decimal("2.50"), "2001-02-03T04:05:06Z"):
            if (type(new) is type(old) or old is None) and new != old:
                try:
                    after = encode(canonical(kind, encode_plain(replaced(raw, path, new))))
                except SkippedRecordError:
                    continue
                assert after != before, (path, old, new)


@one_by_one
def test_an_unknown_key_is_kept_wherever_it_stands(name: str, kind: str, body: bytes) -> None:
    raw = decode(body)
    strange = {"deep": ["kept", None, Decimal("1.50")]}
    for path in places(raw):
        at = raw
        for part in path:
            at = at[part]
        if isinstance(at, dict):
            held = [
                encode(value) for value in inner(canonical(kind, encode_plain(replaced(raw, path, {**at, "x_new": strange}))))
            ]
            assert encode(strange) in held, path


def inner(value: Any) -> Iterator[Any]:
    yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from inner(part)


@settings(many, max_examples=150)
@given(st.sampled_from(sorted(KINDS)), st.data())
def test_whatever_is_mapped_alone_is_refused_by_its_field_or_maps(kind: str, data: st.DataObject) -> None:
    topics = {
        "product": "products_update",
        "order": "orders_create",
        "customer": "customers_update",
        "variant": "products_update",
        "refund": "refunds_create",
        "fulfillment": "fulfillments_create",
        "inventory_level": "inventory_levels_update",
        "inventory_item": "inventory_items_update",
    }
    raw = payload(topics.get(kind, kind))
    raw = raw["variants"][0] if kind == "variant" else raw
    at = data.draw(st.sampled_from([path for path in places(raw) if path]))
    try:
        build(kind, replaced(raw, at, data.draw(anything)), SETTINGS)
    except SkippedRecordError as error:
        assert error.field


@settings(many, max_examples=25)
@given(mutated())
def test_the_explanation_of_a_strange_payload_is_of_the_very_document(case: tuple[str, dict[str, Any]]) -> None:
    kind, raw = case
    try:
        doc = canonical(kind, encode_plain(raw))
    except SkippedRecordError:
        return
    assert encode(explain(kind, encode_plain(raw), (), SETTINGS).canonical) == encode(doc)


def of(shop: str, currency: str, shown: str, other: str) -> dict[str, Any]:
    value = {
        "shopMoney": {"amount": shop, "currencyCode": currency},
        "presentmentMoney": {"amount": shown, "currencyCode": other},
    }
    found = bag({"set": value}, "set", {})
    assert found is not None
    return found


@many
@given(amounts, currencies, amounts, currencies)
def test_both_moneys_of_a_bag_keep_every_digit(shop: str, currency: str, shown: str, other: str) -> None:
    found = of(shop, currency, shown, other)
    assert (found["amount"], found["currency"], found["minor"]) == (shop, currency, minor_units(shop, currency))
    told = found.get("presentment", found)
    assert (told["amount"], told["currency"], told["minor"]) == (shown, other, minor_units(shown, other))
    assert ("presentment" in found) == ((shop, currency) != (shown, other))


@many
@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=6), currencies, currencies)
def test_sums_and_differences_are_exact_in_both_moneys(pairs: list[tuple[str, str]], currency: str, other: str) -> None:
    parts = [of(shop, currency, shown, other) for shop, shown in pairs]
    total = added(parts)
    assert total is not None
    with localcontext(prec=100):
        assert Decimal(total["amount"]) == sum((Decimal(shop) for shop, _ in pairs), Decimal(0))
        assert Decimal(total.get("presentment", total)["amount"]) == sum((Decimal(shown) for _, shown in pairs), Decimal(0))
    back = total
    for part in parts:
        back = less(back, part)
    assert Decimal(back["amount"]) == 0
    assert Decimal(negated(negated(total))["amount"]) == Decimal(total["amount"])


@many
@given(amounts, currencies)
def test_a_price_keeps_its_digits(price: str, currency: str) -> None:
    raw = {"id": "gid://shopify/ProductVariant/1", "price": price}
    doc = build("variant", raw, type(SETTINGS)(currency=currency))
    assert doc["prices"][0]["money"] == {"amount": price, "currency": currency, "minor": minor_units(price, currency)}
    assert to_native("variant", doc) == writable("variant", raw)


def test_there_is_a_notice_for_each_body_that_is_no_record() -> None:
    assert set(NOTICES) <= set(KINDS)
    for name in NOTICES:
        assert build(name, payload(name), SETTINGS)["notice"]


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("product-options", "/variants/nodes/1/inventoryItem/tracked"),
        ("product-options", "/variants/nodes/1/inventoryItem/measurement/weight/unit"),
        ("order-parts", "/lineItems/nodes/0/discountAllocations/1/discountApplication/title"),
        ("order-parts", "/lineItems/nodes/1/discountAllocations/0/discountApplication/code"),
    ],
)
def test_a_wrong_value_deep_inside_is_named_from_the_top(name: str, at: str) -> None:
    raw = tree(name)
    *outer, last = at.split("/")[1:]
    place: Any = raw
    for part in outer:
        place = place[int(part) if part.isdigit() else part]
    place[last] = 12
    with pytest.raises(SkippedRecordError) as caught:
        canonical(name.partition("-")[0], encode_plain(raw))
    assert caught.value.field == at
