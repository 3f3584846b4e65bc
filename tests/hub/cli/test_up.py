"""Processes that stay: `up`, `api`, `worker`. They say where they are, work, and stop when asked."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.woocommerce.sandbox import Sandbox
from hub.testing.serving import serving
from tests.hub.cli.conftest import Luneo, environment
from tests.hub.worker.conftest import until

Start = Callable[..., Awaitable[tuple[asyncio.subprocess.Process, Any]]]


@pytest.fixture
async def start(clean_database_url: str, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts `luneo WORDS --json` and gives the process with what it said when it was ready."""
    started: list[asyncio.subprocess.Process] = []

    async def go(*words: str, **env: str) -> tuple[asyncio.subprocess.Process, Any]:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hub.cli", *words, "--json", stdout=pipe, stderr=pipe,
            env=environment(tmp_path, LUNEO_DATABASE_URL=clean_database_url, **env),
        )  # fmt: skip
        started.append(process)
        assert process.stdout is not None
        return process, json.loads(await asyncio.wait_for(process.stdout.readline(), 60))

    yield go
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ends_well(process: asyncio.subprocess.Process, number: signal.Signals) -> str:
    """Ask it to stop: it does, with exit code 0 and without a traceback. What it logged."""
    process.send_signal(number)
    out, err = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, out) == (0, b"")
    assert b"Traceback" not in err
    return err.decode()


async def test_up_serves_works_and_keeps_the_schedule_by_itself(luneo: Luneo, start: Start) -> None:
    sandbox = Sandbox(products=9, orders=2, customers=2)
    with serving(sandbox.app) as shop:
        allowed = {"LUNEO_EGRESS_ALLOW": shop.partition("://")[2]}
        keys = sandbox.credentials()
        words = ["--key", keys["key"], "--secret", keys["secret"], "--allow-http"]
        assert luneo("connect", "woocommerce", shop, *words, env=allowed).code == 0
        process, told = await start("up", "--port", "0", **allowed)
        async with httpx.AsyncClient(base_url=told["page"]) as client:
            assert (await client.get("/health/ready")).status_code == 200
            assert (await client.get("/v1/products")).status_code == 401

        async def read() -> bool:
            runs = luneo("runs", "--json", env=allowed).json["runs"]
            return {(run["resource"], run["verdict"]) for run in runs} >= {
                ("products", "COMPLETE"), ("orders", "COMPLETE"), ("customers", "COMPLETE")
            }  # fmt: skip

        await until(read, 30)
        log = await ends_well(process, signal.SIGTERM)
    assert "GET" in log


async def test_ctrl_c_stops_it_just_as_well(start: Start) -> None:
    process, _ = await start("up", "--port", "0")
    await ends_well(process, signal.SIGINT)


async def test_the_api_alone(start: Start) -> None:
    process, told = await start("api", "--port", "0")
    async with httpx.AsyncClient() as client:
        assert (await client.get(told["page"] + "/health/live")).status_code == 200
    await ends_well(process, signal.SIGTERM)


async def test_the_worker_alone(start: Start) -> None:
    process, told = await start("worker")
    assert told == {"worker": "ready", "woken_by": "PostgreSQL"}
    await ends_well(process, signal.SIGTERM)


async def test_a_worker_woken_through_redis_goes_on_though_there_is_none(start: Start) -> None:
    process, told = await start("worker", "--arq", LUNEO_REDIS_URL="redis://127.0.0.1:1/0")
    assert told["woken_by"] == "Redis and PostgreSQL"
    assert "redis_away" in await ends_well(process, signal.SIGTERM)


def test_without_an_address_of_redis_it_is_told(quick_luneo: Luneo) -> None:
    ran = quick_luneo("worker", "--arq")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "error: --arq needs Redis. Set LUNEO_REDIS_URL, such as redis://localhost:6379/0\n"
