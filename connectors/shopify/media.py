"""Write-back of files: staged upload, then media of a product by `productUpdate`, then patience until the shop is done.

The name of a file carries its content's hash, so that the same upload again finds what is there instead of making a twin.
`productSet` would do it in one call, and delete every picture that it does not name: it is never used.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from pathlib import PurePosixPath
from typing import Any, Final

from connectors.shopify.client.graph import Graph
from connectors.shopify.client.pages import pages
from connectors.shopify.files import ShopifyFiles
from connectors.shopify.uploads import stage
from hub.errors import PermanentError, RetryableError
from hub.ports import HttpClient, Json, MediaState, Resource, Upload

KINDS: Final = {"model/gltf-binary": "MODEL_3D", "image/": "IMAGE", "video/": "VIDEO"}
STATES: Final = {"READY": "ready", "FAILED": "failed"}
PAUSE: Final = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds between two looks; the last one repeats


class ShopifyMedia:
    """Files on products."""

    def __init__(self, graph: Graph, http: HttpClient) -> None:
        self._graph = graph
        self._http = http
        self._files = ShopifyFiles(graph, http)

    async def add(self, resource: Resource, vendor_id: str, upload: Upload) -> MediaState:
        """Put a 3D model, picture or video on a product. Anything else becomes a file of the shop, for a metafield to refer to:
        neither do documents stand among a product's media, nor have orders and customers any.

        Raises PermanentError when the shop will not have it.
        """
        kind, name = kind_of(upload.mime), named(upload)
        if kind is None and upload.mime.startswith("model/"):
            raise PermanentError(f"Shopify takes no {upload.mime}.", hint="Make a GLB of it (model/gltf-binary).")
        if kind is None or resource.raw_kind != "product":
            return await self.state(await self._files.add(name, upload))
        there = await self._there(vendor_id)
        held = next((one["id"] for one in there if name in names_of(one) and one.get("status") != "FAILED"), None)
        if held is not None:
            return await self.state(held)
        source = await stage(self._graph, self._http, kind, name, upload)
        media = {"mediaContentType": kind, "originalSource": source, "alt": upload.alt or ""}
        made = await self._graph.change("product_media_add", {"product": {"id": vendor_id}, "media": [media]}, "productUpdate")
        product = made.get("product")
        if product is None:
            raise PermanentError(f"{self._graph.shop} has no {vendor_id} any more.", hint="Its next sync will say so.")
        known = {one["id"] for one in there}  # its place in the list tells nothing: others may add files at this moment
        new = [one for one in product["media"]["nodes"] if one["id"] not in known and one["mediaContentType"] == kind]
        ours = [one for one in new if name in names_of(one)] or [one for one in new if not names_of(one)]
        if not ours:
            raise RetryableError(f"{self._graph.shop} said yes to {name} and does not list it.")
        return await self.state(ours[0]["id"])

    async def state(self, id: str) -> MediaState:
        """How far the shop has got with a file."""
        said = await self._graph.ask("files", {"ids": [id]})
        node = next(iter(said.data.get("nodes") or ()), None)
        if node is None:
            return MediaState(id, "failed", None, "It is not in the shop any more.")
        reasons = "; ".join(f"{one['code']}: {one['details'] or one['message']}" for one in node.get("fileErrors") or ())
        status: Any = STATES.get(node.get("fileStatus", ""), "processing")
        return MediaState(id, status, served(node), reasons)

    async def ready(self, id: str, patience: float = 600.0) -> MediaState:
        """The state once the shop is done with it, or the last one seen after so many seconds."""
        until, nth = time.monotonic() + patience, 0
        while True:
            state = await self.state(id)
            if state.status != "processing" or time.monotonic() > until:
                return state
            await asyncio.sleep(PAUSE[min(nth, len(PAUSE) - 1)])
            nth += 1

    async def _there(self, product: str) -> list[Json]:
        """The files on this product."""

        def listed(data: Json) -> Any:
            held = data.get("product")
            if held is None:
                raise PermanentError(f"{self._graph.shop} has no {product} any more.", hint="Its next sync will say so.")
            return held["media"]

        found = pages(self._graph, "product_media", {"id": product, "first": 50}, listed)
        return [one async for page in found for one in page]


def kind_of(mime: str) -> str | None:
    """Shopify's word for the kind of a product's media; None for what is none.

    >>> kind_of("model/gltf-binary"), kind_of("image/jpeg"), kind_of("application/pdf")
    ('MODEL_3D', 'IMAGE', None)
    """
    return next((kind for start, kind in KINDS.items() if mime.startswith(start)), None)


def named(upload: Upload) -> str:
    """The file's name in the shop: `ring.glb` becomes `ring-1f2e3d4c5b6a.glb`."""
    path = PurePosixPath(upload.filename.replace("\\", "/"))
    return f"{path.stem}-{hashlib.sha256(upload.content).hexdigest()[:12]}{path.suffix}"


def names_of(media: Json) -> set[str]:
    """What a file is called. Pictures do not tell their name, their address does, once there is one."""
    url = (media.get("image") or {}).get("url")
    told = (media.get("filename"), PurePosixPath(url.partition("?")[0]).name if url else None)
    return {name for name in told if name}


def served(node: Json) -> str | None:
    """Where the shop serves a file."""
    sources = node.get("sources") or ()
    glb = next((one["url"] for one in sources if one.get("format") == "glb"), None)
    url = glb or (node.get("image") or {}).get("url") or node.get("url")
    return str(url) if url else None
