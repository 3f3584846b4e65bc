"""The shop itself, an ASGI application: the sandbox answers, but lists, counts and bulk files are as large as was asked for.

Control calls of the benchmark: `POST /__reset?products=…` makes a new shop and answers its token, `POST /__stats` what it saw.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from benchmarks.shopify.copies import Sheet, write
from benchmarks.shopify.goods import Scale, stocked
from benchmarks.shopify.peer import Peer
from benchmarks.shopify.sheets import sheets
from benchmarks.shopify.shelves import Shelves
from connectors.shopify.documents import load
from connectors.shopify.sandbox import Sandbox
from connectors.shopify.sandbox.request import Answer, Request
from connectors.shopify.sandbox.state import Json

BROKEN = 50  # bulk operations that a plain shop fails
OURS = ("bulk_products", "bulk_products_places")
Kept = tuple[Path, int, int]  # file, records, lines


class Shop:
    """One shop at a time."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="luneo-bench-shop-"))
        self.sandbox = Sandbox()
        self.samples: list[Json] = []
        self.scale = Scale(products=0)
        self.shelves: Shelves | None = None
        self.peer = Peer(self)
        self.requests = 0
        self._files: dict[str, Kept] = {}
        self._moments: list[float] = []  # of the first and the last request

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            own = scope["path"].startswith("/__")
            self._moments = self._moments if own else [*self._moments[:1], time.monotonic()]
            self.requests += not own
            receive, body = await _read(receive)
            request = Request(scope["method"], scope["path"], _query(scope), _headers(scope), body, "")
            if (answer := await self._own(request)) is not None:
                await _send(answer, send)
                return
        await self.sandbox.app(scope, receive, send)

    async def _own(self, request: Request) -> Answer | None:
        """What the sandbox does not answer."""
        if request.path.startswith("/__"):
            verbs: dict[str, Callable[..., Awaitable[Json]]] = {"reset": self.reset, "plain": self.plain, "stats": self.stats}
            return Answer.json(await verbs[request.path[3:]](**{name: float(value) for name, value in request.query.items()}))
        if self.shelves is None:
            return None
        if (answer := await self.peer.answer(request)) is not None:
            return answer
        if request.path.endswith("/graphql.json"):
            asked = json.loads(request.body)
            if "query ScanProducts(" in asked["query"]:
                return self.shelves.answer(asked["variables"])
            if "query CountVariants" in asked["query"]:
                return self.shelves.said({"productVariantsCount": self.shelves.count(self.scale.products * self.scale.variants)})
            if "bulkOperationRunQuery" in asked["query"]:
                self.sandbox.bulk.serve_file(*await self.file(asked["variables"]["query"], self._our_sheets))
        return None

    # -- control -----------------------------------------------------------------------------------------------------

    async def reset(self, **sizes: float) -> Json:
        """A shop of this scale, its files for our own documents written."""
        await self.sandbox.stop()
        for path in self.folder.iterdir():
            path.unlink()
        self._files, self.requests = {}, 0
        self.scale = Scale(**{name: int(value) for name, value in sizes.items()})
        self.sandbox, self.samples = stocked(self.scale)
        self.peer = Peer(self)
        for name in OURS:
            await self.file(load(name), self._our_sheets)
        self.shelves = Shelves(self.sandbox, self.samples, self.scale.products, self.stride)
        return await self.stats()

    async def plain(self, **scale: float) -> Json:
        """The sandbox as it is, for reading page by page."""
        await self.sandbox.stop()
        counts = {name: int(value) for name, value in scale.items() if name not in ("bucket", "restore")}
        points = {name: scale[name] for name in ("bucket", "restore") if name in scale}
        self.sandbox, self.shelves, self.requests = Sandbox(**counts, **points), None, 0  # type: ignore[arg-type]
        self._moments = []
        for _ in range(BROKEN):  # else few would read so much by pages
            self.sandbox.bulk.fail()
        return await self.stats()

    async def stats(self) -> Json:
        """What the shop has seen, and how many lines lie in which file."""
        shop, files = self.sandbox, [[kept[0].stat().st_size, *kept[1:]] for kept in self._files.values()]
        seen = {"spent": shop.spent, "throttled": shop.throttled, "available": shop.bucket.available(), "requests": self.requests}
        seen["seconds"] = self._moments[-1] - self._moments[0] if self._moments else 0.0
        return {"token": shop.credentials()["token"], "files": files, **seen}

    def forget(self, *more: Path) -> None:
        """At the end: no file stays."""
        for folder in (self.folder, *more):
            shutil.rmtree(folder, ignore_errors=True)

    # -- files -------------------------------------------------------------------------------------------------------

    async def file(self, text: str, make: Callable[[str], Awaitable[Sequence[Sheet]]]) -> Kept:
        """The result of a document over all products; written once."""
        kept = self._files.get(text)
        if kept is None:
            path = self.folder / f"{len(self._files)}.jsonl"
            found = await make(text)
            roots, lines = await asyncio.to_thread(write, path, found, self.scale.products, self.stride)
            kept = self._files[text] = (path, roots, lines)
        return kept

    @property
    def stride(self) -> int:
        """How far the numbers of two copies of one sample lie apart: more than all samples have."""
        return 4 * (max((len(rows) for rows in self.sandbox.state.objects.values()), default=0) + 1000)

    async def _our_sheets(self, text: str) -> list[Sheet]:
        """The document run by the sandbox over its samples."""
        shop = self.sandbox
        document = json.dumps({"query": load("bulk_run"), "variables": {"query": text}}).encode()
        headers = {"content-type": "application/json", "x-shopify-access-token": shop.credentials()["token"]}
        answer = await shop.app.answer(Request("POST", "/admin/api/2026-10/graphql.json", {}, headers, document, "http://x"))
        said = json.loads(bytes(answer.body))["data"]["bulkOperationRunQuery"]  # type: ignore[arg-type]
        if said["userErrors"]:
            raise RuntimeError(f"the sandbox refuses the document: {said['userErrors']}")
        id = said["bulkOperation"]["id"]
        while shop.bulk.running():  # noqa: ASYNC110 (the sandbox tells nobody when it is done)
            await asyncio.sleep(0.01)
        lines = shop.bulk.files[id].path.read_bytes().splitlines(keepends=True)
        shop.state.remove(id)  # it is nobody's: else the next one to ask would be given it
        return sheets(lines, grouped=False)


async def _read(receive: Any) -> tuple[Any, bytes]:
    """The body, and a `receive` that gives it once more."""
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"".join(parts)
    given = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Any:
        return given.pop() if given else await receive()

    return again, body


def _headers(scope: Mapping[str, Any]) -> dict[str, str]:
    return {name.decode().lower(): value.decode() for name, value in scope["headers"]}


def _query(scope: Mapping[str, Any]) -> dict[str, str]:
    return dict(parse_qsl(scope["query_string"].decode()))


async def _send(answer: Answer, send: Any) -> None:
    body, headers = answer.body, [*answer.headers]
    if isinstance(body, bytes):
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if not isinstance(body, bytes):
        async for piece in body:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        body = b""
    await send({"type": "http.response.body", "body": body})
