"""What a process remembers of an endpoint and of its organisation's partners: plain facts, made from rows by `webhooks.book`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

#: Takes the decoded payload data of an event; says whether the endpoint wants it.
Wants = Callable[[Any], bool]

#: Seconds between attempts when an endpoint has no schedule of its own: ten attempts over some three days.
RETRY: tuple[int, ...] = (5, 30, 120, 600, 1800, 7200, 18000, 36000, 86400, 86400)


class Signer(Protocol):
    """Signs one message with one key. `webhooks.sign` has one for each scheme."""

    def sign(self, id: bytes, timestamp: bytes, body: bytes) -> bytes:
        """The signature as it stands in the header: `v1,…` or `v1a,…`."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """One endpoint as it is now. `enabled` is False for deleted ones too: they are parked, not sent."""

    org: UUID
    application: UUID
    id: UUID
    url: str
    version: int
    enabled: bool
    deleted: bool
    everything: bool  # types holds `*`
    types: frozenset[str]  # whole names
    families: tuple[str, ...]  # prefixes with their dot, of `product.*`
    installations: frozenset[UUID] | None
    wants: Wants | None
    causes: frozenset[str]
    headers: tuple[tuple[str, str], ...] = field(repr=False)  # partners put their tokens in them
    rate_limit: int | None
    retry: tuple[int, ...]
    ordered: bool
    signers: tuple[tuple[Signer, datetime | None], ...]  # each with the instant after which it signs no more
    since: datetime | None = None  # when it was made: it hears of nothing that happened before

    def takes(self, type: str, installation: UUID | None, cause: str) -> bool:
        """Whether its settings, the payload filter apart, want an event. Backfill and remap must be asked for."""
        if not (self.everything or type in self.types or type.startswith(self.families)):
            return False
        if self.installations is not None and installation not in self.installations:
            return False
        return cause not in ("backfill", "remap") or cause in self.causes


@dataclass(frozen=True, slots=True)
class EventKind:
    """An event type of the organisation's own. `check` raises Unprocessable for data that its schema refuses."""

    name: str
    archived: bool
    check: Callable[[bytes], None] | None


@dataclass(frozen=True, slots=True)
class Partners:
    """An organisation's partners at one version of its book. Deleted endpoints are not in `applications`."""

    org: UUID
    version: int
    applications: Mapping[UUID, Sequence[Card]] = field(default_factory=dict)
    uids: Mapping[str, UUID] = field(default_factory=dict)
    names: Mapping[str, UUID] = field(default_factory=dict)  # every application by its uid and by its id's text, which goes first
    kinds: Mapping[str, EventKind] = field(default_factory=dict)
    cards: Mapping[UUID, Card] = field(default_factory=dict)  # every endpoint, deleted ones too
