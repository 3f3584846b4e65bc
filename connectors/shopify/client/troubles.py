"""What a shop's refusal means: HTTP statuses, GraphQL errors, and bodies that are no answer at all. One clear line each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from hub.errors import ConnectorError, PermanentError, ReauthorizationError, RetryableError
from schemas import exact

LONGEST = 300  # characters of the vendor's own words in a message
RECONNECT = "Open the app in the shop's admin again, or connect the shop anew."
FIREWALL = "Something stands before the shop."
SECURITY_PAUSE = 60.0  # seconds: Shopify's 430 names no time
RENEWAL = "non-expiring access tokens"  # of the sentence with which old tokens are refused


class CostTooHigh(PermanentError):
    """More points than one request may cost: ask for less. `requested`: what it would have cost, where the shop says so."""

    def __init__(self, message: str, *, hint: str = "", requested: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.requested = requested


class AccessDenied(PermanentError):
    """The shop has not given us a permission."""


class ShopClosed(PermanentError):
    """The shop is frozen, locked, or not there at all: `status` is its HTTP status."""

    def __init__(self, message: str, *, status: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


@dataclass(frozen=True, slots=True)
class UserError:
    """One thing that a mutation refused. `field`: the path into its input; `index`: the element of a list, where it is said."""

    field: tuple[str, ...]
    code: str
    message: str
    index: int | None = None


class UserErrors(PermanentError):
    """A mutation understood us and said no."""

    def __init__(self, message: str, errors: tuple[UserError, ...]) -> None:
        super().__init__(message)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Denied:
    """A path of the answer that came empty for want of a permission."""

    path: tuple[str | int, ...]
    message: str


def line(text: object) -> str:
    """The vendor's words on one line."""
    return " ".join(str(text).split())[:LONGEST]


def refusal(status: int, headers: Mapping[str, str], body: bytes, where: str) -> ConnectorError:
    """The error for an answer whose status is no success."""
    words = said(body)
    shown = f": {words}" if words else ""
    if 300 <= status < 400:
        target = headers.get("location", "").partition("?")[0]
        return PermanentError(
            f"{where} redirects to {line(target) or 'nowhere'}.", hint="Connect with the shop's myshopify.com domain."
        )
    if status == 401 or RENEWAL in words.lower():
        return ReauthorizationError(f"{where}: the shop does not accept our access token{shown}.", hint=RECONNECT)
    if status == 402:
        return ShopClosed(
            f"{where}: the shop is frozen (402).", status=402, hint="Its owner must settle the bill or choose a plan."
        )
    if status == 423:
        return ShopClosed(f"{where}: the shop is locked (423).", status=423, hint="Its owner must ask Shopify's support why.")
    if status == 404:
        return ShopClosed(f"{where}: there is no such shop, or it was closed (404).", status=404, hint="Check the shop's domain.")
    if status == 403 and words:
        return AccessDenied(f"{where}: the shop refuses this (403){shown}.", hint="Give the app the scope that it names.")
    if status in (403, 408, 429, 430) or status >= 500:
        return _later(status, headers, where, shown)
    return PermanentError(f"{where} answered {status}{shown}.")


def _later(status: int, headers: Mapping[str, str], where: str, shown: str) -> RetryableError:
    after = retry_after(headers)
    if status == 429:
        return RetryableError(f"{where}: the shop asks us to slow down (429).", after=after, status=429)
    if status == 430:
        return RetryableError(f"{where}: Shopify's protection turned us away (430).", after=after or SECURITY_PAUSE, status=430)
    if status == 403:
        return RetryableError(
            f"{where} answered 403, and not as Shopify does.", hint="Something stands before the shop.", status=403
        )
    return RetryableError(f"{where} answered {status}{shown}.", after=after, status=status)


def said(body: bytes) -> str:
    """What an error body says: `{"errors": "…"}`, `{"errors": {…}}`, `{"error_description": "…"}`; "" when it is no JSON."""
    try:
        found = exact.decode(body)
    except exact.NotJson:
        return ""
    if not isinstance(found, dict):
        return ""
    errors = found.get("errors") or found.get("error_description") or found.get("error")
    if isinstance(errors, list):
        errors = "; ".join(str(one.get("message", one)) if isinstance(one, dict) else str(one) for one in errors)
    elif isinstance(errors, dict):
        errors = "; ".join(f"{name} {value}" for name, value in errors.items())
    return line(errors).rstrip(".") if errors else ""


def not_json(body: bytes, where: str) -> RetryableError:
    """The error for a body that is not one JSON object: what it is instead, as far as it can be told."""
    start = body[:512].lstrip().lower()
    if not start:
        return RetryableError(f"{where} answered with nothing.")
    if start.startswith((b"<!doctype", b"<html", b"<")):
        return RetryableError(f"{where} answered with a web page.", hint="Maintenance, or something that stands before the shop.")
    if start.startswith(b"{"):
        return RetryableError(f"{where} sent an answer that was cut off or is damaged.")
    return RetryableError(f"{where} answered with something that is not JSON.")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: a number of them (Shopify writes 2.0), or a date by the shop's own clock."""
    value = headers.get("retry-after", "").strip()
    try:
        return min(max(0.0, float(value)), 86_400.0)
    except ValueError:
        until = http_date(value)
    if until is None:
        return None
    return max(0.0, (until - (http_date(headers.get("date", "")) or datetime.now(UTC))).total_seconds())


def http_date(value: str) -> datetime | None:
    """The moment of a header such as Date, UTC; None when it is none."""
    try:
        found = parsedate_to_datetime(value)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def user_errors(found: Mapping[str, Any]) -> tuple[UserError, ...]:
    """Every user error of a mutation's payload, whatever its list is called (userErrors, mediaUserErrors, …)."""
    return tuple(
        UserError(
            field=tuple(map(str, error.get("field") or ())),
            code=str(error.get("code") or ""),
            message=line(error.get("message") or ""),
            index=error["elementIndex"] if type(error.get("elementIndex")) is int else None,
        )
        for name, errors in found.items()
        if name.endswith("serErrors") and isinstance(errors, list)
        for error in errors
        if isinstance(error, dict)
    )
