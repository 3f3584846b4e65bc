"""Listening: take the port first, so that a taken one is told in a line, then serve on it until asked to stop."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

from hub.cli.patience import keep_watch
from hub.errors import ConfigurationError

GRACE = 10  # seconds for requests in flight when the server stops


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one. Raises ConfigurationError for a taken or forbidden port."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        sock = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigurationError(f"{host!r} is no address to listen on.", hint="Use --host 127.0.0.1 or 0.0.0.0.") from error
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(address)
        sock.listen(1024)
    except OSError as error:
        sock.close()
        raise _refused(host, port, error) from error
    return sock


def _refused(host: str, port: int, error: OSError) -> ConfigurationError:
    if error.errno == errno.EADDRINUSE:
        return ConfigurationError(f"port {port} of {host} is taken by another program.", hint="Choose another with --port.")
    if error.errno == errno.EACCES:
        return ConfigurationError(f"port {port} needs more rights than you have.", hint="Choose one above 1023 with --port.")
    return ConfigurationError(f"cannot listen on {host}:{port}: {error.strerror}.", hint="Change --host or --port.")


def address_of(sock: socket.socket) -> str:
    """`http://host:port` of a listening socket, as one would type it into a browser on this machine."""
    host, port = sock.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{host}:{port}"


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # signals are the command's business: it stops more than the server


@asynccontextmanager
async def serving(app: Any, sock: socket.socket, **options: Any) -> AsyncIterator[asyncio.Task[None]]:
    """Serve an ASGI application while the block runs. The task given ends early only if the server fails.

    Whoever connects and does not finish asking is cut off after 20 seconds (the head) or 60 (the body).
    """
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=GRACE, **options
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[sock]))
    ready = asyncio.create_task(server.ready.wait())
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
    if not server.started:
        ready.cancel()
        await task
        raise ConfigurationError("the server could not start.", hint="The reason is in the lines above.")
    watch = asyncio.create_task(keep_watch(server))
    try:
        yield task
    finally:
        watch.cancel()
        server.should_exit = True
        await task
