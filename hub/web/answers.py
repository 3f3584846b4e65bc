"""Answers as bytes: what is JSON already goes out as it is, what is cheap to compare carries an ETag."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from fastapi import Request, Response

from schemas.base import utc_text

JSON = "application/json"


def _instant(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc_text(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


_encoder = msgspec.json.Encoder(enc_hook=_instant, decimal_format="number")


def encode(value: Any) -> bytes:
    """JSON bytes of plain data; instants in UTC with a Z, raw JSON (msgspec.Raw) unchanged."""
    return _encoder.encode(value)


def raw(text: str | bytes | None) -> msgspec.Raw | None:
    """JSON text from the database, to be put into an answer as it is."""
    return None if text is None else msgspec.Raw(text)


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer of plain data."""
    return Response(encode(value), status, dict(headers) if headers else None, JSON)


def listing(rows: Iterable[bytes], next_cursor: str | None) -> Response:
    """A page whose rows are JSON already."""
    tail = b'"%b"' % next_cursor.encode() if next_cursor else b"null"
    return Response(b'{"data":[%b],"next_cursor":%b}' % (b",".join(rows), tail), 200, None, JSON)


def tagged(
    request: Request, body: bytes, media_type: str = JSON, *, tag: str | None = None, cache: str = "private, no-cache"
) -> Response:
    """An answer with an ETag; 304 without a body when the caller holds it already. `tag` saves hashing the body."""
    etag = f'"{tag or hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"etag": etag, "cache-control": cache}
    known = [known.strip().removeprefix("W/") for known in request.headers.get("if-none-match", "").split(",")]
    if etag in known or "*" in known:
        return Response(None, 304, headers)
    return Response(body, 200, headers, media_type)
