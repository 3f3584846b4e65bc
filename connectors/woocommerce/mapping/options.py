"""Attributes: those that tell variations apart become options, the others facts. Local attributes have id 0 and a raw slug."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from connectors.woocommerce.mapping.reading import ident, keep, objects, remaining
from hub.mapping import WrongValue, flag, text, wrong
from hub.ports import Json

_KNOWN: Final = frozenset({"id", "name", "slug", "position", "variation", "options"})
_FACT_KNOWN: Final = _KNOWN | {"visible"}
_CHOICE: Final = frozenset({"id", "name", "option"})
_SELECTED: Final = frozenset({"id", "name", "slug", "option"})


def attributes(raw: Json, doc: Json) -> None:
    """Fill `options` and `attributes` of a product."""
    for index, attribute in enumerate(objects(raw, "attributes")):
        try:
            name = "options" if attribute.get("variation") is True else "attributes"
            doc.setdefault(name, []).append(_option(attribute) if name == "options" else _fact(attribute))
        except WrongValue as error:
            raise error.under("attributes", index) from None


def _common(attribute: Json) -> Json:
    doc: Json = {"name": text(attribute, "name") or ""}
    own = ident(attribute, "id")
    if own is not None:
        doc["id"] = own
    position = attribute.get("position")
    if type(position) is int or (type(position) is str and position.isascii() and position.isdigit()):
        doc["position"] = int(position)
    elif position is not None:
        raise wrong("position", position, "a whole number")
    return doc


def _option(attribute: Json) -> Json:
    """`key` is the form of the slug that variations use: "Format papier" on the parent, "format-papier" on a variation."""
    doc = _common(attribute)
    rest = remaining(attribute, _KNOWN)
    slug = text(attribute, "slug")
    if slug is not None:
        doc["key"] = variation_slug(slug)
        if doc["key"] != slug:
            rest["slug"] = slug
    values = _labels(attribute)
    if values:
        doc["values"] = [{"label": label} for label in values]
    keep(doc, rest)
    return doc


def _fact(attribute: Json) -> Json:
    doc = _common(attribute)
    rest = remaining(attribute, _FACT_KNOWN)
    flag(attribute, "variation")
    slug, visible, values = text(attribute, "slug"), flag(attribute, "visible"), _labels(attribute)
    if slug is not None:
        doc["key"] = slug
    if visible is not None:
        doc["visible"] = visible
    if values:
        doc["values"] = values
    keep(doc, rest)
    return doc


def _labels(attribute: Json) -> list[str]:
    listed = attribute.get("options")
    if listed is None or listed == "":
        return []
    if type(listed) is not list:
        raise wrong("options", listed, "a list of texts")
    for index, label in enumerate(listed):
        if type(label) is not str:
            raise WrongValue(f"/options/{index}", label, "a text")
    return listed


@lru_cache(maxsize=4096)
def variation_slug(slug: str) -> str:
    """What WordPress' sanitize_title makes of a local attribute's name: the form that its variations carry.

    >>> variation_slug("Format papier"), variation_slug("pa_color"), variation_slug("Été")
    ('format-papier', 'pa_color', 'ete')
    """
    plain = "".join(c for c in unicodedata.normalize("NFD", slug.lower()) if not unicodedata.combining(c))
    words = "".join(c if c.isalnum() or c in "_-%" else " " if c.isspace() or c in "./" else "" for c in plain).split()
    return "-".join(words) or slug


def set_defaults(raw: Json, doc: Json, rest: Json) -> None:
    """`default_attributes` become the default of their options; those that fit no option stay in `rest`."""
    kept = []
    for index, choice in enumerate(objects(raw, "default_attributes")):
        try:
            own, name, value = ident(choice, "id"), text(choice, "name"), text(choice, "option")
        except WrongValue as error:
            raise error.under("default_attributes", index) from None
        for option in doc.get("options", ()):
            if option.get("id") == own and option["name"] == name and "default" not in option and value is not None:
                if not choice.keys() <= _CHOICE:
                    continue
                option["default"] = value
                break
        else:
            kept.append(choice)
    if kept:
        rest["default_attributes"] = kept


def selected(raw: Json, options: Sequence[Json]) -> list[Json]:
    """The chosen values of a variation. An attribute that takes any value is absent, here as there."""
    found = []
    for index, attribute in enumerate(objects(raw, "attributes")):
        try:
            found.append(_selected(attribute, options))
        except WrongValue as error:
            raise error.under("attributes", index) from None
    return found


def _selected(attribute: Json, options: Sequence[Json]) -> Json:
    own, slug = ident(attribute, "id"), text(attribute, "slug")
    doc: Json = {"name": text(attribute, "name") or "", "value": text(attribute, "option") or ""}
    if own is not None:
        doc["id"] = own
    rest: Any = {} if attribute.keys() <= _SELECTED else remaining(attribute, _SELECTED)
    if slug is not None:
        doc["key"] = _key(slug, own, doc["name"], options)
        if doc["key"] != slug:
            rest["slug"] = slug
    keep(doc, rest)
    return doc


def _key(slug: str, own: str | None, name: str, options: Sequence[Json]) -> str:
    """The key of the parent's option that is meant: by slug, else by id and name, else the slug as it is."""
    for option in options:
        if option.get("key") == slug:
            return slug
    for option in options:
        if option.get("id") == own and option["name"] == name and "key" in option:
            key: str = option["key"]
            return key
    return slug
