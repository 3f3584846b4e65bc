"""Session tokens (ID tokens) as App Bridge hands them to an embedded page: a JWT signed HS256 with the app's secret."""

from __future__ import annotations

import base64
import hmac
import json
import uuid
from typing import Any

LEEWAY = 10  # seconds by which the two clocks may differ


def make(
    shop: str,
    client_id: str,
    secret: str,
    now: float,
    *,
    user: int = 42,
    seconds: float | None = 60,
    **claims: Any,
) -> str:
    """A session token of a staff member of `shop`, good for `seconds` (None: it says nothing of an end).

    `claims` replace or add claims, None takes one away: how tests make a token that lies.
    """
    stamp = int(now)
    said: dict[str, Any] = {
        "iss": f"https://{shop}/admin",
        "dest": f"https://{shop}",
        "aud": client_id,
        "sub": str(user),
        "exp": None if seconds is None else stamp + int(seconds),
        "nbf": stamp,
        "iat": stamp,
        "jti": str(uuid.uuid4()),
        "sid": uuid.uuid5(uuid.NAMESPACE_URL, f"{shop}/{user}").hex,
        **claims,
    }
    head = _part({"alg": "HS256", "typ": "JWT"})
    body = _part({name: value for name, value in said.items() if value is not None})
    return f"{head}.{body}.{_signature(f'{head}.{body}', secret)}"


def read(token: str, shop: str, client_id: str, secret: str, now: float) -> dict[str, Any]:
    """The claims of a token that is good for this shop and app now. Raises ValueError with what is wrong."""
    head, _, rest = token.partition(".")
    body, _, signature = rest.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(f"{head}.{body}", secret).encode()):
        raise ValueError("signature")
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    if claims.get("aud") != client_id:
        raise ValueError("aud")
    if claims.get("dest") != f"https://{shop}" or claims.get("iss") != f"https://{shop}/admin":
        raise ValueError("dest")
    if claims.get("exp", 0) + LEEWAY <= now or claims.get("nbf", 0) - LEEWAY > now:
        raise ValueError("exp")
    return claims


def _part(value: dict[str, Any]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _signature(text: str, secret: str) -> str:
    return _text(hmac.digest(secret.encode(), text.encode(), "sha256"))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
