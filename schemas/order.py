"""Order: what was bought, by whom, for how much, and what became of it."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.base import Canonical, CurrencyCode, DecimalText, Extensions, UtcText
from schemas.metafield import Metafield
from schemas.money import Amount
from schemas.parts import Address, Identifier
from schemas.reference import ExternalRef

FinancialStatus = Literal["pending", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided", "failed"]
FulfilmentStatus = Literal["unfulfilled", "partially_fulfilled", "fulfilled", "not_required", "cancelled"]
ReturnStatus = Literal["none", "requested", "partially_returned", "returned"]


class TaxLine(Canonical):
    """One tax on one thing. `rate` is a fraction as exact text (0.2 for 20 %), None when the shop does not say."""

    amount: Amount | None = None
    title: str | None = None
    code: str | None = None
    rate_id: str | None = None
    rate: DecimalText | None = None
    compound: bool | None = None
    subtotal: Amount | None = None
    shipping: Amount | None = None
    id: str | None = None
    metafields: tuple[Metafield, ...] = ()
    ext: Extensions


class Allocation(Canonical):
    """The share of one discount that fell on one line. `application` is the index in the order's `discounts`."""

    application: int | None = None
    amount: Amount


class Discount(Canonical):
    """A discount that was applied to the order. `amount` is the vendor's own figure; the lines' allocations sum exactly."""

    kind: Literal["code", "automatic", "manual", "other"]
    code: str | None = None
    title: str | None = None
    amount: Amount | None = None
    tax: Amount | None = None
    type_native: str | None = None
    ref: ExternalRef | None = None
    metafields: tuple[Metafield, ...] = ()
    ext: Extensions


class LineQuantity(Canonical):
    """How many, as exact text. original: ordered; current: original less removed and refunded; fulfilled None: not told."""

    original: DecimalText
    current: DecimalText
    fulfilled: DecimalText | None = None
    refunded: DecimalText = "0"


class OrderLine(Canonical):
    """One line of an order: a snapshot of what was bought, with every amount excluding tax unless the order says otherwise."""

    ref: ExternalRef | None = None
    title: str | None = None
    variant_title: str | None = None
    sku: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    product: ExternalRef | None = None
    variant: ExternalRef | None = None
    parent: str | None = None
    quantity: LineQuantity | None = None
    unit_price: Amount | None = None
    subtotal: Amount | None = None
    subtotal_tax: Amount | None = None
    discount: Amount | None = None
    total: Amount | None = None
    total_tax: Amount | None = None
    cost: Amount | None = None
    tax_class: str | None = None
    tax_lines: tuple[TaxLine, ...] = ()
    allocations: tuple[Allocation, ...] = ()
    image_url: str | None = None
    metafields: tuple[Metafield, ...] = ()
    ext: Extensions


class ChargeLine(Canonical):
    """Something charged that is not a product. kind: shipping, fee, tip, duty, gift_wrap, or the vendor's word."""

    kind: str
    ref: ExternalRef | None = None
    title: str | None = None
    method_native: str | None = None
    subtotal: Amount | None = None
    total: Amount | None = None
    total_tax: Amount | None = None
    tax_class: str | None = None
    tax_lines: tuple[TaxLine, ...] = ()
    allocations: tuple[Allocation, ...] = ()
    metafields: tuple[Metafield, ...] = ()
    ext: Extensions


class Tracking(Canonical):
    """Where a parcel is followed."""

    number: str | None = None
    url: str | None = None
    carrier: str | None = None


class FulfilmentLine(Canonical):
    """How many of an order line a fulfilment carries."""

    line: str
    quantity: DecimalText


class FulfilmentEvent(Canonical):
    """Something that happened to a shipment; appended, never overwritten."""

    status: str
    at: UtcText | None = None
    message: str | None = None


class Fulfilment(Canonical):
    """One shipment."""

    ref: ExternalRef
    status: str | None = None
    lines: tuple[FulfilmentLine, ...] = ()
    tracking: tuple[Tracking, ...] = ()
    events: tuple[FulfilmentEvent, ...] = ()
    created_at: UtcText | None = None
    delivered_at: UtcText | None = None
    ext: Extensions


class RefundLine(Canonical):
    """What came back of one line. Amounts and quantities are positive; `line` is the id of the order's line."""

    line: str | None = None
    ref: ExternalRef | None = None
    kind: Literal["product", "shipping", "fee", "tax"] = "product"
    title: str | None = None
    quantity: DecimalText | None = None
    total: Amount | None = None
    total_tax: Amount | None = None
    tax_lines: tuple[TaxLine, ...] = ()
    restocked: bool | None = None
    metafields: tuple[Metafield, ...] = ()
    ext: Extensions


class Refund(Canonical):
    """Money given back. `amount` is positive. `lines` is empty when the vendor only gave the sum."""

    ref: ExternalRef
    amount: Amount | None = None
    reason: str | None = None
    lines: tuple[RefundLine, ...] = ()
    refunded_by: str | None = None
    paid_back: bool | None = None
    created_at: UtcText | None = None
    metafields: tuple[Metafield, ...] = ()
    ext: Extensions


class Transaction(Canonical):
    """One movement of money. kind: authorization, capture, sale, refund, void, or the vendor's word."""

    kind: str
    status: str | None = None
    gateway: str | None = None
    gateway_title: str | None = None
    id: str | None = None
    parent: str | None = None
    amount: Amount | None = None
    created_at: UtcText | None = None
    ext: Extensions


class Totals(Canonical):
    """The sums of the order as the vendor states them. `current` is the total less refunds, derived by us."""

    subtotal: Amount | None = None
    discount: Amount | None = None
    discount_tax: Amount | None = None
    shipping: Amount | None = None
    shipping_tax: Amount | None = None
    fees: Amount | None = None
    tax: Amount | None = None
    lines_tax: Amount | None = None
    total: Amount | None = None
    refunded: Amount | None = None
    current: Amount | None = None
    cost: Amount | None = None


class Arithmetic(Canonical):
    """Whether the parts sum to the total. A mismatch is said, never "fixed"."""

    verdict: Literal["ok", "rounding", "mismatch", "unchecked"]
    difference: DecimalText | None = None


class Buyer(Canonical):
    """Who bought. `customer` is None for a guest; identity keys are for finding, never for merging without evidence."""

    customer: ExternalRef | None = None
    guest: bool = False
    email: str | None = None
    phone: str | None = None


class Order(Canonical):
    """An order of one shop, in canonical form.

    Three derived status axes (financial, fulfilment, return) beside `status_native`, which is always the vendor's own word.
    `exchange_rate` is what one unit of the shop's currency was worth in the presentment currency, where the vendor says so.
    """

    id: UUID | None = None
    refs: tuple[ExternalRef, ...] = Field(min_length=1)
    number: str | None = None
    currency: CurrencyCode | None = None
    presentment_currency: CurrencyCode | None = None
    exchange_rate: DecimalText | None = None
    prices_include_tax: bool | None = None
    buyer: Buyer | None = None
    addresses: tuple[Address, ...] = ()
    lines: tuple[OrderLine, ...] = ()
    charges: tuple[ChargeLine, ...] = ()
    discounts: tuple[Discount, ...] = ()
    tax_lines: tuple[TaxLine, ...] = ()
    totals: Totals | None = None
    arithmetic: Arithmetic | None = None
    fulfilments: tuple[Fulfilment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    financial_status: FinancialStatus | None = None
    fulfilment_status: FulfilmentStatus | None = None
    return_status: ReturnStatus | None = None
    status_native: str | None = None
    cancelled_at: UtcText | None = None
    cancelled: bool = False
    note: str | None = None
    source: str | None = None
    created_at: UtcText | None = None
    modified_at: UtcText | None = None
    paid_at: UtcText | None = None
    completed_at: UtcText | None = None
    incomplete_children: bool = False
    metafields: tuple[Metafield, ...] = ()
    ext: Extensions
