"""`luneo sandbox`: a shop to try things on, and the leash on which the demo keeps one."""

from __future__ import annotations

import asyncio
import signal
import sys

import pytest

from hub import registry
from hub.cli.commands.sandbox import stocked
from hub.cli.demo.shop import open_shop
from hub.errors import ConfigurationError


@pytest.mark.parametrize(("connector", "text"), [("woocommerce", "description"), ("shopify", "descriptionHtml")])
async def test_the_merchants_hands_reach_a_shop_in_another_process(connector: str, text: str) -> None:
    async with open_shop(connector, {"products": 3, "orders": 1, "customers": 1}) as shop:
        ids = await shop.ids("products")
        assert len(ids) == 3
        before = await shop.record("products", ids[0])
        await shop.change("products", ids[:1])
        after = await shop.record("products", ids[0])
    assert before["id"] == after["id"]
    assert before[text] != after[text]


async def test_a_shop_that_cannot_be_opened_is_told_in_its_own_words() -> None:
    with pytest.raises(ConfigurationError, match="magento"):
        async with open_shop("magento", {"products": 1}):
            pass


def test_a_switch_that_only_another_vendors_sandbox_has_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match="A sandbox of woocommerce has no --bulk-seconds"):
        stocked(registry.load().get("woocommerce"), {"products": 1, "bulk_seconds": 2.0})


def test_the_switches_of_a_shopify_sandbox_reach_it() -> None:
    wanted = {"products": 1, "shop": "x.myshopify.com", "bucket": 1000.0, "restore": 50.0, "currency": "JPY"}
    shop = stocked(registry.load().get("shopify"), wanted)
    assert (shop.bucket.size, shop.bucket.restore) == (1000.0, 50.0)
    assert (shop.state.shop["myshopifyDomain"], shop.state.shop["currencyCode"]) == ("x.myshopify.com", "JPY")


async def test_it_ends_when_its_keeper_is_gone() -> None:
    process = await _start("--leash")
    assert process.stdin is not None
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 10) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_stops_without_a_word_when_asked(number: signal.Signals) -> None:
    process = await _start()
    process.send_signal(number)
    out, err = await asyncio.wait_for(process.communicate(), 10)
    assert (process.returncode, out, err) == (0, b"", b"")


async def _start(*words: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hub.cli", "sandbox", "woocommerce", "--products", "1", "--orders", "0", "--customers", "0",
        "--json", *words, stdin=pipe, stdout=pipe, stderr=pipe,
    )  # fmt: skip
    assert process.stdout is not None
    assert b"credentials" in await process.stdout.readline()
    return process
