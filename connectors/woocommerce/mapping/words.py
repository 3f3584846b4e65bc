"""The vendor's words in tables. Every table is read in both directions; a word that is not here survives as the native word."""

from __future__ import annotations

from typing import Final


def keys(*lines: str) -> frozenset[str]:
    """The native keys named in these lines, parted by spaces."""
    return frozenset(" ".join(lines).split())


#: Changed by the store at will, kept in the raw object only.
VOLATILE: Final = frozenset({"related_ids", "_links"})

#: Post status → canonical product status. `trash` only appears by webhook and by status=trash.
PRODUCT_STATUS: Final = {
    "publish": "active",
    "draft": "draft",
    "pending": "draft",
    "auto-draft": "draft",
    "importing": "draft",
    "future": "draft",
    "private": "draft",
    "trash": "archived",
}

#: Whether more may be sold than there is.
BACKORDERS: Final = {"no": "deny", "yes": "continue", "notify": "continue_notify"}
BACKORDERS_NATIVE: Final = {word: native for native, word in BACKORDERS.items()}

STOCK_STATUS: Final = {"instock": "in_stock", "outofstock": "out_of_stock", "onbackorder": "backorder"}

#: Native list of product ids → kind of relation.
RELATIONS: Final = (("upsell_ids", "upsell"), ("cross_sell_ids", "cross_sell"), ("grouped_products", "grouped"))

#: Native list of terms → (canonical field, taxonomy).
TERMS: Final = (("categories", "categories", "category"), ("tags", "tags", "tag"), ("brands", "brands", "brand"))

#: Native price → kind. The order is the order in the document.
PRICES: Final = (("price", "current"), ("regular_price", "list"), ("sale_price", "sale"))

#: Meta keys of the usual SEO plugins → field of `seo`. They stay metafields as well.
SEO_KEYS: Final = {
    "_yoast_wpseo_title": "title",
    "_yoast_wpseo_metadesc": "description",
    "rank_math_title": "title",
    "rank_math_description": "description",
    "_seopress_titles_title": "title",
    "_seopress_titles_desc": "description",
    "_aioseo_title": "title",
    "_aioseo_description": "description",
}

#: Order status → financial status when no date of payment says better.
FINANCIAL_STATUS: Final = {
    "pending": "pending",
    "checkout-draft": "pending",
    "auto-draft": "pending",
    "on-hold": "pending",
    "processing": "pending",  # cash on delivery: being worked on, not paid yet
    "completed": "pending",
    "failed": "failed",
    "cancelled": "voided",
    "refunded": "refunded",
}

#: Order status → fulfilment status. Others, plugins' too, do not tell.
FULFILMENT_STATUS: Final = {
    "pending": "unfulfilled",
    "checkout-draft": "unfulfilled",
    "on-hold": "unfulfilled",
    "processing": "unfulfilled",
    "completed": "fulfilled",
    "failed": "cancelled",
    "cancelled": "cancelled",
}

#: Address keys → canonical names, where the value is carried as it is.
ADDRESS: Final = (
    ("first_name", "first_name"),
    ("last_name", "last_name"),
    ("company", "company"),
    ("city", "city"),
    ("postcode", "postcode"),
    ("email", "email"),
    ("phone", "phone"),
)

#: Countries whose WooCommerce state codes are the second half of ISO 3166-2 (US-CA); JP writes JP13 for JP-13.
ISO_STATES: Final = frozenset({"AU", "BR", "CA", "ES", "IT", "US"})
NOT_ISO_STATES: Final = frozenset({("US", "AA"), ("US", "AE"), ("US", "AP")})

#: Native text → canonical field, read both ways.
PRODUCT_TEXTS: Final = (
    ("name", "title"),
    ("permalink", "url"),
    ("type", "type_native"),
    ("catalog_visibility", "visibility_native"),
)

ORDER_TEXTS: Final = (("status", "status_native"), ("customer_note", "note"), ("created_via", "source"))
ORDER_DATES: Final = (
    ("date_created_gmt", "created_at"),
    ("date_modified_gmt", "modified_at"),
    ("date_paid_gmt", "paid_at"),
    ("date_completed_gmt", "completed_at"),
)

CUSTOMER_TEXTS: Final = (
    ("email", "email"),
    ("first_name", "first_name"),
    ("last_name", "last_name"),
    ("username", "username"),
    ("role", "role_native"),
    ("avatar_url", "avatar_url"),
)
