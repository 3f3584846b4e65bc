"""How a product is shown and found: slug, texts, pictures, taxonomy, search engines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

from connectors.woocommerce.mapping.reading import VENDOR, ident, keep, moment, objects, remaining
from connectors.woocommerce.mapping.words import SEO_KEYS
from hub.mapping import WrongValue, text, texts
from hub.ports import Json

_PICTURE: Final = frozenset({"id", "src", "name", "alt", "date_created_gmt", "date_modified_gmt"})
PICTURE_TEXTS: Final = (("name", "name"), ("alt", "alt"))
_TERM: Final = frozenset({"id", "name", "slug"})
_TERM_TEXTS: Final = (("name", "name"), ("slug", "path"))


def handle(raw: Mapping[str, Any], doc: Json, rest: Json) -> None:
    """The slug in readable letters. WordPress percent-encodes what is not ASCII, in lower case."""
    slug = text(raw, "slug")
    if slug is None:
        return
    doc["handle"] = slug
    if "%" in slug or not slug.isascii():
        readable = unquote(slug)
        doc["handle"] = readable if encoded_slug(readable) == slug else slug
        if encoded_slug(doc["handle"]) != slug:
            rest["slug"] = slug


def encoded_slug(readable: str) -> str:
    """A readable handle as WordPress stores it.

    >>> encoded_slug("قميص"), encoded_slug("t-shirt")
    ('%d9%82%d9%85%d9%8a%d8%b5', 't-shirt')
    """
    return readable if readable.isascii() else quote(readable, safe="").lower()


def describe(raw: Mapping[str, Any], doc: Json) -> None:
    """Texts as HTML, unsanitised, as the shop holds them."""
    for key, name in (("short_description", "summary"), ("description", "description")):
        html = text(raw, key)
        if html is not None:
            doc[name] = {"html": html}


def pictures(raw: Mapping[str, Any], doc: Json, rest: Json) -> None:
    """The gallery, the main picture first; one without address stays in `rest`."""
    found, kept = [], []
    for index, image in enumerate(objects(raw, "images")):
        try:
            media = picture(image)
        except WrongValue as error:
            raise error.under("images", index) from None
        if media is None:
            kept.append(image)
        else:
            media["position"] = index
            found.append(media)
    if found:
        doc["media"] = found
    if kept:
        rest["images"] = kept


def picture(image: Json) -> Json | None:
    """One image; its local dates are offset twice by WooCommerce and stay native, the GMT ones are right."""
    src = text(image, "src")
    if src is None:
        return None
    media: Json = {"kind": "image", "url": src}
    rest = remaining(image, _PICTURE)
    own = ident(image, "id")
    if own is not None:
        media["id"] = own
    texts(image, media, PICTURE_TEXTS)
    for key, name in (("date_created_gmt", "created_at"), ("date_modified_gmt", "modified_at")):
        date = moment(image, key, rest)
        if date is not None:
            media[name] = date
    keep(media, rest)
    return media


def terms(raw: Mapping[str, Any], key: str, taxonomy: str) -> list[Json]:
    """Categories, tags or brands."""
    found = []
    for index, term in enumerate(objects(raw, key)):
        doc: Json = {"taxonomy": taxonomy}
        try:
            own = ident(term, "id")
            if own is not None:
                doc["id"] = own
            texts(term, doc, _TERM_TEXTS)
        except WrongValue as error:
            raise error.under(key, index) from None
        if not term.keys() <= _TERM:
            keep(doc, remaining(term, _TERM))
        found.append(doc)
    return found


def search_text(doc: Json) -> None:
    """SEO title and description from the metafields of the usual plugins; templates ("%%title%%") say nothing yet."""
    found: Json = {}
    for field in doc["metafields"]:
        name = SEO_KEYS.get(field["key"])
        if name is not None and field["namespace"] == VENDOR:
            value = field.get("value")
            if type(value) is str and value and "%%" not in value:
                found.setdefault(name, value)
    if found:
        doc["seo"] = found
