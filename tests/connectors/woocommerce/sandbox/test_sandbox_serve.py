"""Serving: in a thread for synchronous callers, as the command does it, on a port that is free, and quickly over."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from connectors.woocommerce.sandbox import Sandbox
from connectors.woocommerce.sandbox.serve import serve, serving


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


async def test_a_store_is_no_store_outside_its_api() -> None:
    async with serve(small().app) as url, httpx.AsyncClient() as client:
        page = await client.get(f"{url}/")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=UTF-8")
        assert (await client.get(f"{url}/nothing")).status_code == 404
        plain = await client.get(f"{url}/?rest_route=/wc/v3/products")
        assert plain.json()["code"] == "woocommerce_rest_cannot_view", "stores without pretty permalinks answer there"


def test_the_command_prints_address_and_key_and_ends_on_ctrl_c() -> None:
    code = "from connectors.woocommerce.sandbox.serve import run; run(0, 20, 5, 5, 1)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(3)]
        url = re.search(r"http://127\.0\.0\.1:\d+", told[0])
        assert url, told
        assert httpx.get(f"{url[0]}/wp-json/").status_code == 200
        assert [re.match(r"(key|secret) +c[ks]_[0-9a-f]{40}$", line.strip()) is not None for line in told[1:]] == [True, True]
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
