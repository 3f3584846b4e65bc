"""A served sandbox opened through the connector, as the hub would open it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from connectors.woocommerce.client.store import WooStore
from connectors.woocommerce.connector import WooCommerce
from connectors.woocommerce.sandbox import Sandbox
from hub.http import guarded_client
from hub.ports import Opening, Resource
from hub.testing.serving import serve
from tests.hub.http.servers import Answer, Served, serving

WOO = WooCommerce()
PRODUCTS, ORDERS, CUSTOMERS = WOO.resources
KEYS = {"key": "ck_" + "1" * 40, "secret": "cs_" + "2" * 40}


async def unhurried() -> None:
    """A budget without limits."""


@dataclass
class Opened:
    sandbox: Sandbox
    opening: Opening
    store: WooStore
    asked: list[str]

    def with_(self, **changes: Any) -> Opening:
        return replace(self.opening, **changes)


@asynccontextmanager
async def opened(
    wrap: Callable[[Any], Any] = lambda app: app, tls: bool = False, capabilities: dict[str, Any] | None = None, **scale: Any
) -> AsyncIterator[Opened]:
    """A sandbox behind an ASGI wrapper. `asked` collects the requests as `METHOD path?query`."""
    sandbox = Sandbox(**{"products": 40, "orders": 30, "customers": 10, "most_variations": 6, **scale})
    asked: list[str] = []
    inner = wrap(sandbox.app)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            asked.append(f"{scope['method']} {scope['path']}?{scope['query_string'].decode()}")
        await inner(scope, receive, send)

    async with serve(app, tls=tls) as url:
        host, port = url.rpartition("/")[2].split(":")
        context = None
        if tls:
            certificate = await asyncio.to_thread(ssl.get_server_certificate, (host, int(port)))
            context = ssl.create_default_context(cadata=certificate)
        async with guarded_client([f"{host}:{port}"], tls=context) as http:
            opening = Opening(url, sandbox.credentials(), http, unhurried, capabilities or {}, allow_http=True)
            yield Opened(sandbox, opening, WooStore(opening), asked)


@asynccontextmanager
async def facing(answer: Answer, **capabilities: Any) -> AsyncIterator[tuple[WooStore, Served]]:
    """A store opened on a socket server that answers as told."""
    async with serving(answer) as served, guarded_client([f"127.0.0.1:{served.port}"]) as http:
        opening = Opening(f"http://127.0.0.1:{served.port}", KEYS, http, unhurried, capabilities, allow_http=True)
        yield WooStore(opening), served


def named(name: str) -> Resource:
    return next(resource for resource in WOO.resources if resource.name == name)
