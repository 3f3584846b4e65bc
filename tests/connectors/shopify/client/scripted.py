"""A shop that answers what it is told to, over a socket, and a budget that keeps an account."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from connectors.shopify.client.graph import Graph
from hub.http import guarded_client
from hub.ports import Opening, Tariff
from tests.hub.http.servers import Served, plain, serving

TOKEN = "shpat_0123456789abcdef0123456789abcdef"
VERSION = "X-Shopify-API-Version: 2026-10"
DATE = "Date: Sun, 22 Nov 2026 08:00:00 GMT"


@dataclass
class Account:
    """`hub.ports.Budget`: lets everything through and notes it."""

    asked: list[float] = field(default_factory=list)
    tariffs: list[Tariff] = field(default_factory=list)
    returned: list[float] = field(default_factory=list)

    async def __call__(self, cost: float = 1.0) -> None:
        self.asked.append(cost)

    async def told(self, tariff: Tariff) -> None:
        self.tariffs.append(tariff)

    async def back(self, cost: float) -> None:
        self.returned.append(cost)

    @property
    def in_flight(self) -> float:
        return round(sum(self.asked) - sum(self.returned) - sum(tariff.asked for tariff in self.tariffs), 6)


@dataclass
class Scripted:
    graph: Graph
    served: Served
    account: Account
    opening: Opening

    def sent(self, nth: int = -1) -> Any:
        """The JSON of a request."""
        return json.loads(self.served.requests[nth].partition(b"\r\n\r\n")[2])


def cost(requested: float = 10, actual: float | None = 10, available: float = 1990, maximum: float = 2000) -> dict[str, Any]:
    status = {"maximumAvailable": maximum, "currentlyAvailable": available, "restoreRate": 100.0}
    return {"cost": {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}}


def data(**fields: Any) -> bytes:
    return said({"data": fields, "extensions": cost()})


def said(body: Any, status: str = "200 OK", *headers: str) -> bytes:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return plain(text, status, VERSION, DATE, *headers)


def errors(*codes: str, message: str = "No.", found: Any = None, **extensions: Any) -> bytes:
    listed = [{"message": message, "extensions": {"code": code}} for code in codes]
    return said({"data": found, "errors": listed, "extensions": extensions or cost()})


@asynccontextmanager
async def answering(answers: Iterable[bytes], **credentials: str) -> AsyncIterator[Scripted]:
    """A graph opened on a server that gives these answers in turn, the last one for ever."""
    waiting = list(answers)

    async def answer(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(waiting.pop(0) if len(waiting) > 1 else waiting[0])

    async with serving(answer) as served, guarded_client([f"127.0.0.1:{served.port}"]) as http:
        account = Account()
        url = f"http://127.0.0.1:{served.port}"
        opening = Opening(url, credentials or {"token": TOKEN}, http, account, allow_http=True)
        yield Scripted(Graph(opening), served, account, opening)
