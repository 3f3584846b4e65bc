"""A shop's address as people type it, made one: `Shop.example/wp-admin/` and `https://shop.example` are the same shop."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from hub.errors import PermanentError

TAILS = re.compile(r"/(?:wp-admin|wp-json|wp-login\.php|wp-content|wc-auth|index\.php)(?:/.*)?$", re.IGNORECASE)
PORTS = {"https": 443, "http": 80}
NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*")


def normalise_url(text: str) -> str:
    """Scheme, host, port where unusual, folder where there is one; no slash at the end. https unless http is written.

    Raises PermanentError that says what is wrong with the address.

    >>> normalise_url(" Shop.Example/blog/wp-admin/admin.php?page=wc-settings ")
    'https://shop.example/blog'
    >>> normalise_url("http://Bücher.example:80/")
    'http://xn--bcher-kva.example'
    """
    text = text.strip()
    if not text:
        raise PermanentError("The shop's address is missing.", hint="It looks like https://shop.example.")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = parts.port
    except ValueError:
        raise _unreadable(text) from None
    if parts.scheme not in PORTS:
        raise PermanentError(f"The shop's address begins with {parts.scheme}://.", hint="It must be https:// (or http://).")
    if parts.username is not None or parts.password is not None or re.search(r"consumer_(key|secret)=", parts.query):
        raise PermanentError("The shop's address carries credentials.", hint="Give the address alone; key and secret go apart.")
    if parts.fragment:
        raise PermanentError(f"The shop's address ends in #{parts.fragment}.", hint="Give the address of its front page.")
    host = _host(parts.hostname or "", text)
    folder = TAILS.sub("", re.sub(r"/{2,}", "/", parts.path)).rstrip("/")
    if any(piece in (".", "..") for piece in unquote(folder).split("/")) or re.search(r"[\s\\<>\"]", folder):
        raise _unreadable(text)
    return f"{parts.scheme}://{host}{'' if port in (None, PORTS[parts.scheme]) else f':{port}'}{folder}"


def shop_of(url: str) -> str:
    """The shop's identity: its normalised address without the scheme.

    >>> shop_of("https://shop.example:8443/blog")
    'shop.example:8443/blog'
    """
    return url.partition("://")[2]


def _host(host: str, text: str) -> str:
    if ":" in host:
        try:
            return f"[{ip_address(host).compressed}]"
        except ValueError:
            raise _unreadable(text) from None
    host = host.rstrip(".")
    if not host.isascii():
        import idna

        try:
            host = idna.encode(host, uts46=True).decode()
        except idna.IDNAError:
            raise _unreadable(text) from None
    if not NAME.fullmatch(host):
        raise _unreadable(text)
    return host


def _unreadable(text: str) -> PermanentError:
    shown = re.sub(r"//[^/@]*@", "//", text)[:120]
    return PermanentError(f"The shop's address {shown!r} cannot be read.", hint="It looks like https://shop.example.")
