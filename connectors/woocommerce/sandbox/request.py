"""One HTTP request as PHP would see it, and the answer to it with WordPress's usual headers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from connectors.woocommerce.sandbox.errors import Refusal, bad_json
from connectors.woocommerce.sandbox.wire import Data, encode

Scope = dict[str, Any]
Headers = list[tuple[bytes, bytes]]

_COMMON: Headers = [
    (b"x-powered-by", b"PHP/8.2.36"),
    (b"content-type", b"application/json; charset=UTF-8"),
    (b"x-robots-tag", b"noindex"),
    (b"x-content-type-options", b"nosniff"),
    (b"access-control-expose-headers", b"X-WP-Total, X-WP-TotalPages, Link"),
    (b"access-control-allow-headers", b"Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type"),
]
_NO_CACHE: Headers = [
    (b"expires", b"Wed, 11 Jan 1984 05:00:00 GMT"),
    (b"cache-control", b"no-cache, must-revalidate, max-age=0, no-store, private"),
]


@dataclass
class Request:
    """`path` are the segments below /wp-json/; `url` is the address without its query, as the server knows it."""

    method: str
    path: list[str]
    query: list[tuple[str, str]]
    headers: dict[bytes, bytes]
    raw: bytes
    secure: bool
    home: str
    url: str
    params: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.params = {}
        for name, value in self.query:  # like PHP: the last of equal names wins, `name[]` counts up
            if name.endswith("[]"):
                stem = name[:-2]
                name = f"{stem}[{sum(other.startswith(f'{stem}[') for other in self.params)}]"
            self.params[name] = value

    def json(self) -> Data:
        """The body as an object. Raises Refusal (400) when it is not JSON."""
        if not self.raw:
            return {}
        try:
            found = json.loads(self.raw)
        except ValueError:
            raise bad_json() from None
        return found if isinstance(found, dict) else {}


@dataclass
class Answer:
    """Status, body (with the store's address still to be filled in) and the headers that differ per answer."""

    body: bytes
    status: int = 200
    headers: Headers = field(default_factory=list)
    paged: bool = False

    @classmethod
    def of(cls, value: object, status: int = 200, allow: bytes = b"GET", headers: Sequence[tuple[bytes, bytes]] = ()) -> Answer:
        return cls(encode(value), status, [*headers, (b"allow", allow)])

    @classmethod
    def refused(cls, refusal: Refusal) -> Answer:
        return cls(encode(refusal.body), refusal.status)

    def all_headers(self, home: str, date: bytes, length: int) -> Headers:
        index = [] if self.paged else [(b"link", f'<{home}/wp-json/>; rel="https://api.w.org/"'.encode())]
        cache = _NO_CACHE if self.status != 401 else [(b"vary", b"Origin")]
        return [(b"date", date), *_COMMON, *index, *self.headers, *cache, (b"content-length", str(length).encode())]


def read_request(scope: Scope, body: bytes, home: str | None) -> Request | None:
    """The request, or None when its path lies outside /wp-json/. `home` None means: as the caller addresses us."""
    headers = dict(scope["headers"])
    secure = scope["scheme"] == "https"
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True, encoding="utf-8")
    path: str = scope["path"]
    if home is None:
        home = f"{scope['scheme']}://{headers.get(b'host', b'localhost').decode('latin-1')}"
    route = dict(query).get("rest_route")
    if route is not None and path in {"", "/", "/index.php"}:  # stores without pretty permalinks
        below = route
    elif path == "/wp-json" or path.startswith("/wp-json/"):
        below = path.removeprefix("/wp-json")
    else:
        return None
    parts = [part for part in below.split("/") if part]
    raw_path = scope.get("raw_path", path.encode()).decode("latin-1").partition("?")[0]
    url = f"{'https' if secure else 'http'}://{home.partition('://')[2]}{raw_path}"
    return Request(scope["method"], parts, query, headers, body, secure, home, url)


def forced(request: Request) -> bool:
    """Whether a DELETE is to pass by the bin."""
    return request.params.get("force", "false").lower() in {"1", "true"}
