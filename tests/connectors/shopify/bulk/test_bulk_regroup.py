"""Files of bulk operations become trees again, whatever the order of their lines; what they do not hold whole is named."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.shopify.bulk import regroup
from connectors.shopify.bulk.assemble import SHAPES
from connectors.shopify.bulk.group import Tree
from connectors.shopify.documents import load
from hub.errors import PermanentError, RetryableError
from tests.connectors.shopify.bulk.bulk_files import (
    bodies,
    collection,
    dump,
    expected,
    flat,
    gid,
    image,
    level,
    metafield,
    nodes,
    product,
    regrouped,
    singles,
    variant,
)

SHIRT = product(
    820982911946154508,
    'Chemise « d\'été »\u2028à "pois"\x0c',
    media=[image(1), image(2)],
    collections=[collection(9)],
    metafields=[metafield(3)],
    variants=[variant(11, [level(1), level(2)], [metafield(4), metafield(5, "a/b\\/c")]), variant(12)],
)
BARE = product(2)


def both(*trees: dict[str, Any]) -> tuple[list[bytes], list[bytes]]:
    pairs = [flat(tree) for tree in trees]
    return [line for main, _ in pairs for line in main], [line for _, places in pairs for line in places]


def test_a_tree_has_the_bytes_that_the_reading_documents_give(tmp_path: Path) -> None:
    work, found = regrouped(tmp_path, *both(SHIRT, BARE))
    assert bodies(found) == expected(SHIRT, BARE)
    assert not work.bad
    assert [(one.roots, one.objects) for one in work.counts] == [(2, 9), (2, 7)]


def test_a_tree_knows_when_it_was_changed(tmp_path: Path) -> None:
    [tree] = regrouped(tmp_path, *both(BARE))[1]
    assert isinstance(tree, Tree)
    assert tree.modified == datetime(2026, 10, 1, 10, tzinfo=UTC)


def test_empty_files_hold_nothing(tmp_path: Path) -> None:
    work, found = regrouped(tmp_path, [], [])
    assert (found, work.bad, work.counts[0].objects) == ([], [], 0)


def test_a_last_line_without_newline_counts(tmp_path: Path) -> None:
    assert bodies(regrouped(tmp_path, *both(SHIRT), end=b"")[1]) == expected(SHIRT)


def test_children_far_behind_their_parents_and_among_others_find_home(tmp_path: Path) -> None:
    trees = [
        product(n, variants=[variant(n * 10 + v, [level(n * 10 + v)], [metafield(n * 100 + v)]) for v in range(4)])
        for n in range(1, 60)
    ]
    main, places = both(*trees)
    rank = {b"Product\\/": 0, b"ProductVariant\\/": 1}
    for lines in (main, places):
        lines.sort(key=lambda line: next((value for word, value in rank.items() if word in line[:40]), 2))
    for small, remembered in ((6 << 20, 200_000), (2_000, 3), (2_000, 0)):
        found = regrouped(tmp_path / str(small + remembered), main, places, small=small, remembered=remembered)[1]
        assert bodies(found) == expected(*trees)


def test_the_same_files_give_the_same_order_again(tmp_path: Path) -> None:
    files = both(*(product(n, variants=[variant(n)]) for n in range(1, 80)), product(99))
    first = regrouped(tmp_path / "a", *files, small=1_000)[1]
    assert [one.id for one in first] == [one.id for one in regrouped(tmp_path / "b", *files, small=1_000)[1]]


def test_a_product_in_only_one_of_the_exports_is_fetched_singly(tmp_path: Path) -> None:
    main, places = both(SHIRT, BARE)
    early, late = flat(product(3))[0], flat(product(4, collections=[collection(1)]))[1]
    found = regrouped(tmp_path, main + early, places + late)[1]
    assert bodies(found) == expected(SHIRT, BARE)
    assert sorted(singles(found)) == [gid("Product", 3), gid("Product", 4)]


def test_a_variant_in_only_one_of_the_exports_makes_its_product_single(tmp_path: Path) -> None:
    main, places = both(SHIRT, BARE)
    extra = dump({"id": gid("ProductVariant", 77), "inventoryItem": {"id": gid("InventoryItem", 77)}}, BARE["id"])
    assert singles(regrouped(tmp_path, main, [*places, extra])[1]) == {BARE["id"]: "The exports differ in its variants."}


@pytest.mark.parametrize("nth", range(8))
def test_a_cut_line_is_never_lost_in_silence(tmp_path: Path, nth: int) -> None:
    """Its product is fetched singly, or, when the line no longer says whose it was, it is kept as it came."""
    main, places = both(SHIRT)
    whole, main[nth] = main[nth], main[nth][: len(main[nth]) // 2]
    work, found = regrouped(tmp_path, main, places)
    if not singles(found):
        assert [bad.body for bad in work.bad] == [main[nth]]
        assert b"Metafield" in whole[:40] or b"Image" in whole[:40]
    assert work.counts[0].objects == 8


def test_lines_of_nobody_are_kept_as_they_came(tmp_path: Path) -> None:
    main, places = both(BARE)
    lost = [dump(metafield(1), gid("ProductVariant", 404)), b'{"id":"gid://shopify/Shop/1"}', b"[1]", b"\xff", b'{"a":1}']
    work, found = regrouped(tmp_path, main + lost, places)
    assert bodies(found) == expected(BARE)
    assert sorted(bad.body.replace(b"\\/", b"/") for bad in work.bad) == sorted(line.replace(b"\\/", b"/") for line in lost)
    assert all(bad.reason for bad in work.bad)


def test_a_child_of_an_unknown_product_makes_that_one_single(tmp_path: Path) -> None:
    main, places = both(BARE)
    assert gid("Product", 5) in singles(regrouped(tmp_path, [*main, dump(metafield(1), gid("Product", 5))], places)[1])


@pytest.mark.parametrize("which", [0, 1, 4, 5])
def test_a_line_that_comes_twice_makes_its_product_single(tmp_path: Path, which: int) -> None:
    main, places = both(SHIRT)
    found = regrouped(tmp_path, [*main, main[which]], places)[1]
    assert list(singles(found)) == [SHIRT["id"]]


def test_a_type_without_a_place_makes_its_product_single(tmp_path: Path) -> None:
    main, places = both(BARE)
    found = regrouped(tmp_path, [*main, dump({"id": gid("Hologram", 1)}, BARE["id"])], places)[1]
    assert list(singles(found)) == [BARE["id"]]


def test_keys_in_another_order_are_put_together_too(tmp_path: Path) -> None:
    main, places = both(product(1))
    item = {"id": gid("InventoryItem", 3)}
    main.append(dump({"inventoryItem": item, "id": gid("ProductVariant", 3), "price": "1.50"}, gid("Product", 1)))
    places.append(dump({"id": gid("ProductVariant", 3), "inventoryItem": item}, gid("Product", 1)))
    places.append(dump(level(3), gid("ProductVariant", 3)))
    one = {"inventoryItem": {**item, "inventoryLevels": nodes(level(3))}, "id": gid("ProductVariant", 3), "price": "1.50"}
    assert bodies(regrouped(tmp_path, main, places)[1]) == expected(product(1, variants=[one | {"metafields": nodes()}]))


def test_orders_and_customers_have_one_file_each(tmp_path: Path) -> None:
    order = {"id": gid("Order", 1), "updatedAt": "2026-10-01T10:00:00Z", "name": "#1"}
    line = {"id": gid("LineItem", 2), "quantity": 1}
    found = regrouped(tmp_path / "o", [dump(order), dump(metafield(1), order["id"]), dump(line, order["id"])], resource="orders")[
        1
    ]
    assert bodies(found) == expected(order | {"lineItems": nodes(line), "metafields": nodes(metafield(1))})
    person = {"id": gid("Customer", 1), "tags": []}
    address = {"id": "gid://shopify/MailingAddress/5?model_name=CustomerAddress", "city": "Köln"}
    found = regrouped(tmp_path / "c", [dump(person), dump(address, person["id"])], resource="customers")[1]
    assert bodies(found) == expected(person | {"addressesV2": nodes(address), "metafields": nodes()})


def test_a_file_that_is_something_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regroup, "TROUBLED", 5)
    with pytest.raises(PermanentError, match="more than 5 lines that cannot be used"):
        regrouped(tmp_path, [b"<html>"] * 6, [])


def test_work_that_nobody_wants_any_more_ends(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(dump(BARE))
    work = regroup.Regrouping(SHAPES["products"], tmp_path, 1)
    work.stopped = True
    with pytest.raises(RetryableError):
        work.take(path)


def test_every_list_of_the_bulk_documents_has_its_place() -> None:
    for shape in SHAPES.values():
        texts = " ".join(load(name) for name in shape.documents)
        for name in (*shape.lists, *shape.inner.values()):
            assert f"{name} {{" in texts or f"{name}(" in texts


def test_a_variants_item_is_the_last_of_its_own_keys() -> None:
    """What joining by bytes relies on to be fast; any other order is put together the slow way."""
    text = load("bulk_products").split("variants {")[1]
    assert text.split("inventoryItem {")[1].split("metafields {")[0].strip().endswith("}")
    assert "sku" not in text.split("inventoryItem {")[1]


texts = st.text(max_size=12)
metas = st.lists(texts, max_size=3)
variants = st.lists(st.tuples(st.integers(0, 3), metas), max_size=4)
products = st.lists(st.tuples(texts, st.integers(0, 2), st.integers(0, 2), metas, variants), max_size=6)


@settings(max_examples=60, deadline=None)
@given(products, st.randoms(use_true_random=False), st.sampled_from([(6 << 20, 9), (300, 2), (300, 0)]))
def test_any_tree_flattened_in_any_legal_order_is_the_same_tree_again(
    drawn: list[Any], chance: random.Random, sizes: tuple[int, int]
) -> None:
    numbers = iter(range(10**17, 10**18))
    trees = [
        product(
            next(numbers),
            title,
            media=[image(next(numbers)) for _ in range(images)],
            collections=[collection(place + 1) for place in range(shelves)],
            metafields=[metafield(next(numbers), value) for value in values],
            variants=[
                variant(
                    next(numbers), [level(next(numbers)) for _ in range(stock)], [metafield(next(numbers), one) for one in deep]
                )
                for stock, deep in sizes_of
            ],
        )
        for title, images, shelves, values, sizes_of in drawn
    ]
    files = [legal(chance, [flat(tree)[which] for tree in trees]) for which in (0, 1)]
    with TemporaryDirectory() as folder:
        work, found = regrouped(Path(folder), *files, small=sizes[0], remembered=sizes[1])
    assert bodies(found) == expected(*trees)
    assert not work.bad
    assert not singles(found)


def legal(chance: random.Random, groups: list[list[bytes]]) -> list[bytes]:
    """The lines of several records mixed at random; within a record siblings keep their order, parents come first."""
    rest = [list(group) for group in groups]
    mixed: list[bytes] = []
    while rest := [group for group in rest if group]:
        group = chance.choice(rest)
        deep = [n for n, line in enumerate(group) if b"__parentId" in line and b"Variant" in line.split(b"__parentId")[1]]
        # a variant's own children may wait: take one of the first lines that is no such child, or simply the first
        free = [n for n in range(len(group)) if n not in deep]
        mixed.append(group.pop(free[0] if free and chance.random() < 0.5 else 0))
    return mixed
