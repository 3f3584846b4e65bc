"""What may happen to a message on its way, or be made of it by somebody who has no key."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from webhooks.sign import new_secret, new_seed, parse_secret, signer_ed25519, signer_of

BODY = '{"type":"order.created","timestamp":"2026-11-22T09:00:00Z","data":{"id":"5001","total":"19.90","note":"café"}}'.encode()
SECRET, OTHER = new_secret(), new_secret()
SEED = new_seed()


@dataclass(frozen=True)
class Sent:
    """A request as it reaches a receiver."""

    id: str
    timestamp: str
    signature: str
    body: bytes = BODY

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [("webhook-id", self.id), ("webhook-timestamp", self.timestamp), ("webhook-signature", self.signature)]


def sent(*, id: str = "msg_0198c5a37b1e7c3c9c3d1f2a3b4c5d6e", age: int = 0, by: str = SECRET, body: bytes = BODY) -> Sent:
    """A genuine message of so many seconds ago."""
    timestamp = str(int(time.time()) - age)
    return Sent(id, timestamp, v1(by, id, timestamp, body), body)


def v1(secret: str, id: str, timestamp: str, body: bytes = BODY) -> str:
    return signer_of(parse_secret(secret)).sign(id.encode(), timestamp.encode(), body).decode()


def v1a(id: str, timestamp: str, body: bytes = BODY) -> str:
    return signer_ed25519(SEED).sign(id.encode(), timestamp.encode(), body).decode()


def bit(data: bytes, n: int) -> bytes:
    """The same with one bit turned."""
    turned = bytearray(data)
    turned[n // 8] ^= 1 << (n % 8)
    return bytes(turned)


def with_value(one: Sent, change: Callable[[bytes], bytes]) -> Sent:
    """The same, its signature's bytes changed."""
    version, _, encoded = one.signature.partition(",")
    return replace(one, signature=f"{version},{base64.b64encode(change(base64.b64decode(encoded))).decode()}")


def tampered() -> dict[str, Sent]:
    """What nobody may believe, by name."""
    one, other = sent(), sent(id="msg_0198c5a37b1e7c3c9c3d1f2a3b4c5d6f", body=BODY.replace(b"19.90", b"99.90"))
    value = one.signature.removeprefix("v1,")
    bits = {f"bit {n} of the signature": with_value(one, lambda was, n=n: bit(was, n)) for n in (0, 7, 100, 248, 255)}
    bits |= {f"bit {n} of the body": replace(one, body=bit(BODY, n)) for n in (8, 80, 8 * len(BODY) - 8)}
    return bits | {
        "another id": replace(one, id=one.id[:-1] + "0"),
        "the id in capitals": replace(one, id=one.id.upper()),
        "another message's id": replace(one, id=other.id),
        "another message's signature": replace(one, signature=other.signature),
        "another message's body": replace(one, body=other.body),
        "a second later": replace(one, timestamp=str(int(one.timestamp) + 1)),
        "a second earlier": replace(one, timestamp=str(int(one.timestamp) - 1)),
        "a fresh timestamp on an old signature": replace(sent(age=3600), timestamp=str(int(time.time()))),
        "stale": sent(age=310),
        "from the future": sent(age=-310),
        "from 1970": sent(age=int(time.time())),
        "another secret": sent(by=OTHER),
        "id and timestamp swapped": replace(one, id=one.timestamp, timestamp=one.id),
        "the body's first byte moved into the timestamp": replace(one, timestamp=one.timestamp + ".{", body=BODY[1:]),
        "the timestamp moved into the id": replace(one, id=f"{one.id}.{one.timestamp}", timestamp=BODY[:4].decode()),
        "no id": replace(one, id=""),
        "no timestamp": replace(one, timestamp=""),
        "no signature": replace(one, signature=""),
        "a timestamp in words": replace(one, timestamp="now"),
        "a negative timestamp": replace(one, timestamp="-" + one.timestamp),
        "an endless timestamp": replace(one, timestamp="9" * 40),
        "an unknown version alone": replace(one, signature="v2," + value),
        "v1's value called v1a": replace(one, signature="v1a," + value),
        "v1a alone, whose key the receiver has not": replace(one, signature=v1a(one.id, one.timestamp)),
        "no version": replace(one, signature=value),
        "the value before the version": replace(one, signature=f"{value},v1"),
        "the version twice": replace(one, signature=f"v1,v1,{value}"),
        "only a version": replace(one, signature="v1,"),
        "half of the value": replace(one, signature=one.signature[:24]),
        "hex instead of base64": replace(one, signature="v1," + base64.b64decode(value).hex()),
        "two wrong ones": replace(one, signature=f"{other.signature} {with_value(one, lambda was: bit(was, 3)).signature}"),
        "the signature of the body alone": replace(one, signature=_of_the_body_alone()),
        "a blank behind the body": replace(one, body=BODY + b" "),
        "a line end behind the body": replace(one, body=BODY + b"\n"),
        "a blank before the body": replace(one, body=b" " + BODY),
        "the body printed anew": replace(one, body=BODY.replace(b":", b": ")),
        "the body with a byte order mark": replace(one, body=b"\xef\xbb\xbf" + BODY),
        "an empty body": replace(one, body=b""),
    }  # fmt: skip


def _of_the_body_alone() -> str:
    return "v1," + base64.b64encode(hmac.digest(parse_secret(SECRET), BODY, "sha256")).decode()


def odd() -> dict[str, list[tuple[str, str]]]:
    """Headers that no honest sender writes around a good signature. We refuse them, though some libraries do not."""
    one = next(one for n in range(1000) if "/" in (one := sent(id=f"msg_{n}")).signature)
    id, timestamp, signature = one.headers
    return {
        "the id twice": [id, *one.headers],
        "the timestamp twice": [timestamp, *one.headers],
        "the signatures twice": [signature, *one.headers],
        "two blanks between signatures": [id, timestamp, (signature[0], f"v1,{'A' * 43}=  {one.signature}")],
        "a comma between signatures": [id, timestamp, (signature[0], f"{one.signature}, {one.signature}")],
        "base64 in another spelling": [id, timestamp, (signature[0], one.signature[:-2] + _sibling(one.signature[-2]) + "=")],
        "base64 for addresses": [id, timestamp, (signature[0], one.signature.replace("/", "_").replace("+", "-"))],
        "base64 without its end": [id, timestamp, (signature[0], one.signature.rstrip("="))],
        "a fraction of a second": [id, (timestamp[0], one.timestamp + ".0"), signature],
        "a timestamp with its sign": [id, (timestamp[0], "+" + one.timestamp), signature],
    }  # fmt: skip


def _sibling(letter: str) -> str:
    """Another letter that a lenient decoder reads as the same bits at base64's end: only its last two bits differ."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return alphabet[alphabet.index(letter) ^ 1]
