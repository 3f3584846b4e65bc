"""Which headers a partner may add."""

from __future__ import annotations

import pytest

from hub.errors import Unprocessable
from webhooks.send.headers import check_headers


def test_ordinary_headers_are_taken() -> None:
    check_headers({"Authorization": "Bearer abc", "X-Tenant": "a b\tc", "x_shop": "9", "X-1": "~!@#"})
    check_headers({f"x-{nth}": "v" for nth in range(30)})


@pytest.mark.parametrize(
    "name",
    [
        "Host", "content-length", "CONTENT-TYPE", "Content-Encoding", "Transfer-Encoding", "connection", "Keep-Alive",
        "Webhook-Signature", "webhook-anything", "Expect", "Accept-Encoding", "TE", "Trailer", "Upgrade", "Proxy-Authorization",
        "proxy-connection", "Cookie", "set-cookie", "User-Agent", "Forwarded", "X-Forwarded-For", "x-real-ip", "Via",
        "HTTP2-Settings", "webhook-id", "webhook_id", "content_length", "Transfer_Encoding", "x_forwarded_for",
    ],
)  # fmt: skip
def test_a_reserved_name_is_refused(name: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        check_headers({"x-good": "1", name: "v"})
    assert refused.value.field == f"/headers/{name}"
    assert refused.value.message == f"The header {name} cannot be added: it is reserved."
    assert "Choose a name of your own" in refused.value.hint


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "a\0", "é", "x-a\n", "(a)", 'a"b', "x\u00a0"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(Unprocessable, match="its name may hold ASCII letters"):
        check_headers({name: "v"})


def test_a_name_too_long_is_told_so() -> None:
    check_headers({"a" * 128: "v"})
    with pytest.raises(Unprocessable) as refused:
        check_headers({"a" * 300: "v"})
    assert refused.value.message.endswith("cannot be added: its name has 300 characters.")
    assert refused.value.hint == "Use at most 128."


@pytest.mark.parametrize("value", ["a\r\nb", "a\nb", "a\rb", "a\0b", "é", " a", "a ", "\ta", "a\x7f", "a\u2028b", "a\n"])
def test_a_value_that_could_break_out_is_refused(value: str) -> None:
    with pytest.raises(Unprocessable, match=r"visible ASCII only, with spaces and tabs inside .* Encode anything") as refused:
        check_headers({"X-Key": value})
    assert refused.value.field == "/headers/X-Key"


def test_values_are_texts_and_secrets_stay_out_of_the_message() -> None:
    with pytest.raises(Unprocessable, match="must be a text"):
        check_headers({"X-Key": 1})
    with pytest.raises(Unprocessable, match="is empty"):
        check_headers({"X-Key": ""})
    with pytest.raises(Unprocessable) as refused:
        check_headers({"Authorization": "Bearer s3cret\n"})
    assert "s3cret" not in str(refused.value)


def test_too_many_too_large_or_twice_is_refused() -> None:
    with pytest.raises(Unprocessable, match="31 custom headers; 30 are allowed"):
        check_headers({f"x-{nth}": "v" for nth in range(31)})
    with pytest.raises(Unprocessable, match="4,105 bytes; 4,096 are allowed"):
        check_headers({"x-a": "a" * 4000, "x-b": "b" * 99})
    with pytest.raises(Unprocessable, match="given twice"):
        check_headers({"X-A": "1", "x-a": "2"})
