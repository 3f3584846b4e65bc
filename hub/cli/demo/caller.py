"""The demo as a partner's program sees the hub: its HTTP API, with a key."""

from __future__ import annotations

import json
import math
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from hub.errors import HubError

if TYPE_CHECKING:
    from hub.ports import HttpClient


class Caller:
    """Calls the API at `url` with this key."""

    def __init__(self, http: HttpClient, url: str, key: str) -> None:
        self._http = http
        self.url = url
        self.key = key

    async def get(self, path: str) -> Any:
        """The JSON answer. Raises HubError with the API's own words for anything but 2xx."""
        return await self._call("GET", path)

    async def put(self, path: str, body: object) -> Any:
        """The same for a change, with an Idempotency-Key of its own."""
        return await self._call("PUT", path, json.dumps(body).encode())

    async def send(self, path: str, body: object) -> Any:
        """The same for something new."""
        return await self._call("POST", path, json.dumps(body).encode())

    async def post(self, path: str, content: bytes, mime: str) -> Any:
        """Send a file, in the same way."""
        return await self._call("POST", path, content, mime)

    async def head(self) -> int:
        """The position of the newest event."""
        return int((await self.get("/v1/events?limit=1"))["head"])

    async def _call(self, method: str, path: str, content: bytes | None = None, mime: str = "application/json") -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": mime}
        if method != "GET":
            headers["Idempotency-Key"] = str(uuid4())
        answer = await self._http.request(method, self.url + path, headers=headers, content=content)
        data = json.loads(answer.body)
        if answer.status >= 300:
            raise HubError(f"{method} {path} answered {answer.status}: {data.get('error', {}).get('message', data)}")
        return data

    async def event_of(self, record: str, after: int, seconds: float) -> dict[str, Any] | None:
        """The next event about a record, or None when it does not come in time."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            found = await self.get(f"/v1/events?after={after}&wait={math.ceil(min(left, 20))}")
            for event in found["data"]:
                if event.get("record") == record:
                    return dict(event)
            after = found["next_after"]
        return None
