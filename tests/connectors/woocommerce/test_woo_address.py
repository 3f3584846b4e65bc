"""Addresses as people type them."""

from __future__ import annotations

import pytest

from connectors.woocommerce.address import normalise_url, shop_of
from hub.errors import PermanentError


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("shop.example", "https://shop.example"),
        (" https://Shop.Example/ ", "https://shop.example"),
        ("https://shop.example:443//", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("127.0.0.1:8080", "https://127.0.0.1:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("https://[0:0:0:0:0:0:0:1]", "https://[::1]"),
        ("https://shop.example./", "https://shop.example"),
        ("https://shop.example/wp-admin/admin.php?page=wc-settings", "https://shop.example"),
        ("https://shop.example/wp-json/wc/v3/products", "https://shop.example"),
        ("https://shop.example/blog/wp-json", "https://shop.example/blog"),
        ("https://shop.example/blog/wp-login.php", "https://shop.example/blog"),
        ("https://shop.example/Blog/en/", "https://shop.example/Blog/en"),
        ("https://shop.example/index.php", "https://shop.example"),
        ("https://shop.example/wp-adminton", "https://shop.example/wp-adminton"),
        ("https://shop.example/?lang=fr", "https://shop.example"),
        ("Bücher.example", "https://xn--bcher-kva.example"),
        ("https://日本.example/店", "https://xn--wgv71a.example/店"),
        ("my_shop.example", "https://my_shop.example"),
        ("localhost:8080", "https://localhost:8080"),
    ],
)
def test_one_shop_has_one_address(typed: str, url: str) -> None:
    assert normalise_url(typed) == url
    assert normalise_url(url) == url


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "is missing"),
        ("   ", "is missing"),
        ("ftp://shop.example", "begins with ftp://"),
        ("file:///etc/passwd", "begins with file://"),
        ("https://user:pw-secret@shop.example", "carries credentials"),
        ("https://user@shop.example", "carries credentials"),
        ("https://shop.example/?consumer_key=ck_1&consumer_secret=pw-secret", "carries credentials"),
        ("https://shop.example/#products", "ends in #products"),
        ("https://", "cannot be read"),
        ("https://shop .example", "cannot be read"),
        ("https://shop..example", "cannot be read"),
        ("https://-shop.example", "cannot be read"),
        ("https://shop.example:99999", "cannot be read"),
        ("https://shop.example:port", "cannot be read"),
        ("https://shop.example/a/../b", "cannot be read"),
        ("https://shop.example/a/%2e%2e/b", "cannot be read"),
        ("https://[::1", "cannot be read"),
        ("https://shop.example\\@evil.example", "carries credentials"),
        ("https://" + "a" * 300 + ".example", "cannot be read"),
    ],
)
def test_what_is_no_address_is_refused_with_the_reason(typed: str, words: str) -> None:
    with pytest.raises(PermanentError, match=words) as caught:
        normalise_url(typed)
    assert "pw-secret" not in str(caught.value)


def test_the_identity_has_no_scheme() -> None:
    assert shop_of("http://shop.example:8080/blog") == "shop.example:8080/blog"
