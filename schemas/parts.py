"""Small parts that several records share: text, quantities, identifiers, addresses."""

from __future__ import annotations

from typing import Literal

from schemas.base import Canonical, CountryCode, DecimalText, Extensions


class RichText(Canonical):
    """A text as the shop holds it: HTML, unsanitised, never to be shown as it is. `locale` is BCP 47, None for the shop's own."""

    html: str
    locale: str | None = None


class Quantity(Canonical):
    """A measured value: exact decimal text and its unit (kg, g, lb, oz, m, cm, mm, in, yd; None when it is unknown)."""

    value: DecimalText
    unit: str | None = None


class Dimensions(Canonical):
    """Outer measures of a parcel or a piece."""

    length: Quantity | None = None
    width: Quantity | None = None
    height: Quantity | None = None


class Identifier(Canonical):
    """A product identifier. scheme: gtin, mpn, isbn or the vendor's word; valid: whether the check digit of a GTIN holds."""

    scheme: str
    value: str
    valid: bool | None = None


class Term(Canonical):
    """An entry of a taxonomy: a category, a tag, a brand, a collection. `path` is the slug or path as the shop writes it."""

    taxonomy: str
    id: str | None = None
    name: str | None = None
    path: str | None = None
    ext: Extensions


class Address(Canonical):
    """A postal address. roles: billing, shipping, default; subdivision: ISO 3166-2 where known, else as received."""

    roles: tuple[Literal["billing", "shipping", "default"], ...] = ()
    id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    lines: tuple[str, ...] = ()
    city: str | None = None
    subdivision: str | None = None
    postcode: str | None = None
    country: CountryCode | None = None
    country_native: str | None = None
    email: str | None = None
    phone: str | None = None
    vat_number: str | None = None
    ext: Extensions
