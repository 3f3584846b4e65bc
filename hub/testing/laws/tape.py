"""The tape: everything a shop is asked, in order, with the times; and the place where trouble is put in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from hub.testing.hostile import App, Hostile, Message, Receive, Scope, Send
from hub.testing.received import again, whole


@dataclass(slots=True)
class Asked:
    """One request: method, path and query without secrets; at: seconds of the monotonic clock; struck: what trouble did;
    lists: the resources whose pages it may ask for; writes: whether it is to change something; digest: tells bodies apart."""

    method: str
    path: str
    query: str
    at: float
    status: int = 0
    struck: str = ""
    lists: tuple[str, ...] = ()
    writes: bool = False
    digest: int = 0

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        return f"{self.method} {self.path}{query} → {self.status or 'no answer'}{f' ({self.struck})' if self.struck else ''}"


def by_path(resource: str, scope: Scope, _: bytes = b"") -> bool:
    """What a listing is unless the sandbox says otherwise: a GET whose last path segment is the resource."""
    path: str = scope["path"]
    return bool(scope["method"] == "GET" and path.rstrip("/").rpartition("/")[2] == resource)


def by_method(scope: Scope, _: bytes) -> bool:
    """What writes unless the sandbox says otherwise: whatever is no GET."""
    return bool(scope["method"] != "GET")


@dataclass
class Tape:
    """An ASGI application that passes everything to `app` and keeps account.

    hidden: values that are never written down; listing: whether a request asks for a page of a resource, for these resources;
    writing: whether one is to change something; heard: called with what came in, as far as it may hold a secret.
    """

    app: App
    hidden: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    listing: Callable[[str, Scope, bytes], bool] = by_path
    asked: list[Asked] = field(default_factory=list)
    before: Callable[[Asked], None] | None = None  # called with every request before it is passed on
    writing: Callable[[Scope, bytes], bool] = by_method
    heard: Callable[[str], None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and write down."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        one = Asked(scope["method"], scope["path"], self._query(scope["query_string"]), time.monotonic())
        body = await whole(receive)
        one.lists = tuple(name for name in self.resources if self.listing(name, scope, body))
        one.writes, one.digest = self.writing(scope, body), hash(body)
        self.asked.append(one)
        if self.heard is not None:
            words = [scope["path"].encode(), scope["query_string"], *(value for _, value in scope["headers"]), body]
            self.heard(b"\n".join(words).decode("utf-8", "replace"))
        if self.before is not None:
            self.before(one)

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                one.status = message["status"]
            await send(message)

        did = self.app.did if isinstance(self.app, Hostile) else []
        so_far = len(did)
        try:
            await self.app(scope, again(body, receive), noted)
        finally:
            one.struck = "; ".join(did[so_far:])

    def _query(self, raw: bytes) -> str:
        pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True)
        return "&".join(f"{name}={value}" for name, value in pairs if not self._private(name, value))

    def _private(self, name: str, value: str) -> bool:
        words = ("oauth", "secret", "signature", "token", "consumer")
        return any(word in name.lower() for word in words) or any(one in unquote(value) for one in self.hidden)

    @property
    def culprit(self) -> str:
        """The first request at which trouble struck, else the last one, in words."""
        struck = next((one for one in self.asked if one.struck), self.asked[-1] if self.asked else None)
        return "" if struck is None else str(struck)

    def listings(self, resource: str) -> list[Asked]:
        """The requests for pages of this resource."""
        return [one for one in self.asked if resource in one.lists]

    def clear(self) -> None:
        """Begin anew."""
        self.asked.clear()

    @contextmanager
    def through(self, app: App) -> Iterator[None]:
        """Put another application in the place of the shop's own for a while."""
        was, self.app = self.app, app
        try:
            yield
        finally:
            self.app = was
