"""Staged uploads: an address and a form for one file, that file once, and what became of it for whoever names the address."""

from __future__ import annotations

import secrets
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING, Any, Final

from connectors.shopify.sandbox.call import Call, GraphError
from connectors.shopify.sandbox.http import Route
from connectors.shopify.sandbox.request import Answer, Request
from connectors.shopify.sandbox.state import Json
from connectors.shopify.sandbox.writes import Staged

if TYPE_CHECKING:
    from connectors.shopify.sandbox.sandbox import Sandbox

SIZED: Final = ("MODEL_3D", "VIDEO")  # these want to know how large the file will be
MIMES: Final = {"MODEL_3D": ("model/",), "IMAGE": ("image/",), "VIDEO": ("video/",)}
ENDINGS: Final = {"MODEL_3D": (".glb", ".usdz"), "VIDEO": (".mp4", ".mov")}
MOST: Final = {"IMAGE": 20 << 20, "MODEL_3D": 500 << 20, "VIDEO": 1 << 30, "FILE": 20 << 20}


def create(call: Call, _source: Json, args: Json) -> Json:
    """Mutation.stagedUploadsCreate. Only forms (POST); the address is ours, the form's `key` names the file."""
    if not (call.may("write_products") or call.may("write_files")):
        raise GraphError("Access denied for stagedUploadsCreate field.", "ACCESS_DENIED")
    errors: list[Json] = []
    for place, one in enumerate(args["input"]):
        if why := _wrong(one):
            errors.append({"field": ["input", str(place), why[0]], "message": why[1]})
    if errors:
        return {"stagedTargets": None, "userErrors": errors}
    return {"stagedTargets": [_stage(call, one) for one in args["input"]], "userErrors": []}


def _wrong(one: Json) -> tuple[str, str] | None:
    kind, size = one["resource"], one.get("fileSize")
    if kind in SIZED and size is None:
        return "fileSize", f"fileSize is required for {kind}"
    if size is not None and int(size) > MOST.get(kind, 20 << 20):
        return "fileSize", "File size exceeds the limit"
    if not one["mimeType"].startswith(MIMES.get(kind, ("",))):
        return "mimeType", f"{one['mimeType']} is not a recognized format for {kind}"
    if not one["filename"].lower().endswith(ENDINGS.get(kind, ("",))):
        return "filename", f"{one['filename']} has an extension that is not accepted for {kind}"
    return None


def _stage(call: Call, one: Json) -> Json:
    key = f"tmp/{call.state.shop['id'].rpartition('/')[2]}/{secrets.token_hex(8)}/{one['filename']}"
    staged = Staged(
        one["resource"], one["filename"], one["mimeType"], None if one.get("fileSize") is None else int(one["fileSize"]),
        secrets.token_urlsafe(24),
    )  # fmt: skip
    call.sandbox.writes.staged[key] = staged
    parameters = {
        "Content-Type": staged.mime,
        "success_action_status": "201",
        "key": key,
        "policy": staged.policy,
    }
    return {
        "url": f"{call.base}/staged", "resourceUrl": f"{call.base}/staged/{key}",
        "parameters": [{"name": name, "value": value} for name, value in parameters.items()],
    }  # fmt: skip


async def receive(sandbox: Sandbox, request: Request) -> Answer:
    """The form arrives. The storage is not the shop: it knows no token, only its own policy."""
    if "x-shopify-access-token" in request.headers:
        return _refuse(400, "InvalidRequest", "The shop's token was sent to the storage.")
    parts = _parts(request)
    names = [name for name, _ in parts]
    if not names or names[-1] != "file" or "key" not in names:
        return _refuse(400, "MalformedPOSTRequest", "The file must be the last field of the form.")
    fields = dict(parts)
    staged = sandbox.writes.staged.get(fields["key"].decode("utf-8", "replace"))
    if staged is None or fields.get("policy", b"").decode() != staged.policy:
        return _refuse(403, "AccessDenied", "The policy does not allow this key.")
    if staged.size is not None and len(fields["file"]) != staged.size:
        return _refuse(400, "EntityTooLarge", "The file is not as large as was said.")
    if fields.get("Content-Type", b"").decode() != staged.mime:
        return _refuse(403, "AccessDenied", "The Content-Type is not the one that was said.")
    staged.content = fields["file"]
    body = f"<?xml version='1.0' encoding='UTF-8'?><PostResponse><Key>{fields['key'].decode()}</Key></PostResponse>"
    return Answer(201, body.encode(), [(b"content-type", b"application/xml")])


def _refuse(status: int, code: str, message: str) -> Answer:
    body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Answer(status, body.encode(), [(b"content-type", b"application/xml")])


def _parts(request: Request) -> list[tuple[str, bytes]]:
    """The fields of a multipart form, in their order."""
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    if not message.is_multipart():
        return []
    found: list[tuple[str, bytes]] = []
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content: Any = part.get_payload(decode=True)
        found.append((str(name), content if isinstance(content, bytes) else b""))
    return found


RESOLVERS: Final[dict[str, Any]] = {"Mutation.stagedUploadsCreate": create}
ROUTES: tuple[Route, ...] = (("POST", r"/staged", receive),)
