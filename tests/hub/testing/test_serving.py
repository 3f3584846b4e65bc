"""Serving: in a thread for synchronous callers, on a port that is free, and quickly over."""

from __future__ import annotations

import socket
import time

import httpx
import pytest

from connectors.woocommerce.sandbox import Sandbox
from hub.testing.serving import serve, serving


def small() -> Sandbox:
    return Sandbox(products=5, orders=1, customers=1)


@pytest.mark.parametrize("tls", [False, True])
def test_a_synchronous_caller_gets_a_store_in_a_thread(tls: bool) -> None:
    sandbox = small()
    with serving(sandbox.app, tls=tls) as url:
        assert url.startswith("https://" if tls else "http://")
        assert httpx.get(f"{url}/wp-json/", verify=False).json()["name"] == "Luneo Test Store"
        began = time.perf_counter()
    assert time.perf_counter() - began < 1


def test_a_taken_port_is_an_os_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"), serving(small().app, port):
            pass


async def test_an_idle_connection_does_not_hold_up_the_end() -> None:
    sandbox = small()
    async with httpx.AsyncClient() as client:
        async with serve(sandbox.app) as url:
            await client.get(f"{url}/wp-json/")
            began = time.perf_counter()
        assert time.perf_counter() - began < 1
