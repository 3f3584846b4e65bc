"""Orders: lines, discounts, taxes and totals, computed and rounded the way the store does, one cent apart included.

Prices include 20 % VAT, amounts on lines do not. Exact amounts are kept to six decimals inside the store; a line's
`total_tax` rounds a half down while its `taxes[].total` rounds it up, and `discount_total` is a difference of rounded
amounts while a coupon line rounds its exact share: that is how the real sums come to differ by 0.01.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from html import escape
from typing import Any

from connectors.woocommerce.sandbox.shapes import ORDER_ADDRESS, address
from connectors.woocommerce.sandbox.state import Store
from connectors.woocommerce.sandbox.wire import API, HOME, Data, links, number

VAT = Decimal("0.2")
RATE = {"rate_code": "FR-TVA-1", "rate_id": 1, "label": "TVA", "compound": False}
STATUSES = ("auto-draft", "pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed")
SYMBOLS = {"EUR": "€", "JPY": "¥", "KWD": "د.ك", "USD": "$", "GBP": "£"}
_AMOUNTS = {"amount", "cart_tax", "discount", "discount_tax", "discount_total", "shipping_tax", "shipping_tax_total"}
_AMOUNTS |= {"shipping_total", "subtotal", "subtotal_tax", "tax_total", "total", "total_tax"}
_MICRO = Decimal("0.000001")
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Item:
    """What a line sells."""

    product: int
    variation: int
    name: str
    sku: str
    gtin: str
    price: Decimal
    image: Data
    parent_name: str | None = None
    cost: float | None = None


def money(amount: Decimal, places: int, *, up: bool = True) -> str:
    """An amount padded to the store's decimals."""
    return str(amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP if up else ROUND_HALF_DOWN))


def with_decimals(value: Data, places: int | None) -> Data:
    """The object with its amounts rounded again, as `dp` asks; what the store has rounded away does not come back."""
    if places is None:
        return value
    found: Data = {}
    for key, item in value.items():
        if isinstance(item, list) and key != "meta_data":
            found[key] = [with_decimals(one, places) if isinstance(one, dict) else one for one in item]
        elif key in _AMOUNTS and isinstance(item, str) and item:
            found[key] = money(Decimal(item), places)
        else:
            found[key] = item
    return found


def meta(store: Store, key: str, value: Any) -> Data:
    """Meta of a line: shown a second time, with HTML escaped."""
    shown = escape(value, quote=False) if isinstance(value, str) else value
    return {"id": store.next("meta"), "key": key, "value": value, "display_key": key, "display_value": shown}


def line(store: Store, item: Item, quantity: int, discount: Decimal = _ZERO, metas: Iterable[Data] = ()) -> Data:
    """One line; `discount` is the share taken off, 0 to 1."""
    dp = store.shop.decimals
    gross = item.price * quantity
    subtotal = (gross / (1 + VAT)).quantize(_MICRO)
    total = (subtotal * (1 - discount)).quantize(_MICRO)
    subtotal_tax, tax = gross - subtotal, (total * VAT).quantize(_MICRO)
    found: Data = {"id": store.next("item"), "name": item.name}
    if item.cost is None:
        found["cogs_value"] = None  # only lines without a cost show this key
    found |= {
        "product_id": item.product,
        "variation_id": item.variation,
        "quantity": quantity,
        "tax_class": "",
        "subtotal": money(subtotal, dp),
        "subtotal_tax": money(subtotal_tax, dp),
        "total": money(total, dp),
        "total_tax": money(tax, dp, up=False),
        "taxes": [{"id": 1, "total": money(tax, dp), "subtotal": money(subtotal_tax, dp)}],
        "meta_data": list(metas),
        "sku": item.sku,
        "global_unique_id": item.gtin,
        "price": number(float(total / quantity)) if quantity else 0,
        "image": item.image,
        "parent_name": item.parent_name,
    }
    if item.cost is not None:
        found["cost_of_goods_sold"] = {"value": number(item.cost * quantity)}
    return found


def fee(store: Store, name: str, amount: str) -> Data:
    """A taxed fee; `amount` without tax."""
    dp, value = store.shop.decimals, Decimal(amount)
    tax = money(value * VAT, dp)
    return {
        "id": store.next("item"),
        "name": name,
        "tax_class": "",
        "tax_status": "taxable",
        "amount": money(value, dp),
        "total": money(value, dp),
        "total_tax": tax,
        "taxes": [{"id": 1, "total": tax, "subtotal": ""}],
        "meta_data": [],
    }


def shipping(store: Store, title: str, amount: str) -> Data:
    """A taxed flat rate; `amount` without tax."""
    dp, value = store.shop.decimals, Decimal(amount)
    tax = money(value * VAT, dp)
    return {
        "id": store.next("item"),
        "method_title": title,
        "method_id": "flat_rate",
        "instance_id": "",
        "total": money(value, dp),
        "total_tax": tax,
        "taxes": [{"id": 1, "total": tax, "subtotal": ""}],
        "tax_status": "taxable",
        "meta_data": [],
    }


def coupon(store: Store, code: str, percent: int, exact: Decimal) -> Data:
    """A percentage coupon that took `exact` off the lines."""
    dp, info = store.shop.decimals, f'[{200 + percent},"{code}","percent",{percent}]'
    return {
        "id": store.next("item"),
        "code": code,
        "discount": money(exact, dp),
        "discount_tax": money(exact * VAT, dp),
        "meta_data": [meta(store, "coupon_info", info)],
        "discount_type": "percent",
        "nominal_amount": percent,
        "free_shipping": False,
    }


def blank(store: Store, identifier: int, key: str) -> Data:
    """A pending order without lines."""
    return {
        "id": identifier,
        "parent_id": 0,
        "status": "pending",
        "currency": store.shop.currency,
        "version": "10.5.0",
        "prices_include_tax": True,
        "date_created": None,
        "date_modified": None,
        **dict.fromkeys(("discount_total", "discount_tax", "shipping_total", "shipping_tax"), ""),
        **dict.fromkeys(("cart_tax", "total", "total_tax"), ""),
        "customer_id": 0,
        "order_key": key,
        "billing": address(ORDER_ADDRESS, contact=("email", "phone")),
        "shipping": address(ORDER_ADDRESS),
        **dict.fromkeys(("payment_method", "payment_method_title", "transaction_id"), ""),
        **dict.fromkeys(("customer_ip_address", "customer_user_agent", "created_via", "customer_note"), ""),
        "date_completed": None,
        "date_paid": None,
        "cart_hash": "",
        "number": str(identifier),
        "meta_data": [],
        "line_items": [],
        "tax_lines": [],
        "shipping_lines": [],
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [],
        "payment_url": f"{HOME}/checkout/order-pay/{identifier}/?pay_for_order=true&key={key}",
        "is_editable": True,
        "needs_payment": True,
        "needs_processing": True,
        **dict.fromkeys(("date_created_gmt", "date_modified_gmt", "date_completed_gmt", "date_paid_gmt")),
        "cost_of_goods_sold": {"total_value": 0},
        "currency_symbol": SYMBOLS.get(store.shop.currency, store.shop.currency),
        "_links": links("orders", identifier),
    }


def settle(store: Store, order: Data) -> None:
    """Recompute the totals, the tax line, the flags and the links after lines, status or customer changed."""
    dp = store.shop.decimals

    def total(lines: str, field: str) -> Decimal:
        return sum((Decimal(found[field]) for found in order[lines]), _ZERO)

    goods, fees, freight = total("line_items", "total"), total("fee_lines", "total"), total("shipping_lines", "total")
    freight_tax = total("shipping_lines", "total_tax")
    cart_tax = total("line_items", "total_tax") + total("fee_lines", "total_tax")
    order["discount_total"] = money(total("line_items", "subtotal") - goods, dp)
    order["discount_tax"] = money(total("line_items", "subtotal_tax") - total("line_items", "total_tax"), dp)
    order["shipping_total"], order["shipping_tax"] = money(freight, dp), money(freight_tax, dp)
    order["cart_tax"], order["total_tax"] = money(cart_tax, dp), money(cart_tax + freight_tax, dp)
    order["total"] = money(goods + fees + freight + cart_tax + freight_tax, dp)
    taxes = {"tax_total": order["cart_tax"], "shipping_tax_total": order["shipping_tax"]}
    if not order["line_items"] and not order["fee_lines"] and not order["shipping_lines"]:
        order["tax_lines"] = []
    elif order["tax_lines"]:
        order["tax_lines"][0] |= taxes
    else:
        order["tax_lines"] = [{"id": store.next("item"), **RATE, **taxes, "rate_percent": 20, "meta_data": []}]
    cost = sum(found.get("cost_of_goods_sold", {"value": 0})["value"] for found in order["line_items"])
    order["cost_of_goods_sold"] = {"total_value": number(cost)}
    order["is_editable"] = order["status"] in {"pending", "on-hold", "auto-draft"}
    order["needs_payment"] = order["status"] in {"pending", "failed"} and Decimal(order["total"]) > 0
    order["needs_processing"] = bool(order["line_items"])
    order["_links"] = links("orders", order["id"])
    mails = {"embeddable": True, "href": f"{API}/orders/{order['id']}/actions/email_templates"}
    order["_links"]["email_templates"] = [mails]
    if order["customer_id"]:
        order["_links"]["customer"] = [{"href": f"{API}/customers/{order['customer_id']}"}]


def refund(store: Store, order: Data, lines: Iterable[tuple[Data, int]], amount: Decimal | None, reason: str) -> Data:
    """A refund of that order: of lines with quantities, or of a bare amount."""
    dp, identifier, back = store.shop.decimals, store.next("post"), _ZERO
    items: list[Data] = []
    for sold, quantity in lines:
        share = Decimal(quantity) / Decimal(sold["quantity"])
        value, tax = Decimal(sold["total"]) * share, Decimal(sold["total_tax"]) * share
        returned = sold | {"id": store.next("item"), "quantity": -quantity}
        returned |= {"subtotal": money(-value, dp), "subtotal_tax": money(-tax, dp)}
        returned |= {"total": money(-value, dp), "total_tax": money(-tax, dp)}
        returned["taxes"] = [{"id": 1, "total": money(-tax, dp), "subtotal": money(-tax, dp)}]
        returned["meta_data"] = [meta(store, "_refunded_item_id", str(sold["id"]))]
        returned.pop("cost_of_goods_sold", None)
        returned.pop("cogs_value", None)
        items.append(returned)
        back += Decimal(money(value, dp)) + Decimal(money(tax, dp))
    return {
        "id": identifier,
        "parent_id": order["id"],
        "date_created": None,
        "date_created_gmt": None,
        "amount": money(back if amount is None else amount, dp),
        "reason": reason,
        "refunded_by": 1,
        "refunded_payment": False,
        "meta_data": [],
        "line_items": items,
        "shipping_lines": [],
        "tax_lines": [],
        "fee_lines": [],
        "_links": links(f"orders/{order['id']}/refunds", identifier, up=f"orders/{order['id']}"),
    }
