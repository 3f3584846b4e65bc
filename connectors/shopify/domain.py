"""The one place that reads a shop's domain out of text, and says which addresses a shop may name. Nothing else is trusted.

ShopifyAPI's own reading turns `foo.evil.com`, `foo.myshopify.com.evil.com` and `evil.com/foo.myshopify.com` into somebody's
shop (Session.__prepare_url), and Shopify's npm library keeps upper case and trailing slashes: so the rule stands here.
"""

from __future__ import annotations

import re
from typing import Final

from hub.errors import PermanentError

SHOP: Final = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
ADDRESS: Final = re.compile(r"(?:https?://)?(?P<host>[^/?# ]+)(?P<path>[/?#][^ ]*)?")
ADMIN: Final = re.compile(r"/store/(?P<name>[a-z0-9][a-z0-9-]*)(?:[/?#].*)?")
LOOPBACK: Final = re.compile(r"http://127\.0\.0\.1:[1-9][0-9]{0,4}")
LONGEST: Final = 255
HINT: Final = "It is the shop's own domain, such as my-shop.myshopify.com: in the shop's admin, Settings > Domains."


def is_shop(text: str) -> bool:
    """Whether this is a shop's domain exactly as Shopify writes it: for what comes over the wire, where nothing is mended."""
    return len(text) <= LONGEST and SHOP.fullmatch(text) is not None


def shop_domain(text: str) -> str:
    """`x.myshopify.com` from what a person types: the domain, its address, its admin's address, or the bare name.

    Raises PermanentError that names the value and what to do.
    """
    shop = _read(text.strip())
    if shop is None or len(shop) > LONGEST:
        raise PermanentError(f"{_shown(text)} is not the domain of a Shopify shop.", hint=HINT)
    return shop


def base_url(text: str) -> str:
    """Where the shop's API is. `http://127.0.0.1:PORT` stays: a sandbox; the guarded client says whether it may be called."""
    stripped = text.strip().rstrip("/")
    if LOOPBACK.fullmatch(stripped):
        return stripped
    return f"https://{shop_domain(text)}"


def storage(url: str, base: str) -> str:
    """An address outside the shop that the shop at `base` names for a file. Customers' data go over https alone; a sandbox's
    own files come as the sandbox does. Raises PermanentError."""
    if url.startswith("https://") or (LOOPBACK.match(base) and url.startswith(f"{base.rstrip('/')}/")):
        return url
    raise PermanentError(f"{base.partition('://')[2]} names {url[:80].partition('?')[0]!r} for a file, which is not https.")


def _read(text: str) -> str | None:
    if (
        not text.isascii() or not text.isprintable() or "\\" in text
    ):  # lower() makes a plain k of the Kelvin sign; browsers read \ as /
        return None
    parts = ADDRESS.fullmatch(text.lower())
    if parts is None:
        return None
    host, path = parts["host"], parts["path"] or ""
    if SHOP.fullmatch(host):
        return host
    if host == "admin.shopify.com" and (admin := ADMIN.fullmatch(path)):
        return f"{admin['name']}.myshopify.com"
    return f"{host}.myshopify.com" if NAME.fullmatch(text.lower()) else None


def _shown(text: str) -> str:
    """The value as a message may show it: short, and without what stands before an @ (it may be a password)."""
    before, at, after = text.strip().rpartition("@")
    return repr(f"{'…@' if at else before}{after}"[:80])
