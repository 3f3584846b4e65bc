"""Whether a webhook is what it claims to be: the receiver's side of `webhooks.sign`. Pure: no network, no database.

Stricter than the specification asks: what no honest sender writes (a header twice, blanks, base64 in another spelling, a dot in
the id) is refused, so that one message has one form only. https://github.com/standard-webhooks/standard-webhooks
"""

from __future__ import annotations

import hmac
import re
import time
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hub.errors import SignatureError, Unprocessable
from webhooks.sign import PUBLIC, parse_public, parse_secret

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE = 300.0  # seconds that the sender's clock may differ from ours
LARGEST = 8 << 20  # bytes of a body
LONGEST = {ID: 256, TIMESTAMP: 12, SIGNATURE: 4096}  # characters
BYTES = {"v1": 32, "v1a": 64}  # of a signature
SPELLINGS = {ID: re.compile(r"[!-\-/-~]+"), TIMESTAMP: re.compile(r"[0-9]+"), SIGNATURE: re.compile(r"[!-~]+( [!-~]+)*")}


class Refused(SignatureError):
    """Not to be believed. `reason` is one word for programs; `skew` the seconds our clock is ahead of the message, if known."""

    def __init__(self, reason: str, message: str, *, hint: str = "", skew: float | None = None) -> None:
        super().__init__(message, hint=hint, missing=reason == "missing")
        self.reason = reason
        self.skew = skew


@dataclass(frozen=True, slots=True)
class Genuine:
    """What a believed message says of itself, and the version of the signature that vouched for it."""

    id: str
    timestamp: int
    version: str


class Verifier:
    """Believes what was signed with one of these keys: `whsec_…` secrets and `whpk_…` public keys, several while they rotate."""

    def __init__(self, keys: Iterable[str], *, tolerance: float = TOLERANCE, largest: int = LARGEST) -> None:
        given = list(keys)
        if not given:
            raise Unprocessable("No key was given to verify with:", hint="give the endpoint's whsec_… secret.", field="keys")
        self._secrets = [parse_secret(key) for key in given if not key.startswith(PUBLIC)]
        self._public = [Ed25519PublicKey.from_public_bytes(parse_public(key)) for key in given if key.startswith(PUBLIC)]
        self._tolerance = tolerance
        self._largest = largest

    def __repr__(self) -> str:
        return f"Verifier({len(self._secrets)} secrets, {len(self._public)} public keys)"

    def verify(self, headers: Mapping[str, str] | Iterable[tuple[str, str]], body: bytes, *, now: float | None = None) -> Genuine:
        """Check a request: all its headers and the body's bytes as they came. `now`: Unix seconds. Raises Refused."""
        id, timestamp, signatures = (_header(headers, name) for name in (ID, TIMESTAMP, SIGNATURE))
        if len(body) > self._largest:
            raise Refused("oversize", f"The body has {len(body):,} bytes, {self._largest:,} are allowed.")
        offered = _tokens(signatures)
        usable = [(version, value) for version, value in offered if version in self._versions()]
        if not usable:
            raise self._nothing_usable(offered)
        signed = f"{id}.{timestamp}.".encode() + body
        vouched = [version for version, value in usable if self._vouches(version, value, signed)]
        if not vouched:
            raise Refused(
                "mismatch", "No signature fits:",
                hint="another secret signed it, or the body was changed (verify its bytes as they came, before parsing).",
            )  # fmt: skip
        self._in_time(int(timestamp), time.time() if now is None else now)
        return Genuine(id, int(timestamp), vouched[0])

    def _versions(self) -> set[str]:
        return {version for version, keys in (("v1", self._secrets), ("v1a", self._public)) if keys}

    def _vouches(self, version: str, value: bytes, signed: bytes) -> bool:
        if version == "v1":
            fits = [hmac.compare_digest(hmac.digest(key, signed, "sha256"), value) for key in self._secrets]
            return any(fits)  # every key is tried: the time tells nothing of which one it was
        return any(_fits(key, value, signed) for key in self._public)

    def _nothing_usable(self, offered: Iterable[tuple[str, bytes]]) -> Refused:
        found = " and ".join(sorted({version for version, _ in offered}))
        held = " and ".join(sorted(self._versions()))
        return Refused("version", f"It is signed with {found} only, and here is a key for {held}:", hint="give a key for it.")

    def _in_time(self, timestamp: int, now: float) -> None:
        """Told only of messages whose signature fits: then a clock is wrong, or an old message comes again."""
        skew = now - timestamp
        if abs(skew) > self._tolerance:
            late = skew > 0
            raise Refused(
                "stale" if late else "future",
                f"{TIMESTAMP} is {abs(skew):.0f} s {'behind' if late else 'ahead of'} this clock:",
                hint=f"{self._tolerance:.0f} s are allowed; a clock is wrong{', or it is an old message again' if late else ''}.",
                skew=skew,
            )  # fmt: skip


def _header(headers: Mapping[str, str] | Iterable[tuple[str, str]], name: str) -> str:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    found = [value for key, value in pairs if key.lower() == name]
    if not found:
        raise Refused("missing", f"The header {name} did not come:", hint="is it a webhook, and do all its headers get through?")
    if len(found) > 1:
        raise Refused("duplicated", f"The header {name} came {len(found)} times, once is right.")
    (value,) = found
    if len(value) > LONGEST[name]:
        raise Refused("oversize", f"The header {name} has {len(value)} characters, {LONGEST[name]} are allowed.")
    if not SPELLINGS[name].fullmatch(value):
        raise Refused(
            "malformed", f"The header {name} is {value[:40]!r}:" if value else f"The header {name} is empty:", hint=WANTED[name]
        )
    return value


WANTED = {
    ID: "it should be an id without blanks and dots.",
    TIMESTAMP: "it should be Unix seconds, digits alone.",
    SIGNATURE: "it should be v1,<base64>, several joined by one blank each.",
}


def _tokens(signatures: str) -> list[tuple[str, bytes]]:
    """Version and value of each signature; the values of versions that we do not know are left empty."""
    tokens = signatures.split(" ")
    if len(set(tokens)) != len(tokens):
        raise Refused("duplicated", f"{SIGNATURE} holds the same signature twice.")
    return [_token(token) for token in tokens]


def _token(token: str) -> tuple[str, bytes]:
    version, comma, encoded = token.partition(",")
    if not comma or not encoded or not version:
        raise Refused("malformed", f"{SIGNATURE} holds {token[:12]!r}:", hint=WANTED[SIGNATURE])
    if version not in BYTES:
        return version, b""
    try:
        value = b64decode(encoded, validate=True)
    except ValueError:
        value = b""
    if len(value) != BYTES[version] or b64encode(value).decode() != encoded:
        raise Refused("malformed", f"What follows {version}, in {SIGNATURE} is not base64 of {BYTES[version]} bytes.")
    return version, value


def _fits(key: Ed25519PublicKey, value: bytes, signed: bytes) -> bool:
    try:
        key.verify(value, signed)
    except InvalidSignature:
        return False
    return True
