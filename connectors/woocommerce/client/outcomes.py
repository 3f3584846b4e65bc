"""What a shop's refusal means, by its code: the error shape (`code`, `message`, `data`) of its REST API v3."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from connectors.woocommerce.client import dirty
from hub.errors import ConnectorError, PermanentError, ReauthorizationError, RetryableError

WRITE_HINT = "Make a key with Read/Write permission: WooCommerce > Settings > Advanced > REST API."
KEY_HINT = "Make a new one: WooCommerce > Settings > Advanced > REST API."


class Refused(PermanentError):
    """The shop understood and said no. `code` is WooCommerce's own word, `status` the HTTP status."""

    def __init__(self, message: str, *, code: str, status: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.status = status


class KeyRefused(ReauthorizationError):
    """The shop does not accept our key for this. `unseen`: it behaves as if no credentials had come at all."""

    def __init__(self, message: str, *, unseen: bool = False, read_only: bool = False, hint: str = KEY_HINT) -> None:
        super().__init__(message, hint=hint)
        self.unseen = unseen
        self.read_only = read_only


def clock(headers: Mapping[str, str]) -> datetime | None:
    """The store's clock: its Date header, UTC."""
    return _http_date(headers.get("date", ""))


def refusal(status: int, headers: Mapping[str, str], body: bytes, where: str) -> ConnectorError:
    """The error for an answer that is not a success, or a success whose body is an error object."""
    if 300 <= status < 400:
        return redirected(headers, where)
    code, message = _said(body, where)
    status = _own_status(body, where, status)
    if status == 429 or status == 408 or status >= 500:
        return _later(status, headers, body, where, code, message)
    if not code:
        return _not_woocommerce(status, where)
    if status == 401:
        return _key_refused(code, message, where)
    if status == 403:
        return Refused(
            f"{where}: the key's user may not do this ({code}).",
            code=code,
            status=status,
            hint="Let a shop manager or an administrator own the key.",
        )
    return Refused(f"{where} answered {status} {code}: {message}", code=code, status=status)


def redirected(headers: Mapping[str, str], where: str) -> PermanentError:
    """A redirect, which is never followed: it would turn a POST into a GET and lose the signature."""
    target = urlsplit(headers.get("location", ""))
    site = target.path.partition("/wp-json")[0].partition("/index.php")[0].rstrip("/")
    if not target.netloc:
        return PermanentError(
            f"{where} redirects to {target.path or 'nowhere'}.", hint="Let /wp-json/ through without a redirect."
        )
    host = target.netloc.rpartition("@")[2]
    return PermanentError(f"{where} redirects to {target.scheme}://{host}{site}.", hint="Connect with that address.")


def _not_woocommerce(status: int, where: str) -> ConnectorError:
    """A refusal in no words of WooCommerce's: something stands before the shop."""
    if status == 403:
        return RetryableError(f"{where} answered 403, and not as WooCommerce does.", hint=dirty.FIREWALL, status=status)
    hint = "The site asks for a password of its own: let /wp-json/wc/ through." if status == 401 else ""
    return Refused(f"{where} answered {status}, and not as WooCommerce does.", code="", status=status, hint=hint)


def _said(body: bytes, where: str) -> tuple[str, str]:
    found = _object(body, where)
    code, message = found.get("code"), found.get("message")
    return (code if isinstance(code, str) else "", " ".join(str(message).split())[:300] if message is not None else "")


def _own_status(body: bytes, where: str, status: int) -> int:
    """The status within the error object, for hosts that send every answer as 200."""
    data = _object(body, where).get("data")
    own = data.get("status") if isinstance(data, dict) else None
    return own if status < 300 and type(own) is int and 400 <= own < 600 else status


def _object(body: bytes, where: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(dirty.json_text(body, where))
    except (RetryableError, msgspec.DecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _later(status: int, headers: Mapping[str, str], body: bytes, where: str, code: str, message: str) -> RetryableError:
    after = _retry_after(headers)
    if status == 429:
        return RetryableError(f"{where}: the shop asks us to slow down (429).", after=after, status=status)
    page = dirty.not_json(body, where) if not code else None
    return RetryableError(
        f"{where} answered {status}{f' {code}: {message}' if code else ''}.",
        hint=page.hint if page else "",
        after=after,
        status=status,
    )


def _key_refused(code: str, message: str, where: str) -> ConnectorError:
    """401, told apart by WooCommerce's own sentences (includes/class-wc-rest-authentication.php)."""
    words = message.lower()
    if "nonce" in words or "timestamp" in words:
        return RetryableError(
            f"{where}: {message}", hint="The clocks of the shop and of this machine differ." if "time" in words else ""
        )
    if "write permission" in words:
        return KeyRefused("The key may only read.", read_only=True, hint=WRITE_HINT)
    if "read permission" in words:
        return KeyRefused("The key may only write.", hint=WRITE_HINT)
    if "secret is invalid" in words:
        return KeyRefused("The consumer secret is wrong.", hint="Copy it again, or make a new key.")
    if "key is invalid" in words:
        return KeyRefused("The shop does not know this consumer key: it is wrong or was revoked.")
    if "signature" in words:
        return KeyRefused(
            "The shop does not accept our signature: the consumer secret is wrong, or the shop knows itself by another address.",
            hint="Compare the address with WordPress > Settings > General, and copy the secret again.",
        )
    if code == "woocommerce_rest_authentication_error":
        return KeyRefused(f"The shop refuses the key: {message}")
    if code.startswith("woocommerce_rest_cannot"):
        return KeyRefused("The shop does not know this consumer key: it is wrong or was revoked.", unseen=True)
    return KeyRefused(
        f"The shop lets no key in ({code}).", unseen=True, hint="A plugin closes its REST API: let /wp-json/wc/ through."
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: `Retry-After` is a number of them or a date, which counts from the store's own clock."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value), 86_400))
    until = _http_date(value)
    if until is None:
        return None
    return max(0.0, (until - (clock(headers) or datetime.now(UTC))).total_seconds())


def _http_date(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
