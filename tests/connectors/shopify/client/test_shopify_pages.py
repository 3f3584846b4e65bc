"""Short lists, page by page: to their end, and no further when the shop's cursor goes round in circles."""

from __future__ import annotations

import pytest

from connectors.shopify.client.pages import pages
from hub.errors import RetryableError
from hub.ports import Json
from tests.connectors.shopify.client.scripted import answering, said


def page(*keys: str, after: str | None = None) -> bytes:
    info = {"hasNextPage": after is not None, "endCursor": after}
    return said({"data": {"metafieldDefinitions": {"nodes": [{"key": key} for key in keys], "pageInfo": info}}})


async def all_of(*answers: bytes) -> tuple[list[Json], int]:
    async with answering(answers) as shop:
        found = pages(shop.graph, "metafield_definitions", {}, lambda data: data.get("metafieldDefinitions"))
        return [one async for some in found for one in some], len(shop.served.requests)


async def test_a_list_is_read_to_its_end() -> None:
    assert await all_of(page("a", "b", after="1"), page("c")) == ([{"key": "a"}, {"key": "b"}, {"key": "c"}], 2)


@pytest.mark.parametrize(
    "answers",
    [
        [page("a", after="1"), page("b", after="2"), page("a", after="1"), page("b", after="2")],
        [page("a", after="1"), page("a", after="1"), page("a", after="1")],
    ],
)
async def test_a_cursor_that_comes_again_ends_it(answers: list[bytes]) -> None:
    with pytest.raises(RetryableError, match="more follow, and not where"):
        await all_of(*answers)


async def test_an_answer_without_the_list_is_told_by_the_shops_name() -> None:
    with pytest.raises(RetryableError, match="the answer holds no list"):
        await all_of(said({"data": {"metafieldDefinitions": None}}))
