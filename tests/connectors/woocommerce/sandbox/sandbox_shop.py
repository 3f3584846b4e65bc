"""A served sandbox and a client with its key, and the recorded answers to compare with."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

import connectors.woocommerce
from connectors.woocommerce.sandbox import Sandbox
from hub.testing.serving import serve

CAPTURES = Path(connectors.woocommerce.__file__).parent / "captures"


class Shop:
    """A served sandbox with a client that has its key; `get("products/1")` speaks to /wp-json/wc/v3/."""

    def __init__(self, sandbox: Sandbox, url: str, client: httpx.AsyncClient) -> None:
        self.sandbox, self.url, self.client = sandbox, url, client

    async def ask(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return await self.client.request(method, f"{self.url}/wp-json/wc/v3/{path}", json=body, **options)

    async def get(self, path: str) -> Any:
        answer = await self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refused(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        answer = await self.ask(method, path, body)
        return answer.status_code, answer.json()


Opener = Callable[..., AbstractAsyncContextManager[Shop]]


@asynccontextmanager
async def open_shop(**options: Any) -> AsyncIterator[Shop]:
    small = {"products": 60, "orders": 40, "customers": 12, "most_variations": 5, "webhook_delay": 0.02}
    sandbox = Sandbox(**{**small, **options})
    keys = sandbox.credentials()
    client = httpx.AsyncClient(auth=(keys["key"], keys["secret"]), verify=False, timeout=20)
    async with serve(sandbox.app, tls=True) as url, client:
        yield Shop(sandbox, url, client)


@pytest.fixture
def opened() -> Opener:
    """Opens shops with options of the sandbox."""
    return open_shop


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with open_shop() as found:
        yield found


@pytest.fixture(scope="session")
def recorded() -> Callable[[str], list[dict[str, Any]]]:
    """The exchanges of a capture, or its deliveries with decoded bodies."""

    def read(name: str) -> list[dict[str, Any]]:
        found = json.loads((CAPTURES / f"{name}.json").read_text(encoding="utf-8"))
        listed: list[dict[str, Any]] = found.get("exchanges") or found["deliveries"]
        return listed

    return read
