"""What a URL of an endpoint may look like, and how it is written for the wire."""

from __future__ import annotations

import pytest

from hub.errors import Unprocessable
from webhooks.send.address import UrlRefused, check_url, parse


@pytest.mark.parametrize(
    ("url", "called"),
    [
        ("https://partner.example", "https://partner.example/"),
        ("HTTPS://Partner.Example/Hooks", "https://partner.example/Hooks"),
        ("https://partner.example:443/", "https://partner.example/"),
        ("https://partner.example:8443/a?b=c&d=%20e", "https://partner.example:8443/a?b=c&d=%20e"),
        ("https://partner.example?x=1", "https://partner.example/?x=1"),
        ("https://partner.example/a/../b", "https://partner.example/a/../b"),
        ("https://partner.example/é", "https://partner.example/%C3%A9"),
        ("https://boutique-été.example/", "https://xn--boutique-t-j7ab.example/"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
        ("https://93.184.215.14/", "https://93.184.215.14/"),
        ("https://[2606:4700:4700:0:0:0:0:1111]:8443/", "https://[2606:4700:4700::1111]:8443/"),
        ("https://1.2.3.4.example/", "https://1.2.3.4.example/"),
        ("https://hooks_eu.partner.example/", "https://hooks_eu.partner.example/"),
        ("https://partner.example/a@b:c", "https://partner.example/a@b:c"),
    ],
)
def test_a_good_url_is_written_in_one_way(url: str, called: str) -> None:
    assert parse(url, frozenset(), allow_http=False).url == called
    check_url(url, [], allow_http=False)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "it is empty"),
        ("https://partner.example/" + "a" * 2048, "it is longer than 2,048 characters"),
        ("http://partner.example/", "it must begin with https://"),
        ("ftp://partner.example/", "it must begin with https://"),
        ("https://partner.example/ x", "it holds a space, a line break or an invisible character"),
        ("https://partner.example\\@x/", "it holds a character that URLs do not have"),
        ("https://partner.example/#top", "it has a fragment (#), which is never sent"),
        (
            "https://u:p@partner.example/",
            "it carries a user name or a password; send a secret in a header of the endpoint instead",
        ),
        ("https://2130706433/", "2130706433 is a number in disguise; an address is written as four decimal numbers"),
        ("https://10.0.0.7/", "10.0.0.7 is not a public address (private)"),
        ("https://partner.example:25/", "nothing speaks HTTP on port 25"),
        ("https://partner.example:0/", "port 0 does not exist"),
        ("https://localhost/", "localhost is a name inside a network, not on the internet"),
        ("https://partner.example./", "its host ends with a dot"),
        ("https://%70artner.example/", "its host is percent-encoded"),
        ("https://[fe80::1%25eth0]/", "its address has a zone"),
        ("https://part\uff4eer.example/", "its host holds '\uff4e', which only looks like 'n'"),
    ],
)
def test_a_bad_url_is_refused_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        check_url(url, [], allow_http=False)
    assert refused.value.field == "url"
    assert refused.value.message == f"This URL cannot be an endpoint: {reason}."


def test_a_password_is_not_shown_in_the_refusal() -> None:
    with pytest.raises(Unprocessable) as refused:
        check_url("https://user:hunter2@partner.example/", [], allow_http=False)
    assert "hunter2" not in str(refused.value)


def test_the_operator_can_allow_a_private_pair_in_plain_http() -> None:
    for url in ("http://127.0.0.1:9000/x", "http://[::1]:9001/", "http://receiver:81/"):
        check_url(url, ["127.0.0.1:9000", "[::1]:9001", "receiver:81"], allow_http=False)
    with pytest.raises(Unprocessable):
        check_url("http://127.0.0.1:9001/", ["127.0.0.1:9000"], allow_http=False)


def test_plain_http_to_public_hosts_can_be_allowed() -> None:
    check_url("http://partner.example/", [], allow_http=True)
    with pytest.raises(Unprocessable):
        check_url("http://10.0.0.1/", [], allow_http=True)


@pytest.mark.parametrize("url", ["https://hub.example/v1/events", "https://HUB.example:8443/", "https://hub.example?x"])
def test_the_hubs_own_address_would_make_a_loop(url: str) -> None:
    with pytest.raises(Unprocessable, match="round in a loop"):
        check_url(url, [], allow_http=False, own="https://hub.example/base")


def test_an_allowed_pair_beside_the_hub_on_its_own_machine_is_no_loop() -> None:
    check_url("http://127.0.0.1:9000/", ["127.0.0.1:9000"], allow_http=False, own="http://127.0.0.1:8000")
    with pytest.raises(Unprocessable, match="round in a loop"):
        check_url("http://127.0.0.1:8000/", ["127.0.0.1:8000"], allow_http=False, own="http://127.0.0.1:8000")


@pytest.mark.parametrize(
    ("url", "pair"),
    [
        ("http://127.0.0.1:8080/hook", "127.0.0.1:8080"),
        ("https://10.0.0.1/hook", "10.0.0.1:443"),
        ("https://localhost:9000/", "localhost:9000"),
        ("http://[::1]:8080/", "[::1]:8080"),
    ],
)
def test_whoever_tries_on_his_own_machine_is_told_the_setting_that_allows_it(url: str, pair: str) -> None:
    with pytest.raises(UrlRefused) as refused:
        check_url(url, [], False)
    assert refused.value.hint.endswith(f"start the hub with LUNEO_EGRESS_ALLOW={pair}.")
    assert "LUNEO" not in refused.value.message
    check_url(url, [pair], False)


def test_http_is_refused_with_what_may_be_called_without() -> None:
    with pytest.raises(UrlRefused, match=r"it must begin with https://\. Only pairs of LUNEO_EGRESS_ALLOW"):
        check_url("http://partner.example/", [], False)
