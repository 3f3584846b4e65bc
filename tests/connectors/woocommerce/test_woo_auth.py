"""Connecting to shops good and bad: one line for each way it can fail, and nothing is changed by asking."""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.woocommerce.auth import timezone_of
from connectors.woocommerce.client.store import WooStore
from hub.errors import ConnectorError, PermanentError, ReauthorizationError, RetryableError
from hub.http import guarded_client
from hub.ports import Listing, Opening, Probe
from tests.connectors.woocommerce.woo_shop import KEYS, PRODUCTS, WOO, opened, unhurried
from tests.hub.http.servers import Answer, Authority, always, plain, serving


async def failure(opening: Opening) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        await WOO.probe(opening)
    text = str(caught.value)
    assert "\n" not in text
    assert not any(secret and secret in text for secret in opening.credentials.values())
    return caught.value


async def failure_of(answer: Answer, **changes: Any) -> ConnectorError:
    async with serving(answer) as served, guarded_client([f"127.0.0.1:{served.port}"]) as http:
        return await failure(replace(Opening(f"http://127.0.0.1:{served.port}", KEYS, http, unhurried, {}, True), **changes))


def strip_authorization(app: Any) -> Any:
    async def stripped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"authorization"]}
        await app(scope, receive, send)

    return stripped


def only_rest_route(app: Any) -> Any:
    """A site with plain permalinks: its web server knows no /wp-json/."""

    async def plain_permalinks(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] != "/":
            await send({"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/html")]})
            await send({"type": "http.response.body", "body": b"<html>404 Not Found</html>"})
            return
        await app(scope, receive, send)

    return plain_permalinks


async def test_a_shop_says_what_it_is() -> None:
    async with opened(currency="JPY", timezone="Asia/Tokyo", weight_unit="lbs") as shop:
        probe = await WOO.probe(shop.with_(url=shop.opening.url + "/wp-admin/"))
        assert probe.url == shop.opening.url
        assert probe.shop == shop.opening.url.removeprefix("http://")
        assert (probe.name, probe.api_version) == ("Luneo Test Store", "wc/v3")
        assert (probe.settings.currency, probe.settings.timezone) == ("JPY", "Asia/Tokyo")
        assert (probe.settings.weight_unit, probe.settings.dimension_unit) == ("lb", "cm")
        assert probe.capabilities == {
            "auth": "oauth1", "variations": True, "refunds": True, "offset": True, "wc_version": "10.5.0", "hpos": True,
        }  # fmt: skip


async def test_asking_changes_nothing() -> None:
    async with opened() as shop:
        before = {name: shop.sandbox.ids(name) for name in ("products", "orders", "customers")}
        await WOO.probe(shop.opening)
        assert {name: shop.sandbox.ids(name) for name in before} == before
        assert [asked for asked in shop.asked if not asked.startswith("GET ")] == [
            next(asked for asked in shop.asked if asked.startswith("POST /wp-json/wc/v3/products/batch?"))
        ]


async def test_an_older_shop_is_known_to_list_variations_by_parent_only() -> None:
    async with opened(global_variations=False) as shop:
        assert (await WOO.probe(shop.opening)).capabilities["variations"] is False


async def test_https_signs_with_basic() -> None:
    async with opened(tls=True) as shop:
        probe = await WOO.probe(replace(shop.opening, allow_http=False))
        assert probe.capabilities["auth"] == "basic"
        assert not any("consumer_" in asked for asked in shop.asked)


async def test_a_host_that_strips_the_authorization_header_gets_the_query_string_from_then_on() -> None:
    async with opened(strip_authorization, tls=True) as shop:
        probe = await WOO.probe(shop.opening)
        assert probe.capabilities["auth"] == "query"
        store = WooStore(shop.with_(capabilities=probe.capabilities))
        assert (await store.page(PRODUCTS, Listing())).total


@pytest.mark.parametrize("tls", [False, True])
async def test_plain_permalinks_are_reached_by_rest_route(tls: bool) -> None:
    async with opened(only_rest_route, tls=tls) as shop:
        probe = await WOO.probe(shop.opening)
        assert probe.capabilities["rest_route"] is True
        store = WooStore(shop.with_(capabilities=probe.capabilities))
        assert len((await store.page(PRODUCTS, Listing())).rows) == 40
        assert all("wp-json/wc/" in asked for asked in shop.asked[-1:])  # or keys would not count


@pytest.mark.parametrize("tls", [False, True])
async def test_a_wrong_key_a_wrong_secret_and_a_revoked_key_are_told_apart_as_far_as_the_shop_does(tls: bool) -> None:
    async with opened(tls=tls) as shop:
        keys = shop.sandbox.credentials()
        wrong_key = await failure(shop.with_(credentials={**keys, "key": "ck_wrong"}))
        wrong_secret = await failure(shop.with_(credentials={**keys, "secret": "cs_wrong"}))
        shop.sandbox.revoke()
        revoked = await failure(shop.opening)
    assert all(isinstance(error, ReauthorizationError) for error in (wrong_key, wrong_secret, revoked))
    assert "does not know this consumer key: it is wrong or was revoked." in str(wrong_key)
    assert "consumer secret is wrong" in str(wrong_secret)
    assert str(revoked) == str(wrong_key)


async def test_a_key_that_may_only_read_is_not_enough() -> None:
    async with opened() as shop:
        key = shop.sandbox.key("read")
        error = await failure(shop.with_(credentials={"key": key.key, "secret": key.secret}))
        assert str(error).startswith("The key may only read. Make a key with Read/Write permission")
        key = shop.sandbox.key("write")
        assert "may only write" in str(await failure(shop.with_(credentials={"key": key.key, "secret": key.secret})))


async def test_spaces_around_a_pasted_key_do_not_matter() -> None:
    async with opened() as shop:
        keys = {name: f" {value}\n" for name, value in shop.sandbox.credentials().items()}
        assert (await WOO.probe(shop.with_(credentials=keys))).capabilities


@pytest.mark.parametrize(("field", "value"), [("key", ""), ("secret", "  ")])
async def test_a_missing_credential_is_named(field: str, value: str) -> None:
    async with opened() as shop:
        error = await failure(shop.with_(credentials={**shop.sandbox.credentials(), field: value}))
        assert str(error).startswith(f"The consumer {field} is missing.")
        assert shop.asked == []


async def test_plain_http_must_be_allowed() -> None:
    async with opened() as shop:
        error = await failure(shop.with_(allow_http=False))
        assert "is plain http" in str(error)
        assert "--allow-http" in str(error)
        assert shop.asked == []


async def test_a_self_signed_certificate_is_refused() -> None:
    async with opened(tls=True) as shop, guarded_client([shop.opening.url.removeprefix("https://")]) as strict:
        assert "is self-signed" in str(await failure(shop.with_(http=strict)))


async def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    authority = Authority()
    context = authority.server_context(tmp_path, "other.example")
    async with (
        serving(always(plain(b"{}")), context) as served,
        guarded_client([f"localhost:{served.port}"], tls=authority.client_context()) as http,
    ):
        error = await failure(Opening(f"https://localhost:{served.port}", KEYS, http, unhurried))
    assert "is for another name" in str(error)


async def test_nobody_at_the_address_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with guarded_client([f"127.0.0.1:{port}"]) as http:
        error = await failure(Opening(f"http://127.0.0.1:{port}", KEYS, http, unhurried, {}, True))
    assert f"127.0.0.1:{port} refused the connection" in str(error)


async def test_a_private_address_names_the_setting() -> None:
    async with guarded_client() as http:
        error = await failure(Opening("http://10.1.2.3", KEYS, http, unhurried, {}, True))
    assert "LUNEO_EGRESS_ALLOW=10.1.2.3:80" in str(error)


@pytest.mark.parametrize(
    ("raw", "kind", "words"),
    [
        (plain(b"<html><h1>My bakery</h1></html>", "200 OK"), PermanentError, "is not a WooCommerce shop"),
        (plain(b"<html>404</html>", "404 Not Found"), PermanentError, "is not a WooCommerce shop"),
        (plain(b'{"message":"an API of another kind"}'), PermanentError, "is not a WooCommerce shop"),
        (plain(b"[]"), PermanentError, "is not a WooCommerce shop"),
        (plain(b'\xef\xbb\xbf{"name":"Blog","namespaces":["wp/v2"]}'), PermanentError, "is WordPress without WooCommerce"),
        (plain(b"", "301 Moved", "Location: https://a.example/wp-json/?x=1"), PermanentError, "redirects to https://a.example."),
        (plain(b"", "302 Found", "Location: /login"), PermanentError, "redirects to /login"),
        (plain(b"<html>Briefly unavailable for scheduled maintenance", "503 Service Unavailable"), RetryableError, "maintenance"),
        (plain(b"<html>Briefly unavailable for scheduled maintenance"), RetryableError, "maintenance"),
        (plain(b"<html>Attention Required! Cloudflare", "403 Forbidden"), RetryableError, "firewall"),
        (plain(b"slow", "429 Too Many Requests"), RetryableError, "slow down"),
    ],
)  # fmt: skip
async def test_what_is_no_shop_is_told(raw: bytes, kind: type[ConnectorError], words: str) -> None:
    error = await failure_of(always(raw))
    assert isinstance(error, kind)
    assert words in str(error)


async def test_a_site_that_hides_its_api_from_strangers_is_asked_with_the_key() -> None:
    members_only = plain(b'{"code":"rest_not_logged_in","message":"No.","data":{"status":401}}', "401 Unauthorized")
    seen: list[bytes] = []

    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        seen.append(request)
        signed = b"oauth_signature" in request
        writer.write(
            plain(json.dumps({"code": "rest_no_route", "message": "no"}).encode(), "404 Not Found") if signed else members_only
        )

    error = await failure_of(answer)
    assert [b"oauth_signature" in request for request in seen] == [False, True, True]
    assert "Activate the WooCommerce plugin" in str(error)


async def test_a_user_without_the_rights_of_a_shop_manager_is_told() -> None:
    index = plain(b'{"name":"Shop","namespaces":["wc/v3"]}')
    refused = plain(b'{"code":"woocommerce_rest_cannot_view","message":"Sorry","data":{"status":403}}', "403 Forbidden")

    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(refused if b"oauth_signature" in request else index)

    assert "shop manager" in str(await failure_of(answer))


def small_shop(*, offers: tuple[str, ...], skips: bool = True) -> Answer:
    """A shop behind plugins that close what they do not know: it offers these routes, HTML 404 for all else, no POST."""
    index = plain(b'{"name":"Small","namespaces":["wc/v3"]}')
    closed = plain(b"<html>Not Found</html>", "404 Not Found")
    row, other = (plain(b'[{"id":%d,"name":"x"}]' % id, "200 OK", "X-WP-Total: 2") for id in (1, 2))

    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        method, target = request.split(b" ", 2)[:2]
        path = target.partition(b"?")[0].decode()
        if method != b"GET":
            writer.write(plain(b"<html>Unsupported method</html>", "501 Not Implemented"))
        elif path == "/wp-json/" and "index" in offers:
            writer.write(index)
        elif path.removeprefix("/wp-json/wc/v3/") in offers:
            writer.write(other if skips and b"offset=1" in target else row)
        else:
            writer.write(closed)

    return answer


async def probe_of(answer: Answer) -> Probe:
    async with serving(answer) as served, guarded_client([f"127.0.0.1:{served.port}"]) as http:
        return await WOO.probe(Opening(f"http://127.0.0.1:{served.port}", KEYS, http, unhurried, {}, True))


async def test_a_shop_that_keeps_its_status_settings_and_batches_closed_is_connected_all_the_same() -> None:
    probe = await probe_of(small_shop(offers=("index", "products")))
    assert (probe.name, probe.settings.currency, probe.settings.weight_unit) == ("Small", None, None)
    assert probe.capabilities == {
        "auth": "oauth1", "variations": False, "refunds": False, "offset": True, "wc_version": "", "hpos": False,
    }  # fmt: skip


async def test_a_shop_that_hides_its_index_is_known_by_its_products() -> None:
    probe = await probe_of(small_shop(offers=("products",)))
    assert probe.name == probe.shop


async def test_a_shop_that_ignores_offset_is_connected_and_known_for_it() -> None:
    probe = await probe_of(small_shop(offers=("index", "products", "variations"), skips=False))
    assert (probe.capabilities["offset"], probe.capabilities["variations"]) == (False, True)


@pytest.mark.parametrize(
    ("site", "zone"),
    [
        ({"timezone_string": "Europe/Paris", "gmt_offset": 1}, "Europe/Paris"),
        ({"timezone_string": "", "gmt_offset": 0}, "Etc/UTC"),
        ({"timezone_string": "", "gmt_offset": "2"}, "Etc/GMT-2"),
        ({"gmt_offset": -8}, "Etc/GMT+8"),
        ({"gmt_offset": 5.5}, None),
        ({"gmt_offset": None}, None),
        ({}, None),
    ],
)
def test_the_shops_zone_has_an_iana_name_or_none(site: dict[str, object], zone: str | None) -> None:
    assert timezone_of(site) == zone
