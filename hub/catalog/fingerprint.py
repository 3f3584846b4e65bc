"""Whether a raw object changed, told without mapping it: SHA-256 of its bytes without the fields that change by themselves."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from typing import Any

import msgspec

Fingerprint = Callable[[bytes], bytes]
_RAW = msgspec.json.Decoder(dict[str, msgspec.Raw])


@cache
def fingerprinter(volatile: frozenset[bytes]) -> Fingerprint:
    """The fingerprint function of one raw kind. `volatile`: names of top-level fields that are left out."""
    if not volatile:
        return _whole
    names = sorted(name.decode() for name in volatile)
    keys = [b'"%b":' % name.encode() for name in names]
    fields: list[Any] = [(f"f{i}", msgspec.Raw, None) for i in range(len(names))]
    rename = {f"f{i}": name for i, name in enumerate(names)}
    reader = msgspec.json.Decoder(msgspec.defstruct("Volatile", fields, rename=rename))
    attributes = [f"f{i}" for i in range(len(names))]

    def fingerprint(body: bytes) -> bytes:
        try:
            found = reader.decode(body)
        except (msgspec.MsgspecError, RecursionError):
            return _whole(body)
        cuts: list[tuple[int, int]] = []
        for attribute, key in zip(attributes, keys, strict=True):
            value = getattr(found, attribute)
            if value is None:
                continue
            # The decoder tells what the top-level value is, not where: the place is sure only if the key occurs once.
            start = body.find(key)
            end = start + len(key) + len(value)
            if start < 0 or body.find(key, start + 1) >= 0 or body[start + len(key) : end] != bytes(value):
                return _by_field(body, volatile)
            cuts.append((start, end))
        cuts.sort()
        digest, at = sha256(), 0
        for start, end in cuts:
            digest.update(body[at:start])
            at = end
        digest.update(body[at:])
        return digest.digest()

    return fingerprint


def _whole(body: bytes) -> bytes:
    return sha256(body).digest()


def _by_field(body: bytes, volatile: frozenset[bytes]) -> bytes:
    digest = sha256()
    for name, value in _RAW.decode(body).items():
        key = name.encode()
        if key not in volatile:
            digest.update(b"%b:%d:" % (key, len(value)))
            digest.update(value)
    return digest.digest()
