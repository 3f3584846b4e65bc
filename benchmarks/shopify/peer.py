"""The requests of airbyte-source-shopify: who the shop is, what it may read, bulk operations begun, asked after and fetched."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from benchmarks.shopify.copies import Sheet
from benchmarks.shopify.peer_query import peer_sheets
from connectors.shopify.sandbox.request import Answer, Request
from connectors.shopify.sandbox.state import Json

if TYPE_CHECKING:
    from benchmarks.shopify.shop import Kept, Shop

DOMAIN = "luneo-bench.myshopify.com"
SCOPES = ("read_products", "read_inventory", "read_locations")
_QUERY = re.compile(r'"""(.*)"""', re.DOTALL)
_ASKED = re.compile(r'node\(id: "(gid://shopify/BulkOperation/(\d+))"\)')
_DATES = re.compile(r'query: "[^"]*"')


class Peer:
    """Answers the peer's own documents. Its operations run until their file is written, then are COMPLETED."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._operations: dict[str, asyncio.Task[Kept]] = {}
        self._queries: dict[str, str] = {}

    async def answer(self, request: Request) -> Answer | None:
        """None when the request is not the peer's."""
        if request.path == "/admin/oauth/access_scopes.json":
            return Answer.json({"access_scopes": [{"handle": scope} for scope in SCOPES]})
        if request.path.endswith("/shop.json"):
            return Answer.json({"shop": {"id": 9100000000000001, "name": "Luneo", "domain": DOMAIN, "myshopify_domain": DOMAIN}})
        if request.path.startswith("/peer/"):
            return await self._file(request)
        if not request.path.endswith("/graphql.json"):
            return None
        text = json.loads(request.body)["query"]
        if text.startswith("mutation {") and (found := _QUERY.search(text)):
            return self._begin(found[1])
        if found := _ASKED.search(text):
            return self._look(found[1], found[2])
        return None

    def _begin(self, text: str) -> Answer:
        number = 7_000_000_000_001 + len(self._operations)
        id = f"gid://shopify/BulkOperation/{number}"
        plain = _DATES.sub('query: ""', text)  # the whole stock is younger than the date from which it reads
        self._queries[id] = text
        self._operations[id] = asyncio.ensure_future(self._shop.file(plain, self._sheets))
        made = {"id": id, "status": "CREATED", "createdAt": self._shop.sandbox.state.now()}
        return Answer.json({"data": {"bulkOperationRunQuery": {"bulkOperation": made, "userErrors": []}}})

    async def _sheets(self, text: str) -> Sequence[Sheet]:
        return peer_sheets(self._shop.sandbox.state, self._shop.samples, text)

    def _look(self, id: str, number: str) -> Answer:
        work = self._operations[id]
        state: Json = {"id": id, "status": "RUNNING", "errorCode": None, "objectCount": "0", "fileSize": None, "url": None}
        if work.done() and work.exception():
            state |= {"status": "FAILED", "errorCode": f"{work.exception()!r}"}
        elif work.done():
            path, _, lines = work.result()
            name = quote(f'attachment; filename="bulk-{number}.jsonl"')
            url = f"https://{DOMAIN}/peer/{number}.jsonl?response-content-disposition={name}"
            state |= {"status": "COMPLETED", "objectCount": str(lines), "fileSize": str(path.stat().st_size), "url": url}
        said = {"createdAt": self._shop.sandbox.state.now(), "partialDataUrl": None}
        return Answer.json({"data": {"node": state | said}})

    async def _file(self, request: Request) -> Answer:
        number = request.path.removeprefix("/peer/").removesuffix(".jsonl")
        path = (await self._operations[f"gid://shopify/BulkOperation/{number}"])[0]
        return Answer(200, _pieces(path), [(b"content-length", str(path.stat().st_size).encode())])


async def _pieces(path: Any) -> Any:
    with path.open("rb") as file:  # opening is quick
        while piece := await asyncio.to_thread(file.read, 1 << 18):
            yield piece
