"""The one place that uses ShopifyAPI, for what it is right for: session tokens, the HMAC of OAuth's queries, scopes.

Never its sessions and never its HTTP: both live in class-level state that all shops of a process share, and the library lets
a session token without an end pass, allows a query to be a day old, and stumbles over a timestamp that is no number. It is
imported when it is first needed: it brings forty modules that we do not use.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from connectors.shopify.domain import is_shop
from hub.errors import SignatureError

TOLERANCE: Final = 90  # seconds that a signed query may be off, both ways; Shopify's own npm library allows as much
LEEWAY: Final = 10  # seconds that the clocks may differ for a session token
AGAIN: Final = "Load the app's page in Shopify again."


@dataclass(frozen=True, slots=True)
class SessionToken:
    """A session token that is what it claims to be. shop: its domain; user: the staff member's id; text: the token itself."""

    shop: str
    user: str
    text: str


def session_token(authorization: str, client_id: str, secrets: Sequence[str], now: float | None = None) -> SessionToken:
    """The session token in an `Authorization: Bearer …` header, signed with one of our secrets, for our app, not ended.

    Raises SignatureError, which never shows the token.
    """
    from shopify.session_token import SessionTokenError, decode_from_header

    for secret in secrets:
        try:
            claims = decode_from_header(authorization, client_id, secret)
        except (SessionTokenError, TypeError, ValueError, AttributeError):
            continue
        return _checked(claims, authorization.removeprefix("Bearer "), time.time() if now is None else now)
    raise SignatureError("The session token is missing, expired, or not signed for our app.", hint=AGAIN)


def _checked(claims: Mapping[str, Any], text: str, now: float) -> SessionToken:
    end, dest = claims.get("exp"), claims.get("dest")
    if isinstance(end, bool) or not isinstance(end, (int, float)) or end + LEEWAY <= now:
        raise SignatureError("The session token has no end, or has ended.", hint=AGAIN)
    shop = dest.removeprefix("https://") if isinstance(dest, str) else ""
    if not is_shop(shop) or dest != f"https://{shop}" or claims.get("iss") != f"https://{shop}/admin":
        raise SignatureError("The session token names no shop, or two.", hint=AGAIN)
    return SessionToken(shop, str(claims.get("sub")), text)


def oauth_hmac(params: Mapping[str, str], secret: str) -> str:
    """The signature of OAuth's query parameters, in hex. `hmac` itself does not count."""
    from shopify import Session

    # The library reads the secret from its class: a class of our own per call keeps it from everybody else's.
    own = cast("Any", type("Signing", (Session,), {"secret": secret}))
    return cast("str", own.calculate_hmac(dict(params)))


def verify_query(params: Sequence[tuple[str, str]], secrets: Sequence[str], now: float | None = None) -> dict[str, str]:
    """The parameters of a query that Shopify signed with one of our secrets within the last 90 seconds.

    Raises SignatureError, for a parameter that comes twice too: who signed which would be open.
    """
    said = dict(params)
    if len(said) != len(params):
        raise SignatureError("A parameter comes twice.")
    claimed = said.get("hmac", "").encode("utf-8", "replace")
    good = [hmac.compare_digest(oauth_hmac(said, secret).encode(), claimed) for secret in secrets]
    if not any(good):
        raise SignatureError("The query is not signed with our app's secret.")
    stamp = said.get("timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise SignatureError("The query's timestamp is no number.")
    if abs((time.time() if now is None else now) - int(stamp)) > TOLERANCE:
        raise SignatureError("The query is too old, or the clocks differ.", hint="Start again from Shopify.")
    return said


def covers(granted: str | Iterable[str], wanted: str | Iterable[str]) -> bool:
    """Whether the granted scopes are enough: a write scope implies its read scope."""
    return not lacking(granted, wanted)


def lacking(granted: str | Iterable[str], wanted: str | Iterable[str]) -> tuple[str, ...]:
    """The wanted scopes that the granted ones do not cover, in the order of `wanted`."""
    from shopify.api_access import ApiAccess

    have, want = _pieces(granted), _pieces(wanted)
    # The library raises for words that are neither read_… nor write_…, which Shopify does have: they count as they stand.
    access = ApiAccess([one for one in have if ApiAccess.SCOPE_RE.match(one)])
    return tuple(
        one for one in want if one not in have and not (ApiAccess.SCOPE_RE.match(one) and access.covers(ApiAccess([one])))
    )


def _pieces(scopes: str | Iterable[str]) -> list[str]:
    pieces = scopes.split(",") if isinstance(scopes, str) else scopes
    return [piece.strip() for piece in pieces if piece.strip()]
