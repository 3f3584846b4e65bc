"""The envelope: each secret under a key of its own, that key under the ring's newest one, both bound to their place.

Text form: `v1.<kid>.<wrapped key>.<ciphertext>`, the last two base64url of nonce and AES-256-GCM output. The associated data
name organisation, table, column and row, so that a sealed value moved elsewhere does not open. A fresh key per value keeps
GCM's bound on random nonces out of reach, and lets `rewrap` change the ring's key without seeing a secret.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import ConfigurationError, HubError

VERSION = "v1"
NONCE = 12  # bytes
KEY = 32  # bytes


class SealBroken(HubError):
    """A sealed value was altered, moved to another place, or made under another key of the same name."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed value taken apart."""

    kid: str
    wrapped: bytes
    ciphertext: bytes

    @classmethod
    def parse(cls, text: str) -> Sealed:
        """Raises SealBroken unless `text` is exactly what `str()` of the result gives."""
        try:
            version, kid, wrapped, ciphertext = text.split(".")
            sealed = cls(kid, urlsafe_b64decode(wrapped), urlsafe_b64decode(ciphertext))
        except (ValueError, NotBase64):
            raise SealBroken("A sealed value is not in the form v1.kid.key.text.") from None
        # base64 has several spellings of one value, and the decoder skips what it does not know
        if version != VERSION or str(sealed) != text:
            raise SealBroken("A sealed value is not in the form v1.kid.key.text.")
        return sealed

    def __str__(self) -> str:
        return f"{VERSION}.{self.kid}.{urlsafe_b64encode(self.wrapped).decode()}.{urlsafe_b64encode(self.ciphertext).decode()}"


class KeyRing:
    """Key-encrypting keys by kid; the first seals, all open. `keys` maps kid → 32 bytes, the newest first."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise ConfigurationError("LUNEO_KEYS holds no key:", hint="give at least one as kid:base64.")
        for kid, key in keys.items():
            if not kid.replace("-", "").replace("_", "").isalnum() or not kid.isascii():
                raise ConfigurationError(f"LUNEO_KEYS: {kid!r} is no key name:", hint="use letters, digits, - and _.")
            if len(key) != KEY:
                raise ConfigurationError(
                    f"LUNEO_KEYS: key {kid!r} has {len(key)} bytes:", hint="it must have 32: openssl rand -base64 32"
                )
        self._keys = {kid: AESGCM(key) for kid, key in keys.items()}
        self.newest = next(iter(keys))

    @classmethod
    def parse(cls, text: str) -> KeyRing:
        """From `kid:base64,kid:base64`. Raises ConfigurationError that never shows a key."""
        keys: dict[str, bytes] = {}
        for piece in filter(None, (piece.strip() for piece in text.split(","))):
            kid, _, encoded = piece.partition(":")
            try:
                key = urlsafe_b64decode(encoded.replace("+", "-").replace("/", "_"))
            except NotBase64:
                raise ConfigurationError(f"LUNEO_KEYS: key {kid!r} is not base64.") from None
            if kid in keys:
                raise ConfigurationError(f"LUNEO_KEYS names {kid!r} twice.")
            keys[kid] = key
        return cls(keys)

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._keys)})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A KeyRing is not pickled.")

    def seal(self, plain: bytes, *, org: object, table: str, column: str, row: object) -> str:
        """The sealed text of `plain`, which opens only for the same organisation, table, column and row."""
        place = _place(org, table, column, row)
        key = os.urandom(KEY)
        ciphertext = _encrypt(AESGCM(key), plain, place)
        return str(Sealed(self.newest, self._wrap(key, place), ciphertext))

    def open_sealed(self, text: str, *, org: object, table: str, column: str, row: object) -> bytes:
        """What was sealed. Raises SealBroken, or ConfigurationError for a kid that the ring does not hold."""
        place = _place(org, table, column, row)
        sealed = Sealed.parse(text)
        return _decrypt(AESGCM(self._unwrap(sealed, place)), sealed.ciphertext, place)

    def rewrap(self, text: str, *, org: object, table: str, column: str, row: object) -> str:
        """The same value under the newest key; the secret itself is not decrypted. Unchanged if it is there already."""
        sealed = Sealed.parse(text)
        if sealed.kid == self.newest:
            return text
        place = _place(org, table, column, row)
        return str(Sealed(self.newest, self._wrap(self._unwrap(sealed, place), place), sealed.ciphertext))

    def _wrap(self, key: bytes, place: bytes) -> bytes:
        return _encrypt(self._keys[self.newest], key, self.newest.encode() + b"|" + place)

    def _unwrap(self, sealed: Sealed, place: bytes) -> bytes:
        if sealed.kid not in self._keys:
            raise ConfigurationError(
                f"A secret is sealed under key {sealed.kid!r}, which LUNEO_KEYS does not hold:",
                hint="put that key back, after the newest one.",
            )
        key = _decrypt(self._keys[sealed.kid], sealed.wrapped, sealed.kid.encode() + b"|" + place)
        if len(key) != KEY:
            raise SealBroken("A sealed value cannot be opened: its key has the wrong length.")
        return key


def _place(org: object, table: str, column: str, row: object) -> bytes:
    return "|".join((VERSION, str(org), table, column, str(row))).encode()


def _encrypt(cipher: AESGCM, plain: bytes, place: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + cipher.encrypt(nonce, plain, place)


def _decrypt(cipher: AESGCM, data: bytes, place: bytes) -> bytes:
    try:
        return cipher.decrypt(data[:NONCE], data[NONCE:], place)
    except (InvalidTag, ValueError):
        table, column, row = place.decode().split("|")[-3:]
        raise SealBroken(
            f"The sealed {table}.{column} of row {row} cannot be opened:",
            hint="it was altered or moved, or LUNEO_KEYS holds another key of that name.",
        ) from None
