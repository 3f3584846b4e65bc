"""A very cheap WooCommerce-shaped store on the loopback, in a process of its own so that its CPU is not counted.

`benchmarks.serve` puts it on a socket. Any credentials are accepted. Control calls:
`POST /__reset?products=N&mode=M`, `POST /__touch?n=200`, `GET /__stats`, `GET /__expected` (ids a complete sync must hold).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from benchmarks.catalogue import Catalogue, captured, encode, moment
from benchmarks.hostile import PLACE, Answer, Hostility

API = "/wp-json/wc/v3/"
EMPTY = ("orders", "customers", "refunds", "variations", "coupons", "products/categories", "products/tags")


def problem(status: int, code: str, message: str) -> Answer:
    """An error in the REST API's own shape."""
    return Answer(encode({"code": code, "message": message, "data": {"status": status}}), status)


class Store:
    """Answers requests: `handle` takes a parsed request and gives an `Answer`."""

    def __init__(self, base: str = "http://127.0.0.1") -> None:
        self.base = base
        self.webhooks: dict[int, dict[str, Any]] = {}
        self.reset(0, "")

    def reset(self, products: int, mode: str) -> None:
        """A new catalogue, a new hostility, counters at zero."""
        self.catalogue = Catalogue(products)
        self.hostility = Hostility(mode, self.catalogue)
        self.requests = 0

    def handle(self, method: str, path: str, query: dict[str, str], body: bytes) -> Answer:
        """One request, whatever it is."""
        if path.startswith("/__"):
            return self._control(path[3:], query)
        self.requests += 1
        path = path.rstrip("/")
        if path == "/wp-json":
            return self._static("01-index.json")
        if not (path + "/").startswith(API):
            return problem(404, "rest_no_route", "No route was found matching the URL and request method.")
        route = path[len(API) :]
        if route == "products":
            return self._products(query)
        if route.startswith("webhooks"):
            return self._webhooks(method, route[9:], body)
        return self._rest(route)

    def _control(self, verb: str, query: dict[str, str]) -> Answer:
        if verb == "reset":
            self.reset(int(query["products"]), query.get("mode", ""))
        elif verb == "touch":
            return Answer(encode(self.catalogue.touch(int(query["n"]))))
        elif verb == "expected":
            kept = set(self.catalogue.first) & set(self.catalogue.ids)
            return Answer(encode(sorted(kept - self.hostility.spoiled)))
        return Answer(encode({"requests": self.requests, "products": len(self.catalogue.ids)}))

    def _static(self, capture: str, exchange: int = 0) -> Answer:
        text = json.dumps(captured(capture)[exchange]["response"]["body"])
        return Answer(encode(json.loads(text.replace("https://127.0.0.1:18443", self.base))))

    def _rest(self, route: str) -> Answer:
        parent, _, last = route.rpartition("/")
        if route == "":
            return self._static("01-index.json", 1)
        if route == "system_status":
            return self._static("02-system-status.json")
        if route in EMPTY or (parent.startswith("products/") and last == "variations"):
            return Answer(b"[]", headers={"X-WP-Total": "0", "X-WP-TotalPages": "0"})
        if parent == "products" and last.isdigit() and int(last) in self.catalogue.ids:
            return Answer(self.catalogue.row(int(last)))
        if route == "data/currencies/current":
            return self._static("26-settings-currency.json", 1)
        if parent in ("settings", "settings/general", "settings/products"):
            return self._settings(parent, last)
        return problem(404, "rest_no_route", "No route was found matching the URL and request method.")

    def _settings(self, parent: str, last: str) -> Answer:
        group = parent.rpartition("/")[2] if parent != "settings" else last
        found = [e["response"]["body"] for e in captured("26-settings-currency.json") if "/settings/" in e["request"]["url"]]
        options = [option for option in found if f"/settings/{group}" in json.dumps(option["_links"])]
        if parent == "settings":
            return Answer(encode(options))
        named = [option for option in options if option["id"] == last]
        if not named:
            return problem(404, "rest_setting_setting_invalid", "Invalid setting.")
        return Answer(encode(named[0]))

    def _webhooks(self, method: str, number: str, body: bytes) -> Answer:
        if method == "POST" and not number:
            key = len(self.webhooks) + 1
            sent = json.loads(body)
            sent.pop("secret", None)
            self.webhooks[key] = {"id": key, "status": "active", "date_created_gmt": moment(datetime.now(UTC))} | sent
            return Answer(encode(self.webhooks[key]), 201)
        if not number:
            return Answer(encode(list(self.webhooks.values())), headers={"X-WP-Total": str(len(self.webhooks))})
        if not number.isdigit() or int(number) not in self.webhooks:
            return problem(404, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.")
        if method == "DELETE":
            return Answer(encode(self.webhooks.pop(int(number))))
        if body:
            self.webhooks[int(number)] |= json.loads(body)
        return Answer(encode(self.webhooks[int(number)]))

    def _products(self, query: dict[str, str]) -> Answer:
        per_page, page = int(query.get("per_page", 10)), int(query.get("page", 1))
        if not 1 <= per_page <= 100 or page < 1:
            return problem(400, "rest_invalid_param", "Invalid parameter(s): per_page")
        start = int(query["offset"]) if "offset" in query else (page - 1) * per_page
        fateful = bool(self.hostility.mode) and start <= PLACE < start + per_page
        if fateful:
            self.hostility.before()
        listing = self._listing(query)
        numbers = listing[start : start + per_page]
        rows = self.hostility.rows(numbers, start) if fateful else list[bytes | int](numbers)
        pages = -(-len(listing) // per_page)
        headers = {"X-WP-Total": str(len(listing)), "X-WP-TotalPages": str(pages)}
        if page < pages:
            headers["Link"] = f'<{self._page(query, page + 1)}>; rel="next"'
        good = Answer(b"[%b]" % b",".join(self._row(row, query.get("_fields", "")) for row in rows), headers=headers)
        return self.hostility.answer(good) if fateful else good

    def _listing(self, query: dict[str, str]) -> list[int]:
        orderby = query.get("orderby", "date")
        found = self.catalogue.listing(orderby, query.get("order", "desc"), query.get("modified_after", ""))
        if "include" in query:
            wanted = {int(number) for number in query["include"].split(",")}
            found = [number for number in found if number in wanted]
        status = query.get("status", "any")
        return found if status in ("any", "publish") else []

    def _row(self, row: bytes | int, fields: str) -> bytes:
        if isinstance(row, bytes):
            return row
        if not fields:
            return self.catalogue.row(row)
        if fields == "id":
            return b'{"id":%d}' % row
        whole = json.loads(self.catalogue.row(row))
        return encode({name: whole[name] for name in fields.split(",") if name in whole})

    def _page(self, query: dict[str, str], page: int) -> str:
        words = "&".join(f"{key}={value}" for key, value in (query | {"page": str(page)}).items())
        return f"{self.base}{API}products?{words}"


def head(answer: Answer) -> bytes:
    """The status line and headers of an answer."""
    lines = [f"HTTP/1.1 {answer.status} -", f"Content-Type: {answer.content_type}"]
    lines += [f"Date: {format_datetime(datetime.now(UTC), usegmt=True)}", f"Content-Length: {len(answer.body)}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
