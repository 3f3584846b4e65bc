"""Webhooks as they arrive: verified and named from their bytes alone. Pure.

A delivery's body is the object as it is when WooCommerce gets round to sending, made with the rights of the webhook's
owner; when those are gone the body is an error object. X-WC-Webhook-Delivery-ID is shared by different deliveries of one
second, so the very same message is known by what it says.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from connectors.woocommerce.client.headers import read_rows
from hub.errors import PermanentError, SignatureError
from hub.ports import Change, Delivery, InboundRequest, Row

RESOURCES = {"product": "products", "order": "orders", "customer": "customers"}
EVENTS = frozenset({"created", "updated", "deleted", "restored"})
ANY_TIME = datetime.max.replace(tzinfo=UTC)
PING = re.compile(rb"webhook_id=(\d{1,20})")


def parse(request: InboundRequest, secret: str) -> Delivery:
    """What a delivery says. Topics that are not ours (coupons, actions) come back without changes.

    Raises SignatureError, or PermanentError for a body that is not what its topic says.
    """
    headers, body = request.headers, request.body
    topic = headers.get("x-wc-webhook-topic", "")
    if not topic and PING.fullmatch(body.strip()):
        # sent once, when the webhook is made: form-encoded, neither headers nor a signature
        return Delivery("ping", hashlib.sha256(b"ping|" + body).digest(), (), ping=True)
    _verify(headers.get("x-wc-webhook-signature", ""), body, secret)
    resource, _, event = topic.partition(".")
    hook = headers.get("x-wc-webhook-id", "")
    if resource not in RESOURCES or event not in EVENTS:
        return Delivery(topic, _dedupe(hook, topic, "", body), ())
    value = _object(body, topic)
    id = value["id"]
    return Delivery(topic, _dedupe(hook, topic, str(id), body), (_change(resource, event, value, body),))


def signature(body: bytes, secret: str) -> str:
    """WooCommerce's signature: base64 of the HMAC-SHA256 of the raw body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def _verify(given: str, body: bytes, secret: str) -> None:
    if not secret:
        raise SignatureError("The webhook's secret is not known here.")
    if not given:
        raise SignatureError("The webhook is not signed (no X-WC-Webhook-Signature).")
    if not hmac.compare_digest(signature(body, secret).encode(), given.strip().encode()):
        raise SignatureError("The webhook's signature does not fit its body.")


def _dedupe(hook: str, topic: str, id: str, body: bytes) -> bytes:
    return hashlib.sha256(b"|".join([hook.encode(), topic.encode(), id.encode(), body])).digest()


def _object(body: bytes, topic: str) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PermanentError(f"The body of {topic} is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise PermanentError(f"The body of {topic} is {type(value).__name__}, not an object.")
    if "id" not in value and "code" in value:
        raise PermanentError(
            f"The shop could not show the object of {topic} ({value['code']}).",
            hint="The user who owns the webhook may have lost the right to see it: connect the shop again.",
        )
    if type(value.get("id")) is not int or value["id"] <= 0:
        raise PermanentError(f"The body of {topic} has the id {value.get('id')!r}, not a positive number.")
    return value


def _change(resource: str, event: str, value: dict[str, Any], body: bytes) -> Change:
    name, id = RESOURCES[resource], str(value["id"])
    parent = value.get("parent_id")
    if resource == "product" and value.get("type") == "variation" and type(parent) is int and parent > 0:
        return Change(name, (str(parent),))  # the parent's own event is not sent
    if event == "deleted":
        return Change(name, (id,), deleted=True)
    return Change(name, (id,), row=_row(body))


def _row(body: bytes) -> Row | None:
    rows, _ = read_rows([msgspec.Raw(body)], ANY_TIME)
    return rows[0] if rows else None
