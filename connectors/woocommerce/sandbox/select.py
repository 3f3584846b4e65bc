"""Which rows a listing holds, in which order: filters, sorting, and a small memory of the last sorted lists.

Equal dates are the real store's weakness: `orderby=modified` has no second sort column, so rows of one second come in
an order that nothing promises (`unstable_ties`: in another one on every page).
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable

from connectors.woocommerce.sandbox.query import Listing
from connectors.woocommerce.sandbox.state import Row, Store

_HIDDEN = {"trash", "auto-draft", "checkout-draft"}
_REMEMBERED = 6

Key = Callable[[Row], tuple[object, ...]]


class Selector:
    """Finds the rows of a listing in a store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._lists: OrderedDict[tuple[object, ...], list[Row]] = OrderedDict()

    def rows(self, resource: str, asked: Listing, parent: int | None = None) -> list[Row]:
        """All rows that match, in order; the caller cuts its page out of them."""
        store = self.store
        with store.lock:
            version = store.collection(resource).version, store.variations.version
            salt = asked.page if store.shop.unstable_ties else 0
            key = (resource, parent, version, salt, asked.key())
            found = self._lists.get(key)
            if found is None:
                found = _sorted(self._matching(resource, asked, parent), asked, salt)
                self._lists[key] = found
                while len(self._lists) > _REMEMBERED:
                    self._lists.popitem(last=False)
            return found

    def _candidates(self, resource: str, asked: Listing, parent: int | None) -> Iterable[Row]:
        store = self.store
        if parent is not None:
            ids = (store.children if resource == "variations" else store.refunds_of).get(parent, [])
            rows = store.collection(resource).rows
            return [rows[one] for one in ids if one in rows]
        if asked.include:
            rows = store.collection(resource).rows
            return [rows[one] for one in dict.fromkeys(asked.include) if one in rows]
        found: Iterable[Row] = store.collection(resource)
        if resource == "products" and "sku" in asked.words:
            return [*found, *store.variations]  # a sku is looked up among variations too
        return found

    def _matching(self, resource: str, asked: Listing, parent: int | None) -> list[Row]:
        tests = list(_tests(resource, asked))
        found = self._candidates(resource, asked, parent)
        return [row for row in found if all(test(row) for test in tests)] if tests else list(found)


def _tests(resource: str, asked: Listing) -> Iterable[Callable[[Row], bool]]:
    if resource in {"products", "variations", "orders"}:
        wanted = set(asked.statuses) - {"any"}
        yield (lambda row: row.status in wanted) if wanted else (lambda row: row.status not in _HIDDEN)
    if asked.exclude:
        without = set(asked.exclude)
        yield lambda row: row.id not in without
    for name, bound in asked.bounds.items():
        column = ("modified" if name.startswith("modified") else "created") + ("" if asked.gmt else "_local")
        yield _bound(column, bound, later=name.endswith("after"))
    yield from _word_tests(resource, asked)


def _word_tests(resource: str, asked: Listing) -> Iterable[Callable[[Row], bool]]:
    words = asked.words
    if "sku" in words and resource in {"products", "variations"}:
        skus = set(words["sku"].split(","))
        yield lambda row: row.sku in skus
    if "search" in words:
        text = words["search"].casefold()
        yield lambda row: text in row.name.casefold() or text in row.sku.casefold()
    if "type" in words and resource == "products":
        yield lambda row: row.type == words["type"]
    if "parent" in words:
        parents = {int(part) for part in words["parent"].split(",") if part.strip().isdigit()}
        yield lambda row: row.parent in parents
    if "customer" in words and resource == "orders":
        yield lambda row: str(row.buyer) == words["customer"]
    if resource == "customers":
        role = words.get("role", "customer")
        if role != "all":
            yield lambda row: row.type == role
        if "email" in words:
            yield lambda row: row.sku == words["email"].lower()


def _bound(column: str, bound: int, *, later: bool) -> Callable[[Row], bool]:
    """Strictly later or earlier, by whole seconds."""
    if later:
        return lambda row: bool(getattr(row, column) > bound)
    return lambda row: bool(getattr(row, column) < bound)


def _sorted(rows: list[Row], asked: Listing, salt: int) -> list[Row]:
    if asked.orderby == "include":
        return rows
    return sorted(rows, key=_key(asked.orderby, salt), reverse=asked.descending)


def _key(orderby: str, salt: int) -> Key:
    if orderby == "id":
        return lambda row: (row.id,)
    if orderby == "modified":
        return lambda row: (row.modified, zlib.crc32(b"%d-%d" % (salt, row.id)))
    if orderby in {"title", "slug", "name"}:
        return lambda row: (row.name, row.id)
    return lambda row: (row.created, row.id)
