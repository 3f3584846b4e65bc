"""One signed call to a shop, answered with rows, an object, or the error that says what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import msgspec

from connectors.woocommerce.client import dirty, outcomes
from connectors.woocommerce.client.signing import Auth, Call, joined, signer
from hub.errors import PermanentError
from hub.ports import HttpAnswer, Opening

DEADLINE = 60.0  # seconds; PHP itself gives up after 30 on most hosts
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Rows:
    """A list as answered: its rows undecoded, the store's count of the whole listing, the store's clock (UTC)."""

    raws: Sequence[msgspec.Raw]
    total: int | None
    at: datetime | None


class Calls:
    """The shop's REST API. Waits for the rate budget before every call and signs each anew."""

    def __init__(self, opening: Opening, auth: Auth | None = None) -> None:
        credentials, capabilities = opening.credentials, opening.capabilities
        self.url = opening.url.rstrip("/")
        self.auth: Auth = auth or capabilities.get("auth") or ("basic" if self.url.startswith("https:") else "oauth1")
        self.rest_route = bool(capabilities.get("rest_route"))
        self._sign = signer(self.auth, credentials["key"], credentials["secret"])
        self._http, self._budget = opening.http, opening.budget
        self._skew = 0.0

    async def rows(self, path: str, params: Mapping[str, str]) -> Rows:
        """GET a list below /wc/v3/. Raises ConnectorError for anything but a list."""
        answer = await self.send("GET", path, params)
        where = self.where(path)
        found = dirty.json_rows(answer.body, where)
        if isinstance(found, bytes):
            raise _no_list(answer, found, where)
        return Rows(found, _total(answer.headers), outcomes.clock(answer.headers))

    async def one(
        self, method: str, path: str, params: Mapping[str, str] | None = None, payload: object = None
    ) -> tuple[bytes, datetime | None]:
        """One object as JSON bytes, and the store's clock. Raises ConnectorError for anything else."""
        answer = await self.send(method, path, params or {}, payload)
        where = self.where(path)
        text = dirty.json_text(answer.body, where)
        if text[:1] != b"{":
            raise PermanentError(f"{where} answered with a list where one object was asked for.")
        if is_refusal(text):
            raise outcomes.refusal(answer.status, answer.headers, text, where)
        return text, outcomes.clock(answer.headers)

    async def send(self, method: str, path: str, params: Mapping[str, str], payload: object = None) -> HttpAnswer:
        """The answer to one call when its status is a success; else the typed error."""
        answer = await self.try_send(method, path, params, payload)
        if not 200 <= answer.status < 300:
            raise outcomes.refusal(answer.status, answer.headers, answer.body, self.where(path))
        return answer

    async def try_send(self, method: str, path: str, params: Mapping[str, str], payload: object = None) -> HttpAnswer:
        """The answer, whatever its status."""
        await self._budget()
        url, headers = self._sign(Call(method, self._address(path), params, self._skew))
        content = None if payload is None else msgspec.json.encode(payload)
        answer = await self._http.request(
            method, url, headers={**headers, **JSON} if content else headers, content=content, deadline=DEADLINE
        )
        if self.auth == "oauth1" and (at := outcomes.clock(answer.headers)) is not None:
            self._skew = (at - datetime.now(UTC)).total_seconds()
        return answer

    async def index(self, rest_route: bool) -> HttpAnswer:
        """The unsigned list of what the site's REST API offers, by its pretty address or by `?rest_route=`."""
        await self._budget()
        fields = {"_fields": "name,url,home,gmt_offset,timezone_string,namespaces"}
        url = joined(f"{self.url}/?rest_route=/" if rest_route else f"{self.url}/wp-json/", fields)
        answer = await self._http.request("GET", url, deadline=DEADLINE)
        if (at := outcomes.clock(answer.headers)) is not None:
            self._skew = (at - datetime.now(UTC)).total_seconds()
        return answer

    def where(self, path: str) -> str:
        """The call for a message: never its query, which may hold the secret."""
        return f"{self.url.partition('://')[2]} /{path}"

    def _address(self, path: str) -> str:
        if self.rest_route:
            # keys count only for addresses that contain `wp-json/wc/` (class-wc-rest-authentication.php), anywhere in them
            return f"{self.url}/?rest_route=/wc/v3/{path}&luneo=wp-json/wc/"
        return f"{self.url}/wp-json/wc/v3/{path}"


def is_refusal(text: bytes) -> bool:
    """Whether an object is WooCommerce's error shape. No resource has both a `code` and a `message` and no `id`."""
    found = cast("dict[str, Any]", msgspec.json.decode(text))
    return "code" in found and "message" in found and "id" not in found


def _no_list(answer: HttpAnswer, found: bytes, where: str) -> Exception:
    if is_refusal(found):
        return outcomes.refusal(answer.status, answer.headers, found, where)
    return PermanentError(f"{where} answered with an object where a list was asked for.")


def _total(headers: Mapping[str, str]) -> int | None:
    value = headers.get("x-wp-total", "").strip()
    return int(value) if value.isascii() and value.isdigit() else None
