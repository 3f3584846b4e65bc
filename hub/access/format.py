"""The form of an API key: `lun_live_` or `lun_test_`, 256 random bits, a checksum that catches typing and truncation.

The checksum lets a wrong key be refused without asking the database, and lets secret scanners know a real one.
"""

from __future__ import annotations

import secrets
import zlib

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PREFIXES = ("lun_live_", "lun_test_")
BODY = 43  # base62 digits of 32 bytes
CHECKSUM = 6  # base62 digits of a CRC-32


def base62(number: int, width: int) -> str:
    """`number` in base 62, padded with zeros on the left."""
    text = ""
    while number:
        number, rest = divmod(number, 62)
        text = DIGITS[rest] + text
    return text.rjust(width, "0")


def new_key(*, live: bool) -> str:
    """A fresh key in plain text: shown once, kept nowhere."""
    body = PREFIXES[not live] + base62(int.from_bytes(secrets.token_bytes(32)), BODY)
    return body + checksum(body)


def checksum(body: str) -> str:
    """Six digits over everything before them."""
    return base62(zlib.crc32(body.encode()), CHECKSUM)


def well_formed(text: str) -> bool:
    """True if `text` can be a key of ours: prefix, length and checksum agree."""
    return (
        text.startswith(PREFIXES)
        and len(text) == len(PREFIXES[0]) + BODY + CHECKSUM
        and text.isascii()
        and checksum(text[:-CHECKSUM]) == text[-CHECKSUM:]
    )
