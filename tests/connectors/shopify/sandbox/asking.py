"""A served sandbox with a client that has its token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from connectors.shopify.sandbox import Sandbox
from hub.testing.serving import serve

Json = dict[str, Any]
RUN = """mutation Run($document: String!, $grouped: Boolean!) {
  bulkOperationRunQuery(query: $document, groupObjects: $grouped) {
    bulkOperation { id status } userErrors { code field message }
  }
}"""
POLL = """query Poll($id: ID!) {
  bulkOperation(id: $id) {
    id status type errorCode createdAt completedAt objectCount rootObjectCount fileSize url partialDataUrl query
  }
}"""
TREE = "{ products { edges { node { id title variants { edges { node { id metafields { edges { node { id key } } } } } } } } } }"


@dataclass
class Shop:
    sandbox: Sandbox
    url: str
    client: httpx.AsyncClient

    async def say(self, text: str, /, **variables: Any) -> Json:
        """The whole answer."""
        headers = {"X-Shopify-Access-Token": self.sandbox.credentials()["token"]}
        body = {"query": text, "variables": variables}
        answer = await self.client.post(f"{self.url}/admin/api/2026-10/graphql.json", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def ask(self, text: str, /, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = await self.say(text, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    # -- bulk operations -------------------------------------------------------------------------------------------

    async def run(self, document: str = TREE, grouped: bool = False) -> Json:
        """The payload of bulkOperationRunQuery."""
        found: Json = (await self.ask(RUN, document=document, grouped=grouped))["bulkOperationRunQuery"]
        return found

    async def begun(self, document: str = TREE, grouped: bool = False) -> str:
        payload = await self.run(document, grouped)
        assert payload["userErrors"] == [], payload
        found: str = payload["bulkOperation"]["id"]
        return found

    async def poll(self, operation: str) -> Json:
        found: Json = (await self.ask(POLL, id=operation))["bulkOperation"]
        return found

    async def done(self, operation: str) -> Json:
        """The operation when it has ended."""
        async with asyncio.timeout(20):
            while True:
                found = await self.poll(operation)
                if found["status"] not in {"CREATED", "RUNNING", "CANCELING"}:
                    return found
                await asyncio.sleep(0.01)

    # -- stock -----------------------------------------------------------------------------------------------------

    def product(self, title: str = "Bague", variants: int = 2, metafields: int = 1, **more: Any) -> Json:
        """A product by hand, with variants that have metafields."""
        state = self.sandbox.state
        now = state.now()
        dates = {"createdAt": now, "updatedAt": now}
        made = state.put("Product", {"title": title, "variants": [], "metafields": [], **dates, **more})
        for number in range(variants):
            item = state.put("InventoryItem", {"tracked": True, "requiresShipping": True, "inventoryLevels": [], **dates})
            variant = state.put(
                "ProductVariant",
                {
                    "title": f"V{number}",
                    "product": made["id"],
                    "inventoryItem": item["id"],
                    "metafields": [],
                    "price": "12.5",
                    **dates,
                },
            )
            item["variant"], item["variants"] = variant["id"], [variant["id"]]
            made["variants"].append(variant["id"])
            for key in range(metafields):
                field = state.put("Metafield", {"namespace": "x", "key": f"k{key}", "type": "json", "value": "{}", **dates})
                variant["metafields"].append(field["id"])
        return made


Opener = Callable[..., Any]


@asynccontextmanager
async def opened(**options: Any) -> AsyncIterator[Shop]:
    sandbox = Sandbox(**{"bulk_seconds": 0.02, **options})
    async with serve(sandbox.app) as url, httpx.AsyncClient(timeout=10) as client:
        yield Shop(sandbox, url, client)
