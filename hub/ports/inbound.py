"""Inbound: webhooks as they come in, and the subscriptions that make a shop send them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from hub.ports.reading import Row, Store


@dataclass(frozen=True, slots=True)
class InboundRequest:
    """A webhook as received: headers with lower-case names, the exact body bytes."""

    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """What an inbound webhook says: look at these. `row` carries the object when the body is one."""

    resource: str  # name of the resource to refetch
    ids: tuple[str, ...]
    deleted: bool = False
    row: Row | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What a webhook says of the connection itself, or of people who want to be forgotten.

    kind: uninstalled (credentials are dead) · scopes (permissions changed) · forget_shop · forget_customer · customer_data;
    ids: vendor ids by resource name ({"customers": […], "orders": […]}) for the latter two.
    """

    kind: Literal["uninstalled", "scopes", "forget_shop", "forget_customer", "customer_data"]
    ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One verified inbound webhook. `dedupe` identifies the very same message; `changes` is empty for a ping.

    `shop`: the identity of the shop that the message says it is from, where it says so; the hub compares it with the
    installation's. `triggered`: when it happened, in the vendor's words. `once`: `dedupe` is made of an id that the vendor
    gives to no other message, so that a repetition is one however late; else the same words are news again after a while.
    """

    topic: str
    dedupe: bytes
    changes: Sequence[Change]
    ping: bool = False
    shop: str | None = None
    notice: Notice | None = None
    triggered: datetime | None = None
    once: bool = False


@dataclass(frozen=True, slots=True)
class WebhookState:
    """One subscription of ours as the shop reports it. `reason`: why the shop will not have it, in one line."""

    topic: str
    id: str
    active: bool
    reason: str = ""


class Webhooks(Protocol):
    """Inbound webhooks of one connector."""

    topics: Sequence[str]

    def secrets(self, credentials: Mapping[str, str], own: str) -> Sequence[str]:
        """What this shop may sign with, newest first: `own` is the secret that the hub made for the installation. Each is
        tried in turn, so that a secret can be changed while messages are under way."""
        ...

    def shop_of(self, request: InboundRequest) -> str | None:
        """For messages to the connector's one address (`/in/{connector}`): the shop that it claims to be from, unverified."""
        ...

    def parse(self, request: InboundRequest, secret: str) -> Delivery:
        """Verify and name. Pure; raises SignatureError, or PermanentError for a body that is not what its topic says."""
        ...

    async def ensure(self, store: Store, url: str, secret: str) -> Sequence[WebhookState]:
        """Make the shop's subscriptions what we want; returns those that were found inactive or missing, and those that the
        shop refuses, with the reason. Raises PermanentError when it can have none."""
        ...

    async def remove(self, store: Store, url: str) -> int: ...
