"""Each way of being hostile does what it says, seen over real HTTP with the WooCommerce sandbox behind."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest

from connectors.woocommerce.sandbox import Sandbox
from hub.testing.hostile import MODES, Hostile, Mode
from hub.testing.serving import serve


class Shop:
    """A hostile store and a client that reads its products, ten a page, oldest first."""

    def __init__(self, sandbox: Sandbox, hostile: Hostile, client: httpx.AsyncClient) -> None:
        self.sandbox, self.hostile, self.client = sandbox, hostile, client

    async def page(self, number: int) -> httpx.Response:
        query = f"per_page=10&page={number}&orderby=id&order=asc"
        return await self.client.get(f"/wp-json/wc/v3/products?{query}")

    async def pages(self, count: int) -> list[httpx.Response]:
        return [await self.page(number) for number in range(1, count + 1)]


@asynccontextmanager
async def shop(mode: Mode | str, **options: object) -> AsyncIterator[Shop]:
    sandbox = Sandbox(products=40, orders=0, customers=0, most_variations=3)
    hostile = Hostile(sandbox.app, sandbox, mode, **options)  # type: ignore[arg-type]
    keys = sandbox.credentials()
    async with serve(hostile, tls=True) as url:
        login = (keys["key"], keys["secret"])
        async with httpx.AsyncClient(base_url=url, auth=login, verify=False) as client:
            yield Shop(sandbox, hostile, client)


def ids(response: httpx.Response) -> list[str]:
    return [str(row["id"]) for row in response.json()]


def test_every_mode_says_in_one_line_what_it_does() -> None:
    assert set(MODES) == {mode.value for mode in Mode}
    for mode in Mode:
        assert mode.what
        assert "\n" not in mode.what


async def test_rows_deleted_takes_rows_already_read_so_that_page_numbers_skip_others() -> None:
    async with shop(Mode.ROWS_DELETED) as here:
        before = here.sandbox.ids("products")
        read = [one for page in await here.pages(4) for one in ids(page)]
        gone = set(before) - set(here.sandbox.ids("products"))
        assert len(gone) == 3
        assert gone <= set(read[:20])
        assert set(before) - set(read), "no row was skipped"
        assert here.hostile.did == [f"page 3: deleted {', '.join(read[:3])}"]


async def test_rows_inserted_adds_products_before_the_third_page() -> None:
    async with shop(Mode.ROWS_INSERTED) as here:
        totals = [page.headers["x-wp-total"] for page in await here.pages(4)]
        assert totals == ["40", "40", "43", "43"]


async def test_short_page_hides_one_row_for_good_while_the_total_counts_it() -> None:
    async with shop(Mode.SHORT_PAGE) as here:
        first = await here.pages(4)
        assert [len(page.json()) for page in first] == [10, 10, 9, 10]
        assert {page.headers["x-wp-total"] for page in first} == {"40"}
        hidden = set(here.sandbox.ids("products")) - {one for page in first for one in ids(page)}
        again = [one for page in await here.pages(4) for one in ids(page)]
        assert set(here.sandbox.ids("products")) - set(again) == hidden
        assert len(hidden) == 1


async def test_short_page_once_shows_the_row_when_asked_again() -> None:
    async with shop(Mode.SHORT_PAGE_ONCE) as here:
        await here.pages(2)
        assert len((await here.page(3)).json()) == 9
        assert len((await here.page(3)).json()) == 10


@pytest.mark.parametrize(
    ("mode", "status", "times"),
    [
        (Mode.HTML_200, 200, 1),
        (Mode.SERVER_ERRORS, 500, 3),
        (Mode.FORBIDDEN, 403, 3),
        (Mode.RATE_LIMITED, 429, 2),
        (Mode.RATE_LIMITED_BARE, 429, 2),
    ],
)
async def test_a_page_in_html_comes_as_often_as_the_mode_says(mode: Mode, status: int, times: int) -> None:
    async with shop(mode, at=2) as here:
        answers = [await here.page(1), *[await here.page(2) for _ in range(times + 1)]]
        assert [page.status_code for page in answers] == [200, *[status] * times, 200]
        assert "html" in answers[1].headers["content-type"]
        assert answers[1].headers.get("retry-after") == ("1" if mode is Mode.RATE_LIMITED else None)
        assert len(answers[-1].json()) == 10
        assert len(here.hostile.did) == times


@pytest.mark.parametrize("mode", [Mode.PHP_NOTICE, Mode.PHP_TAIL, Mode.BOM, Mode.CUT_BODY])
async def test_a_dirty_body_is_not_json_but_says_it_is(mode: Mode) -> None:
    async with shop(mode, at=1) as here:
        dirty, clean = await here.page(1), await here.page(1)
        assert dirty.status_code == 200
        assert dirty.headers["content-type"] == "application/json; charset=UTF-8"
        with pytest.raises(ValueError, match=r".*"):
            json.loads(dirty.content.decode())
        assert len(clean.json()) == 10
        looks: dict[Mode, Callable[[bytes], bool]] = {
            Mode.PHP_NOTICE: lambda body: body.startswith(b"<br />"),
            Mode.PHP_TAIL: lambda body: body.rstrip().endswith(b"-->"),
            Mode.BOM: lambda body: body.startswith(b"\xef\xbb\xbf["),
            Mode.CUT_BODY: lambda body: len(body) < len(clean.content) * 0.6,
        }
        assert looks[mode](dirty.content)


async def test_cut_connection_breaks_in_the_middle_of_the_body() -> None:
    async with shop(Mode.CUT_CONNECTION, at=1) as here:
        with pytest.raises(httpx.RemoteProtocolError):
            await here.page(1)
        assert len((await here.page(1)).json()) == 10


async def test_null_row_and_wrong_typed_id_spoil_one_row_of_the_page() -> None:
    async with shop(Mode.NULL_ROW, at=1) as here:
        rows = (await here.page(1)).json()
        assert [row is None for row in rows] == [False] * 5 + [True] + [False] * 4
        assert None not in (await here.page(1)).json()
    async with shop(Mode.WRONG_TYPED_ID, at=1, times=2) as here:
        for _ in range(2):
            rows = (await here.page(1)).json()
            assert [isinstance(row["id"], dict) for row in rows].count(True) == 1


@pytest.mark.parametrize(("mode", "skew"), [(Mode.CLOCK_AHEAD, 600), (Mode.CLOCK_BEHIND, -600)])
async def test_a_skewed_clock_shows_in_the_date_header_and_in_new_dates(mode: Mode, skew: int) -> None:
    async with shop(mode) as here:
        told = parsedate_to_datetime((await here.page(1)).headers["date"])
        assert (told - datetime.now(UTC)).total_seconds() == pytest.approx(skew, abs=3)
        here.sandbox.change("products", here.sandbox.ids("products")[:1])
        row = here.sandbox.record("products", here.sandbox.ids("products")[0])
        modified = datetime.fromisoformat(row["date_modified_gmt"]).replace(tzinfo=UTC)
        assert (modified - datetime.now(UTC)).total_seconds() == pytest.approx(skew, abs=3)


async def test_slow_page_keeps_the_caller_waiting_once() -> None:
    async with shop(Mode.SLOW_PAGE, at=1, seconds=1.5) as here:
        waits = []
        for _ in range(2):
            began = time.perf_counter()
            await here.page(1)
            waits.append(time.perf_counter() - began)
        assert waits[0] >= 1.5 > waits[1]


async def test_lying_total_counts_rows_that_do_not_exist() -> None:
    async with shop(Mode.LYING_TOTAL, at=1) as here:
        assert [page.headers["x-wp-total"] for page in await here.pages(2)] == ["47", "47"]


async def test_other_resources_and_single_objects_are_left_alone() -> None:
    async with shop(Mode.HTML_200, at=1, times=99) as here:
        one = here.sandbox.ids("products")[0]
        for path in (f"products/{one}", "orders", "variations"):
            answer = await here.client.get(f"/wp-json/wc/v3/{path}")
            assert answer.json() is not None
        assert here.hostile.did == []
        assert "html" in (await here.page(1)).headers["content-type"]


async def test_the_same_calls_give_the_same_trouble() -> None:
    async def told() -> list[str]:
        async with shop(Mode.SHORT_PAGE) as here:
            await here.pages(4)
            return here.hostile.did

    first, second = await asyncio.gather(told(), told())
    assert first == second != []
