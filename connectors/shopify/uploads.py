"""Staged uploads: the shop names an address, the bytes go there without our token, and the shop takes them from there."""

from __future__ import annotations

from typing import Any, Final

from connectors.shopify.client.graph import Graph
from connectors.shopify.domain import storage
from hub.errors import PermanentError, RetryableError
from hub.ports import HttpClient, Json, Upload

SECONDS: Final = 300.0
MOST_BYTES: Final = 1 << 20  # of the storage's answer, which says little


async def stage(graph: Graph, http: HttpClient, kind: str, name: str, upload: Upload) -> str:
    """Upload one file; the address by which the shop knows it (`originalSource`). `kind`: MODEL_3D, IMAGE, VIDEO or FILE."""
    wanted = {
        "resource": kind, "filename": name, "mimeType": upload.mime, "httpMethod": "POST", "fileSize": str(len(upload.content))
    }  # fmt: skip
    made = await graph.change("staged_uploads", {"input": [wanted]}, "stagedUploadsCreate")
    target = next(iter(made.get("stagedTargets") or ()), None)
    if target is None or not target.get("url"):
        raise RetryableError(f"{graph.shop} names no address to upload {name} to.")
    headers, body = form(target["parameters"], name, upload)
    address = storage(target["url"], graph.base)
    answer = await http.request("POST", address, headers=headers, content=body, deadline=SECONDS, max_bytes=MOST_BYTES)
    if answer.status >= 500 or answer.status == 429:
        raise RetryableError(f"The upload of {name} was answered with {answer.status}.", status=answer.status)
    if answer.status >= 300:
        words = answer.body[:200].decode("utf-8", "replace").strip()
        raise PermanentError(f"The upload of {name} was refused ({answer.status}): {words or 'no reason given'}")
    return str(target["resourceUrl"])


def form(parameters: list[Json], name: str, upload: Upload) -> tuple[dict[str, str], bytes]:
    """The multipart form: every parameter, and the file last, for what comes behind it is not read."""
    import httpx

    fields: dict[str, Any] = {one["name"]: one["value"] for one in parameters}
    made = httpx.Request("POST", "https://upload.invalid/", data=fields, files={"file": (name, upload.content, upload.mime)})
    return {"Content-Type": made.headers["content-type"]}, made.read()
