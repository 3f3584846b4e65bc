"""Namespaces of metafields, as the hub says them and as Shopify spells them. Pure.

Shopify takes letters, digits, `-` and `_`, three of them at least; the hub's own namespaces have dots ("luneo.care"). Those
are spelled with two hyphens in the shop, and read back with their dots: nobody else's namespaces begin with "luneo--".
`$app` and `$app:name` are the app's own, which no other app can write.
"""

from __future__ import annotations

import re
from typing import Final

from hub.errors import PermanentError

FITS: Final = re.compile(r"[A-Za-z0-9_-]{3,255}\Z")
OWN: Final = re.compile(r"\$app(:[A-Za-z0-9_-]{1,240})?\Z")
OURS: Final = "luneo."
SPELLED: Final = "luneo--"


def spelled(namespace: str) -> str:
    """The namespace as the shop is told. Raises PermanentError for one that Shopify cannot hold.

    >>> spelled("luneo.care"), spelled("custom"), spelled("$app:design")
    ('luneo--care', 'custom', '$app:design')
    """
    if OWN.match(namespace):
        return namespace
    if not FITS.match(there := told(namespace)):
        raise PermanentError(
            f"Shopify takes no namespace {namespace!r}: 3 to 255 letters, digits, - and _ (dots only after luneo).",
            hint="Choose another namespace.",
        )
    return there


def told(namespace: str) -> str:
    """A namespace as the shop spells it, whether it can hold it or not.

    >>> told("luneo.care"), told("custom.x")
    ('luneo--care', 'custom.x')
    """
    return namespace.replace(".", "--") if namespace.startswith(OURS) else namespace


def heard(namespace: str) -> str:
    """A namespace of the shop as the hub says it.

    >>> heard("luneo--care"), heard("custom--x")
    ('luneo.care', 'custom--x')
    """
    return namespace.replace("--", ".") if namespace.startswith(SPELLED) else namespace
