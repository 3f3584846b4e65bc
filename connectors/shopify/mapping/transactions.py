"""The movements of money of an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connectors.shopify.mapping.bags import bag
from connectors.shopify.mapping.reading import VENDOR, gid_text, listed, nested, remaining
from connectors.shopify.mapping.values import moment
from connectors.shopify.mapping.words import keys
from hub.mapping import WrongValue, text, texts
from hub.ports import Json

_KNOWN: Final = keys("id kind status gateway formattedGateway createdAt amountSet parentTransaction")
_TEXTS: Final = (("gateway", "gateway"), ("formattedGateway", "gateway_title"))


def transactions(raw: Json, parts: Json, rest: Json) -> list[Json]:
    """All of them where they were read whole, else those that the order shows."""
    shown = listed(raw, "transactions")
    given: Sequence[Json] = shown
    place: tuple[str, ...] = ("transactions",)
    if parts.get("transactions") is not None:
        place = ("parts", "transactions")
        try:
            given = listed(parts, "transactions")
        except WrongValue as error:
            raise error.under("parts") from None
        beside = [entry for entry in shown if entry not in given]
        if beside:
            rest["transactions"] = beside
    found = []
    for index, entry in enumerate(given):
        try:
            found.append(_transaction(entry))
        except WrongValue as error:
            raise error.under(*place, index) from None
    return found


def _transaction(raw: Json) -> Json:
    """Words are lower case here and there upper case: AUTHORIZATION, CAPTURE, SALE, REFUND, VOID; SUCCESS, PENDING, FAILURE."""
    rest = remaining(raw, _KNOWN)
    kind, status, own, at = text(raw, "kind"), text(raw, "status"), gid_text(raw), moment(raw, "createdAt")
    doc: Json = {"kind": lower(kind, "kind", rest) or "other"}
    if status is not None:
        doc["status"] = lower(status, "status", rest)
    texts(raw, doc, _TEXTS)
    parent = nested(raw, "parentTransaction")
    if parent:
        try:
            id = gid_text(parent)
        except WrongValue as error:
            raise error.under("parentTransaction") from None
        if id is not None:
            doc["parent"] = id
        more = remaining(parent, _ID)
        if more:
            rest["parentTransaction"] = more
    amount = bag(raw, "amountSet", rest)
    for name, value in (("id", own), ("amount", amount), ("created_at", at)):
        if value is not None:
            doc[name] = value
    if rest:
        doc["ext"] = {VENDOR: rest}
    return doc


_ID: Final = frozenset({"id"})


def lower(word: str | None, key: str, rest: Json) -> str | None:
    """An enum's word in lower case; one that is not all upper case is none of the enum's and is kept beside as it is."""
    if word is None:
        return None
    if word.lower().upper() != word:
        rest[key] = word
    return word.lower()
