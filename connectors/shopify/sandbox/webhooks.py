"""Webhooks: what happens in the shop, told to the subscriptions that listen, in either family of headers.

Two kinds of subscription: those that the app makes through the API (they end after 8 failures in a row, and with the app), and
those of the app's own configuration, which `configure` stands for: compliance topics exist only there.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from dataclasses import dataclass
from typing import Any

from connectors.shopify.sandbox import rest_bodies
from connectors.shopify.sandbox.clock import moment
from connectors.shopify.sandbox.delivery import Courier, Delivery, signature
from connectors.shopify.sandbox.event_bodies import HANDLES, event_body
from connectors.shopify.sandbox.state import Json, State, type_of
from connectors.shopify.sandbox.tokens import Tokens
from connectors.shopify.sandbox.webhook_filter import matches

API_VERSION = "2026-10"
COMPLIANCE = ("customers/data_request", "customers/redact", "shop/redact")
_TOPICS = {"orders/update": "orders/updated"}  # the one that is spelled otherwise


@dataclass(frozen=True)
class Listening:
    """A subscription as a delivery needs it. `gid` is empty for those of the app's configuration."""

    gid: str
    topic: str
    uri: str
    filter: str | None = None
    fields: tuple[str, ...] = ()
    name: str | None = None
    namespaces: tuple[str, ...] = ()


class Webhooks:
    """The shop's webhooks. `family`: "x" for X-Shopify-… headers, "events" for the newer shopify-… ones with their own body.

    `sign_with_old`: sign with the app's old secret, as Shopify does for a while after a rotation.
    """

    def __init__(self, state: State, tokens: Tokens) -> None:
        self.state, self.tokens = state, tokens
        self.courier = Courier(self._exhausted)
        self.family = "x"
        self.sign_with_old = False
        self.configured: list[Listening] = []
        self._events: dict[str, str] = {}
        state.on_change(self.heard)

    # -- switches of tests -----------------------------------------------------------------------------------------

    @property
    def sent(self) -> list[Delivery]:
        return self.courier.sent

    @property
    def dropped(self) -> list[Delivery]:
        return self.courier.dropped

    def configure(self, uri: str, *topics: str, name: str | None = None) -> None:
        """Subscriptions of the app's configuration, for topics as they are sent ("app/uninstalled")."""
        self.configured += [Listening("", topic, uri, name=name) for topic in topics]

    def drop(self, share: float, seed: int = 1) -> None:
        """Lose this share of all deliveries (0…1), the same ones for the same seed."""
        self.courier.share, self.courier.rng = share, random.Random(seed)  # noqa: S311

    def repeat(self, times: int) -> None:
        """Send every delivery so often, each time with the same webhook id."""
        self.courier.copies = times

    def delay(self, seconds: float) -> None:
        """Send every delivery so late."""
        self.courier.seconds = seconds

    def hold(self) -> None:
        """Keep all deliveries until `release`."""
        self.courier.holding = True

    def release(self, order: str = "same") -> int:
        """Send what was held: in the "same" order, "reversed" or "shuffled". Returns how many."""
        return self.courier.release(order)

    async def settled(self) -> None:
        """Until all that is to be sent has been sent and answered, or given up."""
        await self.courier.settled()

    # -- what happens ----------------------------------------------------------------------------------------------

    def heard(self, topic: str, obj: Json) -> None:
        """Something happened in the shop, and is told to whom it may concern."""
        topic = _TOPICS.get(topic, topic)
        if topic == "app/uninstalled":
            self._uninstalled()
        elif listening := self._listening(topic):
            event = self._event(rest_bodies.root_of(self.state, obj))
            self.announce(topic, rest_bodies.body(self.state, topic, obj), event=event, about=obj, listening=listening)

    def _event(self, root: str) -> str:
        """The id of what the merchant did: what happens to one product or order in one breath is one event, in several topics."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # changed from outside of any loop
            return str(uuid.uuid4())
        if not self._events:
            loop.call_soon(self._events.clear)
        return self._events.setdefault(root, str(uuid.uuid4()))

    def announce(
        self,
        topic: str,
        body: Json,
        *,
        event: str | None = None,
        about: Json | None = None,
        listening: list[Listening] | None = None,
    ) -> list[Delivery]:
        """Send a body to everybody who listens to a topic; gives the deliveries that were made."""
        event = event or str(uuid.uuid4())
        made = []
        for one in self._listening(topic) if listening is None else listening:
            if one.filter and not matches(one.filter, body):
                continue
            delivery = self._delivery(one, body, event, about)
            made.append(delivery)
            self.courier.take(delivery)
        return made

    def _uninstalled(self) -> None:
        """Tell that the app is gone; the subscriptions that it made go with it."""
        self.announce("app/uninstalled", rest_bodies.shop_body(self.state))
        for gid in list(self.state.of("WebhookSubscription")):
            self.state.remove(gid)

    def scopes_changed(self, previous: tuple[str, ...], current: tuple[str, ...]) -> None:
        """Tell that the merchant granted other scopes."""
        body = {"id": 1, "previous": list(previous), "current": list(current), "updated_at": self.state.now()}
        self.announce("app/scopes_update", body)

    def compliance(self, topic: str, customer: Json | None = None, orders: tuple[str, ...] = ()) -> list[Delivery]:
        """One of the three privacy topics, about a Customer object of the shop and orders' gids."""
        return self.announce(topic, rest_bodies.compliance_body(self.state, topic, customer, orders))

    # -- deliveries ------------------------------------------------------------------------------------------------

    def _listening(self, topic: str) -> list[Listening]:
        asked = topic.upper().replace("/", "_")
        made = [
            Listening(
                one["id"],
                topic,
                one["uri"],
                one.get("filter"),
                tuple(one.get("includeFields", ())),
                one.get("name"),
                tuple(one.get("metafieldNamespaces", ())),
            )
            for one in self.state.of("WebhookSubscription").values()
            if one["topic"] == asked
        ]
        return made + [one for one in self.configured if one.topic == topic]

    def _delivery(self, one: Listening, body: Json, event: str, about: Json | None) -> Delivery:
        webhook_id = str(uuid.uuid4())
        said: dict[str, Any]
        if self.family == "events" and one.topic in HANDLES:
            said, extra = event_body(one.topic, about or {})
            prefix = "shopify-"
        else:
            said = {name: body[name] for name in one.fields if name in body} if one.fields else body
            if one.namespaces and about and not one.topic.endswith("/delete"):
                said = {**said, "metafields": rest_bodies.metafields(self.state, about, one.namespaces)}
            prefix, extra = "X-Shopify-", {"Topic": one.topic}
        raw = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            **extra,
            "Hmac-Sha256": signature(raw, self.secret),
            "Shop-Domain": self.state.shop["myshopifyDomain"],
            "API-Version": API_VERSION,
            "Webhook-Id": webhook_id,
            "Event-Id": event,
            "Triggered-At": self._nanoseconds(),
            **({"Name": one.name} if one.name else {}),
        }
        spelled = {f"{prefix}{name}" if prefix[0] == "X" else f"{prefix}{name}".lower(): value for name, value in headers.items()}
        return Delivery(one.gid, one.topic, one.uri, webhook_id, {"Content-Type": "application/json", **spelled}, raw)

    @property
    def secret(self) -> str:
        """What deliveries are signed with now."""
        app = self.tokens.app
        return app.old_secret if self.sign_with_old and app.old_secret else app.secret

    def _nanoseconds(self) -> str:
        now = time.time_ns() + int(self.state.clock.offset * 1e9)
        return f"{moment(now // 10**9)[:-1]}.{now % 10**9:09d}Z"

    def _exhausted(self, delivery: Delivery) -> None:
        if type_of(delivery.subscription) == "WebhookSubscription":
            self.state.remove(delivery.subscription)
