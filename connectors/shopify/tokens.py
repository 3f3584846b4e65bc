"""The token that a shop is asked with, by the kind of its credentials: one seam, whatever a token is made of.

static             {"token"}: an old custom app's `shpat_…`, good until somebody takes it away
client_credentials {"client_id", "client_secret"} and, once asked for, {"token", "expires_at", "scope"}: a day, asked for again
offline            {"token", "expires_at", "refresh_token", "refresh_expires_at", "scope"}: an hour, and a pair that rotates
permanent          {"token"}: an old offline token of a public app, exchanged for the above when it is first used (for good)

Renewals go through the vault, so that of all workers one asks and everybody gets the same. Another kind of token (Shopify's
application-only ones, for one) is another entry in `KINDS`. Never used while a webhook is being received: a shop that
uninstalled us would then be answered 500 for ever (shopify-app-js #3360).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors.shopify import grants
from connectors.shopify.grants import App, Grant
from connectors.shopify.settings import app_settings
from connectors.shopify.times import stamp
from hub.errors import PermanentError, ReauthorizationError, RetryableError
from hub.ports import HttpClient, Opening

Credentials = Mapping[str, str]
Ask = Callable[[HttpClient, str, Credentials], Awaitable[dict[str, str]]]

EARLY: Final = timedelta(minutes=5)  # a token with less left is renewed before it is used
KEEP: Final = timedelta(days=14)  # a refresh token with less left is used, so that a shop nobody asks does not die of it
OPEN_AGAIN: Final = "Let the merchant open the app again in Shopify."


class Tokens:
    """The token of one opened shop."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._credentials = opening.credentials
        self._turn = asyncio.Lock()

    async def token(self) -> str:
        """A token with some minutes left. Raises what renewing raises (grants.py), PermanentError for odd credentials."""
        if self._good():
            return self._credentials["token"]
        async with self._turn:
            if not self._good():
                try:
                    await self._renew()
                except RetryableError:
                    if left(self._credentials, "expires_at") <= timedelta(0):
                        raise  # else the shop is away for a moment, and the token in hand still has a few minutes
            return self._credentials["token"]

    def _good(self) -> bool:
        kind = kind_of(self._credentials)
        if kind == "static" or (kind == "permanent" and self._opening.vault is None):
            return True
        return left(self._credentials, "expires_at") > EARLY

    async def rejected(self, token: str) -> None:
        """The shop answered 401 to this token: the next `token()` is another. Raises ReauthorizationError if there is none."""
        if kind_of(self._credentials) == "static":
            where = self._opening.url.partition("://")[2]
            raise ReauthorizationError(
                f"{where} refuses the access token: it is wrong, or was revoked.", hint="Give it a new one: luneo connect."
            )
        async with self._turn:
            if self._credentials.get("token") == token:
                await self._renew()

    async def keep_alive(self) -> bool:
        """Use the refresh token if it ends soon; answers whether that was so."""
        if kind_of(self._credentials) != "offline" or left(self._credentials, "refresh_expires_at") > KEEP:
            return False
        async with self._turn:
            await self._renew()
        return True

    async def _renew(self) -> None:
        vault, before = self._opening.vault, self._credentials
        if vault is not None:
            self._credentials = await vault.renewed(before, self._ask)
        elif kind_of(before) == "client_credentials":  # probing: nothing is lost when these are forgotten
            self._credentials = await self._ask(before)
        else:
            raise PermanentError("The shop's token has ended, and there is nowhere to keep its successor.", hint=OPEN_AGAIN)
        refuse_shrunk(before, self._credentials)

    async def _ask(self, current: Credentials) -> dict[str, str]:
        return await KINDS[kind_of(current)](self._opening.http, self._opening.url.rstrip("/"), current)


def kind_of(credentials: Credentials) -> str:
    """The kind of these credentials; what somebody gave by hand names none. Raises PermanentError for one we do not know."""
    guess = "client_credentials" if "client_secret" in credentials and "token" not in credentials else "static"
    kind = credentials.get("kind", guess)
    if kind != "static" and kind not in KINDS:
        raise PermanentError(f"The shop's credentials are of a kind that we do not know: {kind!r}.", hint="Connect it again.")
    if not credentials.get(NEEDED[kind]):
        raise PermanentError(f"The shop's credentials hold no {NEEDED[kind]}.", hint="Connect it again.")
    return kind


def left(credentials: Credentials, name: str) -> timedelta:
    """How long from now; nothing when the end is not known, which is never read as "for ever"."""
    try:
        return datetime.fromisoformat(credentials.get(name, "")) - datetime.now(UTC)
    except (ValueError, TypeError):
        return timedelta(0)


def app_of(credentials: Credentials) -> App:
    """The app that these credentials belong to: their own, else the hub's. Raises PermanentError when there is none."""
    settings = app_settings()
    id = credentials.get("client_id") or settings.client_id
    secret = credentials.get("client_secret") or next(iter(settings.secrets), "")
    if not id or not secret:
        raise PermanentError(
            "The shop's token cannot be renewed: our app is not configured.",
            hint="Set LUNEO_SHOPIFY_CLIENT_ID and LUNEO_SHOPIFY_CLIENT_SECRET.",
        )
    return App(id, secret)


def offline(grant: Grant) -> dict[str, str]:
    """The credentials that an installation keeps of a grant with a refresh token."""
    assert grant.refresh_token is not None and grant.refresh_expires_at is not None  # noqa: S101 (all but client credentials)
    return {
        "kind": "offline",
        "token": grant.token,
        "expires_at": stamp(grant.expires_at),
        "refresh_token": grant.refresh_token,
        "refresh_expires_at": stamp(grant.refresh_expires_at),
        "scope": grant.scope,
    }


def refuse_shrunk(before: Credentials, after: Credentials) -> None:
    """Raise ReauthorizationError when a renewal took away what we had and need. The new credentials are kept by then."""
    if not before.get("scope") or after.get("scope") is None:
        return
    from connectors.shopify.library import covers, lacking

    had = [scope for scope in app_settings().scopes if covers(before["scope"], [scope])]
    if lost := lacking(after["scope"], had):
        raise ReauthorizationError(f"The shop took permissions away: {', '.join(lost)}.", hint=f"{OPEN_AGAIN[:-1]} and agree.")


async def _client_credentials(http: HttpClient, base: str, current: Credentials) -> dict[str, str]:
    grant = await grants.client_credentials(http, base, app_of(current))
    asked = {"kind": "client_credentials", "token": grant.token, "expires_at": stamp(grant.expires_at), "scope": grant.scope}
    return {**current, **asked}


async def _offline(http: HttpClient, base: str, current: Credentials) -> dict[str, str]:
    return {**current, **offline(await grants.refresh(http, base, app_of(current), current["refresh_token"]))}


async def _permanent(http: HttpClient, base: str, current: Credentials) -> dict[str, str]:
    return {**current, **offline(await grants.migration(http, base, app_of(current), current["token"]))}


KINDS: Final[Mapping[str, Ask]] = {"client_credentials": _client_credentials, "offline": _offline, "permanent": _permanent}
NEEDED: Final = {"static": "token", "client_credentials": "client_secret", "offline": "refresh_token", "permanent": "token"}
