"""A partner's first minutes: an endpoint, a test event, what the server answered, a new secret, the event again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from hub import registry
from hub.app import create_app
from hub.db.engine import Database
from hub.http import guarded_client
from hub.settings import Settings
from hub.testing.serving import serve
from hub.web.house import House
from tests.webhooks.portal.conftest import Browser
from tests.webhooks.sink import Exchange, Sink
from webhooks.dispatch.part import dispatching
from webhooks.verify import Verifier


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as sink:
        yield sink


@pytest.fixture
async def house(db: Database, sink: Sink) -> AsyncIterator[House]:
    """A hub that may send to that one receiver."""
    http = guarded_client([])
    yield House(Settings(egress_allow=[sink.host]), db, registry.load(strict=True), http)
    await http.close()


@pytest.fixture
async def hub_url(house: House) -> AsyncIterator[str]:
    """A hub that dispatches too."""
    async with serve(create_app(house=house, beside=[dispatching])) as url:
        yield url


async def until(partner: Browser, path: str, words: str) -> str:
    """The page, once it says so."""
    async with asyncio.timeout(20):
        while words not in (page := (await partner.http.get(path)).text):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return page


def secret_in(page: str) -> str:
    return page.split('id="value" value="')[1].split('"')[0].replace("&#43;", "+")


async def test_a_partner_adds_an_endpoint_tests_it_reads_the_answer_rotates_and_sends_again(
    partner: Browser, sink: Sink, db: Database, org: UUID
) -> None:
    async def answering(exchange: Exchange) -> None:
        await exchange.answer(200, b'{"thanks": true}', content_type="application/json")

    sink.on("/hooks", answering)
    made = await partner.send("/endpoints/new", url=sink.url("/hooks"), description="Mine", which="all", signatures="v1")
    assert made.status_code == 303, made.text
    first = secret_in((await partner.http.get(made.headers["location"])).text)
    at = made.headers["location"].removeprefix("/portal").removesuffix("/secret")

    tested = await partner.send(f"{at}/test", at=at, type="product.updated")
    page = await until(partner, tested.headers["location"], "Your server answered 200 OK.")
    assert "&#34;thanks&#34;: true" in page
    assert "A test." in page
    await until(partner, f"/portal{at}", "Healthy")

    rotated = await partner.send(f"{at}/secret", at=at, overlap="0")
    second = secret_in((await partner.http.get(rotated.headers["location"])).text)
    assert second != first
    await asyncio.sleep(1.5)  # dispatchers hear of it at once, or look after a second at the latest
    message = tested.headers["location"].removeprefix("/portal").partition("?")[0]
    await partner.send(f"{message}/resend", at=message)
    await until(partner, f"/portal{message}", "Sent again by hand.")

    before, after = sink.of("/hooks")
    assert before.id == after.id == message.rpartition("/")[2]
    assert before.body == after.body
    for receipt, secret in ((before, first), (after, second)):
        Verifier([secret]).verify(receipt.headers, receipt.body)
