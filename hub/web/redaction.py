"""What must not stand in a log, taken out of every line on its way there."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any, Final

HIDDEN: Final = "***"
NAMES: Final = frozenset(
    [
        "authorization",
        "cookie",
        "credentials",
        "key",
        "password",
        "secret",
        "token",
        "consumer_secret",
        "app_secret",
        "client_secret",
        "refresh_token",
    ]
)
PATTERNS: Final = (
    re.compile(r"lun_(?:live|test)_[0-9A-Za-z]{8,}"),
    re.compile(r"\b[cC][kKsS]_[0-9a-f]{16,}"),  # WooCommerce keys
    re.compile(r"\bshp[a-z]{2,4}_[0-9A-Za-z]{8,}"),  # Shopify's tokens and secrets
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+"),  # session tokens
    re.compile(r"(?<=/welcome/)[^\s\"']+|(?<=/portal/open/)[^\s\"']+"),
    re.compile(r"\bwhs(?:ec|k)_[0-9A-Za-z+/=]{8,}"),  # endpoints' secrets
    re.compile(r"(?i)(?<=bearer )\S+|(?<=basic )[A-Za-z0-9+/=]{8,}"),
    re.compile(r"(?<=://)[^/@\s]+:[^/@\s]+(?=@)"),  # user:password in an address
    re.compile(r"(?i)(?<=consumer_secret=)[^&\s]+|(?<=consumer_key=)[^&\s]+|(?<=signature=)[^&\s]+"),
)


def redact(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor; put it after `format_exc_info`, so that tracebacks are covered too."""
    for name, value in line.items():
        if name.lower() in NAMES:
            line[name] = HIDDEN
        elif isinstance(value, str):
            line[name] = without_secrets(value)
    return line


def without_secrets(text: str) -> str:
    """The text with everything that looks like a secret hidden.

    >>> without_secrets("GET /x with Bearer lun_live_0123456789abcdef")
    'GET /x with Bearer ***'
    """
    for pattern in PATTERNS:
        text = pattern.sub(HIDDEN, text)
    return text
