"""Lists and single objects: rows rendered for an answer, totals and links in the headers."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from urllib.parse import quote

from connectors.woocommerce.sandbox import shapes
from connectors.woocommerce.sandbox.errors import invalid_id
from connectors.woocommerce.sandbox.orders import with_decimals
from connectors.woocommerce.sandbox.query import Listing, listing
from connectors.woocommerce.sandbox.request import Answer, Headers, Request
from connectors.woocommerce.sandbox.select import Selector
from connectors.woocommerce.sandbox.state import Row, Store
from connectors.woocommerce.sandbox.wire import API, Data, encode, field_tree, join_rows, only

_ALLOW_ITEM = b"GET, POST, PUT, PATCH, DELETE"
_RELATED = 5


class Reader:
    """Answers GET and HEAD from a store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.selector = Selector(store)
        self.rng = random.Random(store.rng.random())  # noqa: S311  # related products, not secrets
        self._related: list[bytes] = []
        self._related_version = -1

    # -- one row ---------------------------------------------------------------------------------------------------

    def render(self, row: Row, resource: str, *, everywhere: bool = False) -> bytes:
        """The row's JSON; `everywhere` is the listing over all parents, which prints other links."""
        if resource == "products":
            if row.type == "variation":
                return encode(self.as_product(row))
            return row.head + self._related_ids() + row.tail
        if resource == "variations" and everywhere:
            return row.head + _global_links(row.id) + b"}"
        if resource == "refunds" and not everywhere:
            return encode({key: value for key, value in row.data().items() if key != "parent_id"})
        return row.head + row.tail

    def as_product(self, row: Row) -> Data:
        """A variation as /products/{id} shows it."""
        parent = self.store.products.rows[row.parent].data()
        return shapes.variation_as_product(row.data(), parent)

    def data(self, row: Row, resource: str, *, everywhere: bool = False) -> Data:
        found: Data = json.loads(self.render(row, resource, everywhere=everywhere))
        return found

    def _related_ids(self) -> bytes:
        """Another five products on every answer, as the real store's random pick."""
        if self._related_version != len(self.store.products):
            ids = list(self.store.products.rows)
            picks = (self.rng.sample(ids, min(_RELATED, len(ids))) for _ in range(64))
            self._related = [b",".join(b"%d" % one for one in pick) for pick in picks]
            self._related_version = len(ids)
        return self.rng.choice(self._related)

    # -- answers ---------------------------------------------------------------------------------------------------

    def one(self, request: Request, resource: str, identifier: int, parent: int | None = None) -> Answer:
        """GET of one object; raises Refusal (404)."""
        row = self.find(resource, identifier, parent)
        if "_fields" not in request.params and "dp" not in request.params:
            return Answer(self.render(row, resource), headers=[(b"allow", _ALLOW_ITEM)])
        return self.shown(request, with_decimals(self.data(row, resource), _places(request, resource)))

    def find(self, resource: str, identifier: int, parent: int | None = None, status: int = 404) -> Row:
        """The row, or the refusal that the store gives for it."""
        row = self.store.collection(resource).get(identifier)
        if row is None and resource == "products":
            row = self.store.variations.get(identifier)
        if row is None or (parent is not None and row.parent != parent):
            raise invalid_id(resource, status)
        return row

    def shown(self, request: Request, data: Data, status: int = 200, headers: Headers | None = None) -> Answer:
        """One object, cut to `_fields`; its links stay, unlike in a list."""
        if fields := request.params.get("_fields"):
            data = dict(only(data, {**field_tree(fields), "_links": True}))
        return Answer.of(data, status, b"GET, POST" if status == 201 else _ALLOW_ITEM, headers or ())

    def many(self, request: Request, resource: str, path: str, parent: int | None = None) -> Answer:
        """GET of a list; raises Refusal (400)."""
        asked = listing(resource, request.params, self.store.clock)
        matching = self.selector.rows(resource, asked, parent)
        page = matching[asked.start : asked.start + asked.per_page]
        headers = self.counted(request, resource, path, asked, len(matching), bool(page))
        paged = any(name == b"link" for name, _ in headers)
        if request.method == "HEAD":
            return Answer(b"", headers=headers, paged=paged)
        return Answer(self._page(request, page, resource, parent is None), headers=headers, paged=paged)

    def _page(self, request: Request, page: Sequence[Row], resource: str, everywhere: bool) -> bytes:
        fields, places = request.params.get("_fields"), _places(request, resource)
        if fields is None and places is None:
            return join_rows([self.render(row, resource, everywhere=everywhere) for row in page])
        if fields == "id":
            return join_rows([b'{"id":%d}' % row.id for row in page])
        rows = [with_decimals(self.data(row, resource, everywhere=everywhere), places) for row in page]
        return encode(rows if fields is None else [only(row, field_tree(fields)) for row in rows])

    def counted(
        self, request: Request, resource: str, path: str, asked: Listing, total: int, filled: bool
    ) -> list[tuple[bytes, bytes]]:
        if resource == "orders" and not filled:
            total = 0  # the orders' own tables count nothing on an empty page
        pages = -(-total // asked.per_page)
        found = [(b"x-wp-total", b"%d" % total), (b"x-wp-totalpages", b"%d" % pages)]
        base = [pair for pair in request.query if pair[0] != "rest_route"]
        if resource == "orders":
            base = [pair for pair in base if pair[0].split("[")[0] != "status"]
            base += [(f"status[{place}]", word) for place, word in enumerate(asked.statuses or ("any",))]
            added = [pair for pair in (("dp", "2"), ("context", "view")) if pair[0] not in request.params]
            base += added if filled else []
        linked = []
        if asked.page > 1:
            linked.append(_link(request, path, base, min(asked.page - 1, pages), "prev"))
        if asked.page < pages:
            linked.append(_link(request, path, base, asked.page + 1, "next"))
        if linked:
            found.append((b"link", ", ".join(linked).encode()))
        writable = resource not in {"variations", "refunds"} or path.count("/")
        return [*found, (b"allow", b"GET, POST" if writable else b"GET")]


def _places(request: Request, resource: str) -> int | None:
    """`dp`: the decimals that amounts of orders and refunds are asked for with."""
    text = request.params.get("dp", "")
    return int(text) if text.isdigit() and resource in {"orders", "refunds"} else None


def _link(request: Request, path: str, base: list[tuple[str, str]], page: int, rel: str) -> str:
    """The address of a neighbouring page. Credentials in the query come back in it, as in the real store."""
    known = any(name == "page" for name, _ in base)
    pairs = [(name, str(page) if name == "page" else value) for name, value in base]
    pairs += [] if known else [("page", str(page))]
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    return f'<{request.home}/wp-json/wc/v3/{path}?{query}>; rel="{rel}"'


def _global_links(identifier: int) -> bytes:
    """The global listing knows no parent: its links point to /variations/{id} and to product 0."""
    collection = f"{API}/variations"
    self_link, up = [{"href": f"{collection}/{identifier}"}], [{"href": f"{API}/products/0"}]
    return b'"_links":' + encode({"self": self_link, "collection": [{"href": collection}], "up": up})
