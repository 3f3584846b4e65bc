"""One HTTP request as the sandbox's routes see it, and the answer to it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Scope = dict[str, Any]
JSON = (b"content-type", b"application/json; charset=utf-8")


@dataclass(frozen=True, slots=True)
class Request:
    """`headers` have lower-case names; `params` are the named groups of the route's pattern; `base` is how the caller
    addressed us ("http://127.0.0.1:8000")."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base: str
    params: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """The body, decoded. Raises ValueError."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body (whole, or in pieces as they come) and headers; `Date` is added when it is sent."""

    status: int = 200
    body: bytes | AsyncIterable[bytes] = b""
    headers: Sequence[tuple[bytes, bytes]] = ()

    @classmethod
    def json(cls, value: object, status: int = 200, headers: Sequence[tuple[bytes, bytes]] = ()) -> Answer:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(status, text, [JSON, *headers])
