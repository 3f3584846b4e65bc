"""A shop's token address over a real socket: the sandbox's own grants, or whatever answer a test puts there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from connectors.shopify.grants import App
from connectors.shopify.sandbox import oauth
from connectors.shopify.sandbox.tokens import CLIENT_ID, SECRET, Tokens
from hub.budget import Unhurried
from hub.http import guarded_client
from hub.ports import HttpClient, Opening, Renew
from hub.testing.serving import serve

APP = App(CLIENT_ID, SECRET)


@dataclass
class TokenShop:
    """`answer` (status, headers, body) replaces the next answers; `asked` is what came, decoded."""

    tokens: Tokens
    url: str = ""
    http: HttpClient = None  # type: ignore[assignment]
    answer: tuple[int, Mapping[str, str], bytes] | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        assert (scope["method"], scope["path"]) == ("POST", "/admin/oauth/access_token")
        raw = (await receive())["body"]
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.asked.append(json.loads(raw))
        if self.answer is not None:
            status, said, body = self.answer
        else:
            status, found = oauth.answered(self.tokens, raw, headers["content-type"])
            said, body = {}, json.dumps(found).encode()
        sent = [(name.encode(), value.encode()) for name, value in {**said, "content-length": str(len(body))}.items()]
        await send({"type": "http.response.start", "status": status, "headers": sent})
        await send({"type": "http.response.body", "body": body})

    def says(self, status: int, body: Any, **headers: str) -> None:
        """The next answers are this one."""
        self.answer = (status, headers, body if isinstance(body, bytes) else json.dumps(body).encode())

    def opening(self, credentials: Mapping[str, str], vault: Drawer | None = None) -> Opening:
        return Opening(self.url, credentials, self.http, Unhurried(), vault=vault, installation=UUID(int=1))


@dataclass
class Drawer:
    """The vault of one process: no more than its promise."""

    kept: Mapping[str, str]
    renewals: int = 0

    async def renewed(self, stale: Mapping[str, str], renew: Renew) -> Mapping[str, str]:
        if self.kept == stale:
            self.renewals += 1
            self.kept = await renew(self.kept)
        return self.kept


@asynccontextmanager
async def token_shop(clock: Callable[[], float], kind: str = "offline") -> AsyncIterator[TokenShop]:
    shop = TokenShop(Tokens(clock, kind=kind))
    async with serve(shop) as url:
        http = guarded_client([url.removeprefix("http://")])
        shop.url, shop.http = url, http
        try:
            yield shop
        finally:
            await http.close()
