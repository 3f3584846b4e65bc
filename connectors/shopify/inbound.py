"""Webhooks as they arrive: verified and named from their bytes alone. Pure.

The signature covers the body and nothing else: shop and topic are headers that anybody who holds one signed body could
write anew. So a message is only ever a hint of what to look at, with the named shop's own token; and bodies that say their
shop must agree with the header. Two families of headers are understood: `X-Shopify-*` of webhooks, `shopify-*` of Events.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.shopify.domain import is_shop
from connectors.shopify.times import moment
from connectors.shopify.topics import NOTICES, changes_in, notice_in
from hub.errors import PermanentError, SignatureError
from hub.ports import Delivery, InboundRequest
from schemas.exact import NotJson, decode

WEBHOOK: Final = "x-shopify-"
EVENT: Final = "shopify-"
NEEDED: Final = ("hmac-sha256", "topic", "shop-domain", "webhook-id")
#: Where a body says which shop it is from.
SAID_BY: Final = {
    "app/uninstalled": "myshopify_domain",
    "customers/data_request": "shop_domain",
    "customers/redact": "shop_domain",
    "shop/redact": "shop_domain",
}


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the headers say. `subscription`: the name (webhooks) or handle (Events) of what made Shopify send it."""

    family: str
    signature: str
    topic: str
    shop: str
    webhook: str
    subscription: str
    triggered: str


def parse(request: InboundRequest, secret: str) -> Delivery:
    """What a delivery says; topics that nothing of ours hangs on come back without changes.

    Raises SignatureError for what vouches for nobody (`missing`: its headers are not there; also a shop that is none, or not
    the one that the body names), PermanentError for a body that is not what its topic says.
    """
    envelope = _envelope(request.headers)
    _verify(envelope.signature, request.body, secret)
    if not is_shop(envelope.shop):
        raise SignatureError(f"The message names {envelope.shop[:80]!r}, which is not the domain of a Shopify shop.")
    body = _object(request.body, envelope.topic)
    topic = envelope.topic if envelope.family == WEBHOOK else _event_topic(envelope, body)
    _same_shop(envelope, topic, body)
    notice = notice_in(topic, body) if topic in NOTICES else None
    changes = () if notice else changes_in(topic, body)
    dedupe = _dedupe(envelope, topic)
    return Delivery(topic, dedupe, changes, False, envelope.shop, notice, moment(envelope.triggered), True)


def shop_of(request: InboundRequest) -> str | None:
    """The shop that a message claims to be from, unverified; None when it names none."""
    claimed = request.headers.get(_family(request.headers) + "shop-domain", "").strip().lower()
    return claimed if is_shop(claimed) else None


def secrets(credentials: Mapping[str, str], own: str) -> Sequence[str]:
    """What Shopify may sign with, newest first: the app's secrets, the one of a merchant's own app, and `own`.

    `own` is the hub's: nothing is ever signed with it while a shop is connected; after an uninstallation the hub keeps there
    what the shop signed with last, so that the messages that must follow (shop/redact) are still believed.
    """
    from connectors.shopify.settings import app_settings

    known = (*app_settings().secrets, credentials.get("client_secret", ""), credentials.get("app_secret", ""), own)
    return tuple(dict.fromkeys(secret for secret in known if secret))


def signature(body: bytes, secret: str) -> str:
    """Shopify's signature: base64 of the HMAC-SHA256 of the raw body."""
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def _family(headers: Mapping[str, str]) -> str:
    return EVENT if EVENT + NEEDED[0] in headers and WEBHOOK + NEEDED[0] not in headers else WEBHOOK


def _envelope(headers: Mapping[str, str]) -> Envelope:
    family = _family(headers)
    told = {name: headers.get(family + name, "").strip() for name in NEEDED}
    if absent := [family + name for name in NEEDED if not told[name]]:
        raise SignatureError(f"The message comes without {', '.join(absent)}.", missing=True)
    subscription = headers.get(family + ("name" if family == WEBHOOK else "handle"), "")
    triggered = headers.get(family + "triggered-at", "")
    hmac_text, topic, shop, webhook = (told[name] for name in NEEDED)
    return Envelope(family, hmac_text, topic, shop.lower(), webhook, subscription, triggered)


def _verify(given: str, body: bytes, secret: str) -> None:
    """Bytes against bytes: comparing texts would raise TypeError for a header that is not ASCII."""
    if not secret:
        raise SignatureError("The secret of the app is not known here.", hint="Set LUNEO_SHOPIFY_CLIENT_SECRET.")
    if not hmac.compare_digest(signature(body, secret).encode(), given.encode("utf-8", "replace")):
        raise SignatureError("The message's signature does not fit its body.")


def _object(body: bytes, topic: str) -> dict[str, Any]:
    try:
        value = decode(body)
    except NotJson as error:
        raise PermanentError(f"The body of {topic} is {error}.") from None
    if not isinstance(value, dict):
        raise PermanentError(f"The body of {topic} is {type(value).__name__}, not an object.")
    return value


def _event_topic(envelope: Envelope, body: dict[str, Any]) -> str:
    """`Product/update`, from the body, which is signed. Raises PermanentError when the header says something else."""
    topic, action = body.get("topic"), body.get("action")
    if not isinstance(topic, str) or not isinstance(action, str):
        raise PermanentError(f"The body of the event {envelope.topic} names no topic and action.")
    if topic != envelope.topic:
        raise PermanentError(f"The message's header says {envelope.topic}, its body {topic[:80]!r}.")
    return f"{topic}/{action}"


def _same_shop(envelope: Envelope, topic: str, body: dict[str, Any]) -> None:
    """Bodies that name their shop must name the header's: such a message has no other proof of whom it concerns.

    Shopify's own sample of an uninstallation names none; it needs none, because the hub asks the shop before it believes it.
    """
    if topic not in SAID_BY:
        return
    said = body.get(SAID_BY[topic])
    if said != envelope.shop and (said is not None or topic != "app/uninstalled"):
        raise SignatureError(f"The message's header names {envelope.shop}, the body of {topic} {str(said)[:80]!r}.")


def _dedupe(envelope: Envelope, topic: str) -> bytes:
    """The webhook id is one delivery's and its repetitions'; several subscriptions may share it, an event id even topics."""
    parts = (envelope.shop, topic, envelope.subscription, envelope.webhook)
    return hashlib.sha256(b"\0".join(part.encode("utf-8", "replace") for part in parts)).digest()
