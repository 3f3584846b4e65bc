"""Vendor JSON in and canonical JSON out without ever going through binary floating point.

Numbers with a fraction or an exponent become `Decimal` with every digit; whole numbers become `int` of any size.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec

_DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER: Final = msgspec.json.Encoder(order="sorted", decimal_format="number")
_PLAIN: Final = msgspec.json.Encoder(decimal_format="number")


class NotJson(ValueError):
    """The bytes are not one JSON text; the message says where and why."""


def decode(body: bytes | str) -> Any:
    """Decode one JSON text; fractions become Decimal. Raises NotJson (also for nesting too deep and absurdly long integers)."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, ArithmeticError) as error:
        raise NotJson(f"not JSON: {error}") from error


def encode_sorted(value: Any) -> bytes:
    """Encode with sorted keys, Decimals as JSON numbers: equal values give equal bytes."""
    return _ENCODER.encode(value)


def encode_plain(value: Any) -> bytes:
    """Encode in the order given, Decimals as JSON numbers: vendor objects keep the vendor's order of keys."""
    return _PLAIN.encode(value)
