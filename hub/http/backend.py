"""Connects to checked addresses only: the name is resolved once, every answer is checked, and the checked address is dialled.

So a name that answers differently the second time (DNS rebinding) gains nothing; TLS still verifies the name, not the address.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from typing import Any

import httpcore

from hub.errors import PermanentError, RetryableError
from hub.http.addresses import disguised, refusal

PORTS = (80, 443)  # below 1024 nothing else speaks HTTP; mail, SSH and their like are not ours to poke
ATTEMPT_SECONDS = 10.0  # one address of several


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """A network backend for httpcore. `allowed`: (host as written in the URL, port) pairs that are not checked."""

    def __init__(self, allowed: frozenset[tuple[str, int]]) -> None:
        self._allowed = allowed
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self.checked_addresses(host.lower(), port)
        for address in addresses[:-1]:
            try:
                return await self._network.connect_tcp(address, port, ATTEMPT_SECONDS, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def checked_addresses(self, host: str, port: int) -> list[str]:
        """The numeric addresses of `host`, in the resolver's order. Raises PermanentError when any of them is refused."""
        allowed = (host.strip("[]"), port) in self._allowed
        if not allowed:
            if disguised(host):
                raise _not_allowed(host, port, "a number in disguise")
            if port < 1024 and port not in PORTS:
                raise _not_allowed(host, port, f"port {port}")
        addresses = await _resolve(host, port)
        for address in addresses:
            word = None if allowed else refusal(address)
            if word:
                raise _not_allowed(host, port, word if address == host else f"{address}, {word}")
        return addresses


async def _resolve(host: str, port: int) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise RetryableError(f"The name {host} could not be resolved just now.") from None
        raise PermanentError(f"The name {host} does not resolve.", hint="Check the address for a typing error.") from None
    except (UnicodeError, OSError):
        raise PermanentError(f"The name {host} does not resolve.", hint="Check the address for a typing error.") from None
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def _not_allowed(host: str, port: int, word: str) -> PermanentError:
    shown = f"[{host}]" if ":" in host else host
    return PermanentError(
        f"The address {shown}:{port} is not allowed ({word}).",
        hint=f"If this shop is yours to reach, set LUNEO_EGRESS_ALLOW={shown}:{port}.",
    )
