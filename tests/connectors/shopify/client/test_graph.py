"""One question: its request, its points, and each way in which it can go wrong."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest

from connectors.shopify.client.costs import SPARE
from connectors.shopify.client.graph import AccessDenied, CostTooHigh, Denied, ShopClosed, UserErrors
from hub.errors import ConnectorError, PermanentError, ReauthorizationError, RetryableError
from tests.connectors.shopify.client.scripted import TOKEN, VERSION, answering, cost, data, errors, said
from tests.hub.http.servers import plain

HTML = b"<!DOCTYPE html><html><body>We'll be back soon</body></html>"


async def test_a_question_carries_its_document_variables_token_and_the_wish_for_warnings() -> None:
    async with answering([data(shop={"name": "Luneo"})]) as shop:
        found = await shop.graph.ask("shop", {"n": 1})
    head = shop.served.requests[0].partition(b"\r\n\r\n")[0].decode()
    assert head.startswith("POST /admin/api/2026-10/graphql.json ")
    assert f"X-Shopify-Access-Token: {TOKEN}" in head
    assert "Shopify-Search-Query-Debug: 1" in head
    assert shop.sent()["variables"] == {"n": 1}
    assert shop.sent()["query"].lstrip().startswith("query Shop {")
    assert found.data == {"shop": {"name": "Luneo"}}
    assert found.at is not None and found.at.isoformat() == "2026-11-22T08:00:00+00:00"


async def test_no_digit_of_a_number_is_lost() -> None:
    async with answering([said(b'{"data":{"x":0.1000000000000000055511151231257827,"id":9100000000000000001}}')]) as shop:
        found = await shop.graph.ask("shop")
    assert found.data == {"x": Decimal("0.1000000000000000055511151231257827"), "id": 9100000000000000001}


async def test_points_are_set_aside_before_and_told_after() -> None:
    async with answering([said({"data": {}, "extensions": cost(251, 46, 1954)})]) as shop:
        await shop.graph.ask("scan_products", {"first": 250})
        await shop.graph.ask("scan_products", {"first": 250})
    told = shop.account.tariffs[-1]
    assert (told.asked, told.actual, told.available, told.maximum, told.restore) == (251, 46, 1954, 2000, 100)
    assert shop.account.asked[1] == 251, "what the shop said of this size is what is set aside for it"
    assert shop.account.in_flight == 0


async def test_the_shops_own_figure_corrects_the_guess_for_other_sizes() -> None:
    async with answering([said({"data": {}, "extensions": cost(requested=502)})]) as shop:
        await shop.graph.ask("scan_products", {"first": 250})
        first = shop.account.asked[0]
        await shop.graph.ask("scan_products", {"first": 50})
    assert shop.account.asked[1] == pytest.approx(502 / first * (first - 200) * SPARE, abs=1)


async def test_throttled_waits_what_it_must_and_asks_again() -> None:
    throttled = errors("THROTTLED", cost=cost(requested=150, actual=None, available=20)["cost"])
    async with answering([throttled, data(shop={"name": "Luneo"})]) as shop:
        began = time.monotonic()
        found = await shop.graph.ask("shop")
        waited = time.monotonic() - began
    assert found.data["shop"] == {"name": "Luneo"}
    assert 1.3 <= waited < 6, "(150 - 20) / 100 seconds"
    assert shop.account.tariffs[0].actual is None
    assert shop.account.in_flight == 0


async def test_a_request_that_the_bucket_can_never_hold_is_too_dear() -> None:
    throttled = errors("THROTTLED", cost=cost(requested=150, actual=None, available=20, maximum=100)["cost"])
    async with answering([throttled]) as shop:
        with pytest.raises(CostTooHigh, match="150 points are more than the shop's bucket of 100"):
            await shop.graph.ask("shop")


async def test_too_dear_a_request_says_what_it_would_have_cost() -> None:
    refused = errors("MAX_COST_EXCEEDED", message="Query cost is 1303", cost=cost(requested=1303, actual=None)["cost"])
    async with answering([refused]) as shop:
        with pytest.raises(CostTooHigh, match="Query cost is 1303") as caught:
            await shop.graph.ask("orders", {"ids": ["x"] * 9, "lines": 5, "metafields": 1})
    assert caught.value.requested == 1303
    assert shop.account.in_flight == 0


async def test_fields_that_are_denied_leave_the_rest_to_those_who_can_use_it() -> None:
    body = {
        "data": {"nodes": [{"id": "gid://shopify/Order/1", "email": None}]},
        "errors": [{"message": "Not approved.", "path": ["nodes", 0, "email"], "extensions": {"code": "ACCESS_DENIED"}}],
    }
    async with answering([said(body)]) as shop:
        found = await shop.graph.ask("orders", partial=True)
        with pytest.raises(AccessDenied, match="Not approved"):
            await shop.graph.ask("orders")
    assert found.denied == (Denied(("nodes", 0, "email"), "Not approved."),)
    assert found.data["nodes"][0]["id"] == "gid://shopify/Order/1"


async def test_nothing_but_a_denial_is_a_denial_also_for_those_who_take_parts() -> None:
    async with answering([errors("ACCESS_DENIED", message="Required access: `read_orders`.")]) as shop:
        with pytest.raises(AccessDenied, match="read_orders"):
            await shop.graph.ask("orders", partial=True)


async def test_a_filter_that_shopify_ignores_is_an_error() -> None:
    search = [{"path": ["products"], "query": "colour:red", "warnings": [{"field": "colour", "message": "Invalid search field"}]}]
    async with answering([said({"data": {"products": {}}, "extensions": {**cost(), "search": search}})]) as shop:
        with pytest.raises(PermanentError, match=r"ignores a part of the search 'colour:red': Invalid search field"):
            await shop.graph.ask("scan_products")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (plain(b'{"data":{}}', "200 OK", "X-Shopify-API-Version: 2026-01"), "was served by 2026-01, not by API version 2026-10"),
        (plain(b'{"data":{}}'), "was served by a version that it does not name"),
        (plain(b'{"errors":"Not Found"}', "404 Not Found", "X-Shopify-API-Version: 2026-01"), "was served by 2026-01"),
    ],
)
async def test_the_version_is_compared_on_every_answer(answer: bytes, words: str) -> None:
    async with answering([answer]) as shop:
        with pytest.raises(PermanentError, match=words):
            await shop.graph.ask("shop")


CLOSED = [
    ("401 Unauthorized", b'{"errors":"[API] Invalid API key or access token"}', ReauthorizationError, "refuses the access token"),
    ("402 Payment Required", b'{"errors":"Unavailable Shop"}', ShopClosed, "frozen"),
    ("403 Forbidden", b'{"errors":"[API] This needs approval for read_orders."}', AccessDenied, "read_orders"),
    ("403 Forbidden", b'{"errors":"[API] Non-expiring access tokens are no more."}', ReauthorizationError, "Non-exp"),
    ("403 Forbidden", HTML, RetryableError, "not as Shopify does"),
    ("404 Not Found", b'{"errors":"Not Found"}', ShopClosed, "no such shop"),
    ("423 Locked", b'{"errors":"Locked"}', ShopClosed, "locked"),
    ("430 Shopify Security Rejection", b"", RetryableError, "protection"),
    ("429 Too Many Requests", b"", RetryableError, "slow down"),
    ("500 Internal Server Error", HTML, RetryableError, "answered 500"),
    ("504 Gateway Timeout", b"", RetryableError, "answered 504"),
    ("301 Moved Permanently", b"", PermanentError, "redirects to nowhere"),
    ("400 Bad Request", b'{"errors":{"query":"Required parameter missing"}}', PermanentError, "query Required"),
    ("200 OK", HTML, RetryableError, "a web page"),
    ("200 OK", b"", RetryableError, "with nothing"),
    ("200 OK", b'{"data":{"shop":{"na', RetryableError, "cut off"),
    ("200 OK", b"Notice: undefined", RetryableError, "not JSON"),
    ("200 OK", b'[{"data":1}]', RetryableError, "without data"),
    ("200 OK", b'{"data":null}', RetryableError, "without data"),
    ("200 OK", b'{"errors":"Something"}', PermanentError, "refuses the request"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "kind", "words"), CLOSED)
async def test_a_refusal_is_typed_and_says_what_it_is(status: str, body: bytes, kind: type[ConnectorError], words: str) -> None:
    async with answering([said(body, status)]) as shop:
        with pytest.raises(kind, match=words) as caught:
            await shop.graph.ask("shop")
    assert TOKEN not in str(caught.value) and "\n" not in str(caught.value)
    assert shop.account.in_flight == 0


async def test_a_shop_that_names_a_time_to_wait_is_given_it() -> None:
    async with answering([said(b"", "429 Too Many Requests", "Retry-After: 2.0")]) as shop:
        with pytest.raises(RetryableError) as caught:
            await shop.graph.ask("shop")
    assert (caught.value.after, caught.value.status) == (2.0, 429)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("INTERNAL_SERVER_ERROR", RetryableError, "internal error"),
        ("undefinedField", PermanentError, r"refuses the request \(undefinedField\): Field 'x' doesn't exist"),
        ("SHOP_INACTIVE", PermanentError, "inactive"),
    ],
)
async def test_an_error_within_the_answer_is_typed(code: str, kind: type[ConnectorError], words: str) -> None:
    async with answering([errors(code, message="Field 'x' doesn't exist", found={"shop": None})]) as shop:
        with pytest.raises(kind, match=words):
            await shop.graph.ask("shop", partial=True)


async def test_the_token_is_hidden_where_the_shop_quotes_it() -> None:
    async with answering([errors("undefinedField", message=f"You sent {TOKEN}\nhere")]) as shop:
        with pytest.raises(PermanentError) as caught:
            await shop.graph.ask("shop")
    async with answering([said({"errors": f"bad {TOKEN}"}, "400 Bad Request")]) as other:
        with pytest.raises(PermanentError) as again:
            await other.graph.ask("shop")
    for error in (caught.value, again.value):
        assert TOKEN not in f"{error} {error!r} {error.args}"


async def test_a_token_that_is_renewed_is_used_at_once() -> None:
    class Vault:
        async def renewed(self, stale: Any, renew: Any) -> Any:
            return {**stale, "token": "shpat_new"}

    ends = {"expires_at": "2099-01-01T00:00:00Z", "refresh_token": "r", "refresh_expires_at": "2099-01-01T00:00:00Z"}
    async with answering([said({"errors": "Invalid"}, "401 Unauthorized"), data(shop={"name": "Luneo"})]) as shop:
        from dataclasses import replace

        from connectors.shopify.client.graph import Graph

        opening = replace(shop.opening, credentials={"kind": "offline", "token": "shpat_old", **ends}, vault=Vault())
        found = await Graph(opening).ask("shop")
    assert found.data["shop"]["name"] == "Luneo"
    assert b"shpat_old" in shop.served.requests[0] and b"shpat_new" in shop.served.requests[1]
    assert shop.account.in_flight == 0


async def test_a_connection_that_breaks_gives_the_points_back() -> None:
    async with answering([f"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n{VERSION}\r\n\r\n{{".encode() + b"\x00" * 200]) as shop:
        with pytest.raises(ConnectorError):
            await shop.graph.ask("shop")
    assert shop.account.in_flight == 0


async def test_a_change_answers_what_stands_under_its_root() -> None:
    async with answering([data(metafieldsSet={"metafields": [{"id": "1"}], "userErrors": []})]) as shop:
        found = await shop.graph.change("metafields", {}, "metafieldsSet")
    assert found["metafields"] == [{"id": "1"}]


async def test_a_change_that_is_refused_says_which_field_and_why() -> None:
    refused = {"field": ["metafields", "3", "value"], "message": "can't be blank", "code": "BLANK", "elementIndex": 3}
    async with answering([data(metafieldsSet={"metafields": None, "userErrors": [refused]})]) as shop:
        with pytest.raises(UserErrors, match=r"metafields\.3\.value: can't be blank") as caught:
            await shop.graph.change("metafields", {}, "metafieldsSet")
    [error] = caught.value.errors
    assert (error.field, error.code, error.index) == (("metafields", "3", "value"), "BLANK", 3)
