"""The ways to a token: each is one POST to the shop's token address, and one answer that is checked before it is believed.

Sources: Shopify, "About token exchange", "Authorization code grant", "Client credentials grant", "About offline access
tokens". Every offline token is asked for as an expiring one: a shop that answers with one that never ends would leave us
with what Shopify is about to refuse, and an end that is missing must not be read as "never" (shopify-app-js #3400).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connectors.shopify.oauth import post
from hub.errors import PermanentError
from hub.ports import HttpClient

Fields = dict[str, Any]

EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_TOKEN: Final = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105 (a kind of token)
OFFLINE: Final = "urn:shopify:params:oauth:token-type:offline-access-token"


@dataclass(frozen=True, slots=True)
class App:
    """Our app's id and secret, as the Dev Dashboard says them. Not shown by repr."""

    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        return f"App({self.client_id!r})"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a shop gave. Ends are UTC; `refresh_token` is None for client credentials, which are simply asked for again."""

    token: str
    scope: str
    expires_at: datetime
    refresh_token: str | None = None
    refresh_expires_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Grant(scope={self.scope!r}, expires_at={self.expires_at})"


async def client_credentials(http: HttpClient, base: str, app: App) -> Grant:
    """A token of a day for a shop of the app's own organisation."""
    return await _ask(http, base, app, {"grant_type": "client_credentials"}, offline=False)


async def token_exchange(http: HttpClient, base: str, app: App, session_token: str) -> Grant:
    """An expiring offline token for a session token. Raises SessionTokenRefused when that is not good (any more)."""
    fields = {"subject_token": session_token, "subject_token_type": ID_TOKEN, "requested_token_type": OFFLINE, "expiring": 1}
    return await _ask(http, base, app, {"grant_type": EXCHANGE, **fields})


async def authorization_code(http: HttpClient, base: str, app: App, code: str) -> Grant:
    """An expiring offline token for the code that the merchant's browser brought back."""
    return await _ask(http, base, app, {"code": code, "expiring": 1})


async def refresh(http: HttpClient, base: str, app: App, refresh_token: str) -> Grant:
    """The next pair. Raises InvalidGrant when the refresh token is spent: the merchant must open the app again."""
    return await _ask(http, base, app, {"grant_type": "refresh_token", "refresh_token": refresh_token})


async def migration(http: HttpClient, base: str, app: App, old_token: str) -> Grant:
    """An expiring offline token for an old one without an end, which is dead from then on: there is no way back."""
    fields = {"subject_token": old_token, "subject_token_type": OFFLINE, "requested_token_type": OFFLINE, "expiring": 1}
    return await _ask(http, base, app, {"grant_type": EXCHANGE, **fields})


async def _ask(http: HttpClient, base: str, app: App, fields: Mapping[str, Any], *, offline: bool = True) -> Grant:
    asked = datetime.now(UTC)  # lifetimes count from the answer: from before the question is on the safe side
    said = await post(http, base, {"client_id": app.client_id, "client_secret": app.client_secret, **fields})
    where = base.partition("://")[2]
    grant = Grant(_text(said, "access_token", where), _scope(said, where), asked + _seconds(said, "expires_in", where))
    if not offline:
        return grant
    ends = asked + _seconds(said, "refresh_token_expires_in", where)
    return Grant(grant.token, grant.scope, grant.expires_at, _text(said, "refresh_token", where), ends)


def _text(said: Fields, name: str, where: str) -> str:
    found = said.get(name)
    if not isinstance(found, str) or not found or not found.isascii() or not found.isprintable():
        raise _odd(where, name, "is missing or no plain text")
    return found


def _scope(said: Fields, where: str) -> str:
    found = said.get("scope")  # may be empty: an app that asks for nothing
    if not isinstance(found, str):
        raise _odd(where, "scope", "is missing or no text")
    return found


def _seconds(said: Fields, name: str, where: str) -> timedelta:
    found = said.get(name)
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not 0 < found < 1e9:
        raise _odd(where, name, "is missing: without it the token's end is unknown" if found is None else "is no lifetime")
    return timedelta(seconds=found)


def _odd(where: str, name: str, what: str) -> PermanentError:
    return PermanentError(
        f"{where} answered the request for an expiring token, and {name} {what}.",
        hint="Check that the app uses expiring tokens, and tell Shopify's support if it does.",
    )
