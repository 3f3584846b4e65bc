"""Files and media: taken from where they were staged, worked on for a while, then ready or failed; put on products."""

from __future__ import annotations

import asyncio
import json
import struct
from typing import TYPE_CHECKING, Any, Final

from connectors.shopify.sandbox.call import Call
from connectors.shopify.sandbox.http import Route
from connectors.shopify.sandbox.request import Answer, Request
from connectors.shopify.sandbox.state import Json
from connectors.shopify.sandbox.writes import Staged

if TYPE_CHECKING:
    from connectors.shopify.sandbox.sandbox import Sandbox

TYPES: Final = {"MODEL_3D": "Model3d", "IMAGE": "MediaImage", "VIDEO": "Video", "FILE": "GenericFile"}
WRITABLE: Final = ("title", "handle", "descriptionHtml", "productType", "status", "tags", "templateSuffix", "vendor")
PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"<svg")


def product_update(call: Call, _source: Json, args: Json) -> Json:
    """Mutation.productUpdate: the named fields, and media that are added to those that are there."""
    wanted: Json = args.get("product") or {}
    product = call.state.get(wanted.get("id"))
    if product is None:
        return {"product": None, "userErrors": [{"field": ["id"], "message": "Product does not exist"}]}
    if "title" in wanted and not (wanted["title"] or "").strip():
        return {"product": None, "userErrors": [{"field": ["title"], "message": "Title can't be blank"}]}
    product.update({name: wanted[name] for name in WRITABLE if name in wanted})
    if "tags" in wanted:
        product["tags"] = sorted(set(wanted["tags"]))
    for one in args.get("media") or []:
        file = make(call, one["originalSource"], one["mediaContentType"], one.get("alt") or "")
        product.setdefault("media", []).append(file["id"])
    call.state.touch(product["id"], "products/update")
    return {"product": product["id"], "userErrors": []}


def file_create(call: Call, _source: Json, args: Json) -> Json:
    """Mutation.fileCreate: files that belong to no product yet."""
    made = [make(call, one["originalSource"], one.get("contentType") or "FILE", one.get("alt") or "") for one in args["files"]]
    return {"files": [one["id"] for one in made], "userErrors": []}


def make(call: Call, source: str, kind: str, alt: str) -> Json:
    """A file out of what was staged at an address; the shop begins to work on it."""
    staged: Staged | None = call.sandbox.writes.staged.get(source.partition("/staged/")[2])
    now = call.state.now()
    name = staged.filename if staged else source.partition("?")[0].rpartition("/")[2]
    file = call.state.put(TYPES[kind], {
        "alt": alt, "createdAt": now, "updatedAt": now, "filename": name, "mediaContentType": kind, "status": "UPLOADED",
        "fileStatus": "UPLOADED", "fileErrors": [], "mediaErrors": [], "sources": [], "originalSource": None,
    })  # fmt: skip
    asyncio.get_running_loop().call_later(call.sandbox.writes.seconds / 2, _work, call.sandbox, file["id"], staged, call.base)
    return file


def _work(sandbox: Sandbox, id: str, staged: Staged | None, base: str) -> None:
    file = sandbox.state.get(id)
    if file is None:
        return
    if file["status"] == "UPLOADED":
        _set(sandbox, id, "PROCESSING")
        asyncio.get_running_loop().call_later(sandbox.writes.seconds / 2, _work, sandbox, id, staged, base)
        return
    if trouble := _trouble(file, staged):
        file["fileErrors"] = file["mediaErrors"] = [trouble]
        _set(sandbox, id, "FAILED")
        return
    assert staged is not None and staged.content is not None  # noqa: S101 (no trouble)
    sandbox.writes.files[staged.filename] = (staged.mime, staged.content)
    _finish(file, staged, f"{base}/files/{staged.filename}")
    _set(sandbox, id, "READY")


def _finish(file: Json, staged: Staged, url: str) -> None:
    size = len(staged.content or b"")
    if file["__typename"] == "Model3d":
        glb = {"url": url, "format": "glb", "mimeType": staged.mime, "filesize": size}
        file["sources"], file["originalSource"] = [glb], glb
        file["boundingBox"] = {"size": {"x": 1.0, "y": 1.0, "z": 1.0}}
    elif file["__typename"] == "MediaImage":
        file["mimeType"] = staged.mime
        file["image"] = {"id": None, "url": url, "width": 800, "height": 800, "altText": file["alt"]}
    elif file["__typename"] == "Video":
        file["originalSource"] = {
            "url": url, "format": "mp4", "mimeType": staged.mime, "width": 1280, "height": 720, "fileSize": size
        }  # fmt: skip
    else:
        file["url"], file["mimeType"], file["originalFileSize"] = url, staged.mime, size


def _set(sandbox: Sandbox, id: str, status: str) -> None:
    file = sandbox.state.touch(id)
    file["status"] = file["fileStatus"] = status
    if status in ("READY", "FAILED"):
        for product in list(sandbox.state.of("Product").values()):
            if id in (product.get("media") or ()):
                sandbox.state.touch(product["id"], "products/update")


def _trouble(file: Json, staged: Staged | None) -> Json | None:
    """What the shop finds wrong with a file, as it would say it."""
    kind = file["__typename"]
    if staged is None or staged.content is None:
        code = "IMAGE_DOWNLOAD_FAILURE" if kind == "MediaImage" else "INVALID_SIGNED_URL"
        return {"code": code, "message": "The file could not be fetched from its source.", "details": None}
    if kind == "Model3d" and (why := _bad_glb(staged.content)):
        return {"code": "MODEL3D_VALIDATION_ERROR", "message": "Model failed validation", "details": why}
    if kind == "MediaImage" and not staged.content.startswith(PICTURES):
        return {"code": "UNSUPPORTED_IMAGE_FILE_TYPE", "message": "Media file type is not supported.", "details": None}
    return None


def _bad_glb(content: bytes) -> str | None:
    """Whether the bytes are a binary glTF 2.0 container whose first chunk is JSON."""
    if len(content) < 20 or content[:4] != b"glTF":
        return "it is not a GLB file"
    version, length = struct.unpack_from("<II", content, 4)
    size, word = struct.unpack_from("<I4s", content, 12)
    if version != 2 or length != len(content) or word != b"JSON":
        return "its header does not fit its content"
    try:
        asset = json.loads(content[20 : 20 + size])
    except ValueError:
        return "its JSON chunk cannot be read"
    return None if isinstance(asset, dict) and "asset" in asset else "it names no asset"


async def serve(sandbox: Sandbox, request: Request) -> Answer:
    """A file as the shop's own servers give it."""
    kept = sandbox.writes.files.get(request.params["name"])
    if kept is None:
        return Answer(404)
    return Answer(200, kept[1], [(b"content-type", kept[0].encode())])


def _status(_call: Call, source: Json, _args: Json) -> Any:
    return source.get("fileStatus") or source.get("status") or "READY"


def _none(_call: Call, _source: Json, _args: Json) -> Any:
    return None


def _empty(name: str) -> Any:
    return lambda _call, source, _args: source.get(name) or []


MEDIA: Final = ("MediaImage", "Model3d", "Video", "ExternalVideo")
NEEDS: Final = {
    "Mutation.productUpdate": "write_products",
    "Mutation.fileCreate": "write_files",
}
RESOLVERS: Final[dict[str, Any]] = {
    "Mutation.productUpdate": product_update,
    "Mutation.fileCreate": file_create,
    **{f"{name}.fileStatus": _status for name in (*MEDIA, "GenericFile")},
    **{f"{name}.fileErrors": _empty("fileErrors") for name in (*MEDIA, "GenericFile")},
    **{f"{name}.mediaErrors": _empty("mediaErrors") for name in MEDIA},
    **{f"{name}.preview": _none for name in (*MEDIA, "GenericFile")},
}
ROUTES: tuple[Route, ...] = (("GET", r"/files/(?P<name>[^/]+)", serve),)
