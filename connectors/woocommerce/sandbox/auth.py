"""Who is calling: Basic or query string over HTTPS, OAuth 1.0a one-legged elsewhere, as WC_REST_Authentication does it.

An unknown key over HTTPS is nobody (and hears "cannot view"), a known key with a wrong secret is an error; over plain
HTTP credentials in the clear are not even looked at.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from connectors.woocommerce.sandbox.errors import Refusal, cannot, unauthenticated
from connectors.woocommerce.sandbox.request import Request

WINDOW = 15 * 60  # seconds a timestamp may be off
_PARAMETERS = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method")
_HASHES: dict[str, Callable[..., Any]] = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}


@dataclass
class Key:
    """A REST API key with its permissions (`read`, `write`, `read_write`) and the nonces it has used."""

    key: str
    secret: str
    permissions: str = "read_write"
    revoked: bool = False
    nonces: dict[str, int] = field(default_factory=dict)


class Gate:
    """Holds the keys and tells who sent a request."""

    def __init__(self, now: Callable[[], int]) -> None:
        self.keys: dict[str, Key] = {}
        self.now = now

    def caller(self, request: Request) -> Key | None:
        """The key that signed the request, None when it carries none that counts. Raises Refusal (401)."""
        key = self._plain(request) if request.secure else None
        key = key or self._oauth(request)
        if key is not None:
            _permit(key, request.method)
        return key

    def _known(self, name: str) -> Key | None:
        found = self.keys.get(name)
        return None if found is None or found.revoked else found

    def _plain(self, request: Request) -> Key | None:
        name, secret = request.params.get("consumer_key", ""), request.params.get("consumer_secret", "")
        if not (name and secret):
            name, secret = _basic(request.headers.get(b"authorization", b""))
        found = self._known(name)
        if found is None or not (name and secret):
            return None
        if not hmac.compare_digest(found.secret.encode(), secret.encode()):
            raise unauthenticated("Consumer secret is invalid.")
        return found

    def _oauth(self, request: Request) -> Key | None:
        params = {**request.params, **_oauth_header(request.headers.get(b"authorization", b""))}
        absent = [name for name in _PARAMETERS if not params.get(name)]
        if len(absent) == len(_PARAMETERS):
            return None
        if absent:
            text = f"Missing OAuth parameter{'s' if len(absent) > 1 else ''} {', '.join(absent)}"
            raise Refusal(401, "woocommerce_rest_authentication_missing_parameter", text)
        key = self._known(params["oauth_consumer_key"])
        if key is None:
            raise unauthenticated("Consumer key is invalid.")
        _check_signature(request.method, request.url, params, key)
        self._check_nonce(key, params["oauth_timestamp"], params["oauth_nonce"])
        return key

    def _check_nonce(self, key: Key, timestamp: str, nonce: str) -> None:
        now = self.now()
        stamp = int(timestamp) if timestamp.isdigit() else 0
        if not now - WINDOW <= stamp <= now + WINDOW:
            raise unauthenticated("Invalid timestamp.")
        if nonce in key.nonces:
            raise unauthenticated("Invalid nonce - nonce has already been used.")
        key.nonces[nonce] = stamp
        if len(key.nonces) > 10_000:
            key.nonces = {used: at for used, at in key.nonces.items() if at >= now - WINDOW}


def allow(caller: Key | None, act: str) -> None:
    """Nobody may do nothing. Raises Refusal (401) in the words of `act`: list, view, create, edit, delete or batch."""
    if caller is None:
        raise cannot(act)


def _permit(key: Key, method: str) -> None:
    needed = "read" if method in {"GET", "HEAD"} else "write"
    if method != "OPTIONS" and key.permissions not in {needed, "read_write"}:
        raise unauthenticated(f"The API key provided does not have {needed} permissions.")


def _basic(header: bytes) -> tuple[str, str]:
    scheme, _, coded = header.partition(b" ")
    if scheme.lower() != b"basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(coded).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return name, secret


def _oauth_header(header: bytes) -> dict[str, str]:
    """`Authorization: OAuth oauth_nonce="…", …`"""
    if header[:6].lower() != b"oauth ":
        return {}
    parts = (part.strip().partition("=") for part in header[6:].decode("latin-1").split(","))
    return {name: unquote(value.strip('"')) for name, _, value in parts if name.startswith("oauth_")}


def _encode(text: str) -> str:
    """PHP's rawurlencode()."""
    return quote(text, safe="~")


def _check_signature(method: str, url: str, params: dict[str, str], key: Key) -> None:
    given = unquote(params["oauth_signature"].replace(" ", "+"))
    digest = _HASHES.get(params["oauth_signature_method"])
    if digest is None:
        raise unauthenticated("Invalid signature - signature method is invalid.")
    pairs = sorted(((name, value) for name, value in params.items() if name != "oauth_signature"), key=_php_order)
    joined = "%26".join(_encode(f"{_encode(name)}={_encode(value)}") for name, value in pairs)
    base = f"{method.upper()}&{_encode(url)}&{joined}"
    signed = base64.b64encode(hmac.new(f"{key.secret}&".encode(), base.encode(), digest).digest()).decode()
    if not hmac.compare_digest(signed.encode(), given.encode()):
        raise unauthenticated("Invalid signature - provided signature does not match.")


def _php_order(pair: tuple[str, str]) -> tuple[str, bool]:
    """PHP sorts by the name before a bracket; what is inside an array keeps the order it was sent in."""
    name, bracket, _ = pair[0].partition("[")
    return name, bool(bracket)
