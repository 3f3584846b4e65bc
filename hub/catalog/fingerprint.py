"""Whether a raw object changed, told without mapping it: SHA-256 of its bytes without the fields that change by themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    places = [(f"f{i}", key, len(key)) for i, key in enumerate(keys)]

    def fingerprint(body: bytes) -> bytes:
        try:
            found = reader.decode(body)
        except (msgspec.MsgspecError, RecursionError):
            return _whole(body)
        cuts: list[tuple[int, int]] = []
        for attribute, key, length in places:
            value = getattr(found, attribute)
            if value is None:
                continue
            # The decoder tells what the top-level value is, not where: the place is sure only if the key occurs once. What a
            # store adds by itself stands near the end, so that is where the search begins.
            start = body.rfind(key)
            end = start + length + len(value)
            if start < 0 or body.find(key, 0, start) >= 0 or not body.startswith(value, start + length):
                return _by_field(body, volatile)
            cuts.append((start, end))
        cuts.sort()
        kept, at = [], 0
        for start, end in cuts:
            kept.append(body[at:start])
            at = end
        kept.append(body[at:])
        return sha256(b"".join(kept)).digest()

    return fingerprint


def with_unseen(print: bytes, unseen: Sequence[str]) -> bytes:
    """The fingerprint of an object of which the shop does not show these fields: the same bytes say more when it shows all."""
    return sha256(print + "\0".join(unseen).encode()).digest()


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
