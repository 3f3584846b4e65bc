"""The goods of the loopback store: any number of products, each rendered on demand from one template.

The template is a simple product as WooCommerce 10.5 sent it (see the connector's captures), trimmed to about 2.25 KB.
Rendering is one bytes formatting per row, so that the store stays cheap and 200,000 products need no memory.
"""

from __future__ import annotations

import json
import random
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

CAPTURES = Path(__file__).parent.parent / "connectors" / "woocommerce" / "captures"
FIRST_ID = 1001
EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
MATERIALS = ("or", "argent", "laiton", "érable", "cuir", "verre", "lin", "grès")
SORTS = ("Bague", "Collier", "Lampe", "Carafe", "Étui", "Plateau", "Vase", "Montre", "Cadre", "Coffret", "Bougeoir")


def captured(name: str) -> list[dict[str, Any]]:
    """The exchanges of one recorded capture."""
    exchanges: list[dict[str, Any]] = json.loads((CAPTURES / name).read_text())["exchanges"]
    return exchanges


def encode(value: Any) -> bytes:
    """JSON as WordPress writes it: slashes escaped, nothing beyond ASCII."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


def _template() -> bytes:
    product = dict(captured("04-product-simple.json")[0]["response"]["body"])
    for shop_dependent in ("cost_of_goods_sold", "price_html"):
        del product[shop_dependent]
    dates = {"date_created": "@created@", "date_created_gmt": "@created@"}
    dates |= {"date_modified": "@modified@", "date_modified_gmt": "@modified@"}
    image_dates = dict.fromkeys(dates, "@created@")
    product |= dates | {
        "id": "@id@",
        "name": "@name@",
        "slug": "@slug@",
        "permalink": "https://shop.example/product/@slug@/",
        "description": "<p>@name@, <strong>gravure</strong> offerte.</p>\n",
        "sku": "SKU-@id@",
        "price": "@price@",
        "regular_price": "@price@",
        "stock_quantity": "@stock@",
        "weight": "0.@stock@",
        "categories": product["categories"][:1],
        "related_ids": "@related@",
        "global_unique_id": "",
        "images": [{"id": "@image@"} | image_dates | {"src": "https://shop.example/@slug@.jpg", "name": "@slug@", "alt": ""}],
        "attributes": [
            {"id": 0, "name": "Matière", "slug": "Matière", "position": 0, "visible": True, "variation": False}
            | {"options": ["@material@"]}
        ],
        "meta_data": [
            {"id": "@meta@", "key": "luneo_model_url", "value": "https://cdn.example/@id@.glb"},
            {"id": "@flag@", "key": "luneo_num", "value": "3.14"},
        ],
        "_links": {"self": [{"href": "https://shop.example/wp-json/wc/v3/products/@id@"}]},
    }
    text = encode(product).replace(b"%", b"%%")
    for number in ("id", "stock", "related", "image", "meta", "flag"):
        text = text.replace(b'"@%b@"' % number.encode(), b"%%(%b)b" % number.encode())
    parts = text.split(b"@")
    return parts[0] + b"".join(b"%%(%b)b" % part if inside % 2 == 0 else part for inside, part in enumerate(parts[1:]))


def moment(at: datetime) -> str:
    """A date as the REST API writes it: seconds, no offset."""
    return at.strftime("%Y-%m-%dT%H:%M:%S")


class Catalogue:
    """Products by id, in the orders a client may ask for; changes are kept beside the template, by id."""

    def __init__(self, count: int) -> None:
        self.ids = list(range(FIRST_ID, FIRST_ID + count))
        self.first = list(self.ids)
        self._touched: dict[int, tuple[int, datetime]] = {}
        self._template = _template()
        self._random = random.Random(count)
        self._listing: tuple[tuple[str, str, str], list[int]] | None = None

    def touch(self, count: int) -> list[int]:
        """Changes `count` products spread over the catalogue: a new price, modified now. The same ones each time."""
        step = max(1, len(self.ids) // count)
        chosen = self.ids[::step][:count]
        now = datetime.now(UTC).replace(microsecond=0)
        for number in chosen:
            revision, _ = self._touched.get(number, (0, now))
            self._touched[number] = (revision + 1, now)
        self._listing = None
        return chosen

    def delete(self, places: slice) -> None:
        """Takes products away, by their place in the order of ids."""
        del self.ids[places]
        self._listing = None

    def insert(self, count: int) -> None:
        """Adds products, newest first in the default order."""
        now = datetime.now(UTC).replace(microsecond=0)
        for number in range(self.ids[-1] + 1, self.ids[-1] + 1 + count):
            self.ids.append(number)
            self._touched[number] = (0, now)
        self._listing = None

    def modified(self, number: int) -> datetime:
        """When a product was last changed."""
        touched = self._touched.get(number)
        return touched[1] if touched else EPOCH + timedelta(days=30, minutes=number)

    def listing(self, orderby: str, order: str, modified_after: str) -> list[int]:
        """The ids a client would see, in its order. The last answer is kept: clients turn pages of one listing."""
        key = (orderby, order, modified_after)
        if self._listing is None or self._listing[0] != key:
            self._listing = (key, self._select(orderby, order, modified_after))
        return self._listing[1]

    def _select(self, orderby: str, order: str, modified_after: str) -> list[int]:
        found = self.ids
        if orderby == "modified" or modified_after:
            keyed = sorted((self.modified(number), number) for number in found)
            if modified_after:  # strictly greater, as the real one
                bound = datetime.fromisoformat(modified_after.replace("Z", "")).replace(tzinfo=UTC)
                keyed = keyed[bisect_right(keyed, (bound, 1 << 62)) :]
            found = [number for _, number in keyed]
            if orderby != "modified":
                found.sort()
        return found if order == "asc" else found[::-1]

    def row(self, number: int) -> bytes:
        """One product as JSON. `related_ids` come in another order on every answer, as the real ones do."""
        touched = self._touched.get(number)
        name = f"{SORTS[number % 11]} {MATERIALS[number % 8]} {number}"
        related = [number + 1, number + 2, number + 3, number + 5]
        self._random.shuffle(related)
        price = f"{number % 400 + (touched[0] if touched else 0)}.{number % 10}0"
        return self._template % {
            b"id": b"%d" % number,
            b"name": encode(name)[1:-1],
            b"slug": b"produit-%d" % number,
            b"created": moment(EPOCH + timedelta(minutes=number)).encode(),
            b"modified": moment(self.modified(number)).encode(),
            b"price": price.encode(),
            b"stock": b"%d" % (number % 90 + 10),
            b"related": b"[%d,%d,%d,%d]" % tuple(related),
            b"image": b"%d" % (number + 500_000),
            b"meta": b"%d" % (number + 900_000),
            b"flag": b"%d" % (number + 1_900_000),
            b"material": encode(MATERIALS[number % 8])[1:-1],
        }
