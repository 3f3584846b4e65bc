"""The table of addresses, and hosts that would reach them; none of these is ever connected to."""

from __future__ import annotations

import socket

import pytest

from hub.errors import PermanentError
from hub.http import guarded_client
from hub.http.addresses import allowed_pairs, disguised, refusal

# fmt: off
REFUSED = [
    "127.0.0.1", "127.255.255.254", "10.0.0.5", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "100.127.255.255", "0.0.0.0", "0.1.2.3", "192.0.0.8", "192.0.0.170", "192.0.2.1", "192.88.99.1", "198.18.0.1",
    "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:93.184.215.14", "::7f00:1", "::10.0.0.1", "64:ff9b::a00:1",
    "64:ff9b::5db8:d70e", "64:ff9b:1::1", "2002:7f00:1::", "2002:5db8:d70e::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1", "100::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1", "ff0e::1",
    "3fff::1", "5f00::1", "::ffff:0:7f00:1", "4000::1", "1000::7f00:1", "fd00:ec2::254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::",
]
PUBLIC = [
    "93.184.215.14",
    "1.1.1.1",
    "8.8.8.8",
    "172.32.0.1",
    "100.128.0.1",
    "198.20.0.1",
    "2606:4700:4700::1111",
    "2a00:1450:4007::1",
]
DISGUISED = [
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "127.1",
    "127.0.1",
    "1.1",
    "017700000001",
    "127.0.0.1.",
    "0x",
]
HOSTILE_URLS = [
    "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://2130706433:{port}/", "http://0x7f000001:{port}/", "http://127.1:{port}/",
    "http://0177.0.0.1:{port}/", "http://[::1]:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://[::ffff:7f00:1]:{port}/",
    "http://0.0.0.0:{port}/", "http://[::]:{port}/", "http://127.0.0.1.:{port}/", "http://LOCALHOST:{port}/", "http://localhost.:{port}/",
    "https://127.0.0.1:{port}/", "http://[64:ff9b::7f00:1]:{port}/", "http://[2002:7f00:1::]:{port}/", "http://user@127.0.0.1:{port}/",
    "http://１２７.0.0.1:{port}/", "http://127。0。0。1:{port}/", "file:///etc/passwd", "gopher://127.0.0.1:{port}/", "http:///nohost",
]
# fmt: on


@pytest.mark.parametrize("address", REFUSED)
def test_a_special_address_is_refused(address: str) -> None:
    assert refusal(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_not(address: str) -> None:
    assert refusal(address) is None


@pytest.mark.parametrize("host", DISGUISED)
def test_a_number_in_disguise_is_seen(host: str) -> None:
    assert disguised(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "shop.example", "1.shop.example", "4chan.example", "::1", "localhost", "shop1"])
def test_a_name_is_no_number(host: str) -> None:
    assert not disguised(host)


@pytest.fixture
def trap() -> socket.socket:
    """A listening socket that nobody may reach, on IPv4 and IPv6 loopback alike."""
    listener = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    listener.setblocking(False)
    return listener


@pytest.mark.parametrize("url", HOSTILE_URLS)
async def test_a_hostile_host_is_never_connected_to(url: str, trap: socket.socket) -> None:
    with trap:
        async with guarded_client() as client:
            with pytest.raises(PermanentError):
                await client.request("GET", url.format(port=trap.getsockname()[1]), deadline=5)
        with pytest.raises(BlockingIOError):
            trap.accept()


async def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def resolve(_loop: object, host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(2, 1, 6, "", ("93.184.215.14", port)), (2, 1, 6, "", ("10.0.0.7", port))]

    monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", resolve)
    async with guarded_client() as client:
        with pytest.raises(PermanentError, match=r"The address shop\.example:443 is not allowed \(10\.0\.0\.7, private\)\."):
            await client.request("GET", "https://shop.example/", deadline=5)
    assert asked == ["shop.example"]


async def test_ports_below_1024_that_do_not_speak_http_are_refused() -> None:
    async with guarded_client() as client:
        with pytest.raises(PermanentError, match="port 25"):
            await client.request("GET", "http://1.1.1.1:25/")


def test_the_allow_list_names_a_bad_entry() -> None:
    with pytest.raises(ValueError, match=r"'shop\.internal' is not host:port"):
        allowed_pairs(["127.0.0.1:80", "shop.internal"])


def test_a_network_is_no_pair_to_be_allowed() -> None:
    with pytest.raises(ValueError, match=r"'10\.0\.0\.0/8:80' is not host:port"):
        allowed_pairs(["10.0.0.0/8:80"])
