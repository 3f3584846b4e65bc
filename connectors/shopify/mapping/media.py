"""Pictures, videos and 3D models of a product, in the shop's order."""

from __future__ import annotations

from typing import Any, Final

from connectors.shopify.mapping.reading import VENDOR, beside_nodes, gid_text, listed, nested, nodes, remaining, whole
from connectors.shopify.mapping.values import moments
from connectors.shopify.mapping.words import MEDIA, SAVED, keys
from hub.mapping import WrongValue, text, texts
from hub.ports import Json

_KNOWN: Final = keys("__typename id alt mediaContentType createdAt updatedAt image filename originalSource originUrl")
_TEXTS: Final = (("alt", "alt"), ("filename", "name"))
_SIZED: Final = keys("url width height")
_SIDES: Final = ("width", "height")
_TYPES: Final = {"MediaImage": "image", "Video": "video", "ExternalVideo": "external_video", "Model3d": "model_3d"}


def media(raw: Json, rest: Json) -> list[Json]:
    """The media that have an address; one that is still being processed has none yet and stays in `rest`."""
    found, kept = [], []
    for index, entry in enumerate(nodes(raw, "media")):
        try:
            doc = _medium(entry)
        except WrongValue as error:
            raise error.under("media", "nodes", index) from None
        if doc is None:
            kept.append(entry)
        else:
            doc["position"] = index
            found.append(doc)
    beside_nodes(raw, "media", rest)
    if kept:
        rest["media"] = {**rest.get("media", {}), "nodes": kept}
    return found


def _medium(entry: Json) -> Json | None:
    word, name = text(entry, "mediaContentType"), text(entry, "__typename")
    kind = MEDIA.get(word or "") or _TYPES.get(name or "", "file")
    rest = remaining(entry, _KNOWN)
    doc: Json = {"kind": kind}
    if MEDIA.get(word or "") != kind and word is not None:
        rest["mediaContentType"] = word
    if name is not None and _TYPES.get(name) != kind:
        rest["__typename"] = name
    own = gid_text(entry)
    if own is not None:
        doc["id"] = own
    texts(entry, doc, _TEXTS)
    url = _source(entry, doc, rest)
    if url is None:
        return None
    doc["url"] = url
    moments(entry, doc, SAVED)
    if rest:
        doc["ext"] = {VENDOR: rest}
    return doc


def _source(entry: Json, doc: Json, rest: Json) -> str | None:
    """The address: of the picture, of the uploaded file, or of the page that shows the video."""
    picture, source = nested(entry, "image"), nested(entry, "originalSource")
    url = None
    for key, found in (("image", picture), ("originalSource", source)):
        if found is None:
            continue
        try:
            address = text(found, "url")
            if address is None or url is not None:
                rest[key] = found
                continue
            url = address
            for side in _SIDES:
                size = whole(found, side)
                if size is not None:
                    doc[side] = size
        except WrongValue as error:
            raise error.under(key) from None
        kept = _beside(found, doc)
        if kept:
            rest[key] = kept
    page = text(entry, "originUrl")
    if url is None:
        return page or text(entry, "embedUrl") or _first_source(entry)
    if page is not None:
        rest["originUrl"] = page
    return url


def _beside(found: Json, doc: Json) -> Json:
    """What a source says beside its address; a picture repeats the alternative text of its medium."""
    kept = remaining(found, _SIZED)
    if kept.get("altText") is not None and kept["altText"] == doc.get("alt", ""):
        del kept["altText"]
    return kept


def _first_source(entry: Json) -> str | None:
    sources: Any = listed(entry, "sources")
    return text(sources[0], "url") if sources else None
