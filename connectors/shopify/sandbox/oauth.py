"""The OAuth addresses of a shop: POST /admin/oauth/access_token in all its grants, and GET /admin/oauth/authorize.

Errors come as Shopify's `{"error": …, "error_description": …}` with status 400. Bodies may be JSON or a form.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from connectors.shopify.sandbox import session_tokens
from connectors.shopify.sandbox.http import Route
from connectors.shopify.sandbox.request import Answer, Request
from connectors.shopify.sandbox.tokens import DAY, HOUR, REFRESH_SECONDS, Access, Refresh, Tokens, scope_text

if TYPE_CHECKING:
    from connectors.shopify.sandbox.sandbox import Sandbox

Json = dict[str, Any]
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105
_OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
_ONLINE = "urn:shopify:params:oauth:token-type:online-access-token"
_CODE_SECONDS = 600


class Refused(Exception):
    """A grant that is not given: OAuth's error word and the sentence beside it."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.body = {"error": error, "error_description": description}


async def access_token(sandbox: Sandbox, request: Request) -> Answer:
    """POST /admin/oauth/access_token. A lost answer raises ConnectionError: the server breaks off, or answers 500."""
    tokens = sandbox.tokens
    status, answer = answered(tokens, request.body, request.headers.get("content-type", ""))
    if status == 200 and tokens.lost:
        tokens.lost -= 1
        raise ConnectionError("the answer is lost on its way, as lose_answer() asked")
    return Answer.json(answer, status, [(b"cache-control", b"no-store")])


async def authorize(sandbox: Sandbox, request: Request) -> Answer:
    """GET /admin/oauth/authorize: straight back to the app."""
    status, text = agreed(sandbox.tokens, request.query)
    if status == 302:
        return Answer(302, b"", [(b"location", text.encode())])
    return Answer(status, text.encode(), [(b"content-type", b"text/plain; charset=utf-8")])


def answered(tokens: Tokens, raw: bytes, content_type: str) -> tuple[int, Json]:
    """(status, JSON) for the fields of a grant."""
    try:
        fields = _fields(raw, content_type)
        _client(tokens, fields)
        answer = _granted(tokens, fields)
    except Refused as refusal:
        return 400, refusal.body
    if tokens.answer_without_expires_in:
        answer.pop("expires_in", None)
    return 200, answer


def agreed(tokens: Tokens, query: Mapping[str, str]) -> tuple[int, str]:
    """(302, address to go back to) as if the merchant had agreed at once, or (400, what is wrong)."""
    target = query.get("redirect_uri", "")
    if query.get("client_id") != tokens.app.client_id:
        return 400, "Oauth error invalid_request: Could not find Shopify API application with api_key"
    if not urlsplit(target).netloc or (tokens.app.redirects is not None and target not in tokens.app.redirects):
        return 400, "Oauth error invalid_request: The redirect_uri is not whitelisted"
    code = secrets.token_hex(16)
    asked = tuple(one for one in query.get("scope", "").split(",") if one) or tokens.app.scopes
    tokens.codes[code] = (tokens.now(), query.get("grant_options[]") == "per-user", asked)
    host = base64.b64encode(f"admin.shopify.com/store/{tokens.shop.partition('.')[0]}".encode()).rstrip(b"=").decode()
    said = {"code": code, "host": host, "shop": tokens.shop, "timestamp": str(int(tokens.now()))}
    if "state" in query:
        said["state"] = query["state"]
    said["hmac"] = query_hmac(said, tokens.app.secret)
    return 302, f"{target}{'&' if urlsplit(target).query else '?'}{urlencode(said)}"


def query_hmac(params: Mapping[str, str], secret: str) -> str:
    """The signature of OAuth's query: HMAC-SHA256 in hex over the sorted `k=v`, joined by `&`, `hmac` left out."""
    text = "&".join(f"{name}={value}" for name, value in sorted(params.items()) if name != "hmac")
    return hmac.digest(secret.encode(), text.encode(), "sha256").hex()


def _fields(raw: bytes, content_type: str) -> Json:
    if "json" not in content_type:
        return dict(parse_qsl(raw.decode("utf-8", "replace")))
    try:
        found = json.loads(raw)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused("invalid_request", "The request body is not valid JSON.")
    return found


def _client(tokens: Tokens, fields: Json) -> None:
    for name in ("client_id", "client_secret"):
        if not fields.get(name):
            raise Refused("invalid_request", f"Missing required parameter: {name}")
    good = {tokens.app.secret, tokens.app.old_secret} - {None}
    if fields["client_id"] != tokens.app.client_id or fields["client_secret"] not in good:
        raise Refused("invalid_client", "Client authentication failed.")


def _granted(tokens: Tokens, fields: Json) -> Json:
    grant = str(fields.get("grant_type") or ("authorization_code" if "code" in fields else ""))
    if not grant:
        raise Refused("invalid_request", "Missing required parameter: grant_type")
    if grant not in _GRANTS:
        raise Refused("unsupported_grant_type", f"Grant type {grant} is not supported.")
    if not tokens.installed and grant != "authorization_code":
        raise Refused("invalid_client", "The app is not installed on this shop.")
    answer = _GRANTS[grant](tokens, fields)
    tokens.answered.append(grant)
    return answer


def _client_credentials(tokens: Tokens, _fields: Json) -> Json:
    made = tokens.issue("client_credentials", DAY)
    return {"access_token": made.text, "scope": scope_text(made), "expires_in": DAY - 1}


def _refresh_token(tokens: Tokens, fields: Json) -> Json:
    if not fields.get("refresh_token"):
        raise Refused("invalid_request", "Missing required parameter: refresh_token")
    pair = tokens.use(str(fields["refresh_token"]))
    if pair is None:
        raise Refused("invalid_grant", "The refresh token is expired, revoked or was already used.")
    return _expiring(*pair)


def _token_exchange(tokens: Tokens, fields: Json) -> Json:
    for name in ("subject_token", "subject_token_type"):
        if not fields.get(name):
            raise Refused("invalid_request", f"Missing required parameter: {name}")
    wanted = fields.get("requested_token_type") or _OFFLINE
    subject = str(fields["subject_token"])
    if fields["subject_token_type"] == _OFFLINE:
        return _migrated(tokens, subject, fields, wanted)
    if fields["subject_token_type"] != _ID_TOKEN or wanted not in {_OFFLINE, _ONLINE}:
        raise Refused("invalid_request", "The token type is not supported.")
    try:
        claims = session_tokens.read(subject, tokens.shop, tokens.app.client_id, tokens.app.secret, tokens.now())
    except ValueError:
        raise Refused("invalid_subject_token", "The subject token is invalid or has expired.") from None
    return _online(tokens, int(claims["sub"])) if wanted == _ONLINE else _offline(tokens, fields)


def _migrated(tokens: Tokens, subject: str, fields: Json, wanted: str) -> Json:
    """An old offline token for an expiring one: the old one is dead from then on."""
    found = tokens.find(subject)
    if found is None or found.kind not in {"static", "permanent"}:
        raise Refused("invalid_subject_token", "The subject token is invalid or has expired.")
    if wanted != _OFFLINE or not _expires(fields):
        raise Refused("invalid_request", "An offline token can only be exchanged for an expiring offline token.")
    tokens.access.pop(subject)
    return _expiring(*tokens.pair(scopes=found.scopes))


def _authorization_code(tokens: Tokens, fields: Json) -> Json:
    made, per_user, scopes = tokens.codes.pop(str(fields.get("code", "")), (0.0, False, ()))
    if made + _CODE_SECONDS <= tokens.now():
        raise Refused("invalid_request", "The authorization code was not found or was already used")
    tokens.installed = True  # agreeing installs
    return _online(tokens, 42) if per_user else _offline(tokens, fields, scopes)


def _offline(tokens: Tokens, fields: Json, scopes: tuple[str, ...] = ()) -> Json:
    if _expires(fields):
        return _expiring(*tokens.pair(scopes=scopes))
    made = tokens.issue("permanent", None, scopes=scopes)
    return {"access_token": made.text, "scope": scope_text(made)}


def _online(tokens: Tokens, user: int) -> Json:
    made = tokens.issue("online", DAY, user=user)
    who = {"id": user, "first_name": "Noémie", "last_name": "Ångström", "email": "noemie@example.com", "email_verified": True}
    scope = scope_text(made)
    return {
        "access_token": made.text,
        "scope": scope,
        "expires_in": DAY - 1,
        "associated_user_scope": scope,
        "associated_user": {**who, "account_owner": True, "locale": "fr", "collaborator": False},
    }


def _expiring(access: Access, refresh: Refresh) -> Json:
    return {
        "access_token": access.text,
        "scope": scope_text(access),
        "expires_in": HOUR,
        "refresh_token": refresh.text,
        "refresh_token_expires_in": REFRESH_SECONDS,
    }


def _expires(fields: Json) -> bool:
    return str(fields.get("expiring", "")).lower() in {"1", "true"}


_GRANTS = {
    "client_credentials": _client_credentials,
    "refresh_token": _refresh_token,
    _EXCHANGE: _token_exchange,
    "authorization_code": _authorization_code,
}

ROUTES: tuple[Route, ...] = (
    ("POST", r"/admin/oauth/access_token(\.json)?", access_token),
    ("GET", r"/admin/oauth/authorize", authorize),
)
