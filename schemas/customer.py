"""Customer: a shopper of one shop, registered or guest."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.base import Canonical, Extensions, UtcText
from schemas.metafield import Metafield
from schemas.money import Money
from schemas.parts import Address
from schemas.reference import ExternalRef


class Consent(Canonical):
    """What a customer agreed to, appended and never overwritten."""

    channel: Literal["email", "sms", "phone", "post", "other"]
    state: Literal["granted", "denied", "pending", "unknown"]
    level: str | None = None
    at: UtcText | None = None
    source: str | None = None


class IdentityKey(Canonical):
    """Something that two records of one person would share. scheme: email_norm (lower case, trimmed) or phone_e164."""

    scheme: Literal["email_norm", "phone_e164"]
    value: str


class Spend(Canonical):
    """What the customer bought so far; `derived` tells that the hub counted it, not the vendor."""

    orders: int | None = None
    total: Money | None = None
    derived: bool = False


class Customer(Canonical):
    """A customer of one shop, in canonical form."""

    id: UUID | None = None
    refs: tuple[ExternalRef, ...] = Field(min_length=1)
    account: Literal["registered", "guest"] = "registered"
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None
    role_native: str | None = None
    paying: bool | None = None
    locale: str | None = None
    avatar_url: str | None = None
    tags: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    consent: tuple[Consent, ...] = ()
    identity_keys: tuple[IdentityKey, ...] = ()
    spend: Spend | None = None
    created_at: UtcText | None = None
    modified_at: UtcText | None = None
    metafields: tuple[Metafield, ...] = ()
    ext: Extensions
