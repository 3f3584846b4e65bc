"""The files that pages load: our own style, and the fonts and Swagger UI that the build brings from npm."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response

from hub.errors import NotFound

router = APIRouter(prefix="/assets", include_in_schema=False)

OURS: Final = Path(__file__).parent / "static"
VENDOR: Final = OURS / "vendor"
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
}

#: What /docs cannot do without.
SWAGGER: Final = ("swagger-ui.css", "swagger-ui-bundle.js")


@dataclass(frozen=True, slots=True)
class Asset:
    """A file in memory. packed: gzip, where that is worth it; tag: a hash of the content, also in its address."""

    media_type: str
    body: bytes
    packed: bytes | None
    tag: str


@lru_cache(maxsize=64)
def asset(name: str) -> Asset | None:
    """The file of that name; None when there is none. Names are looked up among the files that exist, never joined."""
    found = {path.name: path for folder in (VENDOR, OURS) if folder.is_dir() for path in folder.iterdir() if path.suffix in TYPES}
    return loaded(found[name].read_bytes(), found[name].suffix) if name in found else None


def loaded(body: bytes, suffix: str) -> Asset:
    """Bytes as a file to serve; suffix: one of TYPES."""
    packed = None if suffix == ".woff2" else gzip.compress(body, 6, mtime=0)
    return Asset(TYPES[suffix], body, packed, hashlib.sha256(body).hexdigest()[:16])


def address(name: str) -> str:
    """Where a page loads the file from: an address that changes with the content, so that it may be kept for ever."""
    found = asset(name)
    return f"/assets/{name}?v={found.tag}" if found else f"/assets/{name}"


def missing(*names: str) -> list[str]:
    """Those of the files that the build did not bring."""
    return [name for name in names if asset(name) is None]


@router.get("/{name}")
async def serve(name: str, request: Request) -> Response:
    """One file."""
    found = asset(name)
    if found is None:
        raise NotFound(f"There is no file {name}.")
    return served(request, found)


def served(request: Request, found: Asset) -> Response:
    """A file as an answer: for ever under the address that names its content, else to be asked about again."""
    kept = request.query_params.get("v") == found.tag
    headers = {
        "etag": f'"{found.tag}"',
        "cache-control": "public, max-age=31536000, immutable" if kept else "public, no-cache",
        "vary": "accept-encoding",
    }
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(None, 304, headers)
    if found.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.packed, 200, {**headers, "content-encoding": "gzip"}, found.media_type)
    return Response(found.body, 200, headers, found.media_type)
