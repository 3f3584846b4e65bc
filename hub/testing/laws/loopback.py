"""Serving an ASGI application over real HTTP on a free port of this machine."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """The application's address, `http://127.0.0.1:PORT`, for as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        # asyncio sets this only for sockets that name their protocol; without it each keep-alive answer waits 40 ms
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(
            app, log_level="critical", access_log=False, date_header=False, server_header=False, proxy_headers=False,
            interface="asgi3", lifespan="auto", timeout_graceful_shutdown=1,
        )  # fmt: skip
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            await server.shutdown(sockets=[listener])
