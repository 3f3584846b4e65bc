"""The tokens that a shop has given to one app: which are good now, for what, and how they end and follow each other.

Lifetimes (Shopify, "About offline access tokens"; changelog of 2026-08-28): an expiring offline token lives an hour and
comes with a refresh token of 90 days; a used refresh token can be used again, within 30 days, until its successor is used.
Client credentials give a token of a day and nothing to refresh it with. Static tokens (`shpat_…`) live until they are taken.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from connectors.shopify.sandbox import session_tokens
from connectors.shopify.sandbox.clock import moment

CLIENT_ID = "5f1c0a5e6f0a4d0c9a550f3d6a1b2c3d"
SECRET = "hush_hush_hush_hush_hush_hush_hush_1"  # noqa: S105  # of a sandbox; the published test vectors use it
SCOPES = (
    "read_products,write_products,read_orders,read_all_orders,write_orders,read_customers,write_customers,"
    "read_inventory,write_inventory,read_locations,read_files,write_files,read_fulfillments"
)
HOUR, DAY = 3600, 86_400
REFRESH_SECONDS, RETRY_SECONDS = 90 * DAY, 30 * DAY
UNRECOGNISED = "[API] Invalid API key or access token (unrecognized login or wrong password)"
NON_EXPIRING = (
    "[API] Non-expiring access tokens are no longer accepted for the Admin API. "
    "Request an expiring offline access token and use its refresh token."
)


@dataclass
class Access:
    """One access token. `expires` in seconds of the shop's clock, None: never."""

    text: str
    kind: str  # static, client_credentials, offline, permanent (an offline one without an end), online
    scopes: tuple[str, ...]
    expires: float | None = None
    user: int | None = None


@dataclass
class Refresh:
    """One refresh token: the one that it replaces, and when it was used first."""

    text: str
    expires: float
    replaces: Refresh | None = None
    used: float | None = None


@dataclass
class App:
    """What the vendor knows of the app. `old_secret` is still honoured while a secret is being rotated.

    `public` apps may not use tokens without an end. `redirects` None: any address is allowed.
    """

    client_id: str = CLIENT_ID
    secret: str = SECRET
    old_secret: str | None = None
    scopes: tuple[str, ...] = tuple(SCOPES.split(","))
    public: bool = True
    redirects: tuple[str, ...] | None = None


@dataclass
class Tokens:
    """The table. `kind` says what `credentials` gives: static, client_credentials or offline.

    `answered` lists every grant type that was answered. `answer_without_expires_in`: answers leave that field out.
    """

    now: Callable[[], float]
    shop: str = "luneo-sandbox.myshopify.com"
    kind: str = "static"
    app: App = field(default_factory=App)
    installed: bool = True
    answer_without_expires_in: bool = False
    answered: list[str] = field(default_factory=list)
    access: dict[str, Access] = field(default_factory=dict)
    refreshes: dict[str, Refresh] = field(default_factory=dict)
    codes: dict[str, tuple[float, bool, tuple[str, ...]]] = field(default_factory=dict)  # made, per user, scopes
    lost: int = 0  # answers still to be lost on their way
    _given: dict[str, str] = field(default_factory=dict)

    # -- what the API asks -----------------------------------------------------------------------------------------

    def find(self, text: str) -> Access | None:
        """The token if it is good now."""
        found = self.access.get(text)
        return None if found is None or (found.expires is not None and found.expires <= self.now()) else found

    def valid(self, text: str) -> bool:
        return self.refusal(text) is None

    def refusal(self, text: str) -> tuple[int, str] | None:
        """(status, error text) with which the Admin API refuses this token; None: it is good."""
        found = self.find(text)
        if found is None:
            return 401, UNRECOGNISED
        return (403, NON_EXPIRING) if found.kind == "permanent" and self.app.public else None

    def scopes(self, text: str) -> tuple[str, ...]:
        """What the token may do: empty when it is not good."""
        found = self.find(text)
        return found.scopes if found else ()

    # -- what grants need ------------------------------------------------------------------------------------------

    def issue(self, kind: str, seconds: float | None, *, user: int | None = None, scopes: tuple[str, ...] = ()) -> Access:
        """A new access token."""
        expires = None if seconds is None else self.now() + seconds
        made = Access(f"{'shpua' if user else 'shpat'}_{secrets.token_hex(16)}", kind, scopes or self.app.scopes, expires, user)
        self.access[made.text] = made
        return made

    def pair(self, replaces: Refresh | None = None, scopes: tuple[str, ...] = ()) -> tuple[Access, Refresh]:
        """An expiring offline token with its refresh token.

        Only one refreshable chain exists per app and shop: without `replaces` every older refresh token ends, with it
        only the one that it replaces stays, until the new one is used.
        """
        kept = {replaces.text: replaces} if replaces else {}
        made = Refresh(f"shprt_{secrets.token_hex(16)}", self.now() + REFRESH_SECONDS, replaces)
        self.refreshes = {**kept, made.text: made}
        return self.issue("offline", HOUR, scopes=scopes), made

    def use(self, text: str) -> tuple[Access, Refresh] | None:
        """The next pair for a refresh token; None when it is not (or no longer) good."""
        found = self.refreshes.get(text)
        now = self.now()
        if found is None or found.expires <= now or (found.used is not None and found.used + RETRY_SECONDS <= now):
            return None
        if found.used is None:
            found.used = now
        found.replaces = None  # its use retires the token before it
        return self.pair(found)

    # -- the hands of tests and of the merchant --------------------------------------------------------------------

    def credentials(self) -> dict[str, str]:
        """What an installation stores, of the sandbox's `kind`; the same until it is ended or renewed."""
        if not self._given:
            self._given = self._fresh()
        return dict(self._given)

    def _fresh(self) -> dict[str, str]:
        if self.kind == "client_credentials":
            return {"client_id": self.app.client_id, "client_secret": self.app.secret}
        if self.kind == "static":
            return {"token": self.issue("static", None).text, "app_secret": self.app.secret}
        access, refresh = self.pair()
        return {
            "kind": "offline",
            "token": access.text,
            "expires_at": moment(access.expires or 0),
            "refresh_token": refresh.text,
            "refresh_expires_at": moment(refresh.expires),
            "scope": scope_text(access),
        }

    def session_token(self, **claims: object) -> str:
        """A session token of this shop and app, as an embedded page gets it."""
        return session_tokens.make(self.shop, self.app.client_id, self.app.secret, self.now(), **claims)  # type: ignore[arg-type]

    def expire(self) -> None:
        """End every access token. Refresh tokens and the app's secret stay good."""
        self.access.clear()

    def revoke(self) -> None:
        """End everything that `credentials` has given: of client credentials, the app's secret."""
        self.access.clear()
        self.refreshes.clear()
        if self.kind == "client_credentials":
            self.app.secret = f"hush_{secrets.token_hex(16)}"
        self._given = {}

    def renew(self) -> dict[str, str]:
        """Take the credentials away and give others of the same kind."""
        self.revoke()
        self.installed = True
        return self.credentials()

    def uninstall(self) -> None:
        """The merchant removes the app: every token is dead at once."""
        self.access.clear()
        self.refreshes.clear()
        self.codes.clear()
        self._given = {}
        self.installed = False

    def install(self) -> None:
        """The merchant has the app again; it must get itself new tokens."""
        self.installed = True

    def lose_answer(self, times: int = 1) -> None:
        """The next grants are done, but their answers never arrive."""
        self.lost += times


def scope_text(access: Access) -> str:
    """The scopes as answers spell them, joined by commas."""
    return ",".join(access.scopes)
