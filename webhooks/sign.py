"""Signatures after the Standard Webhooks specification 1.0, and the keys they are made with. Pure: no network, no database.

`v1` is HMAC-SHA256 with a secret that both sides hold (`whsec_…`), `v1a` is ed25519 (`whsk_…` signs, `whpk_…` verifies). Both
sign the bytes `id.timestamp.body` and stand in the header as `v1,<base64>` and `v1a,<base64>`; while keys are rotated there is
one for each, joined by spaces. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64decode, b64encode
from binascii import b2a_base64
from typing import NoReturn

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.errors import Unprocessable

SECRET, PRIVATE, PUBLIC = "whsec_", "whsk_", "whpk_"
SHORTEST, LONGEST = 24, 64  # bytes of a secret
SEED = 32  # bytes of an ed25519 key, of either half

WHAT = {SECRET: "a shared secret", PRIVATE: "an ed25519 private key", PUBLIC: "an ed25519 public key"}


class HmacSigner:
    """`v1` with one secret. 24 to 64 bytes never exceed the block of SHA-256, so the key is padded, not hashed."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = key.ljust(64, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def sign(self, id: bytes, timestamp: bytes, body: bytes) -> bytes:
        """`v1,<base64>`. Two copies of keyed hashes cost half of what `hmac.digest` does."""
        inner = self._inner.copy()
        inner.update(b"%b.%b.%b" % (id, timestamp, body))
        outer = self._outer.copy()
        outer.update(inner.digest())
        return b"v1," + b2a_base64(outer.digest(), newline=False)

    def __repr__(self) -> str:
        return "HmacSigner(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A signer is not pickled: it holds a secret.")


class Ed25519Signer:
    """`v1a` with one private key. ed25519 is deterministic: the same message gives the same signature."""

    __slots__ = ("_key",)

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    def sign(self, id: bytes, timestamp: bytes, body: bytes) -> bytes:
        """`v1a,<base64>`."""
        return b"v1a," + b2a_base64(self._key.sign(b"%b.%b.%b" % (id, timestamp, body)), newline=False)

    def __repr__(self) -> str:
        return "Ed25519Signer(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A signer is not pickled: it holds a secret.")


def signer_of(key: bytes) -> HmacSigner:
    """The `v1` signer of a secret's bytes, as `parse_secret` gives them. Raises Unprocessable."""
    return HmacSigner(_sized(key, "secret"))


def signer_ed25519(seed: bytes) -> Ed25519Signer:
    """The `v1a` signer of a private key's 32 bytes, as `parse_private` gives them. Raises Unprocessable."""
    if len(seed) != SEED:
        raise Unprocessable(f"An ed25519 private key has {SEED} bytes, not {len(seed)}.", field="private_key")
    return Ed25519Signer(seed)


def new_secret() -> str:
    """A secret of 32 random bytes, as it is shown once: `whsec_…`."""
    return shown(SECRET, secrets.token_bytes(32))


def new_seed() -> bytes:
    """The 32 bytes of a new ed25519 private key."""
    return secrets.token_bytes(SEED)


def shown(prefix: str, key: bytes) -> str:
    """A key in its text form: `whsec_`, `whsk_` or `whpk_` and base64."""
    return prefix + b64encode(key).decode()


def parse_secret(text: str, field: str = "secret") -> bytes:
    """The 24 to 64 bytes of a `whsec_…` text. Raises Unprocessable that names the field and never shows the text."""
    return _sized(_decoded(text, SECRET, field), field)


def parse_private(text: str, field: str = "private_key") -> bytes:
    """The seed of a `whsk_…` text: of its 32 bytes, or of 64 with the public half behind. Raises Unprocessable."""
    key = _decoded(text, PRIVATE, field)
    if len(key) == 2 * SEED and public_of(key[:SEED]) == key[SEED:]:
        return key[:SEED]
    if len(key) != SEED:
        raise Unprocessable(
            f"{field}: an ed25519 private key has {SEED} bytes, or {2 * SEED} with its public half behind; this has {len(key)}:",
            hint="copy the whole key.", field=field,
        )  # fmt: skip
    return key


def parse_public(text: str, field: str = "public_key") -> bytes:
    """The 32 bytes of a `whpk_…` text. Raises Unprocessable."""
    key = _decoded(text, PUBLIC, field)
    if len(key) != SEED:
        raise Unprocessable(
            f"{field}: an ed25519 public key has {SEED} bytes, this has {len(key)}:", hint="copy the whole key.", field=field
        )
    return key


def public_of(seed: bytes) -> bytes:
    """The public half, 32 bytes, of a private key."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def _sized(key: bytes, field: str) -> bytes:
    if SHORTEST <= len(key) <= LONGEST:
        return key
    fault = "a secret too short" if len(key) < SHORTEST else "a secret too long"
    raise Unprocessable(
        f"{field}: {fault}: it holds {len(key)} bytes, {SHORTEST} to {LONGEST} are wanted:",
        hint='leave it out and one is made, or make one: echo "whsec_$(openssl rand -base64 32)"', field=field,
    )  # fmt: skip


def _decoded(text: str, prefix: str, field: str) -> bytes:
    """The bytes behind a prefix, in base64's one spelling: every library at the other end must read the same key."""
    if not text.startswith(prefix):
        found = next((what for other, what in WHAT.items() if text.startswith(other)), None)
        raise Unprocessable(
            f"{field}: {WHAT[prefix]} begins with {prefix}" + (f", this is {found}:" if found else ":"),
            hint=f"give it as {prefix} and base64.", field=field,
        )  # fmt: skip
    encoded = text.removeprefix(prefix)
    try:
        key = b64decode(encoded, validate=True)
    except ValueError:
        key = b""
    if b64encode(key).decode() != encoded:
        raise Unprocessable(
            f"{field}: what follows {prefix} is not base64 (letters, digits, + and /, filled up with =):",
            hint="copy it again, without spaces or line ends.", field=field,
        )  # fmt: skip
    return key
