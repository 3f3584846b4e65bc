"""Bad input: each is told in one line that says what is wrong and what to do; the exit status is 1; nothing is half-connected."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from connectors.woocommerce.sandbox import Sandbox
from hub.db.connect import connect
from hub.db.databases import create_database, drop_database
from hub.testing.serving import serving
from tests.hub.cli.conftest import Luneo, Ran

Connect = Callable[..., Ran]


@pytest.fixture
def shop() -> Iterator[tuple[Sandbox, str]]:
    """A small shop and its address."""
    sandbox = Sandbox(products=3, orders=1, customers=1)
    with serving(sandbox.app) as url:
        yield sandbox, url


@pytest.fixture
def connect_to(luneo: Luneo) -> Connect:
    """`luneo connect woocommerce URL`, with leave to reach that address and a key of the right form."""

    def run(url: str, *words: str, key: str = "ck_" + "a" * 40, secret: str = "cs_" + "b" * 40, allow: str | None = None) -> Ran:
        allowed = url.partition("://")[2].partition("/")[0] if allow is None else allow
        credentials = ["--key", key, "--secret", secret]
        return luneo("connect", "woocommerce", url, *credentials, *words, env={"LUNEO_EGRESS_ALLOW": allowed})

    return run


def one_line(ran: Ran, *parts: str) -> None:
    """The command failed with one line on stderr that holds all these parts, and said nothing else."""
    assert ran.code == 1, ran
    assert ran.out == "", ran
    assert ran.err.startswith("error: "), ran
    assert ran.err.count("\n") == 1, ran
    for part in parts:
        assert part.lower() in ran.err.lower(), ran


async def nothing_is_connected(url: str) -> None:
    connection = await connect(url)
    try:
        assert await connection.fetchval("select pg_relation_size('installation')") == 0
    finally:
        await connection.close()


async def test_a_wrong_key(connect_to: Connect, shop: tuple[Sandbox, str], clean_database_url: str) -> None:
    one_line(connect_to(shop[1], "--allow-http"), "key")
    await nothing_is_connected(clean_database_url)


async def test_a_revoked_key(connect_to: Connect, shop: tuple[Sandbox, str], clean_database_url: str) -> None:
    sandbox, url = shop
    key = sandbox.key()
    sandbox.revoke(key.key)
    one_line(connect_to(url, "--allow-http", key=key.key, secret=key.secret), "key")
    await nothing_is_connected(clean_database_url)


async def test_a_key_that_may_only_read_can_be_connected_or_is_told(connect_to: Connect, shop: tuple[Sandbox, str]) -> None:
    sandbox, url = shop
    key = sandbox.key("read")
    ran = connect_to(url, "--allow-http", key=key.key, secret=key.secret)
    assert ran.code in (0, 1)
    assert "Traceback" not in ran.err


async def test_a_missing_secret(connect_to: Connect, shop: tuple[Sandbox, str]) -> None:
    one_line(connect_to(shop[1], "--allow-http", secret=""), "secret")


async def test_a_shop_that_is_not_there(connect_to: Connect, clean_database_url: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    one_line(connect_to(f"http://127.0.0.1:{port}", "--allow-http"), f"127.0.0.1:{port}")
    await nothing_is_connected(clean_database_url)


async def test_a_name_that_nobody_knows(connect_to: Connect, clean_database_url: str) -> None:
    one_line(connect_to("https://shop.invalid"), "shop.invalid")
    await nothing_is_connected(clean_database_url)


def test_an_address_that_is_none(connect_to: Connect) -> None:
    one_line(connect_to("ftp://shop.example", allow=""), "ftp://", "https://")


class Blog(BaseHTTPRequestHandler):
    """A site that is no WooCommerce."""

    def do_GET(self) -> None:
        body = b"<!DOCTYPE html><title>My blog</title>"
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


async def test_a_site_that_is_not_woocommerce(connect_to: Connect, clean_database_url: str) -> None:
    with HTTPServer(("127.0.0.1", 0), Blog) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            one_line(connect_to(f"http://127.0.0.1:{server.server_port}", "--allow-http"), "WooCommerce")
        finally:
            server.shutdown()
            thread.join()
    await nothing_is_connected(clean_database_url)


async def test_a_self_signed_certificate(connect_to: Connect, clean_database_url: str) -> None:
    sandbox = Sandbox(products=1, orders=0, customers=0)
    with serving(sandbox.app, tls=True) as url:
        one_line(connect_to(url), "certificate")
    await nothing_is_connected(clean_database_url)


async def test_plain_http_without_leave(connect_to: Connect, shop: tuple[Sandbox, str], clean_database_url: str) -> None:
    one_line(connect_to(shop[1]), "--allow-http")
    await nothing_is_connected(clean_database_url)


async def test_a_private_address_without_leave(connect_to: Connect, shop: tuple[Sandbox, str], clean_database_url: str) -> None:
    one_line(connect_to(shop[1], "--allow-http", allow=""), "LUNEO_EGRESS_ALLOW")
    await nothing_is_connected(clean_database_url)


def test_an_unknown_connector(luneo: Luneo) -> None:
    one_line(luneo("connect", "magento", "https://shop.example", "--key", "k", "--secret", "s"), "magento", "woocommerce")


def test_an_unknown_connector_makes_no_organisation(luneo: Luneo) -> None:
    luneo("connect", "magento", "https://shop.example", "--key", "k", "--secret", "s")
    assert luneo("org", "list", "--json").json == {"organisations": []}


@pytest.mark.parametrize("word", ["up", "api", "demo"])
def test_a_taken_port(luneo: Luneo, word: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        one_line(luneo(word, "--port", port), port, "--port")


def test_a_taken_port_of_the_sandbox(bare_luneo: Luneo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        one_line(bare_luneo("sandbox", "woocommerce", "--products", "1", "--port", port), port, "--port")


@pytest.mark.parametrize("word", ["runs", "sync", "org", "doctor"])
def test_a_database_that_cannot_be_reached(bare_luneo: Luneo, word: str) -> None:
    ran = bare_luneo(word, env={"LUNEO_DATABASE_URL": "postgresql://me:hunter2@127.0.0.1:1/luneo"})
    assert ran.code == 1
    assert "127.0.0.1:1" in ran.out + ran.err
    assert "hunter2" not in ran.out + ran.err
    if word != "doctor":  # which tells everything else as well
        one_line(ran, "LUNEO_DATABASE_URL")


async def test_an_old_schema_is_told_and_upgrade_mends_it(bare_luneo: Luneo, postgres_url: str) -> None:
    url = await create_database(postgres_url, "luneo_test_old_schema")
    env = {"LUNEO_DATABASE_URL": url}
    try:
        one_line(bare_luneo("runs", env=env), "luneo db upgrade")
        assert bare_luneo("db", "upgrade", env=env).code == 0
        assert bare_luneo("org", "--json", env=env).json == {"organisations": []}
    finally:
        await drop_database(postgres_url, "luneo_test_old_schema")


def test_a_setting_that_cannot_be_read(bare_luneo: Luneo) -> None:
    one_line(bare_luneo("runs", env={"LUNEO_LOG_LEVEL": "loud"}), "LUNEO_LOG_LEVEL")


def test_a_private_address_that_cannot_be_read(luneo: Luneo) -> None:
    one_line(luneo("runs", env={"LUNEO_EGRESS_ALLOW": "shop.internal"}), "LUNEO_EGRESS_ALLOW", "shop.internal")


def test_a_shop_that_is_not_connected(luneo: Luneo) -> None:
    luneo("org", "create", "Maison")
    one_line(luneo("sync", "nowhere"), "nowhere", "luneo connect")


def test_an_organisation_that_is_not_there(luneo: Luneo) -> None:
    one_line(luneo("runs", "--org", "nobody"), "nobody", "org list")
