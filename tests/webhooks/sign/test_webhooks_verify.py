"""Our verifier: every refusal has its word, and says what to do."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from hub.errors import Unprocessable
from tests.webhooks.sign.tamperings import BODY, OTHER, SECRET, SEED, bit, odd, sent, tampered, v1a, with_value
from webhooks.sign import PUBLIC, public_of, shown
from webhooks.verify import Genuine, Refused, Verifier

PUBLIC_KEY = shown(PUBLIC, public_of(SEED))


def reason(headers: list[tuple[str, str]], body: bytes = BODY, *keys: str, now: float | None = None) -> str:
    with pytest.raises(Refused) as refused:
        Verifier(keys or [SECRET]).verify(headers, body, now=now)
    assert refused.value.missing == (refused.value.reason == "missing")
    assert SECRET not in str(refused.value) and base64.b64encode(BODY).decode() not in str(refused.value)
    return refused.value.reason


def test_what_is_believed_says_who_vouched_for_it() -> None:
    one = sent()
    assert Verifier([OTHER, SECRET]).verify(one.headers, one.body) == Genuine(one.id, int(one.timestamp), "v1")
    assert Verifier([SECRET]).verify(dict(one.headers), one.body).id == one.id
    asymmetric = replace(one, signature=v1a(one.id, one.timestamp))
    assert Verifier([SECRET, PUBLIC_KEY]).verify(asymmetric.headers, one.body).version == "v1a"


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("no id", "malformed"),
        ("no signature", "malformed"),
        ("stale", "stale"),
        ("from the future", "future"),
        ("another secret", "mismatch"),
        ("an unknown version alone", "version"),
        ("v1a alone, whose key the receiver has not", "version"),
        ("v1's value called v1a", "malformed"),
        ("half of the value", "malformed"),
        ("hex instead of base64", "malformed"),
        ("a blank behind the body", "mismatch"),
        ("an endless timestamp", "oversize"),
    ],
)
def test_a_refusal_has_its_word(name: str, word: str) -> None:
    one = tampered()[name]
    assert reason(one.headers, one.body) == word


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("the id twice", "duplicated"),
        ("the timestamp twice", "duplicated"),
        ("the signatures twice", "duplicated"),
        ("two blanks between signatures", "malformed"),
        ("base64 in another spelling", "malformed"),
    ],
)
def test_what_no_honest_sender_writes_has_its_word_too(name: str, word: str) -> None:
    assert reason(odd()[name]) == word


def test_the_same_signature_twice_is_refused() -> None:
    one = sent()
    assert reason(replace(one, signature=f"{one.signature} {one.signature}").headers) == "duplicated"


def test_every_bit_of_signature_body_and_id_counts() -> None:
    one, verifier = sent(), Verifier([SECRET])
    changed = [with_value(one, lambda was, n=n: bit(was, n)) for n in range(256)]
    changed += [replace(one, body=bit(BODY, n)) for n in range(8 * len(BODY))]
    changed += [replace(one, id=bit(one.id.encode(), n).decode("latin-1")) for n in range(8 * len(one.id))]
    for each in changed:
        with pytest.raises(Refused):
            verifier.verify(each.headers, each.body)


def test_the_clocks_difference_is_told() -> None:
    one = sent()
    at = int(one.timestamp)
    verifier = Verifier([SECRET])
    for skew in (-300, 0, 300):
        verifier.verify(one.headers, one.body, now=at + skew)
    with pytest.raises(Refused, match=r"webhook-timestamp is 432 s behind this clock: 300 s are allowed") as late:
        verifier.verify(one.headers, one.body, now=at + 432)
    with pytest.raises(Refused, match=r"webhook-timestamp is 301 s ahead of this clock") as early:
        verifier.verify(one.headers, one.body, now=at - 301)
    assert (late.value.skew, early.value.skew) == (432, -301)
    Verifier([SECRET], tolerance=3600).verify(one.headers, one.body, now=at + 3000)


def test_an_old_message_of_a_stranger_is_not_told_about_clocks() -> None:
    assert reason(sent(by=OTHER, age=4000).headers) == "mismatch"


def test_a_missing_header_is_named() -> None:
    with pytest.raises(Refused, match="The header webhook-timestamp did not come"):
        Verifier([SECRET]).verify([pair for pair in sent().headers if pair[0] != "webhook-timestamp"], BODY)


def test_what_is_too_large_is_refused_before_it_is_hashed() -> None:
    one = sent(body=b"x" * 100)
    with pytest.raises(Refused, match="The body has 100 bytes, 99 are allowed"):
        Verifier([SECRET], largest=99).verify(one.headers, one.body)
    assert reason(replace(one, id="m" * 257).headers) == "oversize"
    assert reason(replace(one, signature=" ".join(f"v1,{n:043}=" for n in range(100))).headers) == "oversize"


def test_which_version_would_be_needed_is_told() -> None:
    one = sent()
    with pytest.raises(Refused, match="signed with v1 only, and here is a key for v1a"):
        Verifier([PUBLIC_KEY]).verify(one.headers, one.body)


def test_a_verifier_shows_no_key_and_wants_one() -> None:
    assert repr(Verifier([SECRET, OTHER, PUBLIC_KEY])) == "Verifier(2 secrets, 1 public keys)"
    with pytest.raises(Unprocessable, match="No key was given"):
        Verifier([])
    with pytest.raises(Unprocessable, match="begins with whsec_"):
        Verifier(["plain"])
