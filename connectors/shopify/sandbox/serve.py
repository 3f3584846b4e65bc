"""Serving a sandbox over real HTTP: in the running loop, in a thread of its own, or until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import uvicorn

HOST = "127.0.0.1"


@contextlib.asynccontextmanager
async def serve(app: Any, port: int = 0) -> AsyncIterator[str]:
    """Serve `app` in the running loop; gives its address. `port` 0: one that is free. Raises OSError when it is taken."""
    with socket.create_server((HOST, port), backlog=512) as listener:
        # asyncio sets this only for sockets that name their protocol; without it each keep-alive answer waits 40 ms
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(
            app,
            log_level="critical",
            access_log=False,
            date_header=False,  # the shop's clock writes it
            server_header=False,
            proxy_headers=False,
            interface="asgi3",
            lifespan="auto",
            timeout_graceful_shutdown=1,
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        try:
            yield f"http://{HOST}:{listener.getsockname()[1]}"
        finally:
            await server.shutdown(sockets=[listener])


@contextlib.contextmanager
def serving(app: Any, port: int = 0) -> Iterator[str]:
    """The same from synchronous code, in a thread of its own. Raises OSError when the port is taken."""
    ready: list[str | BaseException] = []
    started, loop = threading.Event(), asyncio.new_event_loop()
    done = asyncio.Event()

    async def work() -> None:
        try:
            async with serve(app, port) as url:
                ready.append(url)
                started.set()
                await done.wait()
        except OSError as reason:
            ready.append(reason)
            started.set()

    thread = threading.Thread(target=lambda: loop.run_until_complete(work()), name="sandbox", daemon=True)
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


def run(port: int = 0, products: int = 2000, orders: int = 500, customers: int = 300, seed: int = 7) -> None:
    """Serve a fresh shop until Ctrl-C, after printing its address and token. Raises OSError when the port is taken."""
    from connectors.shopify.sandbox.sandbox import Sandbox

    sandbox = Sandbox(products=products, orders=orders, customers=customers, seed=seed)

    async def work() -> None:
        async with serve(sandbox.app, port) as url:
            words = [f"{name:<13} {value}" for name, value in sandbox.credentials().items()]
            print(f"Shopify sandbox at {url}", *words, sep="\n", flush=True)
            await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(work())
