"""Refunds: in the order a summary {id, reason, total: "-16.67"}, from /refunds the whole object, with negative lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from connectors.woocommerce.mapping.lines import line_ref, tax_shares
from connectors.woocommerce.mapping.metafields import metafields
from connectors.woocommerce.mapping.reading import (
    VENDOR,
    amount,
    ident,
    keep,
    moment,
    number_text,
    objects,
    opened,
    own_id,
    remaining,
    skipped,
)
from connectors.woocommerce.mapping.words import keys
from hub.errors import SkippedRecordError
from hub.mapping import WrongValue, flag, text, wrong
from hub.ports import Json, ShopSettings
from schemas.money import money

_SORTS: Final = (("line_items", "product", "name"), ("shipping_lines", "shipping", "method_title"), ("fee_lines", "fee", "name"))
_KNOWN: Final = keys(
    "id amount reason refunded_by refunded_payment date_created_gmt meta_data line_items shipping_lines",
    "fee_lines tax_lines _links",
)
_LINE: Final = frozenset({"id", "quantity", "total", "total_tax", "taxes", "meta_data"})
_TAX: Final = frozenset({"id", "label", "tax_total", "shipping_tax_total", "meta_data"})
_SUMMARY: Final = frozenset({"id", "reason", "total"})
_ORIGIN: Final = "_refunded_item_id"


def map_refund(body: bytes, settings: ShopSettings) -> Json:
    """One refund alone, as a canonical refund; its currency is the shop's. Raises SkippedRecordError."""
    raw = opened(body, "refund")
    try:
        return refund_doc(raw, settings.currency)
    except WrongValue as error:
        raise skipped("refund", raw, error) from None


def refunds(raw: Json, given: Sequence[Json], currency: str | None) -> tuple[list[Json], bool]:
    """The order's refunds in its order, and whether one is known by its summary only."""
    whole = {own_id(refund): refund for refund in given}
    found, incomplete = [], False
    for index, summary in enumerate(objects(raw, "refunds")):
        try:
            doc = _summary(summary, currency)
        except WrongValue as error:
            raise error.under("refunds", index) from None
        child = whole.pop(doc["ref"]["id"], None)
        if child is None:
            incomplete = True
        else:
            doc = _both(child, doc, summary, raw, currency)
        found.append(doc)
    return [*found, *(_child(refund, raw, currency) for refund in whole.values())], incomplete


def _child(refund: Json, order: Json, currency: str | None) -> Json:
    try:
        return refund_doc(refund, currency)
    except WrongValue as error:
        raise SkippedRecordError(
            f"{VENDOR} order {order['id']}",
            str(skipped(f"refund {refund['id']}", refund, error)),
            field=f"refunds/{refund['id']}#{error.pointer}",
        ) from None


def _both(child: Json, short: Json, summary: Json, order: Json, currency: str | None) -> Json:
    """The whole refund; its summary repeats amount and reason, and is kept only where it says something else."""
    doc = _child(child, order, currency)
    if "ext" in short or any(short.get(name) != doc.get(name) for name in ("amount", "reason")):
        doc.setdefault("ext", {}).setdefault(VENDOR, {})["summary"] = summary
    return doc


def _summary(raw: Json, currency: str | None) -> Json:
    doc: Json = {"ref": {"connector": VENDOR, "kind": "refund", "id": own_id(raw)}}
    reason, total = text(raw, "reason"), amount(raw, "total", currency)
    if total is not None:
        doc["amount"] = money(negated(total["amount"]), currency)
    if reason is not None:
        doc["reason"] = reason
    keep(doc, remaining(raw, _SUMMARY))
    return doc


def negated(value: str) -> str:
    """The other sign: what WooCommerce writes as "-16.67" was given back, 16.67 of it. Zero has no sign."""
    return value[1:] if value.startswith("-") else f"-{value}" if value.strip("0.") else value


def refund_doc(raw: Json, currency: str | None) -> Json:
    """A decoded refund. Raises WrongValue."""
    doc: Json = {"ref": {"connector": VENDOR, "kind": "refund", "id": own_id(raw)}}
    rest = remaining(raw, _KNOWN)
    value, paid_back, date = amount(raw, "amount", currency), flag(raw, "refunded_payment"), moment(raw, "date_created_gmt", rest)
    for name, found in (
        ("amount", value),
        ("reason", text(raw, "reason")),
        ("refunded_by", ident(raw, "refunded_by")),
        ("paid_back", paid_back),
        ("created_at", date),
    ):
        if found is not None:
            doc[name] = found
    lines = [line for key, kind, title in _SORTS for line in _lines(raw, key, kind, title, currency)]
    lines += _taxes(raw, currency)
    if lines:
        doc["lines"] = lines
    if raw.get("meta_data"):
        doc["metafields"] = metafields(raw)
    keep(doc, rest)
    return doc


def _lines(raw: Json, key: str, kind: str, title: str, currency: str | None) -> list[Json]:
    found = []
    for index, line in enumerate(objects(raw, key)):
        try:
            found.append(_line(line, kind, title, currency))
        except WrongValue as error:
            raise error.under(key, index) from None
    return found


def _line(raw: Json, kind: str, title: str, currency: str | None) -> Json:
    doc: Json = {"kind": kind, **line_ref(raw)}
    rest = remaining(raw, _LINE | {title})
    name, quantity = text(raw, title), number_text(raw, "quantity")
    if name is not None:
        doc["title"] = name
    if quantity is not None:
        doc["quantity"] = negated(quantity)
    _back(raw, doc, (("total", "total"), ("total_tax", "total_tax")), currency)
    shares = [_positive(share, currency) for share in tax_shares(raw, currency, {})]
    if shares:
        doc["tax_lines"] = shares
    _origin(raw, doc)
    keep(doc, rest)
    return doc


def _origin(raw: Json, doc: Json) -> None:
    """The line of the order that this one takes back stands in a meta entry."""
    if not raw.get("meta_data"):
        return
    doc["metafields"] = metafields(raw)
    for field in doc["metafields"]:
        if field["key"] == _ORIGIN and field.get("value") not in (None, ""):
            value: Any = field["value"]
            if type(value) not in (str, int):
                raise wrong(_ORIGIN, value, "the id of a line")
            doc["line"] = str(value)


def _taxes(raw: Json, currency: str | None) -> list[Json]:
    found = []
    for index, tax in enumerate(objects(raw, "tax_lines")):
        try:
            doc: Json = {"kind": "tax", **line_ref(tax)}
            title = text(tax, "label")
            if title is not None:
                doc["title"] = title
            _back(tax, doc, (("tax_total", "total"), ("shipping_tax_total", "total_tax")), currency)
            if tax.get("meta_data"):
                doc["metafields"] = metafields(tax)
        except WrongValue as error:
            raise error.under("tax_lines", index) from None
        keep(doc, remaining(tax, _TAX))
        found.append(doc)
    return found


def _back(raw: Json, doc: Json, table: tuple[tuple[str, str], ...], currency: str | None) -> None:
    for key, name in table:
        value = amount(raw, key, currency)
        if value is not None:
            doc[name] = money(negated(value["amount"]), currency)


def _positive(share: Json, currency: str | None) -> Json:
    return share | {name: money(negated(share[name]["amount"]), currency) for name in ("amount", "subtotal") if name in share}
