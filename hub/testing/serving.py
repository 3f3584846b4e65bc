"""Serving an ASGI application over real HTTP or HTTPS on this machine: in the running loop, or in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import uvicorn

from hub.testing.certificate import self_signed

HOST = "127.0.0.1"


@contextlib.asynccontextmanager
async def serve(app: Any, port: int = 0, tls: bool = False) -> AsyncIterator[str]:
    """Serve `app` in the running loop; gives its address. `port` 0: one that is free. `tls`: a self-signed certificate.

    Raises OSError when the port is taken.
    """
    listener = socket.create_server((HOST, port), backlog=512)
    # asyncio sets this only for sockets that name their protocol; without it each keep-alive answer waits 40 ms
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with listener, contextlib.ExitStack() as kept:
        files = self_signed(Path(kept.enter_context(tempfile.TemporaryDirectory()))) if tls else (None, None)
        config = uvicorn.Config(
            app,
            log_level="critical",
            access_log=False,
            date_header=False,  # a sandbox's clock writes it
            server_header=False,
            proxy_headers=False,
            interface="asgi3",
            lifespan="auto",
            ssl_certfile=files[0],
            ssl_keyfile=files[1],
            timeout_graceful_shutdown=1,
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        try:
            yield f"{'https' if tls else 'http'}://{HOST}:{listener.getsockname()[1]}"
        finally:
            await server.shutdown(sockets=[listener])


@contextlib.contextmanager
def serving(app: Any, port: int = 0, tls: bool = False) -> Iterator[str]:
    """The same from synchronous code, in a thread of its own. Raises OSError when the port is taken."""
    ready: list[str | BaseException] = []
    started, loop = threading.Event(), asyncio.new_event_loop()
    done = asyncio.Event()

    async def work() -> None:
        try:
            async with serve(app, port, tls) as url:
                ready.append(url)
                started.set()
                await done.wait()
        except OSError as reason:
            ready.append(reason)
            started.set()

    thread = threading.Thread(target=lambda: loop.run_until_complete(work()), name="served", daemon=True)
    thread.start()
    started.wait()
    outcome = ready[0]
    try:
        if isinstance(outcome, BaseException):
            raise outcome
        yield outcome
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()
