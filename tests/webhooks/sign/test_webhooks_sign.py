"""Signing: the specification's own example, keys and their faults, and what it costs."""

from __future__ import annotations

import base64
import pickle
import subprocess
import sys
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hub.errors import Unprocessable
from webhooks.sign import (
    PRIVATE,
    PUBLIC,
    SECRET,
    new_secret,
    new_seed,
    parse_private,
    parse_public,
    parse_secret,
    public_of,
    shown,
    signer_ed25519,
    signer_of,
)

SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")  # RFC 8032, 7.1, test 1
SEEDS_PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")


def test_the_signature_is_that_of_the_specifications_libraries() -> None:
    key = parse_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signer_of(key).sign(b"msg_p5jXN8AQM9LWM0D4loKWxJek", b"1614265330", b'{"test": 2432232314}')
    assert signed == b"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_public_half_is_that_of_rfc_8032() -> None:
    assert public_of(SEED) == SEEDS_PUBLIC
    signed = signer_ed25519(SEED).sign(b"msg_1", b"1614265330", b"{}")
    assert signed.startswith(b"v1a,") and len(signed) == 4 + 88
    Ed25519PublicKey.from_public_bytes(SEEDS_PUBLIC).verify(base64.b64decode(signed[4:]), b"msg_1.1614265330.{}")


def test_a_new_secret_holds_32_bytes_and_no_two_are_alike() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert {len(parse_secret(each)) for each in made} == {32}
    assert len({new_seed() for _ in range(100)}) == 100


@pytest.mark.parametrize("length", [24, 32, 63, 64])
def test_a_secret_of_24_to_64_bytes_is_taken_as_it_is(length: int) -> None:
    assert parse_secret(shown(SECRET, b"k" * length)) == b"k" * length


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (shown(SECRET, b"k" * 23), "a secret too short: it holds 23 bytes, 24 to 64 are wanted"),
        (shown(SECRET, b""), "a secret too short: it holds 0 bytes"),
        (shown(SECRET, b"k" * 65), "a secret too long: it holds 65 bytes"),
        ("hunter2hunter2hunter2hunter2hunter2", "begins with whsec_"),
        ("", "begins with whsec_"),
        (shown(PUBLIC, b"k" * 32), "this is an ed25519 public key"),
        (shown(PRIVATE, b"k" * 32), "this is an ed25519 private key"),
        (shown(SECRET, b"k" * 32).rstrip("="), "is not base64"),
        (shown(SECRET, b"\xff" * 32).replace("/", "_"), "is not base64"),
        (shown(SECRET, b"k" * 32) + "\n", "is not base64"),
        (" " + shown(SECRET, b"k" * 32), "begins with whsec_"),
        ("whsec_ключ", "is not base64"),
    ],
)
def test_a_bad_secret_is_refused_with_the_field_and_the_reason_and_is_not_shown(text: str, reason: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        parse_secret(text, "previous_secret")
    assert refused.value.field == "previous_secret"
    assert str(refused.value).startswith("previous_secret: ") and reason in str(refused.value) and refused.value.hint
    assert len(text) < 12 or text[7:].strip() not in str(refused.value)


def test_a_private_key_may_carry_its_public_half() -> None:
    assert parse_private(shown(PRIVATE, SEED)) == SEED
    assert parse_private(shown(PRIVATE, SEED + SEEDS_PUBLIC)) == SEED
    assert parse_public(shown(PUBLIC, SEEDS_PUBLIC)) == SEEDS_PUBLIC
    for wrong in (SEED[:31], SEED + SEED, b""):
        with pytest.raises(Unprocessable, match="private_key: an ed25519 private key has 32 bytes"):
            parse_private(shown(PRIVATE, wrong))
    with pytest.raises(Unprocessable, match="public_key: an ed25519 public key has 32 bytes, this has 31"):
        parse_public(shown(PUBLIC, SEED[:31]))


def test_a_signer_refuses_keys_of_the_wrong_length() -> None:
    with pytest.raises(Unprocessable, match="a secret too short"):
        signer_of(b"short")
    with pytest.raises(Unprocessable, match="32 bytes"):
        signer_ed25519(b"short")


@pytest.mark.parametrize("signer", [signer_of(b"topsecret" * 4), signer_ed25519(SEED)], ids=["v1", "v1a"])
def test_a_signer_neither_shows_nor_gives_away_its_key(signer: object) -> None:
    assert "topsecret" not in repr(signer) and repr(signer).endswith("(***)")
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(signer)


def test_a_signer_keeps_nothing_of_what_it_signed() -> None:
    signer = signer_of(b"k" * 32)
    first = signer.sign(b"msg_1", b"1", b"{}")
    signer.sign(b"msg_2", b"2", b"x" * 100_000)
    assert signer.sign(b"msg_1", b"1", b"{}") == first


def test_signing_a_kilobyte_takes_less_than_4_microseconds() -> None:
    sign, body = signer_of(b"k" * 32).sign, b"x" * 1024
    best = 1.0
    for _ in range(15):
        began = time.process_time()
        for _ in range(2000):
            sign(b"msg_0198c5a37b1e7c3c9c3d1f2a3b4c5d6e", b"1700000000", body)
        best = min(best, (time.process_time() - began) / 2000)
    assert best < 4e-6


def test_signing_and_verifying_need_no_database_no_network_and_no_framework() -> None:
    heavy = "{'fastapi', 'pydantic', 'sqlalchemy', 'asyncpg', 'httpx', 'pycurl', 'asyncio', 'hub.db', 'hub.settings'}"
    code = f"import sys, webhooks.sign, webhooks.verify; sys.exit(' '.join({heavy} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
