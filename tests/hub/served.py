"""Shops that listen, and what their callers need: shared by the tests of the rooms that speak HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from connectors.woocommerce.sandbox import Sandbox
from hub.testing.serving import serve

KeyMaker = Callable[..., Awaitable[str]]


@dataclass(frozen=True)
class Woo:
    """A WooCommerce that listens."""

    sandbox: Sandbox
    url: str

    @property
    def authority(self) -> str:
        return self.url.removeprefix("http://")

    @property
    def credentials(self) -> dict[str, str]:
        return self.sandbox.credentials()


@asynccontextmanager
async def open_woo(**scale: int) -> AsyncIterator[Woo]:
    """A shop, as small as its caller likes."""
    sandbox = Sandbox(**({"products": 6, "orders": 4, "customers": 3, "webhook_delay": 0.01} | scale))  # type: ignore[arg-type]
    async with serve(sandbox.app) as url:
        yield Woo(sandbox, url)


def connecting(woo: Woo, **more: Any) -> dict[str, Any]:
    """The body that connects this shop."""
    return {"connector": "woocommerce", "url": woo.url, "credentials": woo.credentials, "allow_http": True} | more
