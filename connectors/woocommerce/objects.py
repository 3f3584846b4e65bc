"""The vendor objects in a file: one object, an array, one object a line, or a capture of HTTP exchanges or webhook deliveries.

A capture is {"exchanges": [{"request": {"method", "url"}, "response": {"status", "body"}}]} or
{"deliveries": [{"headers": {"X-WC-Webhook-Topic": "product.updated"}, "raw_body": "…"}]}. Bodies keep their exact bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from hub.errors import PermanentError
from schemas.exact import NotJson, decode

#: Path under /wc/v3/ → what its answers hold. A batch answers with three lists.
PATHS: Final = (
    (re.compile(r"products(/\d+|/batch)?"), "product"),
    (re.compile(r"(products/\d+/)?variations(/\d+|/batch)?"), "variation"),
    (re.compile(r"orders(/\d+|/batch)?"), "order"),
    (re.compile(r"(orders/\d+/)?refunds(/\d+)?"), "refund"),
    (re.compile(r"customers(/\d+|/batch)?"), "customer"),
)
_ROUTE: Final = re.compile(r"/wc/v[123]/([^?&#]*)")

#: Keys that only objects of one kind have: a file of another kind is told apart by them.
MARKS: Final = {
    "product": frozenset({"catalog_visibility", "short_description", "default_attributes", "grouped_products", "price_html"}),
    "order": frozenset({"order_key", "customer_note", "customer_id", "payment_method", "coupon_lines", "cart_tax"}),
    "refund": frozenset({"refunded_by", "refunded_payment"}),
    "customer": frozenset({"username", "is_paying_customer", "avatar_url", "role"}),
}


class _Request(msgspec.Struct):
    url: str | None = None
    method: str | None = None


class _Response(msgspec.Struct):
    status: int | None = None
    body: msgspec.Raw = msgspec.Raw(b"null")


class _Exchange(msgspec.Struct):
    request: _Request
    response: _Response | None = None


class _Delivery(msgspec.Struct):
    headers: dict[str, Any] = {}
    raw_body: str | None = None


class _Capture(msgspec.Struct):
    exchanges: list[_Exchange] = []
    deliveries: list[_Delivery] = []


def objects_in(raw_kind: str, text: bytes) -> list[bytes]:
    """The objects of this kind, each with its exact bytes, in the order of the file. Rows that are no objects are kept: they are
    for the mapping to refuse. Errors and answers without success are left out. Raises PermanentError when the file is no JSON.
    """
    text = text.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        found = decode(text)
    except NotJson as error:
        if lines := _lines(text):
            return [body for body in lines if _is(raw_kind, None, body)]
        hint = "Give one WooCommerce object, an array, one object a line, or a capture."
        raise PermanentError(f"The file is {error}.", hint=hint) from None
    if not isinstance(found, dict | list):
        return []
    if isinstance(found, dict) and ("exchanges" in found or "deliveries" in found):
        return [body for kind, body in _captured(text) if _is(raw_kind, kind, body)]
    return [body for body in _rows(text) if _is(raw_kind, None, body)]


def _lines(text: bytes) -> list[bytes]:
    """The objects of JSON lines, as `luneo extract --raw` writes them; none when any line is something else."""
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        return lines if all(isinstance(decode(line), dict) for line in lines) else []
    except NotJson:
        return []


def _rows(text: bytes) -> list[bytes]:
    """The elements of an array, or the one object."""
    try:
        return [bytes(row) for row in msgspec.json.decode(text, type=list[msgspec.Raw])] if text.startswith(b"[") else [text]
    except msgspec.DecodeError:
        return []  # a body that was cut or is no JSON


def _captured(text: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        capture = msgspec.json.decode(text, type=_Capture)
    except msgspec.ValidationError as error:
        raise PermanentError(f"The file is a capture of an unknown form: {error}.") from None
    for exchange in capture.exchanges:
        kind, batch = _kind_at(exchange.request.url or "")
        answer = exchange.response
        if kind and answer and 200 <= (answer.status or 200) < 300 and (exchange.request.method or "GET").upper() != "HEAD":
            body = _body(answer.body)
            for part in _results(body) if batch else [body]:
                yield from ((kind, row) for row in _rows(part))
    for delivery in capture.deliveries:
        topic = next((str(value) for name, value in delivery.headers.items() if name.lower() == "x-wc-webhook-topic"), "")
        if topic and delivery.raw_body:
            yield topic.partition(".")[0], delivery.raw_body.encode()


def _body(raw: msgspec.Raw) -> bytes:
    """A body as JSON, or as a text that holds JSON."""
    body = bytes(raw).strip()
    return str(decode(body)).encode().strip() if body.startswith(b'"') else body


def _kind_at(url: str) -> tuple[str | None, bool]:
    route = _ROUTE.search(unquote(url))
    path = route[1].strip("/") if route else ""
    return next((kind for pattern, kind in PATHS if pattern.fullmatch(path)), None), path.endswith("/batch")


def _results(body: bytes) -> list[bytes]:
    """The lists of a batch's answer: create, update, delete."""
    try:
        return [bytes(part) for part in msgspec.json.decode(body, type=dict[str, msgspec.Raw]).values()]
    except msgspec.DecodeError:
        return []


def _is(wanted: str, kind: str | None, body: bytes) -> bool:
    """Whether a row is of the wanted kind. `kind` is what its URL or topic says, None for a bare file."""
    try:
        row = decode(body)
    except NotJson:
        return False  # a delivery whose body is no JSON: a ping
    if not isinstance(row, dict):
        return kind in (None, wanted)
    if _refusal(row):
        return False
    if row.get("type") == "variation" and kind in (None, "product"):
        return wanted in ("variation", "product")
    return kind == wanted if kind is not None else _looks_like(wanted, row)


def _refusal(row: dict[str, Any]) -> bool:
    """An error answer, or an item of a batch that failed."""
    error = row.get("error")
    return {"code", "message", "data"} <= row.keys() or (isinstance(error, dict) and "code" in error)


def _looks_like(wanted: str, row: dict[str, Any]) -> bool:
    """Whether a bare object may be of a kind: it has that kind's marks, or an id and no other kind's."""
    if wanted == "variation":
        return "type" not in row and "id" in row and not any(marks & row.keys() for marks in MARKS.values())
    if MARKS[wanted] & row.keys():
        return True
    return "id" in row and not any(marks & row.keys() for marks in MARKS.values())
