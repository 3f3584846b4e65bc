"""Files of the shop that are no product's media: documents, for a metafield (`file_reference`) to refer to."""

from __future__ import annotations

from connectors.shopify.client.graph import Graph
from connectors.shopify.uploads import stage
from hub.errors import RetryableError
from hub.ports import HttpClient, Upload


class ShopifyFiles:
    """Files by staged upload and `fileCreate`."""

    def __init__(self, graph: Graph, http: HttpClient) -> None:
        self._graph = graph
        self._http = http

    async def add(self, name: str, upload: Upload) -> str:
        """Make a file of the shop; its gid. The shop may still be working on it afterwards."""
        source = await stage(self._graph, self._http, "FILE", name, upload)
        wanted = {"originalSource": source, "contentType": "FILE", "alt": upload.alt or ""}
        made = await self._graph.change("file_create", {"files": [wanted]}, "fileCreate")
        for file in made.get("files") or ():
            return str(file["id"])
        raise RetryableError(f"{self._graph.shop} said yes to {name} and names no file.")
