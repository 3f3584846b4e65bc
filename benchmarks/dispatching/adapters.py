"""Whom the load is published to: our own hub, or any server that takes events over HTTP and sends webhooks.

To put another server beside us write a class with the shape of `Adapter` and name it: `--publisher package.module:Class
--base http://127.0.0.1:8071 --credentials TOKEN`. `prepare` makes its tenants and endpoints, the other three only build and
read bytes; connections, pacing and bookkeeping are the harness's. Its payload must hold the `data` as it is given: the sink
looks for the mark in it. CPU is counted of the process trees named with `--count PID,PID` (our own are counted by themselves).
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from benchmarks.asking import asked

TYPE = "bench.paid"
FILTER = {"amount": {"gte": 1}}  # every event passes, and is looked at
LIMIT = 10_000  # attempts per second of an endpoint, the most that can be asked for: on, and out of the way


@dataclass(frozen=True)
class Target:
    """One tenant of the server: what publishing needs to name it, and the sink's endpoint numbers with their secrets."""

    name: str
    endpoints: tuple[int, ...]
    secrets: tuple[str, ...] = ()


class Adapter(Protocol):
    """A server that webhooks are published to. Made with its base URL and whatever credentials it wants."""

    def __init__(self, base: str, credentials: str) -> None: ...

    def prepare(self, groups: Sequence[Sequence[tuple[int, str]]]) -> list[Target]:
        """One tenant for each group, with an endpoint for each (number, URL) in it."""
        ...

    def publish_one(self, target: Target, data: bytes) -> bytes:
        """A whole HTTP/1.1 request that publishes one event with that JSON as its data."""
        ...

    def publish_batch(self, events: Sequence[tuple[Target, bytes]]) -> bytes | None:
        """The same for many; None where the server has no such thing."""
        ...

    def accepted(self, status: int) -> bool:
        """Whether that answer means that the event is in the server's hands."""
        ...


class Luneo:
    """Our own hub: `Adapter`."""

    def __init__(self, base: str, credentials: str) -> None:
        self._base = base
        self._key = credentials
        host = base.removeprefix("http://")
        self._head = (
            f"POST %b HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {credentials}\r\ncontent-type: application/json\r\n"
        ).encode()

    def prepare(self, groups: Sequence[Sequence[tuple[int, str]]]) -> list[Target]:
        known = [kind["name"] for kind in self.ask("GET", "/v1/event-types")["data"]]
        if TYPE not in known:
            self.ask("POST", "/v1/event-types", {"name": TYPE, "description": "The benchmark's"})
        return [self._tenant(group) for group in groups]

    def _tenant(self, group: Sequence[tuple[int, str]]) -> Target:
        application = self.ask("POST", "/v1/applications", {"name": f"Bench {group[0][0]}"})["id"]
        secrets = []
        for _, url in group:
            wanted = {"url": url, "types": [TYPE], "filter": FILTER, "rate_limit": LIMIT}
            made = self.ask("POST", f"/v1/applications/{application}/endpoints", wanted)
            secrets.append(made["secret"])
        return Target(application, tuple(number for number, _ in group), tuple(secrets))

    def publish_one(self, target: Target, data: bytes) -> bytes:
        return self._post(b"/v1/events", self._event(target, data))

    def publish_batch(self, events: Sequence[tuple[Target, bytes]]) -> bytes:
        return self._post(b"/v1/events:batch", b"[" + b",".join(self._event(*event) for event in events) + b"]")

    def accepted(self, status: int) -> bool:
        return status == 202

    @staticmethod
    def _event(target: Target, data: bytes) -> bytes:
        return b'{"type":"%b","application":"%b","data":%b}' % (TYPE.encode(), target.name.encode(), data)

    def _post(self, path: bytes, body: bytes) -> bytes:
        return b"%bcontent-length: %d\r\n\r\n%b" % (self._head % path, len(body), body)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One call of the API."""
        return asked(self._base, self._key, method, path, body)


def adapter_of(name: str, base: str, credentials: str) -> Adapter:
    """`package.module:Class`, made."""
    module, _, kind = name.partition(":")
    made: Adapter = getattr(importlib.import_module(module), kind)(base, credentials)
    return made
