"""Product: what a shop sells, with its variants, options, media, prices and stock."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.base import Canonical, DecimalText, Extensions, UtcText
from schemas.metafield import Metafield
from schemas.money import Money
from schemas.parts import Dimensions, Identifier, Quantity, RichText, Term
from schemas.reference import ExternalRef

ProductStatus = Literal["active", "draft", "archived", "unlisted"]
MediaKind = Literal["image", "video", "external_video", "model_3d", "file"]
PriceKind = Literal["current", "list", "sale", "compare_at", "cost"]


class OptionValue(Canonical):
    """One value that an option can take."""

    label: str
    id: str | None = None


class Option(Canonical):
    """A choice that tells variants apart. `name` is shown, `key` is how variants refer to it."""

    name: str
    key: str | None = None
    id: str | None = None
    position: int | None = None
    values: tuple[OptionValue, ...] = ()
    default: str | None = None
    ext: Extensions


class Attribute(Canonical):
    """A fact about the product that tells no variants apart."""

    name: str
    key: str | None = None
    id: str | None = None
    position: int | None = None
    values: tuple[str, ...] = ()
    visible: bool | None = None
    ext: Extensions


class SelectedOption(Canonical):
    """The value of one option on a variant. An option that is absent here takes any value."""

    name: str
    value: str
    key: str | None = None
    id: str | None = None
    ext: Extensions


class Media(Canonical):
    """A picture, video or 3D model. `id` is the vendor's, as text."""

    kind: MediaKind
    url: str
    id: str | None = None
    alt: str | None = None
    name: str | None = None
    position: int | None = None
    width: int | None = None
    height: int | None = None
    checksum: str | None = None
    created_at: UtcText | None = None
    modified_at: UtcText | None = None
    ext: Extensions


class PriceContext(Canonical):
    """Where a price holds: a market, a channel, a customer group."""

    market: str | None = None
    channel: str | None = None
    group: str | None = None


class Price(Canonical):
    """One price. kind: current is what is asked now; tax_included None means the shop did not say."""

    kind: PriceKind
    money: Money
    tax_included: bool | None = None
    context: PriceContext | None = None
    valid_from: UtcText | None = None
    valid_to: UtcText | None = None


class Level(Canonical):
    """A quantity of one name (available, on_hand, committed, …) at one location; None as location is the whole shop."""

    name: str
    quantity: DecimalText
    location: ExternalRef | None = None


class Inventory(Canonical):
    """Stock of a variant. policy: whether it may be sold beyond its stock; tracked None: inherited from the parent."""

    tracked: bool | None = None
    tracked_native: str | None = None
    policy: Literal["deny", "continue", "continue_notify"] | None = None
    policy_native: str | None = None
    availability: Literal["in_stock", "out_of_stock", "backorder", "preorder"] | None = None
    availability_native: str | None = None
    levels: tuple[Level, ...] = ()
    low_stock_at: str | None = None


class Tax(Canonical):
    """How a variant is taxed, in the shop's words."""

    taxable: bool | None = None
    status_native: str | None = None
    tax_class: str | None = None


class Variant(Canonical):
    """What can be put into a cart. `default` marks the one variant of a product that has no options.

    `sku_inherited` tells that the SKU is the parent's; a SKU is not a key. The key is (shop, product id, variant id).
    """

    ref: ExternalRef
    title: str | None = None
    position: int | None = None
    default: bool = False
    sku: str | None = None
    sku_inherited: bool = False
    identifiers: tuple[Identifier, ...] = ()
    options: tuple[SelectedOption, ...] = ()
    prices: tuple[Price, ...] = ()
    inventory: Inventory | None = None
    weight: Quantity | None = None
    dimensions: Dimensions | None = None
    requires_shipping: bool | None = None
    tax: Tax | None = None
    description: RichText | None = None
    media: tuple[Media, ...] = ()
    status: ProductStatus | None = None
    status_native: str | None = None
    created_at: UtcText | None = None
    modified_at: UtcText | None = None
    metafields: tuple[Metafield, ...] = ()
    ext: Extensions


class Seo(Canonical):
    """What search engines are told."""

    title: str | None = None
    description: str | None = None


class Relation(Canonical):
    """A link to another product. kind: upsell, cross_sell, grouped, or the vendor's word."""

    kind: str
    ref: ExternalRef


class Product(Canonical):
    """A product of one shop, in canonical form. There is always at least one variant once the product is assembled.

    `id` is the hub's (UUIDv5 of installation, kind and vendor id), absent in a mapping without a hub.
    """

    id: UUID | None = None
    refs: tuple[ExternalRef, ...] = Field(min_length=1)
    type_native: str | None = None
    title: str | None = None
    handle: str | None = None
    url: str | None = None
    summary: RichText | None = None
    description: RichText | None = None
    status: ProductStatus | None = None
    status_native: str | None = None
    visibility_native: str | None = None
    options: tuple[Option, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    variants: tuple[Variant, ...] = ()
    media: tuple[Media, ...] = ()
    categories: tuple[Term, ...] = ()
    collections: tuple[Term, ...] = ()
    brands: tuple[Term, ...] = ()
    tags: tuple[Term, ...] = ()
    relations: tuple[Relation, ...] = ()
    seo: Seo | None = None
    published_at: UtcText | None = None
    created_at: UtcText | None = None
    modified_at: UtcText | None = None
    incomplete_children: bool = False
    metafields: tuple[Metafield, ...] = ()
    ext: Extensions
