"""What each refusal means, from recorded answers and from those that hosts make up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import connectors.woocommerce
from connectors.woocommerce.client.outcomes import KeyRefused, Refused, refusal
from hub.errors import PermanentError, RetryableError

CAPTURES = Path(connectors.woocommerce.__file__).parent / "captures"
DATE = {"date": "Sun, 22 Nov 2026 07:10:00 GMT"}


def outcome(status: int, body: object, **headers: str) -> Exception:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return refusal(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw, "shop.example /products")


def said(code: str, message: str = "No.", status: int = 400) -> dict[str, object]:
    return {"code": code, "message": message, "data": {"status": status}}


def test_every_recorded_refusal_is_typed_and_never_retried() -> None:
    seen = 0
    for exchange in json.loads((CAPTURES / "16-errors.json").read_text())["exchanges"]:
        answer = exchange["response"]
        if answer["status"] >= 400:
            error = refusal(answer["status"], {}, json.dumps(answer["body"]).encode(), "shop")
            assert isinstance(error, KeyRefused if answer["status"] == 401 else Refused)
            seen += 1
    assert seen == 10


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Consumer secret is invalid.", "The consumer secret is wrong."),
        ("Consumer key is invalid.", "wrong or was revoked"),
        ("The API key provided does not have write permissions.", "The key may only read. Make a key with Read/Write"),
        ("The API key provided does not have read permissions.", "The key may only write."),
        ("Invalid signature - provided signature does not match.", "our signature"),
    ],
)
def test_a_refused_key_is_told_in_words(message: str, words: str) -> None:
    error = outcome(401, said("woocommerce_rest_authentication_error", message, 401))
    assert isinstance(error, KeyRefused)
    assert words in str(error)
    assert not error.unseen


def test_a_key_that_nobody_saw_is_told_apart() -> None:
    error = outcome(401, said("woocommerce_rest_cannot_view", "Sorry, you cannot list resources.", 401))
    assert isinstance(error, KeyRefused)
    assert error.unseen


@pytest.mark.parametrize("message", ["Invalid nonce - nonce has already been used.", "Invalid timestamp."])
def test_what_a_new_signature_may_cure_is_tried_again(message: str) -> None:
    assert isinstance(outcome(401, said("woocommerce_rest_authentication_error", message, 401)), RetryableError)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("Sun, 22 Nov 2026 07:10:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 07:09:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_stores_clock(value: str, seconds: float | None) -> None:
    error = outcome(429, b"slow down", retry_after=value, **DATE)
    assert isinstance(error, RetryableError)
    assert (error.status, error.after) == (429, seconds)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 508, 520, 408])
def test_a_struggling_store_is_asked_again(status: int) -> None:
    error = outcome(status, b"<html><body>There has been a critical error on this website")
    assert isinstance(error, RetryableError)
    assert error.status == status
    assert str(error).startswith(f"shop.example /products answered {status}.")
    assert "Logs" in str(error)


def test_a_refusal_sent_with_status_200_counts_as_what_it_says() -> None:
    assert isinstance(outcome(200, said("internal_server_error", "oh", 500)), RetryableError)
    assert isinstance(outcome(200, said("woocommerce_rest_cannot_view", "no", 401)), KeyRefused)
    assert isinstance(outcome(200, said("rest_no_route", "no", 404)), Refused)


def test_a_firewalls_403_is_no_refusal_of_the_shop() -> None:
    error = outcome(403, b"<html><title>Attention Required! | Cloudflare</title>")
    assert isinstance(error, RetryableError)
    assert "firewall" in str(error)
    ours = outcome(403, said("woocommerce_rest_cannot_view", "Sorry", 403))
    assert isinstance(ours, Refused)
    assert "shop manager" in str(ours)


def test_a_password_before_the_site_is_not_the_shop_refusing_its_key() -> None:
    error = outcome(401, b"<html><h1>Authorization Required</h1>")
    assert isinstance(error, Refused)
    assert "password of its own" in str(error)


def test_a_plugin_that_lets_no_key_in_is_told_and_the_query_string_is_still_worth_a_try() -> None:
    error = outcome(401, said("rest_not_logged_in", "You are not logged in", 401))
    assert isinstance(error, KeyRefused)
    assert error.unseen
    assert "A plugin closes its REST API" in str(error)


def test_a_redirect_says_where_to_without_its_query() -> None:
    error = outcome(301, b"", location="https://www.shop.example/blog/wp-json/wc/v3/products?consumer_secret=cs_1")
    assert isinstance(error, PermanentError)
    assert str(error) == "shop.example /products redirects to https://www.shop.example/blog. Connect with that address."
