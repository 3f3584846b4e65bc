"""The store's webhooks: their records, which events they hear, and what becomes of a delivery's outcome."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from connectors.woocommerce.sandbox.clock import Clock
from connectors.woocommerce.sandbox.errors import Refusal, invalid, invalid_id, missing, not_one_of
from connectors.woocommerce.sandbox.wire import Data, links

MAX_FAILURES = 5  # failures may pass this number by one; the next one disables
STATUSES = ("active", "paused", "disabled")
_HOOKS = {
    "coupon.created": ("woocommerce_process_shop_coupon_meta", "woocommerce_new_coupon"),
    "coupon.updated": ("woocommerce_process_shop_coupon_meta", "woocommerce_update_coupon"),
    "coupon.deleted": ("wp_trash_post",),
    "coupon.restored": ("untrashed_post",),
    "customer.created": ("user_register", "woocommerce_created_customer", "woocommerce_new_customer"),
    "customer.updated": ("profile_update", "woocommerce_update_customer"),
    "customer.deleted": ("delete_user",),
    "order.created": ("woocommerce_new_order",),
    "order.updated": ("woocommerce_update_order", "woocommerce_order_refunded"),
    "order.deleted": ("woocommerce_trash_order",),
    "order.restored": ("woocommerce_untrash_order",),
    "product.created": (
        "woocommerce_process_product_meta",
        "woocommerce_new_product",
        "woocommerce_new_product_variation",
    ),
    "product.updated": (
        "woocommerce_process_product_meta",
        "woocommerce_update_product",
        "woocommerce_update_product_variation",
    ),
    "product.deleted": ("wp_trash_post",),
    "product.restored": ("untrashed_post",),
}


@dataclass
class Webhook:
    """One subscription. `secret` never leaves the store; `failures` counts deliveries failed in a row."""

    id: int
    name: str
    topic: str
    delivery_url: str
    secret: str
    created: int
    status: str = "active"
    modified: int | None = None
    failures: int = 0


class Webhooks:
    """The table of webhooks. `ping` is called with a webhook that has just been made, or whose address changed."""

    def __init__(self, clock: Clock, ping: Callable[[Webhook], None]) -> None:
        self.clock, self.ping = clock, ping
        self.table: dict[int, Webhook] = {}
        self._last = 0

    def find(self, identifier: int, status: int = 404) -> Webhook:
        """Raises Refusal when there is none."""
        found = self.table.get(identifier)
        if found is None:
            raise invalid_id("webhooks", status)
        return found

    def create(self, body: Data) -> Webhook:
        """Raises Refusal (400). Without a secret a random one is set that nobody can learn."""
        if absent := [name for name in ("topic", "delivery_url") if name not in body]:
            raise missing(absent)
        _check(body)
        self._last += 1
        now = self.clock.now()
        dated = datetime.fromtimestamp(now, UTC).strftime("Webhook created on %b %d, %Y @ %I:%M %p")
        secret = body.get("secret") or secrets.token_urlsafe(37)
        hook = Webhook(self._last, body.get("name") or dated, body["topic"], body["delivery_url"], secret, now)
        hook.status = body.get("status", "active")
        self.table[hook.id] = hook
        self.ping(hook)
        return hook

    def update(self, identifier: int, body: Data) -> Webhook:
        """Change what is given. Raises Refusal (400)."""
        hook = self.find(identifier, 400)
        _check(body)
        moved = body.get("delivery_url", hook.delivery_url) != hook.delivery_url
        for name in ("name", "topic", "delivery_url", "secret", "status"):
            if body.get(name):
                setattr(hook, name, body[name])
        hook.modified = self.clock.now()
        if moved and hook.status == "active":
            self.ping(hook)
        return hook

    def delete(self, identifier: int) -> Webhook:
        hook = self.find(identifier)
        del self.table[identifier]
        return hook

    def listening(self, topic: str) -> list[Webhook]:
        return [hook for hook in self.table.values() if hook.topic == topic and hook.status == "active"]

    def outcome(self, hook: Webhook, status: int | None) -> None:
        """Count a delivery: 200 to 302 is a success (redirects are not followed); the 7th failure in a row disables."""
        if status is not None and 200 <= status <= 302:
            hook.failures = 0
        elif hook.failures > MAX_FAILURES:
            hook.status = "disabled"
        else:
            hook.failures += 1

    def shown(self, hook: Webhook) -> Data:
        """The webhook as the API prints it."""
        resource, _, event = hook.topic.partition(".")
        created, modified = self.clock.pair(hook.created), self.clock.pair(hook.modified)
        return {
            "id": hook.id,
            "name": hook.name,
            "status": hook.status,
            "topic": hook.topic,
            "resource": resource,
            "event": event,
            "hooks": list(_HOOKS.get(hook.topic, (event,))),
            "delivery_url": hook.delivery_url,
            "date_created": created[0],
            "date_created_gmt": created[1],
            "date_modified": modified[0],
            "date_modified_gmt": modified[1],
            "_links": links("webhooks", hook.id),
        }


def _check(body: Data) -> None:
    topic = body.get("topic", "order.created")
    if topic not in _HOOKS and not topic.startswith(("action.woocommerce_", "action.wc_")):
        code = "woocommerce_rest_shop_webhook_invalid_topic"
        raise Refusal(400, code, "Webhook topic is required and must be valid.")
    parts = urlsplit(body.get("delivery_url", "http://x"))
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        text = "Webhook delivery URL must be a valid URL starting with http:// or https://."
        raise Refusal(400, "woocommerce_rest_shop_webhook_invalid_delivery_url", text)
    if body.get("status", "active") not in STATUSES:
        raise invalid({"status": not_one_of("status", STATUSES)})
