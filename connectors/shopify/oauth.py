"""One POST to a shop's token address, and what its refusals mean. Whatever was sent never comes back in a message.

Errors are OAuth's `{"error": …, "error_description": …}` (RFC 6749 §5.2) with status 400; for some the shop answers with a
page instead, whose text begins with "Oauth error" and the same word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from hub.errors import ConnectorError, PermanentError, ReauthorizationError, RetryableError
from hub.ports import HttpAnswer, HttpClient

PATH: Final = "/admin/oauth/access_token"
DEADLINE: Final = 15.0  # seconds: well below the time after which another worker has its turn
MOST_BYTES: Final = 1 << 20
PAGE: Final = re.compile(r"oauth error ([a-z_]{1,60})", re.IGNORECASE)
WORD: Final = re.compile(r"[a-z_]{1,60}")
TOKEN: Final = re.compile(r"(?:shp[a-z]{1,4}_|eyJ)[A-Za-z0-9._-]+")
LATER: Final = frozenset({"temporarily_unavailable", "server_error", "slow_down"})


class SessionTokenRefused(ReauthorizationError):
    """The shop does not take this session token (they live a minute): the page in the browser must bring a fresh one."""


class InvalidGrant(ReauthorizationError):
    """What was to be exchanged (a code, a refresh token) is used, expired or revoked."""


async def post(http: HttpClient, base: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object that the shop answers. `base` is its address without a path.

    Raises RetryableError (5xx, 429, no JSON, not reached), ReauthorizationError (see `refused`), PermanentError.
    """
    answer = await http.request(
        "POST",
        base + PATH,
        headers={"content-type": "application/json", "accept": "application/json"},
        content=msgspec.json.encode(dict(fields)),
        deadline=DEADLINE,
        max_bytes=MOST_BYTES,
    )
    where = base.partition("://")[2]
    said = _object(answer.body)
    if answer.status != 200 or (said is not None and "error" in said):
        raise refused(answer, said, where, fields)
    if said is None:
        raise RetryableError(f"{where} answered the request for a token with no JSON.", status=answer.status)
    return said


def refused(answer: HttpAnswer, said: Mapping[str, Any] | None, where: str, fields: Mapping[str, Any]) -> ConnectorError:
    """The error for an answer that brings no token."""
    status = answer.status
    word = _word(answer.body, said)
    if status == 429 or status >= 500 or word in LATER:
        after = answer.headers.get("retry-after", "")
        return RetryableError(
            f"{where} answered {status} to the request for a token.",
            after=min(float(after), 3600.0) if after.isascii() and after.isdigit() else None,
            status=status,
        )
    if word == "invalid_client":
        return ReauthorizationError(
            f"{where} does not know our app (invalid_client): it was uninstalled, or the client id or secret is wrong.",
            hint="Check LUNEO_SHOPIFY_CLIENT_ID and LUNEO_SHOPIFY_CLIENT_SECRET (or the ones given for this shop) against the "
            "app in the Dev Dashboard, and that it is installed in the shop.",
        )
    if word == "invalid_grant":
        return InvalidGrant(
            f"{where} takes our permission as ended (invalid_grant).", hint="Let the merchant open the app again in Shopify."
        )
    if word == "invalid_subject_token":
        return SessionTokenRefused(
            f"{where} does not take this token (invalid_subject_token).", hint="Load the app's page in Shopify again."
        )
    return _other(answer, where, f"{word}: {_description(said, fields)}".removesuffix(": ") if word else "")


def _other(answer: HttpAnswer, where: str, words: str) -> ConnectorError:
    """Refusals that name no cause of OAuth's, and those that trying again cannot help."""
    status = answer.status
    if status in (401, 403) and not words:
        return ReauthorizationError(
            f"{where} lets us in no more ({status}).", hint="Let the merchant open the app again in Shopify."
        )
    if status == 402:
        return PermanentError(f"{where} is frozen (402).", hint="The merchant must settle the shop's bill with Shopify.")
    if status == 423:
        return PermanentError(f"{where} is locked (423).", hint="The merchant must ask Shopify's support.")
    if status == 404 or 300 <= status < 400:
        return PermanentError(
            f"{where} is no shop of Shopify's ({status}).", hint="Check the domain: in the shop's admin, Settings > Domains."
        )
    return PermanentError(f"{where} gives no token ({status}{f' {words}' if words else ''}).")


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None
    return found if isinstance(found, dict) else None


def _word(body: bytes, said: Mapping[str, Any] | None) -> str:
    if said is not None:
        word = said.get("error")
        return word if isinstance(word, str) and WORD.fullmatch(word) else ""
    page = PAGE.search(body[:100_000].decode("utf-8", "replace"))
    return page[1].lower() if page else ""


def _description(said: Mapping[str, Any] | None, fields: Mapping[str, Any]) -> str:
    """The shop's own sentence, without anything that was sent or looks like a token."""
    text = str((said or {}).get("error_description") or "")
    for sent in fields.values():
        if isinstance(sent, str) and len(sent) >= 6:
            text = text.replace(sent, "…")
    return TOKEN.sub("…", " ".join(text.split()))[:200]
