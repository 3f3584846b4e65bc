"""The parts that laws are made of: what they count as different, as lost, as a secret that got out."""

from __future__ import annotations

import base64
import json
from typing import Any, cast

import httpx
import pytest

from hub.errors import NotFound
from hub.testing.hostile import Hostile, Mode, Receive, Scope, Send
from hub.testing.laws.altering import Altered
from hub.testing.laws.book import choose, laws
from hub.testing.laws.canaries import found
from hub.testing.laws.outcome import Outcome, some
from hub.testing.laws.pointers import at, put
from hub.testing.laws.round_trip import lacking
from hub.testing.laws.tape import Tape
from hub.testing.laws.truth import difference
from hub.testing.serving import serve

SECRET = "cs_0123456789abcdef0123456789abcdef01234567"


class Shop:
    """Two rows, whatever is asked."""

    def rows(self, body: object) -> list[object] | None:
        return body if isinstance(body, list) else None

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = json.dumps([{"id": 1, "label": "a"}, {"id": 2, "label": "b"}]).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})


def test_the_book_holds_twenty_eight_laws_in_order_each_with_a_title_of_its_own() -> None:
    book = laws()
    assert list(book) == [f"L{number}" for number in range(1, 29)]
    assert len({law.title for law in book.values()}) == 28


def test_a_law_is_chosen_by_its_number_however_it_is_written() -> None:
    assert [law.number for law in choose("l4")] == ["L4"] == [law.number for law in choose("4")]
    with pytest.raises(NotFound, match=r"There is no law 'L29'\. They are L1 to L28"):
        choose("L29")


@pytest.mark.parametrize(
    "text",
    [
        f"GET /x?consumer_secret={SECRET}",
        base64.b64encode(f"ck_abc:{SECRET}".encode()).decode(),
        f"\\x{SECRET.encode().hex()}",
    ],
)
def test_a_secret_is_found_in_every_disguise_and_never_printed(text: str) -> None:
    line = found(f"some words before {text} and after", [SECRET])
    assert line is not None
    assert "***" in line
    assert SECRET not in line


def test_a_text_without_the_secret_is_clean() -> None:
    assert found(f"consumer_secret=*** {SECRET[:-9]}", [SECRET]) is None


@pytest.mark.parametrize(
    ("wanted", "native", "words"),
    [
        ({"sku": "A"}, {}, ["/sku is 'A', to be written None"]),
        ({"sku": "", "id": 0}, {}, []),
        ({"price": "1.10"}, {"price": "1.1"}, ["/price is '1.10', to be written '1.1'"]),
        ({"stock": 0}, {"stock": None}, ["/stock is 0, to be written None"]),
        ({"flag": True}, {"flag": "True"}, ["/flag is True, to be written 'True'"]),
        ({"tags": [{"id": 1}, {"id": 2}]}, {"tags": [{"id": 1}]}, ["/tags has 2 entries, to be written 1"]),
        ({"size": {"w": "", "h": None}}, {}, []),
    ],
)
def test_what_a_round_trip_lost_is_named_by_its_pointer(wanted: Any, native: Any, words: list[str]) -> None:
    assert list(lacking(wanted, native)) == words


def test_a_difference_names_the_first_place_and_both_values() -> None:
    assert difference({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}) == "/a/b/1 is 2, in the shop 3"
    assert difference({"a": 1}, {"a": 1, "b": None}) == ""
    assert difference({"a": [1]}, {"a": [1, 2]}) == "/a is [1], in the shop [1, 2]"


def test_pointers_read_and_replace_what_is_there_only() -> None:
    doc = {"a": [{"b/c": 1}]}
    assert put(doc, "/a/0/b~1c", 2)
    assert at(doc, "/a/0/b~1c") == 2
    assert not put(doc, "/a/1/x", 3)
    assert not put(doc, "/b", 3)
    assert doc == {"a": [{"b/c": 2}]}


def test_a_few_ids_are_named_and_the_rest_counted() -> None:
    assert some({"10", "9", "8"}, most=2) == "8, 9 and 1 more"


def test_an_outcome_is_plain_data() -> None:
    assert Outcome("L1", "t", "broken", "r", "GET /", 1.234).state()["seconds"] == 1.23
    assert not Outcome("L1", "t", "broken").held
    assert Outcome("L1", "t", "exempt").held


async def test_the_tape_keeps_requests_without_their_secrets() -> None:
    shop = Shop()
    tape = Tape(shop.app, (SECRET,), ("goods",))
    async with serve(tape) as url, httpx.AsyncClient(base_url=url) as client:
        await client.get(f"/api/goods?page=2&oauth_signature=abc&x={SECRET}")
        await client.get("/api/about")
    assert [str(one) for one in tape.asked] == ["GET /api/goods?page=2 → 200", "GET /api/about → 200"]
    assert [one.path for one in tape.listings("goods")] == ["/api/goods"]


async def test_an_altered_shop_changes_each_row_and_nothing_else() -> None:
    shop: Any = Shop()
    altered = Altered(shop, lambda row: row.update(label=f"{row['label']}!"))
    async with serve(altered) as url, httpx.AsyncClient(base_url=url) as client:
        answer = await client.get("/")
    assert answer.json() == [{"id": 1, "label": "a!"}, {"id": 2, "label": "b!"}]


class OneAddress:
    """A shop that takes every question at one address and counts its rows within the answer."""

    clock = 0.0

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append((await receive())["body"])
        body = json.dumps({"rows": [{"id": "1"}, {"id": "2"}], "count": 2}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    def listing(self, resource: str, scope: Scope, body: bytes = b"") -> bool:
        return body == b"list " + resource.encode()

    def writing(self, scope: Scope, body: bytes = b"") -> bool:
        return body.startswith(b"change")

    def rows(self, body: object) -> list[object] | None:
        return body["rows"] if isinstance(body, dict) else None

    def lie(self, body: object, more: int) -> bool:
        assert isinstance(body, dict)
        body["count"] += more
        return True

    def add(self, resource: str, count: int = 1) -> list[str]:
        return []

    def delete(self, resource: str, ids: object) -> None: ...


async def test_where_all_questions_go_to_one_address_their_bodies_tell_them_apart() -> None:
    shop = OneAddress()
    tape = Tape(shop.app, (), ("products", "orders"), shop.listing, writing=shop.writing)
    heard: list[str] = []
    tape.heard = heard.append
    questions = [b"list products", b"list orders", b"change products"]
    async with serve(tape) as url, httpx.AsyncClient(base_url=url) as client:
        for content in questions:
            await client.post("/api", content=content, headers={"x-token": "mine"})
    assert shop.asked == questions
    assert [one.lists for one in tape.asked] == [("products",), ("orders",), ()]
    assert [one.writes for one in tape.asked] == [False, False, True]
    assert len({one.digest for one in tape.asked}) == 3
    assert all("mine" in one for one in heard) and "change products" in heard[2]


@pytest.mark.parametrize(("mode", "count", "rows"), [(Mode.LYING_TOTAL, 9, 2), (Mode.NULL_ROW, 2, 2), (Mode.SHORT_PAGE, 2, 1)])
async def test_trouble_strikes_the_listing_that_the_body_asks_for(mode: Mode, count: int, rows: int) -> None:
    shop = OneAddress()
    hostile = Hostile(
        shop.app, cast("Any", shop), mode, at=1, listing=lambda scope, body: shop.listing("products", scope, body)
    )  # fmt: skip
    async with serve(hostile) as url, httpx.AsyncClient(base_url=url) as client:
        other = (await client.post("/api", content=b"list orders")).json()
        struck = (await client.post("/api", content=b"list products")).json()
    assert other == {"rows": [{"id": "1"}, {"id": "2"}], "count": 2}
    assert (struck["count"], len(struck["rows"])) == (count, rows)
    assert len(hostile.did) == 1
