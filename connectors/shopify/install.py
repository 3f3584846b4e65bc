"""How a merchant connects the shop: from Shopify's side, by the authorization code grant or by token exchange. Decisions only.

What comes over the wire is checked in this order: the shop's domain, Shopify's signature and its age, then the state that we
gave this very browser a minute ago. Source: Shopify, "Authorization code grant", "Token exchange", "Set up session tokens".
"""

from __future__ import annotations

import hmac
import secrets as random
import time
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from connectors.shopify import grants
from connectors.shopify.domain import is_shop
from connectors.shopify.embedded import page
from connectors.shopify.library import lacking, session_token, verify_query
from connectors.shopify.oauth import SessionTokenRefused
from connectors.shopify.settings import AppSettings, app_settings
from connectors.shopify.tokens import app_of, offline
from hub.errors import ConfigurationError, PermanentError, ReauthorizationError, SignatureError
from hub.ports import Arrival, Departure, HttpClient, Visit

COOKIE: Final = "luneo_shopify"
SECONDS: Final = 60  # how long a merchant may take to agree
RETRY: Final = {"x-shopify-retry-invalid-session-request": "1"}  # App Bridge then sends the request again, with a fresh token
AGAIN: Final = "Open the app again in Shopify."


def begin(visit: Visit, now: float | None = None) -> Departure:
    """Shopify sent a merchant: to the page where permission is given, or, inside the admin, to the page that brings a token."""
    settings, now = configured(), time.time() if now is None else now
    shop, said = vouched(visit.query, settings, now)
    if said.get("embedded") == "1":
        return page(shop, str(settings.client_id), visit.address)
    state = random.token_urlsafe(24)
    asked = {
        "client_id": settings.client_id,
        "scope": ",".join(settings.scopes),
        "redirect_uri": f"{visit.address}/callback",
        "state": state,
    }
    to = f"{settings.address(shop)}/admin/oauth/authorize?{urlencode(asked)}"
    return Departure(to=to, cookie=(COOKIE, sealed_state(state, shop, now, settings.secrets[0]), SECONDS))


class Spent:
    """States that were used: each is good for once. Forgotten when they would have ended anyway."""

    def __init__(self) -> None:
        self._ends: dict[str, float] = {}

    def spend(self, state: str, now: float) -> None:
        """Raises SignatureError the second time."""
        self._ends = {known: ends for known, ends in self._ends.items() if ends >= now}
        if state in self._ends:
            raise SignatureError("This answer of Shopify's was used already.", hint=AGAIN)
        self._ends[state] = now + SECONDS


def back(visit: Visit, spent: Spent, now: float | None = None) -> Arrival:
    """The merchant agreed and is back with a code. `spent`: of this process; the code itself is good for once at Shopify."""
    settings, now = configured(), time.time() if now is None else now
    shop, said = vouched(visit.query, settings, now)
    check_state(said.get("state", ""), visit.cookies.get(COOKIE, ""), shop, settings.secrets, now)
    spent.spend(said["state"], now)
    code = said.get("code", "")
    if not code:
        raise PermanentError("Shopify's answer brings no code.", hint=AGAIN)
    base = settings.address(shop)

    async def grant(http: HttpClient) -> Mapping[str, str]:
        return accepted(await grants.authorization_code(http, base, app_of({}), code), shop, settings)

    onward = Departure(to=f"https://{shop}/admin/apps/{settings.client_id}", cookie=(COOKIE, "", 0))
    return Arrival(shop, base, grant, fresh=True, onward=onward)


def token(visit: Visit, now: float | None = None) -> Arrival:
    """A page of ours in Shopify's admin, with its session token in the header Authorization."""
    settings = configured()
    found = session_token(visit.headers.get("authorization", ""), str(settings.client_id), settings.secrets, now)
    base = settings.address(found.shop)

    async def grant(http: HttpClient) -> Mapping[str, str]:
        return accepted(await grants.token_exchange(http, base, app_of({}), found.text), found.shop, settings)

    return Arrival(found.shop, base, grant, fresh=False, onward=Departure())


def refused(error: Exception) -> tuple[int, Mapping[str, str]] | None:
    """How App Bridge wants to hear that a session token is not good (any more)."""
    return (401, RETRY) if isinstance(error, (SignatureError, SessionTokenRefused)) else None


def configured() -> AppSettings:
    """The app's settings. Raises ConfigurationError that names what is missing."""
    settings = app_settings()
    if not settings.client_id or not settings.secrets:
        raise ConfigurationError(
            "This hub has no Shopify app:", hint="set LUNEO_SHOPIFY_CLIENT_ID and LUNEO_SHOPIFY_CLIENT_SECRET."
        )
    return settings


def vouched(query: Sequence[tuple[str, str]], settings: AppSettings, now: float) -> tuple[str, dict[str, str]]:
    """The shop that Shopify vouches for, and all parameters. Raises PermanentError (no shop), SignatureError."""
    shop = next((value for name, value in query if name == "shop"), "")
    if not is_shop(shop):
        raise PermanentError(f"{shop[:80]!r} is not the domain of a Shopify shop.", hint=AGAIN)
    return shop, verify_query(query, settings.secrets, now)


def accepted(grant: grants.Grant, shop: str, settings: AppSettings) -> dict[str, str]:
    """The credentials to keep. Raises ReauthorizationError when the merchant agreed to less than the app asks for."""
    if missing := lacking(grant.scope, settings.scopes):
        raise ReauthorizationError(
            f"{shop} did not give the app {', '.join(missing)}.", hint="Open the app again in Shopify and agree to all of it."
        )
    return offline(grant)


def sealed_state(state: str, shop: str, now: float, secret: str) -> str:
    """The cookie: the state, its end, and our signature over both and the shop."""
    ends = str(int(now) + SECONDS)
    return f"{state}.{ends}.{_signature(state, ends, shop, secret)}"


def check_state(state: str, cookie: str, shop: str, secrets: Sequence[str], now: float) -> None:
    """Raise SignatureError unless this browser left for this shop, with this state, within the last minute."""
    kept, ends, signature = [*cookie.split("."), "", "", ""][:3]
    good = [hmac.compare_digest(_signature(kept, ends, shop, secret).encode(), signature.encode()) for secret in secrets]
    if not hmac.compare_digest(kept.encode(), state.encode("utf-8", "replace")) or not state or not any(good):
        raise SignatureError("This answer of Shopify's does not belong to this browser.", hint=AGAIN)
    if int(ends) < now:
        raise SignatureError("Agreeing took more than a minute.", hint=AGAIN)


def _signature(state: str, ends: str, shop: str, secret: str) -> str:
    """With a key derived from the app's secret, never the secret itself: else a signed cookie could pass for a webhook's HMAC."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    key = HKDF(SHA256(), 32, salt=None, info=b"luneo/shopify/install-state").derive(secret.encode())
    return hmac.digest(key, f"{state}.{ends}.{shop}".encode("utf-8", "replace"), "sha256").hex()
