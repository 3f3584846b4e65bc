"""Whose shop an address means, and the many that mean nobody's."""

from __future__ import annotations

import pytest

from connectors.shopify.domain import base_url, is_shop, shop_domain, storage
from hub.errors import PermanentError

HOSTILE = [
    "foo.evil.com",
    "foo.myshopify.com.evil.com",
    "evil.com/foo.myshopify.com",
    "https://evil.com/foo.myshopify.com",
    "https://evil.com?foo.myshopify.com",
    "https://evil.com#foo.myshopify.com",
    "https://evil.com\\foo.myshopify.com",
    "https://foo.myshopify.com\\@evil.com",
    "https://foo.myshopify.com@evil.com",
    "https://evil.com@foo.myshopify.com",
    "user:hunter2@foo.myshopify.com",
    "foo.myshopify.com:443",
    "https://foo.myshopify.com:8443/admin",
    "foo.myshopify.com.",
    "foo.myshopify.comm",
    "foo.myshopify.co",
    "foo-myshopify.com",
    "xmyshopify.com",
    ".myshopify.com",
    "-foo.myshopify.com",
    "foo.bar.myshopify.com",
    "foo_bar.myshopify.com",
    "foo.myshopify.io",
    "ftp://foo.myshopify.com",
    "javascript:foo.myshopify.com",
    "//foo.myshopify.com",
    "foo.myshopify.com\n.evil.com",
    "foo.my\tshopify.com",
    "foo .myshopify.com",
    "foo%2emyshopify.com",
    "f\N{KELVIN SIGN}oo.myshopify.com",
    "fоо.myshopify.com",  # Cyrillic о
    "foo.myshopify。com",
    "admin.shopify.com",
    "admin.shopify.com/store/",
    "admin.shopify.com/store/foo.evil",
    "evil.com/store/foo",
    "admin.shopify.com.evil.com/store/foo",
    "https://foo",
    "foo/admin",
    "127.0.0.1",
    "http://127.0.0.1:8000@evil.com",
    "http://127.0.0.1:8000/.evil.com",
    "http://localhost:8000",
    "a" * 250 + ".myshopify.com",
    "a" * 250,
    "",
    "   ",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_shop_is_refused_with_its_name_and_what_to_do(text: str) -> None:
    with pytest.raises(PermanentError, match=r"is not the domain of a Shopify shop\. It is the shop's own domain, such as"):
        shop_domain(text)
    with pytest.raises(PermanentError):
        base_url(text)
    assert not is_shop(text)


@pytest.mark.parametrize(
    "text",
    [
        "luneo-demo.myshopify.com",
        "Luneo-Demo.MyShopify.com",
        "  luneo-demo.myshopify.com\n",
        "https://luneo-demo.myshopify.com",
        "http://luneo-demo.myshopify.com/",
        "https://luneo-demo.myshopify.com/admin/products?x=1#top",
        "luneo-demo.myshopify.com/admin",
        "https://admin.shopify.com/store/luneo-demo",
        "admin.shopify.com/store/luneo-demo/products/1?a=b",
        "luneo-demo",
    ],
)
def test_what_a_person_pastes_is_understood(text: str) -> None:
    assert shop_domain(text) == "luneo-demo.myshopify.com"
    assert base_url(text) == "https://luneo-demo.myshopify.com"


@pytest.mark.parametrize("text", ["Foo.myshopify.com", "foo.myshopify.com/", "foo.myshopify.com\n", "foo", " foo.myshopify.com"])
def test_over_the_wire_nothing_is_mended(text: str) -> None:
    assert not is_shop(text)


def test_a_shop_over_the_wire_is_taken_as_it_stands() -> None:
    assert is_shop("foo.myshopify.com")


@pytest.mark.parametrize("text", ["http://127.0.0.1:8123", "http://127.0.0.1:8123/", " http://127.0.0.1:8123 "])
def test_a_sandbox_on_this_machine_is_left_as_it_is(text: str) -> None:
    assert base_url(text) == "http://127.0.0.1:8123"
    with pytest.raises(PermanentError):
        shop_domain(text)


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(PermanentError) as told:
        shop_domain("https://staff:hunter2@foo.evil.com/")
    assert "hunter2" not in str(told.value)
    assert "foo.evil.com" in str(told.value)


def test_files_come_and_go_by_https_or_from_the_sandbox_itself() -> None:
    signed = "https://storage.googleapis.com/shopify-tiers/x.jsonl?signature=abc"
    assert storage(signed, "https://foo.myshopify.com") == signed
    assert storage("http://127.0.0.1:8123/bulk/1.jsonl", "http://127.0.0.1:8123/") == "http://127.0.0.1:8123/bulk/1.jsonl"


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://storage.googleapis.com/x.jsonl?signature=hunter2", "https://foo.myshopify.com"),
        ("http://127.0.0.1:8123/x", "https://foo.myshopify.com"),
        ("http://127.0.0.1:81234/x", "http://127.0.0.1:8123"),
        ("http://169.254.169.254/latest", "http://127.0.0.1:8123"),
        ("file:///etc/passwd", "https://foo.myshopify.com"),
        ("", "https://foo.myshopify.com"),
    ],
)
def test_a_file_lies_nowhere_else_and_the_refusal_shows_no_signature(url: str, base: str) -> None:
    with pytest.raises(PermanentError, match="is not https") as told:
        storage(url, base)
    assert "hunter2" not in str(told.value)
