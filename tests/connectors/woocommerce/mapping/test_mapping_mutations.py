"""The same laws over payloads that no recorded shop had: unknown keys and words anywhere, odd text, huge numbers."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from mapping_cases import CANONICAL, DISTINCT, SETTINGS, canonical, missing, normalised

from connectors.woocommerce.explain import explain
from connectors.woocommerce.mapping import to_native
from connectors.woocommerce.mapping.words import VOLATILE
from connectors.woocommerce.mapping.writable import writable
from hub.errors import SkippedRecordError
from hub.mapping.paths import Path, leaves, replaced
from schemas.exact import decode, encode_plain
from schemas.kinds import encode, validate

#: Words of the vendor: plugins add their own.
WORDS = [
    "type",
    "status",
    "catalog_visibility",
    "tax_status",
    "tax_class",
    "backorders",
    "stock_status",
    "role",
    "discount_type",
    "method_id",
    "payment_method",
    "code",
    "label",
    "created_via",
    "currency",
    "country",
    "state",
]
TEXTS = [
    "name",
    "title",
    "description",
    "short_description",
    "slug",
    "sku",
    "first_name",
    "city",
    "customer_note",
    "reason",
    "alt",
    "value",
    "key",
    "option",
    "email",
    "phone",
]
MONEY = ["price", "regular_price", "sale_price", "total", "subtotal", "discount", "shipping_total", "total_tax", "amount"]

texts = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12) | st.sampled_from(
    ["قميص مخصص", "\u202eevil\u202c", "👩‍🎨\u0000", "%d9%82", "♥", "a/b~c", "'; --", "0", "true"]
)
amounts = st.from_regex(r"-?[1-9][0-9]{0,40}(\.[0-9]{1,20})?", fullmatch=True)
numbers = st.decimals(allow_nan=False, allow_infinity=False, places=7) | st.integers()
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
cases = st.sampled_from(DISTINCT)
many = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every object that is ours to read: none inside a meta value or a volatile key."""
    if isinstance(value, dict):
        yield path
        for key, inner in value.items():
            if key not in VOLATILE and key not in ("value", "display_value"):
                yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


def at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, dict[str, Any], list[Any]]:
    """A raw kind, an object of it that was changed in some places, and the values of the unknown keys that it got."""
    _, kind, body = draw(cases)
    raw = copy.deepcopy(decode(body))
    added = []
    for _ in range(draw(st.integers(1, 4))):
        place = at(raw, draw(st.sampled_from(list(places(raw)))))
        what = draw(st.sampled_from(["unknown", "word", "text", "money", "number"]))
        if what == "unknown":
            value = draw(json)
            place[f"x_{len(added)}_{draw(texts)}"] = value
            added.append(value)
            continue
        for key, old in place.items():
            fits = {
                "word": key in WORDS,
                "text": key in TEXTS,
                "money": key in MONEY,
                "number": key in ("stock_quantity", "quantity"),
            }
            if fits.get(what) and (isinstance(old, str) or what == "number"):
                place[key] = draw({"word": texts, "text": texts, "money": amounts, "number": numbers}[what])
    return kind, raw, added


@many
@given(mutated())
def test_a_strange_payload_maps_validates_and_goes_back(case: tuple[str, dict[str, Any], list[Any]]) -> None:
    kind, raw, added = case
    assume(raw.get("type") != "variation" or kind == "variation")
    body = encode_plain(raw)
    doc = canonical(kind, body)
    model = validate(CANONICAL.get(kind, kind), doc)
    assert encode(model.model_dump(exclude_unset=True)) == encode(doc)
    held = [encode(value) for value in values(doc)]
    assert [value for value in added if encode(value) not in held] == []
    assert missing(normalised(to_native(kind, doc)), normalised(writable(kind, decode(body)))) == []


def values(doc: Any) -> Iterator[Any]:
    """Every value of every depth."""
    yield doc
    for inner in doc.values() if isinstance(doc, dict) else doc if isinstance(doc, list) else ():
        yield from values(inner)


#: Where another value changes nothing, because the value only repeats another.
REPEATING = frozenset({"display_key", "display_value", "variation"})


def other(draw: Any, old: Any) -> Any:
    """Another value of the same JSON type."""
    if isinstance(old, bool):
        return not old
    if isinstance(old, str):
        return draw(texts | amounts)
    if isinstance(old, int):
        return draw(st.integers(1, 10**9))
    return draw(st.decimals(allow_nan=False, allow_infinity=False)) if isinstance(old, Decimal) else draw(texts)


@settings(many, max_examples=500)
@given(st.data())
def test_two_objects_that_differ_never_give_one_document(data: st.DataObject) -> None:
    """Nothing is lost: whatever leaf is another, the document is another, or the row is refused."""
    _, kind, body = data.draw(cases)
    raw = decode(body)
    paths = [(p, v) for p, v in leaves(raw) if p[0] not in VOLATILE and not REPEATING.intersection(p) and v not in ([], {})]
    path, old = data.draw(st.sampled_from(paths))
    new = other(data.draw, old)
    changed = replaced(raw, path, new)
    assume(normalised(changed) != normalised(raw))
    try:
        doc = canonical(kind, encode_plain(changed))
    except SkippedRecordError:
        return
    assert encode(doc) != encode(canonical(kind, body)), (path, old, new)


one_by_one = pytest.mark.parametrize(("name", "kind", "body"), DISTINCT, ids=[name for name, _, _ in DISTINCT])


@one_by_one
def test_an_unknown_key_is_kept_wherever_it_stands(name: str, kind: str, body: bytes) -> None:
    raw = decode(body)
    for place in places(raw):
        changed = replaced(raw, place, {**at(raw, place), "x_plugin": {"deep": ["kept", None, Decimal("1.50")]}})
        held = [encode(value) for value in values(canonical(kind, encode_plain(changed)))]
        assert encode({"deep": ["kept", None, Decimal("1.50")]}) in held, place


@one_by_one
def test_each_leaf_alone_makes_a_difference(name: str, kind: str, body: bytes) -> None:
    raw = decode(body)
    before = encode(canonical(kind, body))
    for path, old in leaves(raw):
        if path[0] in VOLATILE or REPEATING.intersection(path) or old in ([], {}):
            continue
        for new in (
            "7",
            "x",
            "٣ \u0000♥",
            "%d9%82",
            1_000_003,
            True,
            Decimal("2.50"),
            "2001-02-03T04:05:06",
            "_luneo_woocommerce.y",
        ):
            if type(new) is type(old) or old is None:
                changed = replaced(raw, path, new)
                try:
                    after = encode(canonical(kind, encode_plain(changed)))
                except SkippedRecordError:
                    continue
                assert after != before or new == old, (path, old, new)


@settings(many, max_examples=25)
@given(mutated())
def test_the_explanation_of_a_strange_payload_is_of_the_very_document(case: tuple[str, dict[str, Any], list[Any]]) -> None:
    kind, raw, _ = case
    assume(raw.get("type") != "variation" or kind == "variation")
    body = encode_plain(raw)
    assert encode(explain(kind, body, (), SETTINGS).canonical) == encode(canonical(kind, body))


@pytest.mark.parametrize("value", [[], {}, 5, True, Decimal("1.5")])
def test_a_wrong_type_is_refused_by_its_field(value: Any) -> None:
    for kind, key in (
        ("product", "name"),
        ("order", "status"),
        ("customer", "email"),
        ("variation", "sku"),
        ("refund", "reason"),
    ):
        with pytest.raises(SkippedRecordError) as caught:
            canonical(kind, encode_plain({"id": 5, key: value}))
        assert caught.value.field == f"/{key}"
        assert encode_plain(value).decode() in caught.value.reason
