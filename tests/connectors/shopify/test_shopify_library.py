"""What ShopifyAPI is used for, what it would let pass, and that it never learns of a shop."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from connectors.shopify import library
from connectors.shopify.client.graph import Graph
from connectors.shopify.sandbox import session_tokens
from hub.budget import Unhurried
from hub.errors import SignatureError
from hub.http import guarded_client
from hub.ports import Opening
from hub.testing.serving import serve

SECRET = "hush_hush_hush_hush_hush_hush_hush_1"
OLD = "hush_hush_hush_hush_hush_hush_hush_0"
CLIENT = "5f1c0a5e6f0a4d0c9a550f3d6a1b2c3d"
SHOP = "example-shop.myshopify.com"
NOW = 1763800000
QUERY = [
    ("code", "0907a61c0c8d55e99db179b68161bc00"),
    ("host", "YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvZXhhbXBsZQ"),
    ("shop", SHOP),
    ("state", "af3c9d"),
    ("timestamp", str(NOW)),
]
HMAC = "e36a5b52f7d95b6248e9212cc3a654ca87942636a2d262095fbb5f6bc5644171"


def test_the_published_vector_of_an_oauth_query() -> None:
    assert library.oauth_hmac(dict(QUERY), SECRET) == HMAC
    assert library.oauth_hmac(dict(QUERY) | {"hmac": "anything"}, SECRET) == HMAC


def signed(secret: str = SECRET, **changes: str) -> list[tuple[str, str]]:
    said = dict(QUERY) | changes
    return [*said.items(), ("hmac", library.oauth_hmac(said, secret))]


@pytest.mark.parametrize("off", [-90, -5, 0, 5, 90])
def test_a_query_of_the_last_minute_and_a_half_is_believed(off: int) -> None:
    assert library.verify_query([*QUERY, ("hmac", HMAC)], [SECRET], NOW + off)["shop"] == SHOP


@pytest.mark.parametrize("off", [-86_000, -91, 91, 3600, 86_000])
def test_an_older_one_is_not_though_the_library_would_take_a_day(off: int) -> None:
    with pytest.raises(SignatureError, match="too old, or the clocks differ"):
        library.verify_query([*QUERY, ("hmac", HMAC)], [SECRET], NOW + off)


@pytest.mark.parametrize("stamp", ["", "soon", "1e9", "-1763800000", "１７６３８００００0", "9" * 400, "1763800000.0", " 1"])
def test_a_timestamp_that_is_no_number_is_an_answer_and_no_crash(stamp: str) -> None:
    with pytest.raises(SignatureError, match="timestamp is no number"):
        library.verify_query(signed(timestamp=stamp), [SECRET], NOW)


@pytest.mark.parametrize(
    "query",
    [
        QUERY,
        [*QUERY, ("hmac", "")],
        [*QUERY, ("hmac", HMAC[:-1] + "2")],
        [*QUERY, ("hmac", "é" * 64)],
        [*QUERY, ("hmac", "\ud800")],
        [(name, value.replace("example", "evil")) for name, value in QUERY] + [("hmac", HMAC)],
        [*QUERY, ("extra", "1"), ("hmac", HMAC)],
    ],
)
def test_what_is_not_signed_as_it_stands_is_refused(query: list[tuple[str, str]]) -> None:
    with pytest.raises(SignatureError, match="not signed"):
        library.verify_query(query, [SECRET], NOW)


def test_a_parameter_that_comes_twice_is_refused() -> None:
    with pytest.raises(SignatureError, match="twice"):
        library.verify_query([("shop", "evil.myshopify.com"), *QUERY, ("hmac", HMAC)], [SECRET], NOW)


def test_two_secrets_are_good_while_one_replaces_the_other() -> None:
    assert library.verify_query(signed("old-secret"), ["new-secret", "old-secret"], NOW)
    with pytest.raises(SignatureError):
        library.verify_query(signed("older-secret"), ["new-secret", "old-secret"], NOW)
    with pytest.raises(SignatureError):
        library.verify_query(signed(), [], NOW)


def bearer(*, secret: str = SECRET, client: str = CLIENT, shop: str = SHOP, **claims: Any) -> str:
    claims.setdefault("seconds", 86_400)  # these are made when the file is read
    return "Bearer " + session_tokens.make(shop, client, secret, time.time(), **claims)


def test_a_session_token_names_its_shop_and_its_user() -> None:
    header = bearer()
    found = library.session_token(header, CLIENT, [SECRET])
    assert (found.shop, found.user, f"Bearer {found.text}") == (SHOP, "42", header)
    assert library.session_token(bearer(secret=OLD), CLIENT, [SECRET, OLD]).shop == SHOP


@pytest.mark.parametrize(
    "header",
    [
        bearer(exp=None, seconds=None),  # ShopifyAPI takes it
        bearer(exp=1),
        bearer(exp=True),
        bearer(exp="2099"),
        bearer(nbf=4_000_000_000),
        bearer(client="another-app"),
        bearer(aud=None),
        bearer(secret="another-secret"),
        bearer(iss="https://other.myshopify.com/admin"),
        bearer(dest="https://other.myshopify.com"),
        bearer(dest="https://foo.evil.com", iss="https://foo.evil.com/admin"),
        bearer(dest=f"https://{SHOP}.evil.com", iss=f"https://{SHOP}.evil.com/admin"),
        bearer(dest=f"http://{SHOP}", iss=f"http://{SHOP}/admin"),
        bearer(iss=f"https://{SHOP}/elsewhere"),
        bearer(dest=f"https://{SHOP}/x"),
        bearer(dest=7, iss=7),
        bearer(jti=None),
        bearer(sub=None),
        bearer().removeprefix("Bearer "),
        bearer().replace("Bearer", "Basic"),
        bearer()[:-3],
        "Bearer eyJhbGciOiJub25lIn0.e30.",
        "Bearer ",
        "Bearer é.é.é",
        "",
    ],
)
def test_a_session_token_that_lies_is_refused_and_not_shown(header: str) -> None:
    with pytest.raises(SignatureError) as told:
        library.session_token(header, CLIENT, [SECRET])
    assert "Load the app's page" in str(told.value)
    assert not header or header[7:] not in str(told.value) or len(header) < 10


def test_a_session_token_may_be_ten_seconds_past_its_end() -> None:
    assert library.session_token(bearer(seconds=-5), CLIENT, [SECRET])
    with pytest.raises(SignatureError):
        library.session_token(bearer(seconds=-15), CLIENT, [SECRET])


def test_without_a_secret_no_session_token_is_good() -> None:
    with pytest.raises(SignatureError):
        library.session_token(bearer(), CLIENT, [])


@pytest.mark.parametrize(
    ("granted", "wanted", "lacking"),
    [
        ("write_products", "read_products", ()),
        ("read_products", "write_products", ("write_products",)),
        ("read_products,write_files", "write_files, read_files,read_orders", ("read_orders",)),
        ("", "read_orders", ("read_orders",)),
        ("unauthenticated_write_checkouts", "unauthenticated_read_checkouts", ()),
        ("customer_read_orders,read_products", "customer_read_orders,read_products", ()),
        ("read_products", "customer_read_orders", ("customer_read_orders",)),
    ],
)
def test_writing_implies_reading_and_nothing_else(granted: str, wanted: str, lacking: tuple[str, ...]) -> None:
    assert library.lacking(granted, wanted) == lacking
    assert library.covers(granted, wanted) == (not lacking)


@dataclass
class Desk:
    """A shop that takes one token only, slowly, and tells its own name."""

    name: str
    seen: list[str] = field(default_factory=list)

    @property
    def token(self) -> str:
        return f"shpat_of_{self.name}"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await receive()
        token = dict(scope["headers"])[b"x-shopify-access-token"].decode()
        self.seen.append(token)
        await asyncio.sleep(0.005)  # let the other shop's requests come in between
        ok = token == self.token
        body = json.dumps({"data": {"shop": {"name": self.name}}} if ok else {"errors": "unrecognized login"}).encode()
        headers = [(b"content-length", b"%d" % len(body)), (b"x-shopify-api-version", b"2026-10")]
        await send({"type": "http.response.start", "status": 200 if ok else 401, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def desk(name: str) -> AsyncIterator[tuple[Desk, Opening]]:
    shop = Desk(name)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serve(shop))
        http = guarded_client([url.removeprefix("http://")])
        stack.push_async_callback(http.close)
        yield shop, Opening(url, {"token": shop.token}, http, Unhurried())


async def test_two_shops_asked_at_once_never_see_each_others_token_and_the_library_learns_of_neither() -> None:
    """ShopifyAPI keeps the session in class-level state: whoever activates last is whom everybody asks as."""

    async def ask(graph: Graph, shop: Desk) -> None:
        for turn in range(20):
            said = await graph.ask("shop", text="query Shop { shop { name } }")
            assert said.data["shop"]["name"] == shop.name
            library.verify_query(signed(f"secret of {shop.name}"), [f"secret of {shop.name}"], NOW)
            if turn % 5 == 0:
                assert library.session_token(bearer(secret=shop.name * 5), CLIENT, [shop.name * 5])

    async with desk("atelier") as (left, of_left), desk("brocante") as (right, of_right):
        graphs = (Graph(of_left), left), (Graph(of_right), right)
        await asyncio.gather(*(ask(graph, shop) for _ in range(4) for graph, shop in graphs))
    assert (set(left.seen), set(right.seen)) == ({left.token}, {right.token})

    import shopify

    assert shopify.ShopifyResource.site is None
    assert shopify.ShopifyResource.get_headers().get("X-Shopify-Access-Token") is None
    assert (shopify.Session.secret, shopify.Session.api_key) == (None, None)


def test_the_library_is_named_in_one_file_and_imported_by_nobody_who_does_not_need_it() -> None:
    rooms = Path(library.__file__).parent
    users = {
        path.name for path in rooms.rglob("*.py") for line in path.read_text().splitlines()
        if line.strip().startswith(("import shopify", "from shopify"))
    }  # fmt: skip
    assert users == {"library.py"}
    code = "import sys, connectors.shopify.connector, connectors.shopify.library, connectors.shopify.tokens; "
    subprocess.run([sys.executable, "-c", code + "assert 'shopify' not in sys.modules"], check=True, timeout=60)
